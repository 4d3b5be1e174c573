"""Writing the office's tables: forms to fill in (模板), pre-filled or empty, and the same rows as CSV.

A form is what county staff know: a merged title, unit and date line, a heading in one or two rows, drop-downs, white
locked cells for what the office knows, yellow cells to fill in, and a sheet of notes. A form that comes back unchanged
changes nothing: every cell is written so that the readers give the same value again.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from qingxi.files.book_cells import day, guard
from qingxi.files.book_columns import Column
from qingxi.files.office_tables import OfficeTable, cell_of, is_number, offered

FREE_ROWS = 50
"""Empty rows below what is pre-filled, in tables that grow."""
_INLINE = 250
"""Characters of a drop-down that may stand in the cell's own rule; longer ones come from the hidden sheet."""
_LIST_SHEET = "选项"
NOTES_SHEET = "填表说明"
_LONG = {"note", "title", "name", "basis", "document", "lost_reason", "cause"}


@dataclass(frozen=True)
class Form:
    """What stands around the rows: heading line, unit that fills it in, day, drop-downs of the person's own places.

    ``lists`` are words by field (names of the villages of the clerk's township); ``locked`` locks the given cells.
    """

    unit: str = ""
    on: date | None = None
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    locked: bool = True
    notes: Sequence[str] = ()


def form_xlsx(table: OfficeTable, rows: Iterable[Mapping[str, Any]], form: Form | None = None) -> bytes:
    """The table as a workbook; the same rows give the same bytes."""
    import xlsxwriter

    held = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_numbers": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        _Writer(book, table, form or Form()).write(list(rows))
    return held.getvalue()


