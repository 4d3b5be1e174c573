"""A file that somebody sent, read as one of the office's tables: which table it is, its rows, every fault and its place."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qingxi.files.book_columns import Column, Lines, Spot, lines_of
from qingxi.files.book_kind import TEXT, Refused
from qingxi.files.book_raw import RawBook, raw_book
from qingxi.files.book_table import table_in
from qingxi.files.evidence import grid_company
from qingxi.files.office_tables import REASON, TABLES, OfficeTable, plain_value
from qingxi.origin import Fault, Severity

_WARN = Severity.WARNING
_TITLES: dict[str, str] = {name: table.title for name, table in TABLES.items()}


@dataclass
class SentRow:
    """One row of a file: its number, its values by field as JSON keeps them, whether it may go on, the answer to a doubt.

    Only the fields whose columns the file has stand in ``values``: what a file does not speak of stays as it is.
    """

    row: int
    values: dict[str, Any]
    good: bool
    reason: str = ""


@dataclass
class SentSheet:
    """What a file says: the table it was taken for, its rows, and every fault with its place.

    ``places`` are the columns (from 0) by field, ``header`` the header's last row as Excel counts, ``width`` the number
    of columns; ``kind`` is the file's by content.
    """

    file: str
    table: str
    rows: list[SentRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)
    sheet: str = ""
    header: int = 0
    width: int = 0
    kind: str = TEXT
    places: dict[str, int] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def read_sent(
    path: Path, table: str = "", *, name: str = "", tell: Callable[[str, float], None] | None = None
) -> SentSheet:
    """Read a file as a table of the office.

    Parameters
    ----------
    table : str
        Name of the table; empty to find out by the headings.
    name : str
        The file's name as its sender knows it, for the faults.
    tell : callable
        Told ``(stage, share)`` on the way.

    Returns
    -------
    SentSheet
        Never raises for anything in the file; ``table`` is empty when no table fits.
    """
    say = tell or (lambda stage, share: None)
    name = name or path.name
    say("打开文件", 0.0)
    try:
        book = raw_book(path)
    except Refused as no:
        return SentSheet(name, table, faults=[Fault(name, None, "", "", str(no), no.remedy, no.code)], spots=[None])
    except OSError:
        fault = Fault(name, None, "", "", "打不开这个文件", "请重新传一次", "file-unreadable")
        return SentSheet(name, table, faults=[fault], spots=[None])
    say("找表头", 0.4)
    chosen = TABLES[table] if table else _which(book, name)
    if chosen is None:
        rule = "认不出是哪一种表；能收的有 " + "、".join(_TITLES.values())
        fault = Fault(name, None, "", "", rule, "请下载模板，按模板的表头填写，或先选定是哪一种表", "table-unknown")
        return SentSheet(name, "", faults=[fault], spots=[None], kind=book.kind)
    columns = chosen.reading
    grid, faults = grid_company(book, name) if chosen.name == "bills" else (None, [])
    if grid is None and not faults:
        grid, faults = table_in(
            book, name, {c.heading: c.aliases for c in columns}, needed=[c.heading for c in columns if c.needed]
        )
    say("读每一行", 0.5)
    read = lines_of(name, grid, faults, columns, chosen.key, strict=True)
    if grid is not None:
        for unknown in grid.unknown:
            rule = f"表里没有“{unknown}”这一列的约定，没有读"
            read.add(
                Fault(
                    name,
                    grid.header,
                    unknown,
                    "",
                    rule,
                    "可不理；要读的请改成模板里的列名",
                    "column-unknown",
                    _WARN,
                )
            )
    return _sent(read, chosen, book.kind)


def _sent(read: Lines, table: OfficeTable, kind: str) -> SentSheet:
    there = read.grid.columns if read.grid else {}
    fields = {c.field: there[c.heading] for c in table.reading if c.heading in there}
    out = SentSheet(read.file, table.name, faults=read.faults, spots=read.spots, kind=kind, places=fields)
    if read.grid is not None:
        out.sheet, out.header, out.width = read.grid.sheet, read.grid.header, read.grid.width
        out.unknown = read.grid.unknown
    asked: list[Column] = [c for c in table.columns if c.field in fields]
    for line in read.lines:
        values = {c.field: plain_value(line.values[c.field]) for c in asked}
        out.rows.append(SentRow(line.row, values, line.good, str(line.values.get(REASON) or "")))
    return out


def _which(book: RawBook, name: str) -> OfficeTable | None:
    """The table whose headings fit best: all that it needs, then the most of its own, then the fewest strangers."""
    if any(grid_company(book, name)):
        return TABLES["bills"]
    best: tuple[tuple[float, float], OfficeTable] | None = None
    for table in TABLES.values():
        wanted = {c.heading: c.aliases for c in table.columns}
        grid, _ = table_in(book, name, wanted, needed=[c.heading for c in table.columns if c.needed])
        if grid is None:
            continue
        known = len(grid.columns) / (len(grid.columns) + len(grid.unknown))
        score = (known, len(grid.columns) / len(table.columns) + (1.0 if table.title in name else 0.0))
        if best is None or score > best[0]:
            best = (score, table)
    return best[1] if best and (best[0][0] >= 0.5 or best[0][1] >= 1) else None


def which_table(path: Path) -> str:
    """Name of the table that a file's headings fit; empty when none does or the file cannot be read."""
    try:
        found = _which(raw_book(path), path.name)
    except (Refused, OSError):
        return ""
    return found.name if found else ""
