"""Every change to groups and meetings; tasks have their own file."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from qingxi.origin import Ref
from qingxi_office.meetings import agenda, law
from qingxi_office.meetings.law import Refused
from qingxi_office.meetings.models import AgendaItem, Attendance, Group, Meeting, Member
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import of_units
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.numbers import next_key

_CODE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what is read wrongly on a screen
THURSDAY, HOUR = 3, 9


@transaction.atomic
def keep_group(
    name: str,
    place: Place,
    members: Sequence[Mapping[str, Any]],
    *,
    by: trail.Doer,
    document: str = "",
    valid_from: date | None = None,
    group: Group | None = None,
) -> Group:
    """Found a group or write down its members anew from today on.

    A member has ``name`` and any of unit_id, title, role. Who is no longer named leaves today and stays on the meetings of
    their time; a group without a head is refused.
    """
    rights.check(by, "call_meeting", path=place.path)
    named = [dict(m) for m in members if str(m.get("name", "")).strip()]
    reasons = []
    if not name.strip():
        reasons.append("小组要有名字")
    if not any(m.get("role") == Member.Role.HEAD for m in named):
        reasons.append("小组要有一名组长")
    twice = {
        m["name"]
        for m in named
        if sum(o["name"] == m["name"] and o.get("unit_id") == m.get("unit_id") for o in named) > 1
    }
    reasons += [f"{who} 写了两次" for who in sorted(twice)]
    strange = {m.get("role") for m in named if m.get("role")} - set(Member.Role.values)
    reasons += [f"没有“{role}”这种组内身份" for role in sorted(map(str, strange))]
    asked = {m["unit_id"] for m in named if m.get("unit_id")}
    if asked - set(Unit.objects.filter(pk__in=asked).values_list("pk", flat=True)):
        reasons.append("有成员的单位不在机构名录里")
    taken = Group.objects.filter(name=name.strip())
    if (taken.exclude(pk=group.pk) if group else taken).exists():
        reasons.append(f"已经有“{name}”")
    if reasons:
        raise Refused(reasons)
    today = clock.today()
    row = group or Group(valid_from=valid_from or today)
    row.name, row.place, row.document = name.strip(), place, document.strip()
    row.save()
    sitting = {(m.name, m.unit_id, m.role, m.title): m for m in row.members.filter(valid_to=None)}
    wanted = {
        (m["name"].strip(), m.get("unit_id"), m.get("role") or Member.Role.MEMBER, m.get("title", ""))
        for m in named
    }
    for key, member in sitting.items():
        if key not in wanted:
            member.valid_to = today
            member.save(update_fields=["valid_to"])
    Member.objects.bulk_create(
        Member(group=row, name=who, unit_id=unit, role=role, title=title, valid_from=today)
        for who, unit, role, title in sorted(wanted - set(sitting), key=str)
    )
    trail.record(
        "group.kept", Ref("group", str(row.pk)), by=by, because=document,
        before=sorted(k[0] for k in sitting), after=sorted(k[0] for k in wanted),
    )  # fmt: skip
    return row


@transaction.atomic
def arrange(
    group: Group,
    kind: str,
    begins_at: datetime,
    *,
    by: Any,
    title: str = "",
    place: Place | None = None,
    room: str = "",
    chair: str = "",
    minutes_long: int = 90,
    filled: bool = True,
) -> Meeting:
    """A meeting in draft with the group's members asked and, when ``filled``, an agenda drawn from the books."""
    rights.check(by, "call_meeting", path=group.place.path)
    if kind not in Meeting.Kind.values:
        raise Refused([f"没有“{kind}”这种会"])
    if not 10 <= minutes_long <= 600:
        raise Refused(["会议长度在 10 到 600 分钟之间"])
    day = clock.day_of(begins_at)
    row = Meeting(
        key=next_key(Meeting, f"HY-{day.year}-"), group=group, kind=kind, title=(title.strip() or f"{group.name}{kind}")[:120],
        place=place or group.place, begins_at=begins_at, minutes_long=minutes_long, room=room.strip(),
        sign_code="".join(secrets.choice(_CODE) for _ in range(6)),
        chair=chair.strip() or next((m.name for m in group.members.filter(role=Member.Role.HEAD, valid_to=None)), ""),
    )  # fmt: skip
    row.save(force_insert=True)
    Attendance.objects.bulk_create(
        Attendance(meeting=row, name=m.name, title=m.title, unit_id=m.unit_id)
        for m in group.members.filter(valid_to=None)
    )
    if filled:
        found = agenda.proposals(by, group, clock.today(), row)
        AgendaItem.objects.bulk_create(
            AgendaItem(
                meeting=row, order=10 * (n + 1), title=p.title[:200], why=p.why[:300], subject=p.subject, unit_id=p.unit_id,
                proposed_by="系统",
            )
            for n, p in enumerate(found)
        )  # fmt: skip
    trail.record(
        "meeting.arranged", Ref("meeting", row.key), by=by, after={"kind": kind, "begins_at": begins_at.isoformat()}
    )
    return row


