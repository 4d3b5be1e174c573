"""Reading meetings, rights first: those of one's places, and those to which one's unit is called."""

import hashlib
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from qingxi_office.meetings.models import Attendance, Feed, Group, Meeting, Member, Task
from qingxi_office.people.rights import Extent, Way, extent, seen_by

MEETING = Way("meeting")
OPEN = (Meeting.State.DRAFT, Meeting.State.CALLED, Meeting.State.HELD)


def meetings(user: Any) -> QuerySet[Meeting]:
    """Meetings of this person's places, and those their unit was asked to; one query."""
    rows = Meeting.objects.select_related("group", "place")
    own = seen_by(user, Meeting.objects.all(), MEETING)
    if extent(user, MEETING.kind) is Extent.NOTHING:
        return rows.none()
    called = Attendance.objects.filter(unit_id=user.unit_id or 0).values("meeting_id")
    return rows.filter(Q(pk__in=own.order_by().values("pk")) | Q(pk__in=called))


def with_counts(rows: QuerySet[Meeting]) -> QuerySet[Meeting]:
    """Meetings with how many items and open tasks they have."""
    return rows.annotate(
        n_items=Count("items", distinct=True),
        n_tasks=Count("tasks", filter=Q(tasks__state=Task.State.OPEN), distinct=True),
    )


def groups(user: Any) -> QuerySet[Group]:
    """Groups of this person's places, and those their unit sits in; with members. Two queries."""
    own = seen_by(user, Group.objects.all(), MEETING)
    if extent(user, MEETING.kind) is Extent.NOTHING:
        return own
    sits = Member.objects.filter(unit_id=user.unit_id or 0).values("group_id")
    rows = Group.objects.filter(Q(pk__in=own.order_by().values("pk")) | Q(pk__in=sits)).select_related("place")
    return rows.prefetch_related(Prefetch("members", Member.objects.select_related("unit")))


def tasks(user: Any) -> QuerySet[Task]:
    """Tasks of the meetings this person sees."""
    return Task.objects.filter(meeting__in=meetings(user).order_by().values("pk")).select_related(
        "unit", "meeting", "meeting__group"
    )


def left_over(group: Group, before: Meeting | None = None) -> QuerySet[Task]:
    """Open tasks of a group's earlier meetings: what the next one begins with."""
    rows = Task.objects.filter(meeting__group=group, state=Task.State.OPEN).select_related("unit", "meeting")
    return rows.exclude(meeting=before) if before is not None else rows


def feed_of(token: str) -> Feed | None:
    """The calendar behind a secret address, if it was not called back."""
    row = Feed.objects.select_related("person", "person__scope", "person__unit").filter(
        token_hash=hashlib.sha256(token.encode()).hexdigest(), ended_at=None
    )
    return row.first()
