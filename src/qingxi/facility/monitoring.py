"""The sampling plan of village plants (监测计划): which plant owes a laboratory sheet by when.

Two kinds of rule by design flow: *every n months* (calendar periods: half-years begin in January and July), and *a share
each year* by rotation (轮测), where those longest untested come first. A plan is data with its source; a county chooses one.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from qingxi.standard import Row, load_table

PLANS = {"national": "国家要求（20 m³/d 以上每半年）", "haiyan_2016": "海盐 2016（30、10 m³/d 分档）"}
"""The plans that are known, with the name a page shows."""


class Due(StrEnum):
    """Where a plant stands against the plan."""

    DONE = "已采"
    SOON = "快到期"
    OPEN = "未采"
    MISSED = "上期漏采"
    REST = "今年不轮到"
    NO_WATER = "无水可采"


@dataclass(frozen=True, slots=True)
class Stint:
    """One rule of a plan.

    Attributes
    ----------
    from_m3_d : float
        Smallest design flow it speaks of, m³/d.
    every_months : int
        Length of a period; 0 for rotation.
    share : float
        Share of the plants tested each year, 0 to 1; 0 for a rule by periods.
    row : Row
        The figure with its source and trust.
    """

    from_m3_d: float
    every_months: int
    share: float
    row: Row


@dataclass(frozen=True, slots=True)
class Station:
    """What the plan must know of a plant: ``sampled_on`` days of its effluent samples, ``dry_on`` days on which no
    water could be taken; ``since`` its first day of use (None: long ago)."""

    id: str
    design_m3_d: float
    sampled_on: tuple[date, ...] = ()
    dry_on: tuple[date, ...] = ()
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """What one plant owes.

    Attributes
    ----------
    due : Due
    by : date
        Last day of the running period.
    last : date or None
        Its newest sample.
    missed : int
        Periods among the last four that ended without a sample, since it is in use; 0 for rotation.
    stint : Stint
        The rule that says so.
    """

    id: str
    due: Due
    by: date
    last: date | None
    missed: int
    stint: Stint


def stints(plan: str) -> tuple[Stint, ...]:
    """The rules of a plan, the largest plants first; raises KeyError for a plan nobody knows."""
    if plan not in PLANS:
        raise KeyError(f"no sampling plan {plan!r}; known are {', '.join(PLANS)}")
    out = []
    for key, row in load_table("monitoring").under(plan).items():
        size, kind = key.rsplit(".", 1)
        out.append(
            Stint(float(size), int(row.value) if kind == "every" else 0, row.value if kind == "share" else 0.0, row)
        )
    return tuple(sorted(out, key=lambda s: -s.from_m3_d))


def period(day: date, months: int) -> tuple[date, date]:
    """First and last day of the calendar period of so many months (a divisor of 12) that holds a day."""
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    year, month = divmod(first.month - 1 + months, 12)
    return first, date(first.year + year, month + 1, 1) - timedelta(days=1)


def owed(plan: str, stations: Iterable[Station], as_of: date) -> list[Owed]:
    """What every plant owes on a day, in the order given; samples after that day are not looked at.

    A plant under rotation is chosen from what was known on 1 January, so that the year's list stands still. O(n log n).
    """
    rules = stints(plan)
    soon = timedelta(days=int(load_table("monitoring")["soon.days"]))
    known = list(stations)
    of = {s.id: next(r for r in rules if s.design_m3_d >= r.from_m3_d) for s in known}
    turn = _turns(known, of, as_of)
    return [
        _by_period(s, of[s.id], as_of, soon) if of[s.id].every_months else _by_turn(s, of[s.id], as_of, soon, turn)
        for s in known
    ]


def _turns(stations: Iterable[Station], of: Mapping[str, Stint], as_of: date) -> set[str]:
    """Whose turn it is this year: of each rule the longest untested before 1 January, the never tested first."""
    start = date(as_of.year, 1, 1)
    groups: dict[Stint, list[Station]] = {}
    for s in stations:
        if not of[s.id].every_months and (s.since is None or s.since < start):
            groups.setdefault(of[s.id], []).append(s)
    out: set[str] = set()
    for rule, members in groups.items():
        # A share such as 0.3333 is a third that was rounded: three plants have one in turn, not two.
        wanted = math.ceil(round(rule.share * len(members), 2))
        members.sort(key=lambda s: (_last(s, start - timedelta(days=1)) or date.min, s.id))
        out.update(s.id for s in members[:wanted])
    return out


def _last(s: Station, as_of: date) -> date | None:
    return max((d for d in s.sampled_on if d <= as_of), default=None)


def _between(days: Iterable[date], first: date, last: date) -> bool:
    return any(first <= d <= last for d in days)


def _state(s: Station, first: date, by: date, as_of: date, soon: timedelta) -> Due:
    if _between(s.sampled_on, first, min(by, as_of)):
        return Due.DONE
    if _between(s.dry_on, first, min(by, as_of)):
        return Due.NO_WATER
    return Due.SOON if by - as_of < soon else Due.OPEN


def _by_turn(s: Station, rule: Stint, as_of: date, soon: timedelta, turn: set[str]) -> Owed:
    first, by = date(as_of.year, 1, 1), date(as_of.year, 12, 31)
    due = _state(s, first, by, as_of, soon)
    if s.id not in turn and due is not Due.DONE:
        due = Due.REST
    return Owed(s.id, due, by, _last(s, as_of), 0, rule)


def _by_period(s: Station, rule: Stint, as_of: date, soon: timedelta) -> Owed:
    first, by = period(as_of, rule.every_months)
    due = _state(s, first, by, as_of, soon)
    missed, latest_missed, end = 0, False, first - timedelta(days=1)
    for n in range(4):
        begin, last = period(end, rule.every_months)
        if s.since is not None and s.since > begin:
            break  # it was not in use for the whole of that period
        if not _between(s.sampled_on, begin, last) and not _between(s.dry_on, begin, last):
            missed += 1
            latest_missed = latest_missed or n == 0
        end = begin - timedelta(days=1)
    if latest_missed and due in (Due.OPEN, Due.SOON):
        due = Due.MISSED
    return Owed(s.id, due, by, _last(s, as_of), missed, rule)
