"""Which pairs of nodes are near in the air and far along the net: short cuts worth having (路外连通)."""

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
SLACK_M = 0.05  # ends of arcs may lie a millimetre beside their node


@bare
def _reach(
    source: int, limit_m: float, indptr: Ints, neighbour: Ints, arc: Ints, length_m: Floats, first: Ints, following: Ints,
    to: Ints, more_m: Floats, distance: Floats, found: Ints, front: Ints,
) -> int:  # fmt: skip
    """Distances from one node up to a limit, in ``distance`` of the nodes ``found``; how many they are.

    The frontier of so near a neighbourhood is a handful of nodes: it is searched, not heaped.
    """
    distance[source] = 0.0
    found[0], count = source, 1
    front[0], open_ = source, 1
    while open_ > 0:
        at = 0
        for i in range(1, open_):
            if distance[front[i]] < distance[front[at]]:
                at = i
        v = front[at]
        open_ -= 1
        front[at] = front[open_]
        for i in range(indptr[v], indptr[v + 1]):
            y, d = neighbour[i], distance[v] + length_m[arc[i]]
            if d <= limit_m and d < distance[y]:
                if distance[y] == np.inf:
                    found[count] = y
                    count += 1
                    front[open_] = y
                    open_ += 1
                distance[y] = d
        j = first[v]
        while j >= 0:
            y, d = to[j], distance[v] + more_m[j]
            if d <= limit_m and d < distance[y]:
                if distance[y] == np.inf:
                    found[count] = y
                    count += 1
                    front[open_] = y
                    open_ += 1
                distance[y] = d
            j = following[j]
    return count


@bare
def _tied(
    source: int, target: int, limit_m: float, x_m: Floats, y_m: Floats, indptr: Ints, neighbour: Ints, arc: Ints,
    length_m: Floats, first: Ints, following: Ints, to: Ints, more_m: Floats, distance: Floats, found: Ints, front: Ints,
) -> tuple[bool, int]:  # fmt: skip
    """Whether a way of at most the limit leads to the target, and how many nodes were ``found``.

    As :func:`_reach`, but it ends at the target and leaves out nodes from which the target lies too far even in the air.
    """
    distance[source] = 0.0
    found[0], count = source, 1
    front[0], open_ = source, 1
    far = limit_m + SLACK_M
    while open_ > 0:
        at = 0
        for i in range(1, open_):
            if distance[front[i]] < distance[front[at]]:
                at = i
        v = front[at]
        open_ -= 1
        front[at] = front[open_]
        i, j = indptr[v], first[v]
        while i < indptr[v + 1] or j >= 0:
            if i < indptr[v + 1]:
                y, d = neighbour[i], distance[v] + length_m[arc[i]]
                i += 1
            else:
                y, d = to[j], distance[v] + more_m[j]
                j = following[j]
            if d > limit_m or d >= distance[y]:
                continue
            if y == target:
                return True, count
            if distance[y] == np.inf:
                dx, dy, left = x_m[y] - x_m[target], y_m[y] - y_m[target], far - d
                if dx * dx + dy * dy > left * left:
                    continue
                found[count] = y
                count += 1
                front[open_] = y
                open_ += 1
            distance[y] = d
    return False, count


@njit(cache=True, nogil=True)
def far_by_net(
    indptr: Ints, neighbour: Ints, arc: Ints, length_m: Floats, a: Ints, b: Ints, air_m: Floats, ratio: float, gain_m: float
) -> Bools:  # fmt: skip
    """Pairs whose way along the net is at least ``ratio`` times their distance and ``gain_m`` longer.

    Parameters
    ----------
    a : int64[pairs]
        Ascending, so that each source is searched once.
    """
    n = indptr.shape[0] - 1
    none = np.full(n, -1, dtype=np.int64)
    distance = np.full(n, np.inf)
    found, front = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    nothing, zero = np.empty(0, dtype=np.int64), np.empty(0)
    far = np.zeros(a.shape[0], dtype=np.bool_)
    i = 0
    while i < a.shape[0]:
        j, limit = i, 0.0
        while j < a.shape[0] and a[j] == a[i]:
            limit = max(limit, ratio * air_m[j], air_m[j] + gain_m)
            j += 1
        count = _reach(
            a[i], limit, indptr, neighbour, arc, length_m, none, nothing, nothing, zero, distance, found, front
        )
        for k in range(i, j):
            far[k] = distance[b[k]] > max(ratio * air_m[k], air_m[k] + gain_m)
        for k in range(count):
            distance[found[k]] = np.inf
        i = j
    return far


@njit(cache=True, nogil=True)
def spanner(
    indptr: Ints, neighbour: Ints, arc: Ints, length_m: Floats, x_m: Floats, y_m: Floats, a: Ints, b: Ints, air_m: Floats,
    ratio: float, gain_m: float,
) -> Bools:  # fmt: skip
    """Of pairs, nearest first, those still far by net with the ones taken before: a greedy spanner, so that few do."""
    n, m = indptr.shape[0] - 1, a.shape[0]
    first = np.full(n, -1, dtype=np.int64)
    following, to = np.full(2 * m, -1, dtype=np.int64), np.empty(2 * m, dtype=np.int64)
    more = np.empty(2 * m)
    distance = np.full(n, np.inf)
    found, front = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int64)
    taken = np.zeros(m, dtype=np.bool_)
    count = 0
    for k in np.argsort(air_m, kind="mergesort"):
        limit = max(ratio * air_m[k], air_m[k] + gain_m)
        tied, seen = _tied(
            a[k], b[k], limit, x_m, y_m, indptr, neighbour, arc, length_m, first, following, to, more, distance,
            found, front,
        )  # fmt: skip
        taken[k] = not tied
        for i in range(seen):
            distance[found[i]] = np.inf
        if taken[k]:
            for v, y in ((a[k], b[k]), (b[k], a[k])):
                to[count], more[count], following[count] = y, air_m[k], first[v]
                first[v] = count
                count += 1
    return taken
