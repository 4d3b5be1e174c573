"""One value of a return: what it is, where it comes from, what the books say; and the words for it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.filing.form import FormField

Value = float | str | None


class Origin(StrEnum):
    """Where a value comes from."""

    LIVE = "账上取数"
    TYPED = "填报"


@dataclass(frozen=True, slots=True)
class Entry:
    """A value with its origin. ``live`` is what the books said when they were last asked, ``refs`` the records it rests on
    (``"kind:id"``), ``unknown`` why the books cannot say.
    """

    value: Value = None
    origin: Origin = Origin.TYPED
    live: Value = None
    refs: tuple[str, ...] = ()
    unknown: str = ""
    by: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """What the books say of a field today: a value with the records behind it, or why they cannot say."""

    value: Value
    refs: tuple[str, ...] = ()
    unknown: str = ""


class BadValue(ValueError):
    """What was typed cannot be read: rule and remedy in Chinese, and a stable code."""

    def __init__(self, rule: str, remedy: str, code: str) -> None:
        super().__init__(f"{rule}，{remedy}")
        self.rule, self.remedy, self.code = rule, remedy, code


_PLAIN = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\Z")
_WAN = 10_000.0
# What may stand behind a figure, and what it makes of it in the field's own unit.
_FACTORS: Mapping[tuple[str, str], float] = {
    ("km", "m"): 0.001, ("m", "km"): 1000.0, ("万元", "元"): 1 / _WAN, ("元", "万元"): _WAN, ("t", "kg"): 0.001, ("户", "万户"): _WAN,
}  # fmt: skip
_SAME = {
    "公里": "km",
    "千米": "km",
    "米": "m",
    "吨": "t",
    "千克": "kg",
    "公斤": "kg",
    "立方米": "m³",
    "方": "m³",
    "m3": "m³",
}
LONGEST = 1000


def read(field: FormField, said: object) -> Value:
    """What somebody typed, or a cell holds, as the field's value: full-width digits, thousands marks, ％, km and m, 元 and 万元.

    Empty is None. Raises BadValue for what is no number, below or above the field's bounds, or not whole where it must be.
    """
    if said is None or (isinstance(said, bool) and not said):
        return None
    if field.is_text:
        if isinstance(said, float) and said.is_integer():
            said = int(said)
        text = re.sub(r"[ \t\r\f\v]+", " ", str(said)).strip()
        if len(text) > LONGEST:
            raise BadValue(f"写了 {len(text)} 字", f"最多 {LONGEST} 字", "too-long")
        return text or None
    if isinstance(said, int | float) and not isinstance(said, bool):
        number = float(said)
    else:
        text = unicodedata.normalize("NFKC", str(said)).replace(" ", "").strip()
        if text in ("", "-", "—", "–", "/", "无"):
            return None
        bare, factor = _unit(text, field.unit)
        if not _PLAIN.match(bare):
            raise BadValue("应为数字", "请只填一个数，没有的填 0", "not-a-number")
        number = float(bare.replace(",", "")) * factor
    if number != number or number in (float("inf"), float("-inf")) or abs(number) >= 1e12:
        raise BadValue("数太大或不是数", "请核实", "not-a-number")
    if field.type == "whole" and abs(number - round(number)) > 1e-9:
        raise BadValue("应为整数", "请填整数", "not-whole")
    if field.low is not None and number < field.low:
        raise BadValue(f"不能小于 {field.low:g}", "请核实后填写", "below-low")
    if field.high is not None and number > field.high:
        raise BadValue(f"不能大于 {field.high:g}", "请核实后填写", "above-high")
    return float(round(number)) if field.type == "whole" else round(number, 9)


def _unit(text: str, unit: str) -> tuple[str, float]:
    found = re.match(r"(.*?\d)([^\d.,]*)\Z", text)
    if found is None or not found[2]:
        return text, 1.0
    own, said = unicodedata.normalize("NFKC", unit), found[2]
    said, own = _SAME.get(said, said), _SAME.get(own, own)
    if said == own:
        return found[1], 1.0
    return (found[1], _FACTORS[own, said]) if (own, said) in _FACTORS else (text, 1.0)


def words(field: FormField, value: Value) -> str:
    """The value as people read it, without its unit; "" for none."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if field.type == "whole":
        return f"{round(value):,}"
    return f"{value:,.4f}".rstrip("0").rstrip(".") or "0"
