"""Open311 GeoReport v2: what may be reported, reporting, and what became of it.

A request in public is its kind, its station or village, its day and how far it has come: no word that its sender wrote, no
name, no telephone, no photo, no hour, and not the place where they stood.
"""

from __future__ import annotations

import datetime as dt
import functools
import math
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from qingxi.standard import load_table
from qingxi_office.intake import actions as intake
from qingxi_office.intake.models import PublicReport
from qingxi_office.opendata import actions, queries
from qingxi_office.opendata.answers import open_to_all
from qingxi_office.opendata.models import OpenRule
from qingxi_office.opendata.open311_forms import answer, errors
from qingxi_office.opendata.services import BY_CODE, SERVICES, SINCE
from qingxi_office.trail import clock

_OPEN = ("received", "taken_up", "reopened")
_FORMS = ("json", "xml")
_LONGEST = 4000


def _words(zh: str, en: str) -> str:
    return en if (get_language() or "").startswith("en") else zh


def _open311(*methods: str) -> Callable[[Any], Any]:
    """A view of GeoReport: its form of errors, its jurisdiction, no CSRF (whoever posts has no session here)."""

    def wrap(view: Any) -> Any:
        @csrf_exempt
        @functools.wraps(view)
        def outer(request: HttpRequest, *args: Any, fmt: str = "json", **kwargs: Any) -> HttpResponse:
            def own(status: int, words: str) -> HttpResponse:
                return errors(fmt, status, words)

            def inner(request: HttpRequest) -> HttpResponse:
                try:
                    asked = request.GET.get("jurisdiction_id") or request.POST.get("jurisdiction_id") or ""
                except (MultiPartParserError, RequestDataTooBig, UnreadablePostError, SuspiciousOperation, BadRequest):  # fmt: skip
                    return errors(fmt, 400, _("读不懂送来的表单"))
                if asked and asked != queries.jurisdiction():
                    return errors(fmt, 404, _("没有这个 jurisdiction_id"))
                made: HttpResponse = view(request, *args, fmt=fmt, **kwargs)
                return made

            made: HttpResponse = open_to_all(methods=("GET", "HEAD", *methods), made_of_published=False, error=own)(
                inner
            )(request)
            return made

        return outer

    return wrap


def _service(one: Any) -> dict[str, Any]:
    return {
        "service_code": one.code, "service_name": _words(one.zh, one.en), "description": _words(one.about_zh, one.about_en), "metadata": "true",
        "type": "realtime", "keywords": ",".join((one.zh, one.en)), "group": one.group,
    }  # fmt: skip


@_open311()
def services(request: HttpRequest, fmt: str) -> HttpResponse:
    return answer(fmt, "services", "service", [_service(one) for one in SERVICES])


@_open311()
def service(request: HttpRequest, code: str, fmt: str) -> HttpResponse:
    if code not in BY_CODE:
        return errors(fmt, 404, _("没有这个 service_code"))
    asks = {
        "variable": "true", "code": SINCE.code, "datatype": "singlevaluelist", "required": "false", "datatype_description": "", "order": "1",
        "description": _words(SINCE.zh, SINCE.en), "values": [{"key": key, "name": _words(zh, en)} for key, zh, en in SINCE.values],
    }  # fmt: skip
    return answer(fmt, "service_definition", "", {"service_code": code, "attributes": [asks]})


# Reading


def _day(moment: dt.datetime) -> str:
    """The day only: the hour could tell who was there."""
    return timezone.localtime(moment).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()


def _request(report: PublicReport, kind: str, where: queries.Where, host: str) -> dict[str, Any]:
    one = BY_CODE.get(kind) or BY_CODE["other"]
    is_open = report.state in _OPEN
    return {
        "service_request_id": queries.public_id(report), "status": "open" if is_open else "closed", "status_notes": str(report.get_state_display()),
        "extended_status": report.state, "service_name": _words(one.zh, one.en), "service_code": one.code, "description": _words(one.about_zh, one.about_en),
        "agency_responsible": host, "service_notice": None, "requested_datetime": _day(report.received_at),
        "updated_datetime": _day(report.answered_at or report.received_at), "expected_datetime": None, "address": where.words, "address_id": where.code or None,
        "zipcode": None, "lat": where.lat, "long": where.lon, "media_url": None,
    }  # fmt: skip


