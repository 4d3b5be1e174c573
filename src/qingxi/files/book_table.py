"""A table out of a workbook or CSV as county staff keep it: find the header row, whatever stands above it."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from qingxi.files.book_cells import Cell, blank, plain
from qingxi.files.encoding import decodes, encoding_of
from qingxi.origin import Fault

_HEADER_WITHIN = 15
"""A title, a unit line and a date line stand above the header; nobody puts more than a dozen rows there."""

_ENDINGS = re.compile(r"(合\s*计|总\s*计|小\s*计|填表|制表|审核|复核|负责人|填报|备注[::]|说明[::]|注[::1])")


@dataclass(frozen=True)
class Grid:
    """A table with its header found.

    ``columns`` maps the wanted heading to the column's place; ``rows`` are (row number as Excel counts, cells);
    ``unknown`` are headings nobody asked for.
    """

    file: str
    columns: dict[str, int]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    unknown: tuple[str, ...]


def heading(cell: Cell) -> str:
    """A heading stripped of spaces, stars, width and its bracketed unit: 设计规模（m³/d） is 设计规模."""
    said = plain(cell).replace(" ", "").replace("*", "").replace("★", "")
    bare = re.sub(r"[(\[【(].*?[)\]】)]", "", said)
    return bare or said


def raw_sheets(path: Path, encoding: str | None = None) -> list[tuple[str, list[list[Cell]]]]:
    """Every sheet's cells, merged cells filled with their value.

    Raises
    ------
    ValueError
        When the file is empty or cannot be opened; the sentence is for the user.
    """
    if path.stat().st_size == 0:
        raise ValueError("文件是空的（0 字节）")
    if path.suffix.lower() in {".csv", ".txt"}:
        return [(path.name, _csv_rows(path, encoding))]
    import python_calamine

    try:
        with python_calamine.load_workbook(str(path)) as book:
            return [(name, _sheet_rows(book.get_sheet_by_name(name))) for name in book.sheet_names]
    except Exception as error:  # calamine has a dozen exception types and panics among them
        raise ValueError(f"打不开：{type(error).__name__}") from error


def _csv_rows(path: Path, encoding: str | None) -> list[list[Cell]]:
    raw = path.read_bytes()
    name = encoding or encoding_of(raw)[0]
    if name != "latin-1" and decodes(raw, name):
        said = raw.decode(name)
        first = said.split("\n", 1)[0]
        delimiter = max(",\t;", key=first.count)
        return [list(row) for row in csv.reader(io.StringIO(said), delimiter=delimiter)]
    raise ValueError("编码认不出，请另存为 UTF-8 或 GB18030 的 CSV")


def _sheet_rows(sheet: object) -> list[list[Cell]]:
    rows: list[list[Cell]] = [
        [None if cell == "" else cell for cell in row]
        for row in sheet.to_python(skip_empty_area=False)  # type: ignore[attr-defined]
    ]
    for (top, left), (bottom, right) in getattr(sheet, "merged_cell_ranges", None) or ():
        if top >= len(rows) or left >= len(rows[top]):
            continue
        value = rows[top][left]
        # Only downwards: a title merged across must stay one cell, or it would count as many headings.
        for r in range(top + 1, min(bottom + 1, len(rows))):
            if left == right and left < len(rows[r]) and rows[r][left] is None:
                rows[r][left] = value
    return rows


def find_table(
    path: Path,
    wanted: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str] = (),
    sheet: str | None = None,
    encoding: str | None = None,
) -> tuple[Grid | None, list[Fault]]:
    """Find the sheet and the header row that carry the wanted headings.

    Parameters
    ----------
    wanted : dict
        Heading to its other names.
    needed : sequence of str
        Headings without which the table is of no use.

    Returns
    -------
    grid, faults
        No grid when the file, the header or a needed column is missing; the faults say which.
    """
    name = path.name
    if not path.is_file():
        return None, [Fault(name, None, "", "", "没有这个文件", "请放入该文件或从目录中去掉它", "file-missing")]
    try:
        sheets = raw_sheets(path, encoding)
    except (ValueError, OSError) as error:
        fault = Fault(name, None, "", "", str(error), "请用 Excel 或 WPS 打开后另存为 .xlsx", "file-unreadable")
        return None, [fault]
    names = {heading(alias): key for key, aliases in wanted.items() for alias in (key, *aliases)}
    best: tuple[int, list[list[Cell]], int, dict[str, int], list[str]] | None = None
    for title, rows in sheets:
        if sheet is not None and title != sheet:
            continue
        for at, depth, columns, unknown in _headers(rows, names):
            if best is None or len(columns) > len(best[3]):
                best = (at, rows, depth, columns, unknown)
    if best is None or len(best[3]) < min(2, len(wanted)):
        rule = "找不到表头，应有 " + "、".join(wanted)
        return None, [Fault(name, None, "", "", rule, "请在标题下留一行表头", "header-missing")]
    at, rows, depth, columns, unknown = best
    missing = [key for key in needed if key not in columns]
    if missing:
        faults = [
            Fault(name, at + 1, key, "", f"缺少“{key}”列", "请补上该列，表头用这个名称", "column-missing")
            for key in missing
        ]
        return None, faults
    body = []
    for index in range(at + depth, len(rows)):
        cells = tuple(rows[index])
        filled = [c for c in cells if not blank(c)]
        if not filled or _ENDINGS.match(plain(filled[0])):
            continue
        body.append((index + 1, cells))
    return Grid(name, columns, tuple(body), tuple(unknown)), []


def _headers(rows: list[list[Cell]], names: dict[str, str]) -> list[tuple[int, int, dict[str, int], list[str]]]:
    """Candidates: (row, rows deep, columns, unknown headings); a header may stand in two rows under a group title."""
    found = []
    for at in range(min(_HEADER_WITHIN, len(rows))):
        one = [heading(c) for c in rows[at]]
        found.append((at, 1, *_match(one, names)))
        if at + 1 < len(rows):
            below = [heading(c) for c in rows[at + 1]]
            width = max(len(one), len(below))
            one += [""] * (width - len(one))
            below += [""] * (width - len(below))
            two = [b if b in names or (a not in names and b) else a for a, b in zip(one, below, strict=True)]
            found.append((at, 2, *_match(two, names)))
    # Deeper headers only win by more columns: sort is stable, single rows come first.
    return sorted(found, key=lambda c: (-len(c[2]), c[1]))


def _match(headings: Sequence[str], names: dict[str, str]) -> tuple[dict[str, int], list[str]]:
    columns: dict[str, int] = {}
    unknown = []
    for place, said in enumerate(headings):
        key = names.get(said)
        if key is None:
            if said:
                unknown.append(said)
        elif key not in columns:
            columns[key] = place
    return columns, unknown
