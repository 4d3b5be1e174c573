"""Pages of meetings: the list, one meeting, groups, tasks, and what can be taken away."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.meetings import actions, agenda, law, queries, tasks
from qingxi_office.meetings.calendar import as_ical
from qingxi_office.meetings.models import AgendaItem, Attendance, Meeting, Member, Task
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.places.models import Unit
from qingxi_office.trail import clock

PAGE = 20
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _found(request: HttpRequest, key: str) -> Meeting:
    row = queries.meetings(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    return row


def _units() -> list[Unit]:
    return list(Unit.objects.filter(valid_to=None).order_by("kind", "id"))


def _number(text: str | None) -> int:
    """A key from a form; 0, which is nobody's, for anything that is none."""
    return int(text) if text and text.isascii() and text.isdigit() else 0


def _href(subject: str) -> str:
    try:
        return agenda.href(subject)
    except NoReverseMatch:
        return ""


@login_required
def meetings(request: HttpRequest) -> HttpResponse:
    user, asked, today = request.user, request.GET, clock.today()
    rows = queries.with_counts(queries.meetings(user))
    coming = list(rows.filter(state__in=queries.OPEN).order_by("begins_at"))
    past = rows.exclude(state__in=queries.OPEN).order_by("-begins_at")
    jobs = queries.tasks(user)
    open_tasks = list(jobs.filter(state=Task.State.OPEN))
    for task in open_tasks:
        task.late = law.how_late(task, today)  # type: ignore[attr-defined]
        task.mine = task.unit_id == user.unit_id  # type: ignore[attr-defined]
    if asked.get("tasks") == "mine":
        open_tasks = [t for t in open_tasks if t.mine]
    groups = list(queries.groups(user))
    may_call = rights.may(user, "call_meeting") and any(
        rights.may(user, "call_meeting", path=g.place.path) for g in groups
    )
    return render(
        request,
        "meetings/meetings.html",
        {
            "coming": coming, "past": Paginator(past, PAGE).get_page(asked.get("page")), "tasks": open_tasks, "today": today,
            "late": sum(bool(t.late) for t in open_tasks), "next": next((m for m in coming if m.begins_at >= clock.now()), None),
            "groups": groups, "may_call": may_call, "may_found": rights.may(user, "call_meeting"), "kinds": Meeting.Kind.choices, "asked": asked,
            "thursday": actions.next_thursday(today), "only_mine": asked.get("tasks") == "mine",
        },
    )  # fmt: skip


@login_required
def meeting(request: HttpRequest, key: str) -> HttpResponse:
    row, user, today = _found(request, key), request.user, clock.today()
    items = list(row.items.select_related("unit").prefetch_related("tasks__unit"))
    for item in items:
        item.href = _href(item.subject)  # type: ignore[attr-defined]
    given = list(row.tasks.select_related("unit", "item"))
    for task in given:
        task.late = law.how_late(task, today)  # type: ignore[attr-defined]
        task.mine = task.unit_id == user.unit_id  # type: ignore[attr-defined]
    asked_people = list(row.attendance.select_related("unit"))
    came = sum(a.state in (Attendance.State.CAME, Attendance.State.SENT) for a in asked_people)
    leads = rights.may(user, "call_meeting", path=row.group.place.path)
    is_open = row.state in queries.OPEN
    known = {item.subject for item in items if item.subject}
    more = (
        [p for p in agenda.proposals(user, row.group, today, row) if p.subject not in known]
        if leads and is_open
        else []
    )
    return render(
        request,
        "meetings/meeting.html",
        {
            "m": row, "items": items, "tasks": given, "people": asked_people, "came": came, "leads": leads, "is_open": is_open,
            "more": more, "units": _units() if leads and is_open else [], "today": today, "now": clock.now(),
            "mine": [a for a in asked_people if a.unit_id and a.unit_id == user.unit_id],
            "against": law.against_closing(row.minutes, items, row.tasks.select_related("meeting"), came)
            if leads and row.state == Meeting.State.HELD else [],
            "states": Attendance.State.values, "open_items": sum(not i.outcome for i in items),
        },
    )  # fmt: skip


