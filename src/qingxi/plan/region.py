"""A part of a problem cut out to be solved again by itself, everything else of the plan as it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground, Homes, Layout, copy_layout, empty_layout
from qingxi.plan.pipes import ends_of
from qingxi.sewer import DesignArrays

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_ENDING = 4  # ``DesignArrays.way`` of a node where a system ends
_NET = ("tail", "head", "indptr", "neighbour", "arc", "capacity_m3_d")
_OF_ARCS = ("length_m", "trench", "crossing")


@dataclass(frozen=True, slots=True)
class Region:
    """Nodes, arcs and houses of the part, by their numbers in the whole, and the part's own arrays."""

    nodes: Ints
    arcs: Ints
    houses: Ints
    ground: Ground
    homes: Homes
    layout: Layout


def closed_region(layout: Layout, homes: Homes, near: Bools) -> Bools:
    """``near`` and every node of the systems that have a node in it, so that no sewer of the plan is cut."""
    end = ends_of(layout.next_node)
    touched = np.zeros(near.size, dtype=np.bool_)
    touched[end[near]] = True
    used = layout.next_node >= 0
    tied = np.flatnonzero(layout.slot >= 0)
    at = homes.node[tied, layout.slot[tied]]
    used[at] = True
    used[end[at]] = True
    closed: Bools = near | (touched[end] & used)
    return closed


def joined_outside(ground: Ground, design: DesignArrays, joins: Bools, inside: Bools) -> npt.NDArray[np.float64]:
    """What the plan joins to each group from outside a region, m³/d: float64[groups]."""
    joined = np.where((design.way == _ENDING) & joins & ~inside, design.people_m3_d, 0.0)
    groups = ground.capacity_m3_d.shape[0]
    by_group = np.bincount(
        np.maximum(ground.join, 0), weights=np.where(ground.join >= 0, joined, 0.0), minlength=groups
    )
    return by_group[:groups].astype(np.float64)


class RegionCutter:
    """Cuts regions out of one layout; each cut costs by the region's size, not the county's.

    Parameters
    ----------
    ground, homes, layout
        The whole; a region must be closed under the layout (:func:`closed_region`).
    """

    def __init__(self, ground: Ground, homes: Homes, layout: Layout) -> None:
        self.ground, self.homes, self.layout = ground, homes, layout
        n, slots = ground.ground_m.shape[0], homes.node.shape[1] if homes.node.ndim == 2 else 0
        self.here = np.full(n, -1, dtype=np.int64)
        flat = homes.node.reshape(-1)
        there = np.flatnonzero(flat >= 0)
        order = there[np.argsort(flat[there], kind="stable")]
        self.at_node = order // max(slots, 1)
        self.first = np.searchsorted(flat[order], np.arange(n + 1))

    def houses_at(self, nodes: Ints) -> Ints:
        """Houses that may be tied to one of these nodes, ascending."""
        return np.unique(self.at_node[_ranges(self.first[nodes], self.first[nodes + 1] - self.first[nodes])])

    def cut(self, nodes: Ints, outside_m3_d: npt.NDArray[np.float64]) -> Region:
        """The part made of these nodes, ascending.

        Parameters
        ----------
        outside_m3_d : float64[groups]
            What the rest of the plan joins to each group: not free for the part.
        """
        ground, homes, layout, here = self.ground, self.homes, self.layout, self.here
        n = here.size
        here[nodes] = np.arange(nodes.size)
        start, count = ground.indptr[nodes], ground.indptr[nodes + 1] - ground.indptr[nodes]
        at = _ranges(start, count)
        keep = here[ground.neighbour[at]] >= 0
        owner = np.repeat(np.arange(nodes.size), count)[keep]
        neighbour, arc = here[ground.neighbour[at[keep]]], ground.arc[at[keep]]
        arcs, arc_here = np.unique(arc, return_inverse=True)
        indptr = np.zeros(nodes.size + 1, dtype=np.int64)
        indptr[1:] = np.cumsum(np.bincount(owner, minlength=nodes.size))
        houses = self.houses_at(nodes)
        slot = layout.slot[houses]
        tied_at = homes.node[houses, np.maximum(slot, 0)]
        houses = houses[(slot < 0) | (here[np.maximum(tied_at, 0)] >= 0)]
        node = homes.node[houses]
        node = np.where(node >= 0, here[np.maximum(node, 0)], -1)
        fields: dict[str, Any] = {}
        for name, value in ground._asdict().items():
            if name not in _NET and isinstance(value, np.ndarray):
                fields[name] = value[arcs if name in _OF_ARCS or value.shape[0] != n else nodes]
        part = ground._replace(
            **fields, capacity_m3_d=ground.capacity_m3_d - outside_m3_d, tail=here[ground.tail[arcs]],
            head=here[ground.head[arcs]], indptr=indptr, neighbour=neighbour, arc=arc_here.astype(np.int64).reshape(-1),
        )  # fmt: skip
        per_house: dict[str, Any] = {
            k: v[houses]
            for k, v in homes._asdict().items()
            if isinstance(v, np.ndarray) and v.shape[:1] == layout.slot.shape
        }
        sub = _layout_part(layout, nodes, houses, here, arcs)
        here[nodes] = -1
        return Region(nodes, arcs, houses, part, homes._replace(**(per_house | {"node": node})), sub)


def cut_region(
    ground: Ground, homes: Homes, layout: Layout, inside: Bools, outside_m3_d: npt.NDArray[np.float64]
) -> Region:
    """One region, of the nodes marked ``inside``; see :class:`RegionCutter`."""
    return RegionCutter(ground, homes, layout).cut(np.flatnonzero(inside), outside_m3_d)


def _ranges(start: Ints, count: Ints) -> Ints:
    """start[0], start[0] + 1, … for count[0], then start[1] and so on."""
    offset = np.cumsum(count) - count
    return np.repeat(start - offset, count) + np.arange(int(count.sum()))


def _layout_part(layout: Layout, nodes: Ints, houses: Ints, here: Ints, arcs: Ints) -> Layout:
    sub = empty_layout(nodes.size, houses.size)
    to = layout.next_node[nodes]
    inner = (to >= 0) & (here[np.maximum(to, 0)] >= 0)
    sub.next_node[inner] = here[to[inner]]
    sub.next_arc[inner] = np.searchsorted(arcs, layout.next_arc[nodes[inner]])
    sub.lift_here[inner] = layout.lift_here[nodes[inner]]
    sub.slot[:], sub.pumped[:] = layout.slot[houses], layout.pumped[houses]
    return sub


def put_back(layout: Layout, region: Region, part: Layout) -> Layout:
    """The whole layout with the part's in its place; a new one."""
    whole = copy_layout(layout)
    to = part.next_node
    whole.next_node[region.nodes] = np.where(to >= 0, region.nodes[np.maximum(to, 0)], -1)
    some = part.next_arc >= 0
    whole.next_arc[region.nodes] = -1
    whole.next_arc[region.nodes[some]] = region.arcs[part.next_arc[some]]
    whole.lift_here[region.nodes] = part.lift_here
    whole.slot[region.houses], whole.pumped[region.houses] = part.slot, part.pumped
    return whole
