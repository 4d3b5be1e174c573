"""What waits for this person's hand, role by role: signatures, second looks, tables to judge, tasks, rounds to walk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F, Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi_office.approvals.queries import to_answer
from qingxi_office.asking import ask
from qingxi_office.findings.models import FindingRecord
from qingxi_office.jobs.models import SheetIntake
from qingxi_office.jobs.queries import intakes
from qingxi_office.meetings import queries as meetings
from qingxi_office.meetings.models import Task
from qingxi_office.people import queries as people
from qingxi_office.people import rights
from qingxi_office.people.models import Role
from qingxi_office.returns import queries as returns
from qingxi_office.site.templatetags.places import word_of

from . import seen
from .home_rows import Row
from .tally import light_findings

# States of qingxi.issue in which the last signature is the next step.
SIGN_STATES = ("verified", "核查通过", "signed", "publicised")
SHOWN = 4
_MINE = (SheetIntake.State.SHOWN, SheetIntake.State.RETURNED)
_WALKS = (Role.INSPECTOR, Role.OPERATOR_FOREMAN)


def waiting(
    user: Any, today: dt.date, closings: Iterable[Any] | None = None, found: Iterable[Any] | None = None
) -> list[Row]:
    """Everything that stands still until this person acts, the signed things first.

    ``closings`` are problems that wait for this person's last signature, ``found`` the findings seen, where the page has them.
    """
    if closings is None:
        held = seen.issues(user).filter(is_open=True)
        closings = held.filter(pk__in=closing(user, held))
    return [
        *_second_looks(user), *map(_closing_row, closings), *_bulletins(user), *_sheets(user), *_returns(user, today), *_tasks(user, today),
        *_findings(user, light_findings(user) if found is None else found),
    ]  # fmt: skip


def _second_looks(user: Any) -> Iterator[Row]:
    for row in ask(user, lambda u, _at: to_answer(u).order_by("asked_at")[:SHOWN]):
        yield Row(
            "", row.title, reverse("approval", args=[row.pk]), _("%(who)s 提请，等第二个人看") % {"who": row.asked_by.name},
            _("看了再签"), filled=True,
        )  # fmt: skip


def closing(user: Any, held: Iterable[Any]) -> list[int]:
    """Of the problems that stand open, the keys of those whose last signature is this person's unit's, the first few."""
    return [i.pk for i in held if user.unit_id and i.closer_id == user.unit_id and i.state in SIGN_STATES][:SHOWN]


def _closing_row(issue: Any) -> Row:
    return Row(
        "", _("销号：%s") % issue.title, reverse("issue", args=[issue.key]),
        f"{issue.key}·{issue.rectifier.name if issue.rectifier else ''}", _("看了再签"), filled=True,
    )  # fmt: skip


def _bulletins(user: Any) -> Iterator[Row]:
    if not seen.may_see(user, "bulletin") or user.role not in (Role.COUNTY_OFFICER, Role.AUDITOR):
        return
    for bulletin in ask(user, lambda u, _at: seen.bulletins(u).exclude(state="issued")[:2]):
        yield Row(
            "", bulletin.title, reverse("bulletin", args=[bulletin.key]),
            f"{bulletin.get_state_display()}·{bulletin.as_of}", _("看"),
        )  # fmt: skip


def _sheets(user: Any) -> Iterator[Row]:
    """Tables handed in that wait for the county, and one's own that came back red."""
    if not seen.may_see(user, "intake"):
        return
    for row in ask(
        None,
        lambda _u, at: intakes().filter(Q(by_pk=at.who, state__in=_MINE) | Q(state__in=at.others)).order_by("-id")[:SHOWN],
        who=user.pk, others=[SheetIntake.State.HANDED_IN.value] if rights.may(user, "load") else [],
    ):  # fmt: skip
        detail = f"{row.get_state_display()}·{row.by_name}"
        if wrong := row.counts.get("wrong"):
            detail += "·" + _("%d 行要改") % wrong
        yield Row("", row.name, reverse("intake", args=[row.pk]), detail, _("看"))


