"""Who gets the money and the service (公平): per head by township, near and remote, class of village; Gini and Theil.

Both indices weigh each place by its people: a township of 20,000 is not one voice beside a hamlet.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True)
class Share:
    """One village: people who live there, money that went there (fen), people served by a facility; None where unknown."""

    village: str
    name: str
    people: int | None
    fen: int | None
    served: int | None


@dataclass(frozen=True, slots=True)
class GroupShare:
    """A group of villages: people, money, served people, and the two per head; villages without people are counted apart."""

    group: str
    villages: int
    people: int
    fen: int
    served: int
    unknown: int

    @property
    def yuan_per_head(self) -> float | None:
        """Yuan per head of those who live there; None where nobody is known to."""
        return self.fen / 100 / self.people if self.people else None

    @property
    def served_share(self) -> float | None:
        return self.served / self.people if self.people else None


def _pairs(amounts: Sequence[float], people: Sequence[float]) -> list[tuple[float, float]]:
    if len(amounts) != len(people) or any(w < 0 for w in people) or any(a < 0 for a in amounts):
        raise ValueError("amounts and people must be as many and not negative")
    return sorted((a / w, w) for a, w in zip(amounts, people, strict=True) if w > 0)


def gini(amounts: Sequence[float], people: Sequence[float]) -> float | None:
    """Gini index of amounts per head, weighted by people: 0 equal, towards 1 all to one. None where nothing is given."""
    pairs = _pairs(amounts, people)
    total, heads = sum(v * w for v, w in pairs), sum(w for _, w in pairs)
    if total <= 0:
        return None
    # Twice the area between the diagonal and the Lorenz curve, trapezoid by trapezoid.
    area = below = 0.0
    for value, weight in pairs:
        area += weight / heads * (2 * below + value * weight / total)
        below += value * weight / total
    return max(0.0, 1 - area)


def theil(amounts: Sequence[float], people: Sequence[float]) -> float | None:
    """Theil's T of amounts per head, weighted by people; 0 equal, ln(heads/least heads) at most. None for nothing."""
    pairs = _pairs(amounts, people)
    total, heads = sum(v * w for v, w in pairs), sum(w for _, w in pairs)
    if total <= 0:
        return None
    mean = total / heads
    return max(0.0, sum(w / heads * (v / mean) * log(v / mean) for v, w in pairs if v > 0))


def theil_between(amounts: Sequence[float], people: Sequence[float], groups: Sequence[Hashable]) -> float | None:
    """The part of Theil's T that lies between groups: the rest of it lies within them."""
    by_amount: dict[Hashable, float] = defaultdict(float)
    by_people: dict[Hashable, float] = defaultdict(float)
    for amount, heads, group in zip(amounts, people, groups, strict=True):
        by_amount[group] += amount if heads > 0 else 0
        by_people[group] += heads
    return theil([by_amount[g] for g in by_people], [by_people[g] for g in by_people])


def group_shares(rows: Sequence[Share], group: Callable[[Share], str]) -> list[GroupShare]:
    """Sums by group, least money per head first; a village whose people are unknown stands in ``unknown`` only."""
    held: dict[str, list[Share]] = defaultdict(list)
    for row in rows:
        held[group(row)].append(row)
    out = []
    for name, own in held.items():
        known = [r for r in own if r.people]
        out.append(
            GroupShare(
                name, len(own), sum(r.people or 0 for r in known), sum(r.fen or 0 for r in known),
                sum(min(r.served or 0, r.people or 0) for r in known), len(own) - len(known),
            )
        )  # fmt: skip
    return sorted(out, key=lambda g: (g.yuan_per_head is None, g.yuan_per_head or 0.0, g.group))
