"""What a meeting should talk about: the open tasks of the last one, what is overdue, blocked or in conflict.

Read from the books through each room's own rights; nothing is invented. The officer orders, adds and drops.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from qingxi.origin import Ref
from qingxi_office.findings.models import FindingRecord
from qingxi_office.findings.queries import findings
from qingxi_office.issues.queries import issues
from qingxi_office.meetings.models import Group, Meeting
from qingxi_office.meetings.queries import left_over
from qingxi_office.places import queries as places
from qingxi_office.programmes.queries import clashes

EACH = 6
_SETTLED = ("已同步", "不同步")


@dataclass(frozen=True)
class Proposal:
    """One thing to talk about: the record, a sentence why, who reports."""

    subject: str
    title: str
    why: str
    unit_id: int | None = None


def proposals(user: Any, group: Group, today: date, before: Meeting | None = None) -> list[Proposal]:
    """What lies before this group, in the order of a meeting: tasks, conflicts, overdue, blocked, unowned."""
    return [*_tasks(group, before, today), *_clashes(user), *_late(user, today), *_idle(user), *_gaps(group, today)]


def _tasks(group: Group, before: Meeting | None, today: date) -> Iterator[Proposal]:
    for task in left_over(group, before).order_by("due_on", "id")[: 3 * EACH]:
        late = (today - task.due_on).days
        why = f"上次会议 {task.meeting.begins_at:%m-%d} 议定，期限 {task.due_on:%m-%d}" + (
            f"，已超 {late} 天" if late > 0 else ""
        )
        yield Proposal(str(Ref("task", task.key)), task.text, why, task.unit_id)


def _clashes(user: Any) -> Iterator[Proposal]:
    for clash in clashes(user).exclude(state__in=_SETTLED)[:EACH]:
        place = clash.place.name if clash.place else clash.lot.name
        why = f"{place}，重叠 {clash.overlap_m:.0f} m，相隔 {clash.months_apart:.0f} 个月；{clash.state}"
        yield Proposal(str(Ref("clash", clash.key)), f"同步施工：{clash.work.name}", why)


def _late(user: Any, today: date) -> Iterator[Proposal]:
    rows = issues(user).filter(is_open=True, due_on__lt=today).order_by("due_on", "key")
    for row in rows[:EACH]:
        why = f"{row.key}，{row.state}，期限 {row.due_on:%m-%d}，已超 {(today - row.due_on).days} 天"
        yield Proposal(str(Ref("issue", row.key)), f"超期问题：{row.title}"[:200], why, row.rectifier_id)
    for row in issues(user).filter(is_open=True, klass="推进堵点", due_on__gte=today)[:EACH]:
        yield Proposal(
            str(Ref("issue", row.key)), f"推进堵点：{row.title}"[:200], f"{row.key}，{row.state}", row.rectifier_id
        )


def _idle(user: Any) -> Iterator[Proposal]:
    held = findings(user).filter(is_current=True, state=FindingRecord.State.CONFIRMED, issues=None)
    for row in held.order_by("-severity", "key")[:EACH]:
        yield Proposal(
            str(Ref("finding", row.key)), f"{row.facility.name}：{row.rule_name}", "已确认，还没有交办",
            row.facility.operator_unit_id,
        )  # fmt: skip


def _gaps(group: Group, today: date) -> Iterator[Proposal]:
    found = places.gaps(group.place.path, today)
    if found:
        names = "、".join(dict.fromkeys(place.name for place, _gap in found[:EACH]))
        yield Proposal(
            f"gaps:{group.place.code}", f"责任空岗 {len(found)} 处", f"{names}{'等' if len(found) > EACH else ''}"
        )


def href(subject: str) -> str:
    """Where the record of an item is looked at; "" for words alone."""
    kind, _sep, key = subject.partition(":")
    if kind == "issue":
        return reverse("issue", args=[key])
    if kind == "clash":
        return reverse("projects") + "#clashes"
    if kind == "finding":
        return reverse("walk", args=["finding", key])
    if kind == "task":
        return reverse("meetings") + "?tasks=open"
    if kind == "callover":
        return reverse("callover", args=[key.partition("/")[0]])
    if kind == "card":
        return reverse("card", args=[key])
    if kind == "gaps":
        return reverse("duties") + "?view=gaps"
    return ""
