"""The file of one facility (一站一档): its fields, state, events, costs, codes; each change a deed that can be told and undone."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.facility import FACILITY_FIELDS, STATUS_FOLLOWS, STATUS_WORDS, FaultClass, judge_facility
from qingxi.origin import Fault
from qingxi_office.design.parts import State
from qingxi_office.facilities import actions
from qingxi_office.facilities.models import FacilityCost, FacilityEvent, FacilityRecord
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import form, seen
from .facilities import get_facility
from .point import same_point, settle_point
from .snapshots import field_words
from .tally import standings

_FLEN = 100


def status_chip(status: str) -> State:
    return {
        "in_use": State("good", _("在用")), "trial": State("info", _("试运行")), "stopped": State("bad", _("停运"), "ban"),
        "joined": State("plain", _("已并网")), "scrapped": State("plain", _("报废"), "trash"),
    }[status]  # type: ignore[return-value]  # fmt: skip


@login_required
def file(request: HttpRequest, key: str) -> HttpResponse:
    f = get_facility(request.user, key)
    user, today = request.user, clock.today()
    may = rights.may(user, "edit_register", path=f.place.path)
    faults: list[Fault] = judge_facility({x.name: getattr(f, x.name) for x in FACILITY_FIELDS})
    typed, question = None, None
    if request.method == "POST":
        rights.check(user, "edit_register", path=f.place.path)
        values, faults, typed = form.read(request, FACILITY_FIELDS)
        if not faults:
            village = f.place if f.place.level == "village" else None
            question = None if same_point(values, f) else settle_point(request, values, village)
            if question is None:
                try:
                    done = actions.edit_facility(f, values, by=user, reason=request.POST.get("reason", ""))
                except actions.Refused as refused:
                    faults = refused.faults
                else:
                    messages.success(request, _("改好了，可以在下面撤销。") if done else _("没有改动。"))
                    return redirect("facility_file", f.key)
    events = list(seen.events(user).filter(facility=f)[:60])
    costs = list(seen.costs(user).filter(facility=f))
    return render(
        request,
        "site/facility_file.html",
        {
            "f": f, "today": today, "chip": status_chip(f.status), "standing": standings(user, [f])[f.pk], "may_edit": may,
            "may_scrap": rights.may(user, "scrap_facility", path=f.place.path), "may_reissue": rights.may(user, "reissue_code", path=f.place.path),
            "fields": form.asked_of(FACILITY_FIELDS, vars(f), faults, typed), "question": question,
            "shown": form.told(FACILITY_FIELDS, f),
            "follows": [(s, _(STATUS_WORDS[s])) for s in STATUS_FOLLOWS[f.status] if s != "scrapped"],
            "can_scrap": "scrapped" in STATUS_FOLLOWS[f.status], "fault_classes": [c.value for c in FaultClass],
            "events": _told(events, may), "costs": costs, "cost_years": _by_year(costs), "cost_kinds": FacilityCost.Kind.choices,
            "codes": list(seen.codes(user).filter(facility=f)), "answer": _answer(f, events, costs),
            "dischargers": list(seen.dischargers(user).filter(facility=f, closed_on=None)),
            "outlets": list(seen.outlets(user).filter(facility=f, closed_on=None)),
            "points": list(seen.sampling_points(user).filter(facility=f, closed_on=None)),
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


def _answer(f: FacilityRecord, events: list[FacilityEvent], costs: list[FacilityCost]) -> str:
    """State, since when and why; what the last full year cost."""
    word = _(STATUS_WORDS[f.status])
    last = next((e for e in events if "status" in e.new and not e.undone_at), None)
    first = _("%(name)s%(word)s") % {"name": f.name, "word": word}
    if last is not None and last.new["status"] == f.status:
        first = _("%(name)s从 %(day)s 起%(word)s：%(why)s") % {
            "name": f.name, "day": last.on.isoformat(), "word": word, "why": last.reason.rstrip("。"),
        }  # fmt: skip
    elif f.commissioned:
        first = _("%(name)s%(word)s，%(day)s 投运") % {
            "name": f.name,
            "word": word,
            "day": f.commissioned.isoformat(),
        }
    years = sorted({c.year for c in costs if c.kind != FacilityCost.Kind.BUILD}, reverse=True)
    if not years:
        return first + _("；") + _("没有记过运行费用。")
    total = sum(c.amount_fen for c in costs if c.year == years[0] and c.kind != FacilityCost.Kind.BUILD)
    return (
        first + _("；") + _("%(year)d 年运行花了 %(wan)s 万元。") % {"year": years[0], "wan": f"{total / 1e6:,.2f}"}
    )


def _told(events: list[FacilityEvent], may: bool) -> list[dict[str, Any]]:
    """Events in words; the newest deed on a field can be undone."""
    words, touched, out = field_words() | {"status": _("状态"), "commissioned": _("投运日期")}, set(), []
    for e in events:
        parts = [(words[k], _value(k, e.old.get(k)), _value(k, v)) for k, v in e.new.items() if k in words]
        fresh = bool(e.old) and not e.undone_at and not touched & set(e.new) and e.kind not in ("sign", "scrapped")
        touched |= set(e.new)
        out.append({"e": e, "word": e.get_kind_display(), "parts": parts, "may_undo": may and fresh})
    return out


def _value(name: str, value: Any) -> str:
    return _(STATUS_WORDS[value]) if name == "status" and value in STATUS_WORDS else form.text_of(value)


def _by_year(costs: list[FacilityCost]) -> list[tuple[int, list[FacilityCost], int]]:
    years: dict[int, list[FacilityCost]] = defaultdict(list)
    for c in costs:
        years[c.year].append(c)
    return [(year, own, sum(c.amount_fen for c in own)) for year, own in sorted(years.items(), reverse=True)]


@login_required
@require_POST
def deed(request: HttpRequest, key: str, what: str) -> HttpResponse:
    """One change beside the fields: ``status``, ``scrap``, ``event``, ``cost``, ``code``, ``undo``."""
    f = get_facility(request.user, key)
    does = _DEEDS.get(what)
    if does is None:
        raise Http404
    try:
        said = does(request, f)
    except ValueError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, said)
    return redirect("facility_file", f.key)


def _day(request: HttpRequest) -> dt.date:
    text = request.POST.get("on", "")
    try:
        day = dt.date.fromisoformat(text) if text else clock.today()
    except ValueError:
        raise ValueError(_("日期写成 2026-11-22")) from None
    if day > clock.today():
        raise ValueError(_("日期不能在今天以后"))
    return day


def _fen(text: str) -> int | None:
    """万元 typed to fen; None when nothing was typed."""
    if not text.strip():
        return None
    try:
        wan = float(text.replace(",", ""))
    except ValueError:
        raise ValueError(_("金额只写数字，单位万元")) from None
    if not 0 <= wan < 1e6:
        raise ValueError(_("金额不对，单位是万元"))
    return round(wan * 10_000 * _FLEN)


def _set_status(request: HttpRequest, f: FacilityRecord) -> str:
    p = request.POST
    actions.set_status(
        f, p.get("status", ""), by=request.user, on=_day(request), reason=p.get("reason", ""), fault_class=p.get("fault_class", ""),
        document=p.get("document", ""),
    )  # fmt: skip
    return _("状态改好了，可以撤销。")


def _scrap(request: HttpRequest, f: FacilityRecord) -> str:
    p = request.POST
    actions.scrap(
        f, by=request.user, on=_day(request), reason=p.get("reason", ""), document=p.get("document", ""), book_value_fen=_fen(p.get("book_value", ""))
    )  # fmt: skip
    return _("已报废。")


def _event(request: HttpRequest, f: FacilityRecord) -> str:
    p = request.POST
    actions.note_event(
        f, p.get("kind", ""), by=request.user, on=_day(request), reason=p.get("reason", ""), document=p.get("document", ""),
        fault_class=p.get("fault_class", ""),
    )  # fmt: skip
    return _("记下了。")


def _cost(request: HttpRequest, f: FacilityRecord) -> str:
    p = request.POST
    amount = _fen(p.get("amount", ""))
    if amount is None or not p.get("year", "").isdigit():
        raise ValueError(_("年份和金额都要填"))
    actions.add_cost(
        f, year=int(p["year"]), kind=p.get("kind", ""), amount_fen=amount, source=p.get("source", ""), document=p.get("document", ""), by=request.user
    )  # fmt: skip
    return _("记下了。")


def _code(request: HttpRequest, f: FacilityRecord) -> str:
    new = actions.reissue_code(f, by=request.user, why=request.POST.get("why", ""))
    return _("新码 %s；旧牌子扫出来会说已经作废。") % new.code


def _undo(request: HttpRequest, f: FacilityRecord) -> str:
    event = seen.events(request.user).filter(facility=f, pk=request.POST.get("event") or 0).first()
    if event is None:
        raise Http404
    actions.undo(event, by=request.user)
    return _("已经改回去了。")


_DEEDS: dict[str, Callable[[HttpRequest, FacilityRecord], str]] = {
    "status": _set_status, "scrap": _scrap, "event": _event, "cost": _cost, "code": _code, "undo": _undo,
}  # fmt: skip
