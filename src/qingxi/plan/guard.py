"""Holding a search to what was decided: a layout that breaks a decision costs so much that no better block takes it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Layout
from qingxi.plan.pipes import ends_of
from qingxi.plan.region import Region
from qingxi.plan.search import Candidate, Search

Ints = npt.NDArray[np.int64]
ANY, JOIN, PLANT = 0, 1, 2
ENDING = 4
PENALTY = 1e8  # yuan for each house or place that is not as decided


@dataclass(frozen=True, slots=True)
class Place:
    """A place that must hold something: nodes of which one must carry a plant, or arcs that must carry a sewer.

    ``override`` is the number of the decision, ``anchor`` the node that bears the penalty; ``length_m`` and ``share`` are
    those of the arcs.
    """

    override: int
    anchor: int
    nodes: Ints
    arcs: Ints
    length_m: npt.NDArray[np.float64]
    share: float


@dataclass(frozen=True, slots=True)
class Guard:
    """What layouts must hold: per house where its sewage must end, and places.

    ``end_kind`` is :data:`ANY`, :data:`JOIN` or :data:`PLANT`; ``pinned_by`` the number of the decision behind it (−1 none).
    """

    end_kind: Ints
    pinned_by: Ints
    places: tuple[Place, ...] = ()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to hold."""
        return not self.places and not self.end_kind.any()

    def part(self, region: Region) -> "Guard":
        """The guard of a region; a place outside it is not its matter."""
        nodes = np.full(int(max(region.nodes.max(initial=-1), 0)) + 1, -1, dtype=np.int64)
        nodes[region.nodes] = np.arange(region.nodes.size)
        places = []
        for p in self.places:
            if p.anchor >= nodes.size or nodes[p.anchor] < 0:
                continue
            keep = np.isin(p.nodes, region.nodes)
            arcs = np.isin(p.arcs, region.arcs)
            places.append(
                Place(
                    p.override, int(nodes[p.anchor]), nodes[p.nodes[keep]], np.searchsorted(region.arcs, p.arcs[arcs]),
                    p.length_m[arcs], p.share * float(p.length_m.sum()) / max(float(p.length_m[arcs].sum()), 1e-9),
                )
            )  # fmt: skip
        return Guard(self.end_kind[region.houses], self.pinned_by[region.houses], tuple(places))

    def wrong_houses(self, c: Candidate, node: Ints) -> Ints:
        """Pinned houses that are not served as decided; ``node`` is that of :class:`Homes`."""
        pinned = np.flatnonzero(self.end_kind != ANY)
        if pinned.size == 0:
            return pinned
        slot = c.layout.slot[pinned]
        end = ends_of(c.layout.next_node)[np.maximum(node[pinned, np.maximum(slot, 0)], 0)]
        right = (slot >= 0) & (c.joins[end] == (self.end_kind[pinned] == JOIN))
        return np.asarray(pinned[~right])

    def lacking(self, c: Candidate, place: Place) -> float:
        """How much of a place is missing: 0 as decided, to 1."""
        if place.nodes.size:
            here = (c.design.way[place.nodes] == ENDING) & ~c.joins[place.nodes]
            return 0.0 if here.any() else 1.0
        total = float(place.length_m.sum())
        laid = float(place.length_m[np.isin(place.arcs, used_arcs(c.layout, c.design.houses))].sum())
        return max(0.0, 1.0 - laid / (place.share * total)) if total > 0 else 0.0

    def charge(self, c: Candidate, node: Ints) -> None:
        """Add the penalties to a candidate that has just been priced."""
        for i in self.wrong_houses(c, node):
            if c.layout.slot[i] >= 0:
                c.house_cost[i] += PENALTY
                c.cost += PENALTY
        for place in self.places:
            if (short := self.lacking(c, place)) > 1e-9:
                fine = PENALTY * (0.5 + 0.5 * short)
                c.node_cost[place.anchor] += fine
                c.cost += fine


def used_arcs(layout: Layout, houses: Ints) -> Ints:
    """Arcs that carry a sewer."""
    arcs = layout.next_arc[houses > 0]
    return arcs[arcs >= 0]


class GuardedSearch(Search):
    """A search whose every priced candidate bears the penalties of its guard."""

    guard: Guard | None = None

    def price(self, c: Candidate) -> float:
        """True cost plus penalties."""
        super().price(c)
        if self.guard is not None and not self.guard.idle:
            self.guard.charge(c, self.homes.node)
        return c.cost