@login_required
def group(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """A group and its members, and the form that keeps them."""
    user = request.user
    row = queries.groups(user).filter(pk=pk).first() if pk else None
    if pk and row is None:
        raise Http404
    county = places.county()
    place = row.place if row else (user.scope or (county.place if county else None))
    may_keep = place is not None and rights.may(user, "call_meeting", path=place.path)
    if request.method == "POST":
        rights.check(user, "call_meeting", path=place.path if place else "")
        said = request.POST
        members = [
            {"name": name, "title": title, "unit_id": _number(unit) or None, "role": role}
            for name, title, unit, role in zip(
                said.getlist("name"),
                said.getlist("title"),
                said.getlist("unit"),
                said.getlist("role"),
                strict=False,
            )
        ]
        try:
            row = actions.keep_group(
                said.get("group_name", ""), place, members, by=user, document=said.get("document", ""), group=row
            )
        except law.Refused as refused:
            messages.error(request, _("没有存：%s") % refused)
        else:
            messages.success(request, _("已存“%s”，换下的人仍留在以前的会议里。") % row.name)
            return redirect("meeting_group", row.pk)
    sitting = list(row.members.filter(valid_to=None).select_related("unit")) if row else []
    return render(
        request,
        "meetings/group.html",
        {
            "g": row, "sitting": sitting, "gone": list(row.members.exclude(valid_to=None).select_related("unit")) if row else [],
            "units": _units() if may_keep else [], "roles": Member.Role.choices, "may_keep": may_keep, "blank": range(max(3, 6 - len(sitting))),
            "group_name": request.POST.get("group_name") or (row.name if row else ""),
            "document": request.POST.get("document") or (row.document if row else ""),
        },
    )  # fmt: skip


def _when(said: Any) -> dt.datetime:
    try:
        day = dt.date.fromisoformat(said.get("day", ""))
        return timezone.make_aware(dt.datetime.combine(day, dt.time.fromisoformat(said.get("at") or "09:00")))
    except ValueError as wrong:
        raise law.Refused(["日期或时间看不懂，例如 2026-11-26 和 09:00"]) from wrong


@login_required
@require_POST
def arrange(request: HttpRequest) -> HttpResponse:
    said = request.POST
    chosen = queries.groups(request.user).filter(pk=_number(said.get("group"))).first()
    if chosen is None:
        raise Http404
    try:
        row = actions.arrange(
            chosen, said.get("kind", ""), _when(said), by=request.user, title=said.get("title", ""), room=said.get("room", ""),
        )  # fmt: skip
    except law.Refused as refused:
        messages.error(request, _("没有拟成：%s") % refused)
        return redirect("meetings")
    messages.success(request, _("已拟会，议题按账本里超期的、冲突的、没交办的排好，可以增减。"))
    return redirect("meeting", row.key)


@login_required
@require_POST
def act(request: HttpRequest, key: str) -> HttpResponse:
    """One deed on a meeting; which one stands in ``do``. Whether it may be done is the action's question."""
    row, said = _found(request, key), request.POST
    deed = _DEEDS.get(said.get("do", ""))
    if deed is None:
        raise Http404
    try:
        told = deed(request, row)
    except (law.Refused, ValueError) as refused:
        messages.error(request, _("没有办成：%s。别的都没有变。") % refused)
    else:
        if told:
            messages.success(request, told)
    return redirect(reverse("meeting", args=[key]) + (f"#{said['at']}" if said.get("at", "").isalnum() else ""))


def _item(request: HttpRequest, row: Meeting) -> AgendaItem:
    item = row.items.select_related("meeting__group__place").filter(pk=_number(request.POST.get("item"))).first()
    if item is None:
        raise Http404
    return item


def _task(request: HttpRequest, row: Meeting) -> Task:
    task = (
        row.tasks.select_related("meeting__group__place", "unit")
        .filter(pk=_number(request.POST.get("task")))
        .first()
    )
    if task is None:
        raise Http404
    return task


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as wrong:
        raise law.Refused(["期限看不懂，例如 2026-12-10"]) from wrong


def _add(request: HttpRequest, row: Meeting) -> str:
    said, wanted = request.POST, request.POST.getlist("proposal")
    if wanted:
        found = {p.subject: p for p in agenda.proposals(request.user, row.group, clock.today(), row)}
        for subject in wanted:
            if subject in found:
                p = found[subject]
                unit = Unit.objects.filter(pk=p.unit_id).first() if p.unit_id else None
                actions.add_item(row, p.title, by=request.user, why=p.why, subject=p.subject, unit=unit)
        return _("已加 %d 个议题。") % len(wanted)
    unit = Unit.objects.filter(pk=_number(said.get("unit"))).first()
    actions.add_item(row, said.get("title", ""), by=request.user, why=said.get("why", ""), unit=unit)
    return _("已加议题。")


def _move(request: HttpRequest, row: Meeting) -> str:
    actions.move_item(_item(request, row), request.POST.get("up") == "1", by=request.user)
    return ""


def _drop(request: HttpRequest, row: Meeting) -> str:
    actions.drop_item(_item(request, row), by=request.user)
    return _("已去掉议题。")


def _outcome(request: HttpRequest, row: Meeting) -> str:
    said = request.POST
    actions.say_outcome(_item(request, row), said.get("outcome", ""), said.get("decision", ""), by=request.user)
    return _("已记结论。")


def _decide(request: HttpRequest, row: Meeting) -> str:
    said = request.POST
    unit = Unit.objects.filter(pk=_number(said.get("unit"))).first()
    if unit is None:
        raise law.Refused(["任务要有责任单位"])
    item = row.items.filter(pk=_number(said.get("item"))).first()
    task = tasks.decide(
        row, said.get("text", ""), unit, _day(said.get("due_on", "")), by=request.user, person=said.get("person", ""), item=item
    )  # fmt: skip
    return _("已交办任务 %s。") % task.key


def _done(request: HttpRequest, row: Meeting) -> str:
    tasks.done(_task(request, row), request.POST.get("note", ""), by=request.user)
    return _("任务记为已完成。")


def _later(request: HttpRequest, row: Meeting) -> str:
    said = request.POST
    tasks.move(_task(request, row), _day(said.get("due_on", "")), said.get("note", ""), by=request.user)
    return _("已改期，原来的期限也留着。")


def _drop_task(request: HttpRequest, row: Meeting) -> str:
    tasks.drop(_task(request, row), request.POST.get("note", ""), by=request.user)
    return _("任务记为不办了。")


def _go(request: HttpRequest, row: Meeting) -> str:
    said = request.POST
    actions.go(
        row, said.get("state", ""), by=request.user, reason=said.get("reason", ""), minutes=said.get("minutes")
    )
    return _("会议现在是“%s”。") % row.get_state_display()


def _minutes(request: HttpRequest, row: Meeting) -> str:
    actions.keep_minutes(row, request.POST.get("minutes", ""), by=request.user)
    return _("纪要已存。")


def _sign(request: HttpRequest, row: Meeting) -> str:
    said = request.POST
    who = row.attendance.select_related("meeting__group__place").filter(pk=_number(said.get("who"))).first()
    if who is None:
        raise Http404
    actions.sign(
        who, said.get("state", ""), by=request.user, stand_in=said.get("stand_in", ""), code=said.get("code")
    )
    return _("%(who)s：%(state)s") % {"who": who.name, "state": who.state}


_DEEDS: dict[str, Callable[[HttpRequest, Meeting], str]] = {
    "add": _add, "move": _move, "drop": _drop, "outcome": _outcome, "decide": _decide, "done": _done, "later": _later,
    "drop_task": _drop_task, "go": _go, "minutes": _minutes, "sign": _sign,
}  # fmt: skip


@login_required
def paper(request: HttpRequest, key: str) -> HttpResponse:
    """The notice with its agenda, or the minutes once it was held, as .docx."""
    from qingxi.report import MeetingPaper, write_meeting

    row = _found(request, key)
    county = places.county()
    settled = row.state in (Meeting.State.HELD, Meeting.State.CLOSED)
    begins = timezone.localtime(row.begins_at)
    said = MeetingPaper(
        title=row.title, body=county.issuing_body if county else "", when=f"{begins:%Y年%m月%d日 %H:%M}", where=row.room or row.place.name,
        chair=row.chair, items=tuple((i.title, i.why, i.decision if i.outcome == "已议" else "") for i in row.items.all()),
        tasks=tuple((t.text, t.unit.name, t.person, t.due_on.isoformat()) for t in row.tasks.select_related("unit")),
        people=tuple(
            (a.name, (a.unit.name if a.unit else "") + a.title, a.state + (f"（{a.stand_in}）" if a.stand_in else ""))
            for a in row.attendance.select_related("unit")
        ),
        minutes=row.minutes, settled=settled, as_of=row.closed_on or clock.today(),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        data = write_meeting(said, Path(place) / "m.docx").read_bytes()
    name = quote(f"{row.title}{'纪要' if settled else '通知'}.docx")
    return HttpResponse(
        data, content_type=_DOCX, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    )


@login_required
def one_ics(request: HttpRequest, key: str) -> HttpResponse:
    row = _found(request, key)
    return _ics(as_ical(row.title, [row], site=request.build_absolute_uri("/").rstrip("/")), f"{row.key}.ics")


def feed(request: HttpRequest, token: str) -> HttpResponse:
    """A person's meetings and tasks, at their secret address; what they may no longer see is no longer in it."""
    found = queries.feed_of(token)
    if found is None or not found.person.is_active:
        raise Http404
    since = clock.now() - dt.timedelta(days=90)
    rows = (
        queries.meetings(found.person).filter(begins_at__gte=since).prefetch_related("items").order_by("begins_at")
    )
    jobs = queries.tasks(found.person).filter(state=Task.State.OPEN, unit_id=found.person.unit_id or 0)
    site = request.build_absolute_uri("/").rstrip("/")
    return _ics(as_ical(_("清溪会议"), rows, jobs, site), "qingxi.ics")


def _ics(data: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        data,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


@login_required
@require_POST
def feed_address(request: HttpRequest) -> HttpResponse:
    """Open a calendar address, shown once, or call it back."""
    if request.POST.get("end"):
        messages.success(
            request, _("日历地址已收回。") if tasks.end_feed(request.user) else _("没有开着的日历地址。")
        )
    else:
        address = request.build_absolute_uri(reverse("meeting_feed", args=[tasks.open_feed(request.user)]))
        messages.success(request, _("日历地址只显示这一次，粘到手机日历里：%s") % address)
    return redirect("meetings")


@login_required
def sign_qr(request: HttpRequest, key: str) -> HttpResponse:
    """The code for the screen in the room, as a picture."""
    import io

    import segno

    row = _found(request, key)
    rights.check(request.user, "call_meeting", path=row.group.place.path)
    out = io.BytesIO()
    address = request.build_absolute_uri(reverse("meeting", args=[key])) + f"?code={row.sign_code}#sign"
    segno.make(address, error="m").save(out, kind="svg", scale=6, border=2)
    out.seek(0)
    return FileResponse(out, content_type="image/svg+xml")
