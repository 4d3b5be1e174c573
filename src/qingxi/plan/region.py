"""A part of a problem cut out to be solved again by itself, everything else of the plan as it is."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground, Homes, Layout, copy_layout, empty_layout
from qingxi.plan.pipes import ends_of

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
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


def cut_region(
    ground: Ground, homes: Homes, layout: Layout, inside: Bools, outside_m3_d: npt.NDArray[np.float64]
) -> Region:  # fmt: skip
    """Cut out the nodes marked ``inside``, which must be closed (:func:`closed_region`).

    Parameters
    ----------
    outside_m3_d : float64[groups]
        What the rest of the plan joins to each group: not free for the part.
    """
    n = inside.size
    nodes = np.flatnonzero(inside)
    here = np.full(n, -1, dtype=np.int64)
    here[nodes] = np.arange(nodes.size)
    start, count = ground.indptr[nodes], ground.indptr[nodes + 1] - ground.indptr[nodes]
    offset = np.cumsum(count) - count
    at = np.repeat(start - offset, count) + np.arange(int(count.sum()))
    keep = inside[ground.neighbour[at]]
    owner = np.repeat(np.arange(nodes.size), count)[keep]
    neighbour, arc = here[ground.neighbour[at[keep]]], ground.arc[at[keep]]
    arcs, arc_here = np.unique(arc, return_inverse=True)
    indptr = np.zeros(nodes.size + 1, dtype=np.int64)
    indptr[1:] = np.cumsum(np.bincount(owner, minlength=nodes.size))

    tied = layout.slot >= 0
    slot_in = (homes.node >= 0) & inside[np.maximum(homes.node, 0)]
    at_house = homes.node[np.arange(tied.size), np.maximum(layout.slot, 0)]
    houses = np.flatnonzero(np.where(tied, inside[np.maximum(at_house, 0)], slot_in.any(axis=1)))
    node = np.where(slot_in[houses], here[np.maximum(homes.node[houses], 0)], -1)

    fields: dict[str, Any] = {}
    for name, value in ground._asdict().items():
        if name not in _NET and isinstance(value, np.ndarray):
            rows = arcs if name in _OF_ARCS or value.shape[0] != n else nodes
            fields[name] = value[rows]
    fields["capacity_m3_d"] = ground.capacity_m3_d - outside_m3_d
    part = ground._replace(
        **fields, tail=here[ground.tail[arcs]], head=here[ground.head[arcs]], indptr=indptr,
        neighbour=neighbour, arc=arc_here.astype(np.int64).reshape(-1),
    )  # fmt: skip
    per_house: dict[str, Any] = {
        k: v[houses] for k, v in homes._asdict().items() if isinstance(v, np.ndarray) and v.shape[:1] == tied.shape
    }
    mine = homes._replace(**(per_house | {"node": node}))
    sub = _layout_part(layout, nodes, houses, here, arcs)
    return Region(nodes, arcs, houses, part, mine, sub)


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
