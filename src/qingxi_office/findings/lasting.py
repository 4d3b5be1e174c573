"""How long plants go on treating (设施能用几年): a life from the start of operation to the standstill, by process and operator."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.trail import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet

    from qingxi.finding import Life, Survival

AGES = (1.0, 2.0, 3.0, 5.0)
"""Years after the start at which the fleet is looked at."""
YOUNG = (1.0, 3.0)
"""The second and third year, in which village plants are said to fade."""
_YEAR = 365.25
_ENDS = ("stopped", "idle")
_S = FacilityRecord.Status


@dataclass(frozen=True)
class Plant:
    """A plant with a known start; ``end`` is the day it stopped, None while it runs.

    ``day_known`` is False where only the register says that it stands: its end is then today at the latest.
    """

    row: Any
    end: dt.date | None
    day_known: bool
    finding: int | None
    confirmed: bool
    today: dt.date

    @property
    def ended(self) -> bool:
        return self.end is not None

    @property
    def years(self) -> float:
        return max(0.0, ((self.end or self.today) - self.row.commissioned).days / _YEAR)


@dataclass(frozen=True)
class Group:
    """Plants of one process or operator ("" where none is written), or all (None).

    ``at`` has share, low and high of those still running after each of :data:`AGES`; None where none is that old.
    """

    name: str | None
    plants: int
    ended: int
    at: list[tuple[float, float, float] | None]
    sooner: bool = False


@dataclass(frozen=True)
class Age:
    """One year of life, the first is 1: plants that entered it, and those of them that stopped in it."""

    year: int
    entered: int
    ended: int


def plants(facilities: QuerySet[FacilityRecord], findings: QuerySet[FindingRecord]) -> tuple[list[Plant], int]:
    """Plants that this person sees with the day their life ended, and how many have no date to begin with. Two queries.

    A plant's end is the first day of a current finding that it stands still or idle (one that was turned down counts for
    nothing), else what the register says. Plants that were joined to a sewer did not end and are not in it.
    """
    today = clock.today()
    rows = list(
        facilities.exclude(status=_S.JOINED).select_related(None).order_by("key")
        .values_list("pk", "key", "name", "status", "process", "operator", "commissioned", "design_m3_d", named=True)
    )  # fmt: skip
    ends: dict[int, tuple[dt.date, int, bool]] = {}
    current = findings.filter(is_current=True, kind__in=_ENDS).exclude(state=FindingRecord.State.REJECTED)
    for pk, facility, begun, state in (
        current.select_related(None)
        .order_by("period_from", "pk")
        .values_list("pk", "facility_id", "period_from", "state")
    ):
        ends.setdefault(facility, (begun, pk, state == FindingRecord.State.CONFIRMED))
    out = []
    for row in rows:
        if row.commissioned is None or row.commissioned > today:
            continue
        begun, finding, confirmed = ends.get(row.pk, (None, None, False))
        if begun is not None:
            out.append(Plant(row, max(begun, row.commissioned), True, finding, confirmed, today))
        else:
            stands = row.status in (_S.STOPPED, _S.SCRAPPED)
            out.append(Plant(row, today if stands else None, False, None, stands, today))
    return out, len(rows) - len(out)


def groups(every: Sequence[Plant], by: str) -> list[Group]:
    """All plants, then by ``process`` or ``operator``, those with most standing first."""
    from qingxi.finding import Life, decaying

    lives = [Life(p.row.key, getattr(p.row, by), p.years, p.ended) for p in every]
    names = {life.group for life in lives}
    sooner = {each.group for each in decaying(lives, YOUNG[1])} if len(names) > 1 else set()
    found = [_group(name, [life for life in lives if life.group == name], name in sooner) for name in sorted(names)]
    found.sort(key=lambda g: (-g.ended / g.plants, -g.plants, g.name or ""))
    return [_group(None, [Life(life.facility, "", life.years, life.ended) for life in lives], False), *found]


def _group(name: str | None, lives: list[Life], sooner: bool) -> Group:
    from qingxi.finding import survival

    curve = survival(lives, name or "")
    return Group(
        name, len(lives), sum(life.ended for life in lives), [_at(curve, lives, age) for age in AGES], sooner
    )


def _at(curve: Survival, lives: Iterable[Life], age: float) -> tuple[float, float, float] | None:
    """The share after so many years; None where none has been there for so long and some still run."""
    oldest = max((life.years for life in lives), default=0.0)
    if oldest < age and (not curve.share or curve.share[-1] > 0):
        return None
    return curve.at(age)


def ages(every: Sequence[Plant]) -> list[Age]:
    """Year by year of life: how many entered it, how many stopped in it; to the oldest plant's."""
    if not every:
        return []
    ended = Counter(int(p.years) + 1 for p in every if p.ended)
    oldest = max(int(p.years) + 1 for p in every)
    return [Age(year, sum(p.years >= year - 1 for p in every), ended[year]) for year in range(1, oldest + 1)]


def young(every: Iterable[Plant]) -> int:
    """Plants that stopped in their second or third year."""
    return sum(p.ended and YOUNG[0] <= p.years < YOUNG[1] for p in every)
