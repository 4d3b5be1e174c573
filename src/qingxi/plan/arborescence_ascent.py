"""Dual ascent for an arborescence on given arc weights, guided by a tree that is known already.

As in :mod:`qingxi.plan.ascent` one turn of a terminal raises a nest of cuts at once: a search over reduced costs from it reaches
node x at distance d(x); the sets {x : d(x) ≤ t} are cuts it must leave, and raising them from 0 to T pays
``min(d(y), T) − d(x)`` from arc (x, y), never more than is left of it. The sum of what is raised is a bound, whatever the order
(Wong 1984).

Guided (Pajor, Uchoa, Werneck 2014): an optimal pair of tree and duals raises only cuts that the tree leaves by one arc. So first
only such cuts are raised, judged by the tree at hand; a terminal whose cut the tree leaves twice waits until no other is left.
"""

import heapq

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DUST = 1e-7  # what is left of an arc below it counts as nothing, which only lowers the bound


@njit(cache=True, nogil=True)
def guided_ascent(
    out: Ints, out_arc: Ints, into: Ints, into_arc: Ints, tail: Ints, head: Ints, left: Floats, root_left: Floats, terminals: Ints,
    tree: Ints, guided: bool, region_grow: float,
) -> float:  # fmt: skip
    """Raise duals until every terminal is tied to an end by arcs of which nothing is left; returns their sum.

    ``left`` and ``root_left`` are the weights, used up. ``tree`` is the arc each node flows by in the known tree (−1 outside it).
    Terminals that reach no end raise nothing.
    """
    n, arcs = root_left.shape[0], left.shape[0]
    rooted = np.zeros(n, dtype=np.bool_)
    parked = np.zeros(n, dtype=np.bool_)
    distance = np.full(n, np.inf)
    settled = np.zeros(n, dtype=np.bool_)
    touched = np.empty(n, dtype=np.int64)
    line = np.empty(n, dtype=np.int64)
    stack = np.empty(n, dtype=np.int64)
    total = 0.0
    heap = [(0.0, np.int64(0))]
    waiting = [(np.int64(1), np.int64(h)) for h in terminals]
    late = [(np.int64(1), np.int64(0))]
    late.clear()
    while len(waiting) > 0 or len(late) > 0:
        if len(waiting) == 0:
            for item in late:
                parked[item[1]] = True
            waiting, late = late, waiting
            heapq.heapify(waiting)
        _, at = heapq.heappop(waiting)
        h = int(at)
        following = int(waiting[0][0]) if len(waiting) > 0 else n
        heap.clear()
        heapq.heappush(heap, (0.0, np.int64(h)))
        distance[h] = 0.0
        touched[0] = h
        marks, count, free_count, crossing = 1, 0, 0, 0
        now, end = 0.0, np.inf
        done, wait = True, False
        while len(heap) > 0:
            d, top = heapq.heappop(heap)
            x = int(top)
            if d >= end:
                break
            if settled[x] or d > distance[x]:
                continue
            if d > now:
                if guided and crossing > 1 and not parked[h]:
                    end, done, wait = now, False, True
                    break
                if now == 0.0:
                    free_count = count
                    if count > 1.3 * following + 4:
                        end, done = 0.0, False
                        break
                if count > region_grow * max(following, free_count) + 3:
                    end, done = d, False
                    break
                now = d
            if rooted[x]:
                end = now
                break
            settled[x] = True
            line[count] = x
            count += 1
            if guided and tree[x] >= 0:
                if tree[x] >= arcs or not settled[head[tree[x]]]:
                    crossing += 1
                for i in range(into[x], into[x + 1]):
                    y = tail[into_arc[i]]
                    if settled[y] and y != x and tree[y] == into_arc[i]:
                        crossing -= 1
            if now + root_left[x] < end:
                end = now + root_left[x]
                if end <= now:
                    break
            for i in range(out[x], out[x + 1]):
                e = out_arc[i]
                y = head[e]
                d = now + left[e]
                if d < distance[y] and d < end:
                    if distance[y] == np.inf:
                        touched[marks] = y
                        marks += 1
                    distance[y] = d
                    heapq.heappush(heap, (d, np.int64(y)))
        if done and end > now and guided and crossing > 1 and not parked[h]:
            end, done, wait = now, False, True
        if end == np.inf:
            done, end, count = True, 0.0, 0
        if end > 0.0:
            total += end
            for j in range(count):
                x = line[j]
                gone = end - distance[x]
                if gone <= 0.0:
                    continue
                newly = False
                if root_left[x] < np.inf:
                    root_left[x] -= gone
                    if root_left[x] < DUST:
                        root_left[x] = 0.0
                        newly = True
                for i in range(out[x], out[x + 1]):
                    e = out_arc[i]
                    rest = left[e]
                    if rest == 0.0 or rest == np.inf:
                        continue
                    y = head[e]
                    paid = min(distance[y], end) - distance[x]
                    if paid > 0.0:
                        rest -= paid
                        if rest < DUST:
                            rest = 0.0
                            if rooted[y]:
                                newly = True
                        left[e] = rest
                if newly and not rooted[x]:
                    rooted[x] = True
                    stack[0] = x
                    ready = 1
                    while ready > 0:
                        ready -= 1
                        y = stack[ready]
                        for i in range(into[y], into[y + 1]):
                            z = tail[into_arc[i]]
                            if not rooted[z] and left[into_arc[i]] == 0.0:
                                rooted[z] = True
                                stack[ready] = z
                                ready += 1
        if wait:
            late.append((np.int64(max(count, 1)), np.int64(h)))
        elif not done:
            heapq.heappush(waiting, (np.int64(max(count, 1)), np.int64(h)))
        for j in range(marks):
            distance[touched[j]] = np.inf
            settled[touched[j]] = False
    return total
