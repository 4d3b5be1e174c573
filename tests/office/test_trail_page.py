"""The trail as it is read: sentences for every deed, a filter in the address, exports, and who touched one record."""

import ast
import csv
import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from qingxi.issue import Step
from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityEvent
from qingxi_office.jobs.models import SheetIntake
from qingxi_office.people import rights
from qingxi_office.site import rules
from qingxi_office.trail import chain, words
from qingxi_office.trail.actions import FIELDS, look, record
from qingxi_office.trail.models import Entry
from qingxi_office.trail.queries import Asked, of, search

OFFICE = Path(__file__).resolve().parents[2] / "src" / "qingxi_office"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def codes_in(source: str) -> set[str]:
    """Codes of deeds in a module: the first word of ``record(…)``, ``action="…"``."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0] if name == "record" and node.args else None
        named = [k.value for k in node.keywords if k.arg == "action"] if name != "add_argument" else []
        for value in [first, *named]:
            if isinstance(value, ast.IfExp):
                found |= {v.value for v in (value.body, value.orelse) if isinstance(v, ast.Constant)}
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.add(value.value)
            if isinstance(value, ast.JoinedStr) and isinstance(value.values[0], ast.Constant):
                found.add(value.values[0].value + "*")
    return found


def test_every_deed_has_its_sentence():
    codes = set()
    for path in OFFICE.rglob("*.py"):
        codes |= codes_in(path.read_text(encoding="utf-8"))
    made = {c for c in codes if c.endswith("*")}
    assert made <= {"issue.*", "facility.*", "sheet.*"}, f"say in this test which codes these make: {made}"
    codes = (codes - made) | {f"issue.{s.name.lower()}" for s in Step}
    codes |= {f"sheet.{state}" for state in SheetIntake.State.values}  # jobs.actions.sheets
    codes |= {f"facility.{kind}" for kind in FacilityEvent.Kind.values}  # facilities.actions.life
    codes |= {f"{kind}s.taken_in" for kind in ("device", "bill", "lab", "visit", "daily")}  # readings.actions
    silent = sorted(c for c in codes if c not in words.DEEDS)
    assert silent == [], "give these deeds their words in trail/words.py"
    assert codes_in('trail.record("a.b", x)\ntake_in(action="c.d")') == {"a.b", "c.d"}


def test_every_kind_a_role_may_see_has_its_word():
    assert sorted(set(rights._SEES) - set(words.KINDS)) == [], "give these kinds their words in trail/words.py"


def test_every_look_has_its_sentence_and_english():
    named = {r.looks for r in rules.RULES.values()} | {r.exports for r in rules.RULES.values()}
    assert {f"looked.{n}" for n in named if n} <= set(words.LOOKS)
    with translation.override("en"):
        for table in (words.DEEDS, words.LOOKS, words.KINDS, words.FIELDS):
            chinese = [str(w) for w in table.values() if any("\u4e00" <= c <= "\u9fff" for c in str(w))]
            assert chinese == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, {"state": "在办", "rows": 3}, [("状态", "", "在办"), ("行", "", "3")]),
        (
            {"state": "a", "due_on": "x"},
            {"state": "b", "due_on": "x"},
            [("状态", "a", "b")],
        ),  # the same is left out
        ("draft", "sent", [("", "草稿", "已送审")]),
        (None, {"passed": False, "evidence": ["甲", "乙"]}, [("通过", "", "否"), ("证据", "", "甲、乙")]),
        (None, None, []),
    ],
)
def test_difference_in_words(before, after, told):
    assert words.difference(before, after) == told


def test_the_page_tells_filters_and_exports(cast, office):
    record(
        "issue.close",
        Ref("issue", "WT-2026-0009"),
        by=cast.chenjing,
        because="核过了",
        before="公示",
        after={"state": "销号备案"},
    )
    record(
        "bulletin.sent", Ref("bulletin", "TB-1"), by=cast.zhouwei, on_behalf_of="陈静", before="draft", after="sent"
    )
    client = browser(cast.sunning)
    text = client.get("/trail/").content.decode()
    assert "链条完好" in text
    assert "给问题销号备案" in text
    assert "issue.close" not in text.replace("deed=issue.close", "")
    assert "代 陈静" in text
    for query, there, gone in (
        ("q=核过了", "WT-2026-0009", "TB-1"), ("who=陈静", "TB-1", "县的设置"), ("deed=bulletin.sent", "TB-1", "WT-2026-0009"),
        ("kind=issue", "WT-2026-0009", "TB-1"), ("behalf=1", "TB-1", "WT-2026-0009"), ("since=2030-01-01", "没有这样的留痕", "TB-1"),
        ("since=2026-02-31", "TB-1", "没有这样"),
    ):  # fmt: skip
        said = client.get(f"/trail/?{query}").content.decode()
        assert there in said, query
        assert gone not in said.split("<section")[1], query
    rows = list(csv.reader(io.StringIO(client.get("/trail/?as=csv&kind=issue").content.decode("utf-8-sig"))))
    assert rows[0][:4] == ["行", "时间", "谁", "代谁"]
    assert rows[1][2:8] == ["陈静", "", "给问题销号备案", "问题", "WT-2026-0009", "核过了"]
    lines = [json.loads(x) for x in b"".join(client.get("/trail/?as=jsonl&kind=issue")).decode().splitlines()]
    entry = Entry.objects.get(pk=lines[0]["id"])
    assert chain.link(entry.previous_hash, at=entry.at, **{n: lines[0][n] for n in FIELDS}) == lines[0]["hash"]
    assert client.get("/trail/?as=xlsx").content[:2] == b"PK"
    assert Entry.objects.filter(action="trail.exported", by_id=cast.sunning.pk).count() == 3


def test_who_reads_the_trail(cast, office):
    record("issue.opened", Ref("facility", "QX-001"), by=cast.chenjing, after={"klass": "一般"})
    for person, code in ((cast.chenjing, 200), (cast.sunning, 200), (cast.luomei, 404), (cast.zhaoyong, 404)):
        assert browser(person).get("/trail/").status_code == code, person
    cast.zhouwei.scope = cast.places["999901100"]  # an officer of a part of the county reads no trail of the whole
    cast.zhouwei.save()
    assert browser(cast.zhouwei).get("/trail/").status_code == 404
    for person, code in ((cast.luomei, 200), (cast.zhaoyong, 200), (cast.hezhi, 404)):
        answer = browser(person).get("/history/facility/QX-001/")
        assert answer.status_code == code, person
        assert code == 404 or "交办了一个问题" in answer.content.decode()
    assert browser(cast.luomei).get("/history/nothing/x/").status_code == 404


def test_a_look_is_one_row_and_stands_apart(cast, office, monkeypatch):
    """An address that shows personal data writes one row a look, however many persons it showed; a 404 writes none."""
    monkeypatch.setitem(rules.RULES, "village", rules.sees("village", looks="households"))
    monkeypatch.setitem(rules.RULES, "villages", rules.sees("village", exports="export"))
    from qingxi_office.villages.models import VillageRecord

    VillageRecord.objects.create(place=cast.places["999901100200"], state="未完成")
    browser(cast.hezhi).get("/villages/999901100200/")
    client = browser(cast.luomei)
    client.get("/villages/999901100200/?x=1")
    client.get("/villages/")
    client.get("/villages/?as=csv")
    assert [(e.by_name, e.subject_id, e.after) for e in search(Asked(looks=True))] == [
        ("罗梅", "villages", {"address": "/villages/?as=csv", "as": "csv"}),
        ("罗梅", "999901100200", {"address": "/villages/999901100200/?x=1"}),
    ]
    assert not of(Ref("village", "999901100200")).exists()  # who touched it: a look is no touch
    page = browser(cast.chenjing).get("/trail/?looks=1").content.decode()
    assert "看了农户名单" in page
    assert "看了农户名单" not in browser(cast.chenjing).get("/trail/").content.decode()


def test_whoever_acts_for_another_stands_with_both_names(cast):
    person = cast.luomei
    person.acting_for = "张三（村民）"
    assert record("report.handed_in", Ref("report", "X"), by=person).on_behalf_of == "张三（村民）"
    assert look("contact", Ref("report", "X"), by=person).on_behalf_of == "张三（村民）"


def test_questions_do_not_grow_with_rows(cast, office, django_assert_max_num_queries):
    client = browser(cast.sunning)
    for n in range(120):
        record("issue.add", Ref("issue", f"WT-{n}"), by=office)
    with django_assert_max_num_queries(16):
        client.get("/trail/")


def test_the_command_says_which_row(cast, office, capsys, tmp_path):
    record("issue.add", Ref("issue", "WT-1"), by=office)
    call_command("trail", "head")
    told = capsys.readouterr().out.strip()
    count, head = told.split(":")
    manifest = tmp_path / "backup.json"
    manifest.write_text(json.dumps({"trail": {"count": int(count), "head": head}}))
    call_command("trail", "check", "--against", told, str(manifest), str(tmp_path))
    assert "完好" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        call_command("trail", "check", "--against", f"{int(count) + 1}:{'a' * 64}")
    assert "末尾被截" in capsys.readouterr().out
    from django.core.management import CommandError

    with pytest.raises(CommandError, match="不是链头"):
        call_command("trail", "check", "--against", "nonsense")
