"""Names of villages as people write them: endings, variants, typing slips."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from qingxi.morning.characters import HOLES, PLAIN

_ENDINGS = (
    "社区居民委员会", "社区居委会", "村民委员会", "居民委员会", "村居委会", "社区居委", "村委会", "居委会", "村委", "居委",
    "社区", "村",
)  # fmt: skip
_TOWN = ("人民政府", "街道办事处", "民族乡", "街道", "镇", "乡")
Sound = Callable[[str], str]
"""Gives the pinyin of a name without tones; handed in, because the dictionary is no part of this library."""


def plain(name: str) -> str:
    """Half-width, no blanks and brackets, simplified characters."""
    said = unicodedata.normalize("NFKC", name)
    said = re.sub(r"\s+", "", re.sub(r"[(\[【].*?[)\]】]", "", said))
    return said.translate(PLAIN)


def bare(name: str) -> str:
    """The name without 村委会, 社区居委会, 村 …: 红岩村民委员会 and 红岩村 are both 红岩; a single character keeps 村."""
    said = plain(name)
    for ending in _ENDINGS:
        if said.endswith(ending) and len(said) - len(ending) >= 1:
            rest = said[: -len(ending)]
            # 村村委会 is 村 + 村委会, 新村村 is 新村: one more 村 may stand before the committee.
            return rest[:-1] if ending not in ("村", "社区") and rest.endswith("村") and len(rest) > 1 else rest
    return said


def bare_town(name: str) -> str:
    """A township's name without 镇, 乡, 街道, 人民政府."""
    said = plain(name)
    for ending in _TOWN:
        if said.endswith(ending) and len(said) > len(ending):
            said = said[: -len(ending)]
    return said


def slips(a: str, b: str) -> bool:
    """Whether two names differ by at most one character put in, left out or exchanged."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), len(a))
    return a[at + 1 :] == b[at + 1 :] if len(a) == len(b) else a[at:] == b[at + 1 :]


def holed(said: str, name: str) -> bool:
    """Whether ``said`` is the name with □ or ? where a character could not be shown."""
    if len(said) != len(name) or not any(c in HOLES for c in said):
        return False
    shown = [(a, b) for a, b in zip(said, name, strict=True) if a not in HOLES]
    return bool(shown) and all(a == b for a, b in shown)
