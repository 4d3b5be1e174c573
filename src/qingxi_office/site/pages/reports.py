"""What villagers told: what lies on whose desk, by which way it came, what they say of the answer; and taking down a letter or a call."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.design.parts import State
from qingxi_office.intake import actions
from qingxi_office.intake import queries as handed_in
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues import actions as issues
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.trail import clock

from . import seen, sheet
from .table import Column, Keyset, counted, export, table

_S = PublicReport.State
_SHOW = {
    "": [_S.RECEIVED, _S.REOPENED], "going": [_S.TAKEN_UP], "answered": [_S.ANSWERED], "unsolved": [_S.REOPENED],
    "ended": [_S.CONFIRMED, _S.SET_ASIDE], "all": list(_S),
}  # fmt: skip


def state_of(report: PublicReport) -> State:
    if report.held and report.state == _S.RECEIVED:
        return State("unknown", _("先看一眼"))
    kind: Any = {
        _S.RECEIVED: "watch", _S.TAKEN_UP: "info", _S.ANSWERED: "info", _S.CONFIRMED: "good", _S.REOPENED: "bad", _S.SET_ASIDE: "plain",
    }[_S(report.state)]  # fmt: skip
    return State(kind, report.get_state_display())


def _columns() -> list[Column]:
    return [
        Column("code", _("收件号"), lambda r: r.code, always=True),
        Column("text", _("说了什么"), lambda r: r.text, say=True),
        Column("where", _("哪里"), lambda r: r.facility_name or getattr(r, "village", "") or r.village_code),
        Column("channel", _("怎么来的"), lambda r: r.get_channel_display()),
        Column("at", _("收到"), lambda r: timezone.localtime(r.received_at).date(), order="received_at"),
        Column("followers", _("也这么说的"), lambda r: r.followers, num=True, order="followers"),
        Column("state", _("到哪一步"), lambda r: state_of(r).word, show=state_of),
        Column("up", _("在谁桌上"), lambda r: r.sent_up),
        Column("issue", _("问题"), lambda r: r.issue),
    ]


def _name_places(rows: list[PublicReport]) -> None:
    """The village's name beside its code: one query a page."""
    codes = {r.village_code for r in rows if r.village_code and not r.facility_name}
    names = dict(Place.objects.filter(code__in=codes, valid_to=None).values_list("code", "name"))
    for row in rows:
        row.village = names.get(row.village_code, "")  # type: ignore[attr-defined]


@login_required
def reports(request: HttpRequest) -> HttpResponse:
    if not seen.may_see_reports(request.user):
        raise Http404
    user, show = request.user, request.GET.get("show", "")
    every = seen.reports(user)
    rows = every.filter(state__in=[s.value for s in _SHOW.get(show, _SHOW[""])])
    if show == "held":
        rows = every.filter(state=_S.RECEIVED).exclude(held="")
    if words := request.GET.get("q", "").strip():
        rows = (
            rows.filter(text__contains=words)
            | rows.filter(facility_name__contains=words)
            | rows.filter(code=words.upper())
        )
    cols = _columns()
    source = Keyset(rows, "received_at", request.GET.get("sort", "-at").startswith("-"))
    if request.GET.get("as") in sheet.FORMATS:
        return export(request, _("群众反映"), cols, source, prepare=_name_places)
    total, _sums = counted(rows, cols)
    since = clock.today() - dt.timedelta(days=365)
    counts = {key: every.filter(state__in=[s.value for s in states]).count() for key, states in _SHOW.items()}
    counts["held"] = every.filter(state=_S.RECEIVED).exclude(held="").count()
    counts["waiting"] = counts.pop("")
    return render(
        request, "site/people_reports.html",
        {
            "table": table(
                request, cols, source, total=total, label=_("群众反映"), prepare=_name_places, href=lambda r: reverse("report", args=[r.code])
            ),
            "counts": counts, "asked": request.GET, "may": rights.may(user, "report_for_villager"),
            "channels": handed_in.channels(since) if seen.may_see_trail(user) or rights.may(user, "publish") else [],
        },
    )  # fmt: skip


