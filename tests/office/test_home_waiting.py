"""What waits on the home page, role by role."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.jobs.models import SheetIntake
from qingxi_office.meetings import actions as meetings
from qingxi_office.meetings import tasks
from qingxi_office.readings.models import VisitRow
from qingxi_office.site.pages import home_waiting
from qingxi_office.trail import clock

DAY = date(2026, 11, 20)


@pytest.fixture
def task(cast):
    group = meetings.keep_group(
        "领导小组", cast.county,
        [{"name": "组长甲", "role": "组长", "unit_id": cast.units["县治污办"].pk},
         {"name": "赵勇", "unit_id": cast.units["清源运维公司"].pk}],
        by=cast.chenjing,
    )  # fmt: skip
    row = meetings.arrange(group, "推进会", datetime(2026, 11, 10, 1, tzinfo=UTC), by=cast.chenjing, filled=False)
    return tasks.decide(row, "换风机", cast.units["清源运维公司"], date(2026, 11, 15), by=cast.chenjing)


def test_a_task_waits_for_the_unit_that_carries_it_and_for_nobody_else(cast, task):
    """Due on the 15th, today is the 20th: five days late."""
    assert [(r.title, r.detail) for r in home_waiting.waiting(cast.zhaoyong, DAY)] == [
        ("换风机", "会上交办，期限 11-15，已超 5 天")
    ]
    assert home_waiting.waiting(cast.luomei, DAY) == []


def test_a_table_handed_in_waits_for_the_county_and_one_returned_for_its_sender(cast):
    def sheet(name, state, by):
        SheetIntake.objects.create(
            name=name, file="x", sha256=name, path=cast.luomei.scope.path, by_pk=by.pk, by_name=str(by), at=clock.now(),
            state=state, counts={"wrong": 2},
        )  # fmt: skip

    sheet("交上来.xlsx", "handed_in", cast.luomei)
    sheet("退回去.xlsx", "returned", cast.luomei)
    assert [r.title for r in home_waiting.waiting(cast.chenjing, DAY)] == ["交上来.xlsx"]
    mine = home_waiting.waiting(cast.luomei, DAY)
    assert [r.title for r in mine] == ["退回去.xlsx"]
    assert mine[0].detail.endswith("2 行要改")
    assert home_waiting.waiting(cast.hezhi, DAY) == []


def test_who_walks_rounds_sees_the_stations_longest_unvisited(cast):
    """赵勇 runs QX-001 alone, last seen nine days ago; nobody sends the officer round."""
    station = FacilityRecord.objects.get(key="QX-001")
    VisitRow.objects.create(
        key="v", facility=station, visited_at=clock.now() - timedelta(days=9), by_name="x", by_role="village"
    )
    assert [(r.lead, r.href) for r in home_waiting.rounds_to_walk(cast.zhaoyong, DAY)] == [
        ("9 天", "/facilities/QX-001/visit/")
    ]
    assert home_waiting.rounds_to_walk(cast.chenjing, DAY) == []


def test_posts_without_a_person_are_shown_to_who_can_fill_them(cast):
    rows, n = home_waiting.empty_posts(cast.luomei, DAY)
    assert n >= len(rows) > 0
    assert home_waiting.empty_posts(cast.zhaoyong, DAY) == ([], 0)


def test_every_role_has_a_home(cast, task, django_assert_max_num_queries):
    for name in ("chenjing", "luomei", "zhaoyong", "sunning"):
        client = Client()
        client.force_login(cast.people[name], backend="qingxi_office.people.backends.OfficeBackend")
        client.get("/")
        with django_assert_max_num_queries(52):
            answer = client.get("/")
        assert answer.status_code == 200, name
        assert ("修路与管网冲突" in answer.content.decode()) == (name != "zhaoyong")
