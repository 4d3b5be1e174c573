"""隔离区: what could not be used and why, who calls without being registered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi_office.people import rights
from qingxi_office.readings import device_queries as queries
from qingxi_office.readings.actions import devices as actions
from qingxi_office.readings.device_words import BAD_FRAMES, READMITTED, WHY_WORDS

from . import seen, sheet
from .devices import sentence
from .raw_text import raw_text
from .table import Column, Listed, export

ASKED = ("facility", "every_min", "vendor", "st_allowed")
"""Fields of an admission, as the page asks for them."""


def _sees(request: HttpRequest) -> None:
    if not queries.sees_lines(request.user):
        raise Http404


def _time(ms: int) -> Any:
    return dt.datetime.fromtimestamp(ms / 1000, timezone.get_current_timezone())


@login_required
def quarantine(request: HttpRequest) -> HttpResponse:
    """Callers to admit, and what else is held back; ``?as=`` takes the list named by ``of`` away."""
    _sees(request)
    return _page(request)


def _page(request: HttpRequest, wrong: Mapping[str, str] | None = None) -> HttpResponse:
    """The page; with ``wrong`` (field to words) beside the caller whose admission was refused, what was typed still there."""
    user, asked = request.user, request.GET
    callers, held = queries.quarantine(user)
    known = dict(seen.devices(user).values_list("mn", "facility__name"))
    rows = _held_rows(held, known)
    if asked.get("as") in sheet.FORMATS:
        if asked.get("of") == "callers":
            return _taken_away(request, _("等着准入的设备"), _caller_columns(), callers)
        return _taken_away(request, _("被隔离的报文"), _held_columns(), rows)
    by_mn = dict(seen.facilities(user).exclude(mn="").values_list("mn", "key"))
    frames = []
    if asked.get("why") in WHY_WORDS:
        frames = [(_time(f.received_ms), f.peer, f.detail, raw_text(f.raw)) for f in queries.frames(user, asked.get("mn", ""), asked["why"])]  # fmt: skip
    strangers, registered = len(callers), sum(1 for r in rows if r["facility"])
    return render(
        request, "site/quarantine.html",
        {
            "answer": _answer(strangers, registered, sum(r["count"] for r in rows if r["bad"]), came=queries.anything_came()),
            "callers": [_asking(c, by_mn.get(c.candidate.mn, ""), request.POST, wrong or {}) for c in callers],
            "rows": rows, "frames": frames, "asked": asked,
            "why": WHY_WORDS.get(asked.get("why", "")), "may": rights.may(user, "admit_device"),
            "facilities": list(seen.facilities(user).order_by("key").values_list("key", "name")[:4000]) if callers else [],
        },
        status=400 if wrong else 200,
    )  # fmt: skip


def _asking(caller: queries.Caller, key: str, typed: Mapping[str, str], wrong: Mapping[str, str]) -> dict[str, Any]:
    """A caller with the fields of its form: what is guessed of it, or what was typed for it and why that was refused."""
    guessed = {"facility": key, "every_min": str(caller.every_min or ""), "vendor": "", "st_allowed": caller.st}
    mine = typed.get("mn") == caller.candidate.mn and bool(wrong)
    said = {name: typed.get(name, "") for name in ASKED} if mine else guessed
    return {"one": caller, "said": said, "wrong": wrong if mine else {}}


def _held_rows(held: Sequence[Any], known: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "mn": one.mn, "facility": known.get(one.mn, ""), "why": WHY_WORDS.get(one.why, one.why), "code": one.why, "count": one.count,
            "first": _time(one.first_ms), "last": _time(one.last_ms), "peer": one.peer, "detail": one.detail,
            "bad": one.why in BAD_FRAMES, "again": one.mn in known and one.why in READMITTED,
        }
        for one in held
    ]  # fmt: skip


def _taken_away(request: HttpRequest, name: str, columns: list[Column], rows: Sequence[Any]) -> HttpResponse:
    return export(request, name, columns, Listed(list(range(len(rows))), lambda at: {n: rows[n] for n in at}))


def _caller_columns() -> list[Column]:
    return [
        Column("mn", "MN", lambda c: c.candidate.mn, always=True),
        Column("st", "ST", lambda c: c.st),
        Column("frames", _("来过几包"), lambda c: c.candidate.frames, num=True),
        Column("every_min", _("间隔（分钟）"), lambda c: c.every_min or None, num=True),
        Column("first", _("头一次"), lambda c: c.candidate.first_at),
        Column("last", _("最后一次"), lambda c: c.candidate.last_at),
        Column("peer", _("从哪里来"), lambda c: c.candidate.peer),
    ]


def _held_columns() -> list[Column]:
    return [
        Column("mn", "MN", lambda r: r["mn"], always=True),
        Column("facility", _("设施"), lambda r: r["facility"]),
        Column("why", _("为什么"), lambda r: str(r["why"])),
        Column("detail", _("细节"), lambda r: r["detail"]),
        Column("count", _("个数"), lambda r: r["count"], num=True),
        Column("first", _("头一次"), lambda r: r["first"]),
        Column("last", _("最后一次"), lambda r: r["last"]),
        Column("peer", _("从哪里来"), lambda r: r["peer"]),
    ]


def _answer(strangers: int, registered: int, bad: int, *, came: bool) -> str:
    if not (strangers or registered or bad):
        if not came:
            return _("还没有设备来过数，隔离区是空的。")
        return _("隔离区是空的：来的报文都认得、都合规定。")
    parts = []
    if strangers:
        parts.append(_("%d 台没有登记的设备在来数，等着准入") % strangers)
    if registered:
        parts.append(_("%d 类报文来自已登记的设备") % registered)
    if bad:
        parts.append(_("坏包 %d 个") % bad)
    return sentence(parts)


@login_required
def quarantine_do(request: HttpRequest) -> HttpResponse:
    """Admit a caller to a facility, or take it off the list."""
    _sees(request)
    if request.method != "POST":  # a refused form stands at this address; who comes back to it sees the list
        return redirect("quarantine")
    user, said = request.user, request.POST
    rights.check(user, "admit_device")
    if said.get("do") == "readmit":
        row = seen.devices(user).select_related("facility__place").filter(mn=said.get("mn", "")).first()
        if row is None:
            raise Http404
        taken = actions.take_in_earlier(row, by=user)
        messages.success(request, _("补进了 %d 个报文；登记仍不准许的还留在这里。") % taken)
        return redirect("quarantine")
    caller = queries.caller(user, said.get("mn", ""))
    if caller is None:
        raise Http404
    mn = caller.candidate.mn
    if said.get("do") == "dismiss":
        actions.dismiss(mn, by=user)
        messages.success(request, _("移出了名单；它再来数还会出现。"))
        return redirect("quarantine")
    facility = seen.facilities(user).select_related("place").filter(key=said.get("facility", "").strip()).first()
    if facility is None:
        return _page(request, {"facility": _("没有准入 %s：选一座有登记的设施") % mn})
    every = said.get("every_min", "").strip()
    if every and not (every.isascii() and every.isdigit() and len(every) < 5 and int(every) <= 1440):
        return _page(request, {"every_min": _("间隔是 0 到 1440 的整数，不知道就空着")})
    values = {
        "password": caller.password, "every_min": int(every or 0),
        "vendor": said.get("vendor", "").strip()[:60], "st_allowed": said.get("st_allowed", "").strip()[:60],
        "cn_allowed": said.get("cn_allowed", "").strip()[:200],
    }  # fmt: skip
    try:
        row, taken = actions.admit(mn, facility, values, by=user)
    except ValueError as error:
        return _page(request, {"facility": _("没有准入 %(mn)s：%(why)s") % {"mn": mn, "why": error}})
    messages.success(request, _("%(mn)s 已准入，之前说的 %(n)d 个报文补进来了。") % {"mn": mn, "n": taken})
    return redirect("device", row.mn)
