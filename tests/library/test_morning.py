"""The first morning's law: who is meant, what does not agree, what was decided, what the 调度表 then says."""

import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import morning_ledgers as nasty
from qingxi.files import check_template, fill_template, read_ledger, write_call_sheets
from qingxi.morning import (
    FIELDS,
    KINDS,
    BadForm,
    Book,
    Certainty,
    Decision,
    Formula,
    How,
    Ledgers,
    Limits,
    Quarter,
    Reason,
    ReasonSource,
    Register,
    RegisterVillage,
    Setting,
    default_form,
    difference,
    examine,
    lay_out,
    ledgers_as_json,
    ledgers_from_json,
    match,
    parse_form,
    unexplained,
)
from qingxi.place import VillageKind

# A dictionary of sounds as small as the county: only what the ledgers need.
SOUNDS = {
    "新桥": "xinqiao",
    "新乔": "xinqiao",
    "沙湾": "shawan",
    "沙弯": "shawan",
    "红岩": "hongyan",
    "洪岩": "hongyan",
}


def register(extra=()):
    rows = [
        RegisterVillage(
            code, name, code[:9], nasty.TOWNS[code[:9]], VillageKind(kind), former, (),
            date(2025, 1, 1) if into else None, into, rural,
        )
        for code, name, kind, former, into, rural in (*nasty.REGISTER, *extra)
    ]  # fmt: skip
    return Register(rows, lambda name: SOUNDS.get(name, name))


def setting(quarter=3, **known):
    asked = Quarter(2026, quarter)
    return Setting(register(), asked, asked.last_day, Limits.usual(), **known)


def read(folder, *rows):
    files = nasty.write_ledgers(folder, *rows)
    parts = {book: read_ledger(files[book], Book(book)) for book in files}
    ledgers = Ledgers(
        parts["villages"].ledgers.villages, parts["facilities"].ledgers.facilities, parts["issues"].ledgers.issues,
        tuple(t for p in parts.values() for t in p.ledgers.totals),
    )  # fmt: skip
    return ledgers, parts


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory):
    return read(tmp_path_factory.mktemp("q3"))[0]


@pytest.mark.parametrize(
    ("code", "name", "town", "meant", "how", "sure"),
    [
        ("999901100200", "红岩村", "溪口镇", "999901100200", How.CODE, Certainty.CERTAIN),
        ("９９９９０１ 100200", "红岩村委会", "", "999901100200", How.CODE, Certainty.CERTAIN),
        ("999901100200.0", "", "", "999901100200", How.CODE, Certainty.CERTAIN),
        ("9.99901E+11", "大坪村", "溪口镇", "999901100203", How.REPAIRED, Certainty.CERTAIN),  # six digits and a name
        ("9.99901E+11", "大坪村", "", "999901100203", How.REPAIRED, Certainty.LIKELY),
        ("999901100", "大坪村", "", "999901100203", How.REPAIRED, Certainty.CERTAIN),  # nine digits give the township
        ("9999011002", "大坪村", "溪口镇", "999901100203", How.REPAIRED, Certainty.CERTAIN),
        ("99990110020", "", "溪口镇", "", How.NONE, Certainty.ASKED),  # six villages begin so
        ("999901102202", "沙湾村", "马桑乡", "999901102202", How.CODE, Certainty.CERTAIN),
        ("", "大坪村", "溪口镇人民政府", "999901100203", How.NAME, Certainty.CERTAIN),
        ("", "大坪村", "", "999901100203", How.NAME, Certainty.LIKELY),
        ("", "大坪村", "岚坪镇", "", How.NONE, Certainty.NONE),  # never out of its township
        ("", "河坝村", "岚坪镇", "999901101203", How.FORMER, Certainty.LIKELY),
        ("", "老寨村", "岚坪镇", "999901101204", How.MERGED, Certainty.LIKELY),
        ("999901101207", "老寨村", "岚坪镇", "999901101204", How.MERGED, Certainty.LIKELY),
        ("", "柳灣村民委员会", "溪口镇", "999901100205", How.VARIANT, Certainty.LIKELY),
        ("", "溪口社区居委会", "溪口镇", "999901100001", How.VARIANT, Certainty.LIKELY),
        ("", "马桑村委会", "马桑乡", "999901102200", How.VARIANT, Certainty.LIKELY),  # 村委会 is not 社区
        ("", "马桑", "马桑乡", "", How.VARIANT, Certainty.ASKED),
        ("", "新乔村", "岚坪镇", "999901101202", How.NEAR, Certainty.ASKED),
        ("", "新□村", "岚坪镇", "999901101202", How.NEAR, Certainty.ASKED),
        ("", "新房村", "岚坪镇", "", How.NONE, Certainty.NONE),  # one character, but another sound
        ("999901100200", "洪岩村", "溪口镇", "999901100200", How.CODE, Certainty.LIKELY),  # the digits are right
        ("999901100200", "大坪村", "溪口镇", "", How.CODE, Certainty.ASKED),  # digits and name are two villages
        ("999901100200", "花园村", "溪口镇", "999901100200", How.CODE_ONLY, Certainty.LIKELY),
        ("111111111111", "花园村", "溪口镇", "", How.NONE, Certainty.NONE),
        ("", "", "", "", How.NONE, Certainty.NONE),
    ],
)  # fmt: skip
def test_who_is_meant_and_how_sure(code, name, town, meant, how, sure):
    found = match(register(), code, name, town)
    assert (found.code, found.how, found.certainty) == (meant, how, sure)


