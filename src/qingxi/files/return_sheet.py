"""A return that came back filled in: its cells by field, and the same file with red cells and reasons."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qingxi.files.book_cells import Cell, plain
from qingxi.files.book_kind import TEXT, XLSX, Refused
from qingxi.files.book_raw import raw_book
from qingxi.files.return_form import ID, KEY_MARK, REASON, RED, VALUE, YELLOW, ReturnHead, return_xlsx
from qingxi.filing import BadValue, Form, Return, askable, read
from qingxi.origin import Fault

RESULT = "核对结果"
_HEADER_WITHIN = 15


@dataclass(frozen=True)
class SentCell:
    """One row: where it stands (Excel's row), the value's cell as it is, the reason beside it."""

    row: int
    value: Cell
    reason: str


@dataclass
class SentReturn:
    """What a file says: the key of the return it is for, its rows by field, and what is wrong with the file as a whole."""

    file: str
    key: str = ""
    cells: dict[str, SentCell] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    sheet: str = ""
    header: int = 0
    kind: str = TEXT


@dataclass(frozen=True)
class Mark:
    """One red cell: its field, what is wrong, and whether a reason beside it would do."""

    field: str
    said: str
    reason_would_do: bool = False


def read_return(path: Path, form: Form, *, name: str = "") -> SentReturn:
    """Read a file as a return of a form. Never raises for anything in the file: its faults say what is wrong."""
    name = name or path.name
    out = SentReturn(name)

    def wrong(rule: str, remedy: str, code: str) -> SentReturn:
        out.faults.append(Fault(name, None, "", "", rule, remedy, code))
        return out

    try:
        book = raw_book(path)
    except Refused as no:
        return wrong(str(no), no.remedy, no.code)
    except OSError:
        return wrong("打不开这个文件", "请重新传一次", "file-unreadable")
    out.kind = book.kind
    by_name = {f.name: f.id for f in form.fields}
    ids = {f.id for f in form.fields}
    for sheet in book.sheets:
        found = _header(sheet.rows)
        if found is None:
            continue
        at, columns = found
        out.sheet, out.header = sheet.name, at + 1
        for row in sheet.rows[:at]:
            for cell in row:
                if isinstance(cell, str) and cell.strip().startswith(KEY_MARK):
                    out.key = cell.strip().removeprefix(KEY_MARK).strip()
        for number, row in enumerate(sheet.rows[at + 1 :], at + 2):
            said = _at(row, columns["项目代码"])
            one = plain(said) if plain(said) in ids else by_name.get(plain(_at(row, columns["指标"])), "")
            if one and one not in out.cells:
                out.cells[one] = SentCell(number, _at(row, columns["本期"]), plain(_at(row, columns["说明"])))
        break
    if not out.cells:
        return wrong("找不到表头“指标”“本期”", "请用系统下载的表填，不要改表头", "header-missing")
    return out


def _at(row: Sequence[Cell], column: int | None) -> Cell:
    return row[column] if column is not None and column < len(row) else None


def _header(rows: Sequence[Sequence[Cell]]) -> tuple[int, dict[str, int | None]] | None:
    for at, row in enumerate(rows[:_HEADER_WITHIN]):
        words = [plain(c).replace(" ", "") for c in row]
        if "指标" in words and "本期" in words:
            reason = next((i for i, w in enumerate(words) if w.startswith("说明")), None)
            code = words.index("项目代码") if "项目代码" in words else None
            return at, {"指标": words.index("指标"), "本期": words.index("本期"), "说明": reason, "项目代码": code}
    return None


def red_return(path: Path, sent: SentReturn, marks: Sequence[Mark], ret: Return, head: ReturnHead) -> bytes:
    """The same file with these cells red and the reasons in a column of their own; what was red before and is right now is not.

    A file of another kind (.xls, .csv) comes back as its .xlsx twin with what was filled in.
    """
    import openpyxl

    if sent.kind == XLSX:
        book = openpyxl.load_workbook(path)
        sheet, rows, header = book[sent.sheet], {f: c.row for f, c in sent.cells.items()}, sent.header
    else:
        cells = {f: _readable(ret.form, f, c.value) for f, c in sent.cells.items()}
        twin = return_xlsx(ret, head, cells=cells, reasons={f: c.reason for f, c in sent.cells.items() if c.reason})
        book = openpyxl.load_workbook(io.BytesIO(twin))
        sheet = book.active
        rows = {
            str(sheet.cell(r, ID + 1).value): r for r in range(5, sheet.max_row + 1) if sheet.cell(r, ID + 1).value
        }
        header = 4
    _mark(sheet, rows, header, marks, ret)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _readable(form: Form, name: str, said: Cell) -> Any:
    try:
        return read(form.field(name), said)
    except BadValue:
        return said


def _mark(sheet: Any, rows: dict[str, int], header: int, marks: Sequence[Mark], ret: Return) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font, PatternFill, Protection

    red, yellow = PatternFill("solid", fgColor=f"FF{RED}"), PatternFill("solid", fgColor=f"FF{YELLOW}")
    value, reason, result = _columns(sheet, header)
    by_field: dict[str, list[Mark]] = {}
    for mark in marks:
        by_field.setdefault(mark.field, []).append(mark)
    sheet.cell(header, result).value = RESULT
    sheet.cell(header, result).font = Font(bold=True)
    sheet.column_dimensions[sheet.cell(header, result).column_letter].width = 52
    for each in ret.form.fields:
        r = rows.get(each.id)
        if r is None:
            continue
        cell, found = sheet.cell(r, value), by_field.get(each.id, [])
        cell.comment = None
        if not found:
            cell.fill = yellow if askable(ret, each) else PatternFill()
            sheet.cell(r, result).value = None
            continue
        cell.fill = red
        cell.comment = Comment("\n".join(m.said for m in found)[:900], "清溪", width=300, height=110)
        says = sheet.cell(r, result)
        says.value, says.font = "；".join(m.said for m in found)[:2000], Font(color="FFA11D13")
        says.alignment = Alignment(wrap_text=True, vertical="top")
        if any(m.reason_would_do for m in found):
            beside = sheet.cell(r, reason)
            beside.fill, beside.protection = yellow, Protection(locked=False)


def _columns(sheet: Any, header: int) -> tuple[int, int, int]:
    words = {str(sheet.cell(header, c).value or "").strip(): c for c in range(1, sheet.max_column + 1)}
    reason = next((c for w, c in words.items() if w.startswith("说明")), REASON + 1)
    return words.get("本期", VALUE + 1), reason, words.get(RESULT, max(words.values(), default=ID + 1) + 1)


__all__ = ["Mark", "SentCell", "SentReturn", "read_return", "red_return"]
