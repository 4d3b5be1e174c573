"""A figure held fast (定住的数): its definition's words and its leaves, apart from the engine that computed it.

A bulletin of years ago must be read with the engine of today; so what it needs of a figure is kept with it, and the
printed form can be made again from the leaves alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from qingxi.indicator import TRUST_WORDS, Figure, percent, share_of
from qingxi.origin import Ref


@dataclass(frozen=True, slots=True)
class Leaf:
    """One line of a list behind a figure; ``weight`` in units counted, ``stands_for`` as in a sample's figure."""

    ref: Ref
    name: str
    why: str
    weight: int = 1
    stands_for: Fraction | None = None


@dataclass(frozen=True)
class Held:
    """A figure as it stood on a day.

    Attributes
    ----------
    key : str
        Of its record in the books, version and day in it; the figure's own id where it is in no books.
    trust : str
        How far its definition may be relied on, in words.
    printed : str
        As it was printed then; :func:`remade` prints it again from the leaves.
    low, high : float or None
        95 % interval as shares, of a sampled one.
    sample : (int, int) or None
        Hits and draws where the leaves are a sample's.
    """

    key: str
    definition: str
    version: str
    name: str
    formula: str
    unit_counted: str
    decimals: int
    trust: str
    place: str
    as_of: date
    printed: str
    numerator: tuple[Leaf, ...]
    denominator: tuple[Leaf, ...]
    deducted: tuple[Leaf, ...] = ()
    states: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    denominator_label: str = ""
    low: float | None = None
    high: float | None = None
    sample: tuple[int, int] | None = None

    @property
    def part(self) -> int:
        """The numerator in units counted."""
        return self.sample[0] if self.sample else sum(leaf.weight for leaf in self.numerator)

    @property
    def n(self) -> int:
        """The denominator in units counted."""
        return self.sample[1] if self.sample else sum(leaf.weight for leaf in self.denominator)

    @property
    def weighted(self) -> bool:
        """Whether its leaves stand for others by the design of a sample: then the value is not part by n."""
        return any(leaf.stands_for is not None for leaf in self.denominator)

    @property
    def ref(self) -> Ref:
        return Ref("figure", self.key)

    @property
    def sentence(self) -> str:
        """The figure with its denominator, unit and date."""
        of = f"{'按抽样设计加权，查成 ' if self.weighted else ''}{self.part}/{self.n} {'' if self.unit_counted == '户' else '个'}{self.unit_counted}"
        return f"{self.name}：{self.printed}（{of}，截至 {self.as_of:%Y-%m-%d}）"

    @property
    def because(self) -> tuple[Ref, ...]:
        """Every leaf once."""
        return tuple(dict.fromkeys(x.ref for x in (*self.numerator, *self.denominator, *self.deducted)))


def remade(held: Held) -> str:
    """The printed form made again from the leaves; 无法计算 where the denominator is empty."""
    share = Fraction(held.part, held.n) if held.sample and held.n else share_of(held.numerator, held.denominator)
    return "无法计算" if share is None else f"{percent(share, 1, held.decimals)}%"


def hold(figure: Figure | Held, key: str = "") -> Held:
    """A figure of the engine, held fast; ``key`` is that of its record in the books."""
    if isinstance(figure, Held):
        return figure
    d = figure.definition

    def leaves(counted: Any) -> tuple[Leaf, ...]:
        return tuple(Leaf(c.ref, c.name, c.why, c.weight, c.stands_for) for c in counted)

    return Held(
        key or figure.id, d.id, d.version, d.name, d.formula, d.unit_counted, d.decimals, TRUST_WORDS[d.trust], figure.place,
        figure.as_of, figure.printed, leaves(figure.numerator), leaves(figure.denominator), leaves(figure.deducted),
        dict(figure.states), tuple(figure.remarks), figure.denominator_label, figure.low, figure.high, figure.sample,
    )  # fmt: skip


def gone_and_come(earlier: Held, later: Held) -> tuple[tuple[Leaf, ...], tuple[Leaf, ...]]:
    """Who came into the numerator and who left it, apart, never netted.

    Raises
    ------
    ValueError
        When the two were computed by different definitions or versions, or the later is the earlier.
    """
    if (earlier.definition, earlier.version) != (later.definition, later.version):
        raise ValueError(
            f"口径不同不能相比：{earlier.definition} 第 {earlier.version} 版与 {later.definition} 第 {later.version} 版"
        )
    if later.as_of < earlier.as_of:
        raise ValueError(f"{later.as_of} 早于 {earlier.as_of}")
    had, have = {x.ref for x in earlier.numerator}, {x.ref for x in later.numerator}
    return tuple(x for x in later.numerator if x.ref not in had), tuple(
        x for x in earlier.numerator if x.ref not in have
    )
