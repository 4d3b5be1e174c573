"""The county's own xlsx form with markers: ``{{county}}``, ``{{row.treated}}`` in the one row that repeats, ``{{sum.treated}}``.

Everything else of the workbook stays as it is: titles, merged cells, widths, print set-up. A formula in the repeated row is
copied down with its rows shifted; a range below that spans the repeated row grows with it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

from qingxi.morning import FIELDS, LaidSheet, VillageResult, total_record, township_records, village_records
from qingxi.origin import Fault

_MARK = re.compile(r"\{\{\s*([a-z_.]+)\s*\}\}")
_HEAD = ("county", "quarter", "unit", "date")


def check_template(raw: bytes, file: str) -> list[Fault]:
    """What is wrong with a form; empty when it can be filled."""
    book, faults = _open(raw, file)
    if book is None:
        return faults
    repeated = 0
    for page in book.worksheets:
        rows = set()
        for cells in page.iter_rows():
            for cell in cells:
                for mark in _marks(cell.value):
                    part, _, name = mark.partition(".")
                    if mark in _HEAD or (part in ("row", "village", "sum") and name in FIELDS):
                        if part in ("row", "village"):
                            rows.add((cell.row, part))
                        continue
                    known = "、".join(
                        ("{{county}}", "{{quarter}}", "{{row.township}}", "{{row.treated}}", "{{sum.treated}}")
                    )
                    where = f"{page.title}!{cell.coordinate}"
                    faults.append(
                        Fault(file, cell.row, where, mark, "没有这个标记", f"可用的如 {known}", "form-mark")
                    )
        if len(rows) > 1:
            rule = f"“{page.title}”里有 {len(rows)} 行写着逐行标记"
            faults.append(
                Fault(file, None, page.title, "", rule, "一张表只留一行 {{row.…}} 或 {{village.…}}", "form-rows")
            )
        repeated += len(rows)
    if not repeated and not faults:
        faults.append(
            Fault(file, None, "", "", "没有一行写着 {{row.…}} 或 {{village.…}}", "在要逐乡镇（逐村）重复的那一行写上标记", "form-no-row")
        )  # fmt: skip
    return faults


def fill_template(
    raw: bytes, results: Sequence[VillageResult], values: Mapping[str, str], *, before: Sequence[VillageResult] | None = None,
    more: Sequence[LaidSheet] = (),
) -> bytes:  # fmt: skip
    """The form filled; ``more`` are further sheets (the difference), put behind the first.

    Raises
    ------
    ValueError
        When :func:`check_template` finds a fault.
    """
    faults = check_template(raw, "表样")
    if faults:
        raise ValueError("；".join(str(f) for f in faults))
    book, _ = _open(raw, "表样")
    for page in book.worksheets:
        _fill(page, results, values, before)
    for n, laid in enumerate(more, start=1):
        _append(book, laid, n)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _open(raw: bytes, file: str) -> tuple[Any, list[Fault]]:
    import openpyxl

    try:
        return openpyxl.load_workbook(io.BytesIO(raw)), []
    except Exception as error:  # openpyxl raises whatever the zip or the XML breaks on
        rule = f"打不开：{type(error).__name__}"
        return None, [Fault(file, None, "", "", rule, "请另存为 .xlsx 再上传", "file-unreadable")]


def _marks(value: object) -> list[str]:
    return _MARK.findall(value) if isinstance(value, str) else []


def _put(text: str, known: Mapping[str, Any]) -> Any:
    """A cell's text with its markers filled; a cell that is one marker keeps the value's type."""
    alone = _MARK.fullmatch(text.strip())
    if alone:
        value = known.get(alone[1], "")
        return None if value == "" else value
    return _MARK.sub(lambda m: str(known.get(m[1], "")), text)


def _fill(
    page: Any, results: Sequence[VillageResult], values: Mapping[str, str], before: Sequence[VillageResult] | None
) -> None:
    at = next(
        ((c.row, m.partition(".")[0]) for row in page.iter_rows() for c in row for m in _marks(c.value) if m.startswith(("row.", "village."))),
        None,
    )  # fmt: skip
    records: list[dict[str, Any]] = township_records(results, before)
    if at is not None:
        if at[1] == "village":
            records = village_records(results, before)
        _repeat(page, at[0], at[1], records)
    known = dict(values) | {f"sum.{k}": v for k, v in total_record(records).items()}
    for row in page.iter_rows():
        for cell in row:
            if _marks(cell.value):
                cell.value = _put(cell.value, known)


def _repeat(page: Any, row: int, part: str, records: list[dict[str, Any]]) -> None:
    from openpyxl.formula.translate import Translator
    from openpyxl.worksheet.cell_range import CellRange

    more = max(len(records), 1) - 1
    form = [(c.column, c.value, copy(c._style)) for c in page[row]]
    height = page.row_dimensions[row].height
    if more:
        _push_down(page, row, more)
    for n in range(more + 1):
        record = records[n] if n < len(records) else {}
        known = {f"{part}.{k}": v for k, v in record.items()}
        for column, value, style in form:
            cell = page.cell(row + n, column)
            cell._style = copy(style)
            if isinstance(value, str) and value.startswith("="):
                origin = f"{cell.column_letter}{row}"
                cell.value = Translator(value, origin=origin).translate_formula(cell.coordinate)
            else:
                cell.value = _put(value, known) if _marks(value) else value
        if height is not None:
            page.row_dimensions[row + n].height = height
    if more:
        for area in list(page.merged_cells.ranges):
            if area.min_row == area.max_row == row:
                for n in range(1, more + 1):
                    page.merged_cells.add(CellRange(None, area.min_col, row + n, area.max_col, row + n))


def _push_down(page: Any, row: int, more: int) -> None:
    """Rows below the repeated one go down: cells, heights, merged areas, and what formulas say of them."""
    heights = {r: d.height for r, d in page.row_dimensions.items() if r > row and d.height is not None}
    page.insert_rows(row + 1, more)
    for r in heights:
        page.row_dimensions[r].height = None
    for r, height in heights.items():
        page.row_dimensions[r + more].height = height
    for area in list(page.merged_cells.ranges):
        if area.min_row > row:
            area.shift(row_shift=more)
    for cells in page.iter_rows():
        for cell in cells:
            if isinstance(cell.value, str) and cell.value.startswith("="):
                cell.value = _shifted(cell.value, row, more)


_ADDRESS = re.compile(r"(\$?[A-Z]{1,3}\$?)(\d+)(?::(\$?[A-Z]{1,3}\$?)(\d+))?(?![\d(A-Za-z])")


def _shifted(formula: str, row: int, more: int) -> str:
    """A formula after ``more`` rows were put in behind ``row``: a range that spans it grows, what lies below moves."""

    def moved(match: re.Match[str]) -> str:
        a, first = match[1], int(match[2])
        first += more if first > row else 0
        if match[3] is None:
            return f"{a}{first}"
        last = int(match[4])
        return f"{a}{first}:{match[3]}{last + (more if last >= row else 0)}"

    return _ADDRESS.sub(moved, formula)


def _append(book: Any, laid: LaidSheet, place: int) -> None:
    from openpyxl.styles import Alignment, Border, Font, Side

    page = book.create_sheet(laid.name, place)
    thin = Side(style="thin")
    edge, wrap = Border(thin, thin, thin, thin), Alignment(wrap_text=True, vertical="center")
    page.append([laid.title])
    page["A1"].font = Font(name="黑体", size=16)
    page.append([laid.left])
    page.append([name for _, name in laid.headings])
    for cells in laid.rows:
        page.append([cell.formula or cell.value for cell in cells])
    for row in page.iter_rows(min_row=3):
        for cell in row:
            cell.border, cell.alignment = edge, wrap
            if cell.row == 3:
                cell.font = Font(bold=True)
    for note in laid.notes:
        page.append(["注：" + note])
    page.append(list(laid.sign))
    for n, width in enumerate(laid.widths):
        page.column_dimensions[page.cell(3, n + 1).column_letter].width = width
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 8
    page.sheet_properties.pageSetUpPr.fitToPage = True
    page.page_setup.fitToHeight = 0
