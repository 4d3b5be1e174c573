"""Kernels of :mod:`qingxi.plan.arborescence`: growing by shortest paths, pruning, exchanging key paths.

Node ``nodes`` (one more than the last) stands for the super-root; ending at a node is an arc to it.
"""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

TINY = 1e-9  # a saving below this share of a path is float dust


@njit(cache=True, nogil=True)
def by_end(nodes: int, end: Ints) -> tuple[Ints, Ints]:
    """Arcs sorted by one of their ends: offsets, arcs."""
    first = np.zeros(nodes + 1, dtype=np.int64)
    for e in range(end.shape[0]):
        first[end[e] + 1] += 1
    for v in range(nodes):
        first[v + 1] += first[v]
    fill = first[:-1].copy()
    arcs = np.empty(end.shape[0], dtype=np.int64)
    for e in range(end.shape[0]):
        arcs[fill[end[e]]] = e
        fill[end[e]] += 1
    return first, arcs


@njit(cache=True, nogil=True)
def grow(
    into: Ints, into_arc: Ints, tail: Ints, head: Ints, weight: Floats, usable: Bools, root_cost: Floats, root_usable: Bools,
    terminal: Bools, next_arc: Ints,
) -> int:  # fmt: skip
    """Repeated shortest paths with one heap; returns how many terminals could not be reached.

    A path found pulls its nodes to distance nothing, so that what comes later joins it. ``next_arc`` is −1 outside the tree,
    ``arcs`` (one more than the last) at nodes that end.
    """
    n, arcs = into.shape[0] - 1, weight.shape[0]
    distance = np.full(n, np.inf)
    by = np.full(n, -1, dtype=np.int64)
    left = 0
    next_arc[:] = -1
    heap = [(0.0, np.int64(0))]
    heap.pop()
    for v in range(n):
        if terminal[v]:
            left += 1
        if root_usable[v] and root_cost[v] < np.inf:
            distance[v] = root_cost[v]
            by[v] = arcs
            heap.append((distance[v], np.int64(v)))
    heapq.heapify(heap)
    while len(heap) > 0 and left > 0:
        d, at = heapq.heappop(heap)
        v = int(at)
        if d > distance[v]:
            continue
        if terminal[v] and next_arc[v] < 0:
            left -= 1
            x = v
            while x >= 0 and next_arc[x] < 0:
                if terminal[x] and x != v:
                    left -= 1
                next_arc[x] = by[x]
                distance[x] = 0.0
                heapq.heappush(heap, (0.0, np.int64(x)))
                x = head[by[x]] if by[x] < arcs else -1
            continue
        for i in range(into[v], into[v + 1]):
            e = into_arc[i]
            y = tail[e]
            if next_arc[y] >= 0 or not usable[e]:
                continue
            step = d + weight[e]
            if step < distance[y]:
                distance[y] = step
                by[y] = e
                heapq.heappush(heap, (step, np.int64(y)))
    return left


@bare
def tree_weight(next_arc: Ints, weight: Floats, root_cost: Floats) -> float:
    """Sum of the arcs and ends in use."""
    total = 0.0
    for v in range(next_arc.shape[0]):
        if next_arc[v] == weight.shape[0]:
            total += root_cost[v]
        elif next_arc[v] >= 0:
            total += weight[next_arc[v]]
    return total


@njit(cache=True, nogil=True)
def prune(next_arc: Ints, head: Ints, terminal: Bools) -> None:
    """Take away what serves no terminal."""
    n, arcs = next_arc.shape[0], head.shape[0]
    inflows = np.zeros(n, dtype=np.int64)
    for v in range(n):
        if 0 <= next_arc[v] < arcs:
            inflows[head[next_arc[v]]] += 1
    for start in range(n):
        v = start
        while v >= 0 and next_arc[v] >= 0 and inflows[v] == 0 and not terminal[v]:
            e = next_arc[v]
            next_arc[v] = -1
            v = -1
            if e < arcs:
                v = head[e]
                inflows[v] -= 1


@njit(cache=True, nogil=True)
def take_better_parts(kept: Ints, other: Ints, tail: Ints, head: Ints, weight: Floats, root_cost: Floats) -> float:
    """Where two trees share no arc's end they can be mixed: each part keeps the cheaper; returns the saving."""
    n, arcs = kept.shape[0], weight.shape[0]
    label = np.arange(n)
    for tree in (kept, other):
        for v in range(n):
            if 0 <= tree[v] < arcs:
                a, b = v, head[tree[v]]
                while label[a] != a:
                    label[a] = label[label[a]]
                    a = label[a]
                while label[b] != b:
                    label[b] = label[label[b]]
                    b = label[b]
                label[a] = b
    saving = np.zeros(n)
    for v in range(n):
        a = v
        while label[a] != a:
            a = label[a]
        label[v] = a
        if kept[v] >= 0:
            saving[a] += root_cost[v] if kept[v] == arcs else weight[kept[v]]
        if other[v] >= 0:
            saving[a] -= root_cost[v] if other[v] == arcs else weight[other[v]]
    total = 0.0
    for v in range(n):
        if saving[label[v]] > 0.0:
            kept[v] = other[v]
            if label[v] == v:
                total += saving[v]
    return total


