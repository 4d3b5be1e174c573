"""A table out of a workbook or CSV as county staff keep it: find the header row, whatever stands above it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from qingxi.files.book_cells import Cell, blank, plain
from qingxi.files.book_kind import TEXT, XLS, Refused
from qingxi.files.book_raw import XLS_ROWS, RawBook, RawSheet, raw_book
from qingxi.origin import Fault, Severity

_HEADER_WITHIN = 15
"""A title, a unit line and a date line stand above the header; nobody puts more than a dozen rows there."""

_ENDINGS = re.compile(r"(合\s*计|总\s*计|小\s*计|填表|制表|审核|复核|负责人|填报|备注[::]|说明[::]|注[::1])")
_TOTALS = re.compile(r"(本页|全县|全镇|以上)?\s*(合\s*计|总\s*计|小\s*计)\s*[::]?")
OWN_HEADINGS = ("核对结果", "红格说明")
"""What the office writes at the end of a file that it gives back; the first is its own word, the second the answer."""


@dataclass(frozen=True)
class GridRow:
    """One row of the table: its number as Excel counts, its cells, and where each heading stands in it."""

    number: int
    cells: tuple[Cell, ...]
    columns: dict[str, int]


@dataclass(frozen=True)
class Grid:
    """A table with its header found.

    ``columns`` maps the wanted heading to the column's place; ``unknown`` are headings nobody asked for; ``said`` is
    each wanted heading as the sheet has it, with its bracketed unit; ``header`` is the header's last row as Excel
    counts; ``notes`` are things about the whole file that somebody should know.
    """

    file: str
    columns: dict[str, int]
    lines: tuple[GridRow, ...]
    unknown: tuple[str, ...]
    said: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    header: int = 0
    width: int = 0
    kind: str = TEXT
    notes: tuple[Fault, ...] = ()

    @property
    def rows(self) -> tuple[tuple[int, tuple[Cell, ...]], ...]:
        """(row number, cells), each cell where ``columns`` says, also of a second table with another order."""
        return tuple((line.number, self._laid(line)) for line in self.lines)

    def _laid(self, line: GridRow) -> tuple[Cell, ...]:
        if line.columns == self.columns:
            return line.cells
        cells: list[Cell] = [None] * (max(self.columns.values(), default=-1) + 1)
        for key, place in self.columns.items():
            at = line.columns.get(key)
            if at is not None and at < len(line.cells):
                cells[place] = line.cells[at]
        return tuple(cells)


@dataclass(frozen=True)
class _Header:
    at: int
    depth: int
    blocks: list[dict[str, int]]
    unknown: list[str]

    @property
    def columns(self) -> dict[str, int]:
        return self.blocks[0] if self.blocks else {}


def heading(cell: Cell) -> str:
    """A heading stripped of spaces, stars, width and its bracketed unit: 设计规模（m³/d） is 设计规模."""
    said = plain(cell).replace(" ", "").replace("*", "").replace("★", "")
    bare = re.sub(r"[(\[【(].*?[)\]】)]", "", said)
    return bare or said


def raw_sheets(path: Path, encoding: str | None = None) -> list[tuple[str, list[list[Cell]]]]:
    """Every sheet's cells by its name, merged cells going down filled with their value.

    Raises
    ------
    Refused
        When the file cannot be read; the sentence is for the user.
    """
    return [(sheet.name, sheet.rows) for sheet in raw_book(path, encoding).sheets]


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
        book = raw_book(path, encoding)
    except Refused as no:
        return None, [Fault(name, None, "", "", str(no), no.remedy, no.code)]
    except OSError:
        return None, [Fault(name, None, "", "", "打不开这个文件", "请重新拷贝", "file-unreadable")]
    return table_in(book, name, wanted, needed=needed, sheet=sheet)


def table_in(
    book: RawBook,
    name: str,
    wanted: Mapping[str, Sequence[str]],
    *,
    needed: Sequence[str] = (),
    sheet: str | None = None,
) -> tuple[Grid | None, list[Fault]]:
    """As :func:`find_table`, in a book that is open already."""
    names = {heading(alias): key for key, aliases in wanted.items() for alias in (key, *aliases)}
    found: list[tuple[RawSheet, _Header]] = []
    for one in book.sheets:
        if sheet is None or one.name == sheet:
            headers = _headers(one.rows, names, needed, _HEADER_WITHIN)
            if headers:
                found.append((one, headers[0]))
    # Shown sheets before hidden ones, more columns before fewer, earlier before later.
    found.sort(key=lambda f: (-len(f[1].columns), not f[0].visible))
    if not found or len(found[0][1].columns) < min(2, len(wanted)):
        rule = "找不到表头，应有 " + "、".join(wanted)
        return None, [Fault(name, None, "", "", rule, "请在标题下留一行表头", "header-missing")]
    chosen, header = found[0]
    missing = [key for key in needed if key not in header.columns]
    if missing:
        faults = [
            Fault(
                name,
                header.at + header.depth,
                key,
                "",
                f"缺少“{key}”列",
                "请补上该列，表头用这个名称",
                "column-missing",
            )
            for key in missing
        ]
        return None, faults
    body, skipped = _body(chosen.rows, header, names, needed)
    notes = [*skipped, *_notes(name, book, chosen, header, body)]
    notes += _twins(name, [one.name for one, other in found[1:] if other.columns.keys() >= header.columns.keys()])
    head_rows = chosen.rows[header.at : header.at + header.depth]
    said = {
        key: next((plain(row[c]) for row in reversed(head_rows) if c < len(row) and not blank(row[c])), key)
        for key, c in header.columns.items()
    }
    width = max((len(row) for row in chosen.rows), default=0)
    return Grid(
        name, header.columns, tuple(body), tuple(header.unknown), said, chosen.name, header.at + header.depth, width,
        book.kind, tuple(Fault(name, *note) for note in notes),
    ), []  # fmt: skip


_Note = tuple[int | None, str, str, str, str, str, Severity]


def _note(row: int | None, value: str, rule: str, remedy: str, code: str) -> _Note:
    return row, "", value, rule, remedy, code, Severity.WARNING


def _whole(cells: Sequence[Cell], blocks: Sequence[dict[str, int]], needed: Sequence[str]) -> bool:
    """Whether a row fills all that a row must fill: then it is one, whatever word it begins with (an account named 复核)."""
    at = [blocks[0][key] for key in needed if key in blocks[0]] if blocks else []
    return len(at) > 1 and all(i < len(cells) and not blank(cells[i]) for i in at)


def _body(
    rows: list[list[Cell]], header: _Header, names: dict[str, str], needed: Sequence[str]
) -> tuple[list[GridRow], list[_Note]]:
    """Rows under the header: totals and signatures left out, a second header below followed."""
    body: list[GridRow] = []
    notes: list[_Note] = []
    blocks, index = header.blocks, header.at + header.depth
    totals: list[int] = []
    while index < len(rows):
        cells = tuple(rows[index])
        filled = [c for c in cells if not blank(c)]
        if not filled:
            index += 1
            continue
        first = plain(filled[0])
        if (_ENDINGS.match(first) and not _whole(cells, blocks, needed)) or _TOTALS.fullmatch(first):
            if _TOTALS.match(first):
                totals.append(index + 1)
            index += 1
            continue
        again = _again(rows, index, header, names, needed)
        if again is not None:
            same = again.blocks == blocks
            if same and index == header.at + header.depth:  # a heading merged over two rows stands in both
                index += 1
                continue
            blocks, index = again.blocks, again.at + again.depth
            # The title of a second table stands right above its header and is no data.
            if body and len([c for c in body[-1].cells if not blank(c)]) == 1 and body[-1].number == again.at:
                body.pop()
            rule = "表头又出现了一次，下面的行接着读" if same else "一张表里有两段，下面一段按它自己的表头读"
            notes.append(
                _note(again.at + again.depth, "", rule, "可不理；两段不是一回事的请分成两个文件", "header-again")
            )
            continue
        for block in blocks:
            # A row with nothing but its printed number is an empty row of the form.
            if any(c < len(cells) and not blank(cells[c]) for c in block.values()):
                body.append(GridRow(index + 1, cells, block))
        index += 1
    if totals:
        listed = "、".join(map(str, totals[:5])) + (" 等" if len(totals) > 5 else "")
        rule = (
            f"第 {listed} 行是合计，没有当作数据"
            if len(totals) < 6
            else f"第 {listed}共 {len(totals)} 行是合计，没有当作数据"
        )
        notes.append(_note(totals[0], "合计", rule, "可不理", "totals-skipped"))
    return body, notes


def _again(
    rows: list[list[Cell]], index: int, header: _Header, names: dict[str, str], needed: Sequence[str]
) -> _Header | None:
    """A header that stands again at this row, or None; it must carry all needed headings and most of the others."""
    row = rows[index]
    hits = sum(1 for cell in row if isinstance(cell, str) and heading(cell) in names)
    if hits < 2 or hits * 2 < len(header.columns):
        return None
    best = _headers(rows[index : index + 2], names, needed, 1)
    if not best or len(best[0].columns) * 2 < len(header.columns) or any(n not in best[0].columns for n in needed):
        return None
    return _Header(index, best[0].depth, best[0].blocks, best[0].unknown)


def _notes(name: str, book: RawBook, sheet: RawSheet, header: _Header, body: Sequence[GridRow]) -> list[_Note]:
    notes: list[_Note] = []
    hidden = [row.number for row in body if row.number - 1 in sheet.marks.hidden_rows]
    if hidden:
        listed = "、".join(map(str, hidden[:5])) + (f" 等 {len(hidden)}" if len(hidden) > 5 else "")
        notes.append(
            _note(hidden[0], "", f"第 {listed} 行是隐藏的，也读了", "不要的行请删去，不要隐藏", "rows-hidden")
        )
    columns = [key for key, c in header.columns.items() if c in sheet.marks.hidden_columns]
    if columns:
        notes.append(
            _note(
                header.at + header.depth,
                "",
                f"“{'、'.join(columns)}”列是隐藏的，也读了",
                "不要的列请删去，不要隐藏",
                "columns-hidden",
            )
        )
    if not sheet.visible:
        notes.append(_note(None, sheet.name, "表格在隐藏的工作表里，也读了", "请核对是不是这一张", "sheet-hidden"))
    if len(header.blocks) > 1:
        rule = f"并排有 {len(header.blocks)} 张同样的表，从左到右都读了"
        notes.append(_note(header.at + header.depth, "", rule, "可不理；最好上下接成一张", "tables-abreast"))
    if book.kind == XLS and len(sheet.rows) >= XLS_ROWS:
        rule = f"正好写满 .xls 的 {XLS_ROWS} 行，后面的多半被截掉了"
        notes.append(_note(XLS_ROWS, "", rule, "请从原系统重新导出为 .xlsx 或 .csv", "xls-full"))
    ending = Path(name).suffix.lower()
    if book.kind == TEXT and ending not in {".csv", ".txt", ".tsv"}:
        notes.append(_note(None, ending, "名字像 Excel，内容是文本表，按文本读了", "可不理", "kind-by-content"))
    if ending == ".xlsm":
        notes.append(_note(None, ending, "带宏的表格，只读数据，宏不运行", "可不理", "macros-ignored"))
    return notes


def _twins(name: str, sheets: Sequence[str]) -> list[_Note]:
    if not sheets:
        return []
    rule = f"还有 {len(sheets)} 张工作表的表头一样，没有读：{'、'.join(sheets[:5])}"
    return [_note(None, sheets[0], rule, "要一起收的，请合成一张，或分成几个文件", "sheets-alike")]


def _headers(rows: list[list[Cell]], names: dict[str, str], needed: Sequence[str], within: int) -> list[_Header]:
    """Candidates, best first; a header may stand in two rows under a group title."""
    found = []
    for at in range(min(within, len(rows))):
        one = [heading(c) for c in rows[at]]
        found.append(_Header(at, 1, *_match(one, names, needed)))
        if at + 1 < len(rows):
            below = [heading(c) for c in rows[at + 1]]
            width = max(len(one), len(below))
            one += [""] * (width - len(one))
            below += [""] * (width - len(below))
            two = [b if b in names or (a not in names and b) else a for a, b in zip(one, below, strict=True)]
            found.append(_Header(at, 2, *_match(two, names, needed)))
    # Deeper headers only win by more columns: sort is stable, single rows come first.
    return sorted((f for f in found if f.blocks), key=lambda f: (-len(f.columns), f.depth))


def _match(
    headings: Sequence[str], names: dict[str, str], needed: Sequence[str]
) -> tuple[list[dict[str, int]], list[str]]:
    """Columns of each table abreast (mostly one), and the headings nobody knows."""
    places: dict[str, list[int]] = {}
    unknown = []
    for place, said in enumerate(headings):
        key = names.get(said)
        if key is not None:
            places.setdefault(key, []).append(place)
        elif said and said not in OWN_HEADINGS:
            unknown.append(said)
    if not places:
        return [], unknown
    abreast = min((len(places.get(key, ())) for key in needed), default=1) if len(needed) > 1 else 1
    first = {key: at[0] for key, at in places.items()}
    if abreast < 2:
        return [first], unknown
    # The n-th table takes from its first needed heading up to that of the next.
    starts = sorted(places[key] for key in needed)
    edges = [min(at[n] for at in starts) for n in range(abreast)] + [len(headings)]
    blocks = [
        {
            key: next(c for c in at if low <= c < high)
            for key, at in places.items()
            if any(low <= c < high for c in at)
        }
        for low, high in pairwise(edges)
    ]
    return (blocks if all(all(key in block for key in needed) for block in blocks) else [first]), unknown
