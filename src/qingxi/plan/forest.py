"""Spanning forests and shortest-path growth on the trench graph."""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def spanning_forest(indptr: Ints, neighbour: Ints, arc: Ints, weight: Floats) -> tuple[Ints, Ints, Ints]:
    """Minimum spanning forest by Prim.

    Returns
    -------
    order : int64[nodes]
        Every node after its parent, tree by tree.
    parent, parent_arc : int64[nodes]
        −1 at the root of each tree.
    """
    n = indptr.shape[0] - 1
    parent = np.full(n, -1, dtype=np.int64)
    parent_arc = np.full(n, -1, dtype=np.int64)
    best = np.full(n, np.inf)
    done = np.zeros(n, dtype=np.bool_)
    order = np.empty(n, dtype=np.int64)
    count = 0
    heap = [(0.0, np.int64(0))]
    heap.pop()
    for root in range(n):
        if done[root]:
            continue
        best[root] = 0.0
        heapq.heappush(heap, (0.0, np.int64(root)))
        while len(heap) > 0:
            _, v = heapq.heappop(heap)
            if done[v]:
                continue
            done[v] = True
            order[count] = v
            count += 1
            for i in range(indptr[v], indptr[v + 1]):
                y = neighbour[i]
                w = weight[arc[i]]
                if not done[y] and w < best[y]:
                    best[y] = w
                    parent[y] = v
                    parent_arc[y] = arc[i]
                    heapq.heappush(heap, (w, np.int64(y)))
    return order, parent, parent_arc


@njit(cache=True, nogil=True)
def grow_paths(
    indptr: Ints, neighbour: Ints, arc: Ints, tail: Ints, forward: Floats, backward: Floats,
    root_cost: Floats, terminal: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Arcs of the tree grown by shortest paths from the ends outwards.

    Each terminal reached pulls its whole path to distance zero, so that later ones join it.

    Parameters
    ----------
    forward, backward : float64[arcs]
        Cost of flowing from tail to head, and from head to tail.
    root_cost : float64[nodes]
        Cost of ending at a node; inf where it cannot be.
    terminal : bool[nodes]
        Nodes that must be reached.

    Returns
    -------
    bool[arcs]
        Arcs used.
    """
    n = indptr.shape[0] - 1
    distance = np.full(n, np.inf)
    towards = np.full(n, -1, dtype=np.int64)
    by = np.full(n, -1, dtype=np.int64)
    in_tree = np.zeros(n, dtype=np.bool_)
    used = np.zeros(forward.shape[0], dtype=np.bool_)
    heap = [(0.0, np.int64(0))]
    heap.pop()
    for v in range(n):
        if root_cost[v] < np.inf:
            distance[v] = root_cost[v]
            heapq.heappush(heap, (distance[v], np.int64(v)))
    while len(heap) > 0:
        d, at = heapq.heappop(heap)
        v = int(at)
        if d > distance[v] + 1e-12:
            continue
        if terminal[v] and not in_tree[v]:
            x = v
            while x >= 0 and not in_tree[x]:
                in_tree[x] = True
                distance[x] = 0.0
                heapq.heappush(heap, (0.0, np.int64(x)))
                if by[x] >= 0:
                    used[by[x]] = True
                x = int(towards[x])
            continue
        for i in range(indptr[v], indptr[v + 1]):
            y = neighbour[i]
            if in_tree[y]:
                continue
            e = arc[i]
            # The flow goes from y to v.
            step = forward[e] if tail[e] == y else backward[e]
            if distance[v] + step < distance[y] - 1e-12:
                distance[y] = distance[v] + step
                towards[y] = v
                by[y] = e
                heapq.heappush(heap, (distance[y], np.int64(y)))
    return used
