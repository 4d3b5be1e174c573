"""Meetings and tasks as iCalendar (RFC 5545)."""

from collections.abc import Iterable
from datetime import timedelta

from icalendar import Calendar, Event, Todo

from qingxi_office.meetings.models import Meeting, Task
from qingxi_office.trail import clock

_STATUS = {Meeting.State.DRAFT: "TENTATIVE", Meeting.State.CANCELLED: "CANCELLED"}


def as_ical(name: str, meetings: Iterable[Meeting], tasks: Iterable[Task] = (), site: str = "") -> bytes:
    """A calendar of meetings and open tasks; ``site`` is the address of the office for the links."""
    calendar = Calendar()
    calendar.add("prodid", "-//Qingxi//meetings//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    now = clock.now()
    for row in meetings:
        event = Event()
        event.add("uid", f"{row.key}@qingxi")
        event.add("dtstamp", now)
        event.add("dtstart", row.begins_at)
        event.add("dtend", row.begins_at + timedelta(minutes=row.minutes_long))
        event.add("summary", row.title)
        event.add("location", row.room or row.place.name)
        event.add("status", _STATUS.get(Meeting.State(row.state), "CONFIRMED"))
        event.add("description", "\n".join(f"{n}. {item.title}" for n, item in enumerate(row.items.all(), 1)))
        if site:
            event.add("url", f"{site}/meetings/{row.key}/")
        calendar.add_component(event)
    for task in tasks:
        todo = Todo()
        todo.add("uid", f"{task.key}@qingxi")
        todo.add("dtstamp", now)
        todo.add("due", task.due_on)
        todo.add("summary", f"{task.text}（{task.unit.name}）")
        todo.add("status", "NEEDS-ACTION" if task.state == Task.State.OPEN else "COMPLETED")
        calendar.add_component(todo)
    return bytes(calendar.to_ical())
