"""联网设备: which lines speak, which do not, and what one device's line looks like from near."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.origin import Ref
from qingxi.wire.hj212 import Oddity
from qingxi_office.approvals.actions import SecondNeeded
from qingxi_office.design.parts import State
from qingxi_office.people import rights
from qingxi_office.readings import device_queries as queries
from qingxi_office.readings.actions import devices as actions
from qingxi_office.readings.actions.corrected import told_of
from qingxi_office.readings.device_words import (
    DEVICE_FIELDS,
    EVENT_WORDS,
    GAP_WORDS,
    KIND_WORDS,
    ORDER_WORDS,
    ORDERS,
    POINTS,
    WHY_WORDS,
)
from qingxi_office.readings.models import Device
from qingxi_office.trail.queries import of as trail_of
from qingxi_office.trail.words import DEEDS

from . import form, seen, sheet
from .approvals import before_second
from .changes import told_changes
from .table import Column, Listed, export, table


def state_of(name: str) -> State:
    """A line's state as it is shown."""
    return {
        "live": State("good", _("在线")),
        "late": State("watch", _("迟到")),
        "silent": State("bad", _("没有声息")),
        "held": State("bad", _("报文被隔离"), "shield-x"),
        "off": State("unknown", _("停用")),
    }[name]


def share_word(share: float | None) -> str:
    """A coverage as a percentage that never rounds up to all of it."""
    if share is None:
        return "–"
    return f"{min(share, 0.999 if share < 1 else 1) * 100:.1f} %"


def offset_word(seconds: float | None) -> str:
    """How far a clock is off: seconds under two minutes, minutes above."""
    if seconds is None:
        return "–"
    if abs(seconds) < 1:
        return _("准")
    size = f"{abs(seconds):.0f} s" if abs(seconds) < 120 else f"{abs(seconds) / 60:.0f} min"
    return _("快 %s") % size if seconds > 0 else _("慢 %s") % size


def _columns() -> list[Column]:
    return [
        Column("mn", "MN", lambda r: r.mn, order="mn", always=True),
        Column("state", _("现状"), lambda r: state_of(r.state).word, show=lambda r: state_of(r.state), order="state"),
        Column("facility", _("设施"), lambda r: r.facility, order="facility_key"),
        Column("village", _("村"), lambda r: r.village),
        Column("vendor", _("厂家"), lambda r: r.vendor, order="vendor"),
        Column("last", _("最后一次"), lambda r: r.last, show=_last, order="last", num=True),
        Column("share", _("30 天覆盖"), lambda r: r.share, show=lambda r: share_word(r.share), order="share", num=True),
        Column("open", _("缺着的时段"), lambda r: r.open, order="open", num=True),
        Column("offset", _("时钟"), lambda r: r.offset_s, show=lambda r: offset_word(r.offset_s), order="offset_s", num=True),
        Column("bad", _("坏包"), lambda r: r.bad_frames, order="bad_frames", num=True),
        Column("refused", _("没放进来的"), lambda r: r.refused, order="refused", num=True, shown=False),
        Column("packets", _("收下的包"), lambda r: r.packets, order="packets", num=True, shown=False),
        Column("cloud", _("在厂家平台后面"), lambda r: r.behind_cloud, shown=False),
    ]  # fmt: skip


def _last(row: queries.FleetRow) -> str:
    return f"{timezone.localtime(row.last):%m-%d %H:%M}" if row.last else _("从来没有")


@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """The fleet by state."""
    user, asked = request.user, request.GET
    every = queries.fleet(user)
    counts = Counter(row.state for row in every)
    rows = [row for row in every if asked.get("state", "") in ("", row.state)]
    if asked.get("vendor"):
        rows = [row for row in rows if row.vendor == ("" if asked["vendor"] == "-" else asked["vendor"])]
    if text := asked.get("q", "").strip().lower():
        rows = [
            r for r in rows if text in r.mn.lower() or text in r.facility.lower() or text in r.facility_key.lower()
        ]
    columns = _columns()
    _sorted(rows, asked.get("sort", ""), columns)
    held = {row.pk: row for row in rows}
    source = Listed([row.pk for row in rows], lambda pks: {pk: held[pk] for pk in pks})
    if asked.get("as") in sheet.FORMATS:
        return export(request, _("联网设备"), columns, source)
    return render(
        request, "site/devices.html",
        {
            "table": table(
                request, columns, source, total=len(rows), href=lambda r: reverse("device", args=[r.mn]), label=_("联网设备"),
            ),
            "answer": _fleet_answer(every, counts), "total": len(every),
            "chips": [(name, state_of(name), counts[name]) for name in queries.STATES if counts[name]],
            "vendors": sorted({row.vendor for row in every if row.vendor}), "sees_lines": queries.sees_lines(user),
        },
    )  # fmt: skip


