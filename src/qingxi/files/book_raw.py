"""The cells of a workbook or text table as they stand, with what Excel hides of them."""

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from qingxi.files.book_cells import Cell, unguard
from qingxi.files.book_kind import TEXT, XLS, Refused, kind_of
from qingxi.files.book_marks import Marks, marks_of
from qingxi.files.encoding import decodes, encoding_of

XLS_ROWS = 65_536
"""Rows that an .xls can hold; a table that fills them all was cut off."""
_TEXT_HEAD = 20


@dataclass(frozen=True)
class Unsolved:
    """A cell whose formula has no value in the file, or an error for a value."""

    formula: str

    def __str__(self) -> str:
        return self.formula


@dataclass
class RawSheet:
    """One sheet: cells by row; merged cells going down are filled; hidden rows and columns counted from 0."""

    name: str
    rows: list[list[Cell]]
    visible: bool = True
    marks: Marks = field(default_factory=Marks)


@dataclass
class RawBook:
    """All sheets of a file; ``kind`` is what it is by content: xlsx, xls or text."""

    kind: str
    sheets: list[RawSheet]


def raw_book(path: Path, encoding: str | None = None) -> RawBook:
    """Read every sheet of a table's file.

    Raises
    ------
    Refused
        When the file is empty, locked, of another kind, or cannot be opened; the sentence is for the user.
    """
    kind = kind_of(path)
    if kind == TEXT:
        return RawBook(kind, [RawSheet(path.name, _text_rows(path, encoding))])
    import python_calamine

    marks = {} if kind == XLS else marks_of(path)
    far = next((m.far for m in marks.values() if m.far), "")
    if far:
        raise Refused(
            f"最右边 {far} 有一个离得很远的格子，整张表大得读不了", "请删去数据右边的所有列再存", "sheet-too-wide"
        )
    try:
        with path.open("rb") as stream, python_calamine.load_workbook(stream) as book:
            shown = {m.name: str(m.visible).endswith("Visible") for m in book.sheets_metadata}
            sheets = [
                RawSheet(
                    name, _sheet_rows(book.get_sheet_by_name(name)), shown.get(name, True), marks.get(name, Marks())
                )
                for name in book.sheet_names
            ]
    except Exception as error:  # calamine has a dozen exception types and panics among them
        raise Refused(f"打不开：{type(error).__name__}") from error
    for sheet in sheets:
        for (r, c), formula in sheet.marks.unsolved.items():
            if r < len(sheet.rows) and c < len(sheet.rows[r]) and sheet.rows[r][c] is None:
                sheet.rows[r][c] = Unsolved(formula)
        while sheet.rows and all(cell is None for cell in sheet.rows[-1]):
            sheet.rows.pop()
    return RawBook(kind, sheets)


def _text_rows(path: Path, encoding: str | None) -> list[list[Cell]]:
    raw = path.read_bytes()
    name = encoding or _guess(raw)
    if name == "latin-1" or not decodes(raw, name):
        raise Refused("编码认不出，请另存为 UTF-8 或 GB18030 的 CSV")
    said = raw.decode(name).lstrip("\ufeff")
    if said.lower().startswith("sep="):
        said = said.partition("\n")[2]
    head = said.splitlines()[:_TEXT_HEAD]
    delimiter = max(",\t;", key=lambda mark: sum(line.count(mark) for line in head))
    csv.field_size_limit(1 << 24)
    try:
        rows = csv.reader(io.StringIO(said, newline=""), delimiter=delimiter)
        return [[unguard(cell) for cell in row] for row in rows]
    except csv.Error as error:
        raise Refused("不是逗号或制表符分隔的文本表") from error


def _guess(raw: bytes) -> str:
    """As :func:`encoding_of`, and UTF-16 without a mark by its zero bytes."""
    head = raw[:2000]
    if not raw.startswith((b"\xff\xfe", b"\xfe\xff")) and head.count(b"\0") > len(head) // 8:
        return "utf-16-le" if head[1::2].count(b"\0") >= head[::2].count(b"\0") else "utf-16-be"
    return encoding_of(raw)[0]


def _sheet_rows(sheet: object) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [None if cell == "" else cell for cell in row]
        for row in sheet.to_python(skip_empty_area=False)  # type: ignore[attr-defined]
    ]
    for (top, left), (bottom, _right) in getattr(sheet, "merged_cell_ranges", None) or ():
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        # Only downwards: a title merged across must stay one cell, or it would count as many headings.
        for r in range(top + 1, min(bottom + 1, len(rows))):
            if left < len(rows[r]) and rows[r][left] is None:
                rows[r][left] = value
    return rows
