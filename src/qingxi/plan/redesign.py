"""Designing again only what a change touches.

A node's design is a function of what flows into it. After a change the nodes downstream are designed again until one hands
on the same as before; what was there is kept in a log, so that a change can be taken back.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes, Layout, end_cost
from qingxi.sewer import SewerKit, friction_slope, peak_flow_l_s, pressure_dn, slope_limit, trench_works
from qingxi.treatment import PlantKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GENTLE = 0.05  # fall of the ground below which no sewer of ours nears its velocity limit
# Columns of the float state: what a node hands to the next, and its cost.
# FLOW is today's (plants go by it), FAR the far year's (pipes and lifts).
FLOW, ARRIVE, COST, INVERT, FRICTION, HEAD, FAR = 0, 1, 2, 3, 4, 5, 6
STATE = 7
# Columns of the whole-number state.
WAY, HOUSES = 0, 1


class Links(NamedTuple):
    """Who flows into each node: linked lists of nodes and of houses."""

    first: Ints
    after: Ints
    before: Ints
    first_house: Ints
    after_house: Ints
    before_house: Ints


@njit(cache=True)
def link(first: Ints, after: Ints, before: Ints, p: int, c: int) -> None:
    after[c] = first[p]
    before[c] = -1
    if first[p] >= 0:
        before[first[p]] = c
    first[p] = c


@njit(cache=True)
def unlink(first: Ints, after: Ints, before: Ints, p: int, c: int) -> None:
    if before[c] >= 0:
        after[before[c]] = after[c]
    else:
        first[p] = after[c]
    if after[c] >= 0:
        before[after[c]] = before[c]


@njit(cache=True)
def design_node(
    v: int, layout: Layout, links: Links, ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit,
    f: Floats, w: Ints, new: Floats, way_houses: Ints,
) -> None:  # fmt: skip
    """Design one node from what flows into it; the same rules as ``design_forest``."""
    people, flow, houses, inlet, inflows = 0.0, 0.0, 0, 0.0, 0
    passing = -1
    h = links.first_house[v]
    while h >= 0:
        s = layout.slot[h]
        people += homes.flow_m3_d[h]
        flow += homes.far_m3_d[h]
        houses += 1
        inflows += 1
        inlet = max(inlet, kit.lateral_start_m if layout.pumped[h] else homes.need_m[h, s])
        h = links.after_house[h]
    c = links.first[v]
    while c >= 0:
        if w[c, HOUSES] > 0:
            people += f[c, FLOW]
            flow += f[c, FAR]
            houses += w[c, HOUSES]
            inflows += 1
            inlet = max(inlet, f[c, ARRIVE])
            if w[c, WAY] == 2 or w[c, WAY] == 3:
                passing = c
        c = links.after[c]
    new[:] = 0.0
    way_houses[WAY], way_houses[HOUSES] = 0, houses
    if houses == 0:
        return
    new[FLOW], new[FAR] = people, flow
    peak = peak_flow_l_s(flow, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
    p = layout.next_node[v]
    if p < 0:
        way_houses[WAY] = 4
        cost, _ = end_cost(v, people, ground, plants)
        if inlet > ground.end_depth_m[v] + 1e-9:
            head = inlet - ground.end_depth_m[v] + kit.local_head_m
            works = kit.lift_base + kit.lift_per_l_s * peak
            running = kit.lift_running + kit.lift_upkeep * works + kit.energy_yuan * flow * head
            cost += kit.works_pv * works + kit.annuity * running
        new[COST] = cost
        return
    e = layout.next_arc[v]
    length = ground.length_m[e]
    trench = ground.trench[e]
    rise = ground.ground_m[p] - ground.ground_m[v]
    way = 1
    if passing >= 0 and inflows == 1 and rise >= 0.0 and not layout.lift_here[v]:
        way = 3
    elif layout.lift_here[v]:
        way = 2
    if way == 1:
        dn = 0
        while dn < kit.dn_mm.shape[0] - 1 and flow > kit.mean_capacity_m3_d[dn]:
            dn += 1
        depth = max(kit.depth_min_m[dn], inlet)
        fall = -rise
        if fall > 0.0:
            slope = (fall + kit.depth_min_m[dn] - depth) / length
            if slope > kit.slope_min[dn]:
                limit = slope_limit(peak / 1000.0, kit.dn_mm[dn] / 1000.0, slope, kit.manning, kit.velocity_max_m_s)
                if limit < slope:
                    depth = min(kit.depth_max_m, kit.depth_min_m[dn] + fall - limit * length)
        arrive = max(kit.depth_min_m[dn], depth + rise + kit.slope_min[dn] * length)
        if depth > kit.depth_max_m + 1e-9 or arrive > kit.depth_max_m + 1e-9:
            way = 2
        else:
            works = trench_works(
                length, depth, arrive, kit.trench_a[dn, trench], kit.trench_b[dn, trench], kit.trench_c[dn, trench]
            )
            works += kit.crossing[ground.crossing[e]] + kit.manhole_base + kit.manhole_per_depth * depth
            new[COST] = kit.sewer_pv * works
            new[ARRIVE] = arrive
    if way >= 2:
        dn = pressure_dn(peak, kit.pressure_dn_mm, kit.pressure_velocity_m_s)
        lost = length * friction_slope(peak, kit.pressure_dn_mm[dn], kit.manning)
        works = length * kit.pressure_per_m[dn, trench] + kit.crossing[ground.crossing[e]]
        cost = kit.sewer_pv * works
        before = 0.0
        if way == 2:
            works = kit.lift_base + kit.lift_per_l_s * peak
            cost += kit.works_pv * works + kit.annuity * (kit.lift_running + kit.lift_upkeep * works)
            new[INVERT] = ground.ground_m[v] - inlet
            new[FRICTION] = lost
        else:
            new[INVERT] = f[passing, INVERT]
            new[FRICTION] = f[passing, FRICTION] + lost
            before = f[passing, HEAD]
        head = max(0.0, ground.ground_m[p] - kit.pressure_depth_m - new[INVERT])
        new[HEAD] = head + new[FRICTION] + kit.local_head_m
        new[COST] = cost + kit.annuity * kit.energy_yuan * flow * (new[HEAD] - before)
        new[ARRIVE] = kit.pressure_depth_m
    way_houses[WAY] = way


@njit(cache=True)
def walk(
    v: int, layout: Layout, links: Links, ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit,
    f: Floats, w: Ints, log_node: Ints, log_f: Floats, log_w: Ints, count: int,
) -> tuple[float, int]:  # fmt: skip
    """Design v and what lies downstream as far as anything changes; returns the change of cost and the log's length.

    Where only the flow changes, a gravity pipe of the smallest diameter on gentle ground costs what it did: its flow is
    counted and the walk goes on without designing it. (On gentle ground no velocity limit comes into play.)
    """
    change = 0.0
    new = np.empty(STATE)
    way_houses = np.empty(2, dtype=np.int64)
    more_flow, more_far, more_houses = 0.0, 0.0, 0
    only_flow = False
    room = log_node.shape[0]
    while v >= 0:
        p = layout.next_node[v]
        if only_flow and w[v, WAY] == 1:
            e = layout.next_arc[v]
            far = f[v, FAR] + more_far
            if (
                max(far, f[v, FAR]) <= kit.mean_capacity_m3_d[0]
                and ground.ground_m[v] - ground.ground_m[p] <= GENTLE * ground.length_m[e]
            ):
                if count < room:
                    log_node[count] = v
                    log_f[count] = f[v]
                    log_w[count] = w[v]
                count += 1
                f[v, FLOW] += more_flow
                f[v, FAR] = far
                w[v, HOUSES] += more_houses
                v = p
                continue
        design_node(v, layout, links, ground, homes, kit, plants, f, w, new, way_houses)
        arrives_same = way_houses[WAY] == w[v, WAY] and (way_houses[HOUSES] > 0) == (w[v, HOUSES] > 0)
        for j in (ARRIVE, INVERT, FRICTION, HEAD):
            if abs(new[j] - f[v, j]) > 1e-12:
                arrives_same = False
        more_flow, more_far = new[FLOW] - f[v, FLOW], new[FAR] - f[v, FAR]
        more_houses = way_houses[HOUSES] - w[v, HOUSES]
        change += new[COST] - f[v, COST]
        if count < room:
            log_node[count] = v
            log_f[count] = f[v]
            log_w[count] = w[v]
        count += 1
        f[v] = new
        w[v] = way_houses
        # The next node sees what this one hands on, and nothing else. A node that was tied elsewhere hands on the same to
        # another: its caller walks on from there.
        if arrives_same and abs(more_flow) < 1e-12 and abs(more_far) < 1e-12 and more_houses == 0:
            break
        only_flow = arrives_same
        v = p
    return change, count


@njit(cache=True)
def take_back(f: Floats, w: Ints, log_node: Ints, log_f: Floats, log_w: Ints, count: int) -> None:
    for i in range(count - 1, -1, -1):
        f[log_node[i]] = log_f[i]
        w[log_node[i]] = log_w[i]


@njit(cache=True)
def flows_through(layout: Layout, start: int, v: int) -> bool:
    x = start
    while x >= 0:
        if x == v:
            return True
        x = layout.next_node[x]
    return False


@njit(cache=True)
def end_of(layout: Layout, v: int) -> int:
    while layout.next_node[v] >= 0:
        v = layout.next_node[v]
    return v


@njit(cache=True)
def place_house(h: int, s: int, pumped: bool, layout: Layout, links: Links, homes: Homes) -> None:
    if layout.slot[h] >= 0:
        unlink(links.first_house, links.after_house, links.before_house, homes.node[h, layout.slot[h]], h)
    layout.slot[h], layout.pumped[h] = s, pumped
    if s >= 0:
        link(links.first_house, links.after_house, links.before_house, homes.node[h, s], h)


@njit(cache=True)
def move_house(
    h: int, s: int, pumped: bool, layout: Layout, links: Links, ground: Ground, homes: Homes, kit: SewerKit,
    plants: PlantKit, f: Floats, w: Ints, log_node: Ints, log_f: Floats, log_w: Ints,
) -> tuple[float, int]:  # fmt: skip
    """Tie a house in elsewhere; returns the change of cost at nodes and the log's length."""
    old = homes.node[h, layout.slot[h]] if layout.slot[h] >= 0 else -1
    place_house(h, s, pumped, layout, links, homes)
    change, count = 0.0, 0
    if old >= 0:
        change, count = walk(old, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w, count)
    if s >= 0 and homes.node[h, s] != old:
        more, count = walk(
            homes.node[h, s], layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w, count
        )
        change += more
    return change, count
