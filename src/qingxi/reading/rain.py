"""Rain by gauge: what is known of a day, and which gauge speaks for a facility.

A value stands for the hour that ends at its time (时段末, as SL 21 writes sheets), named ``"01"`` to ``"24"`` of its day, or
for the whole day. The whole day of a water bureau's gauge runs from 8 to 8, that of a weather station from 20 to 20; it is
counted to the day it is written for, which holds most of it. Millimetres throughout.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from qingxi.reading.daily import day_start_s
from qingxi.reading.pushed import WHOLE_DAY
from qingxi.reading.samples import Samples, make_samples
from qingxi.reading.series import DailySeries
from qingxi.standard import load_table

HOURS = tuple(f"{hour:02d}" for hour in range(1, 25))
_EARTH_M = 6_371_000.0

DayRain = Mapping[str, float]
"""Of one day: hour ``"01"`` to ``"24"``, or :data:`WHOLE_DAY`, to mm."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """A rain gauge: its number, name and point (degrees, CGCS2000)."""

    key: str
    name: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class GaugeChoice:
    """The gauge that speaks for a place: ``near`` enough, with rain written down for ``known`` of ``days``.

    One that is not near or knows nothing speaks for nobody; it is given so that a page can name it.
    """

    gauge: Gauge
    distance_m: float
    near: bool
    known: int
    days: int

    @property
    def km(self) -> float:
        """Distance, km."""
        return self.distance_m / 1000


def day_rain(values: DayRain) -> tuple[float, float] | None:
    """Rain of a day, mm, and the share of it that was measured; None where too little is known.

    Hours count when there are as many as the rules of validity ask of a day; else the value of the whole day.
    """
    hours = [mm for name, mm in values.items() if name != WHOLE_DAY]
    if len(hours) >= load_table("validity")["day.valid_hours"]:
        return math.fsum(hours), len(hours) / len(HOURS)
    if WHOLE_DAY in values:
        return values[WHOLE_DAY], 1.0
    return None


def distance_m(lon: float, lat: float, other: Gauge) -> float:
    """Metres from a point to a gauge, on the sphere."""
    a, b = math.radians(lat), math.radians(other.lat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other.lon - lon) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def choose_gauge(
    lon: float, lat: float, gauges: Iterable[Gauge], known: Mapping[str, int], days: int
) -> GaugeChoice | None:
    """The nearest gauge that knows enough of the days looked at; None where no gauge is registered at all.

    Parameters
    ----------
    known : mapping
        Days with rain (zero is rain too), by gauge, of the ``days`` looked at.

    Of those near enough that all know too little, the one that knows most is taken; one that knows nothing never is.
    Where none may speak the nearest is given, so that a page can say how far it is.
    """
    law = load_table("rain")
    far = law["gauge.near"] * 1000
    found = sorted(
        (
            GaugeChoice(g, d, d <= far, known.get(g.key, 0), days)
            for g in gauges
            for d in (distance_m(lon, lat, g),)
        ),
        key=lambda c: (c.distance_m, c.gauge.key),
    )
    near = [c for c in found if c.near and c.known]
    good = [c for c in near if c.known >= law["gauge.known"] * days]
    if good:
        return good[0]
    if near:
        return max(near, key=lambda c: c.known)
    return found[0] if found else None


def rain_series(facility: str, days: Mapping[date, DayRain]) -> tuple[DailySeries, Samples | None] | None:
    """A gauge's rain as a facility's evidence: mm by day, and by hour where most days came by the hour.

    Days that only came whole are spread over their hours in the second. None where no day is known.
    """
    known = {day: found for day, values in days.items() if (found := day_rain(values)) is not None}
    if not known:
        return None
    first, last = min(known), max(known)
    n = (last - first).days + 1
    values, covered = np.full(n, np.nan), np.zeros(n)
    for day, (mm, share) in known.items():
        values[(day - first).days], covered[(day - first).days] = mm, share
    series = DailySeries(facility, "rain", first, values, covered)
    if sum(not _whole(days[day]) for day in known) < load_table("rain")["gauge.hourly"] * len(known):
        return series, None
    at, mm_at = [], []
    for day in sorted(known):
        begin = day_start_s(day)
        if _whole(days[day]):
            at += [begin + 3600 * h for h in range(24)]
            mm_at += [days[day][WHOLE_DAY] / 24] * 24
        else:
            for name in sorted(set(days[day]) - {WHOLE_DAY}):
                at.append(begin + 3600 * (int(name) - 1))
                mm_at.append(days[day][name])
    return series, make_samples(facility, "rain", "hour", at, mm_at, [""] * len(at))


def _whole(values: DayRain) -> bool:
    """Whether a day is known by its whole value alone."""
    return len(values) - (WHOLE_DAY in values) < load_table("validity")["day.valid_hours"]


def gaps_of(known: Iterable[date], first: date, last: date) -> list[tuple[date, date]]:
    """Stretches of days between two days, both with, of which nothing is known, in order."""
    there, out = set(known), list[tuple[date, date]]()
    day = first
    while day <= last:
        if day not in there:
            if out and out[-1][1] == day - timedelta(days=1):
                out[-1] = (out[-1][0], day)
            else:
                out.append((day, day))
        day += timedelta(days=1)
    return out
