"""Running totals: differences by hand, breaks named, nothing lost over a silent line, days by the rule of valid hours."""

from datetime import date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.reading.daily import day_start_s
from qingxi.reading.pushed import CloudPoint, day_value, read_pushed
from qingxi.reading.totals import Count, Step, counts_in, day_amount, is_count, name_of, rates_on, steps_of

DAY = date(2026, 11, 19)
MIDNIGHT = day_start_s(DAY)
TOP = 5000.0  # m3/d


def at(hours: float, value: float, meter: str = "A") -> Count:
    return Count(MIDNIGHT + round(hours * 3600), value, meter)


def told(breaks):
    return [((b.at_s - MIDNIGHT) / 3600, b.code, b.before, b.after) for b in breaks]


def test_differences_make_a_day():
    # 1000 at midnight, 1010 at noon, 1030 at the day's end: 30 m3
    steps, breaks = steps_of([at(12, 1010), at(0, 1000), at(24, 1030)], TOP)
    assert steps == [Step(MIDNIGHT, MIDNIGHT + 43_200, 10), Step(MIDNIGHT + 43_200, MIDNIGHT + 86_400, 20)]
    assert breaks == []
    assert day_amount(steps, DAY) == (30.0, 1.0)
    assert day_amount(steps, DAY + timedelta(days=1)) is None


def test_a_register_read_at_eight_is_shared_out_over_two_days():
    # 08:00 to 08:00: 24 m3, then 48 m3. The day has 16 h of the first step (16 m3) and 8 h of the second (16 m3).
    steps, _ = steps_of([at(8 - 24, 100), at(8, 124), at(32, 172)], TOP)
    # of the 19th: 8 h at 1 m3/h, 16 h at 2 m3/h
    assert day_amount(steps, DAY) == (40.0, 1.0)


def test_nothing_is_lost_while_the_line_is_down():
    # every quarter of an hour 0.25 m3, silent from 06:00 to 18:00
    quarters = [at(n / 4, 500 + n / 4) for n in range(97) if not 24 < n < 72]
    steps, breaks = steps_of(quarters, TOP)
    assert breaks == []
    assert day_amount(steps, DAY) == (pytest.approx(24.0), 1.0)


def test_a_counter_that_begins_anew_is_named_and_not_reckoned_over():
    steps, breaks = steps_of([at(0, 1000), at(6, 1006), at(6.25, 0.2), at(24, 17.95)], TOP)
    assert told(breaks) == [(6.25, "reset", 1006, 0.2)]
    # 6 m3 in 6 h and 17.75 m3 in 17.75 h: 1 m3/h; 23.75 of 24 h are known
    value, coverage = day_amount(steps, DAY)
    assert value == pytest.approx(24.0)
    assert coverage == pytest.approx(23.75 / 24)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([at(0, 1000), at(1, 900)], [(1, "fell", 1000, 900)]),  # run backwards, or put right
        ([at(0, 1000), at(1, 3000)], [(1, "leapt", 1000, 3000)]),  # at most 5000/24 = 208 in an hour
        ([at(0, 10), at(0.25, 210)], []),  # a short step may count what an hour can
        ([at(0, 10), at(0.25, 219)], [(0.25, "leapt", 10, 219)]),
        ([at(0, 10), at(36, 40)], []),
        ([at(0, 10), at(36.1, 40)], [(36.1, "gap", 10, 40)]),
        ([at(0, 10), at(1, 10)], []),  # stands still
        ([at(0, 1000), at(1, 99_999), at(2, 1002)], [(1, "leapt", 1000, 99_999), (2, "fell", 99_999, 1002)]),
        ([at(0, 200), at(1, 100)], [(1, "fell", 200, 100)]),  # half of it is left: no new beginning
        ([at(0, 5000), at(1, 300)], [(1, "fell", 5000, 300)]),  # more than an hour can have counted from zero
    ],
)
def test_what_a_counter_cannot_do_is_named(counts, expected):
    steps, breaks = steps_of(counts, TOP)
    assert told(breaks) == expected
    assert len(steps) == len(counts) - 1 - len(expected)


def test_another_meter_is_another_counter():
    steps, breaks = steps_of([at(0, 7000), at(10, 7010), at(12, 7500, "B"), at(24, 7512, "B"), at(13, 7013)], TOP)
    assert told(breaks) == [(12, "replaced", 7010, 7500)]  # what the old one said later does not count
    assert [step.amount for step in steps] == [10, 12]
    assert day_amount(steps, DAY) == (24.0, 22 / 24)


def test_eighteen_hours_are_a_day_and_seventeen_are_none():
    assert day_amount([Step(MIDNIGHT, MIDNIGHT + 18 * 3600, 18.0)], DAY) == (24.0, 0.75)
    assert day_amount([Step(MIDNIGHT, MIDNIGHT + 17 * 3600, 17.0)], DAY) is None


def test_counts_beside_readings_keep_their_names():
    values = {DAY: {name_of("A|1", "08:15:00"): 5.0, name_of("A|1", "24:00:00"): 6.0, "08:15:00": 3.0}}
    assert counts_in(values) == [
        Count(MIDNIGHT + 8 * 3600 + 900, 5.0, "A|1"),
        Count(MIDNIGHT + 86_400, 6.0, "A|1"),
    ]
    assert [is_count(name) for name in values[DAY]] == [True, True, False]
    assert day_value("X", "flow", DAY, {name_of("", f"{h:02d}:00:00"): 9.0 for h in range(24)}) is None


def test_steps_of_an_hour_weight_concentrations():
    steps, _ = steps_of([at(0, 0), at(0.25, 1), at(1.25, 3), at(4, 9)], TOP)
    # 1 m3 in a quarter of an hour is 96 m3/d; 2 m3 in an hour 48 m3/d; the third is longer
    assert rates_on(steps, DAY) == {"00:00:00": 96.0, "00:15:00": 48.0}


def test_a_vendors_total_is_read_as_one():
    points = [CloudPoint("A-17", "q", "QX-001", "flow", 0.1, total=True)]  # tenths of a cubic metre
    now = datetime(2026, 11, 20, tzinfo=timezone(timedelta(hours=8)))
    read = read_pushed(
        [
            {"device": "A-17", "at": "2026-11-19T08:15", "q": 1_234_567},
            {"device": "A-17", "at": "2026-11-19", "q": 1_234_999},
            {"device": "A-17", "at": "2026-11-19T09:00", "q": -1},
            {"device": "A-17", "at": "2026-11-19T09:00", "q": 1e12},
        ],
        points,
        now=now,
    )
    assert read.values == {
        ("QX-001", "flow", DAY): {name_of("A-17", "08:15:00"): 123_456.7, name_of("A-17", "24:00:00"): 123_499.9}
    }
    assert [fault.code for fault in read.faults] == ["implausible", "implausible"]


@given(
    st.lists(st.integers(1, 1800), min_size=40, max_size=200),
    st.lists(st.integers(0, 100), min_size=200, max_size=200),
    st.randoms(),
)
def test_amounts_add_up_in_any_order(gaps, amounts, chance):
    counts, moment, value = [Count(MIDNIGHT, 0)], MIDNIGHT, 0
    for gap, amount in zip(gaps, amounts, strict=False):
        moment, value = moment + gap, value + amount
        counts.append(Count(moment, value))
    shuffled = list(counts)
    chance.shuffle(shuffled)
    steps, breaks = steps_of(shuffled, TOP)
    assert breaks == []
    assert sum(step.amount for step in steps) == value
