"""The three ledgers of the first morning, line by line with their cells as written; nothing that stands in a file is lost.

Codes are kept as they stand, damaged or not, and a cell that cannot be read leaves its field empty and is named: which
village is meant and what is wrong is :mod:`qingxi.morning`'s to say. Columns are found by the headings people use; an
officer's own mapping (``named``) goes before them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from qingxi.files.book_cells import BadCell, Cell, Doubt, blank, day, number, plain, text
from qingxi.files.book_table import Grid, find_table, heading, raw_sheets
from qingxi.morning import (
    Book,
    CellSaid,
    FacilityLine,
    IssueLine,
    Ledgers,
    State,
    TotalLine,
    Unreadable,
    VillageLine,
    Written,
)
from qingxi.origin import Fault, Severity

Take = Callable[[Cell], Any]
_TOTAL = re.compile(r"(合\s*计|总\s*计)")
_NOT_SAID = frozenset({"totals-skipped"})
"""Notes of the reader that are no news here: the total row is compared, not skipped."""
_SUBTOTAL = re.compile(r"小\s*计")


@dataclass(frozen=True)
class LedgerColumn:
    """A column of a ledger: our field, its usual heading, others it goes by; ``sums`` when a 合计 row adds it up."""

    field: str
    heading: str
    aliases: tuple[str, ...] = ()
    take: Take = text
    needed: bool = False
    sums: bool = False


def _whole(cell: Cell) -> Any:
    got = number(cell)
    value = got.value if isinstance(got, Doubt) else got
    if not float(value).is_integer() or value < 0:
        raise BadCell("应为不小于 0 的整数", "请核实后填写整数", "not-whole")
    return int(value)


def _amount(cell: Cell) -> Any:
    got = number(cell)
    return got.value if isinstance(got, Doubt) else got


def _state(cell: Cell) -> State:
    said = plain(cell).replace(" ", "")
    if re.search(r"未|在建|没有|否|×|无", said):
        return State.OPEN
    if "管控" in said:
        return State.CONTROLLED
    if re.search(r"治理|完成|达标|是|√", said):
        return State.TREATED
    raise BadCell("应为 已治理、已管控、未完成 之一", "请改成三种状态之一", "not-in-list")


def _status(cell: Cell) -> str:
    said = plain(cell).replace(" ", "")
    for words, status in (("并网|纳管|接管", "joined"), ("报废|拆除", "scrapped"), ("停|未运行|不运行|未用|闲置|瘫痪", "stopped"),
                          ("试运", "trial"), ("运行|在用|正常|使用", "in_use")):  # fmt: skip
        if re.search(words, said):
            return status
    raise BadCell("应为 在用、试运行、停用、已并网、报废 之一", "请改成其中之一", "not-in-list")


def _closed(cell: Cell) -> bool:
    said = plain(cell)
    return bool(re.search(r"销号|已整改|完成|办结|归档|整改到位|是|√", said)) and not re.search(
        r"未|待|申请|否|正在|部分", said
    )


_CODE = (
    "行政村代码",
    ("村代码", "区划代码", "行政区划代码", "统计用区划代码", "12位代码", "村编码", "行政村编码", "代码"),
)
_TOWN = ("乡镇", ("乡镇名称", "所属乡镇", "所在乡镇", "镇（乡）", "乡（镇）", "镇街", "镇乡", "乡镇街道", "镇"))
_VILLAGE = (
    "行政村",
    ("行政村名称", "村名", "村（社区）", "村庄名称", "所在村", "所属村", "村居", "村名称", "行政村（社区）"),
)
_SERIAL = LedgerColumn("serial", "序号", ("编序", "行号"))
LEDGER_COLUMNS: Mapping[Book, tuple[LedgerColumn, ...]] = {
    Book.VILLAGES: (
        _SERIAL,
        LedgerColumn("code", *_CODE),
        LedgerColumn("name", *_VILLAGE, needed=True),
        LedgerColumn("township", *_TOWN),
        LedgerColumn("kind", "类型", ("村（居）类型", "建制类型", "村居类型")),
        LedgerColumn("households", "户数", ("总户数", "户籍户数", "农户数", "常住户数"), _whole, sums=True),
        LedgerColumn("households_treated", "治理户数", ("已治理户数", "接户数", "接入户数", "已接户数", "受益户数", "污水治理户数"), _whole, sums=True),
        LedgerColumn("people", "常住人口", ("常住人数", "人口", "现有人口"), _whole, sums=True),
        LedgerColumn("state", "治理状态", ("治理情况", "是否完成治理", "是否治理", "完成情况", "治理进展", "状态"), _state, needed=True),
        LedgerColumn("mode", "治理模式", ("模式", "处理方式", "治理方式", "污水去向", "治理类型")),
        LedgerColumn("facility_status", "设施运行情况", ("设施状态", "设施运行状态", "运行情况", "设施是否运行"), _status),
        LedgerColumn("recognised_on", "认定日期", ("认定时间", "完成日期", "完成时间", "验收日期"), day),
        LedgerColumn("document", "认定文号", ("认定文件", "文号")),
    ),
    Book.FACILITIES: (
        _SERIAL,
        LedgerColumn("id", "设施编号", ("编号", "站点编号", "设施编码", "站号")),
        LedgerColumn("name", "设施名称", ("站点名称", "名称", "处理站名称", "站名"), needed=True),
        LedgerColumn("code", *_CODE),
        LedgerColumn("village", *_VILLAGE),
        LedgerColumn("township", *_TOWN),
        LedgerColumn("design_m3_d", "设计规模", ("设计规模（m³/d）", "规模", "处理规模", "设计处理能力", "日处理能力", "设计能力"), _amount, sums=True),
        LedgerColumn("status", "状态", ("运行状态", "运行情况", "设施状态", "是否运行"), _status, needed=True),
        LedgerColumn("commissioned", "投运日期", ("投运时间", "建成日期", "建成时间", "投产时间"), day),
        LedgerColumn("tested_on", "最近监测日期", ("监测日期", "监测时间", "最近监测时间", "水质监测日期", "最近一次监测"), day),
    ),
    Book.ISSUES: (
        _SERIAL,
        LedgerColumn("id", "编号", ("问题编号", "问题序号")),
        LedgerColumn("title", "问题", ("问题描述", "存在问题", "问题内容", "具体问题"), needed=True),
        LedgerColumn("code", *_CODE),
        LedgerColumn("village", *_VILLAGE),
        LedgerColumn("township", *_TOWN),
        LedgerColumn("facility", "设施编号", ("涉及设施", "设施", "站点编号", "设施名称", "所涉设施")),
        LedgerColumn("state", "状态", ("整改情况", "进展", "整改进展", "是否销号", "销号情况"), _closed, needed=True),
        LedgerColumn("found_on", "发现日期", ("交办日期", "发现时间", "交办时间"), day),
        LedgerColumn("due_on", "期限", ("整改时限", "整改期限", "完成时限"), day),
        LedgerColumn("closed_on", "销号日期", ("销号时间", "完成日期", "整改完成日期"), day),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class LedgerRead:
    """What came out of one file.

    Attributes
    ----------
    ledgers : Ledgers
        Its lines, and its 合计 row.
    faults : tuple of Fault
    found : dict
        Our field to the heading that was taken for it.
    headings : tuple of str
        Headings that were not understood, for the officer to map.
    missing : tuple of str
        Fields without which the file is of no use and which no heading was found for.
    """

    ledgers: Ledgers = field(default_factory=Ledgers)
    faults: tuple[Fault, ...] = ()
    found: dict[str, str] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def read_ledger(path: Path, book: Book, *, named: Mapping[str, str] | None = None, shown: str = "") -> LedgerRead:
    """Read one of the three ledgers from .xlsx, .xls or .csv.

    Parameters
    ----------
    named : mapping, optional
        Our field to the heading that the officer said it stands under.
    shown : str
        The file's name as the officer knows it; the path's own otherwise.

    Returns
    -------
    LedgerRead
        Never raises for anything in the file.
    """
    name = shown or path.name
    columns, said = LEDGER_COLUMNS[book], {k: heading(v) for k, v in (named or {}).items()}
    wanted = {c.heading: _aliases(c, said) for c in columns}
    grid, faults = find_table(path, wanted)
    try:
        sheets = raw_sheets(path)
    except (ValueError, OSError):
        sheets = []
    if grid is None:
        needed = tuple(c.field for c in columns if c.needed)
        return LedgerRead(faults=_renamed(faults, name), headings=_row_of_words(sheets), missing=needed)
    rows = next((rows for title, rows in sheets if title == grid.sheet), [])
    found = {c.field: grid.columns[c.heading] for c in columns if c.heading in grid.columns}
    missing = [c.field for c in columns if c.needed and c.field not in found]
    if not {"code", "name", "village", "facility"} & found.keys():
        missing.append("village" if book is not Book.VILLAGES else "name")
    at = _heading_rows(rows, grid)
    faults += [f for f in grid.notes if f.code not in _NOT_SAID]
    told = {f: at.get(place, "") for f, place in found.items()}
    unknown = tuple(dict.fromkeys(w for place, w in at.items() if place not in found.values() and w))
    for f in dict.fromkeys(missing):
        words = next(c.heading for c in columns if c.field == f)
        faults.append(
            Fault(name, None, words, "", f"找不到“{words}”列", "请在页面上指出它是哪一列", "column-missing")
        )
    if missing:
        return LedgerRead(
            faults=_renamed(faults, name), found=told, headings=unknown, missing=tuple(dict.fromkeys(missing))
        )
    where = "" if grid.sheet == path.name else grid.sheet
    lines, more = _lines(book, columns, grid, found, at, name, where)
    total = _total(book, columns, rows, found, at, name, where)
    if not lines:
        more.append(Fault(name, None, "", "", "表头下没有数据", "请核对是不是这一本台账", "table-empty"))
    kept = {"villages": (), "facilities": (), "issues": ()} | {book.value: tuple(lines)}
    return LedgerRead(Ledgers(**kept, totals=total), _renamed([*faults, *more], name), told, unknown)


def _aliases(column: LedgerColumn, said: Mapping[str, str]) -> tuple[str, ...]:
    """Headings of a column; one that the officer gave to another column is no longer this one's."""
    own = said.get(column.field)
    taken = {h for f, h in said.items() if f != column.field}
    return tuple(h for h in ((own,) if own else ()) + column.aliases if heading(h) not in taken)


