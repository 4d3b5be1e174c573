"""The sampling plan: who owes a laboratory sheet by when."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.facility import Due, Station, owed, period, stints

NOV = date(2026, 11, 22)


def test_periods_are_those_of_the_calendar() -> None:
    assert period(date(2026, 6, 30), 6) == (date(2026, 1, 1), date(2026, 6, 30))
    assert period(date(2026, 7, 1), 6) == (date(2026, 7, 1), date(2026, 12, 31))
    assert period(date(2026, 12, 31), 2) == (date(2026, 11, 1), date(2026, 12, 31))


def test_a_plant_of_20_m3_owes_a_sample_each_half_year() -> None:
    done = Station(
        "a", 20, (date(2026, 7, 1), date(2026, 3, 1), date(2025, 8, 1), date(2025, 2, 1), date(2024, 9, 1))
    )
    missed = Station("b", 30, (date(2025, 9, 1), date(2025, 3, 1), date(2024, 9, 1)))  # nothing in 2026
    fresh = Station("c", 30, (), since=date(2026, 5, 1))  # in use only since May: the first half was not whole
    dry = Station(
        "d", 30, (date(2026, 2, 1), date(2025, 9, 1), date(2025, 3, 1), date(2024, 9, 1)), (date(2026, 9, 9),)
    )
    a, b, c, d = owed("national", [done, missed, fresh, dry], NOV)
    assert (a.due, a.missed, a.last, a.by) == (Due.DONE, 0, date(2026, 7, 1), date(2026, 12, 31))
    assert (b.due, b.missed) == (Due.MISSED, 1)  # the half-year that ended on 30 June 2026
    assert (c.due, c.missed, c.last) == (Due.OPEN, 0, None)  # 39 days are left: more than the 30 of "soon"
    assert (d.due, d.missed) == (Due.NO_WATER, 0)
    assert owed("national", [fresh], date(2026, 12, 2))[0].due is Due.SOON  # 29 days are left
    # The half-year before last was missed, the last one was not: counted, and not called "missed last time".
    older = Station("e", 30, (date(2026, 2, 1), date(2025, 3, 1), date(2024, 9, 1)))
    assert [(o.due, o.missed) for o in owed("national", [older], NOV)] == [(Due.OPEN, 1)]


def test_a_sample_after_the_day_is_not_looked_at() -> None:
    late = Station("a", 50, (date(2026, 12, 1),), since=date(2026, 7, 1))
    assert owed("national", [late], NOV)[0].due is Due.OPEN
    assert owed("national", [late], date(2026, 12, 1))[0].due is Due.DONE


def test_small_plants_take_turns_longest_untested_first() -> None:
    # Ten plants below 10 m³/d, 30 % a year: three in turn. Never tested: h, i; then the oldest: a (2019).
    days = {"a": 2019, "b": 2020, "c": 2021, "d": 2022, "e": 2022, "f": 2023, "g": 2024, "j": 2025}
    stations = [Station(k, 5, (date(y, 5, 1),)) for k, y in days.items()] + [Station("h", 5), Station("i", 5)]
    due = {o.id: o.due for o in owed("haiyan_2016", stations, NOV)}
    assert {k for k, d in due.items() if d is Due.OPEN} == {"a", "h", "i"}
    assert all(d is Due.REST for k, d in due.items() if k not in "ahi")
    # Tested in October: done, and nobody moves up in its place within the year.
    after = [Station("h", 5, (date(2026, 10, 1),)) if s.id == "h" else s for s in stations]
    due = {o.id: o.due for o in owed("haiyan_2016", after, NOV)}
    assert due["h"] is Due.DONE
    assert {k for k, d in due.items() if d is Due.OPEN} == {"a", "i"}


def test_a_third_of_three_is_one() -> None:
    three = [Station(k, 5) for k in "abc"]
    assert [o.due for o in owed("national", three, NOV)].count(Due.OPEN) == 1


def test_each_rule_says_where_it_comes_from() -> None:
    assert [s.from_m3_d for s in stints("haiyan_2016")] == [30, 10, 0]
    assert not any(s.row.trust.verified for s in stints("national"))  # nobody has read the text itself
    with pytest.raises(KeyError, match="haiyan_2016"):
        stints("nowhere")


@given(
    st.lists(st.tuples(st.floats(0.1, 200), st.lists(st.dates(date(2022, 1, 1), NOV), max_size=6)), max_size=30),
    st.dates(date(2024, 1, 1), NOV),
)
def test_every_plant_is_answered_once_and_a_sample_in_time_settles_it(
    rows: list[tuple[float, list[date]]], day: date
) -> None:
    stations = [Station(str(n), size, tuple(days)) for n, (size, days) in enumerate(rows)]
    answers = owed("haiyan_2016", stations, day)
    assert [a.id for a in answers] == [s.id for s in stations]
    for s, a in zip(stations, answers, strict=True):
        assert a.by >= day
        assert 0 <= a.missed <= 4
        first = period(day, a.stint.every_months or 12)[0]
        assert (a.due is Due.DONE) == any(first <= d <= day for d in s.sampled_on)
