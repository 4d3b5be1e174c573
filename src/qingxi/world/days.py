"""The true days of every plant: rain, people, flow, power. What the evidence is then measured from."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from qingxi.world.chance import chance
from qingxi.world.stations import AS_OF, Station

if TYPE_CHECKING:
    from qingxi.world.county import County

F64 = npt.NDArray[np.float64]

FIRST = date(2025, 10, 1)
SPRING_FESTIVAL = date(2026, 2, 17)
_WET = (0.22, 0.25, 0.32, 0.36, 0.4, 0.45, 0.48, 0.45, 0.5, 0.42, 0.3, 0.2)  # share of days with rain, by month
_RAIN = (2, 3, 5, 8, 12, 16, 20, 18, 12, 7, 4, 2)  # mean mm of a wet day, by month
# kWh per m3 and kWh a day without any water, per m3/d of design, by process
_POWER = {
    "一体化A/O": (0.62, 0.12),
    "A2O+人工湿地": (0.66, 0.12),
    "厌氧+人工湿地": (0.24, 0.02),
    "生物接触氧化": (0.58, 0.11),
    "MBR一体化": (1.05, 0.2),
    "净化槽": (0.55, 0.14),
    "稳定塘": (0.0, 0.0),
}


@dataclass(frozen=True)
class TrueDays:
    """Arrays of plants by days; day 0 is :data:`FIRST`.

    ``flow_m3`` and ``kwh`` are totals of the day; ``runs`` whether the plant worked; ``temp_c`` and ``rain_mm`` by day.
    """

    flow_m3: F64
    kwh: F64
    runs: npt.NDArray[np.bool_]
    rain_mm: F64
    temp_c: F64

    def index(self, day: date) -> int:
        """Column of a day."""
        return (day - FIRST).days


def make_days(county: "County") -> TrueDays:
    """Simulate every plant from October 2025 to the day the data speak of."""
    rng = chance(county.seed, "days")
    stations = county.stations
    n = (AS_OF - FIRST).days + 1
    days = [FIRST + timedelta(days=k) for k in range(n)]
    month = np.array([d.month - 1 for d in days])
    rain = np.where(rng.random(n) < np.array(_WET)[month], rng.gamma(0.7, np.array(_RAIN)[month] / 0.7), 0.0)
    wetness = np.zeros(n)
    for k in range(1, n):
        wetness[k] = 0.82 * wetness[k - 1] + rain[k]
    yearly = np.array([np.cos(2 * np.pi * (d.timetuple().tm_yday - 205) / 365) for d in days])
    temp = 17.5 + 6.5 * yearly + rng.normal(0, 0.8, n)
    off = np.array([(d - SPRING_FESTIVAL).days for d in days])
    home = np.where(off < 0, np.exp(-((off / 6.0) ** 2)), np.exp(-((off / 9.0) ** 2)))
    week = np.array([1.0 if (d.month == 10 and d.day <= 7) or (d.month == 5 and d.day <= 5) else 0.0 for d in days])
    flow = np.zeros((len(stations), n))
    kwh = np.zeros_like(flow)
    runs = np.ones(flow.shape, dtype=np.bool_)
    for i, s in enumerate(stations):
        swell = float(rng.uniform(0.35, 0.8))
        leak = float(rng.gamma(1.2, 0.0016))
        pattern = 1 + swell * home + 0.12 * week + 0.06 * yearly
        q = s.design_m3_d * s.load * pattern * (1 + leak * wetness) * np.exp(rng.normal(0, 0.07, n))
        q = np.minimum(q, 1.5 * s.design_m3_d)
        runs[i] = working(s, days)
        per_m3, standing = _POWER[s.process]
        starved = s.trouble == "starved"
        use = per_m3 * q * (1.25 if starved else 1.0) + standing * s.design_m3_d * (0.35 if starved else 1.0)
        repair = rng.random(n) < 0.004  # a day's fault now and then
        q = np.where(repair, 0.3 * q, q)
        flow[i] = np.where(runs[i], q, 0.0)
        idle = rng.uniform(0.02, 0.07, n) if s.trouble != "idle" else rng.uniform(0.15, 0.32, n)
        kwh[i] = np.where(runs[i], use * np.exp(rng.normal(0, 0.05, n)), np.where(rng.random() < 0.4, 0.0, idle))
        if s.trouble == "idle":
            kwh[i] = np.where(runs[i], kwh[i], idle)
    return TrueDays(flow, kwh, runs, rain, temp)


def working(s: Station, days: list[date]) -> npt.NDArray[np.bool_]:
    """Whether the plant truly worked on each day."""
    if s.trouble in ("stopped", "unknown_owner", "idle") and s.since is not None:
        return np.array([s.commissioned <= d < s.since for d in days])
    return np.array([s.commissioned <= d for d in days])
