"""Duals of whole regions: the village plants that may stay are too small for all of a region's houses, so somebody must leave it.

Let S be houses whose flow together is more than the village plants P that may stay can take. Then in every plan some house of S ends
elsewhere: in a new plant, in a main, in a village plant not of P, outside the part or by itself. So in the layered graph at least one arc
leaves every set of states and houses that holds S, the ends of P in the stay layer not counted. That is a cut like those of a
single house (:mod:`qingxi.plan.ascent`), and a dual may be raised on it from what the houses' duals have left of the costs.
The single houses' cuts do not know how much a plant takes: each house alone would fit into the old plant of its village.

One turn raises a nest of such cuts: a shortest-path search over reduced costs from S. Where it comes to a village plant that may stay, the plant
is taken into P from that time on, if S has flow enough; if not, the houses that the incumbent leads to that plant are taken into S
first. Where that is not enough, and at any other end, the turn is over. S begins with the houses of one system of the incumbent that does
not end in a village plant that stays; the incumbent leaves the cut of such a region once, if its old plants are full.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.ascent import DUST, pop, push
from qingxi.plan.bound_states import PartGraph
from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

ROUNDING = 1e-9  # of a flow, and m³/d: a region must exceed its plants by more than sums may be wrong
LEAST_YUAN = 1.0  # a house with less left of its own arc ends its region's turn at once, so it is not taken in


class Covers(NamedTuple):
    """Groups of one part's houses, and the village plants in it that may stay.

    ``house[ptr[g] : ptr[g + 1]]`` are the houses of group g, by place in the part. First come the systems that end otherwise than in a
    plant that stays, then for each plant those the incumbent leads to it while it stays.
    """

    ptr: Ints
    house: Ints
    flow_m3_d: Floats  # of each house of the part
    capacity_m3_d: Floats  # of each plant
    plant: Ints  # at each state; −1 none, or one whose node has ways out of the part as well
    stay_layer: int


class Reach(NamedTuple):
    """What one turn writes in; cleared after each."""

    distance: Floats  # by state of every layer
    line: Shorts  # settled states in order
    touched: Shorts
    keys: Floats
    items: Shorts  # states, and behind them plants
    since: Floats  # when a house was taken in; inf: not
    member: Ints
    freed: Floats  # when a plant was taken in


def covers_of(
    layout: Layout, ground: Ground, homes: Homes, stays: Bools, tied: Bools, end: Ints, inner: Bools, level_ptr: Ints,
    own: Ints, here: Ints, members: Ints, stay_layer: int,
) -> Covers:  # fmt: skip
    """Groups by an incumbent.

    Parameters
    ----------
    stays, tied : bool[nodes]
        Nodes whose system ends in a village plant that stays; nodes of any system.
    end : int64[nodes]
        Where each node's flow ends.
    inner : bool[nodes]
        Nodes without a way out of their part.
    level_ptr : int64[nodes + 1]
        Where each node's levels begin.
    own, here, members
        Nodes of the part, their place in it (−1 outside), its houses.
    stay_layer : int
        Row of the stay layer among the part's.
    """
    standing = np.flatnonzero(ground.site[own] > 2)
    plant = np.full(own.size, -1, dtype=np.int64)
    plant[standing] = np.arange(standing.size)
    slot = layout.slot[members]
    at = homes.node[members, np.maximum(slot, 0)]
    sewered = (slot >= 0) & tied[at]
    _, system = np.unique(end[at[sewered & ~stays[at]]], return_inverse=True)
    systems = int(system.max()) + 1 if system.size else 0
    group = np.full(members.size, -1, dtype=np.int64)
    group[sewered & ~stays[at]] = system
    led = sewered & stays[at] & (here[end[at]] >= 0)
    group[led] = systems + plant[here[end[at[led]]]]
    kept = np.flatnonzero(group >= 0)
    order = kept[np.argsort(group[kept], kind="stable")]
    return Covers(
        np.searchsorted(group[order], np.arange(systems + standing.size + 1)), order, homes.flow_m3_d[members],
        ground.stay_capacity_m3_d[own[standing]],
        np.repeat(np.where(inner[own], plant, -1), level_ptr[own + 1] - level_ptr[own]), stay_layer,
    )  # fmt: skip


@bare
def _take_in(
    group: int, now: float, own_left: Floats, covers: Covers, reach: Reach, members: int
) -> tuple[int, float]:
    """Houses of a group join the region; how many it has then, and how much flow came."""
    flow = 0.0
    for j in range(covers.ptr[group], covers.ptr[group + 1]):
        b = covers.house[j]
        if own_left[b] > LEAST_YUAN and reach.since[b] == np.inf:
            reach.member[members], reach.since[b] = b, now
            members += 1
            flow += covers.flow_m3_d[b]
    return members, flow


@bare
def _pay(
    end: float, members: int, count: int, left: PartGraph, own_left: Floats, covers: Covers, reach: Reach
) -> None:
    """Take a turn of length ``end`` off every arc that leaves the region at its time."""
    layers, states = left.root.shape
    distance = reach.distance
    for j in range(members):
        b = reach.member[j]
        since = reach.since[b]
        own_left[b] = max(0.0, own_left[b] - max(0.0, end - since))
        for i in range(left.house_ptr[b], left.house_ptr[b + 1]):
            for k in range(layers):
                paid = min(distance[k * states + left.house_state[i]], end) - since
                if paid > 0.0:
                    rest = left.house_cost[k, i] - paid
                    left.house_cost[k, i] = rest if rest > DUST else 0.0
    for j in range(count):
        x = reach.line[j]
        if distance[x] >= end:
            continue
        k, s = x // states, x % states
        if left.root[k, s] < np.inf:
            until = end
            if k == covers.stay_layer and covers.plant[s] >= 0:
                until = min(end, reach.freed[covers.plant[s]])
            if until > distance[x]:
                rest = left.root[k, s] - (until - distance[x])
                left.root[k, s] = rest if rest > DUST else 0.0
        for e in range(left.ptr[s], left.ptr[s + 1]):
            if left.cost[k, e] == 0.0 or left.cost[k, e] == np.inf:
                continue
            paid = min(distance[x - s + left.head[e]], end) - distance[x]
            if paid > 0.0:
                rest = left.cost[k, e] - paid
                left.cost[k, e] = rest if rest > DUST else 0.0


@bare
def _turn(
    system: int, left: PartGraph, own_left: Floats, covers: Covers, widest: int, reach: Reach
) -> tuple[float, int]:
    """Raise the cuts of one system's region as far as they go; by how much, and the states settled."""
    layers, states = left.root.shape
    total = layers * states
    distance, keys, items, touched = reach.distance, reach.keys, reach.items, reach.touched
    plants = covers.capacity_m3_d.shape[0]
    systems = covers.ptr.shape[0] - 1 - plants
    members, demand = _take_in(system, 0.0, own_left, covers, reach, 0)
    room, now, end = 0.0, 0.0, np.inf
    entered, marks, queued, count = 0, 0, 0, 0
    while members > 0:
        while entered < members:
            b = reach.member[entered]
            entered += 1
            end = min(end, now + own_left[b])
            for i in range(left.house_ptr[b], left.house_ptr[b + 1]):
                for k in range(layers):
                    x, d = k * states + left.house_state[i], now + left.house_cost[k, i]
                    if d < distance[x] and d < end:
                        if distance[x] == np.inf:
                            touched[marks] = x
                            marks += 1
                        distance[x] = d
                        queued = push(keys, items, queued, d, x)
        if queued == 0 or keys[0] >= end:
            break
        d, x = keys[0], items[0]
        queued = pop(keys, items, queued)
        if x >= total:  # the end of a plant that stays
            p = x - total
            if reach.freed[p] < np.inf:
                continue
            now = d
            needed = (room + covers.capacity_m3_d[p]) * (1 + ROUNDING) + ROUNDING
            before = members
            if demand <= needed:
                members, more = _take_in(systems + p, now, own_left, covers, reach, members)
                demand += more
            if demand <= needed:
                for j in range(before, members):
                    reach.since[reach.member[j]] = np.inf
                members, end = before, now
                break
            room += covers.capacity_m3_d[p]
            reach.freed[p] = now
            continue
        if d > distance[x]:
            continue
        now = d
        if count >= widest:
            end = now
            break
        reach.line[count] = x
        count += 1
        k, s = x // states, x % states
        p = covers.plant[s] if k == covers.stay_layer else -1
        if left.root[k, s] < np.inf:
            if p >= 0:
                queued = push(keys, items, queued, now + left.root[k, s], total + p)
            else:
                end = min(end, now + left.root[k, s])
        if left.deeper[s] and distance[x + 1] > now:
            if distance[x + 1] == np.inf:
                touched[marks] = x + 1
                marks += 1
            distance[x + 1] = now
            queued = push(keys, items, queued, now, x + 1)
        for e in range(left.ptr[s], left.ptr[s + 1]):
            y, d = x - s + left.head[e], now + left.cost[k, e]
            if d < distance[y] and d < end:
                if distance[y] == np.inf:
                    touched[marks] = y
                    marks += 1
                distance[y] = d
                queued = push(keys, items, queued, d, y)
    if end == np.inf or members == 0:  # nowhere to end at all: nothing to raise
        end = 0.0
    if end > DUST:
        _pay(end, members, count, left, own_left, covers, reach)
    for j in range(marks):
        distance[touched[j]] = np.inf
    for j in range(members):
        reach.since[reach.member[j]] = np.inf
    for p in range(plants):
        reach.freed[p] = np.inf
    return (end if end > DUST else 0.0), count + members