def _renamed(faults: list[Fault], name: str) -> tuple[Fault, ...]:
    return tuple(Fault(name, f.row, f.field, f.value, f.rule, f.remedy, f.code, f.severity) for f in faults)


def _row_of_words(sheets: list[tuple[str, list[list[Cell]]]]) -> tuple[str, ...]:
    """The row that looks most like a heading, for a file nothing of which was understood."""
    best: list[str] = []
    for _, rows in sheets:
        for row in rows[:15]:
            words = [heading(c) for c in row if isinstance(c, str) and not blank(c)]
            if len(set(words)) > len(set(best)):
                best = words
    return tuple(dict.fromkeys(best))


def _heading_rows(rows: list[list[Cell]], grid: Grid) -> dict[int, str]:
    """The heading over each column, from the rows above the data; the lower of two stacked ones."""
    width = max((len(r) for r in rows), default=0)
    out: dict[int, str] = {}
    for place in range(width):
        for row in reversed(rows[max(0, grid.header - 2) : grid.header]):
            if place < len(row) and isinstance(row[place], str) and not blank(row[place]):
                out[place] = heading(row[place])
                break
    for words, place in grid.columns.items():
        out.setdefault(place, words)
    return out


def _cells(
    cells: tuple[Cell, ...] | list[Cell], found: Mapping[str, int], at: Mapping[int, str]
) -> tuple[CellSaid, ...]:
    of = {place: f for f, place in found.items()}
    return tuple(
        CellSaid(of.get(place, ""), at.get(place, ""), _shown(cell))
        for place, cell in enumerate(cells)
        if (place in of or at.get(place)) and (place in of or not blank(cell))
    )


