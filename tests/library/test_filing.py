"""Periodic returns: periods, forms as data, what a cell means, checks, and expected against received."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.calendar import WorkingDays
from qingxi.filing import (
    SHIPPED,
    BadForm,
    BadValue,
    Entry,
    Explanation,
    FormField,
    Live,
    Origin,
    Period,
    PeriodKind,
    Received,
    Return,
    State,
    carried,
    due_on,
    examine,
    parse_form,
    read,
    received,
    refresh,
    roll_up,
    shipped,
    shipped_text,
    sources,
    tally,
)
from qingxi.morning import FIELDS

DAY = date(2026, 11, 20)


@given(st.sampled_from(list(PeriodKind)), st.dates(date(2001, 1, 1), date(2099, 12, 31)))
def test_every_day_lies_in_one_period_that_its_key_names(kind, day):
    period = Period.of(kind, day)
    assert period.first_day <= day <= period.last_day
    assert Period.parse(period.key) == period
    assert period.after.first_day == period.last_day + timedelta(days=1)
    assert period.after.before == period
    assert Period.of(kind, period.last_day) == period


def test_a_quarter_has_three_months_and_a_half_year_two_quarters():
    assert [p.key for p in Period.parse("2026-Q3").parts(PeriodKind.MONTH)] == ["2026-07", "2026-08", "2026-09"]
    assert [p.key for p in Period.parse("2026-H2").parts(PeriodKind.QUARTER)] == ["2026-Q3", "2026-Q4"]
    with pytest.raises(ValueError, match="names no period"):
        Period.parse("2026-Q5")
    with pytest.raises(ValueError, match="does not begin"):
        Period(date(2026, 10, 2), PeriodKind.MONTH)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_forms_say_where_every_field_comes_from(name):
    form = shipped(name)
    assert form.basis
    assert form.trust
    for field in form.fields:
        assert field.meaning, field.id
        assert field.source in sources() or not field.source or carried(field.source), field.id


def test_the_monthly_form_asks_nine_things_at_most_and_takes_more_than_twenty_from_the_books():
    form = shipped("monthly")
    assert len([f for f in form.fields if f.source]) >= 20
    assert len(form.asked) == 8  # and the length of sewers, where villages do not keep it


def test_one_source_serves_the_call_sheet_by_a_name_that_it_has():
    served = [s for s in sources().values() if s.call_sheet]
    assert len(served) >= 10
    assert {s.call_sheet for s in served} <= set(FIELDS)
    assert sources()["villages_treated"].also_in == ("季度调度表“已治理村”", "通报“乡镇进展表：已治理”")


def test_a_form_with_faults_tells_them_all_at_once():
    text = (
        shipped_text("monthly")
        .replace('period = "月"', 'period = "旬"')
        .replace('source = "visits"', 'source = "ghosts"')
    )
    text = text.replace('other = "facilities"', 'other = "nothing"')
    with pytest.raises(BadForm) as bad:
        parse_form(text, "x.toml")
    assert {f.code for f in bad.value.faults} >= {"form-period", "form-source", "form-check"}
    with pytest.raises(BadForm):
        parse_form("这不是 TOML", "x.toml")


KM = FormField("a", "管网长度", "km", "number", low=0.0, high=10_000)
WHOLE = FormField("b", "次数", "次", "whole", low=0.0)


@pytest.mark.parametrize(
    ("field", "said", "value"),
    [
        (KM, "１２．５", 12.5),  # full-width digits
        (KM, "1,234.5", 1234.5),
        (KM, "1200 m", 1.2),  # another unit behind it
        (KM, "3.5公里", 3.5),
        (KM, "", None), (KM, "—", None), (KM, 0, 0.0),
        (WHOLE, 12.0, 12.0), (WHOLE, " 7 ", 7.0),
        (FormField("c", "困难", type="text"), "  无 ", "无"),
        (FormField("c", "收到管护费", "元", "number"), "1.5万元", 15_000.0),
    ],
)  # fmt: skip
def test_a_cell_means_what_people_mean(field, said, value):
    assert read(field, said) == value


@pytest.mark.parametrize(
    ("field", "said", "code"),
    [(KM, "十二", "not-a-number"), (KM, "3~5", "not-a-number"), (KM, "-1", "below-low"), (KM, "10001", "above-high"),
     (WHOLE, "2.5", "not-whole"), (KM, "1e400", "not-a-number"), (KM, "5 t", "not-a-number"), (KM, float("nan"), "not-a-number")],
)  # fmt: skip
def test_a_cell_that_means_nothing_says_why(field, said, code):
    with pytest.raises(BadValue) as bad:
        read(field, said)
    assert bad.value.code == code
    assert bad.value.remedy


@given(st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.none(), st.booleans()))
def test_no_cell_breaks_the_reader(said):
    for field in (KM, WHOLE):
        try:
            value = read(field, said)
        except BadValue:
            continue
        assert value is None or (isinstance(value, float) and value >= 0)


def doubts_of(values, before=None, explained=None):
    form = shipped("monthly")
    entries = {
        f.id: Entry("无" if f.is_text else 0.0, Origin.LIVE if f.source else Origin.TYPED) for f in form.fields
    }
    entries |= {name: Entry(value) for name, value in values.items()}
    return {d.check: d for d in examine(form, entries, before or {}, explained or {})}


def test_a_shorter_sewer_asks_for_a_reason_and_the_reason_holds_for_these_figures_only():
    # 13.4 km last month, 12.2 km now: 1.2 km less.
    doubt = doubts_of({"sewer_km": 12.2}, {"sewer_km": 13.4})["sewer-shorter"]
    assert doubt.said == "管网长度比上月少 1.2 km，请说明"
    assert doubt.stands
    said = {"sewer-shorter": Explanation("复测更正", doubt.of)}
    assert not doubts_of({"sewer_km": 12.2}, {"sewer_km": 13.4}, said)["sewer-shorter"].stands
    assert doubts_of({"sewer_km": 12.1}, {"sewer_km": 13.4}, said)["sewer-shorter"].stands  # another figure


def test_growth_is_held_against_what_was_laid():
    # 13.4 km + 0.3 km laid is 13.7 km; 14.9 km does not follow, 13.75 km is within 0.1 km.
    assert "sewer-grows" in doubts_of({"sewer_km": 14.9, "sewer_new_m": 300.0}, {"sewer_km": 13.4})
    assert "sewer-grows" not in doubts_of({"sewer_km": 13.75, "sewer_new_m": 300.0}, {"sewer_km": 13.4})
    assert "sewer-grows" not in doubts_of({"sewer_km": 14.9, "sewer_new_m": 300.0})  # no month before


def test_sums_and_bounds_within_the_form():
    found = doubts_of({"villages": 8.0, "villages_treated": 6.0, "villages_controlled": 1.0})
    assert "相加是 7 个，行政村数是 8 个" in found["states-add-up"].said
    found = doubts_of({"facilities": 3.0, "facilities_in_use": 4.0})
    assert found["stations-in-use"].mend


def test_another_value_than_the_books_asks_for_a_reason():
    found = doubts_of({"households_connected": 0.0})
    assert "live:households_connected" not in found
    form = shipped("monthly")
    entries = {"households_connected": Entry(4200.0, Origin.TYPED, live=4189.0)}
    said = {d.check: d for d in examine(form, entries, {}, {})}["live:households_connected"]
    assert "报 4,200 户，账上是 4,189 户" in said.said


def test_due_counts_working_days_and_the_first_submission_decides():
    form, october = shipped("monthly"), Period.parse("2026-10")
    # 31 October 2026 is a Saturday; 2 to 6 November are the five working days after it.
    assert due_on(form, october, WorkingDays()) == date(2026, 11, 6)
    due = date(2026, 11, 6)
    assert received(due, due, DAY) is Received.ON_TIME
    assert received(due, due + timedelta(days=1), DAY) is Received.LATE
    assert received(due, None, DAY) is Received.NEVER
    assert received(due, None, due) is Received.NOT_YET
    counts = tally([Received.ON_TIME, Received.LATE, Received.NEVER, Received.ON_TIME])
    assert (counts.expected, counts.received, counts.never) == (4, 3, 1)


def test_the_countys_figure_names_who_lacks_and_never_counts_them_as_nothing():
    form, october = shipped("monthly"), Period.parse("2026-10")

    def of(unit, state, km):
        return Return(form, october, unit, state, {"sewer_km": Entry(km)})

    totals = {
        t.field.id: t
        for t in roll_up(
            form, [of("甲镇", State.SUBMITTED, 3.2), of("乙镇", State.LOCKED, 4.0), of("丙镇", State.COMPLETE, 9.9)]
        )
    }
    assert totals["sewer_km"].value == pytest.approx(7.2)  # 3.2 + 4.0; 丙镇 has not handed in
    assert totals["sewer_km"].missing == ("丙镇",)
    assert totals["visits"].value is None
    assert "difficulties" not in totals


def test_what_the_books_cannot_say_is_asked():
    form = shipped("monthly")
    ret = refresh(
        Return(form, Period.parse("2026-10"), "甲镇"),
        {"sewer_km": Live(None, (), "3 个村里 1 个没有登记管网长度")},
        on=DAY,
    )
    doubt = next(d for d in ret.doubts if d.field == "sewer_km")
    assert "账上取不到（3 个村里 1 个没有登记管网长度），请填" in doubt.said
