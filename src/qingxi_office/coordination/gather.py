"""Which unit owed which step of which village, out of the dated records that a person sees. Saves nothing.

One question a book, however many villages: letters answered, projects accepted, rounds made, problems put right, meetings
attended, tasks of meetings, posts filled, and what was recorded by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, IntegerField, Min, Value, When
from django.utils import timezone

from qingxi.indicator import Participation
from qingxi.origin import Ref
from qingxi.place import standard_duties
from qingxi.project import ORDER, Stage
from qingxi_office.asking import ask
from qingxi_office.coordination.queries import steps
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.facilities.queries import facilities
from qingxi_office.issues.models import IssueStep
from qingxi_office.issues.queries import issues
from qingxi_office.meetings.models import AgendaItem, Attendance, Meeting, Task
from qingxi_office.meetings.queries import meetings, tasks
from qingxi_office.places import queries as tree
from qingxi_office.places.models import Unit
from qingxi_office.programmes.queries import clashes, letters
from qingxi_office.projects.models import ProjectStep
from qingxi_office.projects.queries import projects
from qingxi_office.readings.queries import visits
from qingxi_office.trail import clock
from qingxi_office.villages.queries import villages

MONTHS = 6
"""Full months of rounds that are looked at."""
BACK = timedelta(days=365)
"""How far back dated records count."""
_NO_FAULT = frozenset({"不属实", "退回转办", "重复合并"})
_NOBODY = "没有定单位"


@dataclass(frozen=True)
class VillageHere:
    """A village of the person's: where it lies and what it is called."""

    code: str
    name: str
    township: str
    township_code: str


def _governments() -> dict[str, str]:
    """The township's own unit by the township's code: who answers there is a unit and not a place."""
    rows = ask(
        None,
        lambda _u, _at: Unit.objects.filter(kind="乡镇", valid_to=None, place__level="township")
        .values_list("place__code", "name"),
    )  # fmt: skip
    return {code: name for code, name in rows if code}


def villages_here(user: Any) -> dict[str, VillageHere]:
    """Living villages that this person sees, by code."""
    asked = ask(
        user,
        lambda u, _at: villages(u).order_by("place__code")
        .values_list("place__code", "place__name", "place__parent__name", "place__parent__code"),
    )  # fmt: skip
    return {code: VillageHere(code, name, town or "", town_code or "") for code, name, town, town_code in asked}


def gather(user: Any, as_of: date, here: Mapping[str, VillageHere] | None = None) -> list[Participation]:
    """Every part that a unit had in the villages this person sees, up to a day."""
    known = here if here is not None else villages_here(user)
    since = as_of - BACK
    towns = _governments()
    out = [
        *_letters(user, since), *_projects(user, since), *_rounds(user, as_of, known, towns), *_problems(user, since),
        *_meetings(user, since, known), *_duties(user, as_of, known, towns), *_by_hand(user, since),
    ]  # fmt: skip
    return [part for part in out if part.village in known]


def _village(code: str | None) -> str:
    return (code or "")[:12] if len(code or "") >= 12 else ""


def _letters(user: Any, since: date) -> Iterator[Participation]:
    asked = ask(
        user,
        lambda u, at: letters(u).filter(sent_on__isnull=False, reply_by__gte=at.since)
        .values_list("pk", "clash__place__code", "department", "reply_by", "answered_on", "title"),
        since=since,
    )  # fmt: skip
    for pk, code, unit, due, done, title in asked:
        if village := _village(code):
            yield Participation(village, "road_decision", unit, due, done, Ref("clash_letter", str(pk)), title)


def _projects(user: Any, since: date) -> Iterator[Participation]:
    rows = ask(
        user,
        lambda u, at: projects(u).filter(due_on__gte=at.since)
        .values_list("pk", "key", "place__code", "owner", "due_on", "stage", "name"),
        since=since,
    )  # fmt: skip
    steps_done = ask(
        None,
        lambda _u, at: ProjectStep.objects.filter(project__in=at.projects, new=at.stage)
        .order_by().values("project_id").annotate(first=Min("on")).values_list("project_id", "first"),
        projects=[r[0] for r in rows], stage=Stage.COMPLETION.value,
    ) if rows else []  # fmt: skip
    done = dict(steps_done)
    order = [stage.value for stage in ORDER]
    for pk, key, code, owner, due, stage, name in rows:
        beyond = stage in order and order.index(stage) >= order.index(Stage.COMPLETION.value)
        # A project that stands beyond its acceptance with no dated step says nothing of the day.
        if (village := _village(code)) and (pk in done or not beyond):
            yield Participation(
                village, "acceptance", owner or _NOBODY, due, done.get(pk), Ref("project", key), name
            )