def _told(reports: list[PublicReport]) -> list[dict[str, Any]]:
    kinds, places, host = queries.services_of(reports), queries.Places(), queries.host().get("host", "")
    return [_request(r, kinds.get(r.pk, "other"), places.of(r), host) for r in reports]


def _moment(text: str) -> dt.datetime:
    """A W3C moment or day, aware. Raises ValueError."""
    moment = (
        dt.datetime.fromisoformat(text)
        if len(text) > 10
        else dt.datetime.combine(dt.date.fromisoformat(text), dt.time())
    )
    aware = moment if moment.tzinfo else timezone.make_aware(moment)
    if not 1970 < aware.year < 9990:
        raise ValueError
    return aware


def _span(request: HttpRequest) -> tuple[dt.datetime, dt.datetime]:
    """From when to when; the last ninety days unless said. Raises ValueError with words."""
    days = dt.timedelta(days=load_table("disclosure")["request.days"])
    try:
        since, until = (_moment(text) if text else None for text in (request.GET.get("start_date", ""), request.GET.get("end_date", "")))  # fmt: skip
    except (ValueError, OverflowError):
        raise ValueError(_("start_date 和 end_date 要写成 2026-01-01T00:00:00+08:00")) from None
    if until is None:
        until = since + days if since else clock.now() + dt.timedelta(days=1)
    since = since or until - days
    if until < since or until - since > days + dt.timedelta(days=1):
        raise ValueError(_("一次最多查 90 天，先早后晚"))
    return since, until


def _listed(request: HttpRequest, fmt: str) -> HttpResponse:
    most = int(load_table("disclosure")["items.page"])
    if ids := request.GET.get("service_request_id", ""):
        found = [r for text in ids.split(",")[:100] if (r := queries.by_public_id(text.strip())) is not None]
        return answer(fmt, "service_requests", "request", _told(found))
    try:
        since, until = _span(request)
    except ValueError as error:
        return errors(fmt, 400, str(error))
    rows = queries.requests().filter(received_at__gte=since, received_at__lte=until)
    if states := {s for s in request.GET.get("status", "").split(",") if s}:
        if states - {"open", "closed"}:
            return errors(fmt, 400, _("status 只有 open 和 closed"))
        if states == {"open"}:
            rows = rows.filter(state__in=_OPEN)
        if states == {"closed"}:
            rows = rows.exclude(state__in=_OPEN)
    found = list(rows.order_by("-received_at", "-pk")[:most])
    if codes := {c for c in request.GET.get("service_code", "").split(",") if c}:
        kinds = queries.services_of(found)
        found = [r for r in found if kinds.get(r.pk, "other") in codes]
    return answer(fmt, "service_requests", "request", _told(found))


@_open311("POST")
def requests(request: HttpRequest, fmt: str) -> HttpResponse:
    return _new(request, fmt) if request.method == "POST" else _listed(request, fmt)


@_open311()
def one_request(request: HttpRequest, request_id: str, fmt: str) -> HttpResponse:
    found = queries.by_public_id(request_id)
    if found is None:
        return errors(fmt, 404, _("没有这个 service_request_id"))
    return answer(fmt, "service_requests", "request", _told([found]))


@_open311()
def token(request: HttpRequest, token: str, fmt: str) -> HttpResponse:
    """Every request gets its number at once: a token is that number."""
    if queries.by_public_id(token) is None:
        return errors(fmt, 404, _("没有这个 token"))
    return answer(fmt, "service_requests", "request", [{"service_request_id": token, "token": token}])


# Reporting


def _degrees(request: HttpRequest) -> tuple[float, float] | None:
    """(lon, lat) as given; None when none is. Raises ValueError with words."""
    lat, lon = request.POST.get("lat", "").strip(), request.POST.get("long", "").strip()
    if not lat and not lon:
        return None
    try:
        found = float(lon), float(lat)
    except ValueError:
        found = (math.nan, math.nan)
    if not (abs(found[0]) <= 180 and abs(found[1]) <= 90):
        raise ValueError(_("lat 和 long 要成对，单位度"))
    return found


