"""Which discharge class (排放等级) is asked of a plant: by the province's standard, the receiving water and the scale.

The table ``discharge_class`` holds, by standard and receiving water, the smallest design scale from which each class applies.
It serves the planner and, without a plan, every existing facility.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from qingxi.standard.table import Row, Table, load_table

GRADE_STANDARD = "db44_2208"
"""Processes are graded by this standard's classes: 0 special, 1, 2, 3."""

_GRADE_CLASSES = ("special", "1", "2", "3")
_CLASS_ZH = {"special": "特别排放限值", "1": "一级", "1a": "一级A", "1b": "一级B", "2": "二级", "3": "三级"}
_TITLES = {
    "db44_2208": "DB44/2208-2019", "db51_2626": "DB51/2626-2019", "db36_1102": "DB36/1102-2019",
    "db21_3176": "DB21/3176-2019", "db32_3462": "DB32/3462-2020", "db33_973": "DB33/973-2021", "gb18918": "GB 18918-2002",
}  # fmt: skip
_PROVINCES = {
    "44": "db44_2208", "51": "db51_2626", "36": "db36_1102", "21": "db21_3176", "32": "db32_3462", "33": "db33_973",
}  # fmt: skip
_SCOPE_M3_D = 500.0


class Receiving(StrEnum):
    """The water a plant discharges to."""

    HIGH = "function_high"  # function class I to III of GB 3838, given
    LOW = "function_low"  # IV or V, given
    OTHER = "other"  # no function defined, ditches, fields


def receiving_of(function_class: str) -> Receiving:
    """The receiving water by its function class ``I`` to ``V``; empty: no function defined."""
    said = function_class.strip().upper()
    if not said:
        return Receiving.OTHER
    return Receiving.LOW if said in ("IV", "V") else Receiving.HIGH


@dataclass(frozen=True, slots=True)
class ClassAsked:
    """The class asked of one plant.

    Attributes
    ----------
    standard, discharge_class : str
        As in the table ``discharge``: ``"db44_2208"``, ``"2"``.
    name : str
        Chinese name of the class.
    grade : int
        0 to 3, the grade a process must reach (laxer is larger).
    row : Row
        The row that decided, with its source and trust.
    remark : str
        What must be said beside it: unverified rule or limits, scale out of the standard's scope; empty if nothing.
    """

    standard: str
    discharge_class: str
    name: str
    grade: int
    row: Row
    remark: str

    @property
    def verified(self) -> bool:
        """Whether rule and limits were both read in the standard itself."""
        return self.row.trust.verified and _limits_verified(self.standard, self.discharge_class)


@dataclass(frozen=True)
class DischargeFrame:
    """One province's way from receiving water and scale to a class."""

    standard: str
    title: str
    rules: dict[str, tuple[tuple[float, str, Row], ...]]  # by receiving water: (from m³/d, class, row), ascending
    key_area: bool
    key_area_from_m3_d: float

    def asked(self, receiving: str, design_m3_d: float) -> ClassAsked:
        """The class asked of a plant of this design scale, m³/d."""
        rules = self.rules[str(receiving)]
        _, kind, row = next((r for r in reversed(rules) if design_m3_d >= r[0]), rules[0])
        if self.key_area and design_m3_d >= self.key_area_from_m3_d:
            kind = self._stricter(kind)
        parts = []
        if not row.trust.verified:
            parts.append(f"{self.title} 分级规定未核对标准文本")
        if not _limits_verified(self.standard, kind):
            parts.append("限值未核对标准文本，不作为达标结论")
        if design_m3_d >= _SCOPE_M3_D and self.standard != "gb18918":
            parts.append("规模 500 m³/d 及以上不在该标准范围，参照 GB 18918 核定")
        return ClassAsked(
            self.standard, kind, _CLASS_ZH[kind], grade_of(self.standard, kind), row, "；".join(parts)
        )

    def steps(self, receivings: Iterable[str]) -> list[tuple[float, int]]:
        """(design scale from which it holds, grade): the strictest over these waters, ascending, the first from 0."""
        waters = [str(r) for r in receivings]
        cuts = {0.0, *(low for r in waters for low, _, _ in self.rules[r])}
        if self.key_area:
            cuts.add(self.key_area_from_m3_d)
        found: list[tuple[float, int]] = []
        for cut in sorted(cuts):
            grade = min(self.asked(r, cut).grade for r in waters)
            if not found or found[-1][1] != grade:
                found.append((cut, grade))
        return found

    @property
    def verified(self) -> bool:
        """Whether every rule and every limit of its classes was read in the standard."""
        return all(
            row.trust.verified and _limits_verified(self.standard, kind)
            for rules in self.rules.values()
            for _, kind, row in rules
        )

    def _stricter(self, kind: str) -> str:
        order = sorted(
            {k for rules in self.rules.values() for _, k, _ in rules} | {"1"},
            key=lambda k: grade_of(self.standard, k),
        )
        known = [k for k in order if load_table("discharge").under(f"{self.standard}.{k}")]
        return known[max(0, known.index(kind) - 1)]


