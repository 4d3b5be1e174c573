"""What waits for this person's hand, role by role: signatures, second looks, tables to judge, tasks, rounds to walk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import F, Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi_office.approvals.queries import to_answer
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.jobs.models import SheetIntake
from qingxi_office.jobs.queries import intakes
from qingxi_office.meetings import queries as meetings
from qingxi_office.meetings.models import Task
from qingxi_office.people import queries as people
from qingxi_office.people import rights
from qingxi_office.people.models import Role
from qingxi_office.site.templatetags.places import word_of

from . import seen
from .home_rows import Row

# States of qingxi.issue in which the last signature is the next step.
SIGN_STATES = ("verified", "核查通过", "signed", "publicised")
SHOWN = 4
_WALKS = (Role.INSPECTOR, Role.OPERATOR_FOREMAN)


def waiting(user: Any, today: dt.date) -> list[Row]:
    """Everything that stands still until this person acts, the signed things first."""
    return [
        *_second_looks(user), *_closings(user), *_bulletins(user), *_sheets(user), *_tasks(user, today), *_findings(user),
    ]  # fmt: skip


def _second_looks(user: Any) -> Iterator[Row]:
    for row in to_answer(user).order_by("asked_at")[:SHOWN]:
        yield Row(
            "", row.title, reverse("approval", args=[row.pk]), _("%(who)s 提请，等第二个人看") % {"who": row.asked_by.name},
            _("看了再签"), filled=True,
        )  # fmt: skip


def _closings(user: Any) -> Iterator[Row]:
    if not user.unit_id:
        return
    for issue in seen.issues(user).filter(is_open=True, closer_id=user.unit_id, state__in=SIGN_STATES)[:SHOWN]:
        yield Row(
            "", _("销号：%s") % issue.title, reverse("issue", args=[issue.key]),
            f"{issue.key}·{issue.rectifier.name if issue.rectifier else ''}", _("看了再签"), filled=True,
        )  # fmt: skip


def _bulletins(user: Any) -> Iterator[Row]:
    if not seen.may_see(user, "bulletin") or user.role not in (Role.COUNTY_OFFICER, Role.AUDITOR):
        return
    for bulletin in seen.bulletins(user).exclude(state=BulletinRecord.State.ISSUED)[:2]:
        yield Row(
            "", bulletin.title, reverse("bulletin", args=[bulletin.key]),
            f"{bulletin.get_state_display()}·{bulletin.as_of}", _("看"),
        )  # fmt: skip


def _sheets(user: Any) -> Iterator[Row]:
    """Tables handed in that wait for the county, and one's own that came back red."""
    if not seen.may_see(user, "intake"):
        return
    states = SheetIntake.State
    mine = intakes().filter(by_pk=user.pk, state__in=(states.SHOWN, states.RETURNED))
    if rights.may(user, "load"):
        mine = mine | intakes().filter(state=states.HANDED_IN)
    for row in mine.order_by("-id")[:SHOWN]:
        detail = f"{row.get_state_display()}·{row.by_name}"
        if wrong := row.counts.get("wrong"):
            detail += "·" + _("%d 行要改") % wrong
        yield Row("", row.name, reverse("intake", args=[row.pk]), detail, _("看"))


def _tasks(user: Any, today: dt.date) -> Iterator[Row]:
    """What meetings gave this person's unit."""
    if not user.unit_id or not seen.may_see(user, "meeting"):
        return
    for task in meetings.tasks(user).filter(unit_id=user.unit_id, state=Task.State.OPEN)[:SHOWN]:
        late = _("，已超 %d 天") % (today - task.due_on).days if task.due_on < today else ""
        yield Row(
            "", task.text, reverse("meeting", args=[task.meeting.key]) + f"#{task.key}",
            _("会上交办，期限 %s") % f"{task.due_on:%m-%d}" + late, _("看"),
        )  # fmt: skip


def _findings(user: Any) -> Iterator[Row]:
    if not rights.may(user, "decide_finding"):
        return
    if n := seen.findings(user).filter(is_current=True, state=FindingRecord.State.PROPOSED).order_by().count():
        yield Row(
            "", _("判断等人确认 %d 条") % n, reverse("facilities") + "?finding=proposed", _("确认以后才进问题台账"), _("看")
        )  # fmt: skip


def rounds_to_walk(user: Any, today: dt.date) -> list[Row]:
    """For those who walk rounds: the stations in use whose last visit lies longest back."""
    if user.role not in _WALKS or not rights.may(user, "record_visit"):
        return []
    rows = seen.facilities(user).filter(status__in=("in_use", "trial")).annotate(last=Max("visits__visited_at"))
    return [
        Row(
            _("%d 天") % (today - timezone.localtime(f.last).date()).days if f.last else _("从未"),
            f.name, reverse("visit", args=[f.key]), f"{f.place.name}·{f.key}", _("去巡查"), filled=True,
        )
        for f in rows.order_by(F("last").asc(nulls_first=True), "key")[:5]
    ]  # fmt: skip


def coming_meetings(user: Any, now: dt.datetime) -> list[Row]:
    """Meetings of the next seven days that this person sees."""
    rows = meetings.with_counts(meetings.meetings(user)).filter(
        state__in=meetings.OPEN,
        begins_at__gte=now - dt.timedelta(hours=3),
        begins_at__lt=now + dt.timedelta(days=7),
    )
    return [
        Row(
            f"{timezone.localtime(m.begins_at):%m-%d %H:%M}", m.title, reverse("meeting", args=[m.key]),
            _("%d 个议题") % m.n_items + f"·{m.room}" * bool(m.room), _("看"),
        )
        for m in rows.order_by("begins_at")[:3]
    ]  # fmt: skip


def empty_posts(user: Any, today: dt.date) -> tuple[list[Row], int]:
    """Posts in which nobody answers, the first three, and how many; for those who can fill them."""
    if user.scope is None or not rights.may(user, "assign_duty"):
        return [], 0
    found = people.gaps(user, today)
    rows = [
        Row(
            "",
            f"{place.name}：{gap.matter}",
            reverse("duties") + "?view=gaps",
            f"{word_of(gap.role)}·{word_of(gap.kind)}",
            _("定人"),
        )
        for place, gap in found[:3]
    ]
    return rows, len(found)
