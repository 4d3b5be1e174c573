"""Designing again only what a change touches (the same rules as ``design_forest``)."""

import numpy as np
from numba import njit

from qingxi.plan.layout import NO_COST
from qingxi.plan.net import (
    AFTER,
    ARRIVE,
    COST,
    DESIGNS,
    ENDS,
    FAR,
    FIRST,
    FIRST_HOUSE,
    FLOW,
    FRICTION,
    FULL,
    HEAD,
    HOUSES,
    INVERT,
    JOINED,
    LIFT,
    NEXT_HOUSE,
    OUT,
    PUMPED,
    SLOT,
    WAY,
    WORK,
    Journal,
    Net,
)  # fmt: skip
from qingxi.plan.net_tables import (
    ANNUITY,
    CROSSING,
    DEEPEST,
    DN_MM,
    END_DEPTH,
    ENERGY,
    EXTRA,
    FALL,
    FAST,
    GROUND,
    HOME_FAR,
    HOME_FLOW,
    JOIN,
    JOIN_FIXED,
    JOIN_UNIT,
    LATERAL,
    LATERAL_START,
    LEAST_DEPTH,
    LEAST_SLOPE,
    LENGTH,
    LIFT_BASE,
    LIFT_PER_L_S,
    LIFT_RUNNING,
    LIFT_UPKEEP,
    LOCAL_HEAD,
    MANHOLE_DEPTH,
    MANNING,
    MEAN_MOST,
    PRESSURE_DEPTH,
    PRESSURE_VELOCITY,
    RISE,
    SEWER_PV,
    SITE,
    STAY_FIXED,
    STAY_MOST,
    STAY_UNIT,
    TRENCH,
    VELOCITY,
    WORKS_PV,
    A,
    B,
    C,
    Fixed,
    peak_of,
    plant_value,
)
from qingxi.sewer import friction_slope, pressure_dn, slope_limit, trench_works
from qingxi.standard.compiled import bare, bare_inside

SAME = 1e-12


@bare_inside
def end_value(v: int, flow: float, fixed: Fixed) -> tuple[float, bool]:
    """Present value of ending at v with this flow (no growth), and whether it joins."""
    spot, number = fixed.spot, fixed.number
    joined, treated = NO_COST, NO_COST
    if spot[v, JOIN] >= 0.0:
        joined = spot[v, JOIN_FIXED] + number[JOIN_UNIT] * flow
    site = spot[v, SITE]
    if site > 0.0:
        treated = plant_value(flow, site == 2.0 or site == 4.0, fixed.plant)
        if site > 2.0 and flow <= spot[v, STAY_MOST]:
            treated = min(treated, spot[v, STAY_FIXED] + number[STAY_UNIT] * flow)
    if joined <= treated:
        return joined, spot[v, JOIN] >= 0.0
    return min(treated, NO_COST), False


@bare
def _larger_pipe(i: int, flow: float, inlet: float, fixed: Fixed) -> tuple[float, float]:
    """Present value and arrival of a gravity pipe that may be large or fast; arrival −1: too deep."""
    size, number = fixed.size, fixed.number
    length, rise = fixed.arc[i, LENGTH], fixed.arc[i, RISE]
    dn = 0
    while dn < size.shape[0] - 1 and flow > size[dn, MEAN_MOST]:
        dn += 1
    least = size[dn, LEAST_DEPTH]
    depth = max(least, inlet)
    if rise < 0.0:
        slope = (least - depth - rise) / length
        if slope > size[dn, LEAST_SLOPE]:
            peak = peak_of(flow, fixed.peak, number) / 1000.0
            limit = slope_limit(peak, size[dn, DN_MM] / 1000.0, slope, number[MANNING], number[VELOCITY])
            if limit < slope:
                depth = min(number[DEEPEST], least - rise - limit * length)
    arrive = max(least, depth + rise + size[dn, LEAST_SLOPE] * length)
    if depth > number[DEEPEST] + 1e-9 or arrive > number[DEEPEST] + 1e-9:
        return 0.0, -1.0
    t = int(fixed.arc[i, TRENCH])
    works = trench_works(
        length, depth, arrive, fixed.trench[0, dn, t], fixed.trench[1, dn, t], fixed.trench[2, dn, t]
    )
    return number[SEWER_PV] * (works + fixed.arc[i, EXTRA] + number[MANHOLE_DEPTH] * depth), arrive


