"""Figures of which only a bound is known: "<20 %", and what may be said of a gain from one."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_FORM = re.compile(r"(?P<bound>[<>≤≥]|不足|不到|超过|低于|高于)?\s*(?P<number>\d+(?:\.\d+)?)\s*%?\Z")
_SIGNS = {
    "<": "<",
    "不足": "<",
    "不到": "<",
    "低于": "<",
    ">": ">",
    "超过": ">",
    "高于": ">",
    "≤": "≤",
    "≥": "≥",
    None: "",
}
_TURNED = {"<": ">", ">": "<", "≤": "≥", "≥": "≤", "": ""}


@dataclass(frozen=True, slots=True)
class Percent:
    """A per cent as it was printed: exact, or a bound. ``points`` keeps the printed decimals."""

    points: Decimal
    bound: str = ""  # "", "<", ">", "≤", "≥": the true figure lies on that side of points

    def __str__(self) -> str:
        return f"{self.bound}{self.points}%"


def read_percent(text: str) -> Percent:
    """Read ``"66.85 %"``, ``"<20%"``, ``"不足20%"``; raises ValueError with a Chinese sentence on anything else."""
    match = _FORM.match(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise ValueError(f"“{text}”不是百分数")
    return Percent(Decimal(match["number"]), _SIGNS[match["bound"]])


def gain(start: Percent, end: Percent) -> str:
    """Gain in percentage points as it may honestly be printed.

    ``"<20%"`` to ``"66.85%"`` is ``">46.85 个百分点"``: the start was lower, so the gain was more. Where the two
    bounds pull apart nothing can be said: ``"无法比较"``.
    """
    difference = end.points - start.points
    signs = {s[0] for s in (_TURNED[start.bound], end.bound) if s}
    if signs in ({"<", ">"}, {"≤", ">"}, {"<", "≥"}, {"≤", "≥"}):
        return "无法比较"
    strict = [s for s in (_TURNED[start.bound], end.bound) if s in {"<", ">"}]
    loose = [s for s in (_TURNED[start.bound], end.bound) if s]
    sign = strict[0] if strict else loose[0] if loose else ""
    return f"{sign}{difference} 个百分点"
