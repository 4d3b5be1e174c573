"""What papers tell of when something turned, and what rain brought: values by hand."""

from datetime import date, timedelta

import numpy as np
import pytest

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import Evidence, rain_events, trace
from qingxi.finding.by_paper import Month, days_within
from qingxi.finding.lean_months import lean_months
from qingxi.reading import Bill, DailySeries, LabResult, Samples, day_start_s

YEAR = date(2025, 1, 1), date(2025, 12, 31)


def test_lean_months_are_the_stretch_that_stands_out():
    kwh = np.array([36, 36.2, 31.3, 31.3, 31.8, np.nan, 31.8, 36, 36.1, 35.6])
    told = lean_months(kwh)
    # Means by hand: 126.2 / 4 = 31.55 inside, 179.9 / 5 = 35.98 outside; the month without a bill lies inside.
    assert told is not None
    assert (told.first, told.last, told.others) == (2, 6, 5)
    assert (told.low, told.high) == (pytest.approx(31.55), pytest.approx(35.98))
    assert told.told(0.12, 3)  # 4.43 of 35.98 is 12.3 %
    assert not told.told(0.13, 3)


def test_a_plant_that_always_draws_alike_has_no_lean_months():
    assert lean_months(np.array([7.1, 6.9, 7.1, 7.2, 7.3, 7.3, 7.2, 7.1, 6.9])) is None
    assert lean_months(np.array([9.0, 9.0, 4.0, 4.0, np.nan])) is None  # too few to say how months differ


@pytest.mark.parametrize(
    ("kwh", "days"),
    [(20.0, 15), (38.0, 0), (10.0, 30), (float("nan"), 0)],
)
def test_a_month_at_the_edge_belongs_in_part(kwh, days):
    # Half-way between 0 and 40: 15 of April's 30 days; 5 % below the usual is scatter; at the low level itself: all 30.
    month = Month(date(2025, 4, 1), None, kwh, False, (), (), ())
    assert days_within(month, 0.0 if kwh != 10.0 else 10.0, 40.0) == days


def test_a_stop_in_mid_month_is_dated_there():
    plant = Facility("A", "甲站", "", "", "A2O", 30, power_account="K", evidence=EvidenceLevel.PAPER)
    # 300 kWh a month; off from 15 April (half of its 300) to the end of July.
    kwh = [310, 280, 310, 150, 0, 0, 0, 310, 300, 310, 300, 310]
    bills = tuple(Bill("K", date(2025, k + 1, 1), x) for k, x in enumerate(kwh))
    (stop,) = [f for f in trace(plant, Evidence(bills=bills), *YEAR) if f.kind == "stopped"]
    # April: 5 of usual 10 kWh a day, half of 30 days.
    assert (stop.start, stop.end) == (date(2025, 4, 16), date(2025, 7, 31))


def _labs(day, **pairs):
    return [
        LabResult("A", day, point, code, value)
        for code, both in pairs.items()
        for point, value in zip(("influent", "effluent"), both, strict=True)
    ]


def test_cod_and_ammonia_decide_and_a_level_pair_beside_goes_with_them():
    plant = Facility("A", "甲站", "", "", "A2O", 30, evidence=EvidenceLevel.PAPER)
    good = {"cod": (300, 40), "nh3n": (36, 6), "tn": (43, 12), "ss": (170, 8), "tp": (3.3, 0.8)}
    # Solids settle and nitrogen is half eaten even in a dead tank: only two of five lie higher.
    bad = {"cod": (374, 545), "nh3n": (35.7, 36.1), "tn": (48.5, 43.9), "ss": (172, 132), "tp": (2.7, 3.7)}
    # 0.9 and 1.05: their mean is 0.97, nothing was taken out.
    level = {"cod": (300, 270), "nh3n": (40, 42), "tn": (48, 45), "ss": (170, 60), "tp": (3, 3)}
    days = [date(2025, m, 15) for m in (1, 3, 5, 7, 9)]
    labs = [x for d, p in zip(days, (good, level, bad, good, good), strict=True) for x in _labs(d, **p)]
    (worse,) = [f for f in trace(plant, Evidence(labs=tuple(labs)), *YEAR) if f.kind == "effluent-worse"]
    # From half-way between 15 January and 15 March (29 days of 59) to half-way between 15 May and 15 July (30 of 61).
    assert (worse.start, worse.end) == (date(2025, 2, 14), date(2025, 6, 14))
    alone = [x for d, p in zip(days, (good, level, good, good, good), strict=True) for x in _labs(d, **p)]
    assert not [f for f in trace(plant, Evidence(labs=tuple(alone)), *YEAR) if f.kind == "effluent-worse"]


def _wet_plant(leak_m3_per_mm, guests):
    """A year of flow, 30 m3/d with a day's course; rain 10 mm every fourth day; guests double it in the wet season."""
    rng = np.random.default_rng(3)
    first, days = YEAR[0], 365
    mm = np.where((np.arange(days) % 4 == 0) & (np.arange(days) > 120) & (np.arange(days) < 260), 10.0, 0.0)
    course = 1 + 0.5 * np.sin(2 * np.pi * np.arange(24) / 24)
    base = 30 * np.where((np.arange(days) > 120) & (np.arange(days) < 260), 1 + guests, 1.0)
    flow = base[:, None] * course * np.exp(rng.normal(0, 0.05, (days, 1)) + rng.normal(0, 0.1, (days, 24)))
    flow[:, 6:18] += 2 * leak_m3_per_mm * mm[:, None]  # half a day at twice the daily mean
    at = day_start_s(first) + np.arange(days * 24) * 3600
    plant = Facility("A", "甲站", "", "", "A2O", 40, evidence=EvidenceLevel.HJ212)
    samples = {"flow": Samples("A", "flow", "minute", at, flow.ravel(), np.ones(at.size, dtype=bool), 3600)}
    rain = DailySeries("A", "rain", first, mm, np.ones(days))
    return plant, Evidence(samples=samples, rain=rain), (first, first + timedelta(days=days - 1))


def test_rain_is_told_from_guests_who_come_in_the_wet_season():
    plant, evidence, year = _wet_plant(0.0, 0.8)
    assert not [f for f in trace(plant, evidence, *year) if f.kind == "rain-inflow"]
    plant, evidence, year = _wet_plant(1.5, 0.0)
    assert [f for f in trace(plant, evidence, *year) if f.kind == "rain-inflow"]
    clear = [e for e in rain_events(plant, evidence, *year) if e.clear]
    # 10 mm at 1.5 m3/mm.
    inside = [e.low_m3 <= 15 <= e.high_m3 for e in clear]
    assert len(clear) > 20
    assert np.mean(inside) > 0.9
    assert 12 < np.median([e.volume_m3 for e in clear]) < 18
