"""Reading a table by the list of its columns: every fault at once, good rows go on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from qingxi.files.book_cells import BadCell, Doubt, Take, blank, plain, text
from qingxi.files.book_table import find_table
from qingxi.origin import Fault, Severity

Row = TypeVar("Row")


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
    """

    field: str
    heading: str
    take: Take = text
    aliases: tuple[str, ...] = ()
    needed: bool = False
    default: Any = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Sheet(Generic[Row]):
    """What came out of one file: the good rows, and every fault."""

    file: str
    rows: tuple[Row, ...] = ()
    faults: tuple[Fault, ...] = ()
    unknown: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)


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
    wanted = {c.heading: c.aliases for c in columns}
    needed = [c.heading for c in columns if c.needed]
    grid, faults = find_table(path, wanted, needed=needed, encoding=encoding, sheet=sheet)
    if grid is None:
        return Sheet(path.name, faults=tuple(faults))
    rows: list[Row] = []
    seen: dict[tuple[Any, ...], int] = {}
    for number, cells in grid.rows:
        values, found = _values(grid.file, number, cells, columns, grid.columns)
        faults += found
        if any(f.severity is Severity.ERROR for f in found):
            continue
        if key:
            identity = tuple(values[f] for f in key)
            if identity in seen:
                said = " ".join(map(str, identity))
                rule = f"与第 {seen[identity]} 行重复"
                faults.append(Fault(grid.file, number, key[0], said, rule, "请删去一行或改正编号", "duplicate"))
                continue
            seen[identity] = number
        try:
            rows.append(build(values, number))
        except ValueError as error:
            faults.append(Fault(grid.file, number, "", "", str(error), "请核实本行", "row-refused"))
    if not grid.rows:
        faults.append(
            Fault(grid.file, None, "", "", "表头下没有数据", "请填写数据", "table-empty", Severity.WARNING)
        )
    return Sheet(grid.file, tuple(rows), tuple(faults), grid.unknown)


def _values(
    file: str, number: int, cells: tuple[Any, ...], columns: Sequence[Column], places: dict[str, int]
) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for column in columns:
        place = places.get(column.heading)
        cell = cells[place] if place is not None and place < len(cells) else None
        values[column.field] = column.default
        if blank(cell):
            if column.needed:
                faults.append(Fault(file, number, column.heading, "", "不能为空", "请填写", "empty"))
            continue
        try:
            got = column.take(cell)
        except BadCell as bad:
            faults.append(_fault(file, number, column, plain(cell), bad.rule, bad.remedy, bad.code))
            continue
        if isinstance(got, Doubt):
            faults.append(
                Fault(file, number, column.heading, plain(cell), got.rule, got.remedy, got.code, Severity.WARNING)
            )
            got = got.value
        outside = _range_fault(column, got)
        if outside:
            code = "negative" if isinstance(got, int | float) and got < 0 and column.low == 0 else "out-of-range"
            faults.append(_fault(file, number, column, plain(cell), outside, "请核实", code))
            continue
        values[column.field] = got
    return values, faults


def _fault(file: str, number: int, column: Column, said: str, rule: str, remedy: str, code: str) -> Fault:
    """Wrong where the row cannot do without the cell; else the cell counts as empty and the row goes on."""
    if column.needed:
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