@given(st.sampled_from(nasty.REGISTER), st.text(max_size=14), st.sampled_from(["", *nasty.TOWNS.values()]))
def test_anything_typed_is_matched_or_asked_and_a_guess_lies_in_its_township(row, typed, town):
    found = match(register(), typed, row[1], town)
    if found.counts:
        assert found.code in dict.fromkeys(v.code for v in register().living)
        if town and not typed:
            assert nasty.TOWNS[found.code[:9]] == town


def listed(conflicts):
    return sorted((c.kind, c.zh) for c in conflicts)


def test_what_was_planted_is_found_and_nothing_else(ledgers):
    found = examine(ledgers, setting()).conflicts
    planted = list(nasty.PLANTED)
    assert sorted(c.kind for c in found) == sorted(p.kind for p in planted)
    for p in planted:
        assert [p.word in c.zh for c in found if c.kind == p.kind].count(True) == 1, p
    assert {k.name for k in KINDS} == {p.kind for p in (*planted, *nasty.AFTER_SIGNING)}, (
        "every kind is planted once"
    )
    for c in found:
        assert c.en
        assert "{" not in c.en + c.zh
        assert c.ways, c.kind
        for cited in c.rows:
            assert cited.written.row > 1
            assert cited.written.file.endswith((".xlsx", ".csv", ".xls"))


def sign(conflict, p):
    way = p.way
    if way.startswith("keep:"):
        keeps = [w.id for w in conflict.ways]
        way = keeps[0] if p.way == "keep:first" else keeps[-1]
    return Decision(way, p.target)


def signed(ledgers, at, rounds=(nasty.PLANTED, nasty.AFTER_SIGNING), decisions=None):
    """Every planted conflict signed as the list says, round by round."""
    decisions = dict(decisions or {})
    for planted in rounds:
        for c in examine(ledgers, at, decisions).open:
            p = next((p for p in planted if p.kind == c.kind and p.word in c.zh), None)
            if p is not None:
                decisions[c.key] = sign(c, p)
    return decisions


@pytest.fixture(scope="module")
def settled(ledgers):
    return examine(ledgers, setting(), signed(ledgers, setting()))


def test_decisions_raise_and_still_others(ledgers):
    once = examine(ledgers, setting(), signed(ledgers, setting(), (nasty.PLANTED,)))
    still = [(c.kind, c.zh) for c in once.open]
    assert len(still) == len(nasty.AFTER_SIGNING)
    for p in nasty.AFTER_SIGNING:
        assert any(kind == p.kind and p.word in zh for kind, zh in still), p
    for kind, word in nasty.GONE_AFTER_SIGNING:
        assert not any(c.kind == kind and word in c.zh for c in once.conflicts)


def test_after_all_sign_offs_every_village_counts_as_the_list_kept_by_hand(settled):
    assert settled.open == ()
    got = [
        (v.township, v.name, v.state, v.households, v.households_treated, v.facilities, v.facilities_in_use,
         v.facilities_stopped, v.design_m3_d, v.tests_owed, v.tests_done, v.oversize, v.issues, v.issues_closed)
        for v in settled.results
    ]  # fmt: skip
    assert sorted(got) == sorted(nasty.TRUTH)


