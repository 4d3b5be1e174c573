"""Template tags of the design system: ``{% load q %}``."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .. import drawing, words
from ..parts import ICON_OF_KIND, CostBar, Figure, Provenance, RateBar, Share, State, Step

register = template.Library()
_numbers = itertools.count(1)


@register.simple_tag
def icon(name: str) -> SafeString:
    return format_html('<i class="ti ti-{}" aria-hidden="true"></i>', name)


@register.simple_tag
def state(kind: str | State, word: str = "", sign: str = "") -> SafeString:
    """A state chip: icon, word and colour together."""
    if isinstance(kind, State):
        kind, word, sign = kind.kind, kind.word, kind.sign
    word = _(word) if word else word  # a word that the law or the books keep in Chinese
    sign = sign or ICON_OF_KIND.get(kind, "")
    mark = format_html('<i class="ti ti-{}" aria-hidden="true"></i>', sign) if sign else ""
    return format_html('<span class="q-st {}">{}<span>{}</span></span>', kind, mark, word)


@register.inclusion_tag("design/parts/figure.html")
def figure(fig: Figure) -> dict[str, Any]:
    return {"fig": fig, "id": f"why-{next(_numbers)}"}


@register.inclusion_tag("design/parts/known.html")
def known(text: str, provenance: Provenance | None) -> dict[str, Any]:
    """A number in a sentence that opens on its provenance."""
    return {"text": text, "provenance": provenance, "id": f"why-{next(_numbers)}"}


@register.inclusion_tag("design/parts/steps.html")
def steps(line: Sequence[Step]) -> dict[str, Any]:
    return {"line": line}


@register.inclusion_tag("design/parts/cost_bars.html")
def cost_bars(bars: Sequence[CostBar]) -> dict[str, Any]:
    scale = max((b.total or 0.0 for b in bars), default=0.0) * 1.06
    return {"bars": [(b, drawing.cost_track(b, scale)) for b in bars]}


@register.inclusion_tag("design/parts/empty.html")
def empty(
    title: str, text: str = "", sign: str = "clipboard-list", words: str = "", href: str = ""
) -> dict[str, Any]:
    """What would be here, and the first step."""
    return {"title": title, "text": text, "sign": sign, "words": words, "href": href}


@register.simple_tag
def spark(values: Sequence[float | None], **kwargs: Any) -> SafeString:
    return drawing.spark(values, **kwargs)


@register.simple_tag
def rate_bar(bar: RateBar) -> SafeString:
    return drawing.rate_bar(bar)


@register.simple_tag
def share_bar(shares: Sequence[Share], alt: str = "") -> SafeString:
    return drawing.share_bar(shares, alt)


@register.filter
def wan_fen(fen: int | None) -> str:
    """Money in fen as 万元 with two decimals and thousands marks: 186400000 -> 186.40."""
    return "–" if fen is None else f"{fen / 1_000_000:,.2f}".replace("-", "−")


@register.filter
def yuan_fen(fen: int | None) -> str:
    """Money in fen as yuan to the cent: 2499722 -> 24,997.22."""
    return "–" if fen is None else f"{fen / 100:,.2f}".replace("-", "−")


@register.filter
def wan_yuan(yuan: float | None) -> str:
    """Money in yuan as 万元 with two decimals."""
    return "–" if yuan in (None, "") else f"{yuan / 10_000:,.2f}".replace("-", "−")


@register.filter
def wan_signed(yuan: float | None) -> str:
    """A difference in 万元 with its sign: +15.30, −68.20, 0.00."""
    return "–" if yuan in (None, "") else _signed(f"{yuan / 10_000:+,.2f}")


@register.filter
def signed(value: float | None, decimals: int = 0) -> str:
    """A difference with its sign and thousands marks."""
    return "–" if value in (None, "") else _signed(f"{value:+,.{int(decimals)}f}")


def _signed(text: str) -> str:
    """True minus; what rounds to nothing has no sign."""
    return text[1:] if not text.strip("+-0.,") else text.replace("-", "−")


@register.filter
def saves(value: float | None) -> str:
    """Class of a difference in money: less is good, more is bad, nothing is neither."""
    return "" if not value else "t-good" if value < 0 else "t-bad"


@register.filter
def percent(value: float | None, decimals: int = 1) -> str:
    """A share of one as a percentage: 0.029 -> 2.9 %."""
    return "–" if value in (None, "") else f"{value * 100:,.{int(decimals)}f} %".replace("-", "−")


@register.filter
def number(value: float | None, decimals: int = 0) -> str:
    """A number with thousands marks and a true minus; nothing known is a dash."""
    return "–" if value in (None, "") else f"{value:,.{int(decimals)}f}".replace("-", "−")


@register.filter
def dash(value: Any) -> Any:
    """Nothing, zero and an empty word are shown as a dash in tables."""
    return "–" if value in (None, "", 0) else value


@register.filter
def day(value: dt.date | dt.datetime | str | None) -> str:
    """2026-11-22."""
    if not value:
        return "–"
    return value[:10] if isinstance(value, str) else value.strftime("%Y-%m-%d")


@register.filter
def day_short(value: dt.date | dt.datetime | str | None) -> str:
    """11-22."""
    full = day(value)
    return full[5:10] if full != "–" else full


@register.filter
def day_after(value: dt.date | dt.datetime | str | None, first: dt.date | dt.datetime | str | None) -> str:
    """The last day of a stretch beside its first: 11-22, with its year where that is another."""
    full = day(value)
    return full[5:] if full[:4] == day(first)[:4] else full


@register.filter
def day_chinese(value: dt.date | None) -> str:
    """2026 年 11 月 22 日, for documents and public pages; in English as 2026-11-22."""
    if not value:
        return "–"
    return _("%(y)d 年 %(m)d 月 %(d)d 日") % {"y": value.year, "m": value.month, "d": value.day}


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Look a key up in a mapping inside a template."""
    try:
        return mapping.get(key)
    except AttributeError:
        return None


@register.simple_tag(takes_context=True)
def chip_href(context: Any, key: str, value: str) -> str:
    """The address with one filter set (or taken off when ``value`` is empty), back on the first page."""
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    asked.pop(key, None)
    if value:
        asked[key] = value
    return "?" + asked.urlencode()


@register.filter
def split_list(text: str) -> list[str]:
    """A sentence whose items stand apart by ； or a line break, as items."""
    return [
        part.strip(" 。") for part in text.replace("\n", "；").replace(";", "；").split("；") if part.strip(" 。")
    ]


@register.filter
def marks(text: str) -> str:
    """Half-width marks beside Chinese characters made full-width."""
    return words.chinese_marks(text or "")


@register.filter
def first_clause(text: str) -> str:
    """The first clause of a long reason, for the line that opens on the whole."""
    return (text or "").partition("；")[0].rstrip("。")