def _month_ends(as_of: date) -> list[date]:
    """Last days of the full months before a day, the newest last."""
    out, first = [], as_of.replace(day=1)
    for _ in range(MONTHS):
        last = first - timedelta(days=1)
        out.append(last)
        first = last.replace(day=1)
    return out[::-1]


def _month_of(ends: list[datetime]) -> Case:
    """Which of the months a round lies in, by comparing its moment: truncating would call back into Python for each row of
    SQLite. ``ends`` are the first moments after each month."""
    return Case(
        *(When(visited_at__lt=end, then=Value(n)) for n, end in enumerate(ends[:-1])), default=Value(len(ends) - 1),
        output_field=IntegerField(),
    )  # fmt: skip


def _rounds(
    user: Any, as_of: date, known: Mapping[str, VillageHere], governments: Mapping[str, str]
) -> Iterator[Participation]:
    ends = _month_ends(as_of)
    begin = clock.end_of(ends[0].replace(day=1) - timedelta(days=1))
    first: dict[tuple[int, int], date] = {}
    asked = ask(
        user,
        lambda u, at: visits(u).filter(visited_at__gte=at.begin, visited_at__lt=at.ends[-1]).order_by()
        .annotate(month=_month_of(at.ends)).values("facility_id", "month").annotate(first=Min("visited_at"))
        .values_list("facility_id", "month", "first"),
        begin=begin, ends=[clock.end_of(end) for end in ends],
    )  # fmt: skip
    for facility, month, at in asked:
        first[facility, month] = timezone.localtime(at).date()
    used = (FacilityRecord.Status.IN_USE, FacilityRecord.Status.TRIAL)
    rows = ask(
        user,
        lambda u, at: facilities(u).filter(status__in=at.used).order_by("key")
        .values_list("pk", "key", "name", "place__code", "operator", "commissioned"),
        used=[str(s) for s in used],
    )  # fmt: skip
    months = [(number, end, end.replace(day=1), f"{end:%Y-%m}") for number, end in enumerate(ends)]
    for pk, key, name, code, operator, commissioned in rows:
        village = _village(code)
        here = known.get(village)
        town = governments.get(here.township_code) or here.township if here else ""
        if here is None:
            continue
        unit, ref = operator or town or _NOBODY, Ref("facility", key)
        for number, end, begun, month in months:
            if commissioned is None or commissioned <= begun:
                done = first.get((pk, number))
                yield Participation(village, "operation", unit, end, done, ref, f"{name} {month}")


def _problems(user: Any, since: date) -> Iterator[Participation]:
    rows = ask(
        user,
        lambda u, at: issues(u).filter(due_on__gte=at.since).exclude(state__in=at.no_fault).order_by()
        .values_list("pk", "key", "place__code", "rectifier__name", "due_on", "closed_on", "is_open", "title"),
        since=since, no_fault=list(_NO_FAULT),
    )  # fmt: skip
    asked = ask(
        None,
        lambda _u, at: IssueStep.objects.filter(issue__due_on__gte=at.since, new="申请销号").order_by()
        .values("issue_id").annotate(first=Min("on")).values_list("issue_id", "first"),
        since=since,
    )  # fmt: skip
    applied = dict(asked)
    for pk, key, code, unit, due, closed, is_open, title in rows:
        done = applied.get(pk) or closed
        # Closed in a ledger of before, with no day: it says nothing of when.
        if (village := _village(code)) and (done is not None or is_open):
            yield Participation(village, "problem", unit or _NOBODY, due, done, Ref("issue", key), title)


