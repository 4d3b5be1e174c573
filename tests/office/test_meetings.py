"""Meetings: an agenda from the books, outcomes, tasks that go on, and who may do what."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from qingxi_office.issues.models import IssueRecord
from qingxi_office.meetings import actions, law, queries, tasks
from qingxi_office.meetings.actions import next_thursday
from qingxi_office.meetings.models import Attendance, Meeting, Task
from qingxi_office.notices.models import Notice
from qingxi_office.programmes.models import Clash, LotRow, OtherWork
from qingxi_office.site.joint_works import propose_joint_works
from qingxi_office.trail.models import Entry

DAY = date(2026, 11, 20)  # a Friday


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def group(cast):
    return actions.keep_group(
        "县农村生活污水治理领导小组", cast.county,
        [
            {"name": "组长甲", "role": "组长", "unit_id": cast.units["县治污办"].pk},
            {"name": "罗梅", "unit_id": cast.units["溪口镇人民政府"].pk, "title": "专干"},
            {"name": "赵勇", "unit_id": cast.units["清源运维公司"].pk},
        ],
        by=cast.chenjing, document="虚构〔2026〕3号",
    )  # fmt: skip


@pytest.fixture
def clash(cast):
    lot = LotRow.objects.create(key="l", name="红岩村", cost_fen=1, place=cast.places["999901100200"])
    work = OtherWork.objects.create(key="w", department="县交通运输局", kind="road", name="红岩村主街路面")
    return Clash.objects.create(
        key="l/w", lot=lot, work=work, place=cast.places["999901100200"], overlap_m=412, months_apart=5
    )


def late_issue(cast, key="WT-2026-0001", days=3):
    return IssueRecord.objects.create(
        key=key, title="风机不响", klass="一般", place=cast.places["999901100200"], found_on=DAY, assigned_on=DAY,
        due_on=DAY - timedelta(days=days), state="交办", rectifier=cast.units["清源运维公司"],
    )  # fmt: skip


def test_the_agenda_is_drawn_from_the_books(cast, group, clash):
    """A clash, a problem three days late, and the posts nobody fills, in this order; a problem in time is not there."""
    late_issue(cast)
    late_issue(cast, "WT-2026-0002", days=-5)
    row = actions.arrange(group, "推进会", at(26), by=cast.chenjing)
    said = [(i.title, i.why) for i in row.items.all()]
    assert said[0] == ("同步施工：红岩村主街路面", "红岩村，重叠 412 m，相隔 5 个月；未处理")
    assert said[1] == ("超期问题：风机不响", "WT-2026-0001，交办，期限 11-17，已超 3 天")
    assert not any("WT-2026-0002" in why for _t, why in said)
    assert [a.name for a in row.attendance.all()] == ["组长甲", "罗梅", "赵勇"]
    assert (row.key, row.chair, row.state) == ("HY-2026-0001", "组长甲", "draft")


def test_next_thursday():
    assert next_thursday(DAY) == date(2026, 11, 26)
    assert next_thursday(date(2026, 11, 26)) == date(2026, 12, 3)  # on a Thursday, the one after
    assert next_thursday(date(2026, 11, 25)) == date(2026, 11, 26)


def test_proposing_to_dig_once_puts_it_on_thursdays_table(cast, group, clash):
    item = propose_joint_works(clash, by=cast.luomei)
    assert item is not None
    assert timezone.localtime(item.meeting.begins_at).date() == date(2026, 11, 26)
    assert (item.meeting.kind, item.subject) == ("推进会", "clash:l/w")
    clash.refresh_from_db()
    assert clash.state == "已提议"
    with pytest.raises(ValueError):
        propose_joint_works(clash, by=cast.luomei)
    assert item.meeting.items.count() == 1


def test_without_a_group_the_proposal_stands_alone(cast, clash):
    assert propose_joint_works(clash, by=cast.luomei) is None
    clash.refresh_from_db()
    assert clash.state == "已提议"


def test_what_was_not_finished_opens_the_next_meeting(cast, group):
    first = actions.arrange(group, "推进会", at(20, 15), by=cast.chenjing, filled=False)
    item = actions.add_item(first, "柳湾村站缺电", by=cast.chenjing)
    open_one = tasks.decide(
        first, "接通三相电", cast.units["清源运维公司"], date(2026, 11, 30), by=cast.chenjing, item=item
    )
    ended = tasks.decide(first, "写一份说明", cast.units["溪口镇人民政府"], date(2026, 11, 25), by=cast.chenjing)
    tasks.done(ended, "已交", by=cast.luomei)
    second = actions.arrange(group, "推进会", at(26), by=cast.chenjing)
    assert second.items.all()[0].subject == f"task:{open_one.key}"
    assert f"task:{ended.key}" not in {i.subject for i in second.items.all()}
    assert Notice.objects.filter(person_pk=cast.zhaoyong.pk, kind="task_given").count() == 1


def test_minutes_are_settled_only_when_every_item_has_an_outcome(cast, group):
    row = actions.arrange(group, "协商会", at(20, 15), by=cast.chenjing, filled=False)
    item = actions.add_item(row, "谁出电费", by=cast.chenjing)
    actions.go(row, "held", by=cast.chenjing)
    with pytest.raises(law.Refused) as refused:
        actions.go(row, "closed", by=cast.chenjing)
    # all reasons at once: an open item, nobody signed in, nothing written
    assert refused.value.reasons == ("还有 1 个议题没有结论（谁出电费）", "没有一个人签到", "纪要是空的")
    with pytest.raises(law.Refused):
        actions.say_outcome(item, "已议", " ", by=cast.chenjing)
    actions.say_outcome(item, "已议", "村集体出七成", by=cast.chenjing)
    actions.sign(row.attendance.get(name="罗梅"), "到会", by=cast.chenjing)
    actions.go(row, "closed", by=cast.chenjing)
    with pytest.raises(law.Refused):
        actions.add_item(row, "再加一个", by=cast.chenjing)
    assert Entry.objects.filter(action="meeting.went", subject_id=row.key).count() == 2


def test_signing_in_needs_the_rooms_code_and_ones_own_unit(cast, group):
    row = actions.arrange(group, "推进会", at(20, 15), by=cast.chenjing, filled=False)
    mine, other = row.attendance.get(name="罗梅"), row.attendance.get(name="赵勇")
    with pytest.raises(law.Refused, match="签到码不对"):
        actions.sign(mine, "到会", by=cast.luomei, code="000000")
    with pytest.raises(PermissionDenied):
        actions.sign(other, "到会", by=cast.luomei, code=row.sign_code)
    with pytest.raises(PermissionDenied):  # without the code only who leads may
        actions.sign(mine, "到会", by=cast.luomei)
    actions.sign(mine, "到会", by=cast.luomei, code=row.sign_code.lower())
    assert Attendance.objects.get(pk=mine.pk).signed_by == "罗梅"


def test_a_task_is_moved_with_a_reason_and_keeps_its_first_day(cast, group):
    row = actions.arrange(group, "推进会", at(20, 15), by=cast.chenjing, filled=False)
    task = tasks.decide(row, "修便道", cast.units["溪口镇人民政府"], date(2026, 11, 25), by=cast.chenjing)
    with pytest.raises(law.Refused) as refused:
        tasks.move(task, date(2026, 11, 1), "", by=cast.luomei)
    assert refused.value.reasons == ("新的期限不能早于今天", "改期要写理由")
    tasks.move(task, date(2026, 12, 5), "下雨", by=cast.luomei)
    task.refresh_from_db()
    assert (task.first_due_on, task.due_on) == (date(2026, 11, 25), date(2026, 12, 5))
    with pytest.raises(PermissionDenied):
        tasks.done(task, "好了", by=cast.hezhi)  # another township's
    with pytest.raises(PermissionDenied):
        tasks.drop(task, "不用了", by=cast.luomei)  # who carries it cannot call it off


def test_who_is_asked_sees_the_countys_meeting_and_a_stranger_does_not(cast, group):
    row = actions.arrange(group, "推进会", at(26), by=cast.chenjing, filled=False)
    seen = {name: queries.meetings(getattr(cast, name)).filter(pk=row.pk).exists() for name in
            ("chenjing", "luomei", "hezhi", "zhaoyong", "sunning")}  # fmt: skip
    assert seen == {"chenjing": True, "luomei": True, "hezhi": False, "zhaoyong": True, "sunning": True}
    assert browser(cast.hezhi).get(reverse("meeting", args=[row.key])).status_code == 404
    assert browser(cast.luomei).get(reverse("meeting", args=[row.key])).status_code == 200
    refused = browser(cast.luomei).post(reverse("meeting_act", args=[row.key]), {"do": "add", "title": "x"})
    assert refused.status_code == 403
    assert row.items.count() == 0


def test_members_who_leave_stay_on_their_meetings(cast, group):
    row = actions.arrange(group, "推进会", at(26), by=cast.chenjing, filled=False)
    actions.keep_group(group.name, group.place, [{"name": "组长乙", "role": "组长"}], by=cast.chenjing, group=group)
    assert [m.name for m in group.members.filter(valid_to=None)] == ["组长乙"]
    assert group.members.exclude(valid_to=None).count() == 3
    assert row.attendance.count() == 3
    with pytest.raises(law.Refused) as refused:
        actions.keep_group("", group.place, [{"name": "丙"}, {"name": "丙"}], by=cast.chenjing)
    assert refused.value.reasons == ("小组要有名字", "小组要有一名组长", "丙 写了两次")


def test_calendar_and_papers(cast, group):
    row = actions.arrange(group, "推进会", at(26), by=cast.chenjing, filled=False, room="三楼会议室")
    actions.add_item(row, "谁出电费", by=cast.chenjing)
    task = tasks.decide(row, "修便道", cast.units["溪口镇人民政府"], date(2026, 12, 5), by=cast.chenjing)
    token = tasks.open_feed(cast.luomei)
    said = Calendar.from_ical(Client().get(reverse("meeting_feed", args=[token])).content)
    events, todos = said.walk("VEVENT"), said.walk("VTODO")
    assert [str(e["SUMMARY"]) for e in events] == [row.title]
    assert events[0].decoded("DTSTART") == row.begins_at
    assert [str(t["UID"]) for t in todos] == [f"{task.key}@qingxi"]
    assert Client().get(reverse("meeting_feed", args=["x" * 32])).status_code == 404
    tasks.end_feed(cast.luomei)
    assert Client().get(reverse("meeting_feed", args=[token])).status_code == 404
    paper = browser(cast.luomei).get(reverse("meeting_paper", args=[row.key]))
    assert paper.content[:2] == b"PK"
    import io

    from docx import Document

    text = "\n".join(p.text for p in Document(io.BytesIO(paper.content)).paragraphs)
    assert "1. 谁出电费。" in text
    assert "三楼会议室" in text


def test_the_list_asks_no_more_for_more_meetings(cast, group, django_assert_max_num_queries):
    for day in range(20, 29):
        actions.arrange(group, "推进会", at(day, 16), by=cast.chenjing, filled=False)
    assert Meeting.objects.count() == 9
    client = browser(cast.chenjing)
    client.get(reverse("meetings"))
    with django_assert_max_num_queries(20):
        assert client.get(reverse("meetings")).status_code == 200
    assert Task.objects.count() == 0


def test_nonsense_in_a_form_is_refused_and_changes_nothing(cast, group):
    """Keys that are no numbers, a day that is none, a unit and a role that do not exist."""
    client = browser(cast.chenjing)
    row = actions.arrange(group, "推进会", at(26), by=cast.chenjing, filled=False)
    act = reverse("meeting_act", args=[row.key])
    said = {"group": str(group.pk), "kind": "推进会", "day": "明天", "at": "09:00"}
    assert "日期或时间看不懂" in client.post(reverse("meeting_arrange"), said, follow=True).content.decode()
    assert client.post(reverse("meeting_arrange"), {**said, "group": "x"}).status_code == 404
    assert client.post(act, {"do": "outcome", "item": "x"}).status_code == 404
    assert client.post(act, {"do": "nothing"}).status_code == 404
    assert (
        "任务要有责任单位"
        in client.post(act, {"do": "decide", "unit": "²", "text": "x"}, follow=True).content.decode()
    )
    with pytest.raises(law.Refused) as refused:
        actions.keep_group(
            "乙组",
            group.place,
            [{"name": "甲", "role": "组长", "unit_id": 10**9}, {"name": "乙", "role": "皇帝"}],
            by=cast.chenjing,
        )
    assert refused.value.reasons == ("没有“皇帝”这种组内身份", "有成员的单位不在机构名录里")
    assert (Meeting.objects.count(), Task.objects.count(), row.items.count()) == (1, 0, 0)


def test_a_group_is_founded_on_its_page(cast):
    client = browser(cast.chenjing)
    assert client.get(reverse("meeting_new_group")).status_code == 200
    said = {
        "group_name": "专班",
        "document": "",
        "name": ["甲", ""],
        "title": ["", ""],
        "unit": ["", ""],
        "role": ["成员", "成员"],
    }
    again = client.post(reverse("meeting_new_group"), said)
    assert "小组要有一名组长" in again.content.decode()
    assert 'value="专班"' in again.content.decode()
    assert client.post(reverse("meeting_new_group"), {**said, "role": ["组长", "成员"]}).status_code == 302
    assert browser(cast.luomei).get(reverse("meetings")).status_code == 200
