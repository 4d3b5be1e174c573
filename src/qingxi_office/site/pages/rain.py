"""雨量: which gauge has rain, which days nothing is known of, and which gauge speaks for which facility."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi.reading import GaugeChoice, gaps_of
from qingxi.standard import load_table
from qingxi_office.design.parts import State
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people import rights
from qingxi_office.readings import rain as book
from qingxi_office.readings.models import RainGauge
from qingxi_office.trail import clock

from . import seen, sheet
from .table import Column, Listed, export, table

YEAR = 365
_WINDOWS = {"90": 90, "365": 365, "1096": 1096}


@dataclass
class Row:
    """One gauge of the page over the last year: days known, mm, its last day, and the facilities that use it."""

    gauge: RainGauge
    known: int = 0
    mm: float = 0.0
    last: dt.date | None = None
    users: list[GaugeChoice] = field(default_factory=list)


def _in_use(user: Any) -> list[FacilityRecord]:
    rows = seen.facilities(user).filter(status__in=("in_use", "trial")).select_related(None).select_related("place")
    return list(
        rows.order_by("key").only("key", "name", "lon", "lat", "status", "place__lon", "place__lat", "place__path")
    )


def _state(row: Row, today: dt.date) -> State:
    if row.last is None:
        return State("unknown", _("一天也没有"))
    late = (today - row.last).days
    if late > 31:
        return State("watch", _("停在 %d 天前") % late)
    return (
        State("good", _("接得上"))
        if row.known >= 0.9 * YEAR
        else State("unknown", _("一年缺 %d 天") % (YEAR - row.known))
    )


def _columns(today: dt.date) -> list[Column]:
    far = {"水利": _("水利"), "气象": _("气象"), "自建": _("自建")}
    return [
        Column("name", _("雨量站"), lambda r: r.gauge.name, always=True),
        Column("key", _("编号"), lambda r: r.gauge.key, quiet=True),
        Column("source", _("来源"), lambda r: r.gauge.source, show=lambda r: far[r.gauge.source]),
        Column("state", _("齐不齐"), lambda r: _state(r, today).word, show=lambda r: _state(r, today)),
        Column("known", _("近一年有数 天"), lambda r: r.known, num=True),
        Column("mm", _("近一年雨量 mm"), lambda r: round(r.mm, 1) if r.known else None, num=True),
        Column("last", _("最后一天"), lambda r: r.last),
        Column("users", _("用它的设施"), lambda r: len(r.users), num=True),
        Column("begins", _("日界 时"), lambda r: r.gauge.day_begins, num=True),
        Column("lon", _("经度"), lambda r: r.gauge.lon, num=True, decimals=4, shown=False),
        Column("lat", _("纬度"), lambda r: r.gauge.lat, num=True, decimals=4, shown=False),
    ]  # fmt: skip


@login_required
def rain(request: HttpRequest) -> HttpResponse:
    """Every gauge, and the facilities that have none near enough."""
    user = request.user
    if not seen.may_see(user, "rain"):
        raise Http404
    today = clock.today()
    first = today - dt.timedelta(days=YEAR - 1)
    rows = {g.key: Row(g) for g in book.gauges(user)}
    counted = book.rain_days(user).filter(mm__isnull=False, day__gte=first, day__lte=today).order_by()
    for key, n, mm, last in counted.values_list("gauge__key").annotate(
        n=Count("pk"), all=Sum("mm"), last=Max("day")
    ):
        rows[key].known, rows[key].mm, rows[key].last = n, mm, last
    stations = _in_use(user)
    chosen = book.choices(stations, first, today)
    for choice in chosen.values():
        if choice.near and choice.known:
            rows[choice.gauge.key].users.append(choice)
    without = [(f, chosen.get(f.key)) for f in stations if not ((c := chosen.get(f.key)) and c.near and c.known)]
    shown = sorted(rows.values(), key=lambda r: (-len(r.users), r.gauge.key))
    columns = _columns(today)
    source = Listed(list(range(len(shown))), lambda at: {n: shown[n] for n in at})
    if request.GET.get("as") in sheet.FORMATS:
        return export(request, _("雨量站"), columns, source)
    return render(
        request, "site/rain.html",
        {
            "table": table(
                request, columns, source, total=len(shown), label=_("雨量站"),
                href=lambda r: reverse("rain_gauge", args=[r.gauge.key]),
            ),
            "answer": _answer(shown, len(stations), without), "near_km": load_table("rain")["gauge.near"],
            "without": [(f, c) for f, c in without if c is not None][:60] if rows else [],
            "nowhere": sum(c is None for _f, c in without) if rows else 0,
            "may_send": rights.may(user, "submit_sheet"),
        },
    )  # fmt: skip


def _answer(rows: list[Row], stations: int, without: list[Any]) -> str:
    if not rows:
        return _("还没有雨量站，雨污混流判不了。")
    served = stations - len(without)
    if not any(r.known for r in rows):
        return _("%d 个雨量站登记了，还没有一天雨量。") % len(rows)
    if without:
        return _("%(n)d 个雨量站管着 %(a)d 座在用设施，另有 %(b)d 座近处没有雨量。") % {
            "n": len(rows), "a": served, "b": len(without),
        }  # fmt: skip
    return _("%(n)d 个雨量站管着全部 %(a)d 座在用设施。") % {"n": len(rows), "a": served}


@login_required
def rain_gauge(request: HttpRequest, key: str) -> HttpResponse:
    """One gauge: its days with their gaps, month by month, and the facilities that use it."""
    user = request.user
    gauge = book.gauges(user).filter(key=key).first() if seen.may_see(user, "rain") else None
    if gauge is None:
        raise Http404
    today = clock.today()
    window = request.GET.get("days") if request.GET.get("days") in _WINDOWS else "365"
    first = today - dt.timedelta(days=_WINDOWS[window] - 1)
    rows = list(
        book.rain_days(user).filter(gauge=gauge, day__gte=first, day__lte=today).order_by("day").values_list("day", "mm", "values")
    )  # fmt: skip
    known = {day: mm for day, mm, _values in rows if mm is not None}
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, f"{gauge.name}雨量", ["雨量站编号", "雨量站", "时间", "雨量(mm)"],
            [[gauge.key, gauge.name, day.isoformat(), mm] for day, mm in known.items()],
        )  # fmt: skip
    gaps = gaps_of(known, min(known), today) if known else []
    months: dict[dt.date, list[float]] = defaultdict(list)
    for day, mm in known.items():
        months[day.replace(day=1)].append(mm)
    hourly = sum(len(values) > 1 for _day, mm, values in rows if mm is not None)
    stations = _in_use(user)
    by_key = {f.key: f for f in stations}
    year = today - dt.timedelta(days=YEAR - 1)
    users = [
        (by_key[k], c)
        for k, c in book.choices(stations, year, today).items()
        if c.gauge.key == key and c.near and c.known
    ]
    return render(
        request, "site/rain_gauge.html",
        {
            "g": gauge, "window": window, "windows": [("90", _("90 天")), ("365", _("1 年")), ("1096", _("3 年"))],
            "answer": _said(gauge, known, gaps), "hourly": hourly, "known": len(known), "gaps": gaps[-40:], "n_gaps": len(gaps),
            "months": [
                {"month": m, "days": len(v), "wet": sum(x > 0 for x in v), "mm": sum(v), "most": max(v)} for m, v in sorted(months.items(), reverse=True)
            ],
            "users": sorted(users, key=lambda u: u[1].distance_m)[:200],
            "chart": {
                "from": first.isoformat(), "to": today.isoformat(), "days": [[d.isoformat(), round(mm, 1)] for d, mm in known.items()],
                "gaps": [[a.isoformat(), b.isoformat()] for a, b in gaps], "words": {"rain": _("雨量"), "missing": _("缺")},
            },
            "may_send": rights.may(user, "submit_sheet"),
        },
    )  # fmt: skip


def _said(gauge: RainGauge, known: dict[dt.date, float], gaps: list[tuple[dt.date, dt.date]]) -> str:
    if not known:
        return _("%s这一段没有雨量。") % gauge.name
    lost = sum((b - a).days + 1 for a, b in gaps)
    told = {"name": gauge.name, "n": len(known), "mm": f"{sum(known.values()):,.0f}", "lost": lost}
    if lost:
        return _("%(name)s有 %(n)d 天的数，共 %(mm)s mm，缺 %(lost)d 天。") % told
    return _("%(name)s有 %(n)d 天的数，共 %(mm)s mm，中间不缺。") % told
