"""Dual ascent for a Steiner arborescence in layers, without storing cuts.

The graph: states with arcs towards a root, the same arcs in every layer (an arc may be missing in some layers and has
its own reduced cost in each); every house is a terminal that enters some states of every layer by house arcs, or goes
straight to the root by its own arc. An arborescence serves every house. A *cut* of house h is a set of states, closed
over some house arcs of h, that h must leave; raising its dual by t pays t from every arc that leaves it. Duals that
never pay more than an arc's cost bound the cost of every arborescence from below (Wong 1984).

One turn of a house raises a whole nest of cuts at once. A shortest-path search over reduced costs from h reaches state x
at distance d(x). For 0 ≤ t ≤ T the sets {x : d(x) ≤ t} are nested cuts; raised at unit speed from 0 to T they pay
``max(0, min(d(y), T) − d(x))`` from arc (x, y), which is at most its reduced cost because d is a distance. T ends where
the root, a state already tied to the root by free arcs, or the house's own arc is reached (the house is done), or where
the region has grown too large for its turn (it waits until its region is the smallest).

A plan guides the order. Where duals and a plan are both optimal, every cut raised is left by the plan once only; so cuts that
a good plan leaves more than once are raised last, when all others are done. Any order gives a bound.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

SETTLED, ROOTED = np.uint8(1), np.uint8(2)
DUST = 1e-7  # yuan; a reduced cost below it counts as nothing, which only lowers the bound


@bare
def push(keys: Floats, items: Shorts, n: int, key: float, item: int) -> int:
    i = n
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] <= key:
            break
        keys[i], items[i] = keys[up], items[up]
        i = up
    keys[i], items[i] = key, item
    return n + 1


@bare
def pop(keys: Floats, items: Shorts, n: int) -> int:
    """Take the first away; its key and item must have been read."""
    n -= 1
    key, item = keys[n], items[n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[i], items[i] = keys[down], items[down]
        i = down
    keys[i], items[i] = key, item
    return n


@bare
def _wait(keys: Ints, n: int, key: int) -> int:
    i = n
    while i > 0:
        up = (i - 1) >> 1
        if keys[up] <= key:
            break
        keys[i] = keys[up]
        i = up
    keys[i] = key
    return n + 1


@bare
def _next(keys: Ints, n: int) -> int:
    """Take the first away; it must have been read."""
    n -= 1
    key = keys[n]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        if down + 1 < n and keys[down + 1] < keys[down]:
            down += 1
        if keys[down] >= key:
            break
        keys[i] = keys[down]
        i = down
    keys[i] = key
    return n


@njit(cache=True, nogil=True)
def reversed_arcs(states: int, ptr: Shorts, head: Shorts) -> tuple[Shorts, Shorts, Shorts]:
    """Arcs by head: offsets, arc, tail."""
    arcs = head.shape[0]
    into = np.zeros(states + 1, dtype=np.int32)
    for e in range(arcs):
        into[head[e] + 1] += 1
    for x in range(states):
        into[x + 1] += into[x]
    fill = into[:states].copy()
    arc = np.empty(arcs, dtype=np.int32)
    tail = np.empty(arcs, dtype=np.int32)
    for x in range(states):
        for e in range(ptr[x], ptr[x + 1]):
            i = fill[head[e]]
            fill[head[e]] += 1
            arc[i], tail[i] = e, x
    return into, arc, tail


class Room(NamedTuple):
    """What one ascent writes in: by state of every layer, by place in a queue, by house."""

    reversed: tuple[Shorts, Shorts, Shorts]
    mark: npt.NDArray[np.uint8]  # SETTLED in this turn, ROOTED for good
    distance: Floats
    touched: Shorts
    line: Shorts  # settled states in order
    stack: Shorts
    keys: Floats
    items: Shorts
    waiting: Ints  # a heap of region × houses + house
    parked: Ints
    plan_at: Shorts  # [states, 2]: where the plan goes from here; from how many settled states it comes


@bare
def _ascend(
    ptr: Shorts, head: Shorts, cost: Floats, deeper: Bools, root: Floats, house_ptr: Ints, house_state: Shorts,
    house_cost: Floats, own: Floats, grow: float, used_house: Shorts, room: Room, dual: Floats,
) -> int:  # fmt: skip
    layers, states, houses = cost.shape[0], ptr.shape[0] - 1, own.shape[0]
    total = layers * states
    into, in_arc, in_tail = room.reversed
    mark, distance, touched, line, stack = room.mark, room.distance, room.touched, room.line, room.stack
    keys, items, waiting, parked, plan_at = room.keys, room.items, room.waiting, room.parked, room.plan_at
    waits, parks, phase, work = houses, 0, 0, 0
    while waits > 0 or parks > 0:
        if waits == 0:
            for i in range(parks):
                waits = _wait(waiting, waits, parked[i])
            parks = 0
            phase += 1
        limit = 1 if phase == 0 else total
        h = waiting[0] % houses
        waits = _next(waiting, waits)
        following = waiting[0] // houses if waits > 0 else total + houses
        slack = own[h] - dual[h]
        end = slack
        marks, ready, queued, count = 0, 0, 0, 0
        for i in range(house_ptr[h], house_ptr[h + 1]):
            for k in range(layers):
                x = k * states + house_state[i]
                d = house_cost[k, i]
                if d < distance[x] and d < end:
                    if distance[x] == np.inf:
                        touched[marks] = x
                        marks += 1
                    distance[x] = d
                    queued = push(keys, items, queued, d, x)
        now = 0.0
        free_count = 0  # states reached for nothing
        crossed = 1
        park = False
        done = True
        while True:
            if ready > 0:
                ready -= 1
                x = stack[ready]
                if mark[x] & SETTLED:
                    continue
            else:
                if queued == 0:
                    break
                d, x = keys[0], items[0]
                if d >= end:
                    break
                queued = pop(keys, items, queued)
                if mark[x] & SETTLED or d > distance[x]:
                    continue
                if d > now:
                    if crossed > limit:
                        end, done, park = now, False, True
                        break
                    if now == 0.0:
                        free_count = count
                        if count > 1.3 * following + 4:
                            end, done = 0.0, False
                            break
                    if count > grow * max(following, free_count) + 3:
                        end, done = d, False
                        break
                    now = d
            if mark[x] & ROOTED:
                end = now
                break
            mark[x] |= SETTLED
            line[count] = x
            count += 1
            crossed -= plan_at[x, 1]
            if x == used_house[h]:
                crossed -= 1
            y = plan_at[x, 0]
            if y != -1:
                if y < 0:
                    crossed += 1
                elif not mark[y] & SETTLED:
                    plan_at[y, 1] += 1
                    crossed += 1
            # Layers are few: to take away is quicker than to divide.
            k, s = 0, x
            while s >= states:
                s -= states
                k += 1
            if now + root[k, s] < end:
                end = now + root[k, s]
                if end <= now:
                    break
            if deeper[s] and distance[x + 1] > now:
                if distance[x + 1] == np.inf:
                    touched[marks] = x + 1
                    marks += 1
                distance[x + 1] = now
                stack[ready] = x + 1
                ready += 1
            base = k * states
            for e in range(ptr[s], ptr[s + 1]):
                y = base + head[e]
                d = now + cost[k, e]
                if d < distance[y] and d < end:
                    if distance[y] == np.inf:
                        touched[marks] = y
                        marks += 1
                    distance[y] = d
                    if d <= now:
                        stack[ready] = y
                        ready += 1
                    else:
                        queued = push(keys, items, queued, d, y)
        if end == np.inf:  # cannot reach the root at all: nothing to raise
            done, end, count = True, 0.0, 0
        if end > 0.0:
            dual[h] += end
            for i in range(house_ptr[h], house_ptr[h + 1]):
                for k in range(layers):
                    d = min(distance[k * states + house_state[i]], end)
                    house_cost[k, i] = max(0.0, house_cost[k, i] - d)
            for j in range(count):
                x = line[j]
                gone = end - distance[x]
                if gone <= 0.0:
                    continue
                k, s = 0, x
                while s >= states:
                    s -= states
                    k += 1
                base = x - s
                newly = False
                if root[k, s] < np.inf:
                    root[k, s] -= gone
                    if root[k, s] < DUST:
                        root[k, s] = 0.0
                        newly = True
                for e in range(ptr[s], ptr[s + 1]):
                    left = cost[k, e]
                    if left == 0.0 or left == np.inf:
                        continue
                    y = base + head[e]
                    paid = min(distance[y], end) - distance[x]
                    if paid > 0.0:
                        left -= paid
                        if left < DUST:
                            left = 0.0
                            if mark[y] & ROOTED:
                                newly = True
                        cost[k, e] = left
                if newly and not mark[x] & ROOTED:
                    mark[x] |= ROOTED
                    stack[0] = x
                    ready = 1
                    while ready > 0:
                        ready -= 1
                        y = stack[ready]
                        t = y - base
                        if t > 0 and deeper[t - 1] and not mark[y - 1] & ROOTED:
                            mark[y - 1] |= ROOTED
                            stack[ready] = y - 1
                            ready += 1
                        for i in range(into[t], into[t + 1]):
                            z = base + in_tail[i]
                            if not mark[z] & ROOTED and cost[k, in_arc[i]] == 0.0:
                                mark[z] |= ROOTED
                                stack[ready] = z
                                ready += 1
        work += count + 1
        for j in range(count):
            y = plan_at[line[j], 0]
            if y >= 0:
                plan_at[y, 1] = 0
        if park:
            parked[parks] = max(count, 1) * houses + h
            parks += 1
        elif not done:
            waits = _wait(waiting, waits, max(count, 1) * houses + h)
        for j in range(marks):
            distance[touched[j]] = np.inf
            mark[touched[j]] &= ROOTED
    return work


@njit(cache=True, nogil=True)
def ascend(
    ptr: Shorts,
    head: Shorts,
    cost: Floats,
    deeper: Bools,
    root: Floats,
    house_ptr: Ints,
    house_state: Shorts,
    house_cost: Floats,
    own: Floats,
    grow: float,
    used_next: Shorts,
    used_house: Shorts,
) -> tuple[Floats, int]:
    """Raise duals until every house is tied to the root by free arcs.

    Parameters
    ----------
    ptr, head : int32[states + 1], int32[arcs]
        Arcs by tail, alike in all layers.
    cost : float64[layers, arcs]
        inf where the layer lacks the arc. Used up: the reduced costs are left in it.
    deeper : bool[states]
        A free arc leads to the next state.
    root : float64[layers, states]
        Cost of ending here; inf where one cannot. Used up.
    house_ptr, house_state : int64[houses + 1], int32[house arcs]
    house_cost : float64[layers, house arcs]
        Used up.
    own : float64[houses]
        Cost of the house's own arc to the root; may be inf only if the house reaches the root otherwise.
    grow : float
        How much larger than the next house's a region may become in one turn, 1 or more.
    used_next, used_house : int32[layers × states], int32[houses]
        A plan, as in :class:`qingxi.plan.bound_guide.Guide`; all −1 where there is none.

    Returns
    -------
    float64[houses]
        Duals; their sum is a lower bound.
    int
        States settled, a measure of the work. Time about O(houses × region), memory one float per arc and layer.
    """
    layers, states, houses = cost.shape[0], ptr.shape[0] - 1, own.shape[0]
    total = layers * states
    plan_at = np.zeros((total, 2), dtype=np.int32)
    for x in range(total):
        plan_at[x, 0] = used_next[x]
    # A turn offers every arc once at most.
    most = cost.size + house_cost.size + 2
    room = Room(
        reversed_arcs(states, ptr, head), np.zeros(total, dtype=np.uint8), np.full(total, np.inf),
        np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32), np.empty(total + 1, dtype=np.int32), np.empty(most),
        np.empty(most, dtype=np.int32), np.arange(houses) + houses, np.empty(houses, dtype=np.int64), plan_at,
    )  # fmt: skip
    dual = np.zeros(houses)
    work = _ascend(
        ptr, head, cost, deeper, root, house_ptr, house_state, house_cost, own, grow, used_house, room, dual
    )
    return dual, work
