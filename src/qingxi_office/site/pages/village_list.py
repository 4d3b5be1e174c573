"""The ledger of administrative villages: which are done, which are left, which are not in the list?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from qingxi_office.asking import ask
from qingxi_office.villages.models import ScopeLine, Treatment

from . import seen, sheet
from .modes import mode_word
from .table import Column, Listed, asked_sort, export, table
from .villages import state_chip


def columns() -> list[Column]:
    return [
        Column("name", _("村"), lambda v: v.place.name, show=_named, order="place__initials"),
        Column("code", _("村码"), lambda v: v.place.code, order="place__code", shown=False, always=True),
        Column("town", _("乡镇"), lambda v: v.place.parent.name if v.place.parent else "", order="place__parent__code"),
        Column("class", _("分类"), lambda v: v.place.village_class, order="place__village_class", quiet=True),
        Column("state", _("状态"), lambda v: v.state, show=lambda v: state_chip(v.state), order="state"),
        Column("since", _("认定日期"), lambda v: v.state_on, order="state_on", quiet=True),
        Column("document", _("认定文号"), lambda v: v.state_doc, shown=False),
        Column("mode", _("模式"), lambda v: v.mode, order="mode"),
        Column("households", _("户数"), lambda v: v.households, order="households", num=True),
        Column("registered", _("户籍"), lambda v: v.people_registered, order="people_registered", num=True, shown=False),
        Column("resident", _("常住"), lambda v: v.people_resident, order="people_resident", num=True),
        Column("festival", _("春节"), lambda v: v.people_festival, order="people_festival", num=True, shown=False),
        Column("connected", _("接户"), lambda v: v.households_connected, order="households_connected", num=True),
        Column("basics", _("三基本"), lambda v: v.basics_met, show=lambda v: f"{v.basics_met}/3", num=True),
        Column("stations", _("站"), lambda v: v.stations, show=lambda v: v.stations or "–", num=True),
        Column("issues", _("在办"), lambda v: v.open_issues, show=lambda v: v.open_issues or "–", num=True),
        Column("terrain", _("地形"), lambda v: v.terrain, shown=False),
        Column("supply", _("供水"), lambda v: v.water_supply, shown=False),
        Column("sensitive", _("敏感水体"), lambda v: v.sensitive_water, shown=False, say=True),
        Column("sewer", _("离主管 m"), lambda v: v.sewer_distance_m, order="sewer_distance_m", num=True, shown=False),
        Column("land", _("可消纳农田 亩"), lambda v: v.crop_area_mu, order="crop_area_mu", num=True, shown=False),
        Column("ditch", _("沟渠 m"), lambda v: v.ditch_m, order="ditch_m", num=True, shown=False),
        Column("listed", _("名单"), lambda v: v.listing, shown=False, always=True, say=True),
    ]  # fmt: skip


def _named(v: Any) -> Any:
    if not v.left_out:
        return v.place.name
    return format_html('{} <span class="q-2nd">{}：{}</span>', v.place.name, _("名单外"), v.left_out)


@login_required
def villages(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    every = columns()
    order, descending, _word = asked_sort(request, every, "place__code")
    by = F(order).desc(nulls_last=True) if descending else F(order).asc(nulls_last=True)
    if order == "place__code" and not descending:  # as everybody opens it
        light = ask(user, lambda u, _at: _light(seen.villages(u).order_by("place__code")))
    else:
        light = list(_light(seen.villages(user).order_by(by, "place__code")))
    lines = {
        place_id: (change, reason)
        for place_id, change, reason in ask(
            None, lambda _u, _at: ScopeLine.objects.order_by("signed_on", "id").values_list("place_id", "change", "reason")
        )
    }  # fmt: skip
    listed = {
        v.place_id for v in light if lines.get(v.place_id, ("列入" if not lines else "核减", ""))[0] == "列入"
    }
    counts = Counter(v.state for v in light if v.place_id in listed)
    scope = asked.get("scope", "")
    found = light if scope == "all" else [v for v in light if (v.place_id in listed) != (scope == "out")]
    for key, field in (
        ("township", "place__parent__code"),
        ("state", "state"),
        ("class", "place__village_class"),
        ("mode", "mode"),
    ):
        if value := asked.get(key, ""):
            found = [v for v in found if getattr(v, field) == value]
    if text := asked.get("q", "").strip():
        found = [v for v in found if text in v.place__name]
    source = Listed([v.pk for v in found], lambda pks: _read(user, pks))

    def prepare(page: Iterable[Any]) -> None:
        own = [v.place_id for v in page]
        issues = Counter(
            ask(
                user,
                lambda u, at: (
                    seen.issues(u)
                    .filter(is_open=True, place_id__in=at.own)
                    .order_by()
                    .values_list("place_id", flat=True)
                ),
                own=own,
            )
        )
        stations = Counter(
            ask(
                user,
                lambda u, at: (
                    seen.facilities(u).filter(place_id__in=at.own).order_by().values_list("place_id", flat=True)
                ),
                own=own,
            )
        )
        for v in page:
            change, reason = lines.get(v.place_id, ("列入", ""))
            v.stations, v.open_issues = stations[v.place_id], issues[v.place_id]
            v.listing = change + ("：" + reason if reason else "")
            v.left_out = "" if v.place_id in listed else reason or "核减"

    if asked.get("as") in sheet.FORMATS:
        return export(request, "行政村", every, source, prepare=prepare)
    totals = {
        key: sum(getattr(v, field) or 0 for v in found)
        for key, field in (
            ("households", "households"), ("registered", "people_registered"), ("resident", "people_resident"),
            ("festival", "people_festival"), ("connected", "households_connected"),
        )
    }  # fmt: skip
    return render(
        request,
        "site/villages.html",
        {
            "table": table(
                request, every, source, total=len(found), totals=totals, href=lambda v: reverse("village", args=[v.place.code]),
                label=_("行政村表"), prepare=prepare,
            ),
            "found": len(found), "listed": len(listed), "out": len(light) - len(listed), "counts": counts,
            "treated": counts[Treatment.TREATED], "controlled": counts[Treatment.CONTROLLED], "open": counts[Treatment.OPEN],
            "towns": sorted({(v.place__parent__code, v.place__parent__name) for v in light if v.place__parent__code}),
            "states": Treatment.choices,
            "classes": [(c, c) for c in sorted({v.place__village_class for v in light if v.place__village_class})],
            "modes": [(m, mode_word(m)) for m in sorted({v.mode for v in light if v.mode})],
        },
    )  # fmt: skip


def _light(rows: QuerySet[Any]) -> QuerySet[Any, Any]:
    return rows.select_related(None).values_list(
        "pk", "place_id", "state", "mode", "place__village_class", "place__parent__code", "place__parent__name", "place__name",
        "households", "people_registered", "people_resident", "people_festival", "households_connected", named=True,
    )  # fmt: skip


def _read(user: Any, pks: Sequence[int]) -> Mapping[int, Any]:
    return {
        v.pk: v
        for v in ask(
            user,
            lambda u, at: seen.villages(u).defer("place__geometry", "place__parent__geometry").order_by().filter(pk__in=at.pks),
            pks=list(pks),
        )
    }  # fmt: skip