@cache
def discharge_frame(standard: str = GRADE_STANDARD, key_area: bool = False) -> DischargeFrame:
    """The rules of a standard; ``key_area``: inside the basin areas that its appendix holds to one class more.

    Raises
    ------
    KeyError
        For a standard the table ``discharge_class`` does not know.
    """
    table = load_table("discharge_class")
    rules = {str(r): _rules(table, standard, str(r)) for r in Receiving}
    if not all(rules.values()):
        raise KeyError(f"table discharge_class: no standard {standard!r}; it has {', '.join(known_standards())}")
    key = table.rows.get(f"{standard}.key_area_from")
    return DischargeFrame(
        standard, _TITLES[standard], rules, key_area and key is not None, key.value if key is not None else 0.0
    )


def _rules(table: Table, standard: str, receiving: str) -> tuple[tuple[float, str, Row], ...]:
    rows = table.under(f"{standard}.{receiving}")
    return tuple(sorted(((row.value, kind, row) for kind, row in rows.items()), key=lambda r: r[0]))


def known_standards() -> list[str]:
    """Keys of the standards with a rule by water and scale."""
    return [key for key in _TITLES if load_table("discharge_class").under(key)]


def standard_of_county(code: str) -> str:
    """The standard of a county by its 6-digit code; the frame of Guangdong where the province's is not held."""
    return _PROVINCES.get(code[:2], GRADE_STANDARD)


def standard_named(text: str) -> str | None:
    """The standard a person means: its key, its title with or without year, or a province's name; None unknown."""
    said = "".join(text.upper().split()).replace("_", "/")
    if not said:
        return None
    for key, title in _TITLES.items():
        bare = title.upper().replace(" ", "").split("-")[0]
        if said in (key.upper().replace("_", "/"), bare, title.upper().replace(" ", "")) or said.startswith(bare):
            return key
    names = {"广东": "44", "四川": "51", "江西": "36", "辽宁": "21", "江苏": "32", "浙江": "33"}
    return next((_PROVINCES[p] for name, p in names.items() if text.strip().startswith(name)), None)


@cache
def grade_of(standard: str, kind: str) -> int:
    """The laxest grade whose COD and ammonia limits lie within those of a class (0 where none does)."""
    table = load_table("discharge")

    def limit(where: str, what: str, name: str) -> float | None:
        row = table.rows.get(f"{where}.{what}.{name}")
        return None if row is None else row.value

    for grade in reversed(range(len(_GRADE_CLASSES))):
        own = _GRADE_CLASSES[grade]
        within = True
        for name in ("cod", "nh3n"):
            asked, reached = limit(standard, kind, name), limit(GRADE_STANDARD, own, name)
            within &= asked is None or (reached is not None and reached <= asked)
        if within:
            return grade
    return 0


@cache
def _limits_verified(standard: str, kind: str) -> bool:
    rows = load_table("discharge").under(f"{standard}.{kind}")
    return bool(rows) and all(row.trust.verified for row in rows.values())
