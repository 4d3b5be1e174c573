"""The law of a return, by hand and by any sequence of deeds."""

from datetime import date, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from qingxi.filing import (
    HANDED_IN,
    Live,
    Origin,
    Period,
    Refused,
    Return,
    State,
    approve,
    drift,
    end_exception,
    explain,
    lock,
    open_exception,
    parse_form,
    refresh,
    send_back,
    submit,
    take_back,
    told,
    write,
)

DAY = date(2026, 11, 4)
FORM = parse_form(
    """
id = "tiny"
name = "小表"
title = "小表"
period = "月"
basis = "x"
trust = "x"
[[field]]
id = "visits"
source = "visits"
[[field]]
id = "households_connected"
source = "households_connected"
editable = true
[[field]]
id = "km"
name = "管网长度"
unit = "km"
type = "number"
[[field]]
id = "note"
name = "困难"
type = "text"
needed = false
[[check]]
id = "shorter"
kind = "drop"
field = "km"
by = 0.05
""",
    "tiny.toml",
)
LIVE = {"visits": Live(5.0, ("visit:a",)), "households_connected": Live(40.0, ("village:b",))}


def opened(before=None):
    return refresh(Return(FORM, Period.parse("2026-10"), "甲镇", before=before or {"km": 3.0}), LIVE, on=DAY)


def filled(km="3.2"):
    return write(opened(), {"km": km}, by="罗梅", on=DAY)


def test_complete_is_not_submitted_and_submitted_is_not_approved():
    ret = opened()
    assert ret.state is State.OWED
    ret = filled()
    assert ret.state is State.COMPLETE
    ret = submit(ret, by="罗梅", on=DAY)
    assert ret.state is State.SUBMITTED
    with pytest.raises(Refused, match="自己交的表不能自己审核"):
        approve(ret, by="罗梅")
    ret = approve(ret, by="陈静")
    assert ret.state is State.APPROVED
    assert lock(ret).state is State.LOCKED
    with pytest.raises(Refused, match="审核以后才能锁定"):
        lock(submit(filled(), by="罗梅", on=DAY))


def test_what_stands_against_it_is_told_all_at_once():
    with pytest.raises(Refused) as no:
        submit(write(opened(), {"km": "1.8", "households_connected": "42"}, by="罗梅", on=DAY), by="罗梅", on=DAY)
    assert any("少 1.2 km" in r for r in no.value.reasons)
    assert any("账上是 40 户" in r for r in no.value.reasons)


def test_a_reason_makes_it_complete_and_lapses_with_the_figure():
    ret = filled("1.8")
    assert ret.state is State.FILLING
    ret = explain(ret, "shorter", "复测更正", by="罗梅")
    assert ret.state is State.COMPLETE
    assert write(ret, {"km": "1.7"}, by="罗梅", on=DAY).state is State.FILLING


def test_what_the_books_know_is_not_typed():
    with pytest.raises(Refused, match="账里有这个数，不用填"):
        write(opened(), {"visits": "6"}, by="罗梅", on=DAY)
    same = write(opened(), {"visits": "5"}, by="罗梅", on=DAY)
    assert same.value("visits") == 5.0
    typed = write(opened(), {"households_connected": "42"}, by="罗梅", on=DAY)
    assert typed.values["households_connected"].origin is Origin.TYPED
    back = write(typed, {"households_connected": ""}, by="罗梅", on=DAY)  # emptied: the books again
    assert back.values["households_connected"].origin is Origin.LIVE
    assert back.value("households_connected") == 40.0


def test_books_are_followed_until_it_is_handed_in_and_then_only_differ():
    ret = filled()
    moved = {"visits": Live(7.0, ("visit:a", "visit:b"))}
    assert refresh(ret, moved, on=DAY).value("visits") == 7.0
    sent = submit(ret, by="罗梅", on=DAY)
    assert refresh(sent, moved, on=DAY) is sent
    assert drift(sent, moved) == {"visits": (5.0, 7.0)}


def test_returned_needs_a_change_and_every_change_after_is_listed():
    ret = send_back(submit(filled(), by="罗梅", on=DAY), "管网长度请核", by="陈静")
    assert ret.state is State.RETURNED
    with pytest.raises(Refused, match="退回以后什么也没有改"):
        submit(ret, by="罗梅", on=DAY)
    with pytest.raises(Refused, match="退回要写理由"):
        send_back(submit(filled(), by="罗梅", on=DAY), "  ", by="陈静")
    ret = write(ret, {"km": "3.1"}, by="罗梅", on=DAY)
    assert [(c.old, c.new, c.reason) for c in ret.changes] == [(3.2, 3.1, "按退回意见改：管网长度请核")]
    again = submit(ret, by="罗梅", on=DAY + timedelta(days=9))
    assert again.first_submitted_on == DAY  # the first submission decides whether it was in time


