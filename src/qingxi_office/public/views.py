"""What a villager sees without signing in: the station behind the code on the fence, the county's rate, the lists,
and the way to say that something is wrong. Reads published things and what was handed in, nothing else.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable
from itertools import cycle
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.design.parts import Kind, Share
from qingxi_office.intake import actions as intake
from qingxi_office.intake import queries as handed_in
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import Follower, PublicReport
from qingxi_office.published import queries as published
from qingxi_office.published.models import Publication
from qingxi_office.trail import clock

PAGE = 24
_QUANTITIES = {"cod": "COD", "nh3n": "氨氮", "tp": "总磷", "tn": "总氮", "ss": "悬浮物", "ph": "pH"}
_QUESTIONS = {
    "inflow": "进水", "blower": "风机", "outflow": "出水", "smell": "气味", "fence": "围栏", "covers": "井盖",
    "panel_light": "控制箱灯", "sewage_around": "周边污水",
}  # fmt: skip
_COLOURS = ("central", "join", "single", "reuse", "none")  # of money by source, as on the village's page
_OWN_WORD = {"您说解决了", "您说没有解决"}  # the reporter's own: a follower has said something else
_MINE = "qx_reports"  # cookie: codes of reports sent from this phone, so that the page greets them


def _ago(iso: str, today: dt.date) -> str:
    """A day as people say it: 今天, 昨天, 5 天前, then the date."""
    day = dt.date.fromisoformat(iso[:10])
    gone = (today - day).days
    if gone <= 0:
        return _("今天")
    if gone == 1:
        return _("昨天")
    if gone < 30:
        return _("%d 天前") % gone
    return f"{day.year} 年 {day.month} 月 {day.day} 日"


def _verdict(data: dict[str, Any], today: dt.date) -> tuple[str, Kind, str]:
    """The first line, its state and the sentence under it, in plain words; not looked at is not good."""
    name, visit = data["name"], data.get("visit")
    if data["status"] == "stopped":
        return _("%s停运了。") % name, "bad", _("停运的事已经记在县里的台账上。")
    if data["status"] == "joined":
        return _("%s已接入大管网。") % name, "good", _("污水送到城镇污水厂去处理，这里不再单独运行。")
    if data["status"] == "trial":
        return _("%s在试运行。") % name, "watch", _("还没有正式交付。")
    if visit is None:
        return _("%s好不好，现在说不准。") % name, "unknown", _("没有查到最近的检查记录。")
    when = _ago(visit["on"], today)
    if (today - dt.date.fromisoformat(visit["on"])).days > 60:
        return _("%s好不好，现在说不准。") % name, "unknown", _("上次检查是%s，太久了。") % when
    if visit["bad"]:
        bad = "、".join(_QUESTIONS.get(q, q) for q in visit["bad"])
        return (
            _("%s有地方不正常。") % name,
            "watch",
            _("%(when)s有人检查过，不正常的是：%(bad)s。") % {"when": when, "bad": bad},
        )
    return (
        _("%s在正常运行。") % name,
        "good",
        _("%(when)s有人检查过，%(n)d 项都正常。") % {"when": when, "n": visit["of"]},
    )


def _station(code: str) -> Publication:
    found = published.latest("station", code.upper())
    if found is None:
        raise Http404
    return found


def station(request: HttpRequest, code: str) -> HttpResponse:
    publication = _station(code)
    data, today = publication.data, clock.today()
    headline, kind, sub = _verdict(data, today)
    lab = data.get("lab")
    return render(
        request,
        "public/station.html",
        {
            "p": publication, "s": data, "code": publication.key, "headline": headline, "kind": kind, "sub": sub,
            "visit_ago": _ago(data["visit"]["on"], today) if data.get("visit") else "",
            "lab_day": _ago(lab["on"], today) if lab else "",
            "lab_values": [(_QUANTITIES.get(v["quantity"], v["quantity"]), v["value"]) for v in lab["values"] if v["quantity"] in ("cod", "nh3n", "tp")] if lab else [],
            "mine": _my_reports(request, data["key"]),
            "duties": _callable(data.get("duties", [])),
            "money": _money(data.get("money")),
            "issues": [i.data for i in published.current("issue") if i.data.get("facility") == data["key"]][:4],
        },
    )  # fmt: skip


def _money(published_money: dict[str, Any] | None) -> dict[str, Any] | None:
    """What the station cost and from which sources; what no source covers is said to be so."""
    if not published_money:
        return None
    total, sources = published_money["total_fen"], published_money["sources"]
    shares = [
        Share(s["name"], float(s["fen"]), colour) for s, colour in zip(sources, cycle(_COLOURS), strict=False)
    ]
    return {"total": total, "shares": shares, "rest": max(total - sum(s["fen"] for s in sources), 0)}


def _callable(duties: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Who answers, each person once, those with a telephone first."""
    seen, out = set(), []
    for duty in duties:
        if duty["person"] not in seen:
            seen.add(duty["person"])
            out.append(duty)
    return sorted(out, key=lambda d: not d["phone"])[:4]


