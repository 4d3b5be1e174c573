"""A directed Steiner arborescence on given arc weights: layout with costs fixed per arc, and how far it is from the best.

Terminals flow along directed arcs to ends; ending at a node has a price of its own (nothing at a given outlet, a plant's fixed
cost at a site). Every arc and end in use is paid once, however much flows through it.

A tree is found by repeated shortest paths, over all arcs and over those that a dual ascent has saturated, each improved by
exchanging paths; further rounds try other weights and keep what is better part by part. The ascent, guided by the tree, is the bound.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.plan.arborescence_ascent import guided_ascent
from qingxi.plan.arborescence_kernel import by_end, exchange_paths, grow, prune, take_better_parts, tree_weight

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
SWEEPS = 20


@dataclass(frozen=True, slots=True)
class Arborescence:
    """A tree and a bound.

    Attributes
    ----------
    next_arc : int64[nodes]
        The arc each node flows by; −1 outside the tree, ``len(weight)`` at nodes that end.
    weight : float
        Sum of the arcs and ends in use.
    bound : float
        No arborescence that ties in the same terminals weighs less.
    unreached : int64[k]
        Terminals from which no end can be reached; they are in neither figure.
    """

    next_arc: Ints
    weight: float
    bound: float
    unreached: Ints

    @property
    def gap(self) -> float:
        """(weight − bound) / weight."""
        return (self.weight - self.bound) / self.weight if self.weight > 0 else 0.0


class _Net:
    """The arcs sorted both ways, and what is done to trees on them."""

    def __init__(self, tail: Ints, head: Ints, weight: Floats, root_cost: Floats, terminal: Bools) -> None:
        self.tail, self.head, self.weight, self.root_cost, self.terminal = tail, head, weight, root_cost, terminal
        self.out, self.out_arc = by_end(root_cost.size, tail)
        self.into, self.into_arc = by_end(root_cost.size, head)

    def grown(self, weight: Floats, root_cost: Floats) -> Ints:
        """A tree by shortest paths on these weights, improved on the true ones."""
        tree = np.empty(self.root_cost.size, dtype=np.int64)
        grow(
            self.into, self.into_arc, self.tail, self.head, weight, weight < np.inf, root_cost, root_cost < np.inf,
            self.terminal, tree,
        )  # fmt: skip
        exchange_paths(
            self.out, self.out_arc, self.into, self.into_arc, self.tail, self.head, self.weight, self.root_cost,
            self.terminal, tree, SWEEPS,
        )  # fmt: skip
        prune(tree, self.head, self.terminal)
        return tree

    def take(self, kept: Ints, other: Ints) -> float:
        """Take the better parts of another tree; nothing of one that leaves a terminal out."""
        if (other[self.terminal] < 0).any():
            return 0.0
        return float(take_better_parts(kept, other, self.tail, self.head, self.weight, self.root_cost))

    def ascent(self, tree: Ints, region_grow: float) -> tuple[float, Floats, Floats]:
        """The bound by a guided ascent, and what it leaves of arcs and ends."""
        left, root_left = self.weight.copy(), self.root_cost.copy()
        bound = guided_ascent(
            self.out, self.out_arc, self.into, self.into_arc, self.tail, self.head, left, root_left,
            np.flatnonzero(self.terminal), tree, True, region_grow,
        )  # fmt: skip
        return float(bound), left, root_left

    def saturated(self, left: Floats, root_left: Floats) -> tuple[Floats, Floats]:
        """The weights of what is saturated, inf elsewhere."""
        return np.where(left == 0, self.weight, np.inf), np.where(root_left == 0, self.root_cost, np.inf)


BOUND_EVERY = 20  # rounds from one ascent to the next


def steiner_arborescence(
    tail: Ints, head: Ints, weight: Floats, terminals: Ints, root_cost: Floats, *, rounds: int = 0, seed: int = 1,
    region_grow: float = 1.25,
) -> Arborescence:  # fmt: skip
    """A cheap arborescence from all terminals to ends, with a lower bound.

    Parameters
    ----------
    tail, head : int64[arcs]
        Directed in the direction of flow; parallel arcs are allowed.
    weight : float64[arcs]
        Not negative; inf where the arc cannot be used.
    terminals : int64[k]
        Nodes that must reach an end.
    root_cost : float64[nodes]
        Price of ending at a node; inf where one cannot.
    rounds : int
        Further trees tried; 0 is enough on the streets of one settlement, some tens where many ends compete.
    seed : int
        Of the rounds' chance; the same input and seed give the same tree.
    region_grow : float
        Care of the dual ascent, 1 or more: nearer to 1 is slower.

    Raises
    ------
    ValueError
        When a weight is negative or not a number, or an end of an arc is no node.

    Notes
    -----
    About O(arcs log nodes) a tree and O(terminals × region) a bound.
    Sources: Wong 1984 (dual ascent), Pajor, Uchoa, Werneck 2014 (guiding it), Takahashi & Matsuyama 1980 (shortest paths).
    """
    nodes = root_cost.shape[0]
    if not (weight >= 0).all() or not (root_cost >= 0).all():
        raise ValueError("weights and prices of ends must be numbers and not negative")
    for name, end in (("tail", tail), ("head", head), ("terminals", terminals)):
        if end.size and (end.min() < 0 or end.max() >= nodes):
            raise ValueError(f"{name} names a node outside 0 to {nodes - 1}")
    terminal = np.zeros(nodes, dtype=np.bool_)
    terminal[terminals] = True
    net = _Net(tail.astype(np.int64), head.astype(np.int64), weight, root_cost, terminal)
    kept = net.grown(weight, root_cost)
    lost = np.flatnonzero(terminal & (kept < 0))
    if lost.size:
        terminal[lost] = False
        kept = net.grown(weight, root_cost)
    bound, left, root_left = net.ascent(kept, region_grow)
    net.take(kept, net.grown(*net.saturated(left, root_left)))
    rng = np.random.default_rng(seed)
    for i in range(rounds):
        # By turns: the weights as they are, or what the ascent left of them; the tree at hand made cheaper every other time.
        share = (1.0, 0.1, 1.0, 0.02)[i % 4]
        w, r = (weight, root_cost) if share == 1.0 else (left + share * weight, root_left + share * root_cost)
        w, r = w * rng.uniform(0.5, 1.7, w.size), r * rng.uniform(0.4, 1.5, r.size)
        if i % 4 >= 2:
            in_use = kept[(kept >= 0) & (kept < weight.size)]
            w[in_use] *= 0.1 if i % 4 == 2 else 0.4
        net.take(kept, net.grown(w, r))
        # Another guide gives another bound, now higher, now lower: each is valid and the highest is kept.
        if (i + 1) % BOUND_EVERY == 0 or i + 1 == rounds:
            again, left, root_left = net.ascent(kept, region_grow)
            bound = max(bound, again)
            net.take(kept, net.grown(*net.saturated(left, root_left)))
    return Arborescence(kept, float(tree_weight(kept, weight, root_cost)), bound, lost)
