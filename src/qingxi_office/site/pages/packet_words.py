"""A packet in words: its command by the tables of HJ 212, its values by the house's quantities."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from qingxi.quantity import QUANTITIES
from qingxi.wire.hj212 import Oddity
from qingxi.wire.hj212.flow import flow_of
from qingxi.wire.hj212.tongues import in_english

from .quantity_words import QUANTITY_WORDS
from .raw_text import HIDDEN

if TYPE_CHECKING:
    from qingxi.store import DayPacket

FLAG_WORDS: dict[str, Any] = {
    "N": lazy("正常"), "F": lazy("停运"), "M": lazy("维护"), "S": lazy("手工输入"), "D": lazy("故障"), "C": lazy("校准"),
    "T": lazy("超测上限"), "B": lazy("通讯异常"),
}  # fmt: skip
SOURCE_WORDS: dict[str, Any] = {"live": lazy("按时"), "resend": lazy("补来")}
_STATISTICS: dict[str, Any] = {"Min": lazy("最小"), "Max": lazy("最大"), "Avg": lazy("均值"), "Cou": lazy("累计")}
_ASIDE = ("Min", "Max", "Cou")


def cn_word(cn: str) -> str:
    """What a device says with a command; empty for one that the tables do not know."""
    flow = flow_of(cn, "device")
    if flow is None:
        return ""
    return in_english(flow.name) if get_language() == "en" else str(flow.name)


def source_word(source: str) -> str:
    return str(SOURCE_WORDS.get(source, source))


def odd_words(names: tuple[str, ...]) -> str:
    """The oddities of a packet as the library words them."""
    return "；".join(Oddity[name].value if name in Oddity.__members__ else name for name in names)


def moment(seconds: float) -> dt.datetime:
    return timezone.localtime(dt.datetime.fromtimestamp(seconds, dt.UTC))


def span_word(seconds: float) -> str:
    """A stretch of time in its two largest units: 12 s, 3 min 5 s, 1 h 0 min, 2 d 4 h."""
    whole = round(abs(seconds))
    for size, unit, part, under in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // part} {under}"
    return f"{whole} s"


def name_of(quantity: str) -> str:
    """A quantity's name; of a second meter with its factor; a factor the house does not know keeps its code."""
    code, _at, factor = quantity.partition("@")
    name = str(QUANTITY_WORDS.get(code, code))
    return _("%(name)s（%(factor)s）") % {"name": name, "factor": factor} if factor else name


def unit_of(quantity: str) -> str:
    """A quantity's unit as pages write it; empty where it has none or the house does not know it."""
    law = QUANTITIES.get(quantity.partition("@")[0])
    return law.unit.replace("m3", "m³") if law is not None else ""


def _figure(value: float | str) -> str:
    return f"{value:.10g}".replace("-", "−") if isinstance(value, int | float) else f"“{value}”"


def main_of(packet: DayPacket, quantity: str) -> float | str | None:
    """The value a packet tells of a quantity: Rtd of a real-time packet, else Avg."""
    cells = packet.body.get(quantity, {})
    own = ("Rtd", "Avg") if packet.kind in ("rtd", "") else ("Avg", "Rtd")
    return next((cells[each] for each in own if each in cells), None)


def _said(packet: DayPacket, quantity: str) -> list[str]:
    """Value with unit, then what was sent beside it."""
    cells, main = packet.body[quantity], main_of(packet, quantity)
    out = []
    if main is not None:
        unit = unit_of(quantity) if isinstance(main, int | float) else ""
        out.append(f"{_figure(main)} {unit}".strip())
    for statistic, value in cells.items():
        if statistic != "Flag" and (main is None or statistic in _ASIDE):
            out.append(f"{_STATISTICS.get(statistic, statistic)} {_figure(value)}")
    return out


def values_text(packet: DayPacket) -> str:
    """Every value of a packet in one line, for a file."""
    if "" in packet.body:
        return "；".join(f"{key}={_open(key, value)}" for key, value in packet.body[""].items())
    return "；".join(
        " ".join([name_of(each), *_said(packet, each), str(cells.get("Flag", ""))]).strip()
        for each, cells in packet.body.items()
    )


def _open(key: str, value: float | str) -> float | str:
    """A field's value, unless it is a password (``NewPW``)."""
    return HIDDEN if key.strip().upper().endswith("PW") else value


def values_html(packet: DayPacket) -> SafeString:
    """The same for the page: quantity, value with unit, the device's mark with its word unless it is a plain N."""
    if "" in packet.body:
        return format_html('<span class="q-2nd">{}</span>', values_text(packet))
    return format_html_join(
        " ",
        '<span class="q-value"><span class="q-2nd">{}</span> {}{}</span>',
        (
            (name_of(each), " · ".join(_said(packet, each)[:1]) or "–", _mark(str(cells.get("Flag", ""))))
            for each, cells in packet.body.items()
        ),
    )


def _mark(flag: str) -> SafeString | str:
    if not flag:
        return ""
    word = "" if flag == "N" else f" {FLAG_WORDS.get(flag, '')}".rstrip()
    return format_html(' <span class="{}">{}{}</span>', "sent" if flag == "N" else "sent not", flag, word)
