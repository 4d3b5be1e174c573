"""The words and colours of the modes, once for all pages."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

# mode -> (word, colour role of tokens.css)
MODES: dict[str, tuple[Any, str]] = {
    "town_connection": (_("近纳管"), "join"),
    "shared_plant": (_("聚集中"), "central"),
    "onsite": (_("散分户"), "single"),
    "reuse": (_("资源利用"), "reuse"),
    "controlled": (_("只管控"), "none"),
    "unserved": (_("没有安排"), "none"),
}


def mode_word(mode: str) -> str:
    return str(MODES.get(mode, (mode, "none"))[0])


def mode_colour(mode: str) -> str:
    return MODES.get(mode, (mode, "none"))[1]


def mode_words(modes: str) -> str:
    """Several modes, comma between, most households first."""
    return "、".join(mode_word(m) for m in modes.split(",") if m) or "–"
