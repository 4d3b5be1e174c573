"""Electricity bills as a grid company lists a cycle: several lines and columns to one account's month.

What is met: a group heading over 总、尖、峰、平、谷; those parts without a total; a line for each part of the day under one
merged account; meter readings with a factor; estimated readings, replaced meters; corrections (退补) in a column or as lines
of their own, negative; no month but in the title. Out of it comes one line an account and month with a word on how the
figure came about. A figure is never guessed: what does not add up is said, and half a bill is not taken for a whole one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qingxi.files.bills_wide import ACCOUNT, KWH, MONTH, NAME
from qingxi.files.book_cells import BadCell, Cell, blank, month, number, plain
from qingxi.files.book_raw import RawBook, RawSheet
from qingxi.files.book_table import Grid, GridRow, heading
from qingxi.origin import Fault, Severity

YUAN, NOTE = "电费", "抄表说明"
ALONE, HALF = "退补", "缺时段"
"""What stands in place of a figure that cannot be had: :func:`bill_kwh` says why."""
_WITHIN = 15
_NEAR_KWH = 1.0
"""kWh by which parts and total, or readings and figure, may differ: every part is rounded by itself."""

_ACCOUNTS = {"用电户号", "户号", "用户编号", "用户户号", "客户编号"}
_NAMES = {"用户名称", "户名", "用户名", "客户名称"}
_MONTHS = {"年月", "月份", "电费年月", "账期", "抄表年月", "电费月份", "计费月份", "所属年月", "抄表周期"}
_PERIODS = {"时段", "费率", "电价时段", "示数类型", "分时", "费率时段"}
_WORDS = {
    "抄表方式", "抄表状态", "抄表类型", "抄表说明", "类型", "电费类型", "计费类型", "备注", "说明",
    "退补标志", "是否估抄", "异常说明",
}  # fmt: skip
_FIRST = re.compile(r"(上期|上次|上月|起始|期初)(抄表)?(示数|止度|起度|止码|读数|表码|表底)|起码|起度")
_LAST = re.compile(r"(本期|本次|本月|截止|终止|期末)(抄表)?(示数|止度|止码|读数|表码|表底)|止码|止度")
_PART = re.compile(r"(深谷|低谷|尖峰|高峰|平段|谷段|峰段|尖段|尖|峰|平|谷)(时段|时)?(有功)?(用?电量)?\Z")
_WHOLE = re.compile(r"(有功)?(总|合计|小计|总计)?(有功)?(计费|结算|用|总)?电量\Z|(有功)?(总|合计|小计|总计)\Z|有功")
_READ = re.compile(r"抄见(总?电量)?\Z")
_BACK = re.compile(r"(退补|追补|追退|调整|退|补)(总?电量)\Z")
_MONEY = re.compile(r"费|金额|电价|款|¥|￥")
_MONEY_ALL = re.compile(r"(应收|应缴|合计|总|到户|实际)?(电费|金额)(合计|总额)?\Z")
_ENERGY = re.compile(r"电量|千瓦时|kwh|用电", re.I)
_REACTIVE = re.compile(r"无功")
_CYCLE = re.compile(r"(20\d\d)\s*[-./年]?\s*(0[1-9]|1[0-2]|[1-9](?!\d))\s*月?")
_OTHERS = {"设施编号", "站点编号", "村代码"}
"""Headings of a register that happens to carry an account."""
_TOTAL = re.compile(r"(本页|全县|全镇|以上)?\s*(合\s*计|总\s*计|小\s*计)|制表|审核|复核|备注[::]|说明[::]|注[::1]")
_TOLD = (
    (re.compile(r"估|推算|暂估"), "估抄"),
    (re.compile(r"换表|更换|轮换|表计更"), "换表"),
    (re.compile(r"退补|追补|追退|冲红|冲正|差错"), "退补"),
)


@dataclass(frozen=True)
class _Head:
    """Where things stand: columns by what they are; ``row`` is the header's last row, from 0."""

    row: int
    at: dict[str, int]
    parts: tuple[int, ...]
    words: tuple[int, ...]
    unknown: tuple[str, ...]

    @property
    def odd(self) -> bool:
        """Whether anything here is more than a plain list of account, month and kWh."""
        return bool(self.parts or self.words or {"period", "read", "back", "first", "last"} & self.at.keys())


