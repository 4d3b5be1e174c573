"""逐包: what a device said on one day, packet by packet, down to the bytes as they came."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _

from qingxi.standard import load_table
from qingxi_office.readings.device_day import DeviceDay, device_day
from qingxi_office.trail import clock

from . import sheet
from .devices import device_seen, sentence
from .packet_columns import packet_columns
from .packet_words import cn_word, moment, source_word, span_word, values_html
from .raw_text import raw_text, verdict
from .table import Listed, export, table

if TYPE_CHECKING:
    from qingxi.store import DayPacket
    from qingxi_office.readings.models import Device

LONGEST = 20_000
"""Characters of one frame that are shown: more than any frame can hold."""


def day_in(text: str) -> dt.date | None:
    """A day as addresses write it, 2026-11-20; None for what is no day."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


@login_required
def device_packets(request: HttpRequest, mn: str, day: str) -> HttpResponse:
    """The packets of a day; ``?at=`` names the one whose bytes are shown, ``?day=`` is the day picker's way."""
    row, asked = device_seen(request.user, mn), request.GET
    if asked.get("day"):
        return redirect("device_packets", row.mn, asked["day"].replace("/", "-"))
    on = day_in(day)
    if on is None:
        words = _("“%s”不是日期：要写成 2026-11-20 这样。") % day[:40]
        return render(request, "site/device_packets.html", {"d": row, "answer": words, "wrong": True, "today": clock.today()}, status=404)  # fmt: skip
    found = device_day(row.mn, on, asked.get("at", ""))
    moments = Counter((one.cn, one.at_s) for one in found.packets)
    shown = [one for one in found.packets if _wanted(one, asked, moments)]
    columns = packet_columns(found.packets, _link(request))
    word = asked.get("sort", "")
    order = next((c.order for c in columns if c.order and c.key == word.removeprefix("-")), "at_s")
    shown.sort(key=lambda one: getattr(one, order), reverse=word.startswith("-"))
    source = Listed(list(range(len(shown))), lambda at: {n: shown[n] for n in at})
    if asked.get("as") in sheet.FORMATS:
        return export(request, _("%(mn)s %(day)s 的报文") % {"mn": row.mn, "day": day}, columns, source)
    return render(
        request, "site/device_packets.html",
        {
            "d": row, "day": on, "found": found, "answer": _answer(row, on, found), "today": clock.today(),
            "table": table(
                request, columns, source, total=len(shown), href=lambda one: _href(request, one),
                label=_("%(mn)s %(day)s 的报文") % {"mn": row.mn, "day": day},
            ),
            "chips": _chips(found.packets, moments), "cns": [(cn, cn_word(cn)) for cn in sorted({p.cn for p in found.packets})],
            "filed": any(one.oddities is None for one in found.packets), "asked_at": asked.get("at", ""),
            "raw": _raw(row, found) | _beside(request, shown, found.chosen) if found.chosen else None,
        },
    )  # fmt: skip


def _wanted(one: DayPacket, asked: Any, moments: Counter[tuple[str, int]]) -> bool:
    if asked.get("cn") and asked["cn"] != one.cn:
        return False
    return {
        "corrected": moments[one.cn, one.at_s] > 1, "late": one.source != "live", "odd": bool(one.oddities),
    }.get(asked.get("show", ""), True)  # fmt: skip


def _chips(packets: Sequence[DayPacket], moments: Counter[tuple[str, int]]) -> list[tuple[str, str, str, int]]:
    """Ways to look at fewer of them: name, sign, word, how many."""
    rows = [
        ("corrected", "pencil", _("更正前后"), sum(n for n in moments.values() if n > 1)),
        ("late", "history", _("补来"), sum(one.source != "live" for one in packets)),
        ("odd", "alert-triangle", _("与标准不一样"), sum(bool(one.oddities) for one in packets)),
    ]
    return [row for row in rows if row[3]]


def _answer(row: Device, day: dt.date, found: DeviceDay) -> str:
    named = {"name": row.facility.name, "day": f"{day:%Y-%m-%d}", "n": len(found.packets)}
    if not found.packets:
        return _("%(name)s的设备在 %(day)s 没有报文。") % named
    said = [_("%(name)s的设备在 %(day)s 有 %(n)d 个报文") % named]
    for word, n in (
        (_("%d 个后来被更正"), sum(not one.newest for one in found.packets)),
        (_("%d 个是补来的"), sum(one.source != "live" for one in found.packets)),
        (_("%d 个与标准不一样"), sum(bool(one.oddities) for one in found.packets)),
    ):
        if n:
            said.append(word % n)
    return sentence(said)


def _href(request: HttpRequest, one: DayPacket) -> str:
    asked = request.GET.copy()
    asked["at"] = one.key
    return f"?{asked.urlencode()}#raw"


def _link(request: HttpRequest) -> Any:
    return lambda one: format_html('<a href="{}">{}</a>', _href(request, one), _("看原文"))


def _beside(request: HttpRequest, shown: Sequence[DayPacket], one: DayPacket) -> dict[str, str]:
    """The packets before and after it among those that are shown, so that one steps from bytes to bytes."""
    at = shown.index(one) if one in shown else -1
    near = {"previous": at - 1, "following": at + 1} if at >= 0 else {}
    return {word: _href(request, shown[n]) for word, n in near.items() if 0 <= n < len(shown)}


def _raw(row: Device, found: DeviceDay) -> dict[str, Any]:
    """The frames of the chosen packet, each with its own verdict; what is gone is said, with how long ago it came."""
    one = found.chosen
    assert one is not None
    frames = [
        (
            moment(frame.at_ms / 1000), frame.peer, len(frame.raw), raw_text(frame.raw, LONGEST),
            *verdict(frame.raw, row.sm4_key),
        )
        for frame in found.frames
        if frame is not None
    ]  # fmt: skip
    # The receiver's time is the machine's, also on a practice day.
    days = max(0, (clock.real_now() - moment(one.received_ms / 1000)).days)
    kept = round(load_table("hj212")["keep.frames"])
    others = [p for p in found.packets if (p.cn, p.at_s) == (one.cn, one.at_s)]
    return {
        "packet": one, "at": moment(one.at_s), "cn": cn_word(one.cn), "received": moment(one.received_ms / 1000),
        "lag": span_word(one.received_ms / 1000 - one.at_s), "source": source_word(one.source), "frames": frames,
        "gone": len(found.frames) - len(frames), "placed": bool(found.frames),
        "days": days, "kept_days": kept, "over": days >= kept,
        "versions": [(p, values_html(p)) for p in others] if len(others) > 1 else [],
    }  # fmt: skip
