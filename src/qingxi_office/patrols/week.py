"""The week of an area: who went where, which stations nobody went to, what is odd."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.timezone import localtime

from qingxi.patrol import every_days
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.patrols import queries
from qingxi_office.patrols.models import RoundSign
from qingxi_office.patrols.pack import walked
from qingxi_office.patrols.words import SIGNS
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import clock

MOST = 2000


@dataclass
class Walker:
    """One person's week."""

    name: str
    role: str
    rounds: int = 0
    stations: set[str] = field(default_factory=set)
    days: set[date] = field(default_factory=set)
    photos: int = 0
    flagged: int = 0
    last: Any = None


@dataclass
class Week:
    """Everything the page shows."""

    first: date
    last: date
    walkers: list[Walker]
    rounds: int
    asked: int  # stations of which the week asks at least one round
    covered: int
    missed: list[tuple[FacilityRecord, Any]]
    by_phone: int

    @property
    def percent(self) -> int | None:
        return round(100 * self.covered / self.asked) if self.asked else None


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    """The first moment of a day and the first after another: comparing moments lets the index of rounds be used."""
    return clock.end_of(first - timedelta(days=1)), clock.end_of(last)


def week(user: Any, day: date) -> Week:
    """The week of a day; four queries whatever the number of rounds."""
    first, last = queries.week_of(day)
    begin, end = _moments(first, last)
    rows = list(
        queries.visits(user).filter(visited_at__gte=begin, visited_at__lt=end).order_by("visited_at")
        .values_list("facility_id", "facility__key", "by_name", "by_role", "visited_at", "n_photos", "flags", "phone", named=True)[:MOST]
    )  # fmt: skip
    walkers: dict[tuple[str, str], Walker] = {}
    for row in rows:
        one = walkers.setdefault((row.by_name, row.by_role), Walker(row.by_name, row.by_role))
        one.rounds += 1
        one.stations.add(row.facility__key)
        one.days.add(localtime(row.visited_at).date())
        one.photos += bool(row.n_photos)
        one.flagged += bool(row.flags)
        one.last = row.visited_at
    asked = [f for f in walked(user) if every_days(f.design_m3_d, f.status)[0] <= 7]
    been = {row.facility_id for row in rows}
    before = queries.last_visits(user, [f.pk for f in asked if f.pk not in been])
    missed = [(f, before.get(f.pk)) for f in asked if f.pk not in been]
    missed.sort(key=lambda pair: (pair[1] is not None, pair[1].visited_at if pair[1] else None, pair[0].key))
    return Week(
        first, last, sorted(walkers.values(), key=lambda one: (-one.rounds, one.name)), len(rows), len(asked),
        len(asked) - len(missed), missed, sum(1 for row in rows if row.phone),
    )  # fmt: skip


def signs_of_week(user: Any, first: date, last: date) -> list[RoundSign]:
    """Signs on rounds that were made or arrived this week, those nobody has looked at first; one query.

    The same kind on several rounds of one person is one line, its latest round with how many ``more`` there are.
    """
    begin, end = _moments(first, last)
    rows = queries.signs(user).filter(
        Q(visit__visited_at__gte=begin, visit__visited_at__lt=end) | Q(made_at__gte=begin, made_at__lt=end)
    )
    lines: dict[tuple[str, str, str], RoundSign] = {}
    for row in rows.order_by("word", "-visit__visited_at", "kind")[:MOST]:
        line = lines.setdefault((row.word, row.kind, row.visit.by_name), row)
        if line is row:
            row.title, row.more = SIGNS.get(row.kind, row.kind), 0  # type: ignore[attr-defined]
        else:
            line.more += 1  # type: ignore[attr-defined]
    return list(lines.values())


def open_signs(user: Any) -> int:
    """How many signs wait for somebody's eye; one query."""
    return queries.signs(user).filter(word="").order_by().count()


def others_of(user: Any, signs: Sequence[RoundSign]) -> dict[str, VisitRow]:
    """The other rounds that signs rest on, as far as this person sees them; one query."""
    keys = {key for sign in signs for key in sign.others[:3]}
    return {row.key: row for row in queries.visits(user).filter(key__in=keys)} if keys else {}


def counts(visits: Sequence[VisitRow]) -> dict[int, int]:
    """How many photographs of each round arrived; one query."""
    from qingxi_office.patrols.models import VisitPhoto

    rows = VisitPhoto.objects.filter(visit__in=[v.pk for v in visits]).exclude(state=VisitPhoto.State.AWAITED)
    return dict(rows.order_by().values_list("visit").annotate(n=Count("pk")))
