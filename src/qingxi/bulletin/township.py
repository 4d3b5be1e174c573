"""How each township stands in a period, and the order among them."""

from collections.abc import Iterable
from dataclasses import dataclass

from qingxi.indicator import Figure
from qingxi.origin import Ref


@dataclass(frozen=True)
class TownshipRow:
    """One township: its figure, and its problems by reference.

    ``open`` are not ended, ``overdue`` of them past their day, ``closed`` and ``reopened`` within the period;
    ``lost`` are villages that left 已治理 within the period.
    """

    place: str
    name: str
    figure: Figure
    open: tuple[Ref, ...] = ()
    overdue: tuple[Ref, ...] = ()
    closed: tuple[Ref, ...] = ()
    reopened: tuple[Ref, ...] = ()
    lost: tuple[Ref, ...] = ()


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
    ranked = [
        Ranked(
            1 + sum(_share(other) > _share(row) for other in counted),
            row,
            f"仅 {row.figure.n} 个村" if row.figure.n < 3 else "",
        )
        for row in order
    ]
    return (*ranked, *(Ranked(0, r, "分母清单中没有本乡镇的村") for r in several if not r.figure.n))


def _share(row: TownshipRow) -> float:
    return row.figure.value or 0.0
