"""The disclosure list: days by hand, and what an overdue one is."""

from datetime import date

import pytest

from qingxi.disclosure import When, last_end, owed_list, standing

BY_KEY = {o.key: o for o in owed_list()}
TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("when", "today", "end"),
    [
        (When.MONTH, date(2026, 11, 20), date(2026, 10, 31)), (When.MONTH, date(2026, 1, 1), date(2025, 12, 31)),
        (When.QUARTER, date(2026, 11, 20), date(2026, 9, 30)), (When.QUARTER, date(2026, 3, 31), date(2025, 12, 31)),
        (When.YEAR, date(2026, 11, 20), date(2025, 12, 31)),
    ],
)  # fmt: skip
def test_the_last_whole_period(when, today, end):
    assert last_end(when, today) == end


def test_every_row_says_who_what_and_on_what_ground():
    assert len(BY_KEY) == len(owed_list()) >= 12
    for row in owed_list():
        assert row.what
        assert row.who
        assert row.basis
        assert row.clock in ("工作日", "日历天")
        assert row.days > 0


def test_a_rate_of_the_quarter():
    """The third quarter ended on 9-30, fifteen days later is 10-15; on 11-20 it is 36 days over."""
    rate = BY_KEY["rate"]
    assert standing(rate, date(2026, 10, 15), published=None).late == 0
    late = standing(rate, TODAY, published=date(2026, 9, 30))
    assert (late.due, late.met, late.late) == (date(2026, 10, 15), False, 36)
    assert standing(rate, TODAY, published=date(2026, 10, 1)).met


def test_what_is_owed_after_a_change():
    """Adopted on Friday 2026-11-20: twenty working days are Friday 2026-12-18. Published before the change does not count."""
    plan = BY_KEY["plan"]
    found = standing(plan, TODAY, published=date(2026, 11, 19), changed=TODAY)
    assert (found.due, found.met, found.late) == (date(2026, 12, 18), False, 0)
    assert standing(plan, date(2026, 12, 20), published=date(2026, 11, 19), changed=TODAY).late == 2
    assert standing(plan, date(2026, 12, 20), published=TODAY, changed=TODAY).met
    nothing = standing(plan, TODAY, published=None)
    assert (nothing.due, nothing.met) == (None, True)