@bare_inside
def gravity(i: int, flow: float, inlet: float, fixed: Fixed) -> tuple[float, float]:
    """Present value and arrival of the gravity pipe along position i; arrival −1: too deep."""
    number = fixed.number
    if flow > fixed.arc[i, FAST]:
        return _larger_pipe(i, flow, inlet, fixed)
    least = fixed.size[0, LEAST_DEPTH]
    d1 = max(least, inlet)
    d2 = max(least, d1 + fixed.arc[i, RISE] + fixed.arc[i, FALL])
    if d1 > number[DEEPEST] + 1e-9 or d2 > number[DEEPEST] + 1e-9:
        return 0.0, -1.0
    a, b, c = fixed.arc[i, A], fixed.arc[i, B], fixed.arc[i, C]
    works = fixed.arc[i, LENGTH] * (a + 0.5 * b * (d1 + d2) + c * (d1 * d1 + d1 * d2 + d2 * d2) / 3.0)
    return number[SEWER_PV] * (works + fixed.arc[i, EXTRA] + number[MANHOLE_DEPTH] * d1), d2


@bare_inside
def arriving(v: int, net: Net, fixed: Fixed) -> tuple[float, float, int, float, int, int]:
    """Flow of today and of the far year, houses, lowest arrival and inflows at v; and the pressure main among them, if one (−1)."""
    people, far, houses, inlet, passing = 0.0, 0.0, 0, 0.0, -1
    slots = fixed.home_node.shape[1]
    h = net.node[v, FIRST_HOUSE]
    while h >= 0:
        people += fixed.home[h, HOME_FLOW]
        far += fixed.home[h, HOME_FAR]
        houses += 1
        if net.house[h, PUMPED] == 1:
            inlet = max(inlet, fixed.number[LATERAL_START])
        else:
            inlet = max(inlet, fixed.home[h, LATERAL + slots + net.house[h, SLOT]])
        h = net.house[h, NEXT_HOUSE]
    inflows = houses
    c = net.node[v, FIRST]
    while c >= 0:
        if net.node[c, HOUSES] > 0:
            people += net.value[c, FLOW]
            far += net.value[c, FAR]
            houses += net.node[c, HOUSES]
            inflows += 1
            inlet = max(inlet, net.value[c, ARRIVE])
            if net.node[c, WAY] >= 2:
                passing = c
        c = net.node[c, AFTER]
    return people, far, houses, inlet, inflows, passing