def _sorted(rows: list[queries.FleetRow], word: str, columns: Sequence[Column]) -> None:
    """In place: the gravest first, or by the column asked for; what is not known stands last."""
    known = {c.key: c.order for c in columns if c.order}
    name = known.get(word.removeprefix("-"), "")
    if not name or name == "state":
        rows.sort(key=lambda r: queries.STATES.index(r.state), reverse=word.startswith("-"))
        return
    there = [row for row in rows if getattr(row, name) not in (None, "")]
    there.sort(key=lambda r: getattr(r, name), reverse=word.startswith("-"))
    rows[:] = there + [row for row in rows if getattr(row, name) in (None, "")]


def _fleet_answer(rows: Sequence[queries.FleetRow], counts: Mapping[str, int]) -> str:
    if not rows:
        return _("还没有登记联网设备。")
    working = sum(n for name, n in counts.items() if name != "off")
    said = [_("%(n)d 台设备，%(live)d 台在线") % {"n": working, "live": counts["live"]}]
    for name, word in (("late", _("%d 台迟到")), ("silent", _("%d 台没有声息")), ("held", _("%d 台的报文被隔离"))):
        if counts[name]:
            said.append(word % counts[name])
    shares = [row.share for row in rows if row.share is not None and row.state != "off"]
    if shares:
        said.append(_("30 天平均覆盖 %s") % share_word(sum(shares) / len(shares)))
    return sentence(said)


def sentence(parts: Sequence[str]) -> str:
    """Clauses as one sentence in the reader's language."""
    return _("；").join(parts) + _("。")


def device_seen(user: Any, mn: str) -> Device:
    """A device that this person sees; others meet 404."""
    row = seen.devices(user).select_related("facility__place").filter(mn=mn).first()
    if row is None:
        raise Http404
    return row