def test_after_the_lock_only_an_exception_opens_named_fields_with_a_reason_each():
    ret = lock(approve(submit(filled(), by="罗梅", on=DAY), by="陈静"))
    with pytest.raises(Refused, match="要先退回或开例外"):
        write(ret, {"km": "3.3"}, by="罗梅", on=DAY)
    with pytest.raises(Refused) as no:
        open_exception(ret, ["nothing"], "", until=DAY - timedelta(days=1), on=DAY)
    assert len(no.value.reasons) == 3
    ret = open_exception(ret, ["km"], "复测", until=DAY + timedelta(days=3), on=DAY)
    with pytest.raises(Refused, match="不在例外开的几项里"):
        write(ret, {"note": "x"}, by="罗梅", on=DAY, reasons={"note": "y"})
    with pytest.raises(Refused, match="要写理由"):
        write(ret, {"km": "3.3"}, by="罗梅", on=DAY)
    with pytest.raises(Refused, match="已经过了"):
        write(ret, {"km": "3.3"}, by="罗梅", on=DAY + timedelta(days=4), reasons={"km": "复测"})
    assert end_exception(ret).state is State.LOCKED
    ret = write(ret, {"km": "3.3"}, by="罗梅", on=DAY, reasons={"km": "复测更正"})
    with pytest.raises(Refused, match="要提交、审核以后再锁定"):
        end_exception(ret)
    ret = approve(submit(ret, by="罗梅", on=DAY), by="陈静")
    assert ret.state is State.LOCKED  # at once, without another lock
    assert told(ret.changes[-1], FORM) == "管网长度 3.2 → 3.3 km：复测更正"
    assert ret.changes[-1].after_lock


def test_only_who_submitted_takes_it_back():
    sent = submit(filled(), by="罗梅", on=DAY)
    with pytest.raises(Refused, match="只能由本人撤回"):
        take_back(sent, by="何志")
    assert take_back(sent, by="罗梅").state is State.COMPLETE
    with pytest.raises(Refused, match="不能撤回"):
        take_back(approve(sent, by="陈静"), by="罗梅")


PEOPLE = st.sampled_from(["罗梅", "何志", "陈静", ""])


class AnyDeeds(RuleBasedStateMachine):
    """Any sequence of deeds by anybody, refused or not: the laws hold after each."""

    @initialize()
    def begin(self):
        self.ret, self.live, self.first = opened(), dict(LIVE), None
        self.reasons: tuple[str, ...] = ("-",)

    def _try(self, deed):
        try:
            self.ret = deed()
        except Refused as no:
            self.reasons = no.reasons

    @rule(field=st.sampled_from(["km", "visits", "households_connected", "note", "ghost"]), by=PEOPLE,
          said=st.sampled_from(["3.2", "1.0", "", "abc", "40", "5", 2.9]), why=st.sampled_from(["", "复测"]), later=st.integers(0, 6))  # fmt: skip
    def writes(self, field, said, by, why, later):
        before, state = dict(self.ret.values), self.ret.state
        n = len(self.ret.changes)
        self._try(
            lambda: write(self.ret, {field: said}, by=by, on=DAY + timedelta(days=later), reasons={field: why})
        )
        if dict(self.ret.values) != before:
            assert state not in (State.SUBMITTED, State.APPROVED, State.LOCKED)
            if state is State.EXCEPTION:
                assert field in self.ret.open_fields
            if self.ret.first_submitted_on is not None and self.ret.value(field) != before[field].value:
                assert len(self.ret.changes) == n + 1
                assert self.ret.changes[-1].reason

    @rule(text=st.sampled_from(["", "复测"]), by=PEOPLE)
    def explains(self, text, by):
        self._try(lambda: explain(self.ret, "shorter", text, by=by))

    @rule(by=PEOPLE)
    def submits(self, by):
        self._try(lambda: submit(self.ret, by=by, on=DAY))

    @rule(by=PEOPLE)
    def takes_back(self, by):
        self._try(lambda: take_back(self.ret, by=by))

    @rule(by=PEOPLE, why=st.sampled_from(["", "再核"]))
    def sends_back(self, by, why):
        self._try(lambda: send_back(self.ret, why, by=by))

    @rule(by=PEOPLE)
    def approves(self, by):
        self._try(lambda: approve(self.ret, by=by))

    @rule()
    def locks(self):
        self._try(lambda: lock(self.ret))

    @rule(fields=st.sampled_from([(), ("km",), ("note", "km")]), why=st.sampled_from(["", "复测"]))
    def opens(self, fields, why):
        self._try(lambda: open_exception(self.ret, fields, why, until=DAY + timedelta(days=3), on=DAY))

    @rule()
    def closes(self):
        self._try(lambda: end_exception(self.ret))

    @rule(n=st.integers(0, 9))
    def books_move(self, n):
        self.live["visits"] = Live(float(n), ("visit:a",))
        before, state = self.ret.value("visits"), self.ret.state
        self.ret = refresh(self.ret, self.live, on=DAY)
        if state in HANDED_IN:
            assert self.ret.value("visits") == before
            assert drift(self.ret, self.live) == ({} if before == float(n) else {"visits": (before, float(n))})

    @invariant()
    def a_refusal_says_why(self):
        assert all(r.strip() for r in self.reasons)
        assert self.reasons

    @invariant()
    def handed_in_is_complete(self):
        if self.ret.state in (State.SUBMITTED, State.APPROVED, State.LOCKED, State.COMPLETE):
            assert self.ret.is_complete

    @invariant()
    def approved_by_another(self):
        if self.ret.state in (State.APPROVED, State.LOCKED):
            assert self.ret.approved_by != self.ret.submitted_by
            assert self.ret.submitted_by

    @invariant()
    def a_lock_is_for_good(self):
        if self.ret.was_locked:
            assert self.ret.state in (State.LOCKED, State.EXCEPTION, State.SUBMITTED)

    @precondition(lambda self: self.ret.was_locked)
    @rule()
    def later_changes_explain_the_values(self):
        """The last listed change of a field is the value that stands: nothing changed silently."""
        last = {c.field: c.new for c in self.ret.changes}
        for field, value in last.items():
            assert self.ret.value(field) == value


AnyDeeds.TestCase.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)
TestAnyDeeds = AnyDeeds.TestCase
