"""Electricity bills laid wide, as a grid company prints a year: one row an account, a column a month.

Every cell with a figure becomes one line of the usual table (account, month, kWh) that still knows its row and column,
so that a fault points to the very cell. An empty cell is a month without a bill, not a zero.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime

from qingxi.files.book_cells import Cell, blank, plain
from qingxi.files.book_raw import RawBook, RawSheet
from qingxi.files.book_table import Grid, GridRow, heading
from qingxi.origin import Fault

ACCOUNT, NAME, MONTH, KWH = "用电户号", "用户名称", "年月", "电量"
_ACCOUNTS = {heading(w) for w in (ACCOUNT, "户号", "用户编号", "用户户号")}
_NAMES = {heading(w) for w in (NAME, "户名", "用户名")}
_WITHIN, _FEWEST = 15, 3
"""Rows in which a header is looked for; months that make a table wide (two may be this year and last)."""
_CHINESE = {
    w: n for n, w in enumerate(("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"), 1)
}
_YEAR_MONTH = re.compile(r"(20\d\d)\s*[-./年]?\s*(\d{1,2})\s*月?(?:份)?(?:用?电量)?(?:[（(].*[）)])?\Z")
_MONTH = re.compile(r"(\d{1,2}|[一二三四五六七八九十]{1,2})\s*月(?:份)?(?:用?电量)?(?:[（(].*[）)])?\Z")
_ENERGY = re.compile(r"电量|度|kWh", re.I)
_ALL = re.compile(r"(总|合计|小计|总计)(有功)?(用?电量)?([（(].*[）)])?\Z", re.I)
_PART = re.compile(r"[尖峰平谷]|无功|费|金额")
"""Parts of a day, idle current and money: never the month's kWh."""
_YEAR = re.compile(r"(20\d\d)\s*年")


def _month_of(cell: Cell) -> tuple[int | None, int] | None:
    """(year if it is said, month) of a heading; None when it names no month."""
    if isinstance(cell, date | datetime):
        return cell.year, cell.month
    said = plain(cell).replace(" ", "")
    if found := _YEAR_MONTH.match(said):
        year, month = int(found[1]), int(found[2])
    elif found := _MONTH.match(said):
        year, month = None, int(found[1]) if found[1].isdigit() else _CHINESE.get(found[1], 0)
    else:
        return None
    return (year, month) if 1 <= month <= 12 else None


def _header(sheet: RawSheet) -> tuple[int, int, dict[int, tuple[int | None, int]]] | None:
    """(row, column of the account, months by column) of a wide header; None when the sheet has none."""
    for at, row in enumerate(sheet.rows[:_WITHIN]):
        account = next((c for c, cell in enumerate(row) if not blank(cell) and heading(cell) in _ACCOUNTS), None)
        if account is None:
            continue
        months = {
            c: found
            for c, cell in enumerate(row)
            if c != account and not blank(cell) and (found := _month_of(cell))
        }
        if len(months) >= _FEWEST:
            return at, account, months
    return None


def _below(
    sheet: RawSheet, at: int, account: int, months: dict[int, tuple[int | None, int]]
) -> dict[int, int] | None:
    """Where the kWh of each month stand when a second heading row splits a month (电量, 电费); None without such a row.

    A month whose columns name no kWh is left out: money must never be read as energy.
    """
    row = sheet.rows[at + 1] if at + 1 < len(sheet.rows) else []
    if account >= len(row) or not (blank(row[account]) or heading(row[account]) in _ACCOUNTS):
        return None
    starts = sorted(months)
    out = {}
    for start, after in zip(starts, [*starts[1:], len(row)], strict=True):
        said = {c: plain(row[c]) for c in range(start, min(after, len(row))) if not blank(row[c])}
        whole = [c for c, text in said.items() if _ALL.match(text)]
        named = [c for c, text in said.items() if _ENERGY.search(text) and not _PART.search(text)]
        if len(whole) == 1 or named:  # 合计 alone is of kWh where no money stands beside it
            out[start] = named[0] if named else whole[0]
    return out if any(start < len(row) and not blank(row[start]) for start in starts) else None


def _year(sheet: RawSheet, at: int, file: str) -> int | None:
    """The year of headings that say only a month: of the title above, else of the sheet's or the file's name."""
    above = [plain(cell) for row in sheet.rows[:at] for cell in row if not blank(cell)]
    for said in (*above, sheet.name, file):
        if found := _YEAR.search(said):
            return int(found[1])
    return None


def wide_bills(book: RawBook, file: str) -> tuple[Grid | None, list[Fault]]:
    """The wide bills of a book as a table of lines; (None, []) when no sheet is laid so. O(cells).

    A fault, and no grid, when nobody can know the year of the months.
    """
    for sheet in book.sheets:
        found = _header(sheet)
        if found is None or not sheet.visible:
            continue
        at, account, months = found
        year = _year(sheet, at, file) if any(y is None for y, _ in months.values()) else None
        if year is None and any(y is None for y, _ in months.values()):
            rule = "表头只有月份，看不出是哪一年"
            return None, [
                Fault(file, at + 1, MONTH, "", rule, "请在标题里写明年份，如“2026年电量”", "year-unknown")
            ]
        head = sheet.rows[at]
        name = next((c for c, cell in enumerate(head) if not blank(cell) and heading(cell) in _NAMES), None)
        split = _below(sheet, at, account, months)
        where = {c: c for c in months} if split is None else split
        when = {where[c]: date(y or year or 0, m, 1) for c, (y, m) in months.items() if c in where}
        if not when:
            rule = "月份下面没有写明哪一列是电量"
            return None, [Fault(file, at + 2, KWH, "", rule, "请在月份下面的表头里写“电量”", "column-missing")]
        lines = tuple(_lines(sheet, at + (split is not None), account, name, when))
        known = {account, *months, *when} | ({name} if name is not None else set())
        unknown = tuple(plain(cell) for c, cell in enumerate(head) if c not in known and not blank(cell))
        width = max((len(row) for row in sheet.rows), default=0)
        first = {ACCOUNT: account, MONTH: min(when), KWH: min(when)} | ({NAME: name} if name is not None else {})
        return Grid(file, first, lines, unknown, {}, sheet.name, at + 1 + (split is not None), width, book.kind), []
    return None, []


def _lines(sheet: RawSheet, at: int, account: int, name: int | None, when: dict[int, date]) -> "list[GridRow]":
    out = []
    for number, row in enumerate(sheet.rows[at + 1 :], at + 2):
        if account >= len(row) or blank(row[account]) or _is_total(row, account):
            continue
        for place, month in when.items():
            if place < len(row) and not blank(row[place]):
                columns = {ACCOUNT: account, KWH: place, MONTH: len(row)}
                if name is not None:
                    columns[NAME] = name
                out.append(GridRow(number, (*row, month), columns))
    return out


def _is_total(row: Sequence[Cell], account: int) -> bool:
    return bool(re.match(r"(合\s*计|总\s*计|小\s*计|制表|审核|备注)", plain(row[account])))
