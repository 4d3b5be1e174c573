"""Grids of a day: gaps, coverage, other steps, worked by hand."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.reading.grid import (
    Gap,
    Slot,
    covered,
    day_begin_s,
    day_number,
    fair_step,
    learned_step,
    mark,
    newest_first,
    regrid,
    runs,
    slot_of,
)

DAY = 20_758  # 2026-11-01 in Beijing
MIDNIGHT_S = day_begin_s(DAY)  # 20758 * 86400 - 28800


def test_a_day_of_beijing_begins_eight_hours_before_that_of_greenwich():
    assert MIDNIGHT_S == 1_793_462_400
    assert day_number(MIDNIGHT_S) == DAY
    assert day_number(MIDNIGHT_S - 1) == DAY - 1


def test_a_mean_belongs_to_the_period_it_begins_and_a_moment_to_the_nearest_tick():
    assert slot_of(MIDNIGHT_S + 599, "minute", 600) == (DAY, 0)
    assert slot_of(MIDNIGHT_S + 600, "minute", 600) == (DAY, 1)
    assert slot_of(MIDNIGHT_S + 597, "rtd", 300) == (DAY, 2)  # 09:57 of 10:00
    assert slot_of(MIDNIGHT_S - 3, "rtd", 300) == (DAY, 0)  # three seconds early is midnight


def test_gaps_across_midnight_are_one():
    yesterday, today = bytearray(b"\1" * 23 + b"\0"), bytearray(b"\0\0" + b"\1" * 22)
    found = list(runs({DAY - 1: yesterday, DAY: today}, 3600, MIDNIGHT_S - 86_400, MIDNIGHT_S + 86_400))
    assert found == [Gap(MIDNIGHT_S - 3600, MIDNIGHT_S + 7200, 3)]


def by_period(days, step_s, since_s, until_s):
    """Gaps as their law says it, one period after another."""
    found = []
    for begin_s in range(-(-(since_s + 28_800) // step_s) * step_s - 28_800, until_s - step_s + 1, step_s):
        day = days.get(day_number(begin_s))
        state = day[(begin_s - day_begin_s(day_number(begin_s))) // step_s] if day else 0
        if state in (1, 2):
            continue
        if found and found[-1].end_s == begin_s and found[-1].why == state:
            found[-1] = Gap(found[-1].first_s, begin_s + step_s, found[-1].slots + 1, Slot(state))
        else:
            found.append(Gap(begin_s, begin_s + step_s, 1, Slot(state)))
    return found


@given(
    data=st.lists(
        st.one_of(
            st.none(), st.sampled_from([0, 1, 2, 3, 4]).map(lambda state: bytes([state]) * 8), st.binary(min_size=8, max_size=8)
        ),
        max_size=6,
    ),
    since=st.integers(-3, 40), length=st.integers(0, 60),
)  # fmt: skip
@settings(deadline=None)
def test_gaps_told_by_whole_days_are_those_told_by_periods(data, since, length):
    step_s = 10_800
    days = {DAY + n: bytes(state % 5 for state in row) for n, row in enumerate(data) if row is not None}
    first_s = MIDNIGHT_S + since * step_s + 17
    last_s = first_s + length * step_s
    assert list(runs(days, step_s, first_s, last_s)) == by_period(days, step_s, first_s, last_s)


def test_a_named_part_stands_apart_and_a_day_without_a_row_is_missing():
    row = bytearray(24)
    row[:4] = b"\3\3\0\0"
    row[4:] = b"\1" * 20
    found = list(runs({DAY: row}, 3600, MIDNIGHT_S - 86_400, MIDNIGHT_S + 86_400))
    assert found == [
        Gap(MIDNIGHT_S - 86_400, MIDNIGHT_S, 24),
        Gap(MIDNIGHT_S, MIDNIGHT_S + 7200, 2, Slot.NO_DATA),
        Gap(MIDNIGHT_S + 7200, MIDNIGHT_S + 14_400, 2),
    ]
    # 48 due; 20 there, 2 named, 26 open
    told = covered({DAY: row}, 3600, MIDNIGHT_S - 86_400, MIDNIGHT_S + 86_400)
    assert (told.due, told.live, told.late, told.named, told.open) == (48, 20, 0, 2, 26)
    assert told.share == 20 / 48


def test_periods_that_are_not_over_or_began_before_the_first_word_are_not_due():
    row = bytearray(144)
    row[60] = 1
    since_s, until_s = MIDNIGHT_S + 60 * 600, MIDNIGHT_S + 62 * 600 + 599
    assert list(runs({DAY: row}, 600, since_s, until_s)) == [Gap(since_s + 600, since_s + 1200, 1)]


def test_data_stand_over_reasons_and_in_time_over_late():
    row = bytearray(4)
    for state in (Slot.NO_DATA, Slot.LATE, Slot.BEYOND, Slot.LIVE, Slot.LATE):
        mark(row, 0, state)
    assert row[0] == Slot.LIVE
    mark(row, 1, Slot.LATE)
    mark(row, 1, Slot.NO_DATA)
    assert row[1] == Slot.LATE


def test_steps():
    assert [fair_step(s) for s in (1, 60, 290, 301, 610, 86_400)] == [60, 60, 300, 300, 600, 86_400]
    assert learned_step([0, 300, 600, 900, 1800, 2100]) == 300  # 300 four times, 900 once
    assert learned_step([0, 300, 600]) == 0  # two distances say too little


def test_another_grid_keeps_what_was_there():
    assert regrid(b"\1\0\2\0", 2) == b"\1\2"
    assert regrid(b"\1\0", 4) == b"\1\1\0\0"
    assert regrid(b"\3\1\3\3", 2) == b"\1\3"  # one there and one named: there


def test_pieces_the_newest_first():
    gaps = [Gap(0, 3 * 3600, 18), Gap(10 * 3600, 20 * 3600, 60)]
    pieces = newest_first(gaps, 6 * 3600)
    assert [(p.first_s // 3600, p.end_s // 3600, p.slots) for p in pieces] == [
        (14, 20, 36),
        (10, 14, 24),
        (0, 3, 18),
    ]


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 287), max_size=288), st.integers(0, 287), st.integers(0, 287))
def test_gaps_are_exactly_what_nobody_reported(seen, low, high):
    row = bytearray(144)
    other = bytearray(144)
    for at in seen:
        mark(row if at < 144 else other, at % 144, Slot.LIVE)
    since_s, until_s = MIDNIGHT_S + min(low, high) * 600, MIDNIGHT_S + max(low, high) * 600
    days = {DAY: bytes(row), DAY + 1: bytes(other)}
    found = list(runs(days, 600, since_s, until_s))
    missing = {
        s for gap in found for s in range((gap.first_s - MIDNIGHT_S) // 600, (gap.end_s - MIDNIGHT_S) // 600)
    }
    assert missing == set(range(min(low, high), max(low, high))) - seen
    assert sum(gap.slots for gap in found) == len(missing)
    assert all(a.end_s < b.first_s for a, b in pairwise(found))
    told = covered(days, 600, since_s, until_s)
    assert (told.due, told.open) == (max(low, high) - min(low, high), len(missing))
