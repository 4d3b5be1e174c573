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
from qingxi.plan.tree_back import Table, walk_back
from qingxi.plan.tree_terms import (
    BIG,
    Classes,
    class_slope,
    depth_levels,
    dn_for,
    end_fixed,
    gravity_step,
    lift_cost,
    pressure_cost,
)  # fmt: skip
from qingxi.sewer import SewerKit
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

__all__ = ["Classes", "choice_room", "choose_on_forest", "depth_levels"]


def choice_room(nodes: int, classes: Classes, levels: int) -> int:
    """How much room the choice needs, in numbers."""
    return int(3 * nodes * (classes.slope.shape[0] + 1) * (levels + 1))


@bare
def _fill(
    ground: Ground, homes: Homes, kit: SewerKit, classes: Classes, order: Ints, parent: Ints, parent_arc: Ints,
    levels: Floats, slot: Ints, flow_guess: Floats, table: Table,
) -> float:  # fmt: skip
    """Every node's costs from the leaves to the roots; returns the modelled cost of all trees."""
    n, depths, kinds = order.shape[0], levels.shape[1], classes.slope.shape[0] + 1
    wide = (depths + 1) * kinds
    passing_at = depths * kinds  # the state in which a pressure main passes through
    ptr, at, cptr, child, free, own = table.ptr, table.at, table.cptr, table.child, table.free, table.own
    base, site, up = table.base, table.site, table.up
    manhole, arc_cost, arc_level = table.by_level[0], table.by_level[1], table.level
    suffix, tied, pumped_tie = (
        table.by_class[4 * kinds :],
        table.by_class[:kinds],
        table.by_class[kinds : 2 * kinds],
    )
    arrive_of, slope = table.by_class[2 * kinds : 3 * kinds], table.by_class[3 * kinds : 4 * kinds]
    for i in range(n - 1, -1, -1):
        v = order[i]
        to_v = v * wide
        for a in range(ptr[v], ptr[v + 1]):
            own[v] += homes.own[at[a]]
        children_free = 0.0
        for b in range(cptr[v], cptr[v + 1]):
            children_free += free[child[b]]
        for j in range(depths):
            manhole[j] = kit.sewer_pv * (kit.manhole_base + kit.manhole_per_depth * levels[v, j])
            for k in range(kinds):
                base[to_v + j * kinds + k] = manhole[j]
        best_free = own[v] + children_free
        for k in range(kinds):
            slope[k] = class_slope(classes, k, v)
        for a in range(ptr[v], ptr[v + 1]):
            h = at[a]
            alone, need = homes.own[h], homes.need_m[h, slot[h]]
            for k in range(kinds):
                cost = homes.lateral[h, slot[h]] + slope[k] * homes.flow_m3_d[h]
                tied[k] = min(alone, cost)
                pumped_tie[k] = min(alone, cost + homes.pump)
            for j in range(depths):
                if need > levels[v, j] + 1e-9:
                    for k in range(kinds):
                        base[to_v + j * kinds + k] += pumped_tie[k]
                else:
                    for k in range(kinds):
                        base[to_v + j * kinds + k] += tied[k]
        for k in range(kinds):
            base[to_v + passing_at + k] = BIG
        for b in range(cptr[v], cptr[v + 1]):
            c = child[b]
            to_c, free_c = c * wide, free[c]
            for t in range(passing_at):
                base[to_v + t] += min(free_c, up[to_c + t])
            for k in range(kinds):
                passing = own[v] + children_free - free_c + up[to_c + passing_at + k]
                base[to_v + passing_at + k] = min(base[to_v + passing_at + k], passing)
        # Ends at v.
        for t in range(to_v, to_v + wide):
            site[t] = BIG
        sump = ground.end_depth_m[v] < kit.depth_max_m
        for j in range(depths):
            lift = 0.0
            if sump and levels[v, j] > ground.end_depth_m[v] + 1e-9:
                lift, _ = lift_cost(kit, flow_guess[v], levels[v, j] - ground.end_depth_m[v])
            arc_cost[j] = lift
        for k in range(kinds):
            fixed = end_fixed(classes, ground, k, v)
            if fixed < BIG:
                for j in range(depths):
                    site[to_v + j * kinds + k] = base[to_v + j * kinds + k] - manhole[j] + fixed + arc_cost[j]
        # Ends below v: the flow of v goes down to child c.
        dn = dn_for(kit, flow_guess[v])
        for b in range(cptr[v], cptr[v + 1]):
            c = child[b]
            e = parent_arc[c]
            to_c, free_c = c * wide, free[c]
            rise = ground.ground_m[c] - ground.ground_m[v]
            for k in range(kinds):
                suffix[passing_at - kinds + k] = site[to_c + passing_at - kinds + k]
            for t in range(passing_at - kinds - 1, -1, -1):
                suffix[t] = min(suffix[t + kinds], site[to_c + t])
            least = BIG
            for k in range(kinds):
                arrive_of[k] = min(suffix[k], site[to_c + passing_at + k])
                least = min(least, arrive_of[k])
            if least >= BIG:
                continue
            for j in range(depths):
                arc_cost[j], arc_level[j] = gravity_step(
                    kit, levels[v, j], rise, ground.length_m[e], ground.trench[e], ground.crossing[e], dn, levels[c]
                )
            lift, metre = lift_cost(kit, flow_guess[v], max(0.0, rise) + 1.5)
            press = pressure_cost(kit, flow_guess[v], ground.length_m[e], ground.trench[e], ground.crossing[e])
            for j in range(depths):
                t, a = j * kinds, arc_level[j] * kinds
                for k in range(kinds):
                    rest = base[to_v + t + k] - min(free_c, up[to_c + t + k])
                    lifted = rest - manhole[j] + lift + press + arrive_of[k]
                    if a >= 0:
                        lifted = min(lifted, rest + arc_cost[j] + suffix[a + k])
                    site[to_v + t + k] = min(site[to_v + t + k], lifted)
            if rise >= 0.0:
                for k in range(kinds):
                    cost = own[v] + children_free - free_c + press + metre * rise + arrive_of[k]
                    site[to_v + passing_at + k] = min(site[to_v + passing_at + k], cost)
        for t in range(passing_at):
            best_free = min(best_free, site[to_v + t])
        free[v] = best_free
        # Up to the parent.
        p = parent[v]
        if p < 0:
            continue
        e = parent_arc[v]
        rise = ground.ground_m[p] - ground.ground_m[v]
        for j in range(depths):
            arc_cost[j], arc_level[j] = gravity_step(
                kit, levels[v, j], rise, ground.length_m[e], ground.trench[e], ground.crossing[e], dn, levels[p]
            )
        lift, metre = lift_cost(kit, flow_guess[v], max(0.0, rise) + 1.5)
        press = pressure_cost(kit, flow_guess[v], ground.length_m[e], ground.trench[e], ground.crossing[e])
        for k in range(kinds):
            arrive_of[k] = base[to_v + passing_at + k] + press + metre * rise if rise >= 0.0 else BIG
        for j in range(depths):
            for k in range(kinds):
                arrive_of[k] = min(arrive_of[k], base[to_v + j * kinds + k] - manhole[j] + lift + press)
        for j in range(depths + 1):
            for k in range(kinds):
                up[to_v + j * kinds + k] = arrive_of[k]
        for j in range(depths):
            a = arc_level[j] * kinds
            if a >= 0:
                for k in range(kinds):
                    up[to_v + a + k] = min(up[to_v + a + k], base[to_v + j * kinds + k] + arc_cost[j])
        for t in range(kinds, passing_at):
            up[to_v + t] = min(up[to_v + t], up[to_v + t - kinds])

    total = 0.0
    for i in range(n):
        if parent[order[i]] < 0:
            total += free[order[i]]
    return total


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
    room: Floats,
) -> float:
    """Choose on a spanning forest and write the choice into ``layout``; returns the modelled cost.

    Parameters
    ----------
    slot : int64[houses]
        The lateral each house may use in this round; −1: none.
    flow_guess : float64[nodes]
        Flow thought to leave each node, for diameters and lifts.
    room : float64[:func:`choice_room`]
        Written over; handed in, because memory that is new each time costs a fifth of the work.
    """
    n, depths, kinds = order.shape[0], levels.shape[1], classes.slope.shape[0] + 1
    ptr = np.zeros(n + 1, dtype=np.int64)
    for h in range(slot.shape[0]):
        if slot[h] >= 0:
            ptr[homes.node[h, slot[h]] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    at = np.empty(ptr[n], dtype=np.int64)
    fill = ptr[:n].copy()
    total_out = 0.0
    for h in range(slot.shape[0]):
        if slot[h] >= 0:
            v = homes.node[h, slot[h]]
            at[fill[v]] = h
            fill[v] += 1
        else:
            total_out += homes.own[h]
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
    wide = n * kinds * (depths + 1)
    table = Table(
        ptr, at, cptr, child, room[:wide], room[wide : 2 * wide], room[2 * wide : 3 * wide], np.zeros(n), np.zeros(n),
        np.empty((3, depths)), np.empty(depths, dtype=np.int64), np.empty((depths + 4) * kinds),
        np.zeros((n, 3), dtype=np.int64),
    )  # fmt: skip
    total_out += _fill(ground, homes, kit, classes, order, parent, parent_arc, levels, slot, flow_guess, table)
    walk_back(ground, homes, kit, classes, order, parent_arc, levels, slot, flow_guess, layout, table)
    return total_out
