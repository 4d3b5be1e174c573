"""A figure with everything it rests on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Protocol

from qingxi.indicator.definition import Definition
from qingxi.origin import Ref

BARE_UNITS = ("户", "m³", "处", "件")
"""Units that follow a number without 个."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One line of a numerator or denominator: the thing, its weight (households, m³; else 1), why it is in, and the
    records that say so. ``stands_for``, of a drawn sample: for how many of the whole this one stands.
    """

    ref: Ref
    name: str
    why: str
    weight: int = 1
    because: tuple[Ref, ...] = ()
    group: str = ""  # its state, of a line of the denominator
    stands_for: Fraction | None = None


class Weighed(Protocol):
    """A line of a list behind a figure, whoever keeps it."""

    @property
    def weight(self) -> int: ...
    @property
    def stands_for(self) -> Fraction | None: ...


def share_of(numerator: Iterable[Weighed], denominator: Iterable[Weighed]) -> Fraction | None:
    """Numerator by denominator, exact, each line by its weight and by how many of the whole it stands for; None where the
    denominator is empty.
    """

    def total(lines: Iterable[Weighed]) -> Fraction:
        kept = list(lines)
        plain = sum(x.weight for x in kept if x.stands_for is None)
        return plain + sum((x.weight * x.stands_for for x in kept if x.stands_for is not None), Fraction(0))

    whole = total(denominator)
    return total(numerator) / whole if whole else None


def as_line(counted: Counted) -> dict[str, Any]:
    """A line as it is kept: plain values; ``because`` and ``stands_for`` (a fraction as text) only where there is one."""
    line: dict[str, Any] = {
        "ref": str(counted.ref), "name": counted.name, "why": counted.why, "weight": counted.weight,
    }  # fmt: skip
    if counted.group:
        line["group"] = counted.group
    if counted.stands_for is not None:
        line["stands_for"] = str(counted.stands_for)
    if counted.because:
        line["because"] = [str(ref) for ref in counted.because]
    return line


def percent(part: int | Fraction, whole: int | Fraction, decimals: int) -> str:
    """``part/whole`` as per cent, half up, exact: 58 of 79 with one decimal is ``"73.4"``; needs a whole above 0."""
    units = Fraction(part) * 100 * 10**decimals / Fraction(whole)
    return f"{Decimal((2 * units.numerator + units.denominator) // (2 * units.denominator)).scaleb(-decimals):f}"


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes
    ----------
    definition : Definition
        Id, version, formula, source, trust.
    place : str
        Code of the place it speaks of.
    as_of : date
    numerator, denominator : tuple of Counted
        The lists behind the figure, complete.
    states : dict
        How many of the denominator stand in each state; never added up silently.
    deducted : tuple of Counted
        What was taken out of the denominator and why.
    remarks : tuple of str
        What must be said beside it.
    low, high : float or None
        95 % interval as shares, of a sampled rate only.
    """

    definition: Definition
    place: str
    as_of: date
    numerator: tuple[Counted, ...]
    denominator: tuple[Counted, ...]
    states: dict[str, int] = field(default_factory=dict)
    deducted: tuple[Counted, ...] = ()
    remarks: tuple[str, ...] = ()
    denominator_label: str = ""
    low: float | None = None
    high: float | None = None
    sample: tuple[int, int] | None = None

    @property
    def part(self) -> int:
        """The numerator in units counted."""
        return self.sample[0] if self.sample else sum(c.weight for c in self.numerator)

    @property
    def n(self) -> int:
        """The denominator in units counted."""
        return self.sample[1] if self.sample else sum(c.weight for c in self.denominator)

    @property
    def weighted(self) -> bool:
        """Whether its lines stand for others by the design of a sample: then the value is not part by n."""
        return any(c.stands_for is not None for c in self.denominator)

    @property
    def share(self) -> Fraction | None:
        """Share, 0 to 1, exact; None where the denominator is empty."""
        if self.sample is None:
            return share_of(self.numerator, self.denominator)
        return Fraction(self.part, self.n) if self.n else None

    @property
    def value(self) -> float | None:
        """Share, 0 to 1; None where the denominator is empty."""
        return None if self.share is None else float(self.share)

    @property
    def printed(self) -> str:
        """As printed with the definition's decimals; 无法计算 where the denominator is empty."""
        return "无法计算" if self.share is None else f"{percent(self.share, 1, self.definition.decimals)}%"

    @property
    def sentence(self) -> str:
        """The figure with its denominator, unit and date."""
        d = self.definition
        unit = d.unit_counted if d.unit_counted in BARE_UNITS else f"个{d.unit_counted}"
        counts = f"{'按抽样设计加权，查成 ' if self.weighted else ''}{self.part}/{self.n}"
        return f"{d.name}：{self.printed}（{counts} {unit}，截至 {self.as_of:%Y-%m-%d}）"

    @property
    def id(self) -> str:
        return f"{self.definition.id}@{self.definition.version}/{self.place}/{self.as_of:%Y-%m-%d}"

    @property
    def ref(self) -> Ref:
        return Ref("figure", self.id)

    @property
    def because(self) -> tuple[Ref, ...]:
        """Everything in numerator, denominator and deductions, and what those lines rest on, each once."""
        lines = (*self.numerator, *self.denominator, *self.deducted)
        return tuple(dict.fromkeys(ref for c in lines for ref in (c.ref, *c.because)))

    def as_json(self) -> dict[str, Any]:
        """Plain values, lists and all."""

        def rows(counted: tuple[Counted, ...]) -> list[dict[str, Any]]:
            return [as_line(c) for c in counted]

        d = self.definition
        return {
            "definition": d.id,
            "name": d.name,
            "version": d.version,
            "formula": d.formula,
            "unit_counted": d.unit_counted,
            "source": d.source,
            "trust": d.trust.value,
            "place": self.place,
            "as_of": self.as_of.isoformat(),
            "value": self.value,
            "printed": self.printed,
            "numerator": self.part,
            "denominator": self.n,
            "denominator_label": self.denominator_label,
            "states": self.states,
            "numerator_list": rows(self.numerator),
            "denominator_list": rows(self.denominator),
            "deducted": rows(self.deducted),
            "remarks": list(self.remarks),
            "interval": None if self.low is None else [self.low, self.high],
        }
