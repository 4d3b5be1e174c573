"""Working days of real years, a year without a schedule, and three clocks."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.calendar import Clock, WorkingDays, due_date

DAYS = WorkingDays()


def test_national_day_2025():
    # 2025: 1 to 8 October free; Sunday 28 September and Saturday 11 October worked
    assert not DAYS.is_working(date(2025, 10, 8))
    assert DAYS.is_working(date(2025, 10, 9))
    assert DAYS.is_working(date(2025, 9, 28))
    assert DAYS.is_working(date(2025, 10, 11))
    # 30 September + 1 working day is 9 October
    assert DAYS.add(date(2025, 9, 30), 1) == date(2025, 10, 9)
    # back again: from 9 October one back is 30 September
    assert DAYS.add(date(2025, 10, 9), -1) == date(2025, 9, 30)


def test_between_counts_the_end_and_not_the_start():
    # Monday 16 to Friday 20 March 2026: Tue, Wed, Thu, Fri
    assert DAYS.between(date(2026, 3, 16), date(2026, 3, 20)) == 4
    assert DAYS.between(date(2026, 3, 20), date(2026, 3, 16)) == -4


def test_zero_days_from_a_free_day_is_the_next_working_day():
    assert DAYS.add(date(2026, 11, 22), 0) == date(2026, 11, 23)  # a Sunday


def test_a_year_without_schedule_falls_back_to_weekends_and_says_so():
    far = date(DAYS.until_year + 1, 1, 4)
    assert DAYS.is_working(far) == (far.weekday() < 5)
    doubt = DAYS.doubt(date(DAYS.until_year, 12, 20), far)
    assert doubt.years == (DAYS.until_year + 1,)
    assert "尚未公布" in str(doubt)
    assert DAYS.doubt(date(2025, 1, 1), date(2025, 12, 31)) is None


def test_a_county_corrects_the_schedule():
    own = WorkingDays(also_working={date(2026, 11, 22)}, also_free={date(2026, 11, 23)})
    assert own.add(date(2026, 11, 21), 1) == date(2026, 11, 22)
    assert own.add(date(2026, 11, 22), 1) == date(2026, 11, 24)
    with pytest.raises(ValueError, match="both ways"):
        WorkingDays(also_working={date(2026, 1, 1)}, also_free={date(2026, 1, 1)})


def test_three_clocks():
    start = date(2025, 9, 28)  # a worked Sunday before the holiday
    # calendar: 28 + 10 = 8 October; statutory: ends on a free day, so 9 October; working: 29, 30, 9, 10, 11
    assert due_date(start, 10, Clock.CALENDAR, DAYS) == date(2025, 10, 8)
    assert due_date(start, 10, Clock.STATUTORY, DAYS) == date(2025, 10, 9)
    assert due_date(start, 5, Clock.WORKING, DAYS) == date(2025, 10, 11)
    with pytest.raises(ValueError):
        due_date(start, -1, Clock.CALENDAR, DAYS)


DATES = st.dates(date(2023, 1, 1), date(2026, 12, 31))


@given(DATES, st.integers(1, 60))
def test_add_and_between_agree(day, n):
    end = DAYS.add(day, n)
    assert DAYS.is_working(end)
    assert DAYS.between(day, end) == n


@given(DATES)
def test_a_day_later_never_ends_sooner(day):
    assert DAYS.add(day + timedelta(days=1), 10) >= DAYS.add(day, 10)


@given(
    start=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    n=st.integers(0, 900),
    working=st.frozensets(st.dates(date(2024, 1, 1), date(2028, 12, 31)), max_size=6),
    free=st.frozensets(st.dates(date(2024, 1, 1), date(2028, 12, 31)), max_size=6),
)
def test_between_is_the_count_day_by_day(start, n, working, free):
    days = WorkingDays(also_working=working - free, also_free=free)
    slow = sum(days.is_working(start + timedelta(days=i)) for i in range(1, n + 1))
    assert days.between(start, start + timedelta(days=n)) == slow