@transaction.atomic
def add_item(
    meeting: Meeting, title: str, *, by: Any, why: str = "", subject: str = "", unit: Unit | None = None
) -> AgendaItem:
    """One more item at the end; a record that stands there already is left as it is."""
    check_leads(meeting, by)
    check_open(meeting)
    if not title.strip():
        raise Refused(["议题要写一句话"])
    return _append(meeting, title.strip(), by=by, why=why.strip(), subject=subject, unit=unit)


def _append(
    meeting: Meeting, title: str, *, by: Any, why: str, subject: str, unit: Unit | None = None
) -> AgendaItem:
    """At the end, once: a record that stands there already is left as it is. Who may is asked by the caller."""
    if subject and (known := meeting.items.filter(subject=subject).first()):
        return known
    last = meeting.items.order_by("-order").values_list("order", flat=True).first() or 0
    item = AgendaItem(
        meeting=meeting, order=last + 10, title=title[:200], why=why[:300], subject=subject, unit=unit, proposed_by=str(by),
    )  # fmt: skip
    item.save(force_insert=True)
    trail.record("meeting.item_added", Ref("meeting", meeting.key), by=by, after=item.title)
    return item


def next_thursday(today: date) -> date:
    """The coming Thursday; on a Thursday, the one after."""
    return today + timedelta(days=(THURSDAY - today.weekday() - 1) % 7 + 1)


@transaction.atomic
def put_before_next(title: str, subject: str, *, by: Any, why: str = "", path: str = "") -> AgendaItem | None:
    """Put a matter on the next 推进会 that has not been held; without one, on one in draft for Thursday morning.

    None when no group holds the place: then there is nobody who could meet.
    """
    now = clock.now()
    held = Meeting.objects.filter(
        kind=Meeting.Kind.PROGRESS, state__in=(Meeting.State.DRAFT, Meeting.State.CALLED), begins_at__gte=now
    ).select_related("group", "group__place")
    row = next((m for m in held.order_by("begins_at") if path.startswith(m.group.place.path)), None)
    if row is None:
        group = next(
            (
                g
                for g in Group.objects.filter(valid_to=None).select_related("place")
                if path.startswith(g.place.path)
            ),
            None,
        )
        if group is None:
            return None
        at = timezone.make_aware(datetime.combine(next_thursday(now.date()), time(HOUR)))
        row = arrange(group, Meeting.Kind.PROGRESS, at, by=trail.Office(f"代 {by} 拟会"), filled=False)
    return _append(row, title, by=by, why=why, subject=subject)


@transaction.atomic
def move_item(item: AgendaItem, up: bool, *, by: Any) -> None:
    """One place up or down."""
    check_leads(item.meeting, by)
    check_open(item.meeting)
    rows = list(item.meeting.items.all())
    at = rows.index(item)
    to = at - 1 if up else at + 1
    if 0 <= to < len(rows):
        rows[at], rows[to] = rows[to], rows[at]
        for n, row in enumerate(rows):
            row.order = 10 * (n + 1)
        AgendaItem.objects.bulk_update(rows, ["order"])
        trail.record("meeting.item_moved", Ref("meeting", item.meeting.key), by=by, after=[r.title for r in rows])


@transaction.atomic
def drop_item(item: AgendaItem, *, by: Any) -> None:
    """Take an item off; one with an outcome or a task stays."""
    check_leads(item.meeting, by)
    if item.outcome or item.tasks.exists():
        raise Refused(["这个议题已有结论或任务，不能去掉"])
    check_open(item.meeting)
    trail.record("meeting.item_dropped", Ref("meeting", item.meeting.key), by=by, before=item.title)
    item.delete()


@transaction.atomic
def say_outcome(item: AgendaItem, outcome: str, decision: str, *, by: Any) -> None:
    """What came of an item: decided (with words) or put off (it comes back next time)."""
    check_leads(item.meeting, by)
    check_open(item.meeting)
    if outcome not in AgendaItem.Outcome.values:
        raise Refused([f"没有“{outcome}”这种结论"])
    if outcome == AgendaItem.Outcome.DECIDED and not decision.strip():
        raise Refused(["已议的要写议定了什么"])
    before = {"outcome": item.outcome, "decision": item.decision}
    item.outcome, item.decision = outcome, decision.strip()
    item.save(update_fields=["outcome", "decision"])
    trail.record(
        "meeting.item_decided", Ref("meeting", item.meeting.key), by=by, because=item.title, before=before,
        after={"outcome": outcome, "decision": item.decision},
    )  # fmt: skip


