"""厂家接入: vendors' platforms, what their devices mean, how the last exchange went."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.quantity import QUANTITIES
from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.readings import device_queries as queries
from qingxi_office.readings.actions import vendors as actions
from qingxi_office.readings.actions.mqtt import MOST_HELD
from qingxi_office.readings.models import VendorCloud, VendorPoint, VendorSamples
from qingxi_office.readings.vendor_pull import NotPulled, pull

from . import seen
from .quantity_words import QUANTITY_WORDS

MOST_SHOWN = 50
_TEXTS = {"name": 60, "url": 400, "header": 60, "rows_path": 120, "device_path": 120, "at_path": 120, "secret": 300,
          "mqtt_host": 120, "mqtt_ca": 20_000, "mqtt_user": 120, "mqtt_secret": 300, "mqtt_topic": 200}  # fmt: skip


@login_required
def clouds(request: HttpRequest) -> HttpResponse:
    """Every vendor's platform; the form for a new one."""
    if not queries.sees_lines(request.user):
        raise Http404
    typed: Any = None
    if request.method == "POST":
        rights.check(request.user, "set_vendor")
        typed = request.POST
        try:
            row = actions.keep_cloud(None, _values(typed), by=request.user)
        except ValueError as error:
            messages.error(request, _("没有存：%s") % error)
        else:
            messages.success(request, _("%s 已登记，接着写它的设备各是什么。") % row.name)
            return redirect("vendor_cloud", row.pk)
    rows = [
        {"row": row, "points": row.n, "state": _state(row), "ways": _ways(row)}
        for row in VendorCloud.objects.select_related("token").annotate(n=Count("points"))
    ]
    return render(
        request, "site/vendor_clouds.html",
        {
            "rows": rows, "answer": _answer(rows), "may": rights.may(request.user, "set_vendor"),
            "new": request.GET.get("cloud") == "new" or typed is not None, "uses": actions.USES,
            "typed": typed or {"use": actions.USES[0], "enabled": "1", "header": "Authorization", "device_path": "device", "at_path": "at", "mqtt_port": 8883, "mqtt_tls": "1", "mqtt_device_level": 0},
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


@login_required
def cloud(request: HttpRequest, pk: int) -> HttpResponse:
    """One platform: its devices, its settings, its token, its last faults."""
    row = (
        VendorCloud.objects.select_related("token").filter(pk=pk).first()
        if queries.sees_lines(request.user)
        else None
    )
    if row is None:
        raise Http404
    typed: Any = None
    secret = ""
    if request.method == "POST":
        rights.check(request.user, "set_vendor")
        typed = request.POST
        try:
            secret = _do(request, row)
        except ValueError as error:
            messages.error(request, _("没有存：%s") % error)
            row = VendorCloud.objects.select_related("token").get(pk=pk)
        else:
            if not secret:
                return redirect("vendor_cloud", pk)
    points = [
        {
            "row": p,
            "quantity": QUANTITY_WORDS[p.quantity],
            "unit": QUANTITIES[p.quantity].unit.removesuffix("/d") if p.total else QUANTITIES[p.quantity].unit,
        }
        for p in row.points.select_related("facility").order_by("number", "quantity")
    ]
    kept = typed if typed is not None and typed.get("do") == "keep" else _shown(row)
    may, broken = rights.may(request.user, "set_vendor"), queries.broken_totals(row)
    return render(
        request, "site/vendor_cloud.html",
        {
            "row": row, "points": points, "breaks": _breaks(broken), "unread": _unread(broken), "held": queries.held_of(row), "most_held": MOST_HELD, "state": _state(row), "ways": _ways(row), "answer": _cloud_answer(row, len(points)),
            "may": may, "typed": kept, "point": typed if typed is not None and typed.get("do") == "point" else {},
            "uses": actions.USES, "secret": secret, "push": request.build_absolute_uri("/api/v1/vendor/readings"),
            "quantities": [(q.code, QUANTITY_WORDS[q.code], q.unit) for q in QUANTITIES.values() if q.code != "clock_offset"],
            "facilities": list(seen.facilities(request.user).order_by("key").values_list("key", "name")[:4000]) if may else [],
        },
        status=400 if typed is not None and not secret else 200,
    )  # fmt: skip


def break_words() -> dict[str, str]:
    """What became of a running total, as pages say it."""
    return {
        "reset": _("归了零，或换了新表"),
        "fell": _("变小了：换表、倒走或改过数"),
        "leapt": _("跳了一大截：换表或错数"),
        "replaced": _("换了设备号"),
    }


def _breaks(broken: list[VendorSamples]) -> list[dict[str, Any]]:
    """Where running totals do not go on, the newest first."""
    words = break_words()
    return [
        {
            "facility": told.facility, "quantity": QUANTITY_WORDS[told.quantity], "day": told.day, "time": time[:5],
            "what": words.get(code, code), "before": before, "after": after,
        }
        for told in broken
        for time, code, before, after, *_ in reversed(told.breaks)
        if code != "gap"
    ][:MOST_SHOWN]  # fmt: skip


def _unread(broken: list[VendorSamples]) -> list[dict[str, Any]]:
    """Times of which only the two ends of a running total are known: what was counted there belongs to no day."""
    return [
        {
            "facility": told.facility, "quantity": QUANTITY_WORDS[told.quantity], "since": dt.datetime.fromisoformat(since[0]),
            "until": f"{told.day:%Y-%m-%d} {time[:5]}", "before": before, "after": after,
            "amount": after - before if after >= before else None, "unit": QUANTITIES[told.quantity].unit.removesuffix("/d").replace("m3", "m³"),
        }
        for told in broken
        for time, code, before, after, *since in reversed(told.breaks)
        if code == "gap"
    ][:MOST_SHOWN]  # fmt: skip


def _do(request: HttpRequest, row: VendorCloud) -> str:
    """What the form asks; gives the secret of a new token, which is shown once. Raises ValueError with what is wrong."""
    said, user = request.POST, request.user
    what = said.get("do")
    if what == "keep":
        actions.keep_cloud(row, _values(said), by=user)
        messages.success(request, _("已存。"))
    elif what == "token":
        return actions.new_token(row, by=user)
    elif what == "point":
        facility = (
            seen.facilities(user).select_related("place").filter(key=said.get("facility", "").strip()).first()
        )
        if facility is None:
            raise ValueError(_("选一座有登记的设施"))
        try:
            factor = float(said.get("factor", "").strip() or 1)
        except ValueError:
            raise ValueError(_("换算系数要是数字")) from None
        values = {name: said.get(name, "").strip() for name in ("number", "field", "quantity")}
        actions.keep_point(row, facility, {**values, "factor": factor, "total": said.get("total") == "1"}, by=user)
        messages.success(request, _("%s 对应上了。") % values["number"])
    elif what == "remove":
        number = said.get("point", "")
        point = (
            VendorPoint.objects.select_related("facility__place", "cloud").filter(cloud=row, pk=number).first()
            if number.isdigit() and len(number) < 19
            else None
        )
        if point is not None:
            actions.remove_point(point, by=user)
            messages.success(request, _("去掉了；它说过的数还在。"))
    elif what == "pull" and row.url:
        try:
            counts, faults = pull(row, by=user)
        except NotPulled as error:
            messages.error(request, _("没有取到：%s") % error)
        else:
            messages.success(
                request, _("取到了：新 %(new)d 个数，毛病 %(faults)d 处。") % {"new": counts.new, "faults": faults}
            )
    return ""


def _values(said: Any) -> dict[str, Any]:
    texts: dict[str, Any] = {name: said.get(name, "").strip()[:most] for name, most in _TEXTS.items()}
    for name, word in (("mqtt_port", _("MQTT 端口")), ("mqtt_device_level", _("设备号在主题的第几级"))):
        text = said.get(name, "").strip()
        if text and not (text.isdigit() and len(text) < 6):
            raise ValueError(_("%s要是整数") % word)
        if text:
            texts[name] = int(text)
    return texts | {
        "mqtt_tls": said.get("mqtt_tls") == "1", "use": said.get("use", ""), "enabled": said.get("enabled") == "1", "whole_days": said.get("whole_days") == "1",
    }  # fmt: skip


def _shown(row: VendorCloud) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*_TEXTS, "use", "mqtt_port", "mqtt_device_level") if name not in ("secret", "mqtt_secret")} | {
        "enabled": "1" if row.enabled else "", "whole_days": "1" if row.whole_days else "", "mqtt_tls": "1" if row.mqtt_tls else "",
    }  # fmt: skip


