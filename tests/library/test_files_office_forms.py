"""A form that comes back unchanged changes nothing; what is wrong comes back red in the same file."""

import io
from datetime import date

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qingxi.files.bills_long import bill_kwh
from qingxi.files.book_cells import (
    Choice,
    concentration,
    day,
    guard,
    identifier,
    moment,
    month,
    number,
    plain,
    text,
    unguard,
    whole,
    yes_no,
)
from qingxi.files.book_units import Fen, Measure
from qingxi.files.office_form import Form, form_csv, form_xlsx
from qingxi.files.office_red import red_book
from qingxi.files.office_sheet import read_sent
from qingxi.files.office_tables import TABLES, day_or_moment, plain_value

WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters="\x85"), max_size=8
).map(plain)
TRICKY = st.sampled_from(["=1+1", "+86", "-3", "@SUM", "'=x", "''y", "'早", "1.5", "0200001", "2023.6", "合同"])
NAMES = (WORDS | TRICKY).map(plain).filter(lambda w: w not in {"", "-", "--", "—", "——", "/", "\\"} and w.lower() not in {"na", "n/a", "null", "#n/a"} and not w.startswith(("合计", "总计", "小计", "注", "填")))  # fmt: skip


def value_of(column):
    """A strategy for the plain values that one column may hold."""
    take = column.take
    low, high = column.low if column.low is not None else -1000, column.high if column.high is not None else 1e6
    if isinstance(take, Choice):
        kept = [plain_value(v) for v in take.words.values()]
        found = st.sampled_from(kept)
    elif take is yes_no:
        found = st.booleans()
    elif take is day:
        found = st.dates(date(1950, 1, 1), date(2100, 1, 1)).map(str)
    elif take is month:
        found = st.dates(date(1950, 1, 1), date(2100, 1, 1)).map(lambda d: str(d.replace(day=1)))
    elif take is moment:
        found = st.datetimes(min_value=__import__("datetime").datetime(1950, 1, 1)).map(
            lambda d: d.replace(second=0, microsecond=0).isoformat() + "+08:00"
        )
    elif take is day_or_moment:
        found = st.dates(date(1950, 1, 1), date(2100, 1, 1)).flatmap(
            lambda d: st.sampled_from([str(d), f"{d}T08:15:00+08:00", f"{d}T23:59:59+08:00"])
        )
    elif isinstance(take, Fen):
        found = st.integers(0, 10**11)
    elif take is whole:
        found = st.integers(int(max(low, 0)), int(high))
    elif take in (number, concentration, bill_kwh) or isinstance(take, Measure):
        found = st.floats(max(low, 0), high).map(lambda v: float(f"{v:.6g}")).filter(lambda v: low <= v <= high)
    elif take is identifier:
        found = NAMES.filter(lambda w: "e" not in w.lower())
    elif take is text:
        found = NAMES
    else:  # a place's code
        digits = 15 if column.field == "hamlet" else 12
        found = st.integers(0, 900).map(
            lambda n: ("999901100200" if digits == 15 else "999901100") + f"{n + 1:03d}"
        )
    return found if column.needed else st.none() | found


def rows_of(table):
    row = st.fixed_dictionaries({c.field: value_of(c) for c in table.columns})
    return st.lists(row, min_size=1, max_size=4, unique_by=lambda r: tuple(r[k] for k in table.key))


@pytest.mark.parametrize("form", ["xlsx", "csv"])
@pytest.mark.parametrize("name", TABLES)
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(data=st.data())
def test_what_is_written_is_read_back(name, form, data, tmp_path):
    table = TABLES[name]
    rows = data.draw(rows_of(table))
    path = tmp_path / f"a.{form}"
    path.write_bytes(form_xlsx(table, rows) if form == "xlsx" else form_csv(table, rows))
    sent = read_sent(path, name)
    assert [str(f) for f in sent.faults if f.code not in {"below-detection"}] == []
    assert len(sent.rows) == len(rows)
    for got, row in zip(sent.rows, rows, strict=True):
        for column in table.columns:
            was = row[column.field]
            default = plain_value(column.default)
            assert got.values[column.field] == (default if was in (None, "") else was), column.heading


def test_the_same_rows_give_the_same_bytes():
    rows = [{"code": "999901100200", "name": "红岩村", "state": "已治理"}]
    assert form_xlsx(TABLES["villages"], rows) == form_xlsx(TABLES["villages"], rows)


@pytest.mark.parametrize("said", ["=1", "'=1", "''=1", "'a", "+", "'+", "'"])
def test_the_guard_is_taken_off_again(said):
    assert unguard(guard(said)) == said
    assert guard(said) == said or guard(said)[0] == "'"


