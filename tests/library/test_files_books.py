"""Excel as county staff keep it: read whole, every fault named at once, good rows go on."""

from datetime import date

import openpyxl
import pytest

from qingxi.files import (
    read_books,
    read_denominator,
    read_duties,
    read_facilities,
    read_funds,
    read_hamlets,
    read_issues,
    read_register,
    read_village_list,
    read_villages,
    standings_of,
)
from qingxi.indicator import State
from qingxi.origin import Severity
from qingxi.place import VillageKind


def workbook(path, rows, merged=(), sheets=()):
    book = openpyxl.Workbook()
    sheet = book.active
    for title, lines in sheets:
        other = book.create_sheet(title, 0)
        for line in lines:
            other.append(line)
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    book.save(path)
    return path


HEAD = [
    "行政村\n代码",
    "行政村",
    "乡 镇",
    "类型",
    "户数（户）",
    "户籍人口",
    "常住人口",
    "治理状态",
    "认定日期",
    "接户数",
]


def ledger(tmp_path, *rows, merged=()):
    title = ["天河坝县2026年农村生活污水治理台账"]
    return workbook(
        tmp_path / "行政村治理台账.xlsx",
        [title, ["填报单位:县农办", None, None, "单位:户、人"], HEAD, *rows],
        ["A1:J1", *merged],
    )


def codes(sheet, severity=None):
    return [f.code for f in sheet.faults if severity is None or f.severity is severity]


def test_merged_title_full_width_digits_and_dates_as_people_write_them(tmp_path):
    sheet = read_villages(
        ledger(
            tmp_path,
            [
                "９９９９０１１００２００",
                "大坪村",
                "溪口镇",
                "村委会",
                "１２３",
                "1,400",
                "900",
                "已治理",
                "2023年6月27日",
                80,
            ],
            [999901100201, "小坪村", None, "村委会", 100, 400, "—", "已管控", "2023.6.27", ""],
            ["999901100202", "河边社区", "溪口镇", "居委会", "50户", 200, 100, "未完成", 45104, 0],
            ["合计", None, None, None, 273],
            merged=["C4:C5"],
        )
    )
    assert [(f.code, f.row) for f in sheet.faults] == [("totals-skipped", 7)]
    a, b, c = sheet.rows
    assert (a.code, a.households, a.people_registered, a.recognised_on) == (
        "999901100200",
        123,
        1400,
        date(2023, 6, 27),
    )
    assert (b.township, b.people_resident, b.state, b.recognised_on) == (
        "溪口镇",
        -1,
        State.CONTROLLED,
        date(2023, 6, 27),
    )
    # Excel's day 45104 is 2023-06-27: 45108 is 2023-07-01
    assert (c.kind, c.households, c.recognised_on) == (VillageKind.COMMUNITY, 50, date(2023, 6, 27))


def test_every_fault_at_once_with_row_value_and_remedy(tmp_path):
    sheet = read_villages(
        ledger(
            tmp_path,
            ["999901100200", "大坪村", "溪口镇", "村委会", 100, -5, 900, "已治理", "2023-02-30", 80],
            ["999901100200", "大坪村", "溪口镇", "村委会", 100, 400, 900, "已治理", "", 80],
            ["9.99E+11", "小坪村", "溪口镇", "村委会", 100, 400, 900, "已治理", "", 80],
            ["99990110020", "短码村", "溪口镇", "村委会", 100, 400, 900, "已治理", "", 80],
            ["999901100204", "", "溪口镇", "村委会", 100, 400, 900, "快了", "", 80],
            ["999901100205", "好村", "溪口镇", "村委会", "约200", 400, 900, "未完成", "", 80],
        )
    )
    assert [r.name for r in sheet.rows] == ["大坪村", "好村"]
    assert codes(sheet, Severity.ERROR) == ["duplicate", "code-lost-digits", "bad-code", "empty", "not-in-list"]
    assert codes(sheet, Severity.WARNING) == ["negative", "no-such-day", "number-approximate"]
    negative = next(f for f in sheet.faults if f.code == "negative")
    assert (negative.row, negative.field, negative.value) == (4, "户籍人口", "-5")
    assert all(f.rule and f.remedy for f in sheet.faults)
    assert sheet.rows[0].people_registered == -1  # a bad optional cell counts as empty, the village stays


