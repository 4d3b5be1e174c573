"""The words and colours of the modes, once for all pages."""

from __future__ import annotations

# mode -> (word, colour role of tokens.css)
MODES: dict[str, tuple[str, str]] = {
    "town_connection": ("近纳管", "join"),
    "shared_plant": ("聚集中", "central"),
    "onsite": ("散分户", "single"),
    "reuse": ("资源利用", "reuse"),
    "controlled": ("只管控", "none"),
    "unserved": ("没有安排", "none"),
}


def mode_word(mode: str) -> str:
    return MODES.get(mode, (mode, "none"))[0]


def mode_colour(mode: str) -> str:
    return MODES.get(mode, (mode, "none"))[1]


def mode_words(modes: str) -> str:
    """Several modes, comma between, most households first."""
    return "、".join(mode_word(m) for m in modes.split(",") if m) or "–"
