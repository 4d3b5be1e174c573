"""What flows in beside the households and where it flows out: dischargers, outlets, sampling points; lists and forms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi.facility import (
    DISCHARGER_FIELDS,
    OUTLET_FIELDS,
    SAMPLING_FIELDS,
    judge_discharger,
    judge_outlet,
    judge_point,
)
from qingxi.origin import Fault, Field, Ref
from qingxi_office.design.parts import State
from qingxi_office.facilities import actions
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.trail.queries import of as trail_of

from . import form, seen, sheet
from .changes import told_changes
from .point import same_point, settle_point
from .table import Column, Keyset, asked_sort, counted, export, table


@dataclass(frozen=True)
class What:
    """One of the three ledgers."""

    word: str
    icon: str
    rows: Callable[[Any], QuerySet[Any]]
    fields: Sequence[Field]
    judge: Callable[..., list[Fault]]
    keep: Callable[..., Any]
    columns: Callable[[], list[Column]]
    kind: str


def _chip(kind: Any, word: str) -> State:
    return State(kind, word)


def _permit(row: Any) -> State:
    return {
        "已办": _chip("good", _("已办")), "应办未办": _chip("watch", _("应办未办")), "不需办": _chip("plain", _("不需办")),
    }.get(row.permit, _chip("unknown", _("没有查")))  # fmt: skip


def _pretreatment(row: Any) -> State:
    if row.pretreatment == "无":
        return _chip("watch", _("没有"))
    return _chip("plain", row.pretreatment) if row.pretreatment else _chip("unknown", _("没有查"))


def _registered(row: Any) -> State:
    return {
        "已审批": _chip("good", _("已审批")), "已登记": _chip("good", _("已登记")), "未登记": _chip("watch", _("未登记")),
        "无需登记": _chip("plain", _("无需登记")),
    }.get(row.registered, _chip("unknown", _("没有查")))  # fmt: skip


def _common() -> list[Column]:
    return [
        Column(
            "town", _("乡镇"), lambda r: r.place.parent.name if r.place.parent else "", order="place__parent__code"
        ),
        Column("village", _("村"), lambda r: r.place.name, order="place__code"),
        Column("facility", _("接到"), lambda r: r.facility.name if r.facility else ""),
    ]


def _tail() -> list[Column]:
    return [
        Column("lon", _("经度"), lambda r: r.lon, num=True, decimals=6, shown=False),
        Column("lat", _("纬度"), lambda r: r.lat, num=True, decimals=6, shown=False),
        Column("closed", _("停用"), lambda r: r.closed_on, shown=False),
        Column("note", _("备注"), lambda r: r.note, say=True),
    ]


def _dischargers() -> list[Column]:
    return [
        Column("key", _("编号"), lambda r: r.key, order="key", quiet=True),
        Column("name", _("名称"), lambda r: r.name, order="name"),
        Column("kind", _("类别"), lambda r: r.kind, show=lambda r: r.get_kind_display(), order="kind"),
        *_common(),
        Column("flow", _("排水 m³/d"), lambda r: r.flow_m3_d, order="flow_m3_d", num=True, decimals=1, total="flow_m3_d"),
        Column("cod", _("COD mg/L"), lambda r: r.cod_mg_l, order="cod_mg_l", num=True, shown=False),
        Column("pretreatment", _("预处理"), lambda r: r.pretreatment, show=_pretreatment),
        Column("permit", _("排水许可"), lambda r: r.permit, show=_permit),
        Column("number", _("许可证号"), lambda r: r.permit_number, shown=False),
        Column("season", _("什么时候排"), lambda r: r.season),
        *_tail(),
    ]  # fmt: skip


def _outlets() -> list[Column]:
    return [
        Column("key", _("编号"), lambda r: r.key, order="key", quiet=True),
        Column("name", _("名称"), lambda r: r.name, order="name"),
        *_common(),
        Column("water", _("受纳水体"), lambda r: r.water, order="water"),
        Column("class", _("水功能类别"), lambda r: r.water_class),
        Column("registered", _("登记"), lambda r: r.registered, show=_registered, order="registered"),
        Column("number", _("登记号"), lambda r: r.number),
        Column("on", _("登记日期"), lambda r: r.registered_on),
        *_tail(),
    ]


def _points() -> list[Column]:
    return [
        Column("key", _("编号"), lambda r: r.key, order="key", quiet=True),
        Column("name", _("名称"), lambda r: r.name, order="name"),
        Column("kind", _("采什么"), lambda r: r.get_kind_display(), order="kind"),
        *_common(),
        Column("outlet", _("排口"), lambda r: r.outlet.name if r.outlet else ""),
        Column("every", _("多久一次"), lambda r: r.every),
        *_tail(),
    ]


def _whats() -> dict[str, What]:
    return {
        "discharger": What(
            _("排水户"), "soup", seen.dischargers, DISCHARGER_FIELDS, judge_discharger, actions.keep_discharger, _dischargers, "discharger"
        ),
        "outlet": What(_("排污口"), "arrow-bar-to-down", seen.outlets, OUTLET_FIELDS, judge_outlet, actions.keep_outlet, _outlets, "outlet"),
        "point": What(
            _("采样点"), "test-pipe", seen.sampling_points, SAMPLING_FIELDS, judge_point, actions.keep_sampling_point, _points, "sampling_point"
        ),
    }  # fmt: skip


def _what(name: str) -> What:
    found = _whats().get(name)
    if found is None:
        raise Http404
    return found


@login_required
def waters(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    if not seen.may_see(user, "discharger"):
        raise Http404
    name = asked.get("what", "discharger")
    what = _what(name)
    rows = what.rows(user)
    if asked.get("closed") != "1":
        rows = rows.filter(closed_on=None)
    if code := asked.get("village") or asked.get("township"):
        place = seen.places(user).filter(code=code).first()
        if place is None:
            raise Http404
        rows = rows.filter(places.under(place.path, "place__path"))
    for key in ("kind", "permit", "pretreatment", "registered"):
        if (value := asked.get(key, "")) and any(f.name == key for f in what.fields):
            rows = rows.filter(**{key: "" if value == "-" else value})
    if text := asked.get("q", "").strip():
        rows = rows.filter(Q(name__contains=text) | Q(key__startswith=text.upper()))
    every = what.columns()
    order, descending, _word = asked_sort(request, every, "key")
    keyset = Keyset(rows, order, descending)
    if asked.get("as") in sheet.FORMATS:
        return export(request, what.word, every, keyset)
    total, totals = counted(rows, every)
    return render(
        request,
        "site/waters.html",
        {
            "answer": _answer(user), "name": name, "what": what, "tabs": list(_whats().items()),
            "table": table(request, every, keyset, total=total, totals=totals, href=lambda r: reverse("water", args=[name, r.key]), label=what.word),
            "towns": list(seen.places(user).filter(level="township").order_by("code").values_list("code", "name")),
            "menus": [
                (f.name, _(f.word), [*((c, _(c)) for c in f.choices), ("-", _("没有查"))])
                for f in what.fields if f.name in ("kind", "permit", "pretreatment", "registered")
            ],
            "asked": asked, "may_edit": rights.may(user, "edit_register"),
        },
    )  # fmt: skip


def _answer(user: Any) -> str:
    """How many there are, and what is wrong with them: two queries."""
    here = seen.dischargers(user).filter(closed_on=None).order_by().aggregate(
        n=Count("pk"), flow=Sum("flow_m3_d"), bare=Count("pk", filter=Q(pretreatment="无")), unpermitted=Count("pk", filter=Q(permit="应办未办"))
    )  # fmt: skip
    out = seen.outlets(user).filter(closed_on=None).order_by().aggregate(
        n=Count("pk"), open=Count("pk", filter=~Q(registered__in=["已审批", "已登记", "无需登记"]))
    )  # fmt: skip
    if not here["n"] and not out["n"]:
        return _("还没有登记排水户和排污口。")
    return _(
        "%(n)d 个排水户一天排 %(flow)s m³，%(bare)d 个没有预处理，%(permit)d 个许可没办；%(m)d 个排污口，%(open)d 个没有登记。"
    ) % {
        "n": here["n"], "flow": f"{here['flow'] or 0:,.1f}", "bare": here["bare"], "permit": here["unpermitted"], "m": out["n"],
        "open": out["open"],
    }  # fmt: skip


@login_required
def new(request: HttpRequest, what: str) -> HttpResponse:
    known = _what(what)
    if not seen.may_see(request.user, known.kind if known.kind != "sampling_point" else "outlet"):
        raise Http404
    if not rights.may(request.user, "edit_register"):
        rights.check(request.user, "edit_register")
    return _form(request, what, known, None)


@login_required
def water(request: HttpRequest, what: str, key: str) -> HttpResponse:
    known = _what(what)
    row = known.rows(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    return _form(request, what, known, row)


def _form(request: HttpRequest, name: str, what: What, row: Any) -> HttpResponse:
    user = request.user
    may = rights.may(user, "edit_register", path=row.place.path if row else "")
    said: dict[str, str] = {"place": request.GET.get("village", ""), "facility": request.GET.get("facility", "")}
    if row is not None:
        said = {"place": row.place.code, "facility": row.facility.key if row.facility else ""}
    faults: list[Fault] = what.judge({f.name: getattr(row, f.name) for f in what.fields}) if row else []
    typed, question, lost = None, None, {}
    if request.method == "POST":
        if not may:
            raise PermissionDenied(_("可以改登记的是本辖区的县主管和乡镇专干"))
        values, faults, typed = form.read(request, what.fields)
        said = {k: request.POST.get(k, "").strip() for k in ("place", "facility")}
        place, facility, lost = _named(user, said)
        if not faults and not lost and place is not None:
            question = (
                None
                if same_point(values, row) and row.place_id == place.pk
                else settle_point(request, values, place)
            )
            if question is None:
                try:
                    kept = what.keep(
                        {**values, "place": place, "facility": facility, **_closing(request)}, by=user, row=row,
                        because=request.POST.get("because", ""),
                    )  # fmt: skip
                except actions.Refused as refused:
                    faults = refused.faults
                else:
                    messages.success(request, _("已保存。"))
                    return redirect("water", name, kept.key)
    words = form.words_of(what.fields) | {
        "place": _("村"),
        "facility": _("接到"),
        "closed_on": _("停用"),
    }
    return render(
        request,
        "site/water.html",
        {
            "row": row, "name": name, "what": what, "may_edit": may, "question": question, "lost": lost, "said": said,
            "fields": form.asked_of(what.fields, vars(row) if row else {}, faults, typed),
            "shown": form.told(what.fields, row) if row else [],
            "villages": list(seen.places(user).filter(level="village").order_by("code").values_list("code", "name", "parent__name")),
            "facilities": list(seen.facilities(user).order_by("key").values_list("key", "name")[:4000]),
            "changes": told_changes(list(trail_of(Ref(what.kind, row.key), 12)), words, False) if row else [],
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


def _named(user: Any, said: dict[str, str]) -> tuple[Any, Any, dict[str, str]]:
    """The village and the facility that the form names, and what of them this person cannot find."""
    lost = {}
    place = seen.places(user).filter(code=said["place"], level="village").first()
    if place is None:
        lost["place"] = _("选一个本辖区的村")
    facility = seen.facilities(user).filter(key=said["facility"]).first() if said["facility"] else None
    if said["facility"] and facility is None:
        lost["facility"] = _("没有这个编号的设施")
    return place, facility, lost


def _closing(request: HttpRequest) -> dict[str, Any]:
    from qingxi_office.trail import clock

    if "closed" not in request.POST:
        return {}
    return {"closed_on": clock.today() if request.POST["closed"] == "1" else None}
