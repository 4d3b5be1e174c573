"""When a meeting may be called, held and closed. Pure: takes what stands there, gives every reason against it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from qingxi_office.meetings.models import AgendaItem, Meeting, Task
from qingxi_office.trail import clock

_NEXT = {
    Meeting.State.DRAFT: (Meeting.State.CALLED, Meeting.State.HELD, Meeting.State.CANCELLED),
    Meeting.State.CALLED: (Meeting.State.HELD, Meeting.State.CANCELLED),
    Meeting.State.HELD: (Meeting.State.CLOSED,),
}


class Refused(ValueError):
    """What may not be done now; ``reasons`` are all of them."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = tuple(reasons)


def may_go(old: str, new: str) -> bool:
    """Whether a meeting in one state may come into another."""
    return new in _NEXT.get(Meeting.State(old), ())


def against_closing(minutes: str, items: Iterable[AgendaItem], tasks: Iterable[Task], came: int) -> list[str]:
    """Why the minutes cannot be settled yet: items without an outcome, decisions nobody carries, nobody present."""
    reasons = []
    open_items = [i.title for i in items if not i.outcome]
    if open_items:
        reasons.append(f"还有 {len(open_items)} 个议题没有结论（{open_items[0]}）")
    bare = [i.title for i in items if i.outcome == AgendaItem.Outcome.DECIDED and not i.decision.strip()]
    if bare:
        reasons.append(f"“{bare[0]}”记为已议，但没有写议定了什么")
    if not came:
        reasons.append("没有一个人签到")
    if not minutes.strip() and not any(i.decision.strip() for i in items):
        reasons.append("纪要是空的")
    lost = [t.text for t in tasks if t.due_on < clock.day_of(t.meeting.begins_at)]
    if lost:
        reasons.append(f"任务“{lost[0]}”的期限早于开会那天")
    return reasons


def against_moving(task: Task, due_on: date, today: date, reason: str) -> list[str]:
    """Why a task's day cannot be moved: it has ended, the new day is past, nobody said why."""
    reasons = []
    if task.state != Task.State.OPEN:
        reasons.append(f"任务已是“{task.state}”")
    if due_on < today:
        reasons.append("新的期限不能早于今天")
    if not reason.strip():
        reasons.append("改期要写理由")
    return reasons


def how_late(task: Any, today: date) -> int:
    """Calendar days that an open task is late; 0 when it is not."""
    return max(0, (today - task.due_on).days) if task.state == Task.State.OPEN else 0
