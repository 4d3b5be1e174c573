"""Orders of the hotline 12345: which are due, what was replied, what the hotline's own call found."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.calendar import WorkingDays
from qingxi.files.book_hotline import KLASSES
from qingxi.files.hotline_reply import WORDS, BadForm, check_form
from qingxi.standard import load_table
from qingxi_office.design.parts import State
from qingxi_office.intake import actions
from qingxi_office.intake.models import HotlineForm, HotlineOrder, HotlineRound
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.site.answering import order_to_problem, replies_out
from qingxi_office.trail import clock

from . import seen, sheet
from .table import Column, Listed, export, table


def clock_of(order: HotlineOrder, today: dt.date, working: WorkingDays) -> State:
    """How an order stands to its day of reply, in working days."""
    last = last_round(order)
    if not order.is_open:
        late = last is not None and last.replied_on is not None and last.replied_on > last.due_on
        return State("watch", _("超期答复")) if late else State("good", _("按期答复"))
    if last is not None and last.replied_on:
        return State("info", _("写好了，没有交回"))
    if order.due_on < today:
        return State("bad", _("超期 %d 个工作日") % max(working.between(order.due_on, today), 1))
    left = working.between(today, order.due_on)
    if left <= load_table("intake")["hotline.soon"]:
        return State("watch", _("今天到期") if order.due_on == today else _("还剩 %d 个工作日") % left)
    return State("plain", _("还剩 %d 个工作日") % left)


def last_round(order: HotlineOrder) -> HotlineRound | None:
    rounds = list(order.rounds.all())
    return rounds[-1] if rounds else None


def _content(order: HotlineOrder) -> State | str:
    last = last_round(order)
    word = last.content if last else ""
    kind: Any = {"满意": "good", "基本满意": "good", "不满意": "bad", "未接通": "unknown"}.get(word, "")
    return State(kind, word) if kind else ""


def _places(user: Any) -> dict[str, Place]:
    return {p.code: p for p in seen.places(user).filter(level="village").select_related("parent")}


def columns(today: dt.date, places: dict[str, Place]) -> list[Column]:
    working = WorkingDays()

    def town(o: HotlineOrder) -> str:
        place = places.get(o.village_code)
        return f"{place.parent.name if place.parent else ''} {place.name}".strip() if place else o.place

    return [
        Column("number", _("工单号"), lambda o: o.number, always=True),
        Column("klass", _("类别"), lambda o: o.klass),
        Column("title", _("说了什么"), lambda o: o.title, say=True),
        Column("where", _("哪里"), town),
        Column("sent", _("派单"), lambda o: (r := last_round(o)) and r.sent_on),
        Column("due", _("要求答复"), lambda o: o.due_on),
        Column("clock", _("时限"), lambda o: clock_of(o, today, working).word, show=lambda o: clock_of(o, today, working)),
        Column("round", _("第几次派单"), lambda o: (r := last_round(o)) and r.number, num=True),
        Column("content", _("热线回访"), lambda o: (r := last_round(o)) and r.content, show=_content),
        Column("issue", _("问题"), lambda o: o.issue),
    ]  # fmt: skip


def _asked(rows: list[HotlineOrder], request: HttpRequest, today: dt.date) -> list[HotlineOrder]:
    """The orders of the chip in the address."""
    pick: dict[str, Callable[[HotlineOrder], bool]] = {
        "late": lambda o: o.is_open and o.due_on < today and not _replied(o),
        "today": lambda o: o.is_open and o.due_on == today and not _replied(o),
        "written": lambda o: o.is_open and _replied(o),
        "again": lambda o: (r := last_round(o)) is not None and r.number > 1,
        "closed": lambda o: not o.is_open,
        "all": lambda o: True,
    }
    return [o for o in rows if pick.get(request.GET.get("show", ""), lambda o: o.is_open)(o)]


def _replied(order: HotlineOrder) -> bool:
    last = last_round(order)
    return bool(last and last.replied_on)


@login_required
def orders(request: HttpRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    rows = list(seen.orders(user).prefetch_related("rounds"))
    places = _places(user)
    found = _asked(rows, request, today)
    words = request.GET.get("q", "").strip()
    found = [
        o
        for o in found
        if not words or words in o.number or words in o.title or words in o.text or words in o.place
    ]
    cols = columns(today, places)
    shown = Listed(list(range(len(found))), lambda at: {n: found[n] for n in at})
    if request.GET.get("as") in sheet.FORMATS:
        return export(request, _("12345 工单"), cols, shown)
    late = sum(o.is_open and o.due_on < today and not _replied(o) for o in rows)
    counts = {
        "open": sum(o.is_open for o in rows), "late": late, "today": sum(o.is_open and o.due_on == today and not _replied(o) for o in rows),
        "written": sum(o.is_open and _replied(o) for o in rows), "again": sum((r := last_round(o)) is not None and r.number > 1 for o in rows),
        "closed": sum(not o.is_open for o in rows),
    }  # fmt: skip
    told = Counter(r.content for o in rows for r in o.rounds.all() if r.content)
    return render(
        request, "site/hotline.html",
        {
            "table": table(
                request, cols, shown, total=len(found), label=_("12345 工单"), href=lambda o: reverse("hotline_order", args=[o.number])
            ),
            "counts": counts, "asked": request.GET, "every": len(rows),
            "told": told, "asked_n": sum(told.values()), "may": rights.may(user, "take_up_report"), "form": _form(), "words": WORDS,
            "may_form": rights.may(user, "publish"),
        },
    )  # fmt: skip


def _form() -> HotlineForm | None:
    return HotlineForm.objects.filter(in_use=True).first()


def _get(request: HttpRequest, number: str) -> HotlineOrder:
    found = seen.orders(request.user).prefetch_related("rounds").filter(number=number).first()
    if found is None:
        raise Http404
    return found


@login_required
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: what was said, its rounds and clocks, the problem it became, and the next thing to do."""
    o = _get(request, number)
    last = last_round(o)
    place = _places(request.user).get(o.village_code)
    problem = seen.issues(request.user).filter(key=o.issue).first() if o.issue else None
    return render(
        request, "site/hotline_order.html",
        {
            "o": o, "last": last, "rounds": list(o.rounds.all())[::-1], "place": place, "problem": problem, "today": clock.today(),
            "clock": clock_of(o, clock.today(), WorkingDays()), "may": rights.may(request.user, "take_up_report", path=place.path if place else ""),
            "contents": HotlineRound.Content.values, "draft": last.reply if last else "",
        },
    )  # fmt: skip


