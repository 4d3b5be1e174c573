"""Rounds that look for what is late, ends, lacks or keeps silent, and tell those whom it concerns."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict

from django.db.models import Q
from django.utils import timezone

from qingxi.calendar import WorkingDays
from qingxi.standard import load_table
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.actions import draft_letter
from qingxi_office.issues.actions.letters import kind_for
from qingxi_office.issues.models import IssueLetter, IssueRecord
from qingxi_office.meetings.models import Meeting
from qingxi_office.notices.actions import tell
from qingxi_office.people.audience import holders, of_units, officers
from qingxi_office.people.models import Role
from qingxi_office.places.models import Duty
from qingxi_office.places.queries import county
from qingxi_office.readings.models import DailyRow, Device, LabRow
from qingxi_office.trail.actions import Doer

_DAYS = WorkingDays()
# Who waits for a superior's word, or whose rule counts otherwise, is not reminded.
_RESTING = ("挂账",)


def overdue(by: Doer, now: dt.datetime) -> list[str]:
    """Tell who is late; propose a reminder where it is late enough. Nothing goes out by itself."""
    today, law = now.date(), load_table("rounds")
    after, again = int(law["letter.after"]), int(law["letter.again"])
    rows = list(
        IssueRecord.objects.filter(is_open=True, due_on__lt=today).exclude(state__in=_RESTING)
        .select_related("place", "facility", "rectifier")
    )  # fmt: skip
    last: dict[int, dt.date] = {}
    for issue_id, day, state in IssueLetter.objects.filter(issue__in=rows).values_list(
        "issue_id", "drafted_on", "state"
    ):
        # a draft that nobody decided on stands; another on top of it would only be noise
        last[issue_id] = max(last.get(issue_id, day), dt.date.max if state == IssueLetter.State.DRAFT else day)
    drafted, own = 0, county()
    for row in rows:
        late = _DAYS.between(row.due_on, today)
        people = of_units([row.rectifier_id], row.place.path)
        tell(
            people, "issue_overdue", f"{row.key} {row.title}", once=f"issue/{row.key}/overdue/{row.due_on}",
            href=f"/issues/{row.key}/", text=f"期限 {row.due_on:%Y-%m-%d}，已超 {late} 个工作日",
        )  # fmt: skip
        known = last.get(row.pk)
        if late < after or (known and (known == dt.date.max or _DAYS.between(known, today) < again)):
            continue
        kind = kind_for(row, late, own)
        if kind is None:
            continue
        letter = draft_letter(row, by=by, today=today, days_over=late, kind=kind)
        tell(
            officers(), "letter_proposed", f"{row.key} {row.title}", once=f"letter/{letter.pk}", href=f"/letters/{letter.pk}/"
        )  # fmt: skip
        drafted += 1
    return [f"超期 {len(rows)} 件，新拟函件 {drafted} 份（草稿，等人签发）"] if rows else []


def duties(by: Doer, now: dt.datetime) -> list[str]:
    """Duties and contracts that end soon, and posts that nobody fills."""
    today = now.date()
    until = today + dt.timedelta(days=int(load_table("rounds")["duty.ends"]))
    living = Duty.objects.filter(Q(valid_from=None) | Q(valid_from__lte=today)).select_related("place", "unit")
    ending = list(living.filter(valid_to__gte=today, valid_to__lte=until))
    gaps = list(living.filter(Q(valid_to=None) | Q(valid_to__gte=today), person=""))
    for duty in ending:
        path = duty.place.path if duty.place else ""
        tell(
            holders([Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK], path) | of_units([duty.unit_id], path), "duty_ends",
            f"{duty.place or ''} {duty.matter} {duty.unit_name or duty.person}".strip(),
            once=f"duty/{duty.pk}/ends/{duty.valid_to}", href=_duty_href(duty), text=f"到 {duty.valid_to:%Y-%m-%d} 为止",
        )  # fmt: skip
    by_town: dict[str, list[Duty]] = defaultdict(list)
    for duty in gaps:
        by_town["/".join(duty.place.path.split("/")[:4]) if duty.place else ""].append(duty)
    for path, some in by_town.items():
        first = some[0]
        tell(
            holders([Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK], first.place.path if first.place else ""), "duty_gap",
            f"{first.place or ''}等 {len(some)} 个岗位没有人" if len(some) > 1 else f"{first.place or ''} {first.matter} 没有人",
            once=f"gap/{path}/{today.isocalendar()[0]}-{today.isocalendar()[1]}", href=_duty_href(first),
        )  # fmt: skip
    return [f"{len(ending)} 项责任或合同 {until:%Y-%m-%d} 前到期，{len(gaps)} 个空岗"] if ending or gaps else []


def _duty_href(duty: Duty) -> str:
    return f"/villages/{duty.place.code}/" if duty.place and duty.place.level == "village" else "/duties/"


def tests(by: Doer, now: dt.datetime) -> list[str]:
    """Facilities of some size that have no laboratory result in this half-year; told once a half-year and facility."""
    today = now.date()
    half = dt.date(today.year, 1 if today.month < 7 else 7, 1)
    least = load_table("rounds")["tests.size"]
    tested = LabRow.objects.filter(sampled_on__gte=half, sampled_on__lte=today).values("facility_id")
    rows = list(
        FacilityRecord.objects.filter(design_m3_d__gte=least, status__in=["in_use", "trial"])
        .exclude(pk__in=tested).select_related("place")
    )  # fmt: skip
    name = f"{today.year}-{1 if half.month == 1 else 2}"
    for row in rows:
        people = holders([Role.COUNTY_OFFICER], row.place.path) | of_units([row.operator_unit_id], row.place.path)
        tell(
            people, "tests_missing", row.name, once=f"tests/{row.key}/{name}", href=f"/facilities/{row.key}/",
            text=f"{row.design_m3_d:g} m³/d，{half:%Y-%m-%d} 以来没有化验",
        )  # fmt: skip
    return [f"本半年缺化验的站 {len(rows)} 座"] if rows else []


def silent(by: Doer, now: dt.datetime) -> list[str]:
    """Loggers that have said nothing for too long; told once a silence."""
    hours = load_table("rounds")["silent.hours"]
    before = now - dt.timedelta(hours=hours)
    rows = list(
        Device.objects.filter(enabled=True, last_heard_at__lt=before, facility__status="in_use")
        .select_related("facility", "facility__place")
    )  # fmt: skip
    for row in rows:
        f = row.facility
        people = holders([Role.COUNTY_OFFICER, Role.TOWNSHIP_CLERK], f.place.path)
        tell(
            people | of_units([f.operator_unit_id], f.place.path), "station_silent", f.name,
            once=f"silent/{row.mn}/{row.last_heard_at:%Y%m%d%H%M}", href=f"/facilities/{f.key}/",
            text=f"最后一次 {row.last_heard_at:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    return [f"{len(rows)} 台设备 {hours:g} 小时没有声息"] if rows else []


def week(by: Doer, now: dt.datetime) -> list[str]:
    """What the week brought, in one line to each officer and clerk."""
    today = now.date()
    since = today - dt.timedelta(days=7)
    opened = Counter(
        IssueRecord.objects.filter(assigned_on__gte=since, assigned_on__lt=today).values_list("is_open", flat=True)
    )
    closed = IssueRecord.objects.filter(closed_on__gte=since, closed_on__lt=today).count()
    late = IssueRecord.objects.filter(is_open=True, due_on__lt=today).count()
    heard = DailyRow.objects.filter(day__gte=since, day__lt=today).values("facility_id").distinct().count()
    said = f"上周交办 {sum(opened.values())} 件，销号 {closed} 件，在办超期 {late} 件；{heard} 座站有读数"
    year, number, _ = today.isocalendar()
    tell(officers(), "week_told", said, once=f"week/{year}-{number}", href="/issues/")
    return [said]


def meetings(by: Doer, now: dt.datetime) -> list[str]:
    """Meetings called for the next day: everybody of the units asked is reminded once."""
    rows = list(
        Meeting.objects.filter(state=Meeting.State.CALLED, begins_at__gt=now, begins_at__lte=now + dt.timedelta(days=1))
        .select_related("place")
    )  # fmt: skip
    for row in rows:
        units = row.attendance.exclude(unit=None).values_list("unit_id", flat=True)
        tell(
            of_units(units, row.place.path), "meeting_soon", row.title, once=f"meeting/{row.key}/soon/{row.begins_at:%Y%m%d%H%M}",
            href=f"/meetings/{row.key}/", text=f"{timezone.localtime(row.begins_at):%m月%d日 %H:%M} {row.room}",
        )  # fmt: skip
    return [f"一天之内有 {len(rows)} 个会"] if rows else []
