"""The exact choice on one spanning forest: who is served by what, where sewers end, which way and how deep they run.

State of a node: served by a network of flow class k whose end lies above it in the tree (``base``), or at it or below it
(``site``), with the node's outgoing invert at one of its depth levels, or with a pressure main passing through; or the
node is not in a network of its parent's at all (``free``). A flow class stands for the concave cost of a plant by a line
F + m·Q that touches it; the true cost is taken afterwards. Arrivals are rounded up to a level, so a choice is always
buildable. Time O(nodes × classes × levels).
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.tree_terms import (
    BIG,
    Classes,
    class_slope,
    depth_levels,
    dn_for,
    end_fixed,
    gravity_step,
    house_tie,
    lift_cost,
    pressure_cost,
)  # fmt: skip
from qingxi.sewer import SewerKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

__all__ = ["Classes", "choose_on_forest", "depth_levels"]


@njit(cache=True, nogil=True)
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
            slope = class_slope(classes, k, v)
            for j in range(depths):
                cost = manhole[j]
                for a in range(ptr[v], ptr[v + 1]):
                    h = at[a]
                    tied, _ = house_tie(homes, h, slot[h], slope, levels[v, j])
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
            fixed = end_fixed(classes, ground, k, v)
            if fixed < BIG:
                for j in range(depths):
                    cost = base[v, k, j] - manhole[j] + fixed
                    if levels[v, j] > ground.end_depth_m[v] + 1e-9 and ground.end_depth_m[v] < kit.depth_max_m:
                        lift, _ = lift_cost(kit, flow_guess[v], levels[v, j] - ground.end_depth_m[v])
                        cost += lift
                    site[v, k, j] = cost
        # Ends below v: the flow of v goes down to child c.
        for b in range(cptr[v], cptr[v + 1]):
            c = child[b]
            e = parent_arc[c]
            rise = ground.ground_m[c] - ground.ground_m[v]
            dn = dn_for(kit, flow_guess[v])
            for j in range(depths):
                arc_cost[j], arc_level[j] = gravity_step(
                    kit,
                    levels[v, j],
                    rise,
                    ground.length_m[e],
                    ground.trench[e],
                    ground.crossing[e],
                    dn,
                    levels[c],
                )
            lift, metre = lift_cost(kit, flow_guess[v], max(0.0, rise) + 1.5)
            press = pressure_cost(kit, flow_guess[v], ground.length_m[e], ground.trench[e], ground.crossing[e])
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
        dn = dn_for(kit, flow_guess[v])
        for j in range(depths):
            arc_cost[j], arc_level[j] = gravity_step(
                kit, levels[v, j], rise, ground.length_m[e], ground.trench[e], ground.crossing[e], dn, levels[p]
            )
        lift, metre = lift_cost(kit, flow_guess[v], max(0.0, rise) + 1.5)
        press = pressure_cost(kit, flow_guess[v], ground.length_m[e], ground.trench[e], ground.crossing[e])
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
                fixed = end_fixed(classes, ground, k, v)
                if fixed < BIG:
                    best = base[v, k, j] - manhole[j] + fixed
                    if levels[v, j] > ground.end_depth_m[v] + 1e-9 and ground.end_depth_m[v] < kit.depth_max_m:
                        lift, _ = lift_cost(kit, flow_guess[v], levels[v, j] - ground.end_depth_m[v])
                        best += lift
            for b in range(cptr[v], cptr[v + 1]):
                c = child[b]
                e = parent_arc[c]
                rise = ground.ground_m[c] - ground.ground_m[v]
                lift, metre = lift_cost(kit, flow_guess[v], max(0.0, rise) + 1.5)
                press = pressure_cost(kit, flow_guess[v], ground.length_m[e], ground.trench[e], ground.crossing[e])
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
                dn = dn_for(kit, flow_guess[v])
                cost, level = gravity_step(
                    kit,
                    levels[v, j],
                    rise,
                    ground.length_m[e],
                    ground.trench[e],
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
            slope = class_slope(classes, k, v)
            for a in range(ptr[v], ptr[v + 1]):
                h = at[a]
                tied, pumped = house_tie(homes, h, slot[h], slope, levels[v, j])
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
            dn = dn_for(kit, flow_guess[c])
            best = BIG
            lifted, from_level = False, 0
            for jj in range(depths):
                cost, reached = gravity_step(
                    kit,
                    levels[c, jj],
                    rise,
                    ground.length_m[e],
                    ground.trench[e],
                    ground.crossing[e],
                    dn,
                    levels[v],
                )
                if reached >= 0 and reached <= level and base[c, k, jj] + cost < best:
                    best, lifted, from_level = base[c, k, jj] + cost, False, jj
            lift, metre = lift_cost(kit, flow_guess[c], max(0.0, rise) + 1.5)
            press = pressure_cost(kit, flow_guess[c], ground.length_m[e], ground.trench[e], ground.crossing[e])
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