def _day(text: str | None) -> dt.date | None:
    try:
        return parse_date(text or "")
    except ValueError:
        return None


@login_required
@require_POST
def order_do(request: HttpRequest, number: str) -> HttpResponse:
    """Reply, make a problem of it, note the hotline's call, note that it was sent again."""
    o = _get(request, number)
    place = _places(request.user).get(o.village_code)
    rights.check(request.user, "take_up_report", path=place.path if place else "")
    user: Any = request.user
    asked, deed = request.POST, request.POST.get("deed", "")
    try:
        if deed == "reply":
            actions.reply_to_order(o, asked.get("text", ""), by=user, on=_day(asked.get("on")))
            messages.success(request, _("答复记下了，交回热线之前还能改。"))
        elif deed == "problem":
            row = order_to_problem(o, by=user)
            messages.success(request, _("已转成问题 %s，走台账。") % row.key)
        elif deed == "call":
            actions.note_call(
                o, asked.get("content", ""), by=user, on=_day(asked.get("on")), said=asked.get("said", "")
            )
            messages.success(request, _("回访结果记下了。"))
        elif deed == "again":
            sent = _day(asked.get("sent_on"))
            if sent is None:
                raise ValueError(_("重办要写哪天派的"))
            actions.send_again(o, sent_on=sent, due_on=_day(asked.get("due_on")), by=user, why=asked.get("why", ""))
            messages.success(request, _("重办记下了，新的时限从派单那天算。"))
        elif deed == "back":
            if not actions.give_back([o], by=user):
                raise ValueError(_("还没有写答复"))
            messages.success(request, _("记下了：答复已交回热线。"))
        else:
            raise Http404
    except ValueError as refused:
        messages.error(request, _("没有办成：%s") % refused)
    return redirect("hotline_order", o.number)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """An order by hand, under its own number."""
    rights.check(request.user, "take_up_report")
    user: Any = request.user
    wrong, asked = "", request.POST
    if request.method == "POST":
        place = seen.places(user).filter(code=asked.get("village", "").split(" ")[0], level="village").first()
        station = seen.facilities(user).filter(key=asked.get("facility", "").split(" ")[0]).first()
        try:
            if not rights.may(user, "publish") and place is None and station is None:
                raise ValueError(_("要选一个村或一座站"))
            number = asked.get("number", "").strip()
            if HotlineOrder.objects.filter(number=number).exists():
                raise ValueError(_("工单 %s 已经有了") % number)
            made = actions.keep_order(
                number, sent_on=_day(asked.get("sent_on")) or clock.today(), due_on=_day(asked.get("due_on")), by=user,
                klass=asked.get("klass", ""), title=asked.get("title", "").strip(), text=asked.get("text", "").strip(),
                caller=asked.get("caller", "").strip()[:40], phone=asked.get("phone", "").strip()[:40], place=asked.get("place", "").strip()[:120],
                village_code=place.code if place else station.place.code if station else "", facility=station.key if station else "",
            )  # fmt: skip
        except ValueError as refused:
            wrong = str(refused)
        else:
            messages.success(request, _("工单 %(n)s 记下了，%(d)s 前答复。") % {"n": made.number, "d": made.due_on})
            return redirect("hotline_order", made.number)
    return render(
        request, "site/hotline_new.html",
        {
            "wrong": wrong, "asked": asked, "klasses": KLASSES, "today": clock.today(),
            "villages": seen.places(user).filter(level="village").select_related("parent").order_by("code"),
            "stations": seen.facilities(user).exclude(status="scrapped").order_by("key"),
        },
        status=400 if wrong else 200,
    )  # fmt: skip