def _shown(cell: Cell) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return " ".join(str(cell).split()) if isinstance(cell, str) else plain(cell)


def _lines(
    book: Book, columns: tuple[LedgerColumn, ...], grid: Grid, found: Mapping[str, int], at: Mapping[int, str], file: str, sheet: str
) -> tuple[list[Any], list[Fault]]:  # fmt: skip
    lines: list[Any] = []
    faults: list[Fault] = []
    for row, cells in grid.rows:
        if any(_SUBTOTAL.match(plain(c)) or _TOTAL.match(plain(c)) for c in cells[:4]):
            continue  # 小计 of a township under its villages, or a 合计 that does not stand first
        written = Written(book, file, sheet, row, _cells(cells, found, at))
        values: dict[str, Any] = {}
        bad: list[Unreadable] = []
        for c in columns:
            place = found.get(c.field)
            cell = cells[place] if place is not None and place < len(cells) else None
            if blank(cell) or c.field == "serial":
                continue
            try:
                got = c.take(cell)
            except BadCell as error:
                bad.append(Unreadable(c.field, plain(cell), error.rule))
                if c.take is not day:  # an impossible date is a conflict of its own
                    faults.append(
                        Fault(file, row, at.get(place or 0, c.heading), plain(cell), error.rule, error.remedy, error.code, Severity.WARNING)
                    )  # fmt: skip
                continue
            values[c.field] = got.value if isinstance(got, Doubt) else got
        if not any(values.get(k) for k in ("name", "code", "id", "title", "village")):
            continue
        lines.append(_line(book, written, values, tuple(bad)))
    return lines, faults


def _line(book: Book, written: Written, values: dict[str, Any], bad: tuple[Unreadable, ...]) -> Any:
    if book is Book.VILLAGES:
        return VillageLine(written, **values, unreadable=bad)
    if book is Book.FACILITIES:
        return FacilityLine(written, **values, unreadable=bad)
    closed = bool(values.pop("state", False))
    return IssueLine(written, **values, closed=closed, unreadable=bad)


def _total(
    book: Book, columns: tuple[LedgerColumn, ...], rows: list[list[Cell]], found: Mapping[str, int], at: Mapping[int, str], file: str, sheet: str
) -> tuple[TotalLine, ...]:  # fmt: skip
    """The last row that begins with 合计 or 总计 and has a figure under a summed column."""
    for index in range(len(rows) - 1, -1, -1):
        cells = rows[index]
        if not any(_TOTAL.match(plain(c)) for c in cells[:4]):
            continue
        values = []
        for c in columns:
            place = found.get(c.field)
            cell = cells[place] if c.sums and place is not None and place < len(cells) else None
            if not blank(cell) and not _TOTAL.match(plain(cell)):
                try:
                    values.append((c.field, float(_amount(cell))))
                except BadCell:
                    continue
        if values:
            written = Written(book, file, sheet, index + 1, _cells(cells, found, at))
            return (TotalLine(written, tuple(values)),)
    return ()
