"""The same file back (原表退回): red cells, a comment on each, and the reasons in a column at the end of the table.

An .xlsx keeps everything else it had: widths, colours, drop-downs, other sheets. An .xls or a CSV comes back as its
.xlsx twin. Of a table too long to open cell by cell only the rows with something to mend come back.
"""

import io
from collections import defaultdict
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

from qingxi.files.book_columns import Spot
from qingxi.files.book_kind import XLSX
from qingxi.files.book_raw import raw_book
from qingxi.files.book_table import OWN_HEADINGS
from qingxi.files.office_sheet import SentSheet
from qingxi.origin import Fault, Severity

WHOLE_CELLS = 400_000
"""Cells up to which a file is given back whole: opening more takes a minute and more than a gigabyte."""
_RED, _AMBER = "FFFFC7CE", "FFFFEB9C"


def red_book(path: Path, sent: SentSheet, faults: Sequence[Fault], spots: Sequence[Spot]) -> bytes:
    """The file at ``path``, which was read as ``sent``, with these faults marked where ``spots`` says.

    Raises
    ------
    ValueError
        When the file has no table to mark.
    """
    if not sent.header:
        raise ValueError("文件里没有可以标红的表")
    by_row: dict[int, list[tuple[int, Fault]]] = defaultdict(list)
    for fault, spot in zip(faults, spots, strict=True):
        if spot is not None:
            by_row[spot[0]].append((spot[1], fault))
    small = (sent.rows[-1].row if sent.rows else sent.header) * max(sent.width, 1) <= WHOLE_CELLS
    if small and sent.kind == XLSX:
        book, sheet = _opened(path, sent.sheet)
        last = 0
    else:
        book, sheet, by_row = _twin(path, sent, by_row, whole=small)
        last = sheet.max_column
    _mark(sheet, sent, by_row, last)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _opened(path: Path, name: str) -> tuple[Any, Any]:
    import openpyxl

    book = openpyxl.load_workbook(path)
    return book, book[name]


def _twin(
    path: Path, sent: SentSheet, by_row: dict[int, list[tuple[int, Fault]]], *, whole: bool
) -> tuple[Any, Any, dict[int, list[tuple[int, Fault]]]]:
    """The table as a new workbook; where it is too long, its head and the rows that are marked."""
    import openpyxl

    raw = next((s for s in raw_book(path).sheets if s.name == sent.sheet), None)
    rows = raw.rows if raw else []
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "".join("_" if c in "[]:*?/\\" else c for c in sent.sheet)[:31] or "Sheet1"
    moved: dict[int, list[tuple[int, Fault]]] = {}
    at = 0
    for number, cells in enumerate(rows, 1):
        if not whole and number > sent.header and number not in by_row:
            continue
        at += 1
        for c, value in enumerate(cells, 1):
            if value is not None and value != "":
                cell = sheet.cell(at, c)
                if isinstance(value, str):
                    cell.value = value
                    cell.data_type = "s"  # never a formula
                else:
                    cell.value = value.replace(tzinfo=None) if getattr(value, "tzinfo", None) else value
        if number in by_row:
            found = by_row[number]
            moved[at] = (
                found if at == number else [(c, replace(f, rule=f"原第 {number} 行，{f.rule}")) for c, f in found]
            )
    return book, sheet, moved


def _mark(sheet: Any, sent: SentSheet, by_row: dict[int, list[tuple[int, Fault]]], last: int) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    red, amber = PatternFill("solid", fgColor=_RED), PatternFill("solid", fgColor=_AMBER)
    column = _own_columns(sheet, sent, last)
    head = sheet.cell(sent.header, sent.places[next(iter(sent.places))] + 1)
    for at, word in zip(column, OWN_HEADINGS, strict=True):
        cell = _free(sheet, sent.header, at)
        cell.value = word
        cell.font, cell.fill, cell.border = copy(head.font), copy(head.fill), copy(head.border)
        cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal="center")
        sheet.column_dimensions[cell.column_letter].width = 44 if word == OWN_HEADINGS[0] else 26
    end = max([sheet.max_row if sheet.max_row < 20_000 else sent.header, *by_row])
    for r in range(sent.header + 1, end + 1):  # what an earlier round said is said anew
        cell = sheet.cell(r, column[0])
        if cell.value is not None:
            cell.value = None
    for r, found in by_row.items():
        for c, fault in found:
            if not fault.field and c == 0:
                continue
            cell = _free(sheet, r, c + 1)
            wrong = fault.severity is Severity.ERROR
            if wrong or cell.fill.fgColor.rgb != _RED:
                cell.fill = red if wrong else amber
            words = f"{fault.rule}。{fault.remedy}。"
            if cell.comment is None or words not in cell.comment.text:
                before = (
                    cell.comment.text + "\n" if cell.comment is not None and len(cell.comment.text) < 400 else ""
                )
                cell.comment = Comment(before + words, "清溪", width=280, height=110)
        says = _free(sheet, r, column[0])
        says.value = "；".join(
            f"{fault.field}：{fault.rule}，{fault.remedy}" if fault.field else f"{fault.rule}，{fault.remedy}"
            for _, fault in found
        )[:2000]
        says.font = Font(color="FFA11D13")
        says.alignment = Alignment(wrap_text=True, vertical="top")
        if any(fault.code == "needs-reason" for _, fault in found):
            answer = _free(sheet, r, column[1])
            answer.fill = PatternFill("solid", fgColor="FFFFF9DB")
            answer.protection = Protection(locked=False)


def _own_columns(sheet: Any, sent: SentSheet, last: int) -> tuple[int, int]:
    """The office's two columns: where they stand already, else behind the last one."""
    said = {str(sheet.cell(sent.header, c).value or "").strip(): c for c in range(1, sheet.max_column + 1)}
    free = max(sent.width, last, max((c for word, c in said.items() if word), default=0))
    out = []
    for word in OWN_HEADINGS:
        if word in said:
            out.append(said[word])
        else:
            free += 1
            out.append(free)
    return out[0], out[1]


def _free(sheet: Any, row: int, column: int) -> Any:
    """The cell to write in: of a merged area its first one."""
    cell = sheet.cell(row, column)
    if type(cell).__name__ == "MergedCell":
        for area in sheet.merged_cells.ranges:
            if cell.coordinate in area:
                return sheet.cell(area.min_row, area.min_col)
    return cell
