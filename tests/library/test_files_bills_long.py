"""A cycle's list as grid companies send it: parts of the day, merged heads, readings, estimates, corrections."""

from datetime import date

import openpyxl
import pytest

from qingxi.files.evidence import read_bills
from qingxi.files.office_sheet import read_sent

OCTOBER = date(2026, 10, 1)


def book(tmp_path, rows, merges=(), name="清单.xlsx"):
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    for cells in merges:
        made.active.merge_cells(cells)
    made.save(tmp_path / name)
    return tmp_path / name


def said(read):
    return [(b.account, b.month, b.kwh, b.note) for b in read.rows]


def faults(read, severity="error"):
    return [(f.row, f.value, f.code) for f in read.faults if f.severity.value == severity]


GROUPED = [
    ["某供电公司电费明细清单"],
    [
        "序号",
        "户号",
        "户名",
        "电费年月",
        "有功电量（千瓦时）",
        None,
        None,
        None,
        None,
        "电费（元）",
        None,
        "抄表方式",
    ],
    [None, None, None, None, "总", "尖", "峰", "平", "谷", "总", "峰", None],
    [1, "0200001", "甲站", "202610", 310, 20, 100, 110, 80, 186, 60, "远程"],
    [2, "0200002", "乙站", "202610", 1200, 100, 400, 400, 300, 720, 240, "估抄"],
    [3, "0200003", "丙站", "202610", 50, 10, 10, 10, 10, 30, 6, "远程"],
    ["合计", "", "", "", 1560, 130, 510, 520, 390, 936, 306, ""],
]


def test_the_total_under_a_merged_group_and_never_a_part_or_money(tmp_path):
    merges = ("A2:A3", "B2:B3", "C2:C3", "D2:D3", "E2:I2", "J2:K2", "L2:L3")
    read = read_bills(book(tmp_path, GROUPED, merges))
    assert said(read) == [
        ("0200001", OCTOBER, 310, ""), ("0200002", OCTOBER, 1200, "估抄"), ("0200003", OCTOBER, 50, ""),
    ]  # fmt: skip
    assert faults(read, "warning") == [(6, "50", "parts-disagree")]  # 10+10+10+10 = 40
    assert read_sent(book(tmp_path, GROUPED, merges)).table == "bills"


def test_parts_without_a_total_are_added_and_said_so(tmp_path):
    rows = [
        ["用户编号", "年月", "峰电量", "平电量", "谷电量", "电费"], ["01", "2026-10", 100, 110, 80, 180],
        ["02", "2026-10", 10, None, 8, 18], ["03", "2026-10", 10, "abc", 8, 18],
    ]  # fmt: skip
    read = read_bills(book(tmp_path, rows))
    assert said(read) == [("01", OCTOBER, 290, "尖峰平谷相加"), ("02", OCTOBER, 18, "尖峰平谷相加")]
    assert faults(read) == [(4, "abc", "not-a-number")]
    assert (3, "18", "parts-empty") in faults(read, "warning")


@pytest.mark.parametrize("merged", [True, False])
def test_a_line_for_each_part_of_the_day_is_one_bill(tmp_path, merged):
    rows = [
        ["户号", "年月", "时段", "电量"],
        ["01", "202610", "峰", 100],
        [None, None, "平", 110],
        [None, None, "谷", 80],
    ]
    rows += [["02", "202610", "总", 30], [None, None, "峰", 10], [None, None, "谷", 20], [None, None, "无功", 9]]
    rows += [["03", "202610", "峰", 10], [None, None, "谷", None]]
    merges = ("A2:A4", "B2:B4", "A5:A8", "B5:B8", "A9:A10", "B9:B10") if merged else ()
    read = read_bills(book(tmp_path, rows, merges))
    assert said(read) == [("01", OCTOBER, 290, "3 个时段相加"), ("02", OCTOBER, 30, "")]
    assert faults(read) == [(10, "缺时段", "period-missing")]  # half a month is no bill


