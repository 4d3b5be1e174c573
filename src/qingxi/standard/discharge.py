"""Discharge limits (排放限值): which row of the table speaks for a sample, and what may be said of it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from qingxi.standard.table import Row, load_table

_STANDARDS = {
    "db44_2208": r"DB44/?T?\s*2208",
    "gb18918": r"GB/?T?\s*18918",
    "db51_2626": r"DB51/?T?\s*2626",
    "db36_1102": r"DB36/?T?\s*1102",
    "db21_3176": r"DB21/?T?\s*3176",
    "db32_3462": r"DB32/?T?\s*3462",
    "db33_973": r"DB33/?T?\s*973",
}
_CLASSES = (
    ("special", r"特别"),
    ("1a", r"一级\s*A|1A|I级A"),
    ("1b", r"一级\s*B|1B"),
    ("1", r"一级|1级"),
    ("2", r"二级|2级"),
    ("3", r"三级|3级"),
)


@dataclass(frozen=True)
class Limits:
    """The limits of one class of one standard.

    ``rows`` by quantity, with ``.cold``, ``.min``, ``.max``, ``.sensitive_water``, ``.catering`` or
    ``.built_before_2006`` behind it where the value hangs on a condition.
    """

    standard: str
    discharge_class: str
    rows: Mapping[str, Row]
    grab_sample: bool
    cold_at_c: float
    amended_from: date | None

    @property
    def verified(self) -> bool:
        """Whether every limit was read in the standard itself."""
        return all(row.trust.verified for row in self.rows.values())

    @property
    def items(self) -> tuple[str, ...]:
        """Quantities that the class limits whatever flows in, in the table's order; those limited on a condition are not here."""
        always = dict.fromkeys(key.partition(".")[0] for key in self.rows if key.partition(".")[2] in _ALWAYS)
        return tuple(always)


_ALWAYS = ("", "min", "max", "cold", "built_before_2006")
"""Endings of limits that hold for every plant of the class; the others hang on the water or on what flows in."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a limit says of a value.

    ``exceeded`` is None where it cannot be decided; ``why`` then says what is lacking. ``remark`` must be said
    beside a decided verdict that rests on something unverified.
    """

    exceeded: bool | None
    limit: float | None
    row: Row | None
    why: str = ""
    remark: str = ""


@cache
def discharge_limits(text: str) -> Limits | None:
    """The limits a register names, for example ``"DB44/2208-2019 二级"``; None when no known class is named."""
    said = unicodedata.normalize("NFKC", text).upper()
    standard = next((key for key, form in _STANDARDS.items() if re.search(form, said)), None)
    if standard is None:
        return None
    rest = re.sub(_STANDARDS[standard] + r"[-—]?\s*(\d{4})?", "", said)
    table = load_table("discharge")
    for name, form in _CLASSES:
        rows = table.under(f"{standard}.{name}")
        if rows and re.search(form, rest):
            rule = table.under(f"{standard}.rule")
            amended = rule.get("amended_from")
            return Limits(
                standard,
                name,
                rows,
                bool(rule["grab_sample"].value),
                rule["cold_at"].value,
                date.fromisoformat(str(int(amended.value))) if amended else None,
            )
    return None


def judge(
    limits: Limits,
    quantity: str,
    value: float,
    *,
    sampled_on: date,
    water_temp_c: float | None = None,
    built_on: date | None = None,
) -> Verdict:
    """Hold a value against the limits.

    Parameters
    ----------
    quantity : str
        ``"cod"``, ``"nh3n"``, ``"tp"``, ``"tn"``, ``"ss"``, ``"ph"``, ...
    value : float
        mg/L; pH without unit.
    water_temp_c : float or None
        Decides between the two ammonia limits; unknown, a value between them is undecided.
    built_on : date or None
        Decides the phosphorus limit of GB 18918.
    """
    if quantity == "ph":
        return _judge_ph(limits, value, sampled_on)
    row = limits.rows.get(quantity)
    if row is None:
        for tail, why in (
            ("sensitive_water", "只限排入封闭水体或该项超标水体时"),
            ("catering", "只限含餐饮服务时"),
        ):
            if conditional := limits.rows.get(f"{quantity}.{tail}"):
                return Verdict(None, conditional.value, conditional, f"该限值{why}适用，台账未说明")
        return Verdict(None, None, None, "该级标准没有这一项限值")
    cold = limits.rows.get(f"{quantity}.cold")
    if cold is not None:
        if water_temp_c is None:
            if row.value < value <= cold.value:
                why = f"没有水温：水温高于 {limits.cold_at_c:g}℃ 限值为 {row.value:g}，否则为 {cold.value:g}"
                return Verdict(None, row.value, row, why)
            row = cold if value > cold.value else row
        elif water_temp_c <= limits.cold_at_c:
            row = cold
    old = limits.rows.get(f"{quantity}.built_before_2006")
    if old is not None:
        if built_on is None and row.value < value <= old.value:
            return Verdict(None, row.value, row, f"不知建设年份：2005 年底前建设的限值为 {old.value:g}")
        if built_on is not None and built_on.year <= 2005:
            row = old
    return Verdict(value > row.value, row.value, row, remark=_remark(limits, row, sampled_on))


def _judge_ph(limits: Limits, value: float, sampled_on: date) -> Verdict:
    low, high = limits.rows.get("ph.min"), limits.rows.get("ph.max")
    if low is None or high is None:
        return Verdict(None, None, None, "该级标准没有 pH 限值")
    row = low if value < low.value else high
    return Verdict(not low.value <= value <= high.value, row.value, row, remark=_remark(limits, row, sampled_on))


def _remark(limits: Limits, row: Row, sampled_on: date) -> str:
    """What nobody has verified, or the standard asks for beside a single sample."""
    parts = []
    if not row.trust.verified:
        parts.append("限值未核对标准文本，不作为达标结论")
    if limits.amended_from is not None and sampled_on >= limits.amended_from:
        parts.append(f"标准修改单 {limits.amended_from:%Y-%m-%d} 起施行，限值须核对修改单")
    if not limits.grab_sample:
        parts.append("单次采样不能代替日均值")
    return "；".join(parts)
