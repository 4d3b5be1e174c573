"""Small sums that several pages share: how facilities stand, how late a problem is, what a place counts."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import Count, QuerySet

from qingxi.calendar import WorkingDays
from qingxi_office.asking import ask, ask_one

from . import seen
from .standing import Standing, standing

_DAYS = WorkingDays()


def working_days(first: dt.date, last: dt.date) -> int:
    """Working days from ``first`` (not counted) to ``last`` (counted); negative when ``last`` is earlier."""
    return _DAYS.between(first, last)


class Standable(Protocol):
    """What a standing is judged from: a facility's record, or a row of its ``pk``, ``status`` and ``owner``."""

    pk: int
    status: str
    owner: str


def light_facilities(user: Any) -> list[Any]:
    """Three thousand rows of four columns, not three thousand records with their villages. One query."""
    return ask(
        user,
        lambda u, _at: seen.facilities(u).order_by().values_list("pk", "status", "owner", "evidence", named=True),
    )


def light_findings(user: Any) -> list[Any]:
    """Current findings that nobody rejected, by what pages count and choose by. One query."""
    return ask(
        user,
        lambda u, _at: seen.findings(u).filter(is_current=True).exclude(state="rejected").order_by()
        .values_list("pk", "facility_id", "rule", "rule_name", "confidence", "severity", "key", "state", "period_from",
                     "facility__status", named=True),
    )  # fmt: skip


_FEW = 64


def standings(
    user: Any, facilities: Sequence[Standable], found: Iterable[Any] | None = None
) -> dict[int, Standing]:
    """How each facility stands; two queries however many there are, three for a few of many."""
    rules: dict[int, set[str]] = defaultdict(set)
    if found is None and len(facilities) <= _FEW:
        found, undecided, tried = _of_few(user, [f.pk for f in facilities])
    else:
        undecided = dict(ask(user, lambda u, _at: _counted(seen.undecided(u))))
        tried = max(undecided.values(), default=0)
    for row in light_findings(user) if found is None else found:
        rules[row.facility_id].add(row.rule)
    return {
        f.pk: standing(f.status, f.owner, rules[f.pk], undecided.get(f.pk, 0), tried if tried > 1 else 0)
        for f in facilities
    }


def _counted(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.order_by().values_list("facility_id").annotate(n=Count("id"))


def _of_few(user: Any, pks: list[int]) -> tuple[list[Any], dict[int, int], int]:
    """Their findings, how many rules could not tell of each, and how many rules were tried on any facility seen."""
    if not pks:
        return [], {}, 0
    found = ask(
        user,
        lambda u, at: seen.findings(u).filter(is_current=True, facility_id__in=at.pks).exclude(state="rejected").order_by()
        .values_list("facility_id", "rule", named=True),
        pks=pks,
    )  # fmt: skip
    undecided = dict(ask(user, lambda u, at: _counted(seen.undecided(u).filter(facility_id__in=at.pks)), pks=pks))
    most = ask_one(user, lambda u, _at: _counted(seen.undecided(u)).order_by("-n")[:1])
    return found, undecided, most[1] if most else 0


@dataclass
class TownshipRow:
    """One line of the township table; villages by state are three columns and are never added silently."""

    code: str
    name: str
    villages: int = 0
    treated: int = 0
    controlled: int = 0
    open: int = 0
    facilities: int = 0
    issues: int = 0
    late: int = 0
    standing: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def rate_pct(self) -> float | None:
        return self.treated / self.villages * 100 if self.villages else None
