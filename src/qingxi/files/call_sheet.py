"""The 调度表 as a workbook that Excel, WPS and LibreOffice open right: A3 across, headings merged, figures with their formulas."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from qingxi.morning.laying import LaidCell, LaidSheet

_SHAPES = {"text": "@", "whole": "#,##0", "one": "#,##0.0", "percent": "0.00%"}
A3 = 8
"""Excel's number of the paper."""


def write_call_sheets(sheets: Sequence[LaidSheet]) -> bytes:
    """The workbook of a quarter; the same sheets give the same bytes.

    Every formula carries its value, so that a viewer that does not reckon shows the figure too.
    """
    import xlsxwriter

    held = io.BytesIO()
    with xlsxwriter.Workbook(
        held, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    ) as book:
        book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})
        for sheet in sheets:
            _write(book, sheet)
    return held.getvalue()


def _write(book: Any, laid: LaidSheet) -> None:
    page = book.add_worksheet(laid.name)
    base = {"font_name": "宋体", "font_size": 10, "valign": "vcenter"}
    title = book.add_format({"font_name": "黑体", "font_size": 18, "align": "center", "valign": "vcenter"})
    line = book.add_format(base)
    right = book.add_format(base | {"align": "right"})
    head = book.add_format(
        base | {"bold": True, "border": 1, "text_wrap": True, "align": "center", "bg_color": "#EEF3F1"}
    )
    last = len(laid.headings) - 1
    page.set_row(0, 34)
    _across(page, 0, 0, last, laid.title, title)
    half = max(last // 2, 0)
    _across(page, 1, 0, half, laid.left, line)
    if half < last:
        _across(page, 1, half + 1, last, laid.right, right)
    page.set_row(2, 22)
    page.set_row(3, 32)
    _headings(page, laid.headings, head)
    for c, width in enumerate(laid.widths):
        page.set_column(c, c, width)
    shapes = {
        (shape, bold): book.add_format(
            base | {"border": 1, "num_format": code, "align": "left" if shape == "text" else "right", "text_wrap": shape == "text"}
            | ({"bold": True, "bg_color": "#F6F8F7"} if bold else {})
        )
        for shape, code in _SHAPES.items()
        for bold in (False, True)
    }  # fmt: skip
    centred = book.add_format(base | {"border": 1, "align": "center"})
    for r, cells in enumerate(laid.rows, start=4):
        bold = laid.total and r == 3 + len(laid.rows)
        for c, (cell, shape) in enumerate(zip(cells, laid.formats, strict=True)):
            _cell(page, r, c, cell, centred if cell.value == "—" else shapes[shape, bold])
    foot = 4 + len(laid.rows)
    for note in laid.notes:
        _across(page, foot, 0, last, "注：" + note, line)
        foot += 1
    page.set_row(foot, 28)
    step = max((last + 1) // max(len(laid.sign), 1), 1)
    for n, words in enumerate(laid.sign):
        page.write_string(foot, min(n * step, last), words, line)
    page.freeze_panes(4, min(3, last))
    page.set_paper(A3)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, 3)
    page.set_margins(0.5, 0.5, 0.6, 0.6)
    page.set_footer("&C&A&R第 &P 页 共 &N 页")
    page.print_area(0, 0, foot, last)


def _across(page: Any, row: int, first: int, last: int, words: str, form: Any) -> None:
    if last > first:
        page.merge_range(row, first, row, last, words, form)
    else:
        page.write_string(row, first, words, form)


def _headings(page: Any, headings: Sequence[tuple[str, str]], form: Any) -> None:
    """Two rows: a group over its columns, or one name down both."""
    for group, run in groupby(enumerate(headings), key=lambda x: x[1][0]):
        columns = list(run)
        first, final = columns[0][0], columns[-1][0]
        if len(columns) == 1 and columns[0][1][0] == columns[0][1][1]:
            page.merge_range(2, first, 3, first, group, form)
            continue
        _across(page, 2, first, final, group, form)
        for c, (_, name) in columns:
            page.write_string(3, c, name, form)


def _cell(page: Any, r: int, c: int, cell: LaidCell, form: Any) -> None:
    if cell.formula:
        page.write_formula(r, c, cell.formula, form, "" if cell.value is None else cell.value)
    elif isinstance(cell.value, int | float):
        page.write_number(r, c, cell.value, form)
    else:
        page.write_string(r, c, "" if cell.value is None else str(cell.value), form)


def write_list(name: str, head: Sequence[str], rows: Sequence[Sequence[Any]], widths: Sequence[float]) -> bytes:
    """A plain list to take away: codes stay text, nothing typed becomes a formula."""
    laid = LaidSheet(
        name[:31], name, "", "", tuple((h, h) for h in head), ("text",) * len(head), tuple(widths),
        tuple(tuple(LaidCell("" if v is None else str(v)) for v in row) for row in rows), False, (), (),
    )  # fmt: skip
    return write_call_sheets([laid])