@dataclass
class _Line:
    """One row as it stands: its number, cells, figures in kWh, and the words said of it."""

    number: int
    cells: list[Cell]
    kwh: float | None = None
    parts: float | None = None
    back: float = 0.0
    period: str = ""
    told: tuple[str, ...] = ()
    said: str = ""
    bad: Cell = None
    faults: list[Fault] = field(default_factory=list)


def bill_kwh(cell: Cell) -> object:
    """kWh of a bill; a negative one is a correction of other months and no consumption."""
    said = plain(cell)
    if said.startswith(ALONE):
        raise BadCell("退补的行对不上哪一张电费单，或退补之后为负", _PUT_BACK, "correction-alone")
    if said == HALF:
        raise BadCell("这一时段没有电量，整月的数凑不齐", "请补上这一时段的电量", "period-missing")
    got: Any = number(cell)
    if float(getattr(got, "value", got)) < 0:
        raise BadCell("电量不能为负", _PUT_BACK, "negative")
    return got


_PUT_BACK = "是退补的，退的是哪几个月，请把电量分别写回那几个月"


def _labels(sheet: RawSheet, at: int, depth: int) -> list[tuple[str, str]]:
    """(group, own heading) of each column; a group stands over the blank cells to its right."""
    own = [heading(cell) if not blank(cell) else "" for cell in sheet.rows[at + depth - 1]]
    if depth == 1:
        return [("", said) for said in own]
    upper = [heading(cell) if not blank(cell) else "" for cell in sheet.rows[at]]
    out, group = [], ""
    for c in range(max(len(own), len(upper))):
        above, below = upper[c] if c < len(upper) else "", own[c] if c < len(own) else ""
        group = above or group
        out.append((group, below) if below and below != above else ("", above or below))
    return out


def _named(labels: Sequence[tuple[str, str]]) -> tuple[dict[str, int], list[int], list[int], list[str]]:
    at: dict[str, int] = {}
    parts, words, unknown = [], [], []
    for c, (group, own) in enumerate(labels):
        if not own:
            continue
        money = bool(_MONEY.search(own) or (_MONEY.search(group) and not _ENERGY.search(own)))
        kind = next(
            (
                name
                for name, found in (
                    ("account", own in _ACCOUNTS), ("name", own in _NAMES), ("month", own in _MONTHS),
                    ("period", own in _PERIODS), ("word", own in _WORDS), ("factor", "倍率" in own),
                    ("skip", bool(_REACTIVE.search(own) or _REACTIVE.search(group))),
                    ("yuan", bool(_MONEY_ALL.match(own)) or (money and own in ("合计", "总", "总计", "小计"))),
                    ("skip", money), ("first", bool(_FIRST.search(own))), ("last", bool(_LAST.search(own))),
                    ("read", bool(_READ.match(own))), ("back", bool(_BACK.match(own))),
                    ("part", bool(_PART.match(own))), ("kwh", bool(_WHOLE.match(own))),
                )
                if found
            ),
            "",
        )  # fmt: skip
        if kind == "part":
            parts.append(c)
        elif kind == "word":
            words.append(c)
            if own == NOTE:
                at.setdefault("note", c)
        elif kind not in ("", "skip"):
            at.setdefault(kind, c)
        elif not kind:
            unknown.append(own)
    return at, parts, words, unknown


def _header(sheet: RawSheet) -> _Head | None:
    best: _Head | None = None
    for row in range(min(_WITHIN, len(sheet.rows))):
        for depth in (1, 2):
            if row + depth > len(sheet.rows):
                continue
            at, parts, words, unknown = _named(_labels(sheet, row, depth))
            if "account" not in at or not (parts or {"kwh", "read"} & at.keys()):
                continue
            found = _Head(row + depth - 1, at, tuple(parts), tuple(words), tuple(unknown))
            if best is None or len(at) + len(parts) > len(best.at) + len(best.parts):
                best = found
    return best


