"""Pages of spot checks: the seal holds in every answer, sheets come back row by row, a stranger can draw again."""

import csv
import io
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from test_samples import KEY, people, rows, sealed  # noqa: F401

from qingxi.sampling import Design, draw_by, effective_checklist, seed_of
from qingxi_office.samples import actions, law
from qingxi_office.samples.models import Campaign, Visit

DAY = date(2026, 11, 20)
ASKED = effective_checklist()
GOOD = {f"q_{q.key}": q.answers[0].value for q in ASKED.questions}
SCRIPT = Path(__file__).parents[2] / "docs" / "verify-a-draw.py"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def text(answer) -> str:
    return b"".join(answer).decode("utf-8", "replace")


def frame_csv(n=40) -> SimpleUploadedFile:
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(["全省名单"])
    write.writerow(
        ["编号", "名称", "县", "乡镇", "运维单位", "规模 m³/d", "经度", "纬度", "自报正常", "不计入原因"]
    )
    for r in rows(n):
        write.writerow(
            [r["key"], r["name"], r["county"], r["township"], r["operator"], r["design_m3_d"], r["lon"], r["lat"], "是", r["excluded"]]
        )  # fmt: skip
    return SimpleUploadedFile("名单.csv", out.getvalue().encode("utf-8-sig"))


def do(client, row, **said):
    answer = client.post(f"/samples/{row.key}/do/", said, follow=True)
    assert answer.status_code == 200
    row.refresh_from_db()
    return answer.content.decode()