def test_readings_are_held_against_the_figure_and_a_replaced_meter_is_not(tmp_path):
    rows = [["户号", "年月", "上期示数", "本期示数", "倍率", "抄见电量", "退补电量", "总电量", "备注"],
            ["01", "202609", 1000, 1031, 10, 310, 0, 310, ""],
            ["01", "202610", 9990, 40, 10, 355, 0, 355, "换表"],
            ["02", "202610", 100, 200, 10, 1000, -200, 800, ""],
            ["03", "202610", 100, 150, 1, 60, 0, 60, ""],
            ["04", "202610", 150, 100, 1, 60, 0, 60, ""]]  # fmt: skip
    read = read_bills(book(tmp_path, rows))
    assert [(a, k, n) for a, _, k, n in said(read)] == [
        ("01", 310, ""), ("01", 355, "换表"), ("02", 800, "含退补 -200 kWh"), ("03", 60, ""), ("04", 60, ""),
    ]  # fmt: skip
    assert faults(read, "warning") == [(5, "60", "meter-disagree"), (6, "60", "meter-fell")]
    assert not faults(read)


def test_a_correction_goes_into_its_month_or_is_named(tmp_path):
    rows = [["户号", "年月", "电量", "电费", "类型"], ["01", "202610", 310, 186, "正常"], ["01", "202610", -30, -18, "退补"],
            ["02", "202610", -5, -3, "退补"], ["03", "202610", 10, 6, "正常"], ["03", "202610", 10, 6, "正常"]]  # fmt: skip
    read = read_bills(book(tmp_path, rows))
    assert said(read) == [("01", OCTOBER, 280, "已计退补 -30 kWh"), ("03", OCTOBER, 10, "")]
    assert faults(read) == [(4, "退补 -5", "correction-alone"), (6, "03 2026-10-01", "duplicate")]
    sent = read_sent(book(tmp_path, rows))
    assert sent.rows[0].values["yuan"] == 16800  # 186 - 18 yuan, in fen
    assert [row.good for row in sent.rows] == [True, False, True, False]  # what is not taken is seen not to be


def test_a_plain_list_refuses_a_negative_month_with_a_reason(tmp_path):
    rows = [["户号", "年月", "电量"], ["01", "202610", -7], ["02", "202610", 7]]
    read = read_bills(book(tmp_path, rows))
    assert faults(read) == [(2, "-7", "negative")]
    assert [b.kwh for b in read.rows] == [7]


def test_the_month_of_the_title_and_one_nobody_says(tmp_path):
    rows = [["抄表周期：202610", "制表日期：2026-11-02"], ["户号", "户名", "电量"], ["01", "甲站", 310]]
    assert said(read_bills(book(tmp_path, rows))) == [("01", OCTOBER, 310, "")]
    assert faults(read_bills(book(tmp_path, rows[1:])))[0][2] == "column-missing"


def test_a_register_that_carries_accounts_is_no_bill(tmp_path):
    rows = [["设施编号", "设施名称", "用电户号", "电量", "备注"], ["QX1", "甲站", "01", 3, "估"]]
    assert read_sent(book(tmp_path, rows)).table != "bills"


def test_wide_months_split_into_parts_take_the_total(tmp_path):
    rows = [["2026年用电量"], ["户号", "1月", None, None, "2月", None, None, "3月", None, None],
            [None, *["峰电量", "谷电量", "总电量"] * 3], ["01", 1, 2, 3, 4, 5, 9, 6, 7, 13]]  # fmt: skip
    read = read_bills(book(tmp_path, rows, ("A2:A3", "B2:D2", "E2:G2", "H2:J2")))
    assert [k for _, _, k, _ in said(read)] == [3, 9, 13]


def test_a_note_under_its_own_heading_stays_as_it_was_written(tmp_path):
    rows = [["户号", "年月", "电量", "类型", "抄表说明"], ["01", "202610", 310, "正常", "表在墙后"],
            ["02", "202610", 50, "估抄", "0"], ["03", "202610", 60, "", "估抄，下月补"]]  # fmt: skip
    notes = [note for _, _, _, note in said(read_bills(book(tmp_path, rows)))]
    assert notes == ["表在墙后", "0;估抄", "估抄,下月补"]  # full-width signs are read as plain ones
