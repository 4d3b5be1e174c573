"""Depth levels of the lower bound: each node's own list, laid along an incumbent.

Any list is valid, since depths are rounded down; how much is lost depends on the list. Levels of neighbouring nodes lie on
common planes that fall with the least slope along the incumbent, one of them through the incumbent's own depths: a pipe
laid like the incumbent's lands on a level of the next node and loses nothing.
"""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Layout
from qingxi.sewer import DesignArrays, SewerKit
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

# A level stands this much below the next one upstream on its plane, so that rounding errors of floats never lift an
# arrival above the level it is meant to reach.
STEP_DUST_M = 1e-9
LEAST_GAP_M = 1e-3


@njit(cache=True, nogil=True)
def anchor_planes(ground: Ground, kit: SewerKit, layout: Layout, design: DesignArrays) -> tuple[Floats, Ints]:
    """Invert elevation of a plane at every node, and the number of arcs from there to the end of its plane.

    On the incumbent it is the incumbent's invert; elsewhere it rises with the least slope from the nearest node that has one
    (from the possible ends where there is no incumbent at all).
    """
    n = ground.ground_m.shape[0]
    invert = np.zeros(n)
    hops = np.full(n, -1, dtype=np.int64)
    away = np.full(n, np.inf)
    heap = [(0.0, np.int64(0))]
    heap.pop()
    found = False
    for v in range(n):
        if design.way[v] != 0:
            found = True
    for v in range(n):
        if found and design.way[v] != 0:
            depth = design.inlet_m[v]
            if design.way[v] == 1:
                depth = design.depth_m[v]
            elif design.way[v] == 3:
                depth = kit.pressure_depth_m
            invert[v] = ground.ground_m[v] - depth
            run, x = 0, v
            while hops[x] < 0 and layout.next_node[x] >= 0:
                run += 1
                x = layout.next_node[x]
            run += max(hops[x], 0)
            x = v
            while hops[x] < 0:
                hops[x] = run
                run -= 1
                if layout.next_node[x] < 0:
                    break
                x = layout.next_node[x]
        elif not found and (ground.site[v] > 0 or ground.join[v] >= 0):
            invert[v] = ground.ground_m[v] - kit.depth_min_m[0]
            hops[v] = 0
        else:
            continue
        away[v] = 0.0
        heapq.heappush(heap, (0.0, np.int64(v)))
    while len(heap) > 0:
        d, top = heapq.heappop(heap)
        v = int(top)
        if d > away[v]:
            continue
        for i in range(ground.indptr[v], ground.indptr[v + 1]):
            y = ground.neighbour[i]
            length = ground.length_m[ground.arc[i]]
            if d + length < away[y]:
                away[y] = d + length
                invert[y] = invert[v] + kit.slope_min[0] * length
                hops[y] = hops[v] + 1
                heapq.heappush(heap, (away[y], np.int64(y)))
    for v in range(n):
        if hops[v] < 0:
            hops[v] = 0
            invert[v] = ground.ground_m[v] - kit.depth_min_m[0]
    return invert, hops


@njit(cache=True, nogil=True)
def level_lists(
    ground_m: Floats, invert_m: Floats, hops: Ints, least_m: float, most_m: float, step_m: Floats
) -> tuple[Ints, Floats]:
    """Ascending depth levels of every node: the least cover, then the planes ``step_m`` (by node) apart, to the greatest depth.

    The first entry of each node stands for a pressure main passing through and has no depth (0).
    """
    n = ground_m.shape[0]
    most_hops = 0
    for v in range(n):
        most_hops = max(most_hops, int(hops[v]))
    room = 0
    for v in range(n):
        room += int(np.ceil((most_m - least_m) / step_m[v])) + 3
    ptr = np.zeros(n + 1, dtype=np.int64)
    depth = np.empty(room)
    count = 0
    for v in range(n):
        depth[count] = 0.0
        depth[count + 1] = least_m
        count += 2
        plane = ground_m[v] - invert_m[v] - STEP_DUST_M * (1 + most_hops - hops[v])
        plane -= step_m[v] * np.floor((plane - least_m) / step_m[v])
        if plane < least_m + LEAST_GAP_M:
            plane += step_m[v]
        while plane <= most_m:
            depth[count] = plane
            count += 1
            plane += step_m[v]
        ptr[v + 1] = count
    return ptr, depth[:count].copy()


@bare
def level_below(ptr: Ints, depth: Floats, v: int, d_m: float) -> int:
    """Number, from 1, of the deepest level of node v that is not deeper than this; 1 where there is none."""
    first, i = ptr[v] + 1, ptr[v + 1] - 1
    while i > first and depth[i] > d_m:
        i -= 1
    return int(i - ptr[v])