def _my_reports(request: HttpRequest, facility: str) -> list[dict[str, Any]]:
    """What this phone sent or follows about a station, told; two at most."""
    codes = [c for c in request.COOKIES.get(_MINE, "").split(".") if c][-8:]
    followed = {c: f for c in codes if (f := handed_in.follower(c)) is not None}
    found = [(followed[c].report, followed[c]) if c in followed else (handed_in.by_code(c), None) for c in codes]
    return [_told(r, f) for r, f in found if r is not None and r.facility == facility][:2]


def _told(report: PublicReport, follower: Follower | None = None) -> dict[str, Any]:
    """A report and what became of it, in steps a villager understands; a follower reads it without what points to a person."""
    hide = masked if follower else (lambda text: text)
    steps = [(_("%s 收到") % _chinese(report.received_at), "")]
    steps += [
        (f"{_chinese(s.at)} {_(s.words)}", hide(s.small)) for s in report.steps.all() if s.words not in _OWN_WORD
    ]
    said = follower.solved if follower else {"confirmed": True, "reopened": False}.get(report.state)
    if said is True:
        steps.append((_("您说解决了"), ""))
    if said is False:
        desk = {"县": _("县里"), "市": _("市里")}.get(report.sent_up, _("乡镇政府"))
        steps.append((_("您说没有解决"), _("已转给%s去看，不再只交给维修的。") % desk))
    ask = (
        report.answered_at is not None and follower.solved is None
        if follower
        else report.state == PublicReport.State.ANSWERED
    )
    return {
        "code": follower.code if follower else report.code, "text": masked(report.text) if follower else report.text,
        "followers": report.followers, "steps": steps, "ask": ask,
    }  # fmt: skip


def _chinese(moment: dt.datetime) -> str:
    from django.utils import timezone

    day = timezone.localtime(moment)
    return f"{day.month} 月 {day.day} 日"


def report(request: HttpRequest, code: str) -> HttpResponse:
    """我要反映: a sentence and a photo; no sign-in, no telephone number asked for."""
    publication = _station(code)
    data = publication.data
    wrong, text = "", ""
    if request.method == "POST":
        text = request.POST.get("text", "")
        try:
            made = intake.hand_in(
                text, address=request.META.get("REMOTE_ADDR", ""), facility=data["key"], facility_name=data["name"],
                village_code=data.get("village_code", ""), photo=request.FILES.get("photo"),
            )  # fmt: skip
        except (ValueError, intake.TooMany) as refused:
            wrong = str(refused)
        else:
            return _remember(request, made.code)
    return render(
        request,
        "public/report.html",
        {
            "s": data,
            "code": publication.key,
            "wrong": wrong,
            "text": text,
            "nearby": [_others(r) for r in handed_in.nearby(data["key"])[:3]],
        },
        status=400 if wrong else 200,
    )


def _others(report: PublicReport) -> dict[str, Any]:
    """What somebody else reported, as a stranger may read it: without what points to a person, and without its code."""
    return {
        "handle": handed_in.handle(report), "text": masked(report.text), "received_at": report.received_at, "followers": report.followers,
    }  # fmt: skip


