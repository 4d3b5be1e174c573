"""Designing a forest of pipes and pricing it, node by node, in one pass from the houses down.

Every node has at most one outgoing arc. Depth is continuous: a pipe is laid as shallow as cover, least slope and what
arrives at its head allow. Where it would pass the greatest depth, or where the plan asks for it, a lift raises the flow
into a pressure pipe; the pressure pipe goes on through nodes where nothing joins, as long as the ground rises.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.sewer.hydraulics import peak_flow_l_s, slope_limit
from qingxi.sewer.kit import SewerKit
from qingxi.sewer.trench import friction_slope, pressure_dn, trench_works

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

UNUSED, GRAVITY, LIFTED, PASSED, ENDING = 0, 1, 2, 3, 4


class DesignArrays(NamedTuple):
    """What a design says of each node.

    ``way`` is UNUSED, GRAVITY (outgoing gravity pipe), LIFTED (a lift into a pressure pipe), PASSED (a pressure pipe runs
    through) or ENDING (plant or joining point). ``flow_m3_d`` is the mean flow of the far year, for pipes and lifts; ``people_m3_d`` today's, for plants.
    ``depth_m`` is of the outgoing invert, ``arrive_m`` of the outgoing pipe's lower end at the next node, ``inlet_m`` of
    the lowest thing arriving. ``works`` is of pipe and manhole (or lift works), ``running`` of the lift, ``cost`` the
    present value of all at this node but the plant or connection at its end.
    """

    way: Ints
    dn: Ints
    houses: Ints
    flow_m3_d: Floats
    people_m3_d: Floats
    depth_m: Floats
    arrive_m: Floats
    inlet_m: Floats
    head_m: Floats
    start: Ints  # of a passed pressure pipe: its lift
    cost: Floats


def new_design(nodes: int) -> DesignArrays:
    """Empty arrays for a graph of so many nodes."""
    i = [np.zeros(nodes, dtype=np.int64) for _ in range(4)]
    f = [np.zeros(nodes) for _ in range(7)]
    return DesignArrays(i[0], i[1], i[2], f[0], f[1], f[2], f[3], f[4], f[5], i[3], f[6])


@njit(cache=True)
def flow_order(next_node: Ints) -> Ints:
    """Nodes so that each stands before the one it flows to."""
    n = next_node.shape[0]
    waiting = np.zeros(n, dtype=np.int64)
    for v in range(n):
        if next_node[v] >= 0:
            waiting[next_node[v]] += 1
    order = np.empty(n, dtype=np.int64)
    count = 0
    for v in range(n):
        if waiting[v] == 0:
            order[count] = v
            count += 1
    i = 0
    while i < count:
        p = next_node[order[i]]
        i += 1
        if p >= 0:
            waiting[p] -= 1
            if waiting[p] == 0:
                order[count] = p
                count += 1
    return order[:count]


@njit(cache=True)
def design_forest(
    kit: SewerKit,
    ground_m: Floats,
    length_m: Floats,
    trench: Ints,
    crossing: Ints,
    next_node: Ints,
    next_arc: Ints,
    lift_here: npt.NDArray[np.bool_],
    house_node: Ints,
    house_flow_m3_d: Floats,
    house_far_m3_d: Floats,
    house_need_m: Floats,
    house_pumped: npt.NDArray[np.bool_],
    end_depth_m: Floats,
    out: DesignArrays,
) -> float:
    """Design and price the pipes of a forest; O(nodes + houses).

    Parameters
    ----------
    trench : int64[arcs]
        Trench class (:func:`qingxi.sewer.trench_class`).
    next_node, next_arc : int64[nodes]
        Where each node flows and by which arc; −1 at ends and unused nodes.
    lift_here : bool[nodes]
        A lift is wanted here even if gravity would do.
    house_node : int64[houses]
        Node that takes the house's lateral; −1: not sewered.
    house_flow_m3_d, house_far_m3_d : float64[houses]
        Mean flow of today's residents, and of the far year.
    house_need_m : float64[houses]
        Depth the gravity lateral asks of its node.
    end_depth_m : float64[nodes]
        Deepest arrival an end can take by gravity; deeper: a lift at the end.

    Returns
    -------
    float
        Present value of pipes, manholes and lifts (laterals, plants and fees are the caller's).
    """
    n = ground_m.shape[0]
    inflows = np.zeros(n, dtype=np.int64)
    passing = np.zeros(n, dtype=np.int64)  # 1 + the lift whose pressure pipe arrives here
    friction = np.zeros(n)
    for v in range(n):
        out.way[v] = 0
        out.dn[v] = 0
        out.houses[v] = 0
        out.flow_m3_d[v] = 0.0
        out.people_m3_d[v] = 0.0
        out.depth_m[v] = 0.0
        out.arrive_m[v] = 0.0
        out.inlet_m[v] = 0.0
        out.head_m[v] = 0.0
        out.start[v] = -1
        out.cost[v] = 0.0
    for h in range(house_node.shape[0]):
        v = house_node[h]
        if v >= 0:
            out.houses[v] += 1
            out.people_m3_d[v] += house_flow_m3_d[h]
            out.flow_m3_d[v] += house_far_m3_d[h]
            inflows[v] += 1
            if house_pumped[h]:
                out.inlet_m[v] = max(out.inlet_m[v], kit.lateral_start_m)
            else:
                out.inlet_m[v] = max(out.inlet_m[v], house_need_m[h])
    total = 0.0
    for v in flow_order(next_node):
        if out.houses[v] == 0:
            continue
        flow = out.flow_m3_d[v]
        peak = peak_flow_l_s(flow, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
        p = next_node[v]
        if p < 0:
            out.way[v] = 4
            out.depth_m[v] = max(kit.depth_min_m[0], out.inlet_m[v])
            if out.inlet_m[v] > end_depth_m[v] + 1e-9:
                # The end lies higher than what arrives: a lift into it, without a pressure pipe.
                out.way[v] = 4
                out.head_m[v] = out.inlet_m[v] - end_depth_m[v] + kit.local_head_m
                works = kit.lift_base + kit.lift_per_l_s * peak
                running = kit.lift_running + kit.lift_upkeep * works + kit.energy_yuan * flow * out.head_m[v]
                out.cost[v] = kit.works_pv * works + kit.annuity * running
                total += out.cost[v]
            continue
        e = next_arc[v]
        length = length_m[e]
        rise = ground_m[p] - ground_m[v]
        dn = 0
        while dn < kit.dn_mm.shape[0] - 1 and flow > kit.mean_capacity_m3_d[dn]:
            dn += 1
        cost = 0.0
        if passing[v] > 0 and inflows[v] == 1 and rise >= 0.0 and not lift_here[v]:
            way = 3
        else:
            way = 1
            if lift_here[v]:
                way = 2
        if way == 1:
            depth = max(kit.depth_min_m[dn], out.inlet_m[v])
            fall = -rise
            if fall > 0.0:
                slope = (fall + kit.depth_min_m[dn] - depth) / length
                if slope > kit.slope_min[dn]:
                    limit = slope_limit(
                        peak / 1000.0, kit.dn_mm[dn] / 1000.0, slope, kit.manning, kit.velocity_max_m_s
                    )
                    if limit < slope:
                        depth = min(kit.depth_max_m, kit.depth_min_m[dn] + fall - limit * length)
            arrive = max(kit.depth_min_m[dn], depth + rise + kit.slope_min[dn] * length)
            if depth > kit.depth_max_m + 1e-9 or arrive > kit.depth_max_m + 1e-9:
                way = 2
            else:
                s = trench[e]
                works = trench_works(
                    length, depth, arrive, kit.trench_a[dn, s], kit.trench_b[dn, s], kit.trench_c[dn, s]
                )
                works += kit.crossing[crossing[e]] + kit.manhole_base + kit.manhole_per_depth * depth
                cost = kit.sewer_pv * works
                out.depth_m[v] = depth
                out.arrive_m[v] = arrive
                out.dn[v] = dn
                out.inlet_m[p] = max(out.inlet_m[p], arrive)
        if way >= 2:
            dn = pressure_dn(peak, kit.pressure_dn_mm, kit.pressure_velocity_m_s)
            lost = length * friction_slope(peak, kit.pressure_dn_mm[dn], kit.manning)
            works = length * kit.pressure_per_m[dn, trench[e]] + kit.crossing[crossing[e]]
            cost = kit.sewer_pv * works
            out.dn[v] = dn
            out.depth_m[v] = kit.pressure_depth_m
            out.arrive_m[v] = kit.pressure_depth_m
            if way == 2:
                start = v
                works = kit.lift_base + kit.lift_per_l_s * peak
                cost += kit.works_pv * works + kit.annuity * (kit.lift_running + kit.lift_upkeep * works)
                friction[v] = lost
            else:
                start = passing[v] - 1
                friction[start] += lost
            out.start[v] = start
            before = out.head_m[start]
            inlet = ground_m[start] - out.inlet_m[start]
            head = max(0.0, ground_m[p] - kit.pressure_depth_m - inlet) + friction[start] + kit.local_head_m
            out.head_m[start] = head
            energy = kit.annuity * kit.energy_yuan * flow * (head - before)
            out.cost[start] += energy
            total += energy
            out.inlet_m[p] = max(out.inlet_m[p], kit.pressure_depth_m)
            passing[p] = start + 1
        out.way[v] = way
        out.cost[v] += cost
        total += cost
        inflows[p] += 1
        out.houses[p] += out.houses[v]
        out.people_m3_d[p] += out.people_m3_d[v]
        out.flow_m3_d[p] += flow
    return total