@transaction.atomic
def go(meeting: Meeting, state: str, *, by: Any, reason: str = "", minutes: str | None = None) -> Meeting:
    """Call, hold, close or cancel a meeting; raises Refused with every reason against it."""
    check_leads(meeting, by)
    if not law.may_go(meeting.state, state):
        raise Refused([f"会议现为“{meeting.get_state_display()}”，不能改为“{Meeting.State(state).label}”"])
    if minutes is not None:
        meeting.minutes = minutes.strip()
    if state == Meeting.State.CALLED and not meeting.items.exists():
        raise Refused(["没有议题，不发通知"])
    if state == Meeting.State.CANCELLED:
        if not reason.strip():
            raise Refused(["不开了要写理由"])
        meeting.reason = reason.strip()[:200]
    if state == Meeting.State.CLOSED:
        came = meeting.attendance.filter(state__in=(Attendance.State.CAME, Attendance.State.SENT)).count()
        tasks = meeting.tasks.select_related("meeting")
        if reasons := law.against_closing(meeting.minutes, meeting.items.all(), tasks, came):
            raise Refused(reasons)
        meeting.minutes_by, meeting.closed_on = str(by), clock.today()
    before, meeting.state = meeting.state, state
    meeting.save(update_fields=["state", "reason", "minutes", "minutes_by", "closed_on"])
    trail.record("meeting.went", Ref("meeting", meeting.key), by=by, because=reason, before=before, after=state)
    if state in (Meeting.State.CALLED, Meeting.State.CANCELLED):
        _tell(meeting, state)
    return meeting


def _tell(meeting: Meeting, state: str) -> None:
    """Everybody of the units asked hears of it once."""
    units = meeting.attendance.exclude(unit=None).values_list("unit_id", flat=True)
    word = (
        "不开了"
        if state == Meeting.State.CANCELLED
        else f"{timezone.localtime(meeting.begins_at):%m月%d日 %H:%M} {meeting.room}"
    )
    tell(
        of_units(units, meeting.place.path), "meeting_soon", f"{meeting.title}：{word}"[:200],
        once=f"meeting/{meeting.key}/{state}/{meeting.begins_at:%Y%m%d%H%M}", href=f"/meetings/{meeting.key}/",
    )  # fmt: skip


@transaction.atomic
def keep_minutes(meeting: Meeting, minutes: str, *, by: Any) -> None:
    """Write down what was said; until the minutes are settled they may be written again."""
    check_leads(meeting, by)
    check_open(meeting)
    before, meeting.minutes = meeting.minutes, minutes.strip()
    meeting.save(update_fields=["minutes"])
    if before != meeting.minutes:
        trail.record("meeting.minuted", Ref("meeting", meeting.key), by=by, before=before, after=meeting.minutes)


@transaction.atomic
def sign(row: Attendance, state: str, *, by: Any, stand_in: str = "", code: str | None = None) -> None:
    """Note who came. The secretary may for everybody; others for their own unit, with the code shown in the room."""
    meeting = row.meeting
    if state not in Attendance.State.values:
        raise Refused([f"没有“{state}”"])
    if meeting.state in (Meeting.State.CLOSED, Meeting.State.CANCELLED):
        raise Refused(["纪要已定，签到不能再改"])
    if code is not None:
        if code.strip().upper() != meeting.sign_code:
            raise Refused(["签到码不对，看会场屏幕上的六位码"])
        if row.unit_id is None or row.unit_id != getattr(by, "unit_id", None):
            raise rights.Denied("只能替本单位的人签到")
    else:
        check_leads(meeting, by)
    if state == Attendance.State.SENT and not stand_in.strip():
        raise Refused(["代会要写代会人的名字"])
    row.state, row.stand_in, row.signed_by = state, stand_in.strip(), str(by)
    row.signed_at = clock.now() if state in (Attendance.State.CAME, Attendance.State.SENT) else None
    row.save(update_fields=["state", "stand_in", "signed_by", "signed_at"])
    trail.record("meeting.signed", Ref("meeting", meeting.key), by=by, because=row.name, after=state)


def check_leads(meeting: Meeting, by: Any) -> None:
    rights.check(by, "call_meeting", path=meeting.group.place.path)


def check_open(meeting: Meeting) -> None:
    if meeting.state in (Meeting.State.CLOSED, Meeting.State.CANCELLED):
        raise Refused([f"会议{meeting.get_state_display()}，不能再改"])
