"""The exact choice on one spanning forest: who is served by what, where sewers end, which way and how deep they run.

State of a node: served by a network of flow class k whose end lies above it in the tree (``base``), or at it or below it
(``site``), with the node's outgoing invert at one of its depth levels, or with a pressure main passing through; or the
node is not in a network of its parent's at all (``free``). A flow class stands for the concave cost of a plant by a line
F + m·Q that touches it; the true cost is taken afterwards. Arrivals are rounded up to a level, so a choice is always
buildable. Time O(nodes × classes × levels).
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.sewer import SewerKit, peak_flow_l_s, pressure_dn, trench_works

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

BIG = 1e15


class Classes(NamedTuple):
    """Flow classes: ``slope[k]`` yuan per m³/d paid by every house of a network, ``fixed[k, site]`` paid once at its plant.

    The last class is that of joining; its fixed part is in ``Ground.join_fixed`` and its slope may vary by node
    (``join_slope``), which is how a full main is made dearer.
    """

    slope: Floats
    fixed: Floats  # [classes - 1, 3], column by Ground.site
    join_slope: Floats  # [nodes]


@njit(cache=True)
def depth_levels(kit: SewerKit, ground_m: Floats, eta_m: Floats, count: int) -> Floats:
    """Depth levels of each node, ascending, from least cover to greatest depth.

    Inner levels lie on planes that fall with ``eta_m`` (least slope times distance to the end along the present plan), so
    that a pipe along the plan lands exactly on the next node's level.
    """
    n = ground_m.shape[0]
    least, most = kit.depth_min_m[0], kit.depth_max_m
    step = (most - least) / (count - 2)
    levels = np.empty((n, count))
    for v in range(n):
        offset = (ground_m[v] - eta_m[v] - least) % step
        if offset < 1e-9:
            offset = step
        levels[v, 0] = least
        for j in range(1, count - 1):
            levels[v, j] = min(most, least + offset + (j - 1) * step)
        levels[v, count - 1] = most
    return levels


@njit(cache=True)
def _gravity(
    kit: SewerKit, d: float, rise: float, length: float, s: int, x: int, dn: int, levels: Floats
) -> tuple[float, int]:
    """Present value of a pipe that starts at depth d, and the level it reaches (−1: too deep)."""
    start = max(d, kit.depth_min_m[dn])
    arrive = max(kit.depth_min_m[dn], start + rise + kit.slope_min[dn] * length)
    if arrive > kit.depth_max_m + 1e-9:
        return BIG, -1
    works = trench_works(length, start, arrive, kit.trench_a[dn, s], kit.trench_b[dn], kit.trench_c[dn])
    cost = kit.sewer_pv * (works + kit.crossing[x])
    j = 0
    while levels[j] < arrive - 1e-6:
        j += 1
        if j == levels.shape[0]:
            return BIG, -1
    return cost, j


@njit(cache=True)
def _lift(kit: SewerKit, flow: float, head: float) -> tuple[float, float]:
    """Present value of a lift for a flow, and of a metre of its pressure main's energy."""
    peak = peak_flow_l_s(flow, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
    works = kit.lift_base + kit.lift_per_l_s * peak
    metre = kit.annuity * kit.energy_yuan * flow
    running = kit.annuity * (kit.lift_running + kit.lift_upkeep * works)
    return kit.works_pv * works + running + metre * (head + kit.local_head_m), metre


@njit(cache=True)
def _pressure(kit: SewerKit, flow: float, length: float, s: int, x: int) -> float:
    peak = peak_flow_l_s(flow, kit.peak_q, kit.peak_k, kit.small_power, kit.small_cap, kit.infiltration)
    dn = pressure_dn(peak, kit.pressure_dn_mm, kit.pressure_velocity_m_s)
    return float(kit.sewer_pv * (length * kit.pressure_per_m[dn, s] + kit.crossing[x]))


@njit(cache=True)
def _dn_for(kit: SewerKit, flow: float) -> int:
    dn = 0
    while dn < kit.dn_mm.shape[0] - 1 and flow > kit.mean_capacity_m3_d[dn]:
        dn += 1
    return dn


@njit(cache=True)
def _class_slope(classes: Classes, k: int, v: int) -> float:
    if k == classes.slope.shape[0]:
        return float(classes.join_slope[v])
    return float(classes.slope[k])


@njit(cache=True)
def _end_fixed(classes: Classes, ground: Ground, k: int, v: int) -> float:
    if k == classes.slope.shape[0]:
        return float(ground.join_fixed[v]) if ground.join[v] >= 0 else BIG
    return float(classes.fixed[k, ground.site[v]]) if ground.site[v] > 0 else BIG


@njit(cache=True)
def _house(homes: Homes, h: int, s: int, slope: float, depth: float) -> tuple[float, bool]:
    """Cost of tying house h in at its slot at this depth of the node, and whether by pump."""
    cost = homes.lateral[h, s] + slope * homes.flow_m3_d[h]
    if homes.need_m[h, s] > depth + 1e-9:
        return cost + homes.pump, True
    return cost, False


@njit(cache=True)
def choose_on_forest(
    ground: Ground,
    homes: Homes,
    kit: SewerKit,
    classes: Classes,
    order: Ints,
    parent: Ints,
    parent_arc: Ints,
    levels: Floats,
    slot: Ints,
    flow_guess: Floats,
    layout: Layout,
) -> float:
    """Choose on a spanning forest and write the choice into ``layout``; returns the modelled cost.

    Parameters
    ----------
    slot : int64[houses]
        The lateral each house may use in this round; −1: none.
    flow_guess : float64[nodes]
        Flow thought to leave each node, for diameters and lifts.
    """
    n = order.shape[0]
    houses = slot.shape[0]
    depths = levels.shape[1]
    kinds = classes.slope.shape[0] + 1
    P = depths  # the state in which a pressure main passes through
    # Houses by node.
    ptr = np.zeros(n + 1, dtype=np.int64)
    for h in range(houses):
        if slot[h] >= 0:
            ptr[homes.node[h, slot[h]] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    at = np.empty(ptr[n], dtype=np.int64)
    fill = ptr[:n].copy()
    total_out = 0.0
    for h in range(houses):
        if slot[h] >= 0:
            v = homes.node[h, slot[h]]
            at[fill[v]] = h
            fill[v] += 1
        else:
            total_out += homes.own[h]
    # Children by node.
    cptr = np.zeros(n + 1, dtype=np.int64)
    for v in range(n):
        if parent[v] >= 0:
            cptr[parent[v] + 1] += 1
    for v in range(n):
        cptr[v + 1] += cptr[v]
    child = np.empty(cptr[n], dtype=np.int64)
    fill = cptr[:n].copy()
    for i in range(n):
        v = order[i]
        if parent[v] >= 0:
            child[fill[parent[v]]] = v
            fill[parent[v]] += 1

    base = np.full((n, kinds, depths + 1), BIG)
    site = np.full((n, kinds, depths + 1), BIG)
    up = np.full((n, kinds, depths + 1), BIG)
    free = np.zeros(n)
    own = np.zeros(n)
    manhole = np.empty(depths)
    arc_cost = np.empty(depths)
    arc_level = np.empty(depths, dtype=np.int64)
    suffix = np.empty(depths)

    for i in range(n - 1, -1, -1):
        v = order[i]
        for a in range(ptr[v], ptr[v + 1]):
            own[v] += homes.own[at[a]]
        children_free = 0.0
        for b in range(cptr[v], cptr[v + 1]):
            children_free += free[child[b]]
        for j in range(depths):
            manhole[j] = kit.sewer_pv * (kit.manhole_base + kit.manhole_per_depth * levels[v, j])
        best_free = own[v] + children_free
        for k in range(kinds):
            slope = _class_slope(classes, k, v)
            for j in range(depths):
                cost = manhole[j]
                for a in range(ptr[v], ptr[v + 1]):
                    h = at[a]
                    tied, _ = _house(homes, h, slot[h], slope, levels[v, j])
                    cost += min(homes.own[h], tied)
                for b in range(cptr[v], cptr[v + 1]):
                    c = child[b]
                    cost += min(free[c], up[c, k, j])
                base[v, k, j] = cost
            passing = BIG
            for b in range(cptr[v], cptr[v + 1]):
                c = child[b]
                if up[c, k, P] < BIG:
                    passing = min(passing, own[v] + children_free - free[c] + up[c, k, P])
            base[v, k, P] = passing
            # Ends at v.
            fixed = _end_fixed(classes, ground, k, v)
            if fixed < BIG:
                for j in range(depths):
                    cost = base[v, k, j] - manhole[j] + fixed
                    if levels[v, j] > ground.end_depth_m[v] + 1e-9 and ground.end_depth_m[v] < kit.depth_max_m:
                        lift, _ = _lift(kit, flow_guess[v], levels[v, j] - ground.end_depth_m[v])
                        cost += lift
                    site[v, k, j] = cost
        # Ends below v: the flow of v goes down to child c.
        for b in range(cptr[v], cptr[v + 1]):
            c = child[b]
            e = parent_arc[c]
            rise = ground.ground_m[c] - ground.ground_m[v]
            dn = _dn_for(kit, flow_guess[v])
            for j in range(depths):
                arc_cost[j], arc_level[j] = _gravity(
                    kit,
                    levels[v, j],
                    rise,
                    ground.length_m[e],
                    ground.surface[e],
                    ground.crossing[e],
                    dn,
                    levels[c],
                )
            lift, metre = _lift(kit, flow_guess[v], max(0.0, rise) + 1.5)
            press = _pressure(kit, flow_guess[v], ground.length_m[e], ground.surface[e], ground.crossing[e])
            for k in range(kinds):
                least = BIG
                for j in range(depths - 1, -1, -1):
                    least = min(least, site[c, k, j])
                    suffix[j] = least
                if least >= BIG and site[c, k, P] >= BIG:
                    continue
                for j in range(depths):
                    rest = base[v, k, j] - min(free[c], up[c, k, j])
                    if arc_level[j] >= 0 and suffix[arc_level[j]] < BIG:
                        site[v, k, j] = min(site[v, k, j], rest + arc_cost[j] + suffix[arc_level[j]])
                    arrive = min(suffix[0], site[c, k, P])
                    if arrive < BIG:
                        site[v, k, j] = min(site[v, k, j], rest - manhole[j] + lift + press + arrive)
                if rise >= 0.0:
                    arrive = min(suffix[0], site[c, k, P])
                    if arrive < BIG:
                        cost = own[v] + children_free - free[c] + press + metre * rise + arrive
                        site[v, k, P] = min(site[v, k, P], cost)
        for k in range(kinds):
            for j in range(depths):
                best_free = min(best_free, site[v, k, j])
        free[v] = best_free
        # Up to the parent.
        p = parent[v]
        if p < 0:
            continue
        e = parent_arc[v]
        rise = ground.ground_m[p] - ground.ground_m[v]
        dn = _dn_for(kit, flow_guess[v])
        for j in range(depths):
            arc_cost[j], arc_level[j] = _gravity(
                kit, levels[v, j], rise, ground.length_m[e], ground.surface[e], ground.crossing[e], dn, levels[p]
            )
        lift, metre = _lift(kit, flow_guess[v], max(0.0, rise) + 1.5)
        press = _pressure(kit, flow_guess[v], ground.length_m[e], ground.surface[e], ground.crossing[e])
        for k in range(kinds):
            lifted = BIG
            for j in range(depths):
                lifted = min(lifted, base[v, k, j] - manhole[j] + lift + press)
            if rise >= 0.0 and base[v, k, P] < BIG:
                lifted = min(lifted, base[v, k, P] + press + metre * rise)
            for j in range(depths):
                up[v, k, j] = lifted
            up[v, k, P] = lifted
            for j in range(depths):
                a = arc_level[j]
                if a >= 0:
                    up[v, k, a] = min(up[v, k, a], base[v, k, j] + arc_cost[j])
            for j in range(1, depths):
                up[v, k, j] = min(up[v, k, j], up[v, k, j - 1])

    total = total_out
    for i in range(n):
        if parent[order[i]] < 0:
            total += free[order[i]]

    # Walk back.
    layout.next_node[:] = -1
    layout.next_arc[:] = -1
    layout.lift_here[:] = False
    layout.slot[:] = -1
    layout.pumped[:] = False
    FREE, BASE, SITE = 0, 1, 2
    state = np.zeros((n, 3), dtype=np.int64)  # kind, class, level; set by the parent before its child is met
    for i in range(n):
        v = order[i]
        kind, k, j = state[v, 0], state[v, 1], state[v, 2]
        if kind == FREE:
            children_free = 0.0
            for b in range(cptr[v], cptr[v + 1]):
                children_free += free[child[b]]
            best = own[v] + children_free
            bk, bj = -1, -1
            for kk in range(kinds):
                for jj in range(depths):
                    if site[v, kk, jj] < best - 1e-9:
                        best = site[v, kk, jj]
                        bk, bj = kk, jj
            if bk < 0:
                for b in range(cptr[v], cptr[v + 1]):
                    state[child[b], 0] = FREE
                continue
            kind, k, j = SITE, bk, bj
        down = -1
        for jj in range(depths):
            manhole[jj] = kit.sewer_pv * (kit.manhole_base + kit.manhole_per_depth * levels[v, jj])
        if kind == SITE:
            # At v itself, or down to which child, and how?
            best = BIG
            how, to_level = 0, 0
            if j < depths:
                fixed = _end_fixed(classes, ground, k, v)
                if fixed < BIG:
                    best = base[v, k, j] - manhole[j] + fixed
                    if levels[v, j] > ground.end_depth_m[v] + 1e-9 and ground.end_depth_m[v] < kit.depth_max_m:
                        lift, _ = _lift(kit, flow_guess[v], levels[v, j] - ground.end_depth_m[v])
                        best += lift
            for b in range(cptr[v], cptr[v + 1]):
                c = child[b]
                e = parent_arc[c]
                rise = ground.ground_m[c] - ground.ground_m[v]
                lift, metre = _lift(kit, flow_guess[v], max(0.0, rise) + 1.5)
                press = _pressure(kit, flow_guess[v], ground.length_m[e], ground.surface[e], ground.crossing[e])
                arrive, arrive_level = site[c, k, P], P
                for jj in range(depths):
                    if site[c, k, jj] < arrive:
                        arrive, arrive_level = site[c, k, jj], jj
                if j == P:
                    if rise >= 0.0 and arrive < BIG:
                        children_free = 0.0
                        for bb in range(cptr[v], cptr[v + 1]):
                            children_free += free[child[bb]]
                        cost = own[v] + children_free - free[c] + press + metre * rise + arrive
                        if cost < best:
                            best, down, how, to_level = cost, c, 0, arrive_level
                    continue
                rest = base[v, k, j] - min(free[c], up[c, k, j])
                if arrive < BIG and rest - manhole[j] + lift + press + arrive < best:
                    best, down, how, to_level = rest - manhole[j] + lift + press + arrive, c, 1, arrive_level
                dn = _dn_for(kit, flow_guess[v])
                cost, level = _gravity(
                    kit,
                    levels[v, j],
                    rise,
                    ground.length_m[e],
                    ground.surface[e],
                    ground.crossing[e],
                    dn,
                    levels[c],
                )
                if level >= 0:
                    for jj in range(level, depths):
                        if rest + cost + site[c, k, jj] < best:
                            best, down, how, to_level = rest + cost + site[c, k, jj], c, 0, jj
            if down >= 0:
                layout.next_node[v] = down
                layout.next_arc[v] = parent_arc[down]
                layout.lift_here[v] = how == 1
                state[down, 0], state[down, 1], state[down, 2] = SITE, k, to_level
        # What flows into v.
        from_pressure = -1
        if j == P and kind == BASE:
            least = BIG
            for b in range(cptr[v], cptr[v + 1]):
                c = child[b]
                if up[c, k, P] - free[c] < least:
                    least = up[c, k, P] - free[c]
                    from_pressure = c
        if j < P:
            slope = _class_slope(classes, k, v)
            for a in range(ptr[v], ptr[v + 1]):
                h = at[a]
                tied, pumped = _house(homes, h, slot[h], slope, levels[v, j])
                if tied < homes.own[h]:
                    layout.slot[h] = slot[h]
                    layout.pumped[h] = pumped
        for b in range(cptr[v], cptr[v + 1]):
            c = child[b]
            if c == down:
                continue
            level = min(j, depths - 1)
            if j == P:
                state[c, 0] = FREE
                if c != from_pressure:
                    continue
                level = -1  # only by pressure
            elif up[c, k, j] >= free[c]:
                state[c, 0] = FREE
                continue
            e = parent_arc[c]
            rise = ground.ground_m[v] - ground.ground_m[c]
            dn = _dn_for(kit, flow_guess[c])
            best = BIG
            lifted, from_level = False, 0
            for jj in range(depths):
                cost, reached = _gravity(
                    kit,
                    levels[c, jj],
                    rise,
                    ground.length_m[e],
                    ground.surface[e],
                    ground.crossing[e],
                    dn,
                    levels[v],
                )
                if reached >= 0 and reached <= level and base[c, k, jj] + cost < best:
                    best, lifted, from_level = base[c, k, jj] + cost, False, jj
            lift, metre = _lift(kit, flow_guess[c], max(0.0, rise) + 1.5)
            press = _pressure(kit, flow_guess[c], ground.length_m[e], ground.surface[e], ground.crossing[e])
            for jj in range(depths):
                mh = kit.sewer_pv * (kit.manhole_base + kit.manhole_per_depth * levels[c, jj])
                if base[c, k, jj] - mh + lift + press < best:
                    best, lifted, from_level = base[c, k, jj] - mh + lift + press, True, jj
            if rise >= 0.0 and base[c, k, P] + press + metre * rise < best:
                best, lifted, from_level = base[c, k, P] + press + metre * rise, False, P
            layout.next_node[c] = v
            layout.next_arc[c] = e
            layout.lift_here[c] = lifted
            state[c, 0], state[c, 1], state[c, 2] = BASE, k, from_level
    return total
