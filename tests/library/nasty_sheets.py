"""Forty nasty files as county staff send them, made on the fly, each with what must come of it.

``python tests/library/nasty_sheets.py`` writes the table of them that stands in docs/formats/nasty-sheets.md.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import xlsxwriter
import xlwt

HEAD = ["行政村代码", "行政村", "乡镇", "户数", "治理状态"]
A = ["999901100200", "红岩村", "溪口镇", 60, "未完成"]
B = ["999901100201", "小坪村", "溪口镇", 50, "已管控"]
GOOD = {"999901100200": ("红岩村", 60, "未完成"), "999901100201": ("小坪村", 50, "已管控")}
ONE = {"999901100200": GOOD["999901100200"]}


@dataclass(frozen=True)
class Nasty:
    """One file: its name, what is nasty about it, how it is made; the rows by code and the faults that must come.

    ``red`` and ``notes`` are (code of the fault, row or None), errors and warnings; ``rows`` are code -> (name,
    households, state).
    """

    name: str
    what: str
    make: Callable[[Path], None]
    rows: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    red: tuple[tuple[str, int | None], ...] = ()
    notes: tuple[tuple[str, int | None], ...] = ()


def xlsx(
    *rows: list[Any], merged: tuple[str, ...] = (), then: Callable[[Any], None] | None = None
) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        for area in merged:
            book.active.merge_cells(area)
        if then is not None:
            then(book)
        book.save(path)

    return make


def text(*rows: list[Any], encoding: str = "utf-8", mark: str = ",", head: str = "") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        held = io.StringIO()
        csv.writer(held, delimiter=mark).writerows(rows)
        path.write_bytes((head + held.getvalue()).encode(encoding))

    return make


def raw(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data) and None  # type: ignore[return-value]


def xls(*rows: list[Any], then: Callable[[Any, Any], None] | None = None) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        book = xlwt.Workbook(encoding="utf-8")
        sheet = book.add_sheet("台账")
        for r, row in enumerate(rows):
            for c, value in enumerate(row):
                if value is not None:
                    sheet.write(r, c, value)
        if then is not None:
            then(book, sheet)
        book.save(str(path))

    return make


def full_xls(path: Path) -> None:
    """65,536 rows, the last an .xls can hold: two good villages, then the same line without a code to the end."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("台账")
    for r, row in enumerate([HEAD, A, B]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    for r in range(3, 65_536):
        sheet.write(r, 5, "x")
    book.save(str(path))


def hidden(book: Any) -> None:
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["D"].hidden = True


def cover_and_hidden(book: Any) -> None:
    book.create_sheet("填表说明", 0).append(["请如实填写行政村和乡镇"])
    book.worksheets[1].sheet_state = "hidden"


def twins(book: Any) -> None:
    other = book.create_sheet("岚坪镇")
    other.append(HEAD)
    other.append(["999901101200", "柳湾村", "岚坪镇", 1, "未完成"])


def formula_without_value(path: Path) -> None:
    xlsx(HEAD, [*A[:3], "=SUM(20,40)", A[4]], B)(path)


def formula_with_value(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, A)
        sheet.write_formula(1, 3, "=20+40", None, 60)
        sheet.write_row(2, 0, B)


def formula_error(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD)
        sheet.write_row(1, 0, A)
        sheet.write_formula(1, 3, "=A9/0", None, "#DIV/0!")
        sheet.write_row(2, 0, B)


def locked_xlsx(path: Path) -> None:
    """An encrypted workbook is a compound file whose stream is called EncryptedPackage."""
    xls(HEAD, A)(path)
    data = path.read_bytes()
    at = data.index("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    path.write_bytes(data[:at] + name + data[at + len(name) :])


def locked_xls(path: Path) -> None:
    """The record FILEPASS stands right behind the first BOF."""
    xls(HEAD, A)(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    data[at : at + 4] = b"\x2f\x00\x36\x00"
    path.write_bytes(bytes(data))


def bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("[Content_Types].xml", "<Types/>")
        out.writestr("xl/workbook.xml", "<workbook/>")
        with out.open("xl/worksheets/sheet1.xml", "w") as part:
            for _ in range(230):
                part.write(b"0" * 1_000_000)


def word(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as out:
        out.writestr("word/document.xml", "<x/>")


def cut_off(path: Path) -> None:
    xlsx(HEAD, A, B)(path)
    path.write_bytes(path.read_bytes()[:-600])


def far_cell(book: Any) -> None:
    book.active["XFD9"] = "x"


TOTALS = (("totals-skipped", 4),)
NASTY = (
    Nasty("标题.xlsx", "合并的标题、单位行在表头上面", xlsx(["天河坝县治理台账"], ["填报单位：县农办", None, None, "单位：户"], HEAD, A, B, merged=("A1:E1",)), GOOD),
    Nasty("两行表头.xlsx", "表头两行，上面是组名", xlsx(["行政村代码", "行政村", "基本情况", None, "治理状态"], [None, None, "乡镇", "户数（户）", None], A, B, merged=("C1:D1", "A1:A2", "B1:B2", "E1:E2")), GOOD),
    Nasty("表头纵向合并.xlsx", "每个表头都占两行", xlsx(HEAD, [None] * 5, A, B, merged=tuple(f"{c}1:{c}2" for c in "ABCDE")), GOOD),
    Nasty("纵向合并.xlsx", "乡镇一格合并到下面各行", xlsx(HEAD, A, [*B[:2], None, *B[3:]], merged=("C2:C3",)), GOOD),
    Nasty("隐藏.xlsx", "隐藏的行和列", xlsx(HEAD, A, B, then=hidden), GOOD, notes=(("rows-hidden", 3), ("columns-hidden", 1))),
    Nasty("隐藏工作表.xlsx", "表在隐藏的工作表里，前面是说明", xlsx(HEAD, A, B, then=cover_and_hidden), GOOD, notes=(("sheet-hidden", None),)),
    Nasty("同样两张.xlsx", "每个乡镇一张工作表", xlsx(HEAD, A, B, then=twins), GOOD, notes=(("sheets-alike", None),)),
    Nasty("全角.xlsx", "全角数字、千分位、单位写在格里", xlsx(HEAD, ["９９９９０１１００２００", "红岩村", "溪口镇", "６０", "未完成"], [*B[:3], "50户", B[4]]), GOOD),
    Nasty("代码是数.xlsx", "代码存成了数", xlsx(HEAD, [999901100200, *A[1:]], [999901100201.0, *B[1:]]), GOOD),
    Nasty("文本数字.xlsx", "数存成了文本，带撇号和空格", xlsx(HEAD, [" 9999 0110 0200 ", *A[1:3], " 60 ", A[4]], B), GOOD),
    Nasty("科学记数.csv", "代码成了 1.10E+11", text(HEAD, ["9.99E+11", *A[1:]], B), {"999901100201": GOOD["999901100201"]}, red=(("code-lost-digits", 2),)),
    Nasty("短码.xlsx", "代码少一位", xlsx(HEAD, ["99990110020", *A[1:]], B), {"999901100201": GOOD["999901100201"]}, red=(("bad-code", 2),)),
    Nasty("合计.xlsx", "合计行和制表人", xlsx(HEAD, A, B, ["合 计", None, None, 110], ["制表人：李", None, None, None]), GOOD, notes=TOTALS),
    Nasty("小计.xlsx", "每个乡镇后面有小计", xlsx(HEAD, A, ["小计", None, None, 60], B, ["总计", None, None, 110]), GOOD, notes=(("totals-skipped", 3),)),
    Nasty("两段.xlsx", "一张工作表里上下两张表，列序不同", xlsx(HEAD, A, [None] * 5, ["岚坪镇台账"], ["行政村", "行政村代码", "治理状态", "户数", "乡镇"], ["小坪村", "999901100201", "已管控", 50, "溪口镇"]), GOOD, notes=(("header-again", 5),)),
    Nasty("逐页表头.xlsx", "每页打印一次表头", xlsx(HEAD, A, HEAD, B), GOOD, notes=(("header-again", 3),)),
    Nasty("并排.xlsx", "左右并排两张同样的表", xlsx([*HEAD, None, *HEAD], [*A, None, *B]), GOOD, notes=(("tables-abreast", 1),)),
    Nasty("公式.xlsx", "公式，文件里有算好的值", formula_with_value, GOOD),
    Nasty("没算的公式.xlsx", "公式，文件里没有值", formula_without_value, {"999901100201": GOOD["999901100201"]}, red=(("formula-no-value", 2),)),
    Nasty("错的公式.xlsx", "公式算出 #DIV/0!", formula_error, {"999901100201": GOOD["999901100201"]}, red=(("formula-error", 2),)),
    Nasty("重复.xlsx", "同一个村两行", xlsx(HEAD, A, A, B), GOOD, red=(("duplicate", 3),)),
    Nasty("全错.xlsx", "一行里几处错，一次说完", xlsx(HEAD, ["12", "", "溪口镇", "许多", "快了"], A), ONE, red=(("bad-code", 2), ("empty", 2), ("not-a-number", 2), ("not-in-list", 2))),
    Nasty("空行.xlsx", "行间有空行，还有只印了序号的行", xlsx(["序号", *HEAD], [1, *A], [None] * 6, [2, *B], [3], [4]), GOOD, notes=(("column-unknown", 1),)),
    Nasty("多的列.xlsx", "有我们不认识的列", xlsx([*HEAD, "村支书爱好"], [*A, "钓鱼"], [*B, "下棋"]), GOOD, notes=(("column-unknown", 1),)),
    Nasty("别名.xlsx", "列名是县里的叫法", xlsx(["村代码", "村名", "镇街", "总户数", "治理情况"], A, B), GOOD),
    Nasty("老格式.xls", "Excel 97 的 .xls", xls(["台账"], HEAD, A, B), GOOD),
    Nasty("老格式合并.xls", "Excel 97，乡镇合并", xls(HEAD, [*A[:2], None, *A[3:]], [*B[:2], None, *B[3:]], then=lambda book, sheet: sheet.write_merge(1, 2, 2, 2, "溪口镇")), GOOD),
    Nasty("满了.xls", "65536 行的 .xls", full_xls, GOOD, notes=(("xls-full", 65_536),)),
    Nasty("假的.xls", "名字是 .xls，其实是 .xlsx", xlsx(HEAD, A, B), GOOD),
    Nasty("文本.xls", "名字是 .xls，其实是制表符分隔的文本", text(HEAD, A, B, mark="\t", encoding="gb18030"), GOOD, notes=(("kind-by-content", None),)),
    Nasty("国标.csv", "GB18030 的 CSV", text(HEAD, A, B, encoding="gb18030"), GOOD),
    Nasty("带标记.csv", "UTF-8 带 BOM", text(HEAD, A, B, encoding="utf-8-sig"), GOOD),
    Nasty("双字节.csv", "UTF-16 的 CSV，制表符", text(HEAD, A, B, encoding="utf-16", mark="\t"), GOOD),
    Nasty("分号.csv", "分号分隔，前面有 sep= 和标题行", text(["台账"], HEAD, A, B, mark=";", head="sep=;\n"), GOOD),
    Nasty("转义.csv", "防公式的撇号和格里的换行", text(HEAD, ["'999901100200", "红岩\n村", *A[2:]][:1] and ["999901100200", "红岩村", "'=溪口镇", 60, "未完成"], B), GOOD),
    Nasty("宏.xlsm", "带宏的表格", xlsx(HEAD, A, B), GOOD, notes=(("macros-ignored", None),)),
    Nasty("WPS.et", "WPS 自己的格式", xls(HEAD, A), red=(("file-et", None),)),
    Nasty("密码.xlsx", "加了打开密码的 .xlsx", locked_xlsx, red=(("file-password", None),)),
    Nasty("密码.xls", "加了打开密码的 .xls", locked_xls, red=(("file-password", None),)),
    Nasty("空的.xlsx", "0 字节", raw(b""), red=(("file-empty", None),)),
    Nasty("网页.xls", "网页导出，起了 .xls 的名字", raw("<html><table><tr><td>行政村</td></tr></table></html>".encode()), red=(("file-kind", None),)),
    Nasty("照片.xlsx", "照片改了名", raw(b"\xff\xd8\xff\xe0 photo"), red=(("file-kind", None),)),
    Nasty("文档.xlsx", "Word 文档改了名", word, red=(("file-kind", None),)),
    Nasty("半截.xlsx", "没有拷全", cut_off, red=(("file-unreadable", None),)),
    Nasty("炸弹.xlsx", "压缩炸弹", bomb, red=(("file-bomb", None),)),
    Nasty("远格.xlsx", "最右边有一个孤零零的格子", xlsx(HEAD, A, B, then=far_cell), red=(("sheet-too-wide", None),)),
    Nasty("别的表.xlsx", "不是台账", xlsx(["日期", "菜单"], ["周一", "土豆"]), red=(("header-missing", None),)),
    Nasty("少列.xlsx", "少了治理状态一列", xlsx(HEAD[:4], A[:4]), red=(("column-missing", 1),)),
    Nasty("只有表头.xlsx", "只有表头", xlsx(HEAD), notes=(("table-empty", None),)),
)  # fmt: skip

DATES = (
    ("2023.6.27", "2023-06-27", ""), ("2023年6月27日", "2023-06-27", ""), ("2023-06-27", "2023-06-27", ""), ("20230627", "2023-06-27", ""),
    (45104, "2023-06-27", ""), ("45104", "2023-06-27", "date-serial"), (date(2023, 6, 27), "2023-06-27", ""),
    ("2023年6月", "2023-06-01", "day-absent"), ("2023-06", "2023-06-01", "day-absent"), ("230627", "2023-06-27", "year-short"),
    ("二〇二三年六月二十七日", "2023-06-27", ""), ("2023/6/27", "2023-06-27", ""), ("６月２７日", None, "not-a-date"), ("2023.6", None, "not-a-date"),
)  # fmt: skip
"""A day as people write it, the day it is, and the fault that is told."""


def table() -> str:
    """The nasty files as a table in Markdown."""

    def listed(pairs: tuple[tuple[str, int | None], ...]) -> str:
        return "、".join(f"`{code}`" + (f" 第 {row} 行" if row else "") for code, row in pairs) or "–"

    lines = [
        "# 难缠的表格",
        "",
        "县里会传来的表，每一种读成什么、说什么。这张表由 `tests/library/nasty_sheets.py` 写出，测试用的是同一份清单。",
        "",
        f"共 {len(NASTY)} 个文件。红格是错误，该行不收；提醒不影响收下。",
        "",
        "| 文件 | 难在哪里 | 收几行 | 红格 | 提醒 |",
        "|---|---|---|---|---|",
        *(f"| {n.name} | {n.what} | {len(n.rows)} | {listed(n.red)} | {listed(n.notes)} |" for n in NASTY),
        "",
        "日期的写法：",
        "",
        "| 格里写 | 读成 | 说什么 |",
        "|---|---|---|",
        *(f"| {said!r} | {iso or '不读'} | {f'`{code}`' if code else '–'} |" for said, iso, code in DATES),
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(), end="")