@bare
def walk(v: int, net: Net, fixed: Fixed, journal: Journal, most: int = 1_000_000) -> float:
    """Design v and what lies downstream, ``most`` nodes of it, as far as anything changes; returns the change of cost.

    Where only the flow changes, a gravity pipe of the smallest diameter within its velocity limit costs what it did: its flow is
    counted and the walk goes on without designing it.
    """
    number = fixed.number
    node, value = net.node, net.value
    change, more_flow, more_far, more_houses = 0.0, 0.0, 0.0, 0
    only_flow = False
    while v >= 0 and most > 0:
        most -= 1
        k = journal.lengths[DESIGNS]
        if k >= journal.designed.shape[0]:
            journal.lengths[FULL] = 1
            return NO_COST
        journal.lengths[DESIGNS] = k + 1
        journal.lengths[WORK] += 1
        journal.designed[k, 0], journal.designed[k, 1], journal.designed[k, 2] = v, node[v, WAY], node[v, HOUSES]
        for j in range(8):
            journal.values[k, j] = value[v, j]
        out = node[v, OUT]
        if only_flow and node[v, WAY] == 1:
            flow = value[v, FAR] + more_far
            if max(flow, value[v, FAR]) <= fixed.arc[out, FAST]:
                value[v, FLOW] += more_flow
                value[v, FAR] = flow
                node[v, HOUSES] += more_houses
                v = fixed.neighbour[out]
                continue
        people, far, houses, inlet, inflows, passing = arriving(v, net, fixed)
        cost, arrive, invert, friction, head, joined = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        way = 0
        if houses > 0 and out < 0:
            way = 4
            cost, joins = end_value(v, people, fixed)
            if joins:
                joined = people
            if inlet > fixed.spot[v, END_DEPTH] + 1e-9:
                works = number[LIFT_BASE] + number[LIFT_PER_L_S] * peak_of(far, fixed.peak, number)
                running = number[LIFT_RUNNING] + number[LIFT_UPKEEP] * works
                running += number[ENERGY] * far * (inlet - fixed.spot[v, END_DEPTH] + number[LOCAL_HEAD])
                cost += number[WORKS_PV] * works + number[ANNUITY] * running
        elif houses > 0:
            way = 1
            if passing >= 0 and inflows == 1 and fixed.arc[out, RISE] >= 0.0 and node[v, LIFT] == 0:
                way = 3
            elif node[v, LIFT] == 1:
                way = 2
            if way == 1:
                cost, arrive = gravity(out, far, inlet, fixed)
                if arrive < 0.0:
                    way = 2
            if way >= 2:
                peak = peak_of(far, fixed.peak, number)
                dn = pressure_dn(peak, fixed.pressure[:, 0], number[PRESSURE_VELOCITY])
                lost = fixed.arc[out, LENGTH] * friction_slope(peak, fixed.pressure[dn, 0], number[MANNING])
                works = fixed.arc[out, LENGTH] * fixed.pressure[dn, 1 + int(fixed.arc[out, TRENCH])]
                cost = number[SEWER_PV] * (works + fixed.arc[out, CROSSING])
                before = 0.0
                if way == 2:
                    works = number[LIFT_BASE] + number[LIFT_PER_L_S] * peak
                    cost += number[WORKS_PV] * works + number[ANNUITY] * (
                        number[LIFT_RUNNING] + number[LIFT_UPKEEP] * works
                    )
                    invert, friction = fixed.spot[v, GROUND] - inlet, lost
                else:
                    invert, friction = value[passing, INVERT], value[passing, FRICTION] + lost
                    before = value[passing, HEAD]
                top = fixed.spot[fixed.neighbour[out], GROUND] - number[PRESSURE_DEPTH]
                head = max(0.0, top - invert) + friction + number[LOCAL_HEAD]
                cost += number[ANNUITY] * number[ENERGY] * far * (head - before)
                arrive = number[PRESSURE_DEPTH]
        only_flow = (
            way == node[v, WAY]
            and (houses > 0) == (node[v, HOUSES] > 0)
            and abs(arrive - value[v, ARRIVE]) <= SAME
            and abs(invert - value[v, INVERT]) <= SAME
            and abs(friction - value[v, FRICTION]) <= SAME
            and abs(head - value[v, HEAD]) <= SAME
        )
        more_flow, more_far = people - value[v, FLOW], far - value[v, FAR]
        more_houses = houses - node[v, HOUSES]
        change += cost - value[v, COST]
        if joined != value[v, JOINED]:
            journal.group[int(fixed.spot[v, JOIN])] += joined - value[v, JOINED]
            journal.lengths[ENDS] = 1
        node[v, WAY], node[v, HOUSES] = way, houses
        value[v, FLOW], value[v, ARRIVE], value[v, COST], value[v, INVERT] = people, arrive, cost, invert
        value[v, FRICTION], value[v, HEAD], value[v, JOINED], value[v, FAR] = friction, head, joined, far
        # The next node sees what this one hands on, and nothing else. A node that was tied elsewhere hands on the same to
        # another: its caller walks on from there.
        if only_flow and abs(more_flow) < SAME and abs(more_far) < SAME and more_houses == 0:
            break
        v = fixed.neighbour[out] if out >= 0 else -1
    return change


@njit(cache=True, nogil=True)
def design_all(net: Net, fixed: Fixed, journal: Journal) -> float:
    """Design every node from the leaves down; returns the cost of nodes. The journal is empty afterwards."""
    n = net.node.shape[0]
    waiting = np.zeros(n, dtype=np.int64)
    for v in range(n):
        if net.node[v, OUT] >= 0:
            waiting[fixed.neighbour[net.node[v, OUT]]] += 1
    order = np.empty(n, dtype=np.int64)
    size = 0
    for v in range(n):
        if waiting[v] == 0:
            order[size] = v
            size += 1
    total = 0.0
    i = 0
    while i < size:
        v = order[i]
        i += 1
        out = net.node[v, OUT]
        journal.lengths[DESIGNS] = 0
        total += walk(v, net, fixed, journal, 1)
        if out >= 0:
            p = fixed.neighbour[out]
            waiting[p] -= 1
            if waiting[p] == 0:
                order[size] = p
                size += 1
    journal.lengths[DESIGNS] = 0
    return total