@bare
def _flows_through(next_arc: Ints, head: Ints, start: int, u: int) -> bool:
    v = start
    while v != u:
        e = next_arc[v]
        if e >= head.shape[0]:
            return False
        v = head[e]
    return True


@bare
def _arc_to(out: Ints, out_arc: Ints, head: Ints, weight: Floats, x: int, y: int) -> int:
    """The cheapest arc from x to y; −1 where none is."""
    best = -1
    for i in range(out[x], out[x + 1]):
        e = out_arc[i]
        if head[e] == y and (best < 0 or weight[e] < weight[best]):
            best = e
    return best


@njit(cache=True, nogil=True)
def exchange_paths(
    out: Ints, out_arc: Ints, into: Ints, into_arc: Ints, tail: Ints, head: Ints, weight: Floats, root_cost: Floats,
    terminal: Bools, next_arc: Ints, sweeps: int,
) -> float:  # fmt: skip
    """Every path between two key nodes (terminals, branchings) gives way to the cheapest there is; returns the saving.

    Taken away, the path leaves a piece of the tree that flows to its upper node u. The piece may leave from any of its nodes, what
    lies between that node and u then flows the other way; a search from all of them, no farther than the old path was long, looks
    for another way to the rest of the tree or to an end. So ends are closed, opened and moved too.
    """
    n, arcs = next_arc.shape[0], head.shape[0]
    inflows = np.zeros(n, dtype=np.int64)
    for v in range(n):
        if 0 <= next_arc[v] < arcs:
            inflows[head[next_arc[v]]] += 1
    distance = np.full(n, np.inf)
    by = np.full(n, -1, dtype=np.int64)
    before = np.full(n, -1, dtype=np.int64)
    freed = np.zeros(n, dtype=np.bool_)  # between the key nodes of the path taken away
    touched = np.empty(n, dtype=np.int64)
    saved = 0.0
    heap = [(0.0, np.int64(0))]
    for _ in range(sweeps):
        gained = 0.0
        for u in range(n):
            if next_arc[u] < 0 or not (terminal[u] or inflows[u] > 1):
                continue
            long, x = 0.0, u
            while True:
                e = next_arc[x]
                if e >= arcs:
                    long += root_cost[x]
                    break
                long += weight[e]
                x = head[e]
                if terminal[x] or inflows[x] > 1:
                    break
                freed[x] = True
            # The nodes of the piece, each at what turning the flow round between it and u costs.
            heap.clear()
            distance[u], before[u], touched[0] = 0.0, -1, u
            count, at = 1, 0
            while at < count:
                x = touched[at]
                at += 1
                heapq.heappush(heap, (distance[x], np.int64(x)))
                if inflows[x] == 0:
                    continue
                for i in range(into[x], into[x + 1]):
                    e = into_arc[i]
                    y = tail[e]
                    if next_arc[y] != e:
                        continue
                    back = _arc_to(out, out_arc, head, weight, x, y)
                    if back < 0 or distance[x] + weight[back] - weight[e] >= long:
                        continue
                    distance[y] = distance[x] + weight[back] - weight[e]
                    before[y] = -1
                    touched[count] = y
                    count += 1
            best, last, link = long * (1.0 - TINY), -1, -1
            while len(heap) > 0:
                d, top = heapq.heappop(heap)
                x = int(top)
                if d >= best:
                    break
                if d > distance[x]:
                    continue
                if d + root_cost[x] < best:
                    best, last, link = d + root_cost[x], x, arcs
                for i in range(out[x], out[x + 1]):
                    e = out_arc[i]
                    y = head[e]
                    step = d + weight[e]
                    if step >= best or step >= distance[y]:
                        continue
                    if next_arc[y] >= 0 and not freed[y]:
                        if not _flows_through(next_arc, head, y, u):
                            best, last, link = step, x, e
                        continue
                    if distance[y] == np.inf:
                        touched[count] = y
                        count += 1
                    distance[y], by[y], before[y] = step, e, x
                    heapq.heappush(heap, (step, np.int64(y)))
            x = u
            while True:
                e = next_arc[x]
                if last >= 0:
                    next_arc[x] = -1
                freed[x] = False
                if e >= arcs:
                    break
                x = head[e]
                if last >= 0:
                    inflows[x] -= 1
                if not freed[x]:
                    break
            if last >= 0:
                start = last
                while before[start] >= 0:
                    start = before[start]
                x, turned = start, -1
                while x != u:
                    y = head[next_arc[x]]
                    if turned >= 0:
                        next_arc[x] = turned
                    turned = _arc_to(out, out_arc, head, weight, y, x)
                    inflows[y] -= 1
                    inflows[x] += 1
                    x = y
                if turned >= 0:
                    next_arc[u] = turned
                next_arc[last] = link
                if link < arcs:
                    inflows[head[link]] += 1
                x = last
                while before[x] >= 0:
                    next_arc[before[x]] = by[x]
                    inflows[x] += 1
                    x = before[x]
                gained += long - best
            for i in range(count):
                distance[touched[i]] = np.inf
        saved += gained
        if gained <= 0.0:
            break
    return saved
