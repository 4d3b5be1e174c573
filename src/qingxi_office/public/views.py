"""What a villager sees without signing in: the station behind the code on the fence, the village, the county's rate and lists,
and the way to say that something is wrong. Reads published things and what was handed in, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.standard import load_table
from qingxi_office.intake import actions as intake
from qingxi_office.intake import queries as handed_in
from qingxi_office.intake.limits import stamp
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import PublicReport
from qingxi_office.intake.near import stations_near
from qingxi_office.public import pages
from qingxi_office.public.telling import told
from qingxi_office.published import queries as published
from qingxi_office.published.models import Publication
from qingxi_office.trail import clock

PAGE = 24
_MINE = "qx_reports"  # cookie: codes of reports sent from this phone, so that the page greets them


def _show(
    request: HttpRequest, page: pages.Page, here: str = "", /, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The page in its frame; menu and foot come from ``public.context``."""
    template, values = page
    return render(request, template, {**values, "here": here, **more}, status=status)


def index(request: HttpRequest) -> HttpResponse:
    if request.GET.get("q"):  # an address of old: the list of stations stood here
        return redirect(f"{reverse('public_stations')}?{request.GET.urlencode()}")
    return _show(request, pages.index(), "public_index")


def stations(request: HttpRequest) -> HttpResponse:
    template, values = pages.stations()
    asked, township = request.GET.get("q", "").strip(), request.GET.get("township", "")
    found = [
        s for s in values["rows"]
        if (not township or s.data["township"] == township)
        and (not asked or asked in s.data["name"] or asked in s.data["village"] or asked.upper() in (s.key, s.data["key"].upper()))
    ]  # fmt: skip
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return _show(
        request, (template, {**values, "rows": page.object_list}), "public_stations", page=page, asked=asked, township=township
    )  # fmt: skip


def _found(kind: str, key: str) -> Publication:
    found = published.latest(kind, key)
    if found is None:
        raise Http404
    return found


def station(request: HttpRequest, code: str) -> HttpResponse:
    publication = _found("station", code.upper())
    return _show(request, pages.station(publication), mine=_my_reports(request, publication.data["key"]))


def villages(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.villages(), "public_villages", report=request.GET.get("report") == "1")


def village(request: HttpRequest, code: str) -> HttpResponse:
    return _show(request, pages.village(_found("village", code)))


def county_map(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.county_map(lambda name, *args: reverse(name, args=args)), "public_map")


def rate(request: HttpRequest) -> HttpResponse:
    page = pages.rate()
    if page is None:
        raise Http404
    return _show(request, page, "public_rate")


def samples(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.samples(), "public_samples")


def plans(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.plans(), "public_plans")


def bulletins(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.bulletins(), "public_bulletins")


def bulletin(request: HttpRequest, key: str) -> HttpResponse:
    return _show(request, pages.bulletin(_found("bulletin", key)), "public_bulletins")


def issues(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.issues())


def owing(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.owing())


def about(request: HttpRequest) -> HttpResponse:
    return _show(request, pages.about())


def _my_reports(request: HttpRequest, facility: str) -> list[dict[str, Any]]:
    """What this phone sent or follows about a station, told; two at most."""
    codes = [c for c in request.COOKIES.get(_MINE, "").split(".") if c][-8:]
    followed = {c: f for c in codes if (f := handed_in.follower(c)) is not None}
    found = [(followed[c].report, followed[c]) if c in followed else (handed_in.by_code(c), None) for c in codes]
    return [told(r, f) for r, f in found if r is not None and r.facility == facility][:2]


def report(request: HttpRequest, code: str) -> HttpResponse:
    """我要反映, at a station: a sentence and a photo; no sign-in, no telephone number asked for."""
    publication = _found("station", code.upper())
    data = publication.data
    where = {"facility": data["key"], "facility_name": data["name"], "village_code": data.get("village_code", "")}
    reach = load_table("intake")["near.metres"]
    near = stations_near(data, (s.data for s in published.current("station")), reach)
    return _report(request, where, data["name"], near, back=reverse("public_station", args=[publication.key]))


def village_report(request: HttpRequest, code: str) -> HttpResponse:
    """我要反映, about a village: for what belongs to no station."""
    publication = _found("village", code)
    data = publication.data
    return _report(
        request, {"village_code": data["code"]}, f"{data['township']} {data['name']}", [],
        back=reverse("public_village", args=[data["code"]]),
    )  # fmt: skip


def _report(
    request: HttpRequest, where: dict[str, str], name: str, near: Sequence[str], *, back: str
) -> HttpResponse:
    wrong, text, place = "", "", ""
    if request.method == "POST":
        text, place = request.POST.get("text", ""), request.POST.get("place", "")
        try:
            made = intake.hand_in(
                text, address=request.META.get("REMOTE_ADDR", ""), place=place, photo=request.FILES.get("photo"),
                opened=request.POST.get("opened", ""), **where,
            )  # fmt: skip
        except (ValueError, intake.TooMany) as refused:
            wrong = str(refused)
        else:
            return _remember(request, made.code)
    others = handed_in.near(near, where["village_code"])[:3]
    values = {
        "s": {"name": name}, "wrong": wrong, "text": text, "place": place, "back": back, "opened": stamp(clock.now()),
        "nearby": [_others(r) for r in others],
    }  # fmt: skip
    return _show(request, ("public/report.html", values), status=400 if wrong else 200)


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
    station_page = published.current("station").filter(data__key=found.facility).first() if found.facility else None
    said = told(found, follower)
    return _show(
        request,
        ("public/follow_up.html", {"told": said, "r": found, "code": said["code"], "station": station_page}),
    )


def report_photo(request: HttpRequest, code: str, which: str) -> HttpResponse:
    """The reporter's own photo, and how it looks now: for who holds the code; a follower sees the second only."""
    follower = handed_in.follower(code)
    found = follower.report if follower else handed_in.by_code(code)
    if found is None or which not in ("before", "after") or (follower and which == "before"):
        raise Http404
    file = found.photo if which == "before" else found.after
    if not file:
        raise Http404
    return FileResponse(
        file.open("rb"), content_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"}
    )


def find_report(request: HttpRequest) -> HttpResponse:
    """The box for a tracking code."""
    code = request.GET.get("code", "").replace("-", "").strip().upper()
    if handed_in.by_code(code) is None and handed_in.follower(code) is None:
        messages.error(request, _("没有这个查询码，请再看一眼：字母里没有 I、L、O，数字里没有 0、1。"))
        return redirect("public_index")
    return redirect("public_report", code)
