"""Rain every 15 minutes and temperature by day at the places of a county: storms with a shape, wet and dry spells."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from qingxi.world.plants.festivals import days_from, year_wave

F64 = npt.NDArray[np.float64]

STEPS = 96
"""Quarter-hours of a day."""
_WET = (0.20, 0.24, 0.32, 0.36, 0.40, 0.45, 0.46, 0.44, 0.42, 0.34, 0.26, 0.18)
_MM = (3, 4, 6, 9, 13, 17, 20, 18, 12, 7, 5, 3)
"""Share of wet days and mean millimetres of one, by month: about 1,400 mm a year, as in the rainy west of Sichuan."""
TIP_MM = 0.2
"""One tip of the gauge."""


@dataclass(frozen=True)
class Weather:
    """Of one place: ``rain_mm`` by quarter-hour as it fell, ``wetness`` of the ground 0 to 1, ``temp_c`` of water by day."""

    rain_mm: F64
    wetness: F64
    temp_c: F64

    @property
    def day_mm(self) -> F64:
        """Rain by day."""
        return np.asarray(self.rain_mm.reshape(-1, STEPS).sum(axis=1), dtype=np.float64)

    @property
    def gauge_mm(self) -> F64:
        """What a tipping gauge counts: whole tips of 0.2 mm."""
        tips = np.floor(np.cumsum(self.rain_mm) / TIP_MM + 1e-9)
        return np.asarray(np.diff(tips, prepend=0.0) * TIP_MM, dtype=np.float64)


def make_weather(rng: np.random.Generator, first: date, days: int, county_days: F64 | None = None) -> Weather:
    """Weather of one place.

    Parameters
    ----------
    county_days : float64[days] or None
        Uniform numbers of the county that decide whether a day is wet, so that neighbours are wet together.
    """
    dates = days_from(first, days)
    month = np.array([d.month - 1 for d in dates])
    chance = np.array(_WET)[month]
    common = rng.random(days) if county_days is None else county_days
    own = rng.random(days)
    wet = np.where(rng.random(days) < 0.85, common, own) < chance
    total = rng.gamma(0.65, np.array(_MM)[month] / 0.65)
    rain = np.zeros(days * STEPS)
    for day in np.flatnonzero(wet & (total > 0.2)).tolist():
        storms = int(rng.integers(1, 3))
        parts = rng.dirichlet(np.full(storms, 1.5)) * total[day]
        for part in parts.tolist():
            steps = int(np.clip(rng.gamma(2.0, 8.0), 2, 72))  # half an hour to 18 hours, four on the average
            start = day * STEPS + int(rng.integers(0, STEPS))
            place = (np.arange(steps) + 0.5) / steps
            peak = rng.uniform(0.2, 0.6)
            shape = np.where(place < peak, place / peak, (1 - place) / (1 - peak)) ** 1.6
            shape *= np.exp(rng.normal(0, 0.6, steps))
            end = min(rain.size, start + steps)
            rain[start:end] += part * (shape / shape.sum())[: end - start]
    by_day = rain.reshape(days, STEPS).sum(axis=1)
    wetness = np.clip(lfilter([1.0], [1.0, -0.9], by_day) / 120.0, 0.0, 1.0)
    wobble = lfilter([0.6], [1.0, -0.8], rng.normal(0, 1.0, days))
    temp = 17.0 + 7.5 * year_wave(dates, 205) + wobble
    return Weather(rain, np.asarray(wetness, dtype=np.float64), np.asarray(temp, dtype=np.float64))
