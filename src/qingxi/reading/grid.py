"""Which periods of a day were reported: one byte a period, and what the bytes say.

A day of Beijing is cut into periods of equal length (the grid of a device and kind); each has a state. Gaps are runs
of periods that are due and have none.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from qingxi.reading.daily import BEIJING_S, DAY_S


class Slot(IntEnum):
    """What became of one period; from NO_DATA on it is *named*: missing, with the reason why it stays so."""

    MISSING = 0
    LIVE = 1
    LATE = 2  # came in afterwards
    NO_DATA = 3  # the device said that it has none
    BEYOND = 4  # older than the device remembers
    REFUSED = 5  # the device will not answer for it
    NO_WAY = 6  # no command asks for it


WHY_NAMED: Mapping[Slot, str] = {
    Slot.NO_DATA: "设备答复没有数据",
    Slot.BEYOND: "早于设备的存储",
    Slot.REFUSED: "设备拒绝补传",
    Slot.NO_WAY: "实时数据没有补要的命令",
}
"""Reasons of a named gap, in words for a page."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Periods in a row that nobody reported: from ``first_s`` to before ``end_s`` (seconds since 1970 UTC)."""

    first_s: int
    end_s: int
    slots: int
    why: Slot = Slot.MISSING


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many periods were due, how many came in time and late, and how many are named."""

    due: int
    live: int
    late: int
    named: int

    @property
    def share(self) -> float | None:
        """Share of the due periods that are there, 0 to 1; None when none was due."""
        return (self.live + self.late) / self.due if self.due else None

    @property
    def open(self) -> int:
        """Periods that are missing without a reason."""
        return max(0, self.due - self.live - self.late - self.named)


def day_number(at_s: int) -> int:
    """Days since 1970 of Beijing's calendar."""
    return (at_s + BEIJING_S) // DAY_S


def day_begin_s(number: int) -> int:
    """Midnight in Beijing of a day, seconds since 1970 UTC."""
    return number * DAY_S - BEIJING_S


def slot_of(at_s: int, kind: str, step_s: int) -> tuple[int, int]:
    """Day and period of a time. A real-time value belongs to the nearest tick, a mean to the period it begins."""
    if kind == "rtd":
        at_s += step_s // 2
    return day_number(at_s), (at_s + BEIJING_S) % DAY_S // step_s


def fair_step(step_s: int) -> int:
    """The nearest length, at least a minute, that divides a day into equal periods."""
    step_s = max(60, min(step_s, DAY_S))
    return min((s for s in range(60, DAY_S + 1, 60) if DAY_S % s == 0), key=lambda s: abs(s - step_s))


def learned_step(times_s: Iterable[int], least: int = 4) -> int:
    """The commonest distance between times, 0 when there are fewer than ``least`` distances."""
    counts: dict[int, int] = {}
    for before, after in pairwise(sorted(set(times_s))):
        counts[after - before] = counts.get(after - before, 0) + 1
    if sum(counts.values()) < least:
        return 0
    return fair_step(max(counts, key=lambda step: (counts[step], -step)))


def regrid(slots: bytes, count: int) -> bytearray:
    """The same day on another grid: a period takes the state of the one it begins in, a shorter one that was reported
    marks the longer one that holds it.
    """
    if len(slots) == count:
        return bytearray(slots)
    if len(slots) < count:
        return bytearray(slots[at * len(slots) // count] for at in range(count))
    fresh = bytearray(count)
    for at, state in enumerate(slots):
        new = at * count // len(slots)
        if state and (not fresh[new] or (state in (Slot.LIVE, Slot.LATE) and fresh[new] > Slot.LATE)):
            fresh[new] = state
    return fresh


def mark(slots: bytearray, at: int, state: Slot) -> None:
    """Set a period: data stand over reasons, and what came in time stays so."""
    now = slots[at]
    if (state in (Slot.LIVE, Slot.LATE) and now != Slot.LIVE) or (state > Slot.LATE and now == Slot.MISSING):
        slots[at] = state


def runs(days: Mapping[int, bytes], step_s: int, since_s: int, until_s: int) -> Iterator[Gap]:
    """Gaps between two times, oldest first, open and named ones apart.

    ``days`` are the grids by day; a day that is not there was not reported at all. Periods that begin before
    ``since_s`` or end after ``until_s`` are not due.
    """
    first_s = -(-(since_s + BEIJING_S) // step_s) * step_s - BEIJING_S
    last_s = (until_s + BEIJING_S) // step_s * step_s - BEIJING_S  # ends here
    count = DAY_S // step_s
    began, state, slots = 0, 0, 0
    for day in range(day_number(first_s), day_number(max(last_s - 1, first_s)) + 1):
        begin_s = day_begin_s(day)
        low = max(0, (first_s - begin_s) // step_s)
        high = min(count, (last_s - begin_s) // step_s)
        row = regrid(days[day], count) if day in days else bytearray(count)
        # Nearly every day is whole, or all of one kind: told at once, period by period only where it changes.
        if low < high and row.count(Slot.LIVE, low, high) + row.count(Slot.LATE, low, high) == high - low:
            if slots:
                yield Gap(began, begin_s + low * step_s, slots, Slot(state))
                slots = 0
            continue
        if slots and row.count(state, low, high) == high - low:
            slots += high - low
            continue
        for at in range(low, high):
            here = row[at]
            missing = here not in (Slot.LIVE, Slot.LATE)
            if slots and (not missing or here != state):
                yield Gap(began, begin_s + at * step_s, slots, Slot(state))
                slots = 0
            if missing:
                if not slots:
                    began, state = begin_s + at * step_s, here
                slots += 1
    if slots:
        yield Gap(began, last_s, slots, Slot(state))


def covered(days: Mapping[int, bytes], step_s: int, since_s: int, until_s: int) -> Coverage:
    """Periods due between two times and what became of them."""
    first_s = -(-(since_s + BEIJING_S) // step_s) * step_s - BEIJING_S
    last_s = (until_s + BEIJING_S) // step_s * step_s - BEIJING_S
    count = DAY_S // step_s
    due = max(0, (last_s - first_s) // step_s)
    said = bytearray()
    for day, row in days.items():
        begin_s = day_begin_s(day)
        low, high = max(0, (first_s - begin_s) // step_s), min(count, (last_s - begin_s) // step_s)
        if high > low:
            said += regrid(row, count)[low:high]
    live, late = said.count(Slot.LIVE), said.count(Slot.LATE)
    return Coverage(due, live, late, len(said) - live - late - said.count(Slot.MISSING))


def newest_first(gaps: Sequence[Gap], longest_s: int) -> list[Gap]:
    """Gaps cut into pieces of at most ``longest_s``, the newest piece first: the order in which they are asked for."""
    pieces: list[Gap] = []
    for gap in gaps:
        step_s = (gap.end_s - gap.first_s) // gap.slots
        width_s = max(step_s, longest_s // step_s * step_s)
        end_s = gap.end_s
        while end_s > gap.first_s:
            first_s = max(gap.first_s, end_s - width_s)
            pieces.append(Gap(first_s, end_s, (end_s - first_s) // step_s, gap.why))
            end_s = first_s
    return sorted(pieces, key=lambda piece: -piece.end_s)
