"""Leading a whole branch, or a whole system, another way: to another system, to another street, to a new end.

A branch is taken off first, which says exactly what it costs downstream: no other way may cost more, so that the look around
is short. From its root a shortest-path search in money follows the flow to be: backwards along the branch's own pipes (they turn
round), through streets without a sewer, to a node of another system or another arm, or to a place where it may end. Depth
is carried along. What looks cheapest is then priced truly.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import NO_COST
from qingxi.plan.net import (
    COST,
    DESIGNS,
    FAR,
    FLOW,
    FULL,
    HOUSES,
    MOVES,
    OUT,
    TURNS,
    Journal,
    Net,
    back,
    turn,
)
from qingxi.plan.net_design import arriving, end_value, gravity, walk
from qingxi.plan.net_moves import GAIN, end_of, overfull
from qingxi.plan.net_tables import (
    ANNUITY,
    JOIN,
    LENGTH,
    LIFT_BASE,
    LIFT_RUNNING,
    PRESSURE_DEPTH,
    SEWER_PV,
    SITE,
    TRENCH,
    WORKS_PV,
    Fixed,
)
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOOKED_AT = 400  # nodes of one look around
WAYS, ENDINGS = 4, 3  # other systems' nodes and ends that are priced truly
BEST, ANY_WAY, ANY_END = 0, 1, 2


class Reach(NamedTuple):
    """Room for a look around, for one thread."""

    cost: Floats
    depth: Floats
    came: Ints  # position by which a node was reached
    before: Ints
    seen: Ints  # the look in which a node's label was set
    heap_cost: Floats
    heap_node: Ints
    chain: Ints
    option: Floats  # [WAYS + ENDINGS] what each seems to cost
    option_at: Ints  # [WAYS + ENDINGS, 2] last node of its path, position onward (−1: an end)
    sizes: Ints  # looks, heap, chain


def new_reach(nodes: int) -> Reach:
    """Room for graphs of so many nodes."""
    return Reach(
        np.empty(nodes), np.empty(nodes), np.empty(nodes, dtype=np.int64), np.empty(nodes, dtype=np.int64),
        np.zeros(nodes, dtype=np.int64), np.empty(8 * LOOKED_AT + 64), np.empty(8 * LOOKED_AT + 64, dtype=np.int64),
        np.empty(LOOKED_AT + 2, dtype=np.int64), np.empty(WAYS + ENDINGS),
        np.empty((WAYS + ENDINGS, 2), dtype=np.int64), np.zeros(3, dtype=np.int64),
    )  # fmt: skip


@bare
def _push(reach: Reach, d: float, v: int) -> None:
    size = reach.sizes[1]
    if size >= reach.heap_cost.shape[0]:
        return
    i = size
    while i > 0:
        up = (i - 1) // 2
        if reach.heap_cost[up] <= d:
            break
        reach.heap_cost[i], reach.heap_node[i] = reach.heap_cost[up], reach.heap_node[up]
        i = up
    reach.heap_cost[i], reach.heap_node[i] = d, v
    reach.sizes[1] = size + 1


@bare
def _pop(reach: Reach) -> tuple[float, int]:
    top, v = reach.heap_cost[0], reach.heap_node[0]
    size = reach.sizes[1] - 1
    reach.sizes[1] = size
    d, x = reach.heap_cost[size], reach.heap_node[size]
    i = 0
    while True:
        c = 2 * i + 1
        if c >= size:
            break
        if c + 1 < size and reach.heap_cost[c + 1] < reach.heap_cost[c]:
            c += 1
        if reach.heap_cost[c] >= d:
            break
        reach.heap_cost[i], reach.heap_node[i] = reach.heap_cost[c], reach.heap_node[c]
        i = c
    if size > 0:
        reach.heap_cost[i], reach.heap_node[i] = d, x
    return top, v


@bare
def _offer(reach: Reach, first: int, size: int, seems: float, a: int, i: int) -> None:
    """Keep an option if it is among the cheapest of its kind."""
    worst = first
    for k in range(first, first + size):
        if reach.option[k] > reach.option[worst]:
            worst = k
    if seems < reach.option[worst]:
        reach.option[worst] = seems
        reach.option_at[worst, 0], reach.option_at[worst, 1] = a, i


@bare
def _pipe(i: int, flow: float, depth: float, fixed: Fixed) -> tuple[float, float]:
    """What a pipe on seems to cost, with a lift where it would be too deep, and the depth of its arrival."""
    cost, arrive = gravity(i, flow, depth, fixed)
    if arrive >= 0.0:
        return cost, arrive
    number = fixed.number
    lift = number[WORKS_PV] * number[LIFT_BASE] + number[ANNUITY] * number[LIFT_RUNNING]
    per_m = fixed.pressure[0, 1 + int(fixed.arc[i, TRENCH])]
    return lift + number[SEWER_PV] * fixed.arc[i, LENGTH] * per_m, number[PRESSURE_DEPTH]


@bare
def _look_around(
    v: int,
    not_by: int,
    was_end: bool,
    limit: float,
    flow: float,
    far: float,
    part: Ints,
    net: Net,
    fixed: Fixed,
    reach: Reach,
) -> None:
    """Fill ``reach.option`` with ways on for the branch that ends in v, each seeming to cost less than ``limit``."""
    node = net.node
    reach.option[:] = NO_COST
    reach.sizes[0] += 1
    look = reach.sizes[0]
    reach.sizes[1] = 0
    _, _, _, inlet, _, _ = arriving(v, net, fixed)
    reach.cost[v], reach.depth[v], reach.before[v], reach.came[v], reach.seen[v] = 0.0, inlet, -1, -1, look
    _push(reach, 0.0, v)
    for _ in range(LOOKED_AT):
        if reach.sizes[1] == 0:
            break
        d, a = _pop(reach)
        if d > reach.cost[a]:
            continue
        if (fixed.spot[a, SITE] > 0.0 or fixed.spot[a, JOIN] >= 0.0) and not (was_end and a == v):
            seems = d + end_value(a, flow, fixed)[0]
            if seems < limit:
                _offer(reach, WAYS, ENDINGS, seems, a, -1)
        for i in range(fixed.indptr[a], fixed.indptr[a + 1]):
            b = fixed.neighbour[i]
            if i == not_by or part[b] != part[v] or b == reach.before[a]:
                continue
            cost, arrive = _pipe(i, far, reach.depth[a], fixed)
            if node[b, HOUSES] > 0:
                if node[b, OUT] >= 0 and fixed.neighbour[node[b, OUT]] == a:
                    cost = max(0.0, cost - net.value[b, COST])  # its own pipe turns round
                else:
                    if d + cost >= limit:
                        continue
                    z = end_of(b, net, fixed)
                    if z == v:
                        continue
                    more = end_value(z, net.value[z, FLOW] + flow, fixed)[0]
                    more -= end_value(z, net.value[z, FLOW], fixed)[0]
                    if d + cost + more < limit:
                        _offer(reach, 0, WAYS, d + cost + more, a, i)
                    continue
            if d + cost >= limit:
                continue
            if reach.seen[b] != look or d + cost < reach.cost[b]:
                reach.seen[b] = look
                reach.cost[b], reach.depth[b], reach.before[b], reach.came[b] = d + cost, arrive, a, i
                _push(reach, d + cost, b)


@bare
def _lead(k: int, net: Net, fixed: Fixed, journal: Journal, reach: Reach) -> float:
    """Lead the branch the way of option k; returns the change of cost."""
    a, last = reach.option_at[k, 0], reach.option_at[k, 1]
    size = 0
    x = a
    while x >= 0:
        if size >= reach.chain.shape[0]:
            return NO_COST
        reach.chain[size] = x
        size += 1
        x = reach.before[x]
    reach.sizes[2] = size
    i = last
    for j in range(size):
        turn(net, fixed, journal, reach.chain[j], i, 0)
        i = reach.came[reach.chain[j]]
    if journal.lengths[FULL] == 1:
        return NO_COST
    change = 0.0
    for j in range(size - 1, -1, -1):
        change += walk(reach.chain[j], net, fixed, journal)
    if last >= 0:
        change += walk(fixed.neighbour[last], net, fixed, journal)
    return change


@bare
def try_lead(
    v: int, how: int, draw: float, slope: float, part: Ints, net: Net, fixed: Fixed, journal: Journal, reach: Reach
) -> tuple[bool, float]:
    """Lead the branch above v, or the system that ends in v, another way.

    ``how``: :data:`BEST` takes the cheapest if that saves anything; :data:`ANY_WAY` and :data:`ANY_END` one by ``draw`` in [0, 1),
    whatever it costs. ``slope`` is the least that a m³/d costs anywhere. Returns whether it was done, and the change of cost.
    """
    node, value = net.node, net.value
    if node[v, HOUSES] == 0:
        return False, 0.0
    designs, turns, moves = journal.lengths[DESIGNS], journal.lengths[TURNS], journal.lengths[MOVES]
    out = node[v, OUT]
    flow = value[v, FLOW]
    change = 0.0
    if out >= 0:
        turn(net, fixed, journal, v, -1, 0)
        change += walk(fixed.neighbour[out], net, fixed, journal)
    # The branch's own outlet is counted when it is led another way: here it only widens the look.
    limit = value[v, COST] - change + (-GAIN if how == BEST else 400_000.0)
    if limit - slope * flow <= 0.0 or journal.lengths[FULL] == 1:
        back(net, fixed, journal, designs, turns, moves)
        return False, 0.0
    _look_around(v, out, out < 0, limit, flow, value[v, FAR], part, net, fixed, reach)
    first, size = (0, WAYS + ENDINGS) if how == BEST else ((0, WAYS) if how == ANY_WAY else (WAYS, ENDINGS))
    best, best_k = -GAIN, -1
    d, t, m = journal.lengths[DESIGNS], journal.lengths[TURNS], journal.lengths[MOVES]
    there = 0
    for k in range(first, first + size):
        there += 1 if reach.option[k] < NO_COST else 0
    chosen = int(draw * there)
    for k in range(first, first + size):
        if reach.option[k] >= NO_COST:
            continue
        if how != BEST:
            if chosen == 0:
                best_k = k
            chosen -= 1
            continue
        total = change + _lead(k, net, fixed, journal, reach)
        if total < best and journal.lengths[FULL] == 0 and not overfull(journal):
            best, best_k = total, k
        back(net, fixed, journal, d, t, m)
    if best_k >= 0:
        total = change + _lead(best_k, net, fixed, journal, reach)
        if journal.lengths[FULL] == 0 and not overfull(journal):
            return True, total
    back(net, fixed, journal, designs, turns, moves)
    return False, 0.0