@login_required
@require_POST
def replies(request: HttpRequest) -> HttpResponse:
    """The written replies in the hotline's own form; taken out, they count as given back."""
    rights.check(request.user, "take_up_report")
    waiting = [o for o in _written(seen.orders(request.user)) if _replied(o)]
    if not waiting:
        messages.error(request, _("没有写好、等着交回的答复。"))
        return redirect("hotline")
    body, kind, name = replies_out(waiting, _form(), by=request.user)
    if request.POST.get("keep") == "1":
        actions.give_back(waiting, by=request.user)  # type: ignore[arg-type]
    return HttpResponse(
        body, content_type=kind, headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}
    )


def _written(rows: QuerySet[HotlineOrder]) -> list[HotlineOrder]:
    return list(rows.filter(is_open=True).prefetch_related("rounds"))


@login_required
@require_POST
def form(request: HttpRequest) -> HttpResponse:
    """Put the hotline's own empty form in; it is tried before it is kept."""
    rights.check(request.user, "publish")
    file = request.FILES.get("form")
    try:
        if file is None:
            raise BadForm(_("没有选文件"))
        data = file.read(4 * 1024 * 1024 + 1)
        if len(data) > 4 * 1024 * 1024:
            raise BadForm(_("格式文件超过 4 MB"))
        words = check_form(file.name, data)
    except BadForm as refused:
        messages.error(request, _("没有换：%s") % refused)
    else:
        file.seek(0)
        actions.choose_form(file.name, file, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("换好了，会填这些词：%s。") % "、".join(dict.fromkeys(words)))
    return redirect("hotline")
