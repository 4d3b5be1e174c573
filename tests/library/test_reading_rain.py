"""Rain of a day out of its hours or its whole value, gaps, and the gauge that speaks for a place."""

from datetime import date

import numpy as np
import pytest

from qingxi.reading import Gauge, choose_gauge, day_of, day_rain, gaps_of, rain_series
from qingxi.reading.pushed import WHOLE_DAY

D = date(2026, 6, 1)


def hours(n, mm=1.0):
    return {f"{h:02d}": mm for h in range(1, n + 1)}


def test_a_day_is_its_hours_when_there_are_enough_of_them():
    assert day_rain(hours(24, 0.5)) == (12.0, 1.0)
    assert day_rain(hours(18)) == (18.0, 0.75)  # 18 of 24 hours, as the rules of validity ask
    assert day_rain(hours(17)) is None
    assert day_rain(hours(17) | {WHOLE_DAY: 20.5}) == (20.5, 1.0)
    assert day_rain(hours(24) | {WHOLE_DAY: 99.0}) == (24.0, 1.0)
    assert day_rain({WHOLE_DAY: 0.0}) == (0.0, 1.0), "dry is known"
    assert day_rain({}) is None


def test_a_series_has_no_value_where_nothing_is_known():
    found = rain_series("QX-1", {D: {WHOLE_DAY: 3.0}, date(2026, 6, 3): {WHOLE_DAY: 0.0}})
    assert found is not None
    series, fine = found
    assert fine is None
    assert (series.first, series.quantity) == (D, "rain")
    assert np.array_equal(series.values, [3.0, np.nan, 0.0], equal_nan=True)
    assert series.coverage.tolist() == [1.0, 0.0, 1.0]
    assert rain_series("QX-1", {D: hours(3)}) is None


def test_hours_stand_at_the_beginning_of_their_hour_and_whole_days_are_spread():
    found = rain_series("QX-1", {D: {"01": 2.0} | {k: 0.0 for k in hours(24) if k != "01"}, date(2026, 6, 2): {WHOLE_DAY: 24.0}})  # fmt: skip
    assert found is not None
    series, fine = found
    assert fine is not None
    assert series.values.tolist() == [2.0, 24.0]
    # The hour that ends at 1 o'clock began at midnight in Beijing: 16:00 UTC of the day before.
    assert int(fine.at_s[0]) == 1780243200
    assert day_of(int(fine.at_s[0])) == D
    assert fine.values[0] == 2.0
    assert fine.values[24:].tolist() == [1.0] * 24
    assert fine.valid.all()


# One degree of latitude is 111.19 km on the sphere of 6371 km; 0.02° are 2.22 km, 0.05° 5.56 km, 0.2° 22.2 km.
NEAR, NEXT, FAR = Gauge("A", "近", 105.0, 30.02), Gauge("B", "次", 105.0, 30.05), Gauge("C", "远", 105.0, 30.2)


@pytest.mark.parametrize(
    ("gauges", "known", "who", "near", "km"),
    [
        ([FAR, NEXT, NEAR], {"A": 100, "B": 100, "C": 100}, "A", True, 2.22),
        ([FAR, NEXT, NEAR], {"A": 10, "B": 60, "C": 100}, "B", True, 5.56),  # the nearest knows too little
        ([NEXT, NEAR], {"A": 10, "B": 20}, "B", True, 5.56),  # both too little: the one that knows more
        ([NEXT, NEAR], {"A": 10}, "A", True, 2.22),
        ([FAR], {"C": 100}, "C", False, 22.24),  # beyond 10 km nobody speaks
    ],
)
def test_the_nearest_that_knows_enough_speaks(gauges, known, who, near, km):
    found = choose_gauge(105.0, 30.0, gauges, known, 100)
    assert found is not None
    assert (found.gauge.key, found.near) == (who, near)
    assert found.km == pytest.approx(km, abs=0.01)


def test_without_gauges_or_rain_nobody_speaks():
    assert choose_gauge(105.0, 30.0, [], {}, 100) is None
    silent = choose_gauge(105.0, 30.0, [NEAR], {}, 100)
    assert silent is not None
    assert (silent.near, silent.known) == (True, 0)


def test_gaps_are_the_days_of_which_nothing_is_known():
    known = [date(2026, 6, 2), date(2026, 6, 5)]
    assert gaps_of(known, D, date(2026, 6, 6)) == [
        (D, D), (date(2026, 6, 3), date(2026, 6, 4)), (date(2026, 6, 6), date(2026, 6, 6)),
    ]  # fmt: skip
    assert gaps_of(known, date(2026, 6, 2), date(2026, 6, 2)) == []
