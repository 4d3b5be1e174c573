"""Cutting a county into parts of limited size where its settlements lie farthest apart."""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes, Layout

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ALONG_INCUMBENT = 0.2  # a gap the incumbent crosses counts as so much narrower


@njit(cache=True, nogil=True)
def _gap(ground: Ground, homes: Homes) -> Floats:
    """Of every arc: the way between the houses nearest to its two ends, along the arc."""
    n = ground.ground_m.shape[0]
    away = np.full(n, np.inf)
    heap = [(0.0, np.int64(0))]
    heap.pop()
    for h in range(homes.flow_m3_d.shape[0]):
        v = homes.node[h, 0]
        if v >= 0 and away[v] > 0.0:
            away[v] = 0.0
            heapq.heappush(heap, (0.0, np.int64(v)))
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if d > away[v]:
            continue
        for i in range(ground.indptr[v], ground.indptr[v + 1]):
            y = ground.neighbour[i]
            reached = d + ground.length_m[ground.arc[i]]
            if reached < away[y]:
                away[y] = reached
                heapq.heappush(heap, (reached, np.int64(y)))
    gap = np.empty(ground.length_m.shape[0])
    for e in range(gap.shape[0]):
        gap[e] = away[ground.tail[e]] + ground.length_m[e] + away[ground.head[e]]
    return gap


@njit(cache=True, nogil=True)
def _merge(ground: Ground, weight: Floats, size: Ints, most: int) -> Ints:
    """Join nodes over the narrowest gaps first while a part stays within ``most`` houses; part of every node."""
    n = ground.ground_m.shape[0]
    root = np.arange(n)
    for e in np.argsort(weight):
        a, b = ground.tail[e], ground.head[e]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a != b and size[a] + size[b] <= most:
            root[b] = a
            size[a] += size[b]
    part = np.empty(n, dtype=np.int64)
    for v in range(n):
        a = v
        while root[a] != a:
            a = root[a]
        part[v] = a
    return part


def cut_into_parts(ground: Ground, homes: Homes, incumbent: Layout | None, most: int) -> Ints:
    """Number the parts of every node, from 0; a part has at most ``most`` houses unless one node has more."""
    n = ground.ground_m.shape[0]
    weight = _gap(ground, homes)
    if incumbent is not None:
        used = incumbent.next_arc[incumbent.next_arc >= 0]
        weight[used] *= ALONG_INCUMBENT
    first = homes.node[:, 0]
    size = np.bincount(first[first >= 0], minlength=n).astype(np.int64)
    _, part = np.unique(_merge(ground, weight, size, most), return_inverse=True)
    return part.reshape(-1).astype(np.int64)
