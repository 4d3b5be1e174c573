"""What cutting a county into parts stands on: how wide the gaps along arcs are, and joining over the narrowest first."""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def gaps_along(ground: Ground, settled: npt.NDArray[np.bool_]) -> Floats:
    """Of every arc: the way between the ``settled`` nodes nearest to its two ends, along the arc, metres; O(arcs log nodes)."""
    n = ground.ground_m.shape[0]
    away = np.full(n, np.inf)
    heap = [(0.0, np.int64(0))]
    heap.pop()
    for v in range(n):
        if settled[v]:
            away[v] = 0.0
            heapq.heappush(heap, (0.0, np.int64(v)))
    while len(heap) > 0:
        d, at = heapq.heappop(heap)
        v = int(at)
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
def join_parts(ground: Ground, order: Ints, whole: Ints, size: Ints, most: int) -> Ints:
    """Part of every node: ``whole`` arcs never part, the others join in order while a part stays within ``most`` houses."""
    n = ground.ground_m.shape[0]
    root = np.arange(n)
    for step in range(whole.shape[0] + order.shape[0]):
        e = int(whole[step] if step < whole.shape[0] else order[step - whole.shape[0]])
        a, b = int(ground.tail[e]), int(ground.head[e])
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a != b and (step < whole.shape[0] or size[a] + size[b] <= most):
            root[b] = a
            size[a] += size[b]
    for v in range(n):
        a = v
        while root[a] != a:
            a = root[a]
        root[v] = a
    return root
