"""Cells with a unit: money in 元 or 万元, lengths in km or m; the heading's unit counts, the cell's own wins."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Any

from qingxi.files.book_cells import BadCell, Cell, Doubt, number, plain

_FACTORS = {"亿": 10**8, "万": 10**4, "千": 10**3, "元": 1}


@dataclass(frozen=True)
class Fen:
    """Money to integer fen; ``unit_yuan`` is the unit of the column. A unit in the heading or, above it, the cell wins."""

    unit_yuan: int

    def __call__(self, cell: Cell) -> int:
        if isinstance(cell, bool | date | time):
            raise BadCell("应为金额", "请填数字", "not-money")
        said = plain(cell).replace(",", "").replace(" ", "").lstrip("¥")
        match = re.fullmatch(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(亿元?|千?万元?|千元|元)?", said)
        if match is None:
            raise BadCell("应为金额", "请填数字", "not-money")
        unit = self.unit_yuan
        if match[2]:
            unit = 10**7 if match[2].startswith("千万") else _FACTORS[match[2][0]]
        try:
            exact = Decimal(match[1]) * unit * 100
            return int(exact.to_integral_value(rounding="ROUND_HALF_UP"))
        except (InvalidOperation, OverflowError):
            raise BadCell("应为金额", "请填数字", "not-money") from None

    def under(self, heading: str) -> "Fen":
        """The reader for a column whose heading names its unit: 金额（元）, 投资(万元)."""
        match = re.search(r"[(（\[【_]?\s*(亿|万|千)?元\s*[)）\]】]?$", heading)
        return self if match is None else Fen(_FACTORS[match[1] or "元"])

    def write(self, value: int) -> float:
        """Fen in the unit of the column."""
        return float(Decimal(value) / 100 / self.unit_yuan)


def fen(unit_yuan: int) -> Fen:
    """Money in a column of 元 (1) or 万元 (10 000)."""
    return Fen(unit_yuan)


@dataclass(frozen=True, eq=False)
class Measure:
    """A number with a unit: ``factors`` turn the units people write into the column's own, the first of them.

    A unit in the cell wins over the heading's, the heading's over the column's.
    """

    factors: Mapping[str, float]
    factor: float = 1.0

    def __call__(self, cell: Cell) -> Any:
        said = plain(cell).replace(" ", "").lower()
        for unit, factor in sorted(self.factors.items(), key=lambda item: -len(item[0])):
            if isinstance(cell, str) and said.endswith(unit) and said[: -len(unit)][-1:].isdigit():
                return _scaled(number(said[: -len(unit)]), factor)
        return _scaled(number(cell), self.factor)

    def under(self, heading: str) -> "Measure":
        """The reader for a column whose heading names its unit."""
        match = re.search(r"[(（\[【](.+?)[)）\]】]\s*$", heading)
        unit = plain(match[1]).lower().replace(" ", "") if match else ""
        return Measure(self.factors, self.factors[unit]) if unit in self.factors else self


def _scaled(got: Any, factor: float) -> Any:
    if isinstance(got, Doubt):
        return Doubt(got.value * factor, got.rule, got.remedy, got.code)
    # 1200 m are 1.2 km and not 1.2000000000000002.
    return float(f"{got * factor:.12g}")
