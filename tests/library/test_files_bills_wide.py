"""A year of electricity as grid companies print it: an account a row, a month a column."""

from datetime import date

import openpyxl
import pytest

from qingxi.files.evidence import read_bills
from qingxi.files.office_sheet import read_sent


def book(tmp_path, rows, name="电费.xlsx", sheet="Sheet1"):
    made = openpyxl.Workbook()
    made.active.title = sheet
    for row in rows:
        made.active.append(row)
    made.save(tmp_path / name)
    return tmp_path / name


WIDE = [
    ["2026年农村污水站用电量明细"],
    ["单位：kWh"],
    ["序号", "户号", "户名", "1月", "2月", "3月份", "合计"],
    [1, "0200001", "红岩村站", 100, None, 90.5, 190.5],
    [2, "0200002", "柳湾村站", 0, 12, "x", 12],
    ["", "合计", "", 100, 12, 90.5, 202.5],
    ["制表：某", None, None, None, None, None, None],
]


def test_every_month_with_a_figure_is_a_bill(tmp_path):
    read = read_bills(book(tmp_path, WIDE))
    assert [(b.account, b.month, b.kwh) for b in read.rows] == [
        ("0200001", date(2026, 1, 1), 100), ("0200001", date(2026, 3, 1), 90.5),
        ("0200002", date(2026, 1, 1), 0), ("0200002", date(2026, 2, 1), 12),
    ]  # fmt: skip
    (fault,) = [f for f in read.faults if f.severity.value == "error"]
    assert (fault.row, fault.field, fault.value) == (5, "电量", "x")


def test_the_office_knows_it_without_being_told_and_points_to_the_cell(tmp_path):
    sent = read_sent(book(tmp_path, WIDE))
    assert sent.table == "bills"
    assert [r.values["month"] for r in sent.rows if r.good] == [
        "2026-01-01",
        "2026-03-01",
        "2026-01-01",
        "2026-02-01",
    ]
    at = next(s for f, s in zip(sent.faults, sent.spots, strict=True) if f.value == "x")
    assert at == (5, 5)  # the sixth column of row 5


@pytest.mark.parametrize(
    "heads",
    [
        ["2025年11月", "2025年12月", "2026年1月"],
        ["2025-11", "2025-12", "202601"],
        [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)],
        ["2025年11月电量（kWh）", "2025年12月电量（kWh）", "2026年1月电量（kWh）"],
    ],
)
def test_headings_that_say_their_year_cross_it(tmp_path, heads):
    read = read_bills(book(tmp_path, [["用电户号", *heads], ["0200001", 1, 2, 3]]))
    assert [b.month for b in read.rows] == [date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1)]


def test_a_year_nobody_says_is_asked_for(tmp_path):
    rows = [["户号", "一月", "二月", "十二月"], ["0200001", 1, 2, 3]]
    read = read_bills(book(tmp_path, rows))
    assert not read.rows
    assert [f.code for f in read.faults] == ["year-unknown"]
    named = read_bills(book(tmp_path, rows, name="2025年电费.xlsx"))
    assert [b.month.month for b in named.rows] == [1, 2, 12]


def test_one_account_twice_is_said(tmp_path):
    read = read_bills(book(tmp_path, [["户号", "2026-01", "2026-02", "2026-03"], ["7", 1, 2, 3], ["7", 4, 5, 6]]))
    assert [b.kwh for b in read.rows] == [1, 2, 3]
    assert [f.code for f in read.faults] == ["duplicate"] * 3


def test_the_long_table_is_still_read(tmp_path):
    read = read_bills(book(tmp_path, [["用电户号", "年月", "电量"], ["7", "2026-01", 5], ["7", "2026-02", 6]]))
    assert [(b.month.month, b.kwh) for b in read.rows] == [(1, 5), (2, 6)]


def test_a_second_heading_row_tells_energy_from_money(tmp_path):
    rows = [
        ["2026年电费"],
        ["户号", "1月", None, "2月", None, "3月", None],
        [None, "电费（元）", "电量（kWh）", "电费（元）", "电量（kWh）", "电费（元）", "电量（kWh）"],
        ["0200001", 61.5, 100, 55.0, 90, None, None],
    ]
    read = read_bills(book(tmp_path, rows))
    assert [(b.month.month, b.kwh) for b in read.rows] == [(1, 100), (2, 90)]
    assert not [f for f in read.faults if f.severity.value == "error"]
    rows[2] = [None, "电费", "违约金", "电费", "违约金", "电费", "违约金"]
    only = read_bills(book(tmp_path, rows))
    assert not only.rows  # money is never read as energy
    assert [f.code for f in only.faults] == ["column-missing"]
