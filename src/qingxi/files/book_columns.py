"""Reading a table by the list of its columns: every fault at once, good rows go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

from qingxi.files.book_cells import BadCell, Cell, Doubt, Take, blank, plain, text
from qingxi.files.book_raw import Unsolved
from qingxi.files.book_table import Grid, GridRow, find_table
from qingxi.origin import Fault, Severity

Row = TypeVar("Row")
Spot = tuple[int, int] | None
"""Where a fault stands in the sheet: row as Excel counts and column from 0; None for the whole file."""


@dataclass(frozen=True)
class Column:
    """One column of a book.

    Attributes
    ----------
    field : str
        Name in the row that comes out.
    heading : str
        Official heading; ``aliases`` are other names it goes by.
    take : callable
        Reads a cell.
    needed : bool
        A row with an empty or bad cell here is left out; elsewhere a bad cell is reported and counts as empty.
    default : object
        Value of an empty cell where it is not needed.
    low, high : float or None
        Range of a number, both ends allowed.
    group : str
        Title over this and its neighbours in the form's upper heading row.
    unit : str
        Unit in brackets behind the heading when the form is written.
    given : bool
        Filled in by the office and locked when the form is handed out pre-filled: codes, names.
    falls : str
        Set (to the thing's name in a sentence) when the value should not fall from one form to the next without a reason.
    """

    field: str
    heading: str
    take: Take = text
    aliases: tuple[str, ...] = ()
    needed: bool = False
    default: Any = ""
    low: float | None = None
    high: float | None = None
    group: str = ""
    unit: str = ""
    given: bool = False
    falls: str = ""


@dataclass(frozen=True)
class Sheet(Generic[Row]):
    """What came out of one file: the good rows, and every fault."""

    file: str
    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()
    unknown: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Line:
    """One row as it was read: its number, its values by field, and whether it may go on."""

    row: int
    values: dict[str, Any]
    good: bool


@dataclass
class Lines:
    """All rows of one table with every fault and where it stands; ``grid`` is None when there is no table."""

    file: str
    grid: Grid | None = None
    lines: list[Line] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    spots: list[Spot] = field(default_factory=list)

    def add(self, fault: Fault, spot: Spot = None) -> None:
        """Note a fault and its place in the sheet."""
        self.faults.append(fault)
        self.spots.append(spot)


def read_rows(
    path: Path,
    columns: Sequence[Column],
    build: Callable[[dict[str, Any], int], Row],
    *,
    key: Sequence[str] = (),
    encoding: str | None = None,
    sheet: str | None = None,
) -> Sheet[Row]:
    """Read a table into rows.

    Parameters
    ----------
    build : callable
        Makes a row out of the values by field and the row number; a ValueError is a fault of the row.
    key : sequence of str
        Fields that together may stand only once; the first row stands, later ones are faults.

    Returns
    -------
    Sheet
        Never raises for anything in the file.
    """
    read = read_lines(path, columns, key=key, encoding=encoding, sheet=sheet)
    rows: list[Row] = []
    for line in read.lines:
        if not line.good:
            continue
        try:
            rows.append(build(line.values, line.row))
        except ValueError as error:
            read.add(Fault(read.file, line.row, "", "", str(error), "请核实本行", "row-refused"))
    return Sheet(read.file, tuple(rows), tuple(read.faults), read.grid.unknown if read.grid else ())


def read_lines(
    path: Path,
    columns: Sequence[Column],
    *,
    key: Sequence[str] = (),
    encoding: str | None = None,
    sheet: str | None = None,
    strict: bool = False,
) -> Lines:
    """Read a table row by row, the bad rows too, each fault with its place; never raises for anything in the file."""
    wanted = {c.heading: c.aliases for c in columns}
    needed = [c.heading for c in columns if c.needed]
    grid, faults = find_table(path, wanted, needed=needed, encoding=encoding, sheet=sheet)
    return lines_of(path.name, grid, faults, columns, key, strict=strict)


def lines_of(
    file: str,
    grid: Grid | None,
    faults: Sequence[Fault],
    columns: Sequence[Column],
    key: Sequence[str] = (),
    *,
    strict: bool = False,
) -> Lines:
    """The rows of a table that was found; ``strict`` makes any cell that cannot be read a fault of its row."""
    out = Lines(file, grid)
    for fault in faults:
        out.add(fault)
    if grid is None:
        return out
    for note in grid.notes:
        out.add(note, None if note.row is None else (note.row, 0))
    columns = [_under(column, grid.said.get(column.heading, "")) for column in columns]
    heading_of = {c.field: c.heading for c in columns}
    seen: dict[tuple[Any, ...], int] = {}
    for row in grid.lines:
        before = len(out.faults)
        values = _values(out, row, columns, strict)
        good = all(f.severity is not Severity.ERROR for f in out.faults[before:])
        if good and key:
            identity = tuple(values[f] for f in key)
            if identity in seen:
                said = " ".join(map(str, identity))
                rule = f"与第 {seen[identity]} 行重复"
                at = row.columns.get(heading_of[key[0]], 0)
                fault = Fault(file, row.number, heading_of[key[0]], said, rule, "请删去一行或改正编号", "duplicate")
                out.add(fault, (row.number, at))
                good = False
            else:
                seen[identity] = row.number
        out.lines.append(Line(row.number, values, good))
    if not grid.lines:
        out.add(Fault(file, None, "", "", "表头下没有数据", "请填写数据", "table-empty", Severity.WARNING))
    return out


def _under(column: Column, said: str) -> Column:
    """The column reading in the unit that its heading names."""
    under = getattr(column.take, "under", None)
    return column if under is None or not said else replace(column, take=under(said))


def _values(out: Lines, row: GridRow, columns: Sequence[Column], strict: bool) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for column in columns:
        place = row.columns.get(column.heading)
        cell: Cell = row.cells[place] if place is not None and place < len(row.cells) else None
        values[column.field] = column.default
        spot = (row.number, place if place is not None else 0)
        if cell is None or blank(cell):
            if column.needed:
                out.add(Fault(out.file, row.number, column.heading, "", "不能为空", "请填写", "empty"), spot)
            continue
        try:
            if isinstance(cell, Unsolved):
                raise _unsolved(cell)
            got = column.take(cell)
        except BadCell as bad:
            out.add(
                _fault(out.file, row.number, column, plain(cell), (bad.rule, bad.remedy, bad.code), strict), spot
            )
            continue
        if isinstance(got, Doubt):
            fault = Fault(
                out.file, row.number, column.heading, plain(cell), got.rule, got.remedy, got.code, Severity.WARNING
            )
            out.add(fault, spot)
            got = got.value
        outside = _range_fault(column, got)
        if outside:
            code = "negative" if isinstance(got, int | float) and got < 0 and column.low == 0 else "out-of-range"
            out.add(_fault(out.file, row.number, column, plain(cell), (outside, "请核实", code), strict), spot)
            continue
        values[column.field] = got
    return values


def _unsolved(cell: Unsolved) -> BadCell:
    if cell.formula.startswith("="):
        return BadCell("公式没有算出来的值", "请用 Excel 或 WPS 打开，保存后再传，或改成数值", "formula-no-value")
    return BadCell(f"公式算出的是错误 {cell.formula}", "请改正公式，或改成数值", "formula-error")


def _fault(file: str, number: int, column: Column, said: str, what: tuple[str, str, str], strict: bool) -> Fault:
    """Wrong where the row cannot do without the cell; else the cell counts as empty and the row goes on."""
    rule, remedy, code = what
    if column.needed or strict:
        return Fault(file, number, column.heading, said, rule, remedy, code)
    return Fault(file, number, column.heading, said, rule, remedy + "，此格暂按空白处理", code, Severity.WARNING)


def _range_fault(column: Column, value: Any) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return ""
    if value != value:
        return "应为数字"
    if column.low is not None and value < column.low:
        return "不能为负" if column.low == 0 else f"不能小于 {column.low:g}"
    if column.high is not None and value > column.high:
        return f"不能大于 {column.high:g}"
    return ""