@njit(cache=True, nogil=True)
def raise_covers(left: PartGraph, own_left: Floats, covers: Covers, widest: int) -> tuple[Floats, int]:
    """Raise the duals of all regions, one after another, after those of the houses.

    Parameters
    ----------
    left : PartGraph
        What the houses' duals have left of all costs; what the regions pay is taken off.
    own_left : float64[part houses]
        The same of the houses' own arcs.
    widest : int
        Most states of a region.

    Returns
    -------
    float64[systems]
        Duals, yuan; added to those of the houses they bound every plan.
    int
        States settled.
    """
    layers, states = left.root.shape
    total, houses, plants = layers * states, own_left.shape[0], covers.capacity_m3_d.shape[0]
    most = left.cost.size + left.house_cost.size + 2 * total + 2
    reach = Reach(
        np.full(total, np.inf), np.empty(total, dtype=np.int32), np.empty(total, dtype=np.int32), np.empty(most),
        np.empty(most, dtype=np.int32), np.full(houses, np.inf), np.empty(houses, dtype=np.int64), np.full(plants, np.inf),
    )  # fmt: skip
    dual = np.zeros(covers.ptr.shape[0] - 1 - plants)
    work = 0
    for system in range(dual.shape[0]):
        dual[system], settled = _turn(system, left, own_left, covers, widest, reach)
        work += settled
    return dual, work