def test_a_supervisor_walks_from_the_list_to_the_sealed_draw(cast, people):  # noqa: F811
    client = browser(people["gaoyuan"])
    answer = client.post("/samples/new/", {"kind": "抽查评估", "title": "有效运行率抽查"}, follow=True)
    row = Campaign.objects.get()
    assert "先冻结名单" in answer.content.decode()
    wrong = SimpleUploadedFile("坏.csv", "编号,名称,经度,自报正常\na,甲,一百,也许\na,乙,,\n".encode())
    page = do(client, row, do="freeze", file=wrong)
    for words in ("名单里有 3 处要改", "经度", "自报正常", "和第 2 行一样"):
        assert words in page
    assert row.state == "draft"
    page = do(client, row, do="freeze", file=frame_csv(), strata=["county"], cluster="township")
    assert (row.population, row.left_out) == (39, {"停用待拆": 1})
    page = do(client, row, do="size", margin="5", expected="80", effect="1", wanted="12")
    # n0 = 245.9; 245.9/(1 + 244.9/39) = 33.7
    assert row.sizing["normal"] == 34
    assert "打算抽 12 座" in page
    ids = [people[f"jc{i}"].pk for i in range(1, 5)]
    page = do(client, row, do="teams", **{f"p{pk}": 1 + n // 2 for n, pk in enumerate(ids)})
    assert row.teams.count() == 2
    said = {
        "method": "stratified",
        "n": "12",
        "outside_name": "福彩3D",
        "outside_day": DAY,
        "depart_on": DAY,
        "back_on": DAY,
    }
    page = do(client, row, do="commit", **said)
    assert row.commitment in page
    assert "密钥只显示这一次" in page
    key = "".join(re.findall(r"<b>([0-9a-f]{4})</b>", page))
    assert (len(key), row.nonce) == (32, "")
    page = client.get(f"/samples/{row.key}/").content.decode()
    assert row.commitment[:16] in page
    assert key not in page.replace(" ", "")
    page = do(client, row, do="draw", outside_value="472", key="1" * 32)
    assert "密钥不对" in page
    page = do(client, row, do="draw", outside_value="472", key=key)
    assert "抽取了 12 座，名单封存到" in page
    drawn = [c.id for c in draw_by(Design.read(row.design), law.population_of(row), seed_of(key, "472"))]
    names = [f"第{int(k[1:])}站" for k in drawn]
    for who in ("gaoyuan", "chenjing", "jc1", "sunning"):
        for address in ("", "map.svg", "files/results?as=csv", "files/reveal.json", "files/sheet.xlsx"):
            got = text(browser(people[who]).get(f"/samples/{row.key}/{address}"))
            assert not [n for n in names if f">{n}<" in got or f",{n}," in got], (who, address)
            assert key not in got


def test_sheets_go_out_and_come_back(cast, people):  # noqa: F811
    row = sealed(cast, people)
    one = row.teams.order_by("id").first()
    actions.open_list(row, key=KEY[0], team=one, by=people["jc1"])
    first, second = browser(people["jc1"]), browser(people["jc2"])
    book = openpyxl.load_workbook(io.BytesIO(first.get(f"/samples/{row.key}/files/sheet.xlsx").content))
    page = book.active
    heads = [c.value for c in page[4]]
    assert page.max_row == 4 + 6
    assert len(page.data_validations.dataValidation) == len(ASKED.questions)
    for n in range(5, 11):
        page.cell(n, heads.index("到站日期") + 1, DAY)
        for q in ASKED.questions:
            page.cell(n, heads.index(q.word) + 1, q.answers[0].word)
    page.cell(6, heads.index("供电") + 1).value = None
    page.cell(7, 1, "S999")
    held = io.BytesIO()
    book.save(held)

    def send(client):
        upload = SimpleUploadedFile("检查表.xlsx", held.getvalue())
        return client.post(f"/samples/{row.key}/sheet/", {"file": upload}, follow=True).content.decode()

    said = send(first)
    for words in ("收下 4 座，有 2 处要改", "S999", "“供电”还没有选"):
        assert words in said
    assert Visit.objects.filter(state="one").count() == 4
    # the second sees no answer of the first before both are in
    visit = Visit.objects.filter(state="one").first()
    said = second.get(f"/samples/{row.key}/stations/{visit.pk}/").content.decode()
    assert "检查员1" not in said.partition("<main")[2].replace("检查员1、检查员2", "")
    assert "checked" not in said
    send(second)
    assert Visit.objects.filter(state="settled").count() == 4
    assert browser(people["jc3"]).get(f"/samples/{row.key}/stations/{visit.pk}/").status_code == 404


def test_the_visit_by_form_and_the_third_who_decides(cast, people):  # noqa: F811
    row = sealed(cast, people)
    actions.open_list(row, key=KEY[0], team=row.teams.order_by("id").first(), by=people["jc1"])
    visit = Visit.objects.filter(team__members__person=people["jc1"]).first()
    address = f"/samples/{row.key}/stations/{visit.pk}/"
    a, b, top = (browser(people[w]) for w in ("jc1", "jc2", "gaoyuan"))
    said = a.post(address, {**GOOD, "q_power": "", "visited_on": DAY}).content.decode()
    assert "“供电”还没有选" in said
    assert 'value="runs" checked' in said  # what was typed stays
    a.post(address, {**GOOD, "visited_on": DAY})
    b.post(address, {**GOOD, "q_bypass": "yes", "visited_on": DAY})
    assert "录入过的人不能定" in a.get(address).content.decode()
    said = top.get(address).content.decode()
    assert "两份不同" in said
    top.post(address, {**GOOD, "q_bypass": "yes", "do": "decide", "why": "照片"})
    visit.refresh_from_db()
    assert (visit.state, visit.effective, visit.settled_by) == ("settled", False, "高远")


@pytest.fixture
def finished(cast, people):  # noqa: F811
    row = sealed(cast, people)
    for team, pair in zip(row.teams.order_by("id"), (("jc1", "jc2"), ("jc3", "jc4")), strict=True):
        actions.open_list(row, key=KEY[0], team=team, by=people["gaoyuan"])
        for n, v in enumerate(Visit.objects.filter(team=team).select_related("row", "campaign", "team")):
            answers = {q.key: q.answers[0].value for q in ASKED.questions}
            for who in pair:
                actions.enter(v, answers if n else {**answers, "power": "off"}, visited_on=DAY, by=people[who])
    actions.close(row, by=people["gaoyuan"])
    return row


def test_what_a_newspaper_takes_away_draws_the_same(cast, people, finished, tmp_path):  # noqa: F811
    client = browser(people["gaoyuan"])
    for name in ("population.csv", "reveal.json"):
        (tmp_path / name).write_bytes(client.get(f"/samples/{finished.key}/files/{name}").content)
    out = subprocess.run(
        [sys.executable, str(SCRIPT), str(tmp_path / "population.csv"), str(tmp_path / "reveal.json")],
        capture_output=True, encoding="utf-8", env={"PYTHONIOENCODING": "utf-8"}, check=False,
    )  # fmt: skip
    assert out.returncode == 0, out.stdout + out.stderr
    assert {v.row.key for v in Visit.objects.select_related("row")} == {
        line.split("\t")[1].strip() for line in out.stdout.splitlines() if "\tS" in line
    }


def test_the_result_says_verdict_first_and_uncertainty_after(cast, people, finished):  # noqa: F811
    page = browser(people["chenjing"]).get(f"/samples/{finished.key}/").content.decode()
    h1 = page.partition("<h1")[2].partition("</h1>")[0]
    assert "有效运行率" in h1
    assert "区间" not in h1
    for words in ("95 % 区间", "下限低于要求", "自报和抽查，按运维单位", "没有有效运行"):
        assert words in page
    client = browser(people["chenjing"])
    lines = client.get(f"/samples/{finished.key}/files/results?as=csv").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 13
    summary = client.get(f"/samples/{finished.key}/files/summary?as=csv").content.decode("utf-8-sig")
    for words in ("95 % 区间下限", "区间下限达到要求", "没查成"):
        assert words in summary
    import pyogrio

    body = client.get(f"/samples/{finished.key}/files/results.gpkg").content
    info = pyogrio.read_info(io.BytesIO(body))
    assert (info["features"], info["crs"]) == (12, "EPSG:4490")
    assert "<circle" in text(client.get(f"/samples/{finished.key}/map.svg"))


def test_pages_ask_a_fixed_number_of_questions(cast, people, finished):  # noqa: F811
    client = browser(people["gaoyuan"])

    def asked(page):
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        return len(queries)

    one, whole = asked("/samples/"), asked(f"/samples/{finished.key}/")
    for n in range(6):
        more = actions.create("专项检查", f"暗访{n}", cast.county, by=people["gaoyuan"], reason="x")
    assert asked("/samples/") == one <= 12
    assert more.state == "draft"
    extra = Visit.objects.filter(campaign=finished).first()
    for r in finished.frame.exclude(pk__in=Visit.objects.values("row_id"))[:9]:
        Visit.objects.create(
            campaign=finished, row=r, team=extra.team, parts=extra.parts, state="settled", effective=False
        )
    assert asked(f"/samples/{finished.key}/") == whole <= 18


def test_what_was_found_becomes_a_problem_of_the_ledger(cast, people):  # noqa: F811
    from qingxi_office.facilities.models import FacilityRecord
    from qingxi_office.issues.models import IssueRecord

    officer = people["chenjing"]
    row = actions.create("专项检查", "暗访", cast.county, by=officer, reason="雨后")
    actions.set_teams(row, [[people["jc1"], people["jc2"]]], by=officer)
    actions.choose(row, {FacilityRecord.objects.get(key="QX-001").pk: ""}, depart_on=DAY, back_on=DAY, by=officer)
    actions.open_list(row, team=row.teams.get(), by=officer)
    visit = row.visits.select_related("campaign", "team", "row").get()
    answers = {q.key: q.answers[0].value for q in ASKED.questions}
    actions.enter(visit, {**answers, "bypass": "yes"}, visited_on=DAY, by=people["jc1"])
    client, address = browser(officer), f"/samples/{row.key}/stations/{visit.pk}/"
    assert "有污水未经处理直接排放" in client.get(address).content.decode()
    assert browser(people["jc1"]).post(address + "issue/", {"title": "直排"}).status_code == 403
    client.post(address + "issue/", {"title": "红岩村站直排", "klass": "一般"})
    issue = IssueRecord.objects.get()
    visit.refresh_from_db()
    assert (issue.source, issue.facility.key, visit.issue_key) == ("抽查", "QX-001", issue.key)
    assert f"sample:{row.key}" in issue.because
    client.post(address + "issue/", {"title": "再来一次"})
    assert IssueRecord.objects.count() == 1
