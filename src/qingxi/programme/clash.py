"""Digging once (一次开挖): where a trench and another department's work lie on the same street.

Two works share a street where the trench runs within N metres of the work's line for more than a crossing. What
follows from that depends on time: together when both fit one season, clash when a new surface would be broken within
its moratorium, in good order when the trench comes first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.programme.work import OtherWork, Trench
from qingxi.standard import load_table

_DAYS_IN_MONTH = 30.4375


class Timing(StrEnum):
    """What two works on one street are to each other."""

    TOGETHER = "可以合并"  # both fit one season: dig once, and the reinstatement is saved
    DUG_AGAIN = "先修后挖"  # the new surface would be broken within its moratorium
    IN_ORDER = "先挖后修"  # the trench comes first, the other work finds it done
    FAR_APART = "间隔已久"  # the surface is older than its moratorium
    UNDATED = "时间未定"


@dataclass(frozen=True, slots=True)
class DigRule:
    """Thresholds and prices of the clash finder; :meth:`from_table` gives the county's defaults."""

    within_m: float
    shortest_m: float
    together_months: float
    moratorium_months: float
    reinstate_fen_m: Mapping[str, int]

    def __post_init__(self) -> None:
        if self.within_m <= 0 or self.shortest_m < 0:
            raise ValueError(
                f"dig rule: within_m {self.within_m} must be above 0, shortest_m {self.shortest_m} not below"
            )

    @classmethod
    def from_table(cls, name: str = "programme") -> "DigRule":
        """Thresholds of a table of :mod:`qingxi.standard`."""
        table = load_table(name)
        prices = {key: round(row.value * 100) for key, row in table.under("reinstate").items()}
        return cls(
            table["dig.within"], table["dig.shortest"], table["dig.together"], table["dig.moratorium"], prices
        )


@dataclass(frozen=True, slots=True)
class SharedStreet:
    """A trench and a work that lie on the same street for ``overlap_m`` metres of trench."""

    system: str
    work: str
    overlap_m: float


@dataclass(frozen=True, slots=True)
class Clash:
    """A shared street seen in time.

    ``gap_months`` is the time between the two, 0 when they overlap; ``saved_fen`` the reinstatement of the trench that
    digging once saves (together), or that is lost by digging again (dug again).
    """

    system: str
    work: str
    overlap_m: float
    timing: Timing
    gap_months: float
    saved_fen: int
    said: str


def shared_streets(
    trenches: Sequence[Trench], works: Sequence[OtherWork], *, within_m: float, shortest_m: float
) -> tuple[SharedStreet, ...]:
    """Every pair of system and work on the same street.

    Parameters
    ----------
    within_m : float
        Trench metres count where they lie at most this far from the work's line.
    shortest_m : float
        Shorter overlaps are crossings and left out.

    Returns
    -------
    tuple of SharedStreet
        By system, then work. Cost: one spatial index over the works; seconds for 50,000 trenches.
    """
    lined = [work for work in works if len(work.line) >= 2]
    lines = [(trench.system, line) for trench in trenches for line in trench.lines if len(line) >= 2]
    if not lined or not lines:
        return ()
    streets = np.array([shapely.LineString(work.line) for work in lined], dtype=object)
    pipes: npt.NDArray[np.object_] = np.array([shapely.LineString(line) for _, line in lines], dtype=object)
    zones = shapely.buffer(streets, within_m, quad_segs=16)
    which, near = shapely.STRtree(pipes).query(zones, predicate="intersects")
    metres = shapely.length(shapely.intersection(pipes[near], zones[which]))
    total: dict[tuple[str, str], float] = {}
    for work, pipe, length in zip(which.tolist(), near.tolist(), metres.tolist(), strict=True):
        key = (lines[pipe][0], lined[work].id)
        total[key] = total.get(key, 0.0) + length
    return tuple(
        SharedStreet(system, work, round(length, 1))
        for (system, work), length in sorted(total.items())
        if length >= shortest_m
    )


def timing(
    trench: tuple[date, date] | None, work: OtherWork, rule: DigRule, *, as_of: date | None = None
) -> tuple[Timing, float]:
    """What a work is to a trench dug in a window, and the months between them (0 when they overlap).

    A work that has ended before ``as_of`` can no longer be joined.
    """
    if trench is None or work.start is None:
        return Timing.UNDATED, 0.0
    ends = work.end or work.start
    if ends < trench[0]:
        gap = (trench[0] - ends).days / _DAYS_IN_MONTH
        if gap <= rule.together_months and (as_of is None or ends >= as_of):
            return Timing.TOGETHER, gap
        return (Timing.DUG_AGAIN if gap < rule.moratorium_months else Timing.FAR_APART), gap
    if work.start > trench[1]:
        gap = (work.start - trench[1]).days / _DAYS_IN_MONTH
        return (Timing.TOGETHER if gap <= rule.together_months else Timing.IN_ORDER), gap
    return Timing.TOGETHER, 0.0


def find_clashes(
    shared: Iterable[SharedStreet],
    works: Iterable[OtherWork],
    windows: Mapping[str, tuple[date, date]],
    rule: DigRule,
    *,
    as_of: date | None = None,
) -> tuple[Clash, ...]:
    """See shared streets in time; ``windows`` gives the building window of each system, missing ones are undated.

    Works that have ended before ``as_of`` are done: what they paved can only be spared or broken.

    Works that leave no surface behind (toilets) still give a chance to dig once, at the price of their surface.
    """
    by_id = {work.id: work for work in works}
    out = []
    for street in shared:
        work = by_id[street.work]
        when, gap = timing(windows.get(street.system), work, rule, as_of=as_of)
        price = rule.reinstate_fen_m.get(work.surface, rule.reinstate_fen_m.get("concrete", 0))
        saved = round(street.overlap_m * price) if when in (Timing.TOGETHER, Timing.DUG_AGAIN) else 0
        out.append(
            Clash(
                street.system,
                work.id,
                street.overlap_m,
                when,
                round(gap, 1),
                saved,
                _said(work, street, when, gap, saved),
            )
        )
    return tuple(out)


def _said(work: OtherWork, street: SharedStreet, when: Timing, gap: float, saved_fen: int) -> str:
    """One clause with its figures."""
    length = f"重叠 {street.overlap_m:.0f} m"
    began = f"{work.start:%Y-%m}" if work.start else "时间未定"
    head = f"{work.department}“{work.name}”（{began}）与埋管同街，{length}"
    wan = f"{saved_fen / 1_000_000:.2f} 万元"
    if when is Timing.TOGETHER:
        return f"{head}，并到一起施工可省路面恢复 {wan}"
    if when is Timing.DUG_AGAIN:
        return f"{head}，新路 {gap:.0f} 个月后重挖，路面恢复要多花 {wan}"
    if when is Timing.IN_ORDER:
        return f"{head}，先埋管后施工，告知对方留出管位"
    if when is Timing.FAR_APART:
        return f"{head}，路面已过禁挖期"
    return f"{head}，时间没有定，先去函核对"
