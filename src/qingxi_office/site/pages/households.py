"""Households: the list of a village (or of all that one answers for), and the page of one, read and changed.

What stands here is personal data: only the roles of the table ``people.rights`` reach it, and every reading of it is
written down.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.origin import Fault, Ref
from qingxi.village import HOUSEHOLD_FIELDS, judge_household
from qingxi.village.entry import CONNECTIONS, TOILETS
from qingxi_office.asking import ask
from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.trail.queries import of as trail_of
from qingxi_office.villages import actions
from qingxi_office.villages.models import HouseholdRecord

from . import form, seen, sheet
from .changes import told_changes
from .modes import mode_word
from .table import Column, Keyset, asked_sort, counted, export, table

MOST_IN_XLSX = 20_000
_UNDRAWN = ("hamlet__place__geometry", "hamlet__place__parent__geometry")


def _connected(row: HouseholdRecord) -> State:
    return {
        "已接": State("good", _("已接")),
        "应接未接": State("watch", _("应接未接")),
        "不需接": State("plain", _("不需接")),
    }.get(row.connected, State("unknown", _("接管没有查")))


def columns() -> list[Column]:
    return [
        Column("key", _("户编号"), lambda r: r.key, order="key", quiet=True),
        Column("door", _("门牌"), lambda r: r.door),
        Column("village", _("村"), lambda r: r.hamlet.place.parent.name if r.hamlet.place.parent else ""),
        Column("hamlet", _("自然村"), lambda r: r.hamlet.name),
        Column("registered", _("户籍"), lambda r: r.people_registered, order="people_registered", num=True, total="people_registered"),
        Column("resident", _("常住"), lambda r: r.people_resident, order="people_resident", num=True, total="people_resident"),
        Column("festival", _("春节"), lambda r: r.people_festival, order="people_festival", num=True, total="people_festival"),
        Column("toilet", _("厕所"), lambda r: _(r.toilet) if r.toilet else ""),
        Column("separated", _("黑灰分离"), lambda r: r.separated),
        Column("rain", _("雨污分流"), lambda r: r.rain_separated),
        Column("source", _("用水"), lambda r: r.water_source, shown=False),
        Column("water", _("月用水 m³"), lambda r: r.water_m3_month, order="water_m3_month", num=True, decimals=1, shown=False),
        Column("connected", _("接管"), lambda r: r.connected, show=_connected),
        Column("sewer", _("离管 m"), lambda r: r.sewer_distance_m, order="sewer_distance_m", num=True),
        Column("land", _("田 亩"), lambda r: r.crop_area_mu, num=True, decimals=1, shown=False),
        Column("ditch", _("沟渠"), lambda r: r.ditch, shown=False),
        Column("income", _("收入类别"), lambda r: r.income_class, shown=False),
        Column("mode", _("规划模式"), lambda r: mode_word(r.mode) if r.mode else ""),
        Column("note", _("备注"), lambda r: r.note, shown=False, say=True),
    ]  # fmt: skip


@login_required
def households(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    if not seen.may_see(user, "household"):
        raise Http404
    area = _area(user, asked.get("village", ""), asked.get("township", ""))
    rows, narrowed = _filtered(request, area)
    every = columns()
    order, descending, _word = asked_sort(request, every, "key")
    drawn = seen.households(user).select_related("hamlet__place__parent").defer(*_UNDRAWN)
    keyset = Keyset(rows, order, descending, drawn=drawn)
    path = area.path if area is not None else ""
    tallies = ask(
        user,
        lambda u, at: seen.tallies(u).filter(places.under(at.path, "hamlet__place__path")).order_by().values_list(*_SUMMED),
        path=path,
    )  # fmt: skip
    sums = {name: sum(row[i] or 0 for row in tallies) for i, name in enumerate(_SUMMED)}
    totals = {
        "registered": sums["people_registered"],
        "resident": sums["people_resident"],
        "festival": sums["people_festival"],
    }
    total = sums["houses"]
    if narrowed:
        total, totals = counted(rows, every)
    where = area.name if area is not None else user.scope.name
    if asked.get("as") in sheet.FORMATS:
        if asked["as"] == "xlsx" and total > MOST_IN_XLSX:
            messages.error(request, _("一张表最多导出 %d 户；先选一个乡镇，或者改导 CSV。") % MOST_IN_XLSX)
            return redirect(request.path + "?" + _without(request, "as"))
        return export(request, "户", every, keyset)
    shown = table(
        request, every, keyset, total=total, totals=totals, href=lambda r: reverse("household", args=[r.key]),
        label=_("户表"),
    )  # fmt: skip
    return render(
        request,
        "site/households.html",
        {
            "table": shown, "sums": sums, "total": total, "where": where, "area": area, "narrowed": narrowed,
            "unasked": sums["houses"] - sums["asked"], "toilet_unknown": sums["houses"] - sums["toilet_known"],
            "towns": ask(
                user, lambda u, _at: seen.places(u).filter(level="township").order_by("code").values_list("code", "name")
            ),
            "villages": list(
                seen.places(user).filter(level="village", parent__code=asked["township"]).order_by("code").values_list("code", "name")
            ) if asked.get("township") else [],
            "toilets": [*((t, _(t)) for t in TOILETS), ("-", _("没有查"))],
            "connections": [*((c, _(c)) for c in CONNECTIONS), ("-", _("没有查"))],
            "yes_no": [("1", _("是")), ("0", _("否")), ("-", _("没有查"))],
        },
    )  # fmt: skip


_SUMMED = (
    "houses", "people_registered", "people_resident", "people_festival", "connected", "to_connect", "asked", "toilet_known",
)  # fmt: skip


def _area(user: Any, village: str, township: str) -> Any:
    """The place that the address names; 404 when this person does not see it, None when it names none."""
    code = village or township
    if not code:
        return None
    found = seen.places(user).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _filtered(request: HttpRequest, area: Any) -> tuple[QuerySet[HouseholdRecord], bool]:
    """Households by the filters in the address; whether any but the place is set."""
    asked = request.GET
    rows = seen.households(request.user)
    if area is not None:
        rows = rows.filter(places.under(area.path, "hamlet__place__path"))
    said = Q()
    for name in ("toilet", "connected", "ditch", "income_class"):
        if value := asked.get(name, ""):
            said &= Q(**{name: "" if value == "-" else value})
    for name in ("separated", "rain_separated"):
        if (value := asked.get(name, "")) in ("0", "1", "-"):
            said &= Q(**{name: {"0": False, "1": True, "-": None}[value]})
    if text := asked.get("q", "").strip():
        said &= (
            Q(key__startswith=text)
            if text.isdigit() and len(text) > 5
            else Q(door__contains=text) | Q(hamlet__name__contains=text)
        )
    return rows.filter(said), bool(said)


def _without(request: HttpRequest, key: str) -> str:
    asked = request.GET.copy()
    asked.pop(key, None)
    return asked.urlencode()


def _house(user: Any, key: str) -> HouseholdRecord:
    found = seen.households(user).select_related("hamlet__place__parent__parent").filter(key=key).first()
    if found is None:
        raise Http404
    return found


@login_required
def household(request: HttpRequest, key: str) -> HttpResponse:
    """One household, and the form that changes it for those who may."""
    house = _house(request.user, key)
    may = rights.may(request.user, "edit_register", path=house.hamlet.place.path)
    faults: list[Fault] = judge_household({f.name: getattr(house, f.name) for f in HOUSEHOLD_FIELDS})
    typed = None
    if request.method == "POST":
        values, faults, typed = form.read(request, HOUSEHOLD_FIELDS)
        if not faults:
            try:
                done = actions.edit_household(
                    house, values, by=request.user, because=request.POST.get("because", "")
                )
            except actions.Refused as refused:
                faults = refused.faults
            else:
                messages.success(request, _("改好了，可以在下面撤销。") if done else _("没有改动。"))
                return redirect("household", house.key)
    deeds = list(trail_of(Ref("household", house.key), 12))
    return render(
        request,
        "site/household.html",
        {
            "h": house, "village": house.hamlet.place.parent, "connected": _connected(house), "may_edit": may,
            "fields": form.asked_of(HOUSEHOLD_FIELDS, vars(house), faults, typed),
            "shown": form.told(HOUSEHOLD_FIELDS, house),
            "changes": told_changes(deeds, form.words_of(HOUSEHOLD_FIELDS), may),
            "mode": mode_word(house.mode) if house.mode else "",
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


@login_required
@require_POST
def undo_household(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    house = _house(request.user, key)
    try:
        done = actions.undo_edit(house, pk, by=request.user)
    except ValueError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已经改回去了。") if done else _("没有可以撤销的。"))
    return redirect("household", house.key)