def _ways(row: VendorCloud) -> str:
    ways = [_("来取")] if row.url else []
    if row.token is not None and row.token.revoked_at is None:
        ways.append(_("推送"))
    if row.mqtt_host:
        ways.append("MQTT")
    return "、".join(ways) or _("只用表格")


def _state(row: VendorCloud) -> State:
    if not row.enabled:
        return State("plain", _("停着"), "player-pause")
    if row.failing_since is not None:
        return State("bad", _("取不到"))
    if row.last_at is None:
        return State("unknown", _("还没有来过数"))
    if row.last_counts.get("faults"):
        return State("watch", _("有毛病 %d 处") % row.last_counts["faults"])
    return State("good", _("正常"))


def _answer(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return _("还没有登记厂家平台，厂家的数可以用表格在“导入”里收。")
    failing = [r["row"].name for r in rows if r["row"].enabled and r["row"].failing_since]
    faulty = sum(bool(r["row"].last_counts.get("faults")) for r in rows if r["row"].enabled)
    if failing:
        return _("%s取不到数，通了以后从断的地方接着取。") % "、".join(failing[:3])
    if faulty:
        return _("%(n)d 家厂家平台，%(m)d 家最近一次送的数里有毛病。") % {"n": len(rows), "m": faulty}
    return _("%d 家厂家平台，最近一次都没有毛病。") % len(rows)


def _cloud_answer(row: VendorCloud, points: int) -> str:
    if not points:
        return _("%s的设备还没有对应到设施，它的数还收不进来。") % row.name
    if row.failing_since is not None:
        return _("%(name)s取不到数：%(why)s") % {"name": row.name, "why": row.last_said}
    if row.last_at is None:
        return _("%(name)s对应了 %(n)d 个量，还没有来过数。") % {"name": row.name, "n": points}
    told = row.last_counts
    return _("%(name)s最近一次送来 %(items)d 条，收下 %(good)d 条，毛病 %(faults)d 处。") % {
        "name": row.name, "items": told.get("items", 0), "good": told.get("good", 0), "faults": told.get("faults", 0),
    }  # fmt: skip