def test_a_decision_that_the_conflict_does_not_offer_settles_nothing(ledgers):
    c = next(c for c in examine(ledgers, setting()).conflicts if c.kind == "village-twice")
    for way in (Decision("leave"), Decision("keep:000000000000"), Decision(c.ways[0].id, "999901100200")):
        assert c.key not in examine(ledgers, setting(), {c.key: way}).decided


def test_keys_do_not_move_with_the_rows(ledgers, tmp_path):
    """Next quarter a village is put in above: row numbers and serials change, the same conflicts keep their keys."""
    first = ("999901101202", "岚坪镇", "新桥村委会", 1, 0, 1, "未完成", "", "", "", "")
    later = read(tmp_path, (first, *nasty.VILLAGES))[0]
    old = {c.key: c.zh for c in examine(ledgers, setting()).conflicts}
    new = {c.key: c.zh for c in examine(later, setting()).conflicts}
    # The total and the day of a doubtful line's neighbours have changed; every other conflict is the one it was.
    assert {zh for key, zh in old.items() if key not in new} == {"合计行“总户数”写 2500，逐行相加是 2533。"}


def test_readings_go_before_the_ledger_and_the_half_year_is_the_owed_one(ledgers):
    def untested(at):
        return [dict(c.said)["facility"] for c in examine(ledgers, at).conflicts if c.kind == "facility-untested"]

    # The third quarter owes the first half-year: a test since January will do. The office's own sample counts.
    assert untested(setting(3)) == ["石笋村站（QX-002）"]
    assert untested(setting(3, tests={"QX-002": date(2026, 2, 1)})) == []
    # At the end of the year only a test since July counts: 红岩村 was tested in August, 新桥村 on 20 July.
    assert untested(setting(4, tests={"QX-002": date(2026, 2, 1)})) == ["石笋村站（QX-002）"]
    assert (Quarter(2026, 1).tests_since, Quarter(2026, 2).tests_since) == (date(2025, 7, 1), date(2026, 1, 1))


def test_the_office_register_contradicts_too(ledgers):
    found = examine(ledgers, setting(statuses={"QX-001": "stopped"})).conflicts
    assert any("QX-001" in c.zh and "账册" in c.zh for c in found if c.kind == "facility-state")


def test_ledgers_survive_json(ledgers):
    assert ledgers_from_json(json.loads(json.dumps(ledgers_as_json(ledgers)))) == ledgers


VALUES = {"county": "天河坝县", "quarter": "2026 年第三季度", "unit": "县生态环境局", "date": "2026-10-08"}


def slow_table():
    """The township table by counting over the list kept by hand, cell by cell; None where Excel shows nothing."""
    rows = []
    for town in ("溪口镇", "岚坪镇", "马桑乡", "县本级"):
        own = [t for t in nasty.TRUTH if t[0] == town]
        villages = [t for t in own if t[2]]
        states = [sum(1 for t in villages if t[2] == s) for s in ("已治理", "已管控", "未完成")]
        n = len(villages)
        rows.append(
            [len(rows) + 1, town, n, *states, states[0] / n if n else None, (states[0] + states[1]) / n if n else None, "—", "—",
             sum(t[3] for t in own), sum(t[4] for t in own), sum(t[5] for t in own), sum(t[6] for t in own), sum(t[7] for t in own),
             sum(t[11] for t in own), sum(t[8] for t in own), sum(t[9] for t in own), sum(t[10] for t in own),
             sum(t[12] for t in own), sum(t[13] for t in own), sum(t[12] - t[13] for t in own)]
        )  # fmt: skip
    total = ["合计", ""]
    for c in range(2, 22):
        column = [r[c] for r in rows]
        total.append("—" if "—" in column else None if c in (6, 7) else sum(column))
    total[6], total[7] = total[3] / total[2], (total[3] + total[4]) / total[2]
    return [*rows, total]


def same(got, expected):
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        assert (a is None and b is None) or a == b or a == pytest.approx(b, abs=1e-9), (a, b, got)


