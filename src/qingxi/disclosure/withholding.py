"""Which counts stay unsaid, so that no small one can be worked out from those that are said (小数不公开).

Counts of households and people stand in a tree of sums. A count of 1 to ``threshold − 1`` is *small* and withheld. Others
are withheld beside it until whoever adds and subtracts over rows, columns, levels of the tree **and days of
publication** still cannot pin it: there is always a table of whole numbers, as good as the true one with everything
that was ever said, in which the small count is one less, and one in which it reaches the threshold and the interval
is at least ``width`` wide.

Whoever attacks is taken to know every sum, everything published on any day, and **which counts have not changed
between days**: a count with its value is one unknown, however many days it stands. What they are not taken to know: by
how much an unpublished count has changed.

Complements are found one small count and one direction at a time: the cheapest whole-numbered change of the table that
moves it (Kelly, Golden and Assad 1992, doi:10.1002/net.3230220407), here as an integer programme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Rule:
    """How small is small. All in units counted (households, people).

    Attributes
    ----------
    threshold : int
        Counts of 1 to ``threshold − 1`` are withheld; nought is no secret.
    width : int
        Least width of the interval that may be worked out for a withheld small count.
    base : int
        What is said is rounded to a multiple of it; 1 rounds nothing.
    """

    threshold: int
    width: int
    base: int = 1

    def __post_init__(self) -> None:
        if self.threshold < 2 or self.width < 2 or self.base < 1:
            raise ValueError("门槛和范围至少是 2，取整的底数至少是 1")

    def small(self, count: int) -> bool:
        return 0 < count < self.threshold

    def said(self, count: int) -> int:
        """The count as it is said: the nearest multiple of ``base``, half upwards."""
        return (2 * count + self.base) // (2 * self.base) * self.base


def stated_rule() -> Rule:
    """The rule as the table ``disclosure`` states it."""
    table = load_table("disclosure")
    return Rule(int(table["count.threshold"]), int(table["interval.width"]), int(table["round.base"]))


@dataclass(frozen=True)
class Counts:
    """The counts of one day of publication: value by cell, and which are sums of which.

    ``withheld`` is what was left unsaid that day (of a day gone by). Raises ValueError for a negative count or a sum
    that does not add up: a wrong table protects nothing.
    """

    values: Mapping[str, int]
    sums: Sequence[tuple[str, Sequence[str]]] = ()
    withheld: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if negative := [cell for cell, n in self.values.items() if n < 0]:
            raise ValueError(f"户数不能是负的：{'、'.join(negative[:5])}")
        for total, parts in self.sums:
            if self.values[total] != sum(self.values[p] for p in parts):
                raise ValueError(f"{total} 不等于各项之和")


class CannotProtect(Exception):
    """What was already said gives these cells away, whatever is left unsaid today."""

    def __init__(self, cells: Sequence[str]) -> None:
        super().__init__(f"已经公开过的数足以推出：{'、'.join(cells)}")
        self.cells = tuple(cells)


Unknown = tuple[str, int]  # a cell with its value: the same unknown on every day on which it stands


class _Tables:
    """All days as one system of whole numbers: A·y = 0 is every change that no sum betrays."""

    def __init__(self, days: Sequence[Counts]) -> None:
        self.days = days
        self.number: dict[Unknown, int] = {}
        for day in days:
            for cell, value in day.values.items():
                self.number.setdefault((cell, value), len(self.number))
        self.unknowns = list(self.number)
        self.values = np.array([value for _, value in self.unknowns], dtype=float)
        rows: set[tuple[tuple[int, int], ...]] = set()
        for day in days:
            at = {cell: self.number[cell, value] for cell, value in day.values.items()}
            for total, parts in day.sums:
                weight = {at[total]: -1}
                for part in parts:
                    weight[at[part]] = weight.get(at[part], 0) + 1
                rows.add(tuple(sorted((n, w) for n, w in weight.items() if w)))
        self.rows = sorted(r for r in rows if r)
        stands: list[list[tuple[int, int]]] = [[] for _ in self.unknowns]
        for n, row in enumerate(self.rows):
            for i, by in row:
                stands[i].append((n, by))
        self.stands = [tuple(s) for s in stands]
        self.beside: dict[tuple[tuple[int, int], ...], list[int]] = {}
        for i, where in enumerate(self.stands):
            self.beside.setdefault(where, []).append(i)

    def said(self, days: Iterable[Counts]) -> set[int]:
        """Unknowns that somebody read on one of these days."""
        return {
            self.number[cell, value]
            for day in days
            for cell, value in day.values.items()
            if cell not in day.withheld
        }

    def moved(self, which: int, by: int, cost: np.ndarray, fixed: set[int]) -> list[int] | None:
        """A cheap change of the tables that moves one unknown by so much; the unknowns it touches, None: there is none.

        What stands in the very same sums can give and take with it; only where nothing does, the programme is asked.
        """
        if not self.stands[which]:
            return [which]
        others = [
            i
            for i in self.beside[self.stands[which]]
            if i != which and i not in fixed and (by < 0 or self.values[i] >= by)
        ]
        if others:
            return [which, min(others, key=lambda i: (cost[i], i))]
        n = len(self.unknowns)
        free = np.array([i not in fixed for i in range(n)])
        up, down = np.where(free, np.inf, 0.0), np.where(free, self.values, 0.0)
        low = np.zeros(2 * n)
        high = np.concatenate([up, down])
        place = which if by > 0 else n + which
        low[place] = high[place] = abs(by)
        high[n + which if by > 0 else which] = 0.0
        at = [(r, i, w) for r, row in enumerate(self.rows) for i, w in row]
        if at:
            r, i, w = (np.array(part) for part in zip(*at, strict=True))
            matrix = coo_array(
                (np.concatenate([w, -w]).astype(float), (np.concatenate([r, r]), np.concatenate([i, i + n]))),
                shape=(len(self.rows), 2 * n),
            ).tocsr()
            laws = [LinearConstraint(matrix, 0.0, 0.0)]
        else:
            laws = []
        found = milp(
            np.concatenate([cost, cost]), integrality=np.ones(2 * n), bounds=Bounds(low, high), constraints=laws
        )
        if found.x is None:
            return None
        moved = np.round(found.x[:n] - found.x[n:])
        return [int(i) for i in np.flatnonzero(moved)]


def _ways(value: int, rule: Rule) -> tuple[int, int]:
    """How far a small count must be movable: one down, and up to the threshold or as far as the width asks."""
    return -1, max(rule.threshold - value, rule.width - 1)


def withhold(today: Counts, rule: Rule, earlier: Sequence[Counts] = ()) -> frozenset[str]:
    """The cells of today's table that stay unsaid. Nobody is told which of them are the small ones.

    Raises
    ------
    CannotProtect
        What earlier days said gives a small count away already; the cells are named.
    """
    tables = _Tables([*earlier, today])
    out = tables.said(earlier)
    mine = {tables.number[cell, value]: cell for cell, value in today.values.items()}
    hidden = {i for day in earlier for i in (tables.number[c, day.values[c]] for c in day.withheld)} - out
    small = sorted(
        i
        for i, (_, value) in enumerate(tables.unknowns)
        if i not in out and rule.small(value) and (i in mine or i in hidden)
    )
    hidden |= set(small)
    cost = np.where(np.isin(np.arange(len(tables.unknowns)), list(hidden)), 0.0, 1.0 + tables.values)
    lost = []
    for which in small:
        for by in _ways(tables.unknowns[which][1], rule):
            touched = tables.moved(which, by, cost, out)
            if touched is None:
                lost.append(tables.unknowns[which][0])
                continue
            hidden |= set(touched)
            cost[touched] = 0.0
    if lost:
        raise CannotProtect(sorted(set(lost)))
    return frozenset(mine[i] for i in hidden if i in mine)


def exposed(days: Sequence[Counts], rule: Rule) -> tuple[str, ...]:
    """Small counts of any of these days that whoever reads all of them can pin too closely; none: the rule holds."""
    tables = _Tables(days)
    out = tables.said(days)
    nothing = np.zeros(len(tables.unknowns))
    found = []
    for i, (cell, value) in enumerate(tables.unknowns):
        if not rule.small(value):
            continue
        if i in out or any(tables.moved(i, by, nothing, out) is None for by in _ways(value, rule)):
            found.append(cell)
    return tuple(sorted(set(found)))