@login_required
def device(request: HttpRequest, mn: str) -> HttpResponse:
    """One device: its line, its gaps, its commands, its record."""
    user = request.user
    row = device_seen(user, mn)
    path = row.facility.place.path
    may_edit, may_order = (rights.may(user, deed, path=path) for deed in ("edit_device", "command_device"))
    typed, faults = None, []
    if request.method == "POST":
        rights.check(user, "edit_device", path=path)
        values, faults, typed = form.read(request, DEVICE_FIELDS)
        if not faults:
            try:
                actions.keep_device(row, values, by=user, because=request.POST.get("because", "").strip()[:200])
            except ValueError as error:
                messages.error(request, _("没有存：%s") % error)
            else:
                messages.success(request, _("已保存，接收端一秒内照办。"))
                return redirect("device", row.mn)
    view = queries.line_of(row)
    return render(
        request, "site/device.html",
        {
            "last_day": _last_day(view), "d": row, "view": view, "answer": _answer(row, view), "may_edit": may_edit, "may_order": may_order,
            "state": _standing(row, view), "covers": [_cover(c) for c in view.covers], "gaps": _gaps(view),
            "fields": form.asked_of(DEVICE_FIELDS, _shown(row), faults, typed), "told": _told(row),
            "clock": offset_word(view.said.offset_s) if view.said else "–", "password": _masked(row.password),
            "oddities": [(_oddity(name), n) for name, n in sorted(view.oddities.items(), key=lambda kv: -kv[1])],
            "events": [(EVENT_WORDS.get(kind, kind), at, offset_word(float(detail))) for kind, at, detail in view.events[:8]],
            "held": [(WHY_WORDS.get(one.why, one.why), one) for one in view.held],
            "orders": _orders(row, view), "groups": _groups(), "chosen": ORDERS.get(request.GET.get("order", "")),
            "changes": _changes(row), "corrected": told_of(row.mn)[:20],
            "sees_lines": queries.sees_lines(user),
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


def _shown(row: Device) -> dict[str, Any]:
    """The record as its form shows it: secrets are never sent out, a code is its word."""
    words = {code: word for word, code in POINTS.items()}
    return {f.name: getattr(row, f.name) for f in DEVICE_FIELDS} | {
        "password": "", "sm4_key": "", "point": words.get(row.point, row.point), "protocol": row.protocol[-4:],
    }  # fmt: skip


def _told(row: Device) -> list[tuple[str, str]]:
    shown = _shown(row)
    return [
        (_(f.word), form.text_of(shown[f.name]) + (f" {_(f.unit)}" if f.unit and shown[f.name] else ""))
        for f in DEVICE_FIELDS
        if f.name not in ("password", "sm4_key")
    ]


def _masked(secret: str) -> str:
    return "••••" + secret[-2:] if len(secret) > 4 else "••••" if secret else _("没有")


def _oddity(name: str) -> str:
    return Oddity[name].value if name in Oddity.__members__ else name


def _standing(row: Device, view: queries.LineView) -> State:
    from qingxi_office.trail import clock

    last_held = max((one.last_ms for one in view.held), default=0)
    return state_of(queries.standing(row.enabled, row.every_min, view.last, queries.moment(last_held), clock.now()))


def _answer(row: Device, view: queries.LineView) -> str:
    name = row.facility.name
    if view.last is None:
        return _("%s的设备还没有来过数。") % name
    last = f"{timezone.localtime(view.last):%m-%d %H:%M}"
    said = [_("%(name)s的设备最后一次来数在 %(at)s") % {"name": name, "at": last}]
    best = next((c for kind in ("minute", "hour", "rtd", "day") for c in view.covers if c.line.kind == kind), None)
    if best is not None and best.told.share is not None:
        said.append(_("30 天覆盖 %s") % share_word(best.told.share))
        if best.told.open:
            said.append(_("还缺 %d 个时段") % best.told.open)
        if best.told.named:
            said.append(_("%d 个时段补不来") % best.told.named)
    return sentence(said)


def _last_day(view: queries.LineView) -> str:
    """The day of the newest packet, by its own time."""
    return (
        f"{timezone.localtime(queries.moment(view.said.data_s * 1000)):%Y-%m-%d}"
        if view.said and view.said.data_s
        else ""
    )


def _cover(cover: queries.Cover) -> dict[str, Any]:
    told = cover.told
    return {
        "kind": KIND_WORDS[cover.line.kind], "step": _step(cover.line.step_s), "told": told, "share": share_word(told.share),
        "days": [(day, _level(share), share_word(share)) for day, share in cover.days],
    }  # fmt: skip


def _step(seconds: int) -> str:
    """How often a line reports."""
    whole = {86_400: _("每天"), 3600: _("每小时")}
    return whole.get(seconds) or _("每 %d 分钟") % (seconds // 60)


def _changes(row: Device) -> list[Any]:
    found = told_changes(list(trail_of(Ref("device", row.mn), 12)), form.words_of(DEVICE_FIELDS), False)
    return [replace(one, said=str(DEEDS.get(one.said, one.said))) for one in found]


def _gaps(view: queries.LineView) -> list[dict[str, Any]]:
    """The newest gaps of all its lines."""
    zone = timezone.get_current_timezone()
    found = [(g, KIND_WORDS[c.line.kind]) for c in view.covers for g in c.gaps]
    found.sort(key=lambda pair: -pair[0].end_s)
    return [
        {
            "kind": word, "first": dt.datetime.fromtimestamp(g.first_s, zone), "end": dt.datetime.fromtimestamp(g.end_s, zone),
            "day": f"{dt.datetime.fromtimestamp(g.first_s, zone):%Y-%m-%d}", "slots": g.slots, "word": GAP_WORDS[int(g.why)], "open": not int(g.why),
        }
        for g, word in found[:20]
    ]  # fmt: skip


def _level(share: float | None) -> str:
    if share is None:
        return "na"
    return "all" if share >= 0.95 else "most" if share >= 0.75 else "some" if share > 0 else "none"


def _orders(row: Device, view: queries.LineView) -> list[dict[str, Any]]:
    """Commands of a device with where each stands now: the queue knows earlier than the books."""
    out = []
    for one in row.commands.select_related("asked_by").order_by("-pk")[:20]:
        live = view.commands.get(one.token)
        name = live.state.value if live is not None else one.state
        answer = live.answer if live is not None else one.answer
        law = ORDERS.get(one.cn)
        out.append(
            {
                "row": one, "word": law.word if law else one.cn, "state": _order_state(name), "open": name == "queued",
                "answer": "，".join(f"{k}={v}" for k, v in answer.items() if k != "packets"),
                "packets": answer.get("packets", ""), "code": live.code if live is not None else one.code,
                "fields": "，".join(f"{k}={v}" for k, v in one.fields.items()),
            }
        )  # fmt: skip
    return out


def _order_state(name: str) -> State:
    kind = {"done": "good", "queued": "info", "sent": "info", "ready": "info", "withdrawn": "plain"}.get(
        name, "bad"
    )
    return State(kind, str(ORDER_WORDS.get(name, name)), "clock" if kind == "info" else "")  # type: ignore[arg-type]


def _groups() -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for order in ORDERS.values():
        found.setdefault(str(order.group), []).append(order)
    return list(found.items())


@login_required
@require_POST
def device_order(request: HttpRequest, mn: str) -> HttpResponse:
    """Order a command, or take one back."""
    user: Any = request.user
    row = device_seen(user, mn)
    if token := request.POST.get("withdraw"):
        command = queries.commands(user).filter(token=token, device=row).first()
        if command is None:
            raise Http404
        if actions.withdraw(command, by=user):
            messages.success(request, _("命令已撤回，没有发出去。"))
        else:
            messages.error(request, _("命令已经发出，撤不回来了。"))
        return redirect("device", row.mn)
    cn = request.POST.get("cn", "")
    try:
        actions.order(row, cn, request.POST.dict(), by=user, why=request.POST.get("why", ""))
    except SecondNeeded as needed:
        return before_second(request, needed)
    except ValueError as error:
        messages.error(request, _("命令没有下：%s") % error)
        return redirect(reverse("device", args=[row.mn]) + f"?order={cn if cn in ORDERS else ''}#order")
    messages.success(request, _("命令已排队，设备在线就发出去，结果在下面看。"))
    return redirect(reverse("device", args=[row.mn]) + "#orders")