@require_POST
def same_here(request: HttpRequest, code: str) -> HttpResponse:
    """Somebody else says the same: follow instead of writing it once more; they get a code of their own."""
    found = handed_in.by_handle(code)
    if found is None:
        raise Http404
    try:
        follower = intake.follow(found, address=request.META.get("REMOTE_ADDR", ""))
    except intake.TooMany as refused:
        messages.error(request, str(refused))
        return redirect("public_index")
    return _remember(request, follower.code)


def _remember(request: HttpRequest, code: str) -> HttpResponse:
    """On to the code's page; this phone greets it from now on."""
    answer = redirect("public_report", code)
    codes = [*[c for c in request.COOKIES.get(_MINE, "").split(".") if c][-7:], code]
    answer.set_cookie(_MINE, ".".join(codes), max_age=180 * 24 * 3600, samesite="Lax", httponly=True)
    return answer


def follow_up(request: HttpRequest, code: str) -> HttpResponse:
    """What became of a report: the code, one's own as reporter or follower, is all one needs."""
    follower = handed_in.follower(code)
    found = follower.report if follower else handed_in.by_code(code)
    if found is None:
        raise Http404
    if request.method == "POST":
        solved = request.POST.get("solved") == "1"
        try:
            if follower:
                intake.reply_of_follower(follower, solved)
            else:
                intake.reply(found, solved)
        except ValueError as refused:
            messages.error(request, str(refused))
        return redirect("public_report", code)
    station_page = next((p for p in published.current("station") if p.data.get("key") == found.facility), None)
    told = _told(found, follower)
    return render(
        request, "public/follow_up.html", {"told": told, "r": found, "code": told["code"], "station": station_page}
    )


def find_report(request: HttpRequest) -> HttpResponse:
    """The box for a tracking code."""
    code = request.GET.get("code", "").replace("-", "").strip().upper()
    if handed_in.by_code(code) is None and handed_in.follower(code) is None:
        messages.error(request, _("没有这个查询码，请再看一眼：字母里没有 I、L、O，数字里没有 0、1。"))
        return redirect("public_index")
    return redirect("public_report", code)


def index(request: HttpRequest) -> HttpResponse:
    rate = published.current("rate").first()
    stations = list(published.current("station"))
    asked = request.GET.get("q", "").strip()
    township = request.GET.get("township", "")
    today = clock.today()
    towns = sorted({s.data["township"] for s in stations if s.data["township"]})
    found = [
        s for s in stations
        if (not township or s.data["township"] == township)
        and (not asked or asked in s.data["name"] or asked in s.data["village"] or asked.upper() in (s.key, s.data["key"].upper()))
    ]  # fmt: skip
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    for s in page.object_list:
        _headline, s.kind, s.sub = _verdict(s.data, today)
        s.word = {"good": _("正常"), "watch": _("有地方不正常"), "bad": _("停运"), "unknown": _("说不准")}[s.kind]
    return render(
        request,
        "public/index.html",
        {
            "rate": rate, "main": rate.data["figures"][0] if rate else None, "page": page, "found": len(found), "stations": len(stations),
            "towns": towns, "township": township, "asked": asked, "issues": [i.data for i in published.current("issue")[:12]],
            "bulletins": [b.data for b in published.current("bulletin")[:6]],
        },
    )  # fmt: skip


def villages_csv(request: HttpRequest) -> HttpResponse:
    """The published list of villages and their states, for anybody."""
    rate = published.current("rate").first()
    if rate is None:
        raise Http404
    text = io.StringIO()
    out = csv.writer(text)
    out.writerow(["行政村代码", "行政村", "乡镇", "治理状态", "认定日期"])
    for v in rate.data["villages"]:
        out.writerow([v["code"], v["name"], v["township"], v["state"], v["state_on"] or ""])
    name = quote(f"行政村治理状态_{rate.as_of}.csv")
    return HttpResponse(
        ("\ufeff" + text.getvalue()).encode("utf-8"), content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )  # fmt: skip


def rate(request: HttpRequest) -> HttpResponse:
    """The published rate with its formula, both lists and townships: walked back as far as was published."""
    found = published.current("rate").first()
    if found is None:
        raise Http404
    return render(
        request, "public/rate.html",
        {"p": found, "d": found.data, "main": found.data["figures"][0], "history": list(published.history("rate", found.key)[:12])},
    )  # fmt: skip
