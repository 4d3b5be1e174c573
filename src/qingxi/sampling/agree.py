"""Two people enter the same visit without seeing each other: where do they differ, and is it more than chance?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two entries agree: ``different`` are the ids that a third person has to decide."""

    n: int
    same: int
    kappa: float | None
    different: tuple[str, ...]


def agreement(first: Mapping[str, object], second: Mapping[str, object]) -> Agreement:
    """Compare what both said of the same ids.

    Cohen's kappa is ``(po - pe) / (1 - pe)``; None where both said one and the same of everything, for then there is no
    chance to beat.
    """
    both = sorted(set(first) & set(second))
    different = tuple(i for i in both if first[i] != second[i])
    n = len(both)
    if not n:
        return Agreement(0, 0, None, ())
    one, two = Counter(first[i] for i in both), Counter(second[i] for i in both)
    by_chance = sum(one[v] * two[v] for v in one) / n**2
    observed = 1 - len(different) / n
    kappa = None if by_chance >= 1 else (observed - by_chance) / (1 - by_chance)
    return Agreement(n, n - len(different), kappa, different)


def differing(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[str, ...]:
    """The questions that two entries answer differently, those that only one answers among them."""
    return tuple(sorted(k for k in set(first) | set(second) if first.get(k) != second.get(k)))
