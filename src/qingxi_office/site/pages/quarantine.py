"""隔离区和厂家: what could not be used and why, who calls without being registered, whose devices break the rules."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.people import rights
from qingxi_office.readings import device_queries as queries
from qingxi_office.readings.actions import devices as actions
from qingxi_office.readings.device_words import BAD_FRAMES, READMITTED, WHY_WORDS

from . import seen, sheet
from .devices import sentence, share_word
from .table import Column, Listed, export

_PW = re.compile(r"PW=[^;]*")


def _sees(request: HttpRequest) -> None:
    if not queries.sees_lines(request.user):
        raise Http404


def _time(ms: int) -> Any:
    return dt.datetime.fromtimestamp(ms / 1000, timezone.get_current_timezone())


@login_required
def quarantine(request: HttpRequest) -> HttpResponse:
    """Callers to admit, and what else is held back."""
    _sees(request)
    user, asked = request.user, request.GET
    callers, held = queries.quarantine(user)
    known = dict(seen.devices(user).values_list("mn", "facility__name"))
    by_mn = dict(seen.facilities(user).exclude(mn="").values_list("mn", "key"))
    rows = [
        {
            "mn": one.mn, "facility": known.get(one.mn, ""), "why": WHY_WORDS.get(one.why, one.why), "code": one.why, "count": one.count,
            "first": _time(one.first_ms), "last": _time(one.last_ms), "peer": one.peer, "detail": one.detail,
            "bad": one.why in BAD_FRAMES, "again": one.mn in known and one.why in READMITTED,
        }
        for one in held
    ]  # fmt: skip
    frames = []
    if asked.get("why") in WHY_WORDS:
        frames = [(_time(f.received_ms), f.peer, f.detail, _text(f.raw)) for f in queries.frames(user, asked.get("mn", ""), asked["why"])]  # fmt: skip
    strangers, registered = len(callers), sum(1 for r in rows if r["facility"])
    return render(
        request, "site/quarantine.html",
        {
            "answer": _answer(strangers, registered, sum(r["count"] for r in rows if r["bad"]), came=queries.anything_came()),
            "callers": [(c, by_mn.get(c.candidate.mn, "")) for c in callers], "rows": rows, "frames": frames, "asked": asked,
            "why": WHY_WORDS.get(asked.get("why", "")), "may": rights.may(user, "admit_device"),
            "facilities": list(seen.facilities(user).order_by("key").values_list("key", "name")[:4000]) if callers else [],
        },
    )  # fmt: skip


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


def _text(raw: bytes) -> str:
    """Bytes as a person reads them; the password that stands in them is not shown."""
    try:
        said = raw.decode("utf-8")
    except UnicodeDecodeError:
        said = raw.decode("gb18030", "backslashreplace")
    said = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in said)
    return _PW.sub("PW=••••", said)[:1200]


@login_required
@require_POST
def quarantine_do(request: HttpRequest) -> HttpResponse:
    """Admit a caller to a facility, or take it off the list."""
    _sees(request)
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
        messages.error(request, _("没有准入 %s：选一座有登记的设施") % mn)
        return redirect("quarantine")
    every = said.get("every_min", "").strip()
    values = {
        "password": caller.password, "every_min": int(every) if every.isdigit() and int(every) <= 1440 else 0,
        "vendor": said.get("vendor", "").strip()[:60], "st_allowed": said.get("st_allowed", "").strip()[:60],
        "cn_allowed": said.get("cn_allowed", "").strip()[:200],
    }  # fmt: skip
    try:
        row, taken = actions.admit(mn, facility, values, by=user)
    except ValueError as error:
        messages.error(request, _("没有准入 %(mn)s：%(why)s") % {"mn": mn, "why": error})
        return redirect("quarantine")
    messages.success(request, _("%(mn)s 已准入，之前说的 %(n)d 个报文补进来了。") % {"mn": mn, "n": taken})
    return redirect("device", row.mn)


@login_required
def vendors(request: HttpRequest) -> HttpResponse:
    """Bad packets and coverage by vendor: whom to ask to put what right."""
    _sees(request)
    by_vendor: dict[str, list[queries.FleetRow]] = {}
    for row in queries.fleet(request.user):
        by_vendor.setdefault(row.vendor, []).append(row)
    rows = []
    for name, fleet in by_vendor.items():
        bad: Counter[str] = Counter()
        for row in fleet:
            bad.update(row.bad)
        frames = sum(bad[why] for why in BAD_FRAMES)
        packets = sum(row.packets for row in fleet)
        shares = [row.share for row in fleet if row.share is not None]
        worst = bad.most_common(1)
        rows.append(
            {
                "name": name, "devices": len(fleet), "live": sum(row.state == "live" for row in fleet),
                "silent": sum(row.state in ("silent", "held") for row in fleet),
                "share": share_word(sum(shares) / len(shares)) if shares else "–", "packets": packets, "bad": frames,
                "rate": frames / (packets + frames) if packets + frames else None, "refused": sum(bad.values()) - frames,
                "clock": sum(row.offset_s is not None and abs(row.offset_s) > 600 for row in fleet),
                "worst": f"{WHY_WORDS.get(worst[0][0], worst[0][0])}（{worst[0][1]}）" if worst else "",
            }
        )  # fmt: skip
    rows.sort(key=lambda r: (-(r["rate"] or 0), r["name"]))
    if request.GET.get("as") in sheet.FORMATS:
        return export(
            request,
            _("厂家"),
            _vendor_columns(),
            Listed(list(range(len(rows))), lambda at: {n: rows[n] for n in at}),
        )
    return render(request, "site/vendors.html", {"rows": rows, "answer": _vendor_answer(rows)})


def _vendor_columns() -> list[Column]:
    """What the page shows, for the file that is sent to the vendors."""
    return [
        Column("name", _("厂家"), lambda r: r["name"] or _("没有写厂家的"), always=True),
        Column("devices", _("设备"), lambda r: r["devices"], num=True),
        Column("live", _("在线"), lambda r: r["live"], num=True),
        Column("silent", _("没有声息"), lambda r: r["silent"], num=True),
        Column("share", _("30 天覆盖"), lambda r: r["share"], num=True),
        Column("packets", _("收下的包"), lambda r: r["packets"], num=True),
        Column("bad", _("坏包"), lambda r: r["bad"], num=True),
        Column("rate", _("坏包占比"), lambda r: r["rate"], num=True, decimals=4),
        Column("refused", _("没放进来的"), lambda r: r["refused"], num=True),
        Column("clock", _("时钟不准"), lambda r: r["clock"], num=True),
        Column("worst", _("最多的毛病"), lambda r: r["worst"]),
    ]


def _vendor_answer(rows: list[dict[str, Any]]) -> str:
    named = [r for r in rows if r["name"]]
    if not rows:
        return _("还没有登记联网设备，厂家无从比起。")
    if not named:
        return _("设备都没有写厂家，写上以后这里能比坏包和覆盖。")
    worst = max(named, key=lambda r: r["rate"] or 0)
    if not worst["rate"]:
        return _("%d 家厂家的设备近 30 天都没有坏包。") % len(named)
    return _("%(n)d 家厂家，坏包最多的是%(name)s：每万包 %(rate).1f 个。") % {
        "n": len(named), "name": worst["name"], "rate": worst["rate"] * 10_000,
    }  # fmt: skip
