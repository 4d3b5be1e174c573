"""Changing a layout at random, to be polished."""

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.redesign import end_of, flows_through

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@njit(cache=True)
def kick_layout(
    layout: Layout, ground: Ground, homes: Homes, used: Ints, nodes: Ints, house_draw: Ints, draw: Floats,
    try_node: Bools, try_house: Bools,
) -> None:  # fmt: skip
    """Change a layout at random, to be polished: some nodes flow to another used neighbour, some houses tie in elsewhere.

    Parameters
    ----------
    used : int64[nodes]
        Houses whose flow passes each node, before the kick.
    nodes, house_draw : int64
        Which nodes and houses to change.
    draw : float64
        As many numbers in [0, 1) as nodes and houses together.
    """
    for i in range(nodes.shape[0]):
        v = nodes[i]
        if used[v] == 0 or layout.next_node[v] < 0:
            continue
        degree = ground.indptr[v + 1] - ground.indptr[v]
        a = ground.indptr[v] + int(draw[i] * degree)
        y = ground.neighbour[a]
        if y == layout.next_node[v] or used[y] == 0 or flows_through(layout, y, v):
            continue
        there = end_of(layout, y)
        g = ground.join[there]
        if g >= 0 and ground.capacity_m3_d[g] < np.inf and there != end_of(layout, v):
            continue
        try_node[v] = try_node[y] = try_node[layout.next_node[v]] = True
        layout.next_node[v], layout.next_arc[v], layout.lift_here[v] = y, ground.arc[a], False
    for i in range(house_draw.shape[0]):
        h = house_draw[i]
        s = int(draw[nodes.shape[0] + i] * homes.node.shape[1])
        y = homes.node[h, s]
        if layout.slot[h] < 0 or y < 0 or used[y] == 0:
            continue
        old = homes.node[h, layout.slot[h]]
        if end_of(layout, y) != end_of(layout, old):
            continue
        layout.slot[h] = s
        layout.pumped[h] = homes.need_m[h, s] > 2.0
        try_house[h] = True
        try_node[y] = try_node[old] = True
