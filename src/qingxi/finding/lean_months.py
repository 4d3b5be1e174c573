"""Months in which a plant drew less than before and after (用电偏低的月份), from its bills alone."""

from dataclasses import dataclass

import numpy as np

from qingxi.finding.interval import Floats
from qingxi.finding.thresholds import threshold

LEAST_KNOWN = 6
"""Months with a bill; fewer say nothing of how they differ."""


@dataclass(frozen=True, slots=True)
class LeanMonths:
    """A stretch of months with less draw: first and last index, their level and that of the others, kWh/d, the months'
    own scatter beside these two levels, and how many months with a figure lie inside, before and after it."""

    first: int
    last: int
    low: float
    high: float
    scatter: float
    inside: int
    before: int
    after: int

    @property
    def others(self) -> int:
        """Months with a figure outside the stretch."""
        return self.before + self.after

    def told(self, drop: float, months: int) -> bool:
        """Whether it fell by such a share at least, and both it and the rest have so many months with a figure."""
        return min(self.inside, self.others) >= months and self.low <= (1 - drop) * self.high


def lean_months(kwh: Floats) -> LeanMonths | None:
    """The stretch of months in which a plant drew less than before and after: two levels fitted by least squares.

    Pumps and air that follow the water draw less when less comes; an evenly run blower moves little, so what counts is
    how far the two levels lie apart beside the months' own scatter. None where no stretch of at least
    ``paper.months`` stands out; months without a figure (NaN) inside the stretch belong to it.
    """
    at = np.nonzero(~np.isnan(kwh))[0]
    least = int(threshold("paper.months"))
    if at.size < LEAST_KNOWN:
        return None
    own = kwh[at]
    best: tuple[float, int, int] | None = None
    for i in range(at.size):
        for j in range(i + least, at.size + 1):
            inside, outside = own[i:j], np.concatenate([own[:i], own[j:]])
            if outside.size < least or inside.mean() >= outside.mean():
                continue
            left = float(((inside - inside.mean()) ** 2).sum() + ((outside - outside.mean()) ** 2).sum())
            if best is None or left < best[0]:
                best = left, i, j
    if best is None:
        return None
    left, i, j = best
    low, high = float(own[i:j].mean()), float(np.concatenate([own[:i], own[j:]]).mean())
    scatter = (left / (at.size - 2)) ** 0.5
    if high - low < max(threshold("starved.step") * high, threshold("starved.step_sigmas") * scatter):
        return None
    return LeanMonths(int(at[i]), int(at[j - 1]), low, high, scatter, j - i, i, int(at.size - j))
