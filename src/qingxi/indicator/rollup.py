"""One figure up the tree: township, county, prefecture, province, from its own lines and never from rates of rates.

The tree is that of the day: a village that was merged or given to another township lies where it lay then. Gains and losses
stay apart at every level. The sums are numpy's, so that 45,000 villages cost a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from qingxi.indicator.change import Change
from qingxi.indicator.definition import Definition
from qingxi.indicator.figure import Counted, Figure, percent

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Node:
    """A place of the tree on the day; ``parent`` is "" for the root."""

    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True, slots=True)
class Rolled:
    """A figure at one node: sums of lines below it; ``gained`` and ``lost`` are never netted."""

    node: Node
    part: int
    n: int
    printed: str
    groups: Mapping[str, int]
    gained: int
    lost: int

    @property
    def value(self) -> float | None:
        return self.part / self.n if self.n else None


class Tree:
    """Nodes in an order in which every child comes after its parent.

    Raises ValueError when a code stands twice, a parent is missing, or the parents run in a circle.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        given = list(nodes)
        at = {node.code: node for node in given}
        if len(at) < len(given):
            raise ValueError("区划树里有重复的代码")
        below: dict[str, list[Node]] = {}
        for node in given:
            if node.parent and node.parent not in at:
                raise ValueError(f"{node.name} 的上级 {node.parent} 不在区划树里")
            below.setdefault(node.parent, []).append(node)
        order = list(below.get("", ()))
        for node in order:  # grows while it is walked
            order += below.get(node.code, ())
        if len(order) < len(given):
            raise ValueError("区划树的上下级成了环")
        self.nodes: Sequence[Node] = order
        self.at = {node.code: n for n, node in enumerate(order)}
        self.parent: list[int] = [self.at[node.parent] if node.parent else -1 for node in order]
        self.below = below

    def lifted(self, sums: Ints) -> Ints:
        """Sums at the nodes themselves as sums of everything below them."""
        total = sums.copy()
        for n in range(len(total) - 1, -1, -1):
            if self.parent[n] >= 0:
                total[self.parent[n]] += total[n]
        return total

    def under(self, code: str) -> frozenset[str]:
        """Codes of a node and all below it."""
        found = [code]
        for one in found:
            found += [node.code for node in self.below.get(one, ())]
        return frozenset(found)


@dataclass(frozen=True)
class RollUp:
    """The figure at every node of the tree, and where each of its lines lies."""

    tree: Tree
    definition: Definition
    part: Ints
    n: Ints
    groups: Mapping[str, Ints]
    gained: Ints
    lost: Ints
    moves: Change | None
    where: Mapping[str, str]
    nowhere: tuple[Counted, ...]  # lines that lie in no node: in no sum, and named

    def row(self, code: str) -> Rolled:
        """The figure of one node; KeyError for a code that is not in the tree."""
        at = self.tree.at[code]
        part, n = int(self.part[at]), int(self.n[at])
        printed = f"{percent(part, n, self.definition.decimals)}%" if n else "无法计算"
        groups = {name: int(sums[at]) for name, sums in self.groups.items()}
        return Rolled(self.tree.nodes[at], part, n, printed, groups, int(self.gained[at]), int(self.lost[at]))

    def below(self, code: str) -> list[Rolled]:
        """The nodes directly below one, as the tree has them."""
        return [self.row(node.code) for node in self.tree.below.get(code, ())]

    def movers(self, code: str) -> tuple[tuple[Counted, ...], tuple[Counted, ...]]:
        """Who came into the numerator and who left it, below a node, by name."""
        if self.moves is None:
            return (), ()
        inside = self.tree.under(code)

        def kept(lines: tuple[Counted, ...]) -> tuple[Counted, ...]:
            return tuple(c for c in lines if self.where.get(c.ref.id) in inside)

        return kept(self.moves.gained), kept(self.moves.lost)

    @cached_property
    def roots(self) -> list[Rolled]:
        return self.below("")


def roll_up(figure: Figure, tree: Tree, where: Mapping[str, str], moves: Change | None = None) -> RollUp:
    """Sum a figure's lines at every node.

    Parameters
    ----------
    where : mapping
        Id of a line's thing (a village's code) to the code of the node it lay in on the day; for one that has left since,
        the node that answers for it now.
    moves : Change, optional
        Against an earlier figure, for gains and losses.
    """

    def summed(lines: Sequence[Counted], weights: bool = True) -> Ints:
        sums = np.zeros(len(tree.nodes), dtype=np.int64)
        at = np.fromiter((tree.at.get(where.get(c.ref.id, ""), -1) for c in lines), np.int64, len(lines))
        weight = np.fromiter((c.weight if weights else 1 for c in lines), np.int64, len(lines))
        known = at >= 0
        np.add.at(sums, at[known], weight[known])
        return tree.lifted(sums)

    by_group: dict[str, list[Counted]] = {name: [] for name in figure.states}
    for line in figure.denominator:
        if line.group:
            by_group.setdefault(line.group, []).append(line)
    zero = np.zeros(len(tree.nodes), dtype=np.int64)
    return RollUp(
        tree, figure.definition, summed(figure.numerator), summed(figure.denominator),
        {name: summed(lines, False) for name, lines in by_group.items()},
        summed(moves.gained, False) if moves else zero, summed(moves.lost, False) if moves else zero, moves, where,
        tuple(c for c in figure.denominator if where.get(c.ref.id, "") not in tree.at),
    )  # fmt: skip