def _place(request: HttpRequest, point: tuple[float, float] | None) -> queries.Where:
    """The station by its code, else what lies close to the point, else what the address names. Raises ValueError with words."""
    places, code = queries.Places(), request.POST.get("address_id", "").strip().upper()
    if code:
        if code not in places.stations:
            raise ValueError(_("address_id 不是公开的站码"))
        return places.stations[code]
    if point is not None:
        found = places.near(*point)
        if found is None:
            raise ValueError(_("这个位置不在本县公开的站和村附近，请改给 address_id 或者 address_string"))
        return found
    said = request.POST.get("address_string", "").strip()
    if not said:
        raise ValueError(_("至少给一种地方：lat 和 long、address_id 或者 address_string"))
    named = [p for p in (*places.stations.values(), *places.villages.values()) if (p.facility_name or p.village) in said]  # fmt: skip
    return max(named, key=lambda p: len(p.facility_name or p.village), default=queries.Where())


def _new(request: HttpRequest, fmt: str) -> HttpResponse:
    rule, secret = queries.rule(), request.POST.get("api_key", "").strip()
    key = queries.by_key(secret)
    if rule.posting == OpenRule.Posting.CLOSED:
        return errors(fmt, 403, _("县里没有开放接口代交，请扫站上的码或者打 12345"))
    if key is None and (secret or rule.posting == OpenRule.Posting.KEY):
        return errors(fmt, 403, _("api_key 没有或者不对"))
    wrong: list[str] = []
    kind = request.POST.get("service_code", "").strip()
    if kind not in BY_CODE:
        wrong.append(_("service_code 没有或者不对"))
    text = request.POST.get("description", "").replace("\x00", "").strip()
    if not text or len(text) > _LONGEST:
        wrong.append(_("description 要写，最多 4000 个字"))
    since = request.POST.get(f"attribute[{SINCE.code}]", "").strip()
    since_words = {key: zh for key, zh, _en in SINCE.values}
    if since and since not in since_words:
        wrong.append(_("attribute[SINCE] 不在所列的值里"))
    point, where = None, queries.Where()
    try:
        point = _degrees(request)
        where = _place(request, point)
    except ValueError as error:
        wrong.append(str(error))
    if wrong:
        return errors(fmt, 400, *wrong)
    said = request.POST.get("address_string", "").replace("\x00", "").strip()[:120]
    lines = [f"【{BY_CODE[kind].zh}】{text}", f"从{since_words[since]}起" if since else ""]  # fmt: skip
    device = (request.POST.get("device_id") or request.POST.get("account_id") or "")[:200]
    try:
        report, new = actions.hand_in(
            kind, "\n".join(line for line in lines if line), where, address=request.META.get("REMOTE_ADDR", ""), said=said, device=device if key else "",
            phone=request.POST.get("phone", "").replace("\x00", "").strip(), photo=request.FILES.get("media"), key=key,
            lon=point[0] if point else None, lat=point[1] if point else None,
        )  # fmt: skip
    except intake.TooMany as refused:
        return errors(fmt, 429, str(refused))
    except ValueError as refused:
        return errors(fmt, 400, str(refused))
    follow = request.build_absolute_uri(reverse("public_report", args=[report.code]))
    notice = _("查询码 %(code)s，可以在 %(address)s 看办到哪一步、说解决没有。请只交给反映人。") % {"code": report.code, "address": follow}  # fmt: skip
    said_back = [{"service_request_id": queries.public_id(report), "service_notice": notice, "account_id": None}]
    return answer(fmt, "service_requests", "request", said_back, status=201 if new else 200)


@_open311()
def discovery(request: HttpRequest, fmt: str) -> HttpResponse:
    """Where the endpoints are, which forms they speak, whom to ask for a key."""
    rule, last = queries.rule(), queries.last_published()
    changed = (rule.set_at or last or dt.datetime(2026, 1, 1, tzinfo=dt.UTC)).isoformat(timespec="seconds")
    contact = " ".join(p for p in (queries.host().get("host", ""), rule.contact) if p)
    endpoint = {
        "specification": "http://wiki.open311.org/GeoReport_v2", "url": request.build_absolute_uri("/open311/v2"), "changeset": changed, "type": "production",
        "formats": ["text/xml", "application/json"],
    }  # fmt: skip
    said = {
        "changeset": changed, "contact": contact, "key_service": contact if rule.posting == OpenRule.Posting.KEY else _("不要钥匙") if rule.posting == OpenRule.Posting.OPEN else _("不收代交"),
        "endpoints": [endpoint],
    }  # fmt: skip
    return answer(fmt, "discovery", "", said)
