"""The clockwork: once a period whoever works, missed ones caught up once, reminders only proposed."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.models import IssueLetter, IssueRecord
from qingxi_office.notices import queries as notices
from qingxi_office.places.models import Duty
from qingxi_office.readings.models import Device, LabRow
from qingxi_office.rounds import actions as rounds
from qingxi_office.rounds.models import Round, RoundRun
from qingxi_office.rounds.periods import Cadence, Every
from qingxi_office.site.rounds import ROUNDS, run_by_hand, run_due
from qingxi_office.site.rounds.register import RoundLaw
from qingxi_office.trail import clock

ZONE = ZoneInfo("Asia/Shanghai")


def at(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


def browser(person):
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.mark.parametrize(
    ("every", "now", "begin", "name"),
    [
        (Cadence(Every.HOUR, dt.time(0, 20)), "2026-11-20T14:05", "2026-11-20T13:20", "2026-11-20T13"),
        (Cadence(Every.DAY, dt.time(1, 10)), "2026-11-20T00:30", "2026-11-19T01:10", "2026-11-19"),
        (
            Cadence(Every.WEEK, dt.time(8)),
            "2026-11-20T09:00",
            "2026-11-16T08:00",
            "2026-W47",
        ),  # Friday -> its Monday
        (
            Cadence(Every.WORKING_DAY, dt.time(7, 30)),
            "2026-11-22T09:00",
            "2026-11-20T07:30",
            "2026-11-20",
        ),  # Sunday
        # 2026-10-01 to 10-07 are free, 10-10 is a working Saturday
        (Cadence(Every.WORKING_DAY, dt.time(7, 30)), "2026-10-05T09:00", "2026-09-30T07:30", "2026-09-30"),
        (Cadence(Every.WORKING_DAY, dt.time(7, 30)), "2026-10-10T09:00", "2026-10-10T07:30", "2026-10-10"),
    ],
)
def test_periods_by_hand(every, now, begin, name):
    assert every.last_begin(at(now)) == at(begin)
    assert every.name(at(begin)) == name


@given(
    st.sampled_from(list(Every)), st.times(), st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2026, 12, 20)),  # noqa: DTZ001
)  # fmt: skip
def test_now_lies_between_a_begin_and_the_next(every, time, now):
    cadence = Cadence(every, time.replace(second=0, microsecond=0, tzinfo=None))
    now = now.replace(tzinfo=ZONE)
    begin, after = cadence.last_begin(now), cadence.next_begin(now)
    assert begin <= now < after
    assert cadence.last_begin(after) == after
    assert cadence.last_begin(after - dt.timedelta(seconds=1)) == begin


def test_an_office_just_opened_has_missed_nothing_then_each_period_runs_once(db):
    every = Cadence(Every.DAY, dt.time(1, 10))
    claim = lambda now: rounds.claim("night", every, worker="a", now=at(now))  # noqa: E731
    assert claim("2026-11-20T09:00") is None
    assert claim("2026-11-20T23:00") is None
    run = claim("2026-11-21T01:10")
    assert (run.period, run.missed) == ("2026-11-21", 0)
    assert claim("2026-11-21T01:11") is None  # another worker: it is taken
    rounds.end(run, [])
    assert claim("2026-11-21T23:59") is None
    late = claim("2026-11-25T08:00")  # 22, 23, 24 were slept through; caught up once
    assert (late.period, late.missed) == ("2026-11-25", 3)
    assert claim("2026-11-25T08:00") is None


def test_what_a_dead_worker_left_is_taken_up_by_another(db):
    every = Cadence(Every.DAY, dt.time(1))
    Round.objects.create(name="night", since=at("2026-11-01T00:00"))
    first = rounds.claim("night", every, worker="a", now=at("2026-11-21T02:00"))
    assert rounds.claim("night", every, worker="b", now=at("2026-11-21T03:00")) is None
    RoundRun.objects.update(started_at=clock.real_now() - dt.timedelta(hours=3))
    second = rounds.claim("night", every, worker="b", now=at("2026-11-21T05:00"))
    assert (second.pk, second.tries, second.by_name) == (first.pk, 2, "b")


def test_a_round_that_breaks_is_seen_tried_again_and_ends_no_worker(cast, monkeypatch):
    def broken(by, now):
        raise ValueError("坏了")

    monkeypatch.setitem(ROUNDS, "backup", RoundLaw("看备份", Cadence(Every.HOUR), broken))
    for name in list(ROUNDS):
        if name != "backup":
            monkeypatch.delitem(ROUNDS, name)
    Round.objects.create(name="backup", since=clock.now() - dt.timedelta(days=2))
    (run,) = run_due("w")
    assert run.state == "failed"
    assert "坏了" in run.said[0]
    assert [n.kind for n in notices.mine(cast.chenjing)] == ["round_failed"]
    assert run_due("w") == []  # not at once
    RoundRun.objects.update(ended_at=clock.real_now() - dt.timedelta(minutes=11))
    (again,) = run_due("w")
    assert (again.pk, again.tries) == (run.pk, 2)
    page = browser(cast.chenjing).get("/notices/rounds/").content.decode()
    assert "1 个定时任务上次没有跑完" in page
    assert "坏了" in page


def issue(cast, key, due, **more):
    return IssueRecord.objects.create(
        key=key, title="外溢", klass="一般", place=cast.places["999901100200"], rectifier=cast.units["清源运维公司"],
        found_on=dt.date(2026, 11, 1), assigned_on=dt.date(2026, 11, 1), due_on=due, state=more.pop("state", "整改中"), **more,
    )  # fmt: skip


def test_overdue_problems_are_told_and_a_reminder_is_drafted_never_sent(cast):
    # AS_OF is Friday 2026-11-20: due on the 16th is 4 working days late, on the 18th 2, on the 20th not late.
    late = issue(cast, "WT-1", dt.date(2026, 11, 16))
    issue(cast, "WT-2", dt.date(2026, 11, 18))
    issue(cast, "WT-3", dt.date(2026, 11, 20))
    issue(cast, "WT-4", dt.date(2026, 11, 10), state="挂账")
    run = run_by_hand("overdue", by=cast.chenjing)
    assert run.said == ["超期 2 件，新拟函件 1 份（草稿，等人签发）"]
    letter = IssueLetter.objects.get()
    assert (letter.issue, letter.state, letter.days_over, letter.decided_by) == (late, "draft", 4, None)
    assert "整改期限为2026年11月16日，至2026年11月20日已超期 4 个工作日" in letter.text
    assert [n.kind for n in notices.mine(cast.zhaoyong)] == ["issue_overdue", "issue_overdue"]
    assert [n.kind for n in notices.mine(cast.zhouwei)] == ["letter_proposed"]
    run_by_hand("overdue", by=cast.chenjing)  # the same day again: nothing new
    assert IssueLetter.objects.count() == 1
    assert notices.mine(cast.zhaoyong).count() == 2


def test_a_reminder_is_signed_by_a_person_of_the_county_only(cast):
    issue(cast, "WT-1", dt.date(2026, 11, 16))
    run_by_hand("overdue", by=cast.chenjing)
    letter = IssueLetter.objects.get()
    address = f"/letters/{letter.pk}/"
    assert browser(cast.hezhi).get(address).status_code == 404  # another township
    assert browser(cast.luomei).get(address).status_code == 200
    assert browser(cast.luomei).post(address, {"do": "sign"}).status_code == 403
    mine = browser(cast.chenjing)
    assert "请写一句为什么" in mine.post(address, {"do": "drop"}, follow=True).content.decode()
    page = mine.post(address, {"do": "sign", "text": "请抓紧。", "number": "县治污办函〔2026〕3号"}, follow=True)
    assert "陈静于 2026-11-20 签发" in page.content.decode()
    letter.refresh_from_db()
    assert (letter.state, letter.text, letter.decided_by) == ("signed", "请抓紧。", cast.chenjing)
    assert "不能再改" in mine.post(address, {"do": "drop", "reason": "x"}, follow=True).content.decode()
    assert "没有等签发的提示函" in mine.get("/letters/").content.decode()


def test_duties_that_end_and_posts_that_are_empty(cast):
    village = cast.places["999901100200"]
    day = dt.date(2026, 11, 20)
    for person, ends in (
        ("甲", day + dt.timedelta(days=10)),
        ("乙", day + dt.timedelta(days=31)),
        ("", None),
        ("丙", None),
    ):
        Duty.objects.create(place=village, matter="日常巡查", role="主责", person=person, valid_to=ends)
    assert run_by_hand("duties", by=cast.chenjing).said == ["1 项责任或合同 2026-12-20 前到期，1 个空岗"]
    assert sorted(n.kind for n in notices.mine(cast.luomei)) == ["duty_ends", "duty_gap"]
    assert not notices.mine(cast.hezhi).exists()


def test_large_stations_without_a_test_this_half_year(cast):
    """Both stations treat 30 m³/d; one was tested in October, the other in June, which was the half-year before."""
    for key, day in (("QX-001", dt.date(2026, 10, 1)), ("QX-002", dt.date(2026, 6, 30))):
        LabRow.objects.create(
            key=key,
            sample=key,
            facility=FacilityRecord.objects.get(key=key),
            sampled_on=day,
            point="effluent",
            quantity="cod",
            value=1,
        )
    assert run_by_hand("tests", by=cast.chenjing).said == ["本半年缺化验的站 1 座"]
    assert [n.title for n in notices.mine(cast.chenjing)] == ["柳湾村站"]


def test_loggers_that_keep_silent(cast):
    for key, hours in (("QX-001", 27), ("QX-002", 25)):
        Device.objects.create(
            mn=key,
            facility=FacilityRecord.objects.get(key=key),
            last_heard_at=clock.now() - dt.timedelta(hours=hours),
        )
    assert run_by_hand("silent", by=cast.chenjing).said == ["1 台设备 26 小时没有声息"]
    assert [n.title for n in notices.mine(cast.zhaoyong)] == ["红岩村站"]  # the operator's own


def test_every_round_runs_on_an_office_with_little_in_it(cast, tmp_path, settings):
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    for name in ROUNDS:
        run = run_by_hand(name, by=cast.chenjing)
        assert run.state == "done" or run.said, (name, run.said)
        if name != "figures":  # no village, no rate: it says so as a failure
            assert run.state == "done", (name, run.said)


def test_stopping_a_round_and_running_it_from_the_page(cast):
    mine = browser(cast.chenjing)
    assert mine.post("/notices/rounds/overdue/", {"do": "run"}).status_code == 302
    assert RoundRun.objects.get().by_name == "陈静"
    mine.post("/notices/rounds/overdue/", {"do": "off"})
    assert "停着" in mine.get("/notices/rounds/").content.decode()
    assert mine.post("/notices/rounds/nonsense/", {"do": "run"}).status_code == 404
    assert browser(cast.luomei).post("/notices/rounds/overdue/", {"do": "run"}).status_code == 404


def test_a_meeting_of_tomorrow_is_told_to_those_asked(cast):
    from qingxi_office.meetings.models import Attendance, Group, Meeting

    group = Group.objects.create(name="推进组", place=cast.county)
    for key, hours, state in (("HY-1", 20, "called"), ("HY-2", 30, "called"), ("HY-3", 20, "draft")):
        meeting = Meeting.objects.create(
            key=key, group=group, kind="推进会", title=f"会 {key}", place=cast.county, begins_at=clock.now() + dt.timedelta(hours=hours),
            state=state, sign_code="ABCDEF",
        )  # fmt: skip
        Attendance.objects.create(meeting=meeting, unit=cast.units["溪口镇人民政府"], name="罗梅")
    assert run_by_hand("meetings", by=cast.chenjing).said == ["一天之内有 1 个会"]
    assert [n.title for n in notices.mine(cast.luomei)] == ["会 HY-1"]
    assert not notices.mine(cast.hezhi).exists()