def _returns(user: Any, today: dt.date) -> Iterator[Row]:
    """Periodic returns: those that one's unit owes; for who reviews, those that were handed in."""
    if not seen.may_see(user, "return"):
        return
    reviews = rights.may(user, "review_return")
    if not reviews and not rights.may(user, "fill_return"):
        return
    if reviews:
        rows = ask(user, lambda u, _at: returns.to_review(u)[:SHOWN])
    else:
        rows = ask(user, lambda u, at: returns.mine_to_do(u)[:SHOWN], unit=user.unit_id)
    for row in rows:
        detail = row.get_state_display() + (_("，%d 格要填") % row.to_fill if row.to_fill and not reviews else "")
        late = row.first_submitted_on is None and row.period.due_on < today
        yield Row(
            "", f"{row.unit.name} {row.period.key} {row.period.form.name}" if reviews else f"{row.period.key} {row.period.form.name}",
            reverse("return_one", args=[row.key]),
            detail + "·" + (_("逾期 %d 天") % (today - row.period.due_on).days if late else _("%s 前报") % f"{row.period.due_on:%m-%d}"),
            _("审") if reviews else _("去填"), filled=True,
        )  # fmt: skip


def _tasks(user: Any, today: dt.date) -> Iterator[Row]:
    """What meetings gave this person's unit."""
    if not user.unit_id or not seen.may_see(user, "meeting"):
        return
    for task in ask(
        user,
        lambda u, at: meetings.tasks(u).filter(unit_id=at.unit, state=Task.State.OPEN)[:SHOWN],
        unit=user.unit_id,
    ):
        late = _("，已超 %d 天") % (today - task.due_on).days if task.due_on < today else ""
        yield Row(
            "", task.text, reverse("meeting", args=[task.meeting.key]) + f"#{task.key}",
            _("会上交办，期限 %s") % f"{task.due_on:%m-%d}" + late, _("看"),
        )  # fmt: skip


def _findings(user: Any, found: Iterable[Any]) -> Iterator[Row]:
    if not rights.may(user, "decide_finding"):
        return
    if n := sum(f.state == FindingRecord.State.PROPOSED for f in found):
        yield Row(
            "", _("判断等人确认 %d 条") % n, reverse("facilities") + "?finding=proposed", _("确认以后才进问题台账"), _("看")
        )  # fmt: skip


def rounds_to_walk(user: Any, today: dt.date) -> list[Row]:
    """For those who walk rounds: the stations in use whose last visit lies longest back."""
    if user.role not in _WALKS or not rights.may(user, "record_visit"):
        return []
    rows = ask(
        user,
        lambda u, _at: seen.facilities(u).filter(status__in=("in_use", "trial")).annotate(last=Max("visits__visited_at"))
        .order_by(F("last").asc(nulls_first=True), "key")[:5],
    )  # fmt: skip
    return [
        Row(
            _("%d 天") % (today - timezone.localtime(f.last).date()).days if f.last else _("从未"),
            f.name, reverse("visit", args=[f.key]), f"{f.place.name}·{f.key}", _("去巡查"), filled=True,
        )
        for f in rows
    ]  # fmt: skip


def coming_meetings(user: Any, now: dt.datetime) -> list[Row]:
    """Meetings of the next seven days that this person sees."""
    rows = ask(
        user,
        lambda u, at: meetings.with_counts(meetings.meetings(u)).filter(
            state__in=meetings.OPEN, begins_at__gte=at.since, begins_at__lt=at.until
        ).order_by("begins_at")[:3],
        since=now - dt.timedelta(hours=3), until=now + dt.timedelta(days=7),
    )  # fmt: skip
    return [
        Row(
            f"{timezone.localtime(m.begins_at):%m-%d %H:%M}", m.title, reverse("meeting", args=[m.key]),
            _("%d 个议题") % m.n_items + f"·{m.room}" * bool(m.room), _("看"),
        )
        for m in rows
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
