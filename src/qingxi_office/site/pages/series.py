"""A facility's readings for a chart: least, mean and greatest by as many pieces as the chart has pixels."""

from __future__ import annotations

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from qingxi.quantity import QUANTITIES
from qingxi.reading import day_start_s
from qingxi.standard import load_table
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings.packets import newest_at, packets
from qingxi_office.readings.series import as_json, readable, series
from qingxi_office.trail import clock

from .facilities import get_facility

MOST = 4000
MOST_PACKETS_S = 2 * 86400
POINTS = ("effluent", "influent")


@login_required
def facility_series(request: HttpRequest, key: str) -> JsonResponse:
    """``?from=&to=`` days or moments (Beijing, the end not in it; the last 91 days), ``&px=`` pieces (1000), ``&q=`` house
    codes with commas (all), ``&point=`` effluent or influent.
    """
    f = _readable(request, key)
    try:
        start_s, end_s, codes, point = _asked(request, days=91)
        pixels = _pixels(request.GET.get("px", "1000"))
    except _Refused as error:
        return _refused(str(error))
    window, sources = series(request.user, f, codes, start_s, end_s, pixels, point)
    newest = newest_at(f.key)
    law = load_table("validity").rows.values()
    answer = JsonResponse(
        {
            "facility": f.key,
            "point": point,
            "design_m3_d": f.design_m3_d,
            "newest": _said(newest),
            **as_json(window, sources),
        }
        | {
            "rules": [
                {
                    "key": row.key,
                    "value": row.value,
                    "unit": row.unit,
                    "source": row.source,
                    "trust": str(row.trust),
                }
                for row in law
            ]
        },
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )
    answer["Cache-Control"] = "private, no-cache"
    return answer


@login_required
def facility_packets(request: HttpRequest, key: str) -> JsonResponse:
    """Each packet of at most two days: ``?from=&to=`` (the last day), ``&q=``, ``&point=`` as :func:`facility_series`."""
    f = _readable(request, key)
    try:
        start_s, end_s, codes, point = _asked(request, days=1)
        if end_s - start_s > MOST_PACKETS_S:
            raise _Refused(_("一次最多看两天的报文"))
    except _Refused as error:
        return _refused(str(error))
    said = packets(f.key, codes, start_s, end_s, point)
    answer = JsonResponse(
        {
            "facility": f.key, "point": point, "from": _said(start_s), "to": _said(end_s),
            "series": {
                code: {"name": QUANTITIES[code].chinese, "unit": QUANTITIES[code].unit, **columns} for code, columns in said.items()
            },
        },
        json_dumps_params={"ensure_ascii": False, "separators": (",", ":")},
    )  # fmt: skip
    answer["Cache-Control"] = "private, no-cache"
    return answer


class _Refused(ValueError):
    """What was asked cannot be answered; the message says what would be."""


def _readable(request: HttpRequest, key: str) -> FacilityRecord:
    f = get_facility(request.user, key)
    if not readable(request.user).filter(pk=f.pk).exists():
        raise Http404
    return f


def _asked(request: HttpRequest, *, days: int) -> tuple[int, int, list[str], str]:
    """Start and end in seconds, quantities and point of a request."""
    ask = request.GET
    tomorrow = day_start_s(clock.today() + dt.timedelta(days=1))
    try:
        end_s = _moment(ask["to"]) if ask.get("to") else tomorrow
        start_s = _moment(ask["from"]) if ask.get("from") else end_s - days * 86400
    except ValueError:
        raise _Refused(_("from 和 to 写成 2026-11-22 或 2026-11-22T08:00，px 是整数")) from None
    codes = [code for code in ask.get("q", "").split(",") if code] or list(QUANTITIES)
    if unknown := [code for code in codes if code not in QUANTITIES]:
        raise _Refused(_("没有这样的监测量：%s") % "、".join(unknown))
    if not start_s < end_s:
        raise _Refused(_("to 要晚于 from，px 在 1 到 %d 之间") % MOST)
    point = ask.get("point", "effluent")
    if point not in POINTS:
        raise _Refused(_("point 是 effluent（出水）或 influent（进水）"))
    return start_s, end_s, codes, point


def _pixels(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= MOST:
        raise _Refused(_("to 要晚于 from，px 在 1 到 %d 之间") % MOST)
    return int(text)


def _said(at_s: int | None) -> str | None:
    zone = dt.timezone(dt.timedelta(hours=8))
    return None if at_s is None else dt.datetime.fromtimestamp(at_s, zone).isoformat()


def _moment(text: str) -> int:
    """Seconds since 1970 of an ISO day or moment; without a zone it is Beijing's."""
    at = dt.datetime.fromisoformat(text.replace(" ", "+"))
    if at.tzinfo is None:
        at = at.replace(tzinfo=dt.timezone(dt.timedelta(hours=8)))
    return int(at.timestamp())


def _refused(words: str) -> JsonResponse:
    return JsonResponse({"error": words}, status=400, json_dumps_params={"ensure_ascii": False})
