"""Putting every interval rule to one facility, and joining what they find with what is known already."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from qingxi.facility import Facility
from qingxi.finding.by_paper import IdleByMonth, StoppedByMonth
from qingxi.finding.copied import Copied
from qingxi.finding.device_faults import ClockWrong, SilentBySamples
from qingxi.finding.evidence import Evidence
from qingxi.finding.fading import Fading
from qingxi.finding.finding import CannotTell, Finding
from qingxi.finding.hugging import LimitHugging
from qingxi.finding.impossible import Impossible
from qingxi.finding.influent import Dilute, Foreign
from qingxi.finding.lab_pairs import WorseByPairs
from qingxi.finding.load import Overloaded, StarvedBySamples
from qingxi.finding.look import Look
from qingxi.finding.night import NightInflow
from qingxi.finding.quality import OverLimitBySamples, WorseBySamples
from qingxi.finding.rain import RainInflow
from qingxi.finding.rule import Tracer
from qingxi.finding.standstill import FrozenBySamples
from qingxi.finding.starved_by_paper import StarvedByMonth
from qingxi.finding.stopped import FakeRun, Idle, Stopped
from qingxi.finding.thresholds import threshold

TRACERS: tuple[Tracer, ...] = (
    Stopped(),
    Idle(),
    FakeRun(),
    StarvedBySamples(),
    Overloaded(),
    WorseBySamples(),
    OverLimitBySamples(),
    Dilute(),
    Foreign(),
    RainInflow(),
    NightInflow(),
    SilentBySamples(),
    ClockWrong(),
    FrozenBySamples(),
    Copied(),
    LimitHugging(),
    Impossible(),
    Fading(),
    StoppedByMonth(),
    IdleByMonth(),
    StarvedByMonth(),
    WorseByPairs(),
)


def trace(facility: Facility, evidence: Evidence, first: date, last: date) -> list[Finding]:
    """Every stretch that any interval rule finds between two days, both with.

    Parameters
    ----------
    facility : Facility
        Its evidence level decides which rules are put to it.
    evidence : Evidence
        Nothing after ``last`` is looked at.

    Returns
    -------
    list of Finding
        By first day; closed ones and those that still last on ``last``.
    """
    found, _ = trace_all(facility, evidence, first, last)
    return found


def trace_all(
    facility: Facility, evidence: Evidence, first: date, last: date
) -> tuple[list[Finding], list[CannotTell]]:
    """As :func:`trace`, and what could not be told."""
    look = Look(facility, evidence, first, last)
    found: list[Finding] = []
    unclear: list[CannotTell] = []
    for rule in TRACERS:
        if facility.evidence not in rule.levels:
            continue
        answer = rule.trace(look)
        if isinstance(answer, CannotTell):
            unclear.append(answer)
        else:
            found += answer
    return sorted(_settled(found), key=lambda f: (f.start, f.rule)), unclear


_MOOT = {
    "idle": ("stopped",),
    "starved": ("stopped", "idle", "fake-run"),
    "frozen": ("stopped", "copied"),
    "overloaded": ("frozen", "copied"),
    "night-inflow": ("frozen", "copied"),
    "decay": ("effluent-worse",),
    "impossible": ("stopped",),
}
"""A kind that says nothing new while a graver one holds on most of its days."""


def _settled(found: Sequence[Finding]) -> list[Finding]:
    """Leave out what a graver finding of the same days explains."""
    out = []
    for each in found:
        graver = [f for f in found if f.kind in _MOOT.get(each.kind, ())]
        covered = sum(max(0, (min(f.end, each.end) - max(f.start, each.start)).days + 1) for f in graver)
        if covered < 0.8 * ((each.end - each.start).days + 1):
            out.append(each)
    return out


class Change(StrEnum):
    """What an examination did to a finding."""

    OPENED = "opened"
    GROWN = "grown"
    CLOSED = "closed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Held:
    """A finding that is known already: its rule, the day under which it became known, its days, whether it is closed."""

    rule: str
    opened: date
    start: date
    end: date
    closed: bool = False


def join(held: Iterable[Held], fresh: Iterable[Finding], as_of: date) -> list[tuple[Finding, Change]]:
    """Give fresh findings of one facility the ids of those they continue.

    A fresh finding that overlaps a held one of its rule, or begins within ``join.known_days`` of its end, is the same
    matter: it keeps the id under which it became known, whatever the new evidence did to its first day. Of several
    that one fresh finding bridges, the oldest lives on.

    Returns
    -------
    list of (Finding, Change)
        ``CLOSED`` where it ended more than ``join.closing_days`` before ``as_of``.
    """
    near = timedelta(days=threshold("join.known_days"))
    quiet = timedelta(days=threshold("join.closing_days"))
    known = sorted(held, key=lambda h: h.opened)
    taken: set[int] = set()
    out = []
    for each in sorted(fresh, key=lambda f: f.start):
        match = next(
            (
                k
                for k, h in enumerate(known)
                if k not in taken
                and h.rule == each.rule
                and each.start <= h.end + near
                and h.start <= each.end + near
            ),
            None,
        )
        over = as_of - each.end > quiet
        if match is None:
            out.append((replace(each, opened=each.start), Change.CLOSED if over else Change.OPENED))
            continue
        taken.add(match)
        old = known[match]
        kept = replace(each, opened=old.opened)
        change = Change.CLOSED if over and not old.closed else Change.GROWN if each.end > old.end else Change.SAME
        out.append((kept, change))
    return out
