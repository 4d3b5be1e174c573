"""Bills, laboratory sheets, rounds and vendor exports as they come."""

from datetime import date, datetime, timedelta, timezone

import numpy as np
import openpyxl
import pytest

from qingxi.files import read_bills, read_evidence, read_labs, read_vendor_days, read_visits, vendor_series
from qingxi.files.book_cells import BadCell, Doubt, concentration, day, month, number


def table(path, *rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_bills(tmp_path):
    sheet = read_bills(
        table(
            tmp_path / "b.xlsx",
            ["电费清单"],
            ["用电户号", "用户名称", "年月", "电量(kWh)", "电费(元)"],
            ["5100000001", "大坪站", "2026年10月", "1,234.5", 700],
            [5100000001, "大坪站", 202609, 1000, 600],
            ["5100000001", "大坪站", 2026.1, 1000, 600],
            ["5100000001", "大坪站", "2026-10", 1, 1],
            ["5100000002", "小坪站", datetime(2026, 10, 1), -3, 1],  # noqa: DTZ001
        )
    )
    assert [(b.account, b.month, b.kwh) for b in sheet.rows] == [
        ("5100000001", date(2026, 10, 1), 1234.5),
        ("5100000001", date(2026, 9, 1), 1000),
    ]
    assert [f.code for f in sheet.faults] == ["month-ambiguous", "duplicate", "negative"]


def test_a_laboratory_sheet_gives_one_result_a_quantity(tmp_path):
    sheet = read_labs(
        table(
            tmp_path / "l.xlsx",
            ["报告编号", "检测机构", "CMA编号", "设施编号", "采样日期", "采样点", "水温(℃)", "检测项目(mg/L)"],
            [None, None, None, None, None, None, None, "COD", "氨氮", "pH"],
            ["R1", "某检测公司", "2200001", "QX-001", "2026.10.9", "出水口", 11.5, "45", "<0.05", 7.1],
            ["R1", "某检测公司", "2200001", "QX-001", "2026.10.9", "进水", 12, "未检出", "", ""],
        )
    )
    out = {(r.point, r.quantity): r.value for r in sheet.rows}
    assert out == {
        ("effluent", "cod"): 45,
        ("effluent", "nh3n"): 0.05,
        ("effluent", "ph"): 7.1,
        ("influent", "cod"): 0,
    }
    assert sheet.rows[0].water_temp_c == 11.5
    assert [f.code for f in sheet.faults] == ["below-detection", "below-detection"]


def test_rounds_in_the_words_people_use(tmp_path):
    sheet = read_visits(
        table(
            tmp_path / "v.xlsx",
            ["设施编号", "时间", "巡查人", "身份", "进水", "风机", "出水", "气味", "电表读数", "备注"],
            ["QX-001", "2026年11月2日 9时30分", "王大山", "村巡查", "有", "不转", "无", "无异味", 1234.5, ""],
            ["QX-001", "2026-11-03", "李二", "运维", "有", "一开一停", "", "", "", ""],
        )
    )
    first, second = sheet.rows
    assert first.answers == {"inflow": "yes", "blower": "off", "outflow": "no", "smell": "no"}
    assert first.visited_at == datetime(2026, 11, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))
    assert (first.by_role, second.by_role, first.meter_kwh) == ("village", "operator", 1234.5)
    assert second.answers["blower"] == "一开一停"  # kept as it is, in doubt
    assert [f.code for f in sheet.faults] == ["unusual-word"]


def test_a_missing_day_of_a_vendor_is_not_a_zero(tmp_path):
    sheet = read_vendor_days(
        table(
            tmp_path / "c.xlsx",
            ["设备号", "设施编号", "日期", "流量(m³/d)", "电量(kWh)"],
            ["D1", "QX-001", "2026-11-01", 10, 5],
            ["D1", "QX-001", "2026-11-04", 0, ""],
        )
    )
    series = vendor_series(sheet.rows)["QX-001"]
    flow = series["flow"]
    assert flow.first == date(2026, 11, 1)
    np.testing.assert_array_equal(flow.values, [10, np.nan, np.nan, 0])
    np.testing.assert_array_equal(flow.coverage, [1, 0, 0, 1])
    np.testing.assert_array_equal(series["energy"].coverage, [1, 0, 0, 0])


def test_a_folder_without_evidence_is_empty(tmp_path):
    evidence = read_evidence(tmp_path)
    assert evidence.faults == ()
    assert len(evidence.bills) == 0


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("１２．５", 12.5),
        ("1 234", 1234),
        ("20 m³/d", 20),
        ("3.2万", 32000),
        ("¥5", 5),
        (True, None),
        ("十", None),
        ("5-8", None),
    ],
)
def test_numbers(cell, value):
    if value is None:
        with pytest.raises(BadCell):
            number(cell)
    else:
        assert number(cell) == value


@pytest.mark.parametrize(
    "cell", ["2023.6.27", "2023年6月27日", "2023-06-27", "2023/6/27", "20230627", 45104, "2023年6月27号"]
)
def test_days(cell):
    assert day(cell) == date(2023, 6, 27)


@pytest.mark.parametrize("cell", ["6月27日", "2023", "2023-13-01", "去年", "2023.6"])
def test_no_days(cell):
    with pytest.raises(BadCell):
        day(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("2026-10", 10), ("2026年1月", 1), ("202602", 2), ("2026.10", 10), (2026.11, 11), (2026.02, 2), ("2026/3", 3)],
)
def test_months(cell, value):
    assert month(cell) == date(2026, value, 1)


def test_laboratories_write_below_detection_in_three_ways():
    assert [concentration(c).value for c in ("<0.05", "0.025L", "ND")] == [0.05, 0.025, 0]
    assert isinstance(concentration("未检出"), Doubt)
    assert concentration("12 mg/L") == 12