def _cycle(sheet: RawSheet, head: _Head, file: str) -> date | None:
    """The month of a list whose lines name none: of the title above, else of the sheet's or the file's name."""
    above = [plain(cell) for row in sheet.rows[: head.row] for cell in row if not blank(cell)]
    for said in (*above, sheet.name, file):
        if "制表" not in said and "打印" not in said and (found := _CYCLE.search(said)):
            return date(int(found[1]), int(found[2]), 1)
    return None


def long_bills(book: RawBook, file: str) -> tuple[Grid | None, list[Fault]]:
    """A grid company's list of a cycle as a table of lines; (None, []) for a plain list or none. O(cells).

    A fault, and no grid, when nobody can know the month.
    """
    for sheet in book.sheets:
        head = _header(sheet) if sheet.visible else None
        if head is None or _OTHERS & set(head.unknown):
            continue
        cycle = None if "month" in head.at else _cycle(sheet, head, file)
        if "month" not in head.at and cycle is None:
            rule = "表里没有年月，标题和文件名里也看不出是哪个月"
            remedy = "请加一列“年月”，或在标题里写明，如“2026年10月”"
            return None, [Fault(file, head.row + 1, MONTH, "", rule, remedy, "column-missing")]
        if not head.odd and cycle is None:
            return None, []
        lines, notes = _bills(sheet, head, cycle, file)
        width = max((len(row) for row in sheet.rows), default=0)
        columns = _places(head, width)
        grid = Grid(
            file, columns, tuple(lines), head.unknown, {}, sheet.name, head.row + 1, width, book.kind, tuple(notes)
        )
        return grid, []
    return None, []


def _energy_at(head: _Head) -> int:
    return next(
        (head.at[name] for name in ("kwh", "read") if name in head.at), -1 if not head.parts else head.parts[0]
    )


def _places(head: _Head, width: int) -> dict[str, int]:
    out = {ACCOUNT: head.at["account"], MONTH: head.at.get("month", width), KWH: _energy_at(head), NOTE: width + 1}
    for name, key in ((NAME, "name"), (YUAN, "yuan")):
        if key in head.at:
            out[name] = head.at[key]
    return out


def _figure(cells: Sequence[Cell], at: int | None) -> float | None:
    if at is None or at >= len(cells) or blank(cells[at]):
        return None
    try:
        got = number(cells[at])
    except BadCell:
        return None
    return float(getattr(got, "value", got))


def _read_line(head: _Head, row: Sequence[Cell], at_row: int, file: str) -> _Line:
    line = _Line(at_row, list(row))
    said_parts = [c for c in head.parts if c < len(row) and not blank(row[c])]
    parts = [x for c in said_parts if (x := _figure(row, c)) is not None]
    line.parts = sum(parts) if parts and len(parts) == len(said_parts) else None
    line.back = _figure(row, head.at.get("back")) or 0.0
    total, read = _figure(row, head.at.get("kwh")), _figure(row, head.at.get("read"))
    line.kwh = total if total is not None else (read + line.back if read is not None else line.parts)
    if line.kwh is None:  # what cannot be read stays in its place, for the fault to show
        line.bad = next((row[c] for c in said_parts if _figure(row, c) is None), None)
    elif total is None and read is None and len(said_parts) < len(head.parts):
        rule = "有的时段空着，按没有用电计"
        line.faults.append(
            _doubt(file, at_row, KWH, f"{line.kwh:g}", rule, "空着不是零的，请补上再传", "parts-empty")
        )
    said = "，".join(plain(row[c]) for c in head.words if c < len(row) and not blank(row[c]))
    line.told = tuple(word for pattern, word in _TOLD if pattern.search(said))
    note = head.at.get("note")
    line.said = plain(row[note]) if note is not None and note < len(row) and not blank(row[note]) else ""
    period = head.at.get("period")
    line.period = plain(row[period]) if period is not None and period < len(row) and not blank(row[period]) else ""
    if total is not None and line.parts is not None and abs(total - line.parts) > _NEAR_KWH:
        rule = f"尖峰平谷相加为 {line.parts:g}，总电量为 {total:g}"
        line.faults.append(
            _doubt(file, at_row, KWH, f"{total:g}", rule, "按总电量收；请向供电所核对", "parts-disagree")
        )
    line.faults += _meter(head, row, at_row, file, line, read if read is not None else total)
    return line


