"""From readings to days: coverage, validity, weights; every expected value worked by hand."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.reading import Validity, best_daily, daily, daily_of, day_of, day_start_s, hourly, make_samples, span_of

DAY = date(2026, 10, 1)
START = day_start_s(DAY)
RULES = Validity(hour_valid_min=45, day_valid_hours=18)


def every(minutes, values, quantity="flow", marks=None, kind="rtd", start=START):
    at = start + 60 * minutes * np.arange(len(values))
    return make_samples("QX-001", quantity, kind, at, values, marks or ["N"] * len(values), minutes)


def test_midnight_is_beijings():
    # 2026-10-01 00:00 in Beijing is 2026-09-30 16:00 UTC = 1790784000 s
    assert START == 1790784000
    assert day_of(START) == DAY
    assert day_of(START - 1) == date(2026, 9, 30)


def test_a_full_day_is_the_mean_with_full_coverage():
    # 96 readings: 48 of 10 and 48 of 20; mean 15
    series = daily(every(15, [10.0] * 48 + [20.0] * 48), DAY, DAY, rules=RULES)
    assert series.values.tolist() == [15.0]
    assert series.coverage.tolist() == [1.0]


def test_a_missing_day_is_not_a_zero():
    series = daily(every(15, [10.0] * 96), DAY, date(2026, 10, 3), rules=RULES)
    assert series.values[0] == 10.0
    assert np.isnan(series.values[1:]).all()
    assert series.coverage.tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize(("hours", "has_value"), [(18, True), (17, False)])
def test_a_day_needs_eighteen_valid_hours(hours, has_value):
    series = daily(every(15, [10.0] * (4 * hours)), DAY, DAY, rules=RULES)
    assert bool(np.isnan(series.values[0])) is not has_value
    assert series.coverage[0] == pytest.approx(hours / 24)  # told all the same


def test_an_hour_needs_forty_five_valid_minutes():
    # Hour 0: 3 of 4 quarters valid = 45 min, counts. Hour 1: 2 of 4 = 30 min, does not.
    marks = ["N", "N", "N", "D", "N", "N", "D", "D"]
    hours = hourly(every(15, [10.0, 20.0, 30.0, 999.0, 1, 1, 1, 1], marks=marks), DAY, 1, RULES)
    assert hours[0, 0] == 20.0  # (10 + 20 + 30) / 3
    assert np.isnan(hours[0, 1])


@pytest.mark.parametrize("mark", ["F", "M", "S", "D", "C", "T", "B"])
def test_only_normal_readings_count(mark):
    samples = every(15, [10.0, 20.0], marks=["N", mark])
    assert samples.valid.tolist() == [True, False]


def test_values_outside_what_an_instrument_can_show_do_not_count():
    # pH 0 to 14; below zero and not-a-number never
    samples = every(15, [7.1, 14.5, -0.1, float("nan")], quantity="ph")
    assert samples.valid.tolist() == [True, False, False, False]


def test_concentration_is_weighted_by_flow():
    # Half the day 20 mg/L at 30 m3/d, half 60 mg/L at 10 m3/d: (20*30 + 60*10) / 40 = 30, plain mean would be 40
    cod = every(60, [20.0] * 12 + [60.0] * 12, "cod")
    flow = every(60, [30.0] * 12 + [10.0] * 12, "flow")
    assert daily(cod, DAY, DAY, flow=flow, rules=RULES).values[0] == pytest.approx(30.0)
    assert daily(cod, DAY, DAY, rules=RULES).values[0] == pytest.approx(40.0)


def test_hours_without_flow_do_not_enter_the_weighted_mean():
    # 12 hours at flow 0 show 500 mg/L of standing water; the flowing 12 hours show 40
    cod = every(60, [500.0] * 12 + [40.0] * 12, "cod")
    flow = every(60, [0.0] * 12 + [10.0] * 12, "flow")
    assert daily(cod, DAY, DAY, flow=flow, rules=RULES).values[0] == pytest.approx(40.0)


def test_ph_is_never_weighted():
    ph = every(60, [6.0] * 12 + [8.0] * 12, "ph")
    flow = every(60, [0.0] * 12 + [10.0] * 12, "flow")
    assert daily(ph, DAY, DAY, flow=flow, rules=RULES).values[0] == 7.0


def test_readings_rarer_than_hourly_are_judged_by_their_own_step():
    # Every four hours: six pieces a day, five of them are 20 hours and enough
    series = daily(every(240, [10.0] * 5, "cod"), DAY, DAY, rules=RULES)
    assert series.values[0] == 10.0
    assert series.coverage[0] == pytest.approx(5 / 6)


def test_the_step_is_the_registered_one_or_the_commonest():
    at = np.array([0, 900, 1800, 3600, 4500])  # one reading missing at 2700
    assert span_of(at, "rtd") == 900
    assert span_of(at, "rtd", every_min=5) == 300
    assert span_of(at, "hour") == 3600
    assert span_of(np.array([7]), "rtd") == 900  # the table's 15 min


def test_a_day_takes_the_finest_report_that_is_complete():
    rtd = every(15, [10.0] * 40)  # 10 hours: too few
    day = make_samples("QX-001", "flow", "day", [START], [12.0], ["N"])
    assert daily_of([rtd, day], DAY, DAY, rules=RULES).values[0] == 12.0
    full = every(15, [10.0] * 96)
    assert daily_of([full, day], DAY, DAY, rules=RULES).values[0] == 10.0
    assert daily_of([], DAY, DAY) is None
    with pytest.raises(ValueError, match="no series"):
        best_daily({})


def test_the_same_moment_twice_counts_once():
    samples = make_samples("QX-001", "flow", "rtd", [START, START, START + 900], [5.0, 7.0, 9.0], ["N"] * 3)
    assert samples.at_s.tolist() == [START, START + 900]
    assert samples.values.tolist() == [5.0, 9.0]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.floats(0, 5000), min_size=1, max_size=96),
    st.sampled_from([5, 10, 15, 30, 60, 240]),
    st.integers(0, 23),
)
def test_a_day_lies_between_its_readings_and_coverage_is_a_share(values, minutes, late_h):
    samples = every(minutes, values, start=START + 3600 * late_h)
    series = daily(samples, DAY, date(2026, 10, 20), rules=RULES)
    assert ((series.coverage >= 0) & (series.coverage <= 1)).all()
    known = series.values[~np.isnan(series.values)]
    slack = 1e-9 * max(values) + 1e-9
    assert ((known >= min(values) - slack) & (known <= max(values) + slack)).all()
