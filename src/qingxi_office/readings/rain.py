"""The rain book: gauges and their days, rights first; and which gauge speaks for which facility."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from qingxi.reading import DailySeries, Gauge, GaugeChoice, Samples, choose_gauge, rain_series
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.rights import Way, seen_by
from qingxi_office.readings.models import RainDay, RainGauge

_RAIN = Way("rain", place="")


def gauges(user: Any) -> QuerySet[RainGauge]:
    """Every gauge, for whoever sees rain at all."""
    return seen_by(user, RainGauge.objects.all(), _RAIN)


def rain_days(user: Any) -> QuerySet[RainDay]:
    """Days of gauges."""
    return seen_by(user, RainDay.objects.all(), _RAIN)


def as_gauge(row: RainGauge) -> Gauge:
    return Gauge(row.key, row.name, row.lon, row.lat)


def point_of(row: FacilityRecord) -> tuple[float, float] | None:
    """Where a facility stands, else its village's middle; None where neither is known."""
    for holder in (row, row.place):
        if holder.lon is not None and holder.lat is not None:
            return holder.lon, holder.lat
    return None


def choices(rows: Iterable[FacilityRecord], first: date, last: date) -> dict[str, GaugeChoice]:
    """By facility: its gauge for these days, or the nearest that is too far. One question, whatever the number.

    A facility without a point, and every one where no gauge is registered, is not in it.
    """
    inside = Q(days__day__gte=first, days__day__lte=last, days__mm__isnull=False)
    found = list(RainGauge.objects.annotate(n=Count("days", filter=inside)))
    known, counts = [as_gauge(row) for row in found], {row.key: row.n for row in found}
    if not known:
        return {}
    days = (last - first).days + 1
    out: dict[str, GaugeChoice] = {}
    for row in rows:
        point = point_of(row)
        if point is not None and (choice := choose_gauge(*point, known, counts, days)) is not None:
            out[row.key] = choice
    return out


def said_of(choice: GaugeChoice, day_begins: int = 0) -> str:
    """Which gauge was used and how far it stands, in a sentence for a finding; or that none is near enough."""
    at = f"{choice.gauge.name}（{choice.gauge.key}），离设施 {choice.distance_m / 1000:.1f} km"
    if not choice.near:
        return f"最近的雨量站是{at}，太远，代表不了这里的雨"
    if not choice.known:
        return f"最近的雨量站是{at}，这一段没有雨量"
    begins = f"；整天的雨量从 {day_begins} 时起算" if day_begins else ""
    return f"雨量用{at}，{choice.days} 天里有 {choice.known} 天的数{begins}"


@dataclass(frozen=True)
class RainOf:
    """Rain of each facility for the rules, and which gauge it is from."""

    choices: Mapping[str, GaugeChoice]
    series: Mapping[str, tuple[DailySeries, Samples | None]]
    begins: Mapping[str, int]


def rain_of(rows: Iterable[FacilityRecord], first: date, last: date) -> RainOf:
    """The rain of these days for every facility that has a gauge near it. Three questions, each gauge read once."""
    chosen = choices(rows, first, last)
    used = {c.gauge.key for c in chosen.values() if c.near and c.known}
    days: dict[str, dict[date, dict[str, float]]] = {key: {} for key in used}
    if used:
        found = RainDay.objects.filter(gauge__key__in=used, day__gte=first, day__lte=last).order_by()
        for key, day, values in found.values_list("gauge__key", "day", "values").iterator(5000):
            days[key][day] = values
    begins = dict(RainGauge.objects.filter(key__in=used).values_list("key", "day_begins")) if used else {}
    made = {key: rain_series(key, of) for key, of in days.items()}
    series = {f: one for f, c in chosen.items() if c.near and (one := made.get(c.gauge.key)) is not None}
    return RainOf(chosen, series, begins)


def sums(keys: Collection[str], first: date, last: date) -> dict[str, tuple[int, float]]:
    """Days that are known of each gauge and their rain, mm: another pair means that something new came in."""
    rows = RainDay.objects.filter(gauge__key__in=keys, day__gte=first, day__lte=last, mm__isnull=False).order_by()
    return {key: (n, mm) for key, n, mm in rows.values_list("gauge__key").annotate(n=Count("pk"), mm=Sum("mm"))}


def rain_at(
    user: Any, row: FacilityRecord, first: date, last: date
) -> tuple[GaugeChoice | None, list[tuple[date, float]]]:
    """The gauge of one facility for these days, and the days on which it rained; two questions."""
    choice = choices([row], first, last).get(row.key)
    if choice is None or not choice.near:
        return choice, []
    days = rain_days(user).filter(gauge__key=choice.gauge.key, day__gte=first, day__lte=last, mm__gt=0)
    return choice, list(days.order_by("day").values_list("day", "mm"))