def _meter(
    head: _Head, row: Sequence[Cell], at_row: int, file: str, line: _Line, counted: float | None
) -> list[Fault]:
    """What the meter's two readings say against the figure; a replaced meter says nothing."""
    first, last = _figure(row, head.at.get("first")), _figure(row, head.at.get("last"))
    if first is None or last is None or counted is None or "换表" in line.told or line.period:
        return []
    if last < first:
        rule = f"本期示数 {last:g} 小于上期示数 {first:g}，没有写明换表"
        return [
            _doubt(file, at_row, KWH, f"{counted:g}", rule, "按所列电量收；换过表请在备注写“换表”", "meter-fell")
        ]
    factor = _figure(row, head.at.get("factor")) or 1.0
    due = (last - first) * factor
    if abs(due - counted) <= max(_NEAR_KWH, factor) or abs(due + line.back - counted) <= max(_NEAR_KWH, factor):
        return []
    rule = f"示数之差乘倍率为 {due:g}，所列为 {counted:g}"
    return [_doubt(file, at_row, KWH, f"{counted:g}", rule, "按所列电量收；请核对倍率和示数", "meter-disagree")]


def _doubt(file: str, row: int, name: str, value: str, rule: str, remedy: str, code: str) -> Fault:
    return Fault(file, row, name, value, rule, remedy, code, Severity.WARNING)


def _bills(sheet: RawSheet, head: _Head, cycle: date | None, file: str) -> tuple[list[GridRow], list[Fault]]:
    groups: dict[tuple[str, str], list[_Line]] = {}
    account_at, month_at = head.at["account"], head.at.get("month")
    before: tuple[Cell, Cell] = (None, None)
    for number_, row in enumerate(sheet.rows[head.row + 1 :], head.row + 2):
        first = next((plain(cell) for cell in row if not blank(cell)), "")
        account = row[account_at] if account_at < len(row) else None
        if not first or (_TOTAL.match(first) and (blank(account) or _TOTAL.match(plain(account)))):
            continue
        line = _read_line(head, row, number_, file)
        if blank(account) and line.period:  # the account stands once over its parts of the day
            account = before[0]
            line.cells += [None] * (account_at + 1 - len(line.cells))
            line.cells[account_at] = account
        said = row[month_at] if month_at is not None and month_at < len(row) else cycle
        if blank(said) and line.period:
            said = before[1]
        before = account, said
        groups.setdefault((plain(account), _month_key(said)), []).append(line)
        if month_at is not None and month_at < len(line.cells):
            line.cells[month_at] = said
    out, notes = [], []
    for lines in groups.values():
        made, faults = _one(lines, head, cycle, sheet, file)
        out += made
        notes += faults
    return sorted(out, key=lambda made: made.number), notes


def _month_key(said: Cell) -> str:
    try:
        return month(said).isoformat()
    except (BadCell, ValueError):
        return plain(said)


