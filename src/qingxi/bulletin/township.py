"""How each township stands in a period, and the order among them."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from qingxi.bulletin.held import Held, hold
from qingxi.origin import Ref


@dataclass(frozen=True)
class TownshipRow:
    """One township: its figure, and its problems by reference.

    ``open`` are not ended, ``overdue`` of them past their day, ``closed`` and ``reopened`` within the period;
    ``lost`` are villages that left 已治理 within the period.
    """

    place: str
    name: str
    figure: Held  # a figure of the engine is held fast
    open: tuple[Ref, ...] = ()
    overdue: tuple[Ref, ...] = ()
    closed: tuple[Ref, ...] = ()
    reopened: tuple[Ref, ...] = ()
    lost: tuple[Ref, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "figure", hold(self.figure))


@dataclass(frozen=True)
class Ranked:
    """A township with its place; equal figures share a place, and a place of few villages says so."""

    place_number: int
    row: TownshipRow
    note: str = ""


def rank(rows: Iterable[TownshipRow]) -> tuple[Ranked, ...]:
    """Townships by rate, highest first; equal rates share the place and the next one is left out (1, 2, 2, 4).

    Townships without a denominator stand last without a number (0). Compared as fractions, never as printed.
    """
    several = list(rows)
    counted = [r for r in several if r.figure.n]
    order = sorted(counted, key=lambda r: (-_share(r), r.place))
    ranked = []
    place = 0
    for at, row in enumerate(order, 1):
        if at == 1 or _share(row) != _share(order[at - 2]):
            place = at
        ranked.append(Ranked(place, row, f"仅 {row.figure.n} 个村" if row.figure.n < 3 else ""))
    return (*ranked, *(Ranked(0, r, "分母清单中没有本乡镇的村") for r in several if not r.figure.n))


def _share(row: TownshipRow) -> Fraction:
    return Fraction(row.figure.part, row.figure.n)
