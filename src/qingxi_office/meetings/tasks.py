"""Every change to tasks and calendars."""

import hashlib
import secrets
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.meetings import law
from qingxi_office.meetings.actions import check_leads, check_open
from qingxi_office.meetings.law import Refused
from qingxi_office.meetings.models import AgendaItem, Feed, Meeting, Task
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import of_units
from qingxi_office.people.models import User
from qingxi_office.places.models import Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.numbers import next_key


@transaction.atomic
def decide(
    meeting: Meeting,
    text: str,
    unit: Unit,
    due_on: date,
    *,
    by: Any,
    person: str = "",
    item: AgendaItem | None = None,
) -> Task:
    """What was decided becomes a task with an owner and a day."""
    check_leads(meeting, by)
    check_open(meeting)
    reasons = []
    if not text.strip():
        reasons.append("任务要写做什么")
    if due_on < clock.day_of(meeting.begins_at):
        reasons.append("期限不能早于开会那天")
    if reasons:
        raise Refused(reasons)
    task = Task(
        key=next_key(Task, f"RW-{meeting.begins_at.year}-"), meeting=meeting, item=item, text=text.strip()[:300], unit=unit,
        person=person.strip(), due_on=due_on, first_due_on=due_on,
    )  # fmt: skip
    task.save(force_insert=True)
    trail.record(
        "task.decided", Ref("task", task.key), by=by, because=meeting.title,
        after={"text": task.text, "unit": unit.name, "due_on": due_on},
    )  # fmt: skip
    tell(
        of_units([unit.pk], meeting.place.path), "task_given", f"{task.text}"[:200], once=f"task/{task.key}",
        href=f"/meetings/{meeting.key}/#{task.key}", text=f"{meeting.title} 议定，期限 {due_on:%m-%d}",
    )  # fmt: skip
    return task


def _check_task(task: Task, by: Any) -> None:
    """The unit that carries it, or whoever leads the meeting."""
    if getattr(by, "unit_id", None) == task.unit_id and rights.may(by, "step_task"):
        return
    check_leads(task.meeting, by)


@transaction.atomic
def done(task: Task, note: str, *, by: Any) -> None:
    """The task is done, with a word how."""
    _check_task(task, by)
    _end(task, Task.State.DONE, note, by)


@transaction.atomic
def drop(task: Task, note: str, *, by: Any) -> None:
    """It is not done any more, with a reason; the meeting's side decides, not who carries it."""
    check_leads(task.meeting, by)
    _end(task, Task.State.DROPPED, note, by)


def _end(task: Task, state: str, note: str, by: Any) -> None:
    reasons = []
    if task.state != Task.State.OPEN:
        reasons.append(f"任务已是“{task.state}”")
    if not note.strip():
        reasons.append("写一句怎么办的" if state == Task.State.DONE else "不办了要写理由")
    if reasons:
        raise Refused(reasons)
    task.state, task.note, task.ended_on = state, note.strip(), clock.today()
    task.save(update_fields=["state", "note", "ended_on"])
    trail.record(
        "task.ended", Ref("task", task.key), by=by, because=note, before=Task.State.OPEN.value, after=state
    )


@transaction.atomic
def move(task: Task, due_on: date, reason: str, *, by: Any) -> None:
    """Another day, with a reason; the day first promised stays."""
    _check_task(task, by)
    if reasons := law.against_moving(task, due_on, clock.today(), reason):
        raise Refused(reasons)
    before, task.due_on, task.note = task.due_on, due_on, reason.strip()
    task.save(update_fields=["due_on", "note"])
    trail.record("task.moved", Ref("task", task.key), by=by, because=reason, before=before, after=due_on)


@transaction.atomic
def open_feed(person: User) -> str:
    """A new calendar address for a person; the old one ends. Gives the secret part, shown once."""
    Feed.objects.filter(person=person, ended_at=None).update(ended_at=clock.now())
    token = secrets.token_urlsafe(24)
    Feed(person=person, token_hash=hashlib.sha256(token.encode()).hexdigest(), made_at=clock.now()).save(
        force_insert=True
    )
    trail.record("feed.opened", Ref("person", person.username), by=person)
    return token


@transaction.atomic
def end_feed(person: User) -> bool:
    """Call the address back; False when there was none."""
    ended = Feed.objects.filter(person=person, ended_at=None).update(ended_at=clock.now())
    if ended:
        trail.record("feed.ended", Ref("person", person.username), by=person)
    return bool(ended)