def test_the_call_sheet_is_right_to_the_last_cell(settled):
    sheets = lay_out(default_form(), settled.results, VALUES)
    assert [s.name for s in sheets] == ["调度表", "逐村明细"]
    expected = slow_table()
    got = [[cell.value for cell in row] for row in sheets[0].rows]
    assert len(got) == len(expected)
    for a, b in zip(got, expected, strict=True):
        same(a, b)
    # 10 of 19 are treated by hand: 红岩 石笋 冷水 茶岭 柳湾, 岚坪 石塘 新桥 下河 杨家坝.
    assert (got[-1][2], got[-1][3], got[-1][4], got[-1][5]) == (19, 10, 3, 6)
    assert "不能相加" in sheets[0].notes[0]
    import openpyxl

    page = openpyxl.load_workbook(io.BytesIO(write_call_sheets(sheets)))["调度表"]
    assert page["D9"].value == "=SUM(D5:D8)"
    assert page["G5"].value == '=IF(C5=0,"",(D5/C5))'
    assert page["A1"].value == "天河坝县农村生活污水治理2026 年第三季度调度表"
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 8)
    shown = openpyxl.load_workbook(io.BytesIO(write_call_sheets(sheets)), data_only=True)["调度表"]
    for r, row in enumerate(expected, start=5):
        same([shown.cell(r, c).value or None if isinstance(b, str | None) else shown.cell(r, c).value for c, b in enumerate(row, start=1)],
             [b or None if isinstance(b, str) else b for b in row])  # fmt: skip


def test_next_quarter_says_who_changed_and_why(ledgers, settled, tmp_path):
    later, _ = read(tmp_path, *nasty.next_quarter())
    before = signed(ledgers, setting())
    carried = examine(later, setting(4), before)
    # What stands in the same rows again is settled as last time; the rest is asked anew.
    assert {c.kind for c in carried.conflicts if c.key in carried.decided} >= {
        "village-merged",
        "village-missing",
        "match-doubtful",
    }
    decisions = signed(later, setting(4), decisions=before)
    now = examine(later, setting(4), decisions)
    assert now.open == ()
    changed = difference(settled.results, now.results)
    assert [(c.name, c.before, c.after, c.word) for c in changed] == [
        ("石塘村", "已治理", "已管控", "退出治理"),
        ("高峰村", "未完成", "已治理", "新增治理"),
        ("沙湾村", "未完成", "已管控", "状态变化"),
    ]
    reasons = [
        Reason("999901102201", ReasonSource.RECOGNITION, "2026-10-05 认定，天污治办〔2026〕30号", "已治理"),
        Reason("999901101201", ReasonSource.STATE_CHANGE, "返黑返臭", "未完成"),  # explains another state
        Reason("999901102202", ReasonSource.STATE_CHANGE, "县里验收", "已管控"),
        Reason("999901102202", ReasonSource.TYPED, "乡里报来并现场看过", ""),
    ]
    told = difference(settled.results, now.results, reasons)
    assert [c.name for c in unexplained(told)] == ["石塘村"]
    assert [(c.name, c.source) for c in told if c.reason] == [("高峰村", "recognition"), ("沙湾村", "typed")]
    sheets = lay_out(default_form(), now.results, VALUES, before=settled.results, changes=told)
    assert [s.name for s in sheets] == ["调度表", "变化说明", "逐村明细"]
    assert [c.value for c in sheets[1].rows[1]][1:] == [
        "马桑乡", "高峰村", "999901102201", "未完成", "已治理", "新增治理", "2026-10-05 认定，天污治办〔2026〕30号", "认定",
    ]  # fmt: skip
    gains = {row[1].value: (row[8].value, row[9].value) for row in sheets[0].rows[:-1]}
    assert gains == {"溪口镇": (0, 0), "岚坪镇": (0, 1), "马桑乡": (1, 0), "县本级": (0, 0)}


