"""The columns of a day's packets: what the page shows, and for a file each quantity as a column of figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.translation import gettext as _

from qingxi.quantity import QUANTITIES
from qingxi_office.design.parts import State

from .packet_words import (
    cn_word,
    main_of,
    moment,
    name_of,
    odd_words,
    source_word,
    span_word,
    unit_of,
    values_html,
    values_text,
)
from .table import Column

if TYPE_CHECKING:
    from qingxi.store import DayPacket


def packet_columns(packets: Sequence[DayPacket], link: Callable[[DayPacket], Any]) -> list[Column]:
    """``link`` draws the way to a packet's bytes."""
    return [
        Column("at", _("数据时间"), lambda p: moment(p.at_s).strftime("%Y-%m-%d %H:%M:%S"), show=_time, order="at_s", always=True),
        Column("cn", "CN", lambda p: f"{p.cn} {cn_word(p.cn)}".strip(), show=_command, order="cn", always=True),
        Column("values", _("数值"), values_text, show=values_html, say=True),
        Column("received", _("收到"), lambda p: moment(p.received_ms / 1000).strftime("%Y-%m-%d %H:%M:%S"), show=_received, order="received_ms"),
        Column("lag", _("离数据时间（秒）"), lambda p: round(p.received_ms / 1000 - p.at_s), num=True, shown=False, always=True),
        Column("source", _("按时或补来"), lambda p: source_word(p.source), order="source"),
        Column("version", _("第几版"), _version_word, show=_version, order="version"),
        Column("odd", _("与标准不一样的地方"), _odd, show=_odd_shown, say=True),
        *_quantities(packets),
        Column("raw", _("原文"), lambda p: p.raw, show=link),
    ]  # fmt: skip


def _quantities(packets: Sequence[DayPacket]) -> list[Column]:
    """A column for each quantity of the day and one for its mark: in every file, on the page when they are chosen."""
    there = {code for packet in packets for code in packet.body if code}
    order = list(QUANTITIES)
    out = []
    for code in sorted(there, key=lambda c: (order.index(c) if c in QUANTITIES else len(order), c)):
        name = f"{name_of(code)} {unit_of(code)}".strip()
        out += [
            Column(f"q-{code}", name, lambda p, c=code: main_of(p, c), num=True, decimals=3, shown=False, always=True),
            Column(f"f-{code}", _("%s的标记") % name_of(code), lambda p, c=code: p.body.get(c, {}).get("Flag", ""), shown=False, always=True),
        ]  # fmt: skip
    return out


def _time(p: DayPacket) -> str:
    said = moment(p.at_s).strftime("%H:%M:%S")
    return said if p.kind else _("%s（自己没有写时间）") % said


def _command(p: DayPacket) -> Any:
    return format_html('{} <span class="q-small q-2nd">{}</span>', p.cn, cn_word(p.cn))


def _received(p: DayPacket) -> Any:
    """When it came, with the day where that is another, and how long after its own time."""
    came, at = moment(p.received_ms / 1000), moment(p.at_s)
    lag = p.received_ms / 1000 - p.at_s
    said = _("%s 后") % span_word(lag) if lag >= 0 else _("早 %s") % span_word(lag)
    return format_html(
        '{} <span class="q-small q-2nd">{}</span>', f"{came:%H:%M:%S}" if came.date() == at.date() else f"{came:%m-%d %H:%M:%S}", said,
    )  # fmt: skip


def _version_word(p: DayPacket) -> str:
    return str(p.version) if p.newest else _("%d（已被更正）") % p.version


def _version(p: DayPacket) -> Any:
    if not p.newest:
        return State("plain", _("第 %d 版，已被更正") % p.version, "pencil-off")
    return State("info", _("第 %d 版，更正后") % p.version, "pencil") if p.version > 1 else "1"


def _odd(p: DayPacket) -> str:
    return _("已归档，看原文") if p.oddities is None else odd_words(p.oddities)


def _odd_shown(p: DayPacket) -> Any:
    if not p.oddities:
        return format_html('<span class="q-2nd">{}</span>', _odd(p) or "–")
    return format_html('<span lang="zh-CN">{}</span>', odd_words(p.oddities))