def _subjects(user: Any) -> dict[str, str]:
    """Village of each record that a meeting may speak of, by the record's Ref as text."""
    books = {
        "issue": ask(user, lambda u, _at: issues(u).order_by().values_list("key", "place__code")),
        "clash": ask(user, lambda u, _at: clashes(u).order_by().values_list("key", "place__code")),
        "project": ask(user, lambda u, _at: projects(u).order_by().values_list("key", "place__code")),
        "facility": ask(user, lambda u, _at: facilities(u).order_by().values_list("key", "place__code")),
    }
    return {f"{kind}:{key}": _village(code) for kind, rows in books.items() for key, code in rows}


def _meetings(user: Any, since: date, known: Mapping[str, VillageHere]) -> Iterator[Participation]:
    held = ask(
        user,
        lambda u, at: meetings(u).filter(state__in=(Meeting.State.HELD, Meeting.State.CLOSED), begins_at__date__gte=at.since)
        .order_by().values_list("pk", "key", "begins_at", "place__code", "title"),
        since=since,
    )  # fmt: skip
    if not held:
        return
    subject = _subjects(user)
    spoken: dict[int, set[str]] = defaultdict(set)
    of_item: dict[int, str] = {}
    for pk, meeting, said in AgendaItem.objects.filter(meeting__in=[m[0] for m in held]).values_list(
        "pk", "meeting_id", "subject"
    ):
        village = subject.get(said, "") or (said.removeprefix("village:") if said.startswith("village:") else "")
        if village in known:
            spoken[meeting].add(village)
            of_item[pk] = village
    for pk, _key, _at, code, _title in held:
        if village := _village(code):
            spoken[pk].add(village)
    asked: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for meeting, unit, state in Attendance.objects.filter(meeting__in=[m[0] for m in held]).values_list(
        "meeting_id", "unit__name", "state"
    ):
        if unit:
            asked[meeting].append((unit, state))
    came = {Attendance.State.CAME.value, Attendance.State.SENT.value}
    for pk, key, at, _code, title in held:
        day = timezone.localtime(at).date()
        units: dict[str, set[str]] = defaultdict(set)
        for unit, state in asked[pk]:
            units[unit].add(state)
        for unit, states in units.items():
            if states == {Attendance.State.EXCUSED.value}:
                continue  # asked to be excused: neither came nor stayed away
            for village in sorted(spoken[pk]):
                yield Participation(
                    village, "meeting", unit, day, day if states & came else None, Ref("meeting", key), title
                )
    rows = tasks(user).filter(item__in=list(of_item)).exclude(state=Task.State.DROPPED)
    for key, item, unit, due, state, ended, text in rows.values_list(
        "key", "item_id", "unit__name", "first_due_on", "state", "ended_on", "text"
    ):
        done = ended if state == Task.State.DONE else None
        yield Participation(of_item[item], "task", unit, due, done, Ref("task", key), text)


def _duties(
    user: Any, as_of: date, known: Mapping[str, VillageHere], governments: Mapping[str, str]
) -> Iterator[Participation]:
    """Each post that a village must have: filled by the day before, or missed by the township that names people."""
    needed = [d for d in standard_duties() if d.level == "village" and d.needed]
    own = tree.county()
    if not needed or own is None or not known:
        return
    # A township's clerk needs no more than the township; villages seen beyond it are looked for in the whole county.
    mine = user.scope
    inside = mine is not None and all(mine.code in (v.township_code, code) for code, v in known.items())
    within = mine.path if inside else own.place.path
    empty = {(gap.place.text, gap.matter) for gap in tree.law_gaps(within, as_of)}
    due = as_of - timedelta(days=1)
    for code, village in known.items():
        for post in needed:
            done = None if (code, post.matter) in empty else due
            yield Participation(
                code, "duty", governments.get(village.township_code) or village.township or _NOBODY, due, done, Ref("village", code), post.matter
            )  # fmt: skip


def _by_hand(user: Any, since: date) -> Iterator[Participation]:
    rows = ask(
        user,
        lambda u, at: steps(u).filter(due_on__gte=at.since)
        .values_list("place__code", "step", "unit__name", "due_on", "done_on", "document"),
        since=since,
    )  # fmt: skip
    for code, step, unit, due, done, document in rows:
        yield Participation(code, step, unit, due, done, Ref("village", code), document)
