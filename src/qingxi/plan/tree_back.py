"""The choice on a forest read out of its table, from the roots to the leaves (:mod:`qingxi.plan.tree_choice`)."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.tree_terms import (
    BIG,
    Classes,
    class_slope,
    dn_for,
    end_fixed,
    gravity_step,
    house_tie,
    lift_cost,
    pressure_cost,
)  # fmt: skip
from qingxi.sewer import SewerKit
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Table(NamedTuple):
    """The choice's table, and lists of houses and children by node.

    ``base``, ``site`` and ``up`` have one row a node; what belongs to level j and class k stands at j · classes + k of it, so that
    loops over all classes are straight.
    """

    ptr: Ints  # houses at node v: at[ptr[v]:ptr[v + 1]]
    at: Ints
    cptr: Ints
    child: Ints
    base: Floats
    site: Floats
    up: Floats
    free: Floats
    own: Floats
    by_level: Floats  # [3, levels] room
    level: Ints
    by_class: Floats  # room
    state: Ints  # [nodes, 3] kind, class, level


@bare
def walk_back(
    ground: Ground, homes: Homes, kit: SewerKit, classes: Classes, order: Ints, parent_arc: Ints, levels: Floats,
    slot: Ints, flow_guess: Floats, layout: Layout, table: Table,
) -> None:  # fmt: skip
    """The choice itself, from the roots to the leaves, into ``layout``."""
    n, depths, kinds = order.shape[0], levels.shape[1], classes.slope.shape[0] + 1
    wide, P = (depths + 1) * kinds, depths
    ptr, at, cptr, child, free, own = table.ptr, table.at, table.cptr, table.child, table.free, table.own
    base, site, up, manhole, state = table.base, table.site, table.up, table.by_level[0], table.state
    layout.next_node[:] = -1
    layout.next_arc[:] = -1
    layout.lift_here[:] = False
    layout.slot[:] = -1
    layout.pumped[:] = False
    FREE, BASE, SITE = 0, 1, 2
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
                    if site[v * wide + jj * kinds + kk] < best - 1e-9:
                        best = site[v * wide + jj * kinds + kk]
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
                    best = base[v * wide + j * kinds + k] - manhole[j] + fixed
                    if levels[v, j] > ground.end_depth_m[v] + 1e-9 and ground.end_depth_m[v] < kit.depth_max_m:
                        lift, _ = lift_cost(kit, flow_guess[v], levels[v, j] - ground.end_depth_m[v])
                        best += lift
            for b in range(cptr[v], cptr[v + 1]):
                c = child[b]
                e = parent_arc[c]
                rise = ground.ground_m[c] - ground.ground_m[v]
                lift, metre = lift_cost(kit, flow_guess[v], max(0.0, rise) + 1.5)
                press = pressure_cost(kit, flow_guess[v], ground.length_m[e], ground.trench[e], ground.crossing[e])
                arrive, arrive_level = site[c * wide + P * kinds + k], P
                for jj in range(depths):
                    if site[c * wide + jj * kinds + k] < arrive:
                        arrive, arrive_level = site[c * wide + jj * kinds + k], jj
                if j == P:
                    if rise >= 0.0 and arrive < BIG:
                        children_free = 0.0
                        for bb in range(cptr[v], cptr[v + 1]):
                            children_free += free[child[bb]]
                        cost = own[v] + children_free - free[c] + press + metre * rise + arrive
                        if cost < best:
                            best, down, how, to_level = cost, c, 0, arrive_level
                    continue
                rest = base[v * wide + j * kinds + k] - min(free[c], up[c * wide + j * kinds + k])
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
                        if rest + cost + site[c * wide + jj * kinds + k] < best:
                            best, down, how, to_level = rest + cost + site[c * wide + jj * kinds + k], c, 0, jj
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
                if up[c * wide + P * kinds + k] - free[c] < least:
                    least = up[c * wide + P * kinds + k] - free[c]
                    from_pressure = c
        if j < P:
            unit = class_slope(classes, k, v)
            for a in range(ptr[v], ptr[v + 1]):
                h = at[a]
                cost, pumped = house_tie(homes, h, slot[h], unit, levels[v, j])
                if cost < homes.own[h]:
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
            elif up[c * wide + j * kinds + k] >= free[c]:
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
                if reached >= 0 and reached <= level and base[c * wide + jj * kinds + k] + cost < best:
                    best, lifted, from_level = base[c * wide + jj * kinds + k] + cost, False, jj
            lift, metre = lift_cost(kit, flow_guess[c], max(0.0, rise) + 1.5)
            press = pressure_cost(kit, flow_guess[c], ground.length_m[e], ground.trench[e], ground.crossing[e])
            for jj in range(depths):
                mh = kit.sewer_pv * (kit.manhole_base + kit.manhole_per_depth * levels[c, jj])
                if base[c * wide + jj * kinds + k] - mh + lift + press < best:
                    best, lifted, from_level = base[c * wide + jj * kinds + k] - mh + lift + press, True, jj
            if rise >= 0.0 and base[c * wide + P * kinds + k] + press + metre * rise < best:
                best, lifted, from_level = base[c * wide + P * kinds + k] + press + metre * rise, False, P
            layout.next_node[c] = v
            layout.next_arc[c] = e
            layout.lift_here[c] = lifted
            state[c, 0], state[c, 1], state[c, 2] = BASE, k, from_level