FORM = """
id = "x"
name = "x"
title = "{county}{quarter}"
source = "测试"
trust = "assumption"
[[sheet]]
name = "表"
rows = "township"
"""


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ('[[sheet.column]]\nheading = "x"\nfield = "nobody"', "form-field"),
        ('[[sheet.column]]\nheading = "x"\nformula = "treated +"', "form-formula"),
        ('[[sheet.column]]\nheading = "x"\nformula = "treated / villages"', "form-formula"),
        ('[[sheet.column]]\nheading = "a"\nfield = "treated"\n[[sheet.column]]\nheading = "b"\nfield = "controlled"\n'
         '[[sheet.column]]\nheading = "x"\nformula = "treated + controlled"', "form-adds-states"),
        ("", "form-columns"),
        ("[[sheet", "form-unreadable"),
        ('[[sheet.column]]\nheading = "a"\nfield = "treated"\n[[sheet.column]]\nheading = "b"\nfield = "treated"', "form-twice"),
        ('[[sheet]]\nname = "表"\nrows = "town"', "form-sheet-name"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_used_says_why(columns, code):
    with pytest.raises(BadForm) as bad:
        parse_form(FORM + columns, "x.toml")
    assert code in {f.code for f in bad.value.faults}


def test_a_title_may_only_name_what_is_known():
    text = (
        FORM.replace("{county}{quarter}", "{county}{month}") + '[[sheet.column]]\nheading = "a"\nfield = "treated"'
    )
    with pytest.raises(BadForm, match="花括号"):
        parse_form(text, "x.toml")


@given(st.dictionaries(st.sampled_from("abc"), st.integers(0, 50), min_size=3))
def test_a_formula_here_and_in_excel_say_the_same(row):
    """(a + b) / c with c = 0 is an empty cell in both."""
    formula = Formula("(a + b) / c")
    assert formula.value(row) == ((row["a"] + row["b"]) / row["c"] if row["c"] else None)
    assert formula.excel({"a": "A1", "b": "B1", "c": "C1"}) == '=IF(C1=0,"",((A1+B1)/C1))'


def test_the_countys_own_form_keeps_its_look_and_is_filled(settled):
    import openpyxl

    assert check_template(nasty.own_form(), "表样.xlsx") == []
    page = openpyxl.load_workbook(io.BytesIO(fill_template(nasty.own_form(), settled.results, VALUES))).active
    got = [[c.value for c in row] for row in page.iter_rows(min_row=1, max_row=8)]
    assert got[0][0] == "天河坝县2026 年第三季度调度表"
    assert [r[:3] for r in got[2:6]] == [["溪口镇", 7, 5], ["岚坪镇", 7, 5], ["马桑乡", 5, 0], ["县本级", 0, 0]]
    assert [r[3] for r in got[2:6]] == [f"=IF(B{n}=0,0,C{n}/B{n})" for n in (3, 4, 5, 6)]
    assert got[6][:4] == ["合计", "=SUM(B3:B6)", 10, "=C7/B7"]
    assert got[7][0] == "填报单位：县生态环境局"
    assert {str(r) for r in page.merged_cells.ranges} == {"A1:E1", "A8:C8"}


@pytest.mark.parametrize(
    ("raw", "code"),
    [(nasty.own_form("{{row.nobody}}"), "form-mark"), (b"not a workbook", "file-unreadable")],
)
def test_a_countys_form_with_a_wrong_mark_is_refused_by_cell(raw, code):
    faults = check_template(raw, "表样.xlsx")
    assert [f.code for f in faults] == [code]


def test_a_file_nobody_understands_gives_its_headings_to_be_mapped(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("甲,乙,丙\n红岩村,已治理,3\n", encoding="utf-8")
    got = read_ledger(path, Book.VILLAGES)
    assert got.headings == ("甲", "乙", "丙")
    assert set(got.missing) == {"name", "state"}
    named = {"name": "甲", "state": "乙", "households": "丙"}
    lines = read_ledger(path, Book.VILLAGES, named=named).ledgers.villages
    assert [(v.name, v.state, v.households) for v in lines] == [("红岩村", "已治理", 3)]


def test_every_field_has_a_name():
    assert all(words for words, _ in FIELDS.values())


def test_libreoffice_opens_the_sheet_and_the_countys_form(settled, tmp_path):
    import test_files_soffice as office

    if office.SOFFICE is None:
        pytest.skip("LibreOffice is not on this machine")
    (tmp_path / "probe.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    if not office.converted(tmp_path, "ods", tmp_path / "probe.csv").is_dir():
        pytest.skip("this LibreOffice has no Calc: it opens no table, not even a CSV")
    (tmp_path / "sheet.xlsx").write_bytes(write_call_sheets(lay_out(default_form(), settled.results, VALUES)))
    (tmp_path / "own.xlsx").write_bytes(fill_template(nasty.own_form(), settled.results, VALUES))
    out = office.converted(tmp_path, "xlsx", tmp_path / "sheet.xlsx", tmp_path / "own.xlsx")
    import openpyxl

    page = openpyxl.load_workbook(out / "sheet.xlsx", data_only=True)["调度表"]
    assert [page.cell(9, c).value for c in (3, 4, 5, 6)] == [19, 10, 3, 6]
    own = openpyxl.load_workbook(out / "own.xlsx", data_only=True).active
    assert (own["B7"].value, own["C7"].value) == (19, 10)