def form_of_villages():
    rows = [
        {"code": f"99990110020{n}", "name": f"第{n}村", "township": "溪口镇", "kind": "村委会", "state": "未完成", "households": 100 + n,
         "people_registered": 400, "people_resident": 300, "households_connected": 50, "sewer_km": 3.2}
        for n in range(4)
    ]  # fmt: skip
    return form_xlsx(TABLES["villages"], rows, Form("溪口镇人民政府", date(2026, 11, 20)))


def test_a_form_has_title_two_headings_locked_cells_and_drop_downs():
    book = openpyxl.load_workbook(io.BytesIO(form_of_villages()))
    assert book.sheetnames == ["行政村治理台账", "填表说明"]
    sheet = book["行政村治理台账"]
    assert sheet["A1"].value == "行政村治理台账"
    assert "A1:U1" in {str(a) for a in sheet.merged_cells.ranges}
    heads = [sheet.cell(4, c).value or sheet.cell(3, c).value for c in range(1, 22)]
    assert heads[:8] == [
        "行政村代码",
        "行政村",
        "乡镇",
        "类型",
        "村庄分类",
        "户数（户）",
        "户籍人口（人）",
        "常住人口（人）",
    ]
    assert sheet.cell(3, 7).value == "人口"
    assert (sheet["A5"].data_type, sheet["A5"].value, sheet["A5"].number_format) == ("s", "999901100200", "@")
    assert sheet.protection.sheet
    assert [sheet.cell(5, c).protection.locked for c in (1, 2, 3, 6)] == [True, True, True, False]
    assert sheet.cell(5, 6).fill.fgColor.rgb == "FFFFF9DB"
    lists = {
        str(v.sqref).split(":")[0]: v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"
    }
    assert lists["J5"] == '"已治理,已管控,未完成"'
    assert sheet.freeze_panes == "D5"


def test_red_cells_come_back_in_the_same_file(tmp_path):
    path = tmp_path / "报表.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(form_of_villages()))
    sheet = book["行政村治理台账"]
    sheet["F5"], sheet["J6"] = "许多", "快了"
    sheet["C20"] = "我的备忘"
    sheet.column_dimensions["D"].width = 33
    book.create_sheet("自用")["A1"] = "不要丢"
    book.save(path)
    sent = read_sent(path)
    assert (sent.table, [r.good for r in sent.rows]) == ("villages", [False, False, True, True, False])
    back = openpyxl.load_workbook(io.BytesIO(red_book(path, sent, sent.faults, sent.spots)))
    red = back["行政村治理台账"]
    marked = {c.coordinate for line in red.iter_rows() for c in line if c.fill.fgColor.rgb == "FFFFC7CE"}
    assert marked >= {"F5", "J6"}
    assert "应为数字" in red["F5"].comment.text
    heads = {red.cell(4, c).value: c for c in range(1, red.max_column + 1)}
    assert red.cell(5, heads["核对结果"]).value.startswith("户数：应为数字")
    assert red.cell(7, heads["核对结果"]).value is None
    # Everything else of the file is as it was.
    assert red.column_dimensions["D"].width == 33
    assert back["自用"]["A1"].value == "不要丢"
    assert len(red.data_validations.dataValidation) == len(sheet.data_validations.dataValidation)
    assert red.protection.sheet
    # Mended and sent again: the office's own two columns are known and nothing is left to say.
    red["F5"], red["J6"], red["C20"] = 101, "已管控", None
    back.save(path)
    again = read_sent(path)
    assert again.faults == []
    assert [r.good for r in again.rows] == [True] * 4


@pytest.mark.parametrize(
    ("name", "data"), [("a.csv", "行政村代码,行政村,治理状态\n999901100200,大坪村,快了\n".encode("gb18030"))]
)
def test_a_csv_comes_back_as_its_twin(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    sent = read_sent(path)
    twin = openpyxl.load_workbook(io.BytesIO(red_book(path, sent, sent.faults, sent.spots))).active
    assert [[c.value for c in row][:4] for row in twin.iter_rows()] == [
        ["行政村代码", "行政村", "治理状态", "核对结果"],
        ["999901100200", "大坪村", "快了", twin["D2"].value],
    ]
    assert twin["C2"].fill.fgColor.rgb == "FFFFC7CE"
    assert twin["A2"].data_type == "s"


def test_of_a_long_table_only_the_red_rows_come_back(tmp_path, monkeypatch):
    monkeypatch.setattr("qingxi.files.office_red.WHOLE_CELLS", 10)
    path = tmp_path / "a.csv"
    rows = "".join(f"99990110020{n},村{n},{'快了' if n == 7 else '未完成'}\n" for n in range(9))
    path.write_text("台账\n行政村代码,行政村,治理状态\n" + rows, encoding="utf-8")
    sent = read_sent(path)
    twin = openpyxl.load_workbook(io.BytesIO(red_book(path, sent, sent.faults, sent.spots))).active
    assert [twin.cell(r, 2).value for r in (2, 3)] == ["行政村", "村7"]
    assert "原第 10 行" in twin["D3"].value
    assert twin.max_row == 3
