"""Running totals (累计流量、累计电量): counters that only grow, turned into what flowed between two readings and in a day.

A counter forgets nothing while the line is down: the difference over a gap is right, only its share of each day is not known.
What a counter cannot do (fall, leap, be another meter) breaks it: nothing is reckoned over the break, and it is named.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from qingxi.reading.daily import DAY_S, Validity, day_of, day_start_s
from qingxi.standard import load_table

_SHORTEST_S = 3600
_MARK = "Σ"
END_OF_DAY = "24:00:00"
"""Time of a count that bears a day alone: the register as it stood when the day was over."""


@dataclass(frozen=True, slots=True)
class Count:
    """A register's reading: seconds since 1970 UTC, m³ or kWh, and which meter (the vendor's number)."""

    at_s: int
    value: float
    meter: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What was counted from ``start_s`` to ``end_s``, m³ or kWh."""

    start_s: int
    end_s: int
    amount: float


@dataclass(frozen=True, slots=True)
class Break:
    """Where a counter does not go on.

    Attributes
    ----------
    at_s : int
        The later reading.
    code : str
        ``reset`` (began anew near zero), ``fell`` (replaced, run backwards or altered), ``leapt`` (more than the plant can
        take), ``replaced`` (another meter's number), ``gap`` (longer than ``counter.longest_h`` of the table ``validity``).
    before, after : float
        The two readings, m³ or kWh.
    since_s : int
        The earlier reading.
    """

    at_s: int
    code: str
    before: float
    after: float
    since_s: int = 0


def name_of(meter: str, time: str) -> str:
    """Key of a count among a day's values: beside ``HH:MM:SS`` of readings."""
    return f"{_MARK}{meter}|{time}"


def is_count(name: str) -> bool:
    """Whether a key is a count's."""
    return name.startswith(_MARK)


def counts_in(days: Mapping[date, Mapping[str, float]]) -> list[Count]:
    """The counts among the values of some days (keys by :func:`name_of`), in order of time."""
    found = []
    for day, values in days.items():
        begin = day_start_s(day)
        for name, value in values.items():
            if is_count(name):
                meter, _, time = name.removeprefix(_MARK).rpartition("|")
                hours, minutes, seconds = (int(part) for part in time.split(":"))
                found.append(Count(begin + hours * 3600 + minutes * 60 + seconds, value, meter))
    return sorted(found, key=lambda count: count.at_s)


def steps_of(counts: Iterable[Count], top_a_day: float) -> tuple[list[Step], list[Break]]:
    """What was counted between neighbouring readings, and where the counter does not go on.

    Parameters
    ----------
    counts : iterable of Count
        In any order; of two of one meter and time the last counts.
    top_a_day : float
        The most that can be counted in a day; a step shorter than an hour may count what an hour can (a register of whole
        cubic metres steps by one).

    Rules
    -----
    1. Another meter's number: replaced, nothing over it; the older meter's readings end there.
    2. Longer than ``counter.longest_h`` of the table ``validity`` (36 h): gap.
    3. Less than before: reset where less than ``counter.zeroed`` of it (a tenth) is left and it can have been counted since zero, else fell.
    4. More than can be counted: leapt.
    """
    table = load_table("validity")
    longest_s, zeroed = table["counter.longest_h"] * 3600, table["counter.zeroed"]
    meters: dict[str, dict[int, float]] = {}
    for count in counts:
        meters.setdefault(count.meter, {})[count.at_s] = count.value
    order = sorted(meters.values(), key=min)
    steps: list[Step] = []
    breaks: list[Break] = []
    for at, meter in enumerate(order):
        until = min(order[at + 1]) if at + 1 < len(order) else None
        mine = sorted((at_s, value) for at_s, value in meter.items() if until is None or at_s < until)
        for (start, before), (end, after) in pairwise(mine):
            code = _broken(end - start, before, after, top_a_day, longest_s, zeroed)
            if code:
                breaks.append(Break(end, code, before, after, start))
            else:
                steps.append(Step(start, end, after - before))
        if until is not None and mine:
            breaks.append(Break(until, "replaced", mine[-1][1], order[at + 1][until], mine[-1][0]))  # RULE 1
    return sorted(steps, key=lambda s: s.start_s), sorted(breaks, key=lambda b: b.at_s)


def _broken(seconds: int, before: float, after: float, top_a_day: float, longest_s: float, zeroed: float) -> str:
    able = top_a_day * max(seconds, _SHORTEST_S) / DAY_S
    if seconds > longest_s:
        return "gap"  # RULE 2
    if after < before:
        return "reset" if after <= able and after < zeroed * before else "fell"  # RULE 3
    return "leapt" if after - before > able else ""  # RULE 4


def day_amount(steps: Sequence[Step], day: date, rules: Validity | None = None) -> tuple[float, float] | None:
    """The day's value (m³/d or kWh/d) and coverage; None where less of it is known than the rule of valid hours asks.

    A step over midnight is shared out by time; what is known of the day stands for all of it.
    """
    law = rules or Validity.from_table()
    begin = day_start_s(day)
    known, amount = 0, 0.0
    for step in steps:
        inside = min(step.end_s, begin + DAY_S) - max(step.start_s, begin)
        if inside > 0:
            known += inside
            amount += step.amount * inside / (step.end_s - step.start_s)
    if not known or known < law.day_valid_hours * 3600:
        return None
    return float(f"{amount * DAY_S / known:.10g}"), known / DAY_S


def rates_on(steps: Iterable[Step], day: date) -> dict[str, float]:
    """A day's steps of at most an hour as readings at their beginning (``HH:MM:SS`` -> m³/d or kWh/d): weights for others."""
    begin, out = day_start_s(day), {}
    for step in steps:
        length = step.end_s - step.start_s
        if day_of(step.start_s) == day and length <= _SHORTEST_S:
            at = step.start_s - begin
            out[f"{at // 3600:02d}:{at % 3600 // 60:02d}:{at % 60:02d}"] = step.amount * DAY_S / length
    return out
