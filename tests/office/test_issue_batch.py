"""One step for many problems: tried without a trace, then taken one by one with the refusals named."""

from datetime import date

import pytest
from django.test import Client

from qingxi.issue import Step
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.actions import Refused, open_by_hand, take, take_many
from qingxi_office.issues.models import IssueRecord, IssueStep
from qingxi_office.trail.models import Entry

LATER = date(2027, 1, 15)


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def three(cast):
    facility = FacilityRecord.objects.select_related("place", "operator_unit").get(key="QX-001")
    return [
        open_by_hand(
            by=cast.chenjing,
            source="巡查",
            place=facility.place,
            facility=facility,
            title=f"第 {n} 件",
            klass="一般",
        )
        for n in range(3)
    ]


def states():
    return list(IssueRecord.objects.order_by("key").values_list("state", "due_on"))


def test_a_trial_leaves_nothing_and_says_what_the_law_will_say(cast, three):
    take(three[1], Step.RECEIVE, by=cast.zhaoyong)
    before = (states(), IssueStep.objects.count(), Entry.objects.count())
    came = take_many(three, Step.RECEIVE, by=cast.zhaoyong, dry=True)
    assert [bool(one.why) for one in came] == [False, True, False]
    assert "现处于“签收”" in came[1].why
    assert (states(), IssueStep.objects.count(), Entry.objects.count()) == before
    came = take_many(three, Step.RECEIVE, by=cast.zhaoyong)
    assert [bool(one.why) for one in came] == [False, True, False]
    assert [state for state, _due in states()] == ["签收"] * 3
    assert Entry.objects.filter(action="issue.receive").count() == 3  # one row each


def test_more_time_for_many_rests_on_one_paper_under_each(cast, three):
    lead = next(p for p in cast.people.values() if p.unit_id == three[0].lead_id)
    came = take_many(three, Step.EXTEND, by=lead, note="雨季", due_on=LATER)
    assert all("须附延期审批件" in one.why for one in came)
    came = take_many(three, Step.EXTEND, by=lead, note="雨季", due_on=LATER, paper="天环〔2026〕9 号")
    assert not any(one.why for one in came)
    assert {due for _state, due in states()} == {LATER}
    assert [row.evidence.get(kind="延期审批件").text for row in three] == ["天环〔2026〕9 号"] * 3


def test_whoever_rectifies_extends_none_of_many(cast, three):
    came = take_many(three, Step.EXTEND, by=cast.zhaoyong, note="雨季", due_on=LATER, paper="自批")
    assert all(one.why for one in came)


@pytest.mark.parametrize("step", [Step.SIGN, Step.CLOSE, Step.VERIFY, Step.ON_SITE, Step.UNFOUND])
def test_what_speaks_for_one_problem_is_not_done_for_many(cast, three, step):
    with pytest.raises(Refused, match="一件一件办"):
        take_many(three, step, by=cast.chenjing)


def test_the_page_chooses_tries_and_does(cast, three):
    client = browser(cast.zhaoyong)
    page = client.get("/issues/batch/").content.decode()
    assert "可以“签收”的有 3 件" in page
    keys = [three[0].key, three[2].key]
    page = client.post("/issues/batch/?step=RECEIVE", {"key": keys, "try": "1"}).content.decode()
    assert "可以办 2 件，0 件不行" in page
    assert [state for state, _due in states()] == ["交办"] * 3
    page = client.post("/issues/batch/?step=RECEIVE", {"key": keys, "go": "1"}).content.decode()
    assert "办了 2 件，0 件没有办成" in page
    assert [state for state, _due in states()] == ["签收", "交办", "签收"]


def test_the_page_acts_on_nothing_that_is_not_this_units(cast, three):
    client = browser(cast.hezhi)  # of the other township
    assert "现在没有等您单位" in client.get("/issues/batch/").content.decode()
    client.post("/issues/batch/?step=RECEIVE", {"key": [three[0].key], "go": "1"})
    assert [state for state, _due in states()] == ["交办"] * 3
    assert browser(cast.sunning).get("/issues/batch/").status_code == 403
    assert client.get("/issues/batch/?step=CLOSE").status_code == 404


def test_the_page_asks_the_same_however_many(cast, three, django_assert_max_num_queries):
    client = browser(cast.zhaoyong)
    client.get("/issues/batch/")
    with django_assert_max_num_queries(14):
        client.get("/issues/batch/")
