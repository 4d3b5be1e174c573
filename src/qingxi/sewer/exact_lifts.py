"""The best lifts and house pumps of a given forest of pipes, exactly, with continuous depth.

Where diameters follow from flow, every pipe is as shallow as cover, least slope and what arrives allow: depth follows too, and what
is left to choose is which nodes lift and which houses pump. From the houses down every node keeps the list of (depth at which its
pipe arrives, cost of all upstream) that no other pair beats in both. At a node the lists of what flows in are steps of depth, so
that their sum has no more steps than they have together: the lists stay short and the choice is exact, without a grid of depths.

A lift's main runs on over nodes where nothing joins as long as the ground rises, as in :mod:`qingxi.sewer.design`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.sewer.design import flow_order
from qingxi.sewer.hydraulics import peak_flow_l_s, slope_limit
from qingxi.sewer.kit import SewerKit
from qingxi.sewer.trench import friction_slope, pressure_dn, trench_works
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SAME_M = 1e-9


class Forest(NamedTuple):
    """A forest of pipes and the houses tied to it; fields as in :func:`qingxi.sewer.design_forest`."""

    ground_m: Floats
    length_m: Floats
    trench: Ints
    crossing: Ints
    next_node: Ints
    next_arc: Ints
    house_node: Ints
    house_far_m3_d: Floats
    house_need_m: Floats
    end_depth_m: Floats


@bare
def _lift_present_value(kit: SewerKit, peak: float) -> float:
    works = kit.lift_base + kit.lift_per_l_s * peak
    return float(kit.works_pv * works + kit.annuity * (kit.lift_running + kit.lift_upkeep * works))


@njit(cache=True, nogil=True)
def choose_lifts(
    kit: SewerKit, forest: Forest, house_pump: float, lift_here: Bools, house_pumped: Bools
) -> tuple[float, int]:
    """Choose lifts and house pumps of a forest so that pipes, manholes, lifts and pumps cost least together.

    Parameters
    ----------
    house_pump : float
        Present value of one house pump.
    lift_here, house_pumped : bool[nodes], bool[houses]
        The choice is written here.

    Returns
    -------
    cost : float
        Present value of pipes, manholes, lifts and house pumps.
    longest : int
        The most pairs kept at one node. Time is about O(pairs log pairs) over all nodes.
    """
    n = forest.ground_m.shape[0]
    m = forest.house_node.shape[0]
    next_node, ground = forest.next_node, forest.ground_m
    houses, inflows = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    flow = np.zeros(n)
    first_house, after_house = np.full(n, -1, dtype=np.int64), np.full(m, -1, dtype=np.int64)
    first_child, after_child = np.full(n, -1, dtype=np.int64), np.full(n, -1, dtype=np.int64)
    for h in range(m):
        v = forest.house_node[h]
        house_pumped[h] = False
        if v >= 0:
            houses[v] += 1
            inflows[v] += 1
            flow[v] += forest.house_far_m3_d[h]
            after_house[h], first_house[v] = first_house[v], h
    lift_here[:] = False
    order = flow_order(next_node)
    for v in order:
        p = next_node[v]
        if houses[v] > 0 and p >= 0:
            houses[p] += houses[v]
            flow[p] += flow[v]
            inflows[p] += 1
            after_child[v], first_child[p] = first_child[p], v
    # Pairs of every node, in a row; what the choice at the node was.
    room = 4 * n + 64
    arrive, price, inlet = np.empty(room), np.empty(room), np.empty(room)
    begin, count = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    filled = 0
    main_cost, main_inlet = np.full(n, np.inf), np.zeros(n)  # of the pressure main that arrives from this node
    main_lift = np.full(n, -1, dtype=np.int64)
    chosen = np.full(n, -1.0)
    total, longest = 0.0, 0
    at_depth, change = np.empty(64), np.empty(64)
    opens = np.empty(64, dtype=np.bool_)
    for v in order:
        if houses[v] == 0:
            continue
        steps = 0
        h = first_house[v]
        while h >= 0:
            steps += 2
            h = after_house[h]
        c = first_child[v]
        while c >= 0:
            steps += count[c]
            c = after_child[c]
        if steps > at_depth.shape[0]:
            at_depth, change = np.empty(2 * steps), np.empty(2 * steps)
            opens = np.empty(2 * steps, dtype=np.bool_)
        steps, missing, before = 0, 0, 0.0
        h = first_house[v]
        while h >= 0:
            need = forest.house_need_m[h]
            missing += 1
            at_depth[steps], change[steps], opens[steps] = kit.lateral_start_m, house_pump, True
            if need <= kit.lateral_start_m:
                change[steps] = 0.0
            steps += 1
            if kit.lateral_start_m < need <= kit.depth_max_m:
                at_depth[steps], change[steps], opens[steps] = need, -house_pump, False
                steps += 1
            h = after_house[h]
        c = first_child[v]
        while c >= 0:
            missing += 1
            before = 0.0
            for i in range(begin[c], begin[c] + count[c]):
                at_depth[steps], change[steps], opens[steps] = arrive[i], price[i] - before, i == begin[c]
                before = price[i]
                steps += 1
            c = after_child[c]
        sorted_steps = np.argsort(at_depth[:steps])

        peak = peak_flow_l_s(flow[v], kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
        p = next_node[v]
        dn = 0
        while dn < kit.dn_mm.shape[0] - 1 and flow[v] > kit.mean_capacity_m3_d[dn]:
            dn += 1
        lift = _lift_present_value(kit, peak)
        energy = kit.annuity * kit.energy_yuan * flow[v]
        # The main a lift here would feed: its pipes, the node it leaves from last and the level it reaches.
        main, lost, last, e, length, rise = 0.0, 0.0, v, 0, 0.0, 0.0
        reach = 0.0
        if p >= 0:
            e = forest.next_arc[v]
            length, rise = forest.length_m[e], ground[p] - ground[v]
            pressure = pressure_dn(peak, kit.pressure_dn_mm, kit.pressure_velocity_m_s)
            loss = friction_slope(peak, kit.pressure_dn_mm[pressure], kit.manning)
            x = v
            head = 0.0
            while True:
                a = forest.next_arc[x]
                y = next_node[x]
                main += forest.length_m[a] * kit.pressure_per_m[pressure, forest.trench[a]]
                main += kit.crossing[forest.crossing[a]]
                lost += forest.length_m[a] * loss
                last = x
                x = y
                if next_node[x] < 0 or inflows[x] != 1 or ground[next_node[x]] < ground[x]:
                    break
            main *= kit.sewer_pv
            reach = ground[x] - kit.pressure_depth_m
        if filled + steps + 1 > arrive.shape[0]:
            more = 2 * arrive.shape[0] + steps
            arrive = np.concatenate((arrive, np.empty(more)))
            price = np.concatenate((price, np.empty(more)))
            inlet = np.concatenate((inlet, np.empty(more)))
        begin[v] = filled
        best_end = np.inf
        running = 0.0
        least = np.inf  # of the pairs kept so far
        for j in range(steps):
            i = sorted_steps[j]
            running += change[i]
            if opens[i]:
                missing -= 1
            depth = at_depth[i]
            if missing > 0 or (j + 1 < steps and at_depth[sorted_steps[j + 1]] <= depth + SAME_M):
                continue
            if p < 0:
                cost = running
                if depth > forest.end_depth_m[v] + SAME_M:
                    head = depth - forest.end_depth_m[v] + kit.local_head_m
                    cost += lift + energy * head
                if cost < best_end:
                    best_end, chosen[v] = cost, depth
                continue
            head = max(0.0, reach - (ground[v] - depth)) + lost + kit.local_head_m
            cost = running + lift + main + energy * head
            if cost < main_cost[last]:
                main_cost[last], main_inlet[last], main_lift[last] = cost, depth, v
            start = max(kit.depth_min_m[dn], depth)
            if rise < 0.0:
                slope = (kit.depth_min_m[dn] - rise - start) / length
                if slope > kit.slope_min[dn]:
                    limit = slope_limit(
                        peak / 1000.0, kit.dn_mm[dn] / 1000.0, slope, kit.manning, kit.velocity_max_m_s
                    )
                    if limit < slope:
                        start = min(kit.depth_max_m, kit.depth_min_m[dn] - rise - limit * length)
            end = max(kit.depth_min_m[dn], start + rise + kit.slope_min[dn] * length)
            if start > kit.depth_max_m + SAME_M or end > kit.depth_max_m + SAME_M:
                continue
            t = forest.trench[e]
            works = trench_works(length, start, end, kit.trench_a[dn, t], kit.trench_b[dn, t], kit.trench_c[dn, t])
            works += kit.crossing[forest.crossing[e]] + kit.manhole_base + kit.manhole_per_depth * start
            cost = running + kit.sewer_pv * works
            if cost >= least:
                continue
            least = cost
            if filled > begin[v] and end <= arrive[filled - 1] + 1e-12:
                filled -= 1
            arrive[filled], price[filled], inlet[filled] = end, cost, depth
            filled += 1
        if p < 0:
            total += best_end
            continue
        if main_cost[v] < np.inf:
            filled = _with_main(arrive, price, inlet, begin[v], filled, kit.pressure_depth_m, main_cost[v])
        count[v] = filled - begin[v]
        longest = max(longest, count[v])

    for k in range(order.shape[0] - 1, -1, -1):
        v = order[k]
        if chosen[v] < 0.0:
            continue
        h = first_house[v]
        while h >= 0:
            need = forest.house_need_m[h]
            house_pumped[h] = need > kit.lateral_start_m and need > chosen[v] + SAME_M
            h = after_house[h]
        c = first_child[v]
        while c >= 0:
            i = begin[c] + count[c] - 1
            while i > begin[c] and arrive[i] > chosen[v] + SAME_M:
                i -= 1
            if inlet[i] >= 0.0:
                chosen[c] = inlet[i]
            else:
                # By pressure: what lies between is passed through.
                w = main_lift[c]
                lift_here[w] = True
                chosen[w] = main_inlet[c]
            c = after_child[c]
    return total, longest


@bare
def _with_main(
    arrive: Floats, price: Floats, inlet: Floats, begin: int, filled: int, depth: float, cost: float
) -> int:
    """Put the pair of a pressure main (inlet −1) among a node's pairs and drop what it beats; returns the new end."""
    at = begin
    while at < filled and arrive[at] < depth:
        at += 1
    if at > begin and price[at - 1] <= cost:
        return filled
    rest = at
    while rest < filled and price[rest] >= cost:
        rest += 1
    kept = filled - rest
    if rest == at:
        for i in range(filled, at, -1):
            arrive[i], price[i], inlet[i] = arrive[i - 1], price[i - 1], inlet[i - 1]
    else:
        for i in range(kept):
            arrive[at + 1 + i], price[at + 1 + i], inlet[at + 1 + i] = (
                arrive[rest + i],
                price[rest + i],
                inlet[rest + i],
            )
    arrive[at], price[at], inlet[at] = depth, cost, -1.0
    return at + 1 + kept