def test_header_in_two_rows_under_a_group_title(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["台账"],
            ["行政村代码", "行政村", "人口(人)", None, "治理状态"],
            [None, None, "户籍人口", "常住人口", None],
            ["999901100200", "大坪村", 10, 8, "已治理"],
        ],
        ["A1:E1", "C2:D2", "A2:A3", "B2:B3", "E2:E3"],
    )
    sheet = read_villages(path)
    assert sheet.faults == ()
    assert (sheet.rows[0].people_registered, sheet.rows[0].people_resident) == (10, 8)


def test_the_sheet_with_the_table_is_found(tmp_path):
    path = ledger(tmp_path, ["999901100200", "大坪村", "溪口镇", "村委会", 1, 1, 1, "已治理", "", 1])
    book = openpyxl.load_workbook(path)
    cover = book.create_sheet("填表说明", 0)
    cover.append(["请如实填写"])
    book.save(path)
    assert len(read_villages(path).rows) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_usual_encoding(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes("行政村代码,行政村,治理状态\n999901100200,大坪村,已治理\n".encode(encoding))
    assert read_villages(path).rows[0].name == "大坪村"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xlsx", b"", "file-empty"),
        ("a.xlsx", b"not a workbook", "file-unreadable"),
        ("a.xls", b"\xd0\xcf\x11\xe0 broken", "file-unreadable"),
        ("a.csv", b"\xff\xff\x00\xfe\x81", "file-unreadable"),
        ("a.csv", "甲,乙\n1,2\n".encode(), "header-missing"),
        ("a.csv", "行政村代码,行政村\n999901100200,大坪村\n".encode(), "column-missing"),
        ("a.csv", "行政村代码,行政村,治理状态\n".encode(), "table-empty"),
    ],
)
def test_files_that_are_no_ledger_get_a_sentence_and_no_traceback(tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    sheet = read_villages(path)
    assert sheet.rows == ()
    assert codes(sheet) == [code]
    assert str(sheet.faults[0])


def test_a_missing_file_is_said(tmp_path):
    assert codes(read_villages(tmp_path / "none.xlsx")) == ["file-missing"]


def test_natural_villages_with_more_treated_than_there_are(tmp_path):
    head = ["自然村代码", "自然村", "行政村代码", "户数", "治理户数", "管控户数", "备注"]
    path = workbook(
        tmp_path / "h.xlsx",
        [
            head,
            ["999901100200001", "一组", "999901100200", 30, 20, 5, ""],
            ["999901100200002", "二组", "999901100200", 30, 20, 15, ""],
            ["999901100200003", "三组", "999901100200", 2, 0, 0, "整组搬迁,可核减"],
        ],
    )
    sheet = read_hamlets(path)
    assert [h.name for h in sheet.rows] == ["一组", "三组"]
    assert sheet.rows[1].deductible == "整组搬迁,可核减"
    assert codes(sheet) == ["row-refused"]


def test_denominator_lines_need_reason_and_signature(tmp_path):
    head = ["行政村代码", "行政村", "增减", "理由", "签发日期", "签发单位"]
    path = workbook(
        tmp_path / "d.xlsx",
        [
            head,
            ["999901100202", "河边社区", "列入", "涉农社区", "2026.1.5", "县领导小组办公室"],
            ["999901100201", "小坪村", "核减", "", "2026.1.5", "县领导小组办公室"],
        ],
    )
    sheet = read_denominator(path)
    assert [(e.name, e.added, e.signed_on) for e in sheet.rows] == [("河边社区", True, date(2026, 1, 5))]
    assert codes(sheet) == ["empty"]


@pytest.mark.parametrize("mn", ["99990199000001/99990199000002", "9" * 41])
def test_a_cell_with_two_numbers_of_devices_is_none(tmp_path, mn):
    """A number stands in the addresses of pages, and in a column of 40."""
    path = tmp_path / "f.xlsx"
    workbook(
        path,
        [
            ["设施编号", "设施名称", "设计规模", "MN"],
            ["Q1", "一号站", 50, mn],
            ["Q2", "二号站", 50, "99990199000003"],
        ],
    )
    sheet = read_facilities(path)
    assert codes(sheet) == ["bad-mn"]
    assert [row.mn for row in sheet.rows] == ["", "99990199000003"]  # left out and reported


def test_facilities_keep_unknown_owners_and_refuse_impossible_sizes(tmp_path):
    head = ["设施编号", "设施名称", "设计规模（m³/d）", "产权单位", "状态", "经度", "证据类型", "用电户号"]
    path = workbook(
        tmp_path / "f.xlsx",
        [
            head,
            ["QX-001", "大坪站", "20吨/天", "", "在用", 104.1, "远传", 5100123456789],
            ["QX-002", "小坪站", 0, "镇政府", "在用", 104.1, "纸面", ""],
            ["QX-003", "河边站", 30, "镇政府", "停运", 10.41, "纸面", ""],
        ],
    )
    sheet = read_facilities(path)
    a, c = (row.facility for row in sheet.rows)
    assert (a.design_m3_d, a.owner, a.power_account) == (20, "", "5100123456789")
    assert (c.status, c.lon) == ("stopped", None)  # 10.41 E is not in China: left out and reported
    assert codes(sheet) == ["out-of-range", "out-of-range"]


def test_money_in_wan_unless_the_cell_says_otherwise(tmp_path):
    head = ["来源", "类别", "年度", "金额(万元)", "可用于", "文号", "状态"]
    path = workbook(
        tmp_path / "m.xlsx",
        [
            head,
            ["省级奖补", "省级奖补", 2026, 186.4, "建设、设备", "x", "已下达"],
            ["县财政", "县财政", "2026年", "1,500,000元", "运行", "x", ""],
            ["村集体", "村集体", 2026, "十万", "运行", "x", ""],
        ],
    )
    sheet = read_funds(path)
    # 186.4 万元 = 1 864 000 元 = 186 400 000 分; 1 500 000 元 = 150 000 000 分
    assert [f.amount_fen for f in sheet.rows] == [186_400_000, 150_000_000]
    assert sheet.rows[0].eligible == ("建设", "设备")
    assert codes(sheet) == ["not-money"]


def test_duties_of_a_unit_hold_for_the_county(tmp_path):
    head = ["行政村代码或单位", "事项", "角色", "单位", "姓名"]
    path = workbook(
        tmp_path / "z.xlsx",
        [
            head,
            ["县生态环境局", "监管", "监督", "县生态环境局", "陈静"],
            ["999901100200", "运维", "属地", "大坪村委会", ""],
        ],
    )
    sheet = read_duties(path, "999901")
    assert [d.place.text for d in sheet.rows] == ["999901", "999901100200"]
    assert codes(read_duties(path)) == ["row-refused"]


def test_the_ledger_of_problems(tmp_path):
    head = ["编号", "问题", "类别", "整改责任单位", "发现日期", "整改时限", "状态"]
    path = workbook(
        tmp_path / "w.xlsx", [head, ["WT-1", "站停运", "重点", "溪口镇", "2026/11/2", "2026-11-30", "整改中"]]
    )
    issue = read_issues(path).rows[0]
    assert (issue.found_on, issue.due_on, issue.rectifier) == (date(2026, 11, 2), date(2026, 11, 30), "溪口镇")


def test_a_folder_without_books_is_empty_and_no_fault(tmp_path):
    books = read_books(tmp_path)
    assert books.faults == ()
    assert len(books.villages) == 0


def test_a_book_lies_where_the_county_says(tmp_path):
    path = ledger(tmp_path, ["999901100200", "大坪村", "溪口镇", "村委会", 1, 1, 1, "已治理", "", 1])
    path.rename(tmp_path / "村.xlsx")
    assert len(read_books(tmp_path, named={"villages": "村.xlsx"}).villages) == 1


def test_a_list_of_villages_in_any_form(tmp_path):
    register = tmp_path / "r.csv"
    names = ["大坪村委会", "小坪村委会", "小坪村委会"]
    lines = [f"99990110020{i},{name},999901100,溪口镇" for i, name in enumerate(names)]
    register.write_text("code,name,township_code,township\n" + "\n".join(lines), encoding="utf-8")
    villages = standings_of(read_register(register).rows)
    book = workbook(
        tmp_path / "名单.xlsx",
        [["已治理村名单"], ["序号", "行政村代码", "行政村"], [1, 999901100202, "小坪"], [2, None, "大坪村委会"]],
    )
    assert read_village_list(book, villages).rows == ("999901100202", "999901100200")
    wrong = tmp_path / "名单.txt"
    wrong.write_text("大坪村委会\n小坪村委会\n无此村\n", encoding="utf-8")
    sheet = read_village_list(wrong, villages)
    assert codes(sheet) == ["village-ambiguous", "village-unknown"]
    assert [f.row for f in sheet.faults] == [2, 3]