def _get(request: HttpRequest, code: str) -> PublicReport:
    found = seen.reports(request.user).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _path(report: PublicReport, user: Any) -> str:
    """The path of the place that a report is about; "" where it names none."""
    station = seen.facilities(user).filter(key=report.facility).select_related("place").first()
    if station is not None:
        return str(station.place.path)
    place = Place.objects.filter(code=report.village_code, valid_to=None).first()
    return place.path if place else ""


@login_required
def report(request: HttpRequest, code: str) -> HttpResponse:
    r = _get(request, code)
    _name_places([r])
    user = request.user
    return render(
        request, "site/people_report.html",
        {
            "r": r, "state": state_of(r), "steps": list(r.steps.all()), "may": rights.may(user, "take_up_report", path=_path(r, user)),
            "station": seen.facilities(user).filter(key=r.facility).first() if r.facility else None,
            "problem": seen.issues(user).filter(key=r.issue).first() if r.issue else None,
        },
    )  # fmt: skip


@login_required
@require_POST
def report_do(request: HttpRequest, code: str) -> HttpResponse:
    """Hand it on as a problem, answer it at once, let it through, or say why it is not taken."""
    r = _get(request, code)
    user: Any = request.user
    rights.check(user, "take_up_report", path=_path(r, user))
    deed, text = request.POST.get("deed", ""), request.POST.get("text", "")
    try:
        if deed == "take":
            row = issues.open_from_report(r, by=user)
            messages.success(request, _("已交办，编号 %s。") % row.key)
            return redirect("issue", row.key)
        if deed == "answer":
            actions.answer(r, text, by=user)
            messages.success(request, _("答复了，反映人凭查询码看得到。"))
        elif deed == "aside":
            actions.set_aside(r, text, by=user)
            messages.success(request, _("记下了，反映人看得到理由。"))
        elif deed == "through":
            actions.let_through(r, by=user)
            messages.success(request, _("放行了。"))
        else:
            raise Http404
    except ValueError as refused:
        messages.error(request, _("没有办成：%s") % refused)
    return redirect("report", r.code)


@login_required
def report_scan(request: HttpRequest, code: str) -> HttpResponse:
    """The scan of a letter on paper, for those who see the report."""
    found = seen.reports(request.user).filter(code=code).exclude(scan="").first()
    if found is None:
        raise Http404
    return FileResponse(found.scan.open("rb"))


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """A letter on paper or a call, taken down by a clerk: it goes the way of every report and has its code."""
    user: Any = request.user
    rights.check(user, "report_for_villager")
    wrong, asked, files = "", request.POST, request.FILES
    kinds = PublicReport.Channel
    ways = {kinds.PAPER.value: _("纸面来信"), kinds.PHONE.value: _("打来的电话"), kinds.CLERK.value: _("当面说的")}
    if request.method == "POST":
        place = seen.places(user).filter(code=asked.get("village", "").split(" ")[0], level="village").first()
        station = (
            seen.facilities(user)
            .select_related("place")
            .filter(key=asked.get("facility", "").split(" ")[0])
            .first()
        )
        try:
            if place is None and station is None:
                raise ValueError(_("要选一个村或一座站"))
            channel = asked.get("channel", "")
            if channel not in ways:
                raise ValueError(_("要选是怎么来的"))
            made = actions.hand_in(
                asked.get("text", ""), address=f"officer:{user.pk}:{clock.now().isoformat()}", channel=channel, by=user,
                facility=station.key if station else "", facility_name=station.name if station else "",
                village_code=place.code if place else station.place.code, place=asked.get("place", ""), photo=files.get("photo"),
                scan=files.get("scan"), phone=asked.get("phone", "").strip(),
            )  # fmt: skip
        except ValueError as refused:
            wrong = str(refused)
        else:
            messages.success(request, _("记下了，查询码 %s，请抄给本人。") % made.code)
            return redirect("report", made.code)
    return render(
        request, "site/people_report_new.html",
        {
            "wrong": wrong, "asked": asked, "ways": ways, "villages": seen.places(user).filter(level="village").select_related("parent").order_by("code"),
            "stations": seen.facilities(user).exclude(status="scrapped").order_by("key"),
        },
        status=400 if wrong else 200,
    )  # fmt: skip