def _one(
    lines: list[_Line], head: _Head, cycle: date | None, sheet: RawSheet, file: str
) -> tuple[list[GridRow], list[Fault]]:
    """The lines of one account and month: one bill, or what stands in its way."""
    width = max(len(row) for row in sheet.rows)
    faults = [fault for line in lines for fault in line.faults]
    if "period" in head.at and any(line.period for line in lines):
        return _by_period(lines, head, cycle, width, file, faults)
    plain_ones = [
        x for x in lines if not ("退补" in x.told and "back" not in head.at) and (x.kwh is None or x.kwh >= 0)
    ]
    backs = [x for x in lines if x not in plain_ones]
    if not backs:
        return [_row(x, head, cycle, width, x.kwh, _note(x, head)) for x in lines], faults
    whole = sum(x.kwh or 0.0 for x in (*plain_ones, *backs))
    if len(plain_ones) != 1 or whole < 0:  # the lines stay, so that they are seen as not taken
        bad = [_row(x, head, cycle, width, None, "", f"{ALONE} {x.kwh:+g}") for x in backs if x.kwh is not None]
        return [*(_row(x, head, cycle, width, x.kwh, _note(x, head)) for x in plain_ones), *bad], faults
    base = plain_ones[0]
    _add_money(head, base, backs)
    note = "；".join(x for x in (_note(base, head), f"已计退补 {sum(x.kwh or 0.0 for x in backs):+g} kWh") if x)
    return [_row(base, head, cycle, width, whole, note)], faults


def _by_period(
    lines: list[_Line], head: _Head, cycle: date | None, width: int, file: str, faults: list[Fault]
) -> tuple[list[GridRow], list[Fault]]:
    live = [x for x in lines if not _REACTIVE.search(x.period)]
    totals = [x for x in live if re.search(r"总|合计", x.period)]
    parts = [x for x in live if x not in totals]
    missing = [x for x in (totals or parts) if x.kwh is None]
    if missing or not live:
        return [_row(missing[0] if missing else lines[0], head, cycle, width, None, "", HALF)], faults
    added = sum(x.kwh or 0.0 for x in parts)
    base = totals[0] if totals else parts[0]
    kwh = (base.kwh or 0.0) if totals else added
    if totals and parts and abs(kwh - added) > _NEAR_KWH:
        rule = f"各时段相加为 {added:g}，总电量为 {kwh:g}"
        faults.append(
            _doubt(file, base.number, KWH, f"{kwh:g}", rule, "按总电量收；请向供电所核对", "parts-disagree")
        )
    _add_money(head, base, [x for x in live if x is not base and x not in totals] if not totals else [])
    told = dict.fromkeys(word for x in lines for word in x.told)
    note = "；".join([*told, *([] if totals else [f"{len(parts)} 个时段相加"])])
    return [_row(base, head, cycle, width, kwh, note)], faults


def _add_money(head: _Head, base: _Line, others: Sequence[_Line]) -> None:
    """The money of several lines on the one that stays; one figure merged over all of them is not counted again."""
    at = head.at.get("yuan")
    if at is None:
        return
    own = _figure(base.cells, at)
    told = [x for line in others if (x := _figure(line.cells, at)) is not None]
    if own is not None and told and any(x != own for x in told):
        base.cells[at] = round(own + sum(told), 2)


def _note(line: _Line, head: _Head) -> str:
    # What stands under the note's own heading stays as written; only what it does not say is added.
    words = [line.said] if line.said else []
    words += [word for word in line.told if word != "退补" and word not in line.said]
    if line.back:
        words.append(f"含退补 {line.back:+g} kWh")
    elif "退补" in line.told and "退补" not in line.said:
        words.append("退补")
    if line.parts is not None and line.kwh == line.parts and "kwh" not in head.at and "read" not in head.at:
        words.append("尖峰平谷相加")
    return "；".join(words)


def _row(
    line: _Line, head: _Head, cycle: date | None, width: int, kwh: float | None, note: str, instead: str = ""
) -> GridRow:
    places = _places(head, width)
    cells: list[Cell] = [*line.cells, *([None] * (width + 2 - len(line.cells)))]
    cells[places[KWH]] = (
        instead or kwh if instead or kwh is not None else (line.bad if line.bad is not None else cells[places[KWH]])
    )
    if cycle is not None:
        cells[places[MONTH]] = cycle
    cells[places[NOTE]] = note or None
    return GridRow(line.number, tuple(cells), places)