def form_csv(table: OfficeTable, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """The table as CSV that Excel opens without garbling: UTF-8 with its mark, codes as they are, formulas guarded."""
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow([heading_of(c) for c in table.columns])
    for row in rows:
        cells = [cell_of(c, row.get(c.field)) for c in table.columns]
        out.writerow([guard(c) if isinstance(c, str) else "" if c is None else _csv_cell(c) for c in cells])
    return ("\ufeff" + text.getvalue()).encode("utf-8")


def _csv_cell(value: Any) -> str:
    return (
        value.isoformat()
        if isinstance(value, date)
        else f"{value:.15g}"
        if isinstance(value, float)
        else str(value)
    )


def heading_of(column: Column) -> str:
    """The heading with its unit in brackets."""
    return f"{column.heading}（{column.unit}）" if column.unit else column.heading


class _Writer:
    def __init__(self, book: Any, table: OfficeTable, form: Form) -> None:
        self.book, self.table, self.form = book, table, form
        base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter", "border": 1, "border_color": "#C9D1CD"}
        add = book.add_format
        self.title = add({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"})
        self.line = add({"font_name": "宋体", "font_size": 10, "valign": "vcenter"})
        self.head = add(base | {"bold": True, "bg_color": "#E6F2F0", "text_wrap": True, "align": "center"})
        self.body: dict[tuple[bool, str], Any] = {}
        for free in (False, True):
            look = base | ({"bg_color": "#FFF9DB", "locked": False} if free else {"locked": form.locked})
            self.body[free, "text"] = add(look | {"num_format": "@", "quote_prefix": False})
            self.body[free, "guarded"] = add(look | {"num_format": "@", "quote_prefix": True})
            self.body[free, "number"] = add(look | {"num_format": "General"})
            self.body[free, "day"] = add(look | {"num_format": "yyyy-mm-dd"})

    def write(self, rows: Sequence[Mapping[str, Any]]) -> None:
        sheet = self.book.add_worksheet(self.table.title[:31])
        top = self._headings(sheet)
        for r, row in enumerate(rows, top):
            for c, column in enumerate(self.table.columns):
                value = cell_of(column, row.get(column.field))
                self._cell(sheet, r, c, value, column, free=not column.given or value is None)
        free = FREE_ROWS if self.table.grows or not rows else 0
        last = top + len(rows) + free
        for r in range(top + len(rows), last):
            for c, column in enumerate(self.table.columns):
                self._cell(sheet, r, c, None, column, free=True)
        self._rules(sheet, top, max(last, top + 1))
        sheet.freeze_panes(top, sum(1 for c in self.table.columns[:3] if c.given))
        self._print(sheet, top)
        if self.form.locked:
            allowed = dict.fromkeys(("format_cells", "format_columns", "format_rows", "sort", "autofilter"), True)
            sheet.protect("", allowed | {"insert_rows": True, "delete_rows": False})
        self._notes()

    def _headings(self, sheet: Any) -> int:
        columns = self.table.columns
        wide = len(columns) - 1
        sheet.set_row(0, 28)
        sheet.merge_range(0, 0, 0, wide, self.table.title, self.title)
        day_words = (
            f"{self.form.on.year}年{self.form.on.month}月{self.form.on.day}日" if self.form.on else "    年  月  日"
        )
        # Three pieces of one line, never a heading: 填报单位, 日期, 单位.
        sheet.write_string(
            1, 0, f"填报单位：{self.form.unit}    填报日期：{day_words}    {self.table.note}", self.line
        )
        groups = any(c.group for c in columns)
        if not groups:
            sheet.set_row(2, 32)
            for c, column in enumerate(columns):
                sheet.write_string(2, c, heading_of(column), self.head)
        else:
            sheet.set_row(2, 20)
            sheet.set_row(3, 32)
            self._two_rows(sheet, columns)
        for c, column in enumerate(columns):
            sheet.set_column(c, c, _width(column))
        return 4 if groups else 3

    def _two_rows(self, sheet: Any, columns: Sequence[Column]) -> None:
        c = 0
        while c < len(columns):
            group = columns[c].group
            end = c
            while group and end + 1 < len(columns) and columns[end + 1].group == group:
                end += 1
            if not group:
                sheet.merge_range(2, c, 3, c, heading_of(columns[c]), self.head)
            else:
                if end > c:
                    sheet.merge_range(2, c, 2, end, group, self.head)
                else:
                    sheet.write_string(2, c, group, self.head)
                for at in range(c, end + 1):
                    sheet.write_string(3, at, heading_of(columns[at]), self.head)
            c = end + 1

    def _cell(self, sheet: Any, r: int, c: int, value: Any, column: Column, *, free: bool) -> None:
        if value is None:
            kind = "day" if column.take is day else "number" if is_number(column) else "text"
            sheet.write_blank(r, c, None, self.body[free, kind])
        elif isinstance(value, datetime | date):
            sheet.write_datetime(r, c, value, self.body[free, "day"])
        elif isinstance(value, bool) or not isinstance(value, int | float):
            text = str(value)
            sheet.write_string(r, c, text, self.body[free, "guarded" if text[:1] in "=+-@" else "text"])
        else:
            sheet.write_number(r, c, value, self.body[free, "number"])

    def _rules(self, sheet: Any, top: int, last: int) -> None:
        """Drop-downs and ranges: a wrong word is asked about, not refused, for the readers understand more words."""
        long: list[tuple[int, Sequence[str]]] = []
        for c, column in enumerate(self.table.columns):
            words = self.form.lists.get(column.field) or offered(column)
            if words:
                if len(",".join(words)) <= _INLINE and not any("," in w for w in words):
                    self._list(sheet, top, last, c, list(words))
                else:
                    long.append((c, words))
            elif column.low is not None and column.high is not None:
                sheet.data_validation(
                    top, c, last - 1, c,
                    {
                        "validate": "decimal", "criteria": "between", "minimum": column.low, "maximum": column.high,
                        "ignore_blank": True, "error_type": "warning", "error_title": column.heading,
                        "error_message": f"应在 {column.low:g} 到 {column.high:g} 之间",
                    },
                )  # fmt: skip
        if long:
            lists = self.book.add_worksheet(_LIST_SHEET)
            lists.hide()
            for at, (c, words) in enumerate(long):
                for r, word in enumerate(words):
                    lists.write_string(r, at, word)
                letter = chr(ord("A") + at)
                self._list(sheet, top, last, c, f"={_LIST_SHEET}!${letter}$1:${letter}${len(words)}")

    def _list(self, sheet: Any, top: int, last: int, c: int, source: Any) -> None:
        rule = {"validate": "list", "source": source, "ignore_blank": True, "error_type": "warning", "error_message": "请从列出的词中选填"}  # fmt: skip
        sheet.data_validation(top, c, last - 1, c, rule)

    def _print(self, sheet: Any, top: int) -> None:
        sheet.set_paper(8 if len(self.table.columns) > 14 else 9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, top - 1)
        sheet.set_footer("&C第 &P 页 共 &N 页")

    def _notes(self) -> None:
        sheet = self.book.add_worksheet(NOTES_SHEET)
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 88)
        wrap = self.book.add_format({"font_name": "宋体", "font_size": 10, "text_wrap": True, "valign": "top"})
        lines = [
            ("怎么填", "黄格填写；白格是系统已有的，锁住不改（无密码，确需改的可撤销保护）。空着表示不知道。"),
            ("怎么交", "存盘后在“导入”页把文件拖进去：先看结果，再收下；有红格的，原文件带着红格和理由还给您。"),
            ("已有的不会丢", "表里没有的行不会删除；同一个文件交两次，不会重复。"),
            *(("注意", note) for note in self.form.notes),
        ]
        for column in self.table.columns:
            lines.append((heading_of(column), _how(column)))
        for r, (what, how) in enumerate(lines):
            sheet.write_string(r, 0, what, wrap)
            sheet.write_string(r, 1, how, wrap)


def _how(column: Column) -> str:
    parts = ["必填" if column.needed else "可空"]
    words = offered(column)
    if words:
        parts.append("填：" + "、".join(words))
    elif column.take is day:
        parts.append("日期，如 2023-06-27")
    if column.low is not None and column.high is not None:
        parts.append(f"{column.low:g} 到 {column.high:g}")
    if column.aliases:
        parts.append("列名也可写：" + "、".join(column.aliases))
    if column.falls:
        parts.append("比上次少的，要在“红格说明”里写明原因")
    return "；".join(parts)


def _width(column: Column) -> float:
    if column.field in _LONG:
        return 26.0
    return max(
        9.0, 2.1 * max(len(part) for part in (column.heading, column.unit or "")) + 2, 19.0 if column.given else 0
    )
