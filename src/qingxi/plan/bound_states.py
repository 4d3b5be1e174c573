"""The layered graph of the lower bound: states of nodes, and arcs that never cost more than a true pipe."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.bound_grid import level_below
from qingxi.plan.layout import NO_COST, TOO_NEAR, Ground, Homes
from qingxi.sewer import SewerKit, trench_works
from qingxi.standard.compiled import bare

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

TOO_DEEP_M = 1e-9  # as in the design


class PartGraph(NamedTuple):
    """States of one part, as :func:`qingxi.plan.ascent.ascend` takes them."""

    ptr: Shorts
    head: Shorts
    cost: Floats  # [layers, arcs]
    deeper: Bools
    root: Floats  # [layers, states]
    house_ptr: Ints
    house_state: Shorts
    house_cost: Floats  # [layers, house arcs]
    own: Floats
    street: Shorts  # of each arc: the trench of the ground
    end: Floats  # [layers, states] cost of ending here within the part; inf where one cannot
    way: Shorts  # of each house arc: twice the slot, and one more where pumped


@bare
def gravity_arc(
    kit: SewerKit, d_m: float, rise_m: float, length_m: float, trench: int, crossing: int, dn: int
) -> tuple[float, float]:
    """Least present value of a gravity pipe with its upper manhole that starts at depth d or deeper; and its arrival.

    (inf, inf) where it would arrive deeper than allowed. Both grow with ``d_m``.
    """
    start = max(d_m, kit.depth_min_m[dn])
    arrive = max(kit.depth_min_m[dn], start + rise_m + kit.slope_min[dn] * length_m)
    if start > kit.depth_max_m + TOO_DEEP_M or arrive > kit.depth_max_m + TOO_DEEP_M:
        return np.inf, np.inf
    works = trench_works(
        length_m, start, arrive, kit.trench_a[dn, trench], kit.trench_b[dn, trench], kit.trench_c[dn, trench]
    )
    works += kit.crossing[crossing] + kit.manhole_base + kit.manhole_per_depth * start
    return kit.sewer_pv * works, arrive


@bare
def pressure_arc(kit: SewerKit, length_m: float, trench: int, crossing: int) -> float:
    """Least present value of a pressure pipe of any diameter."""
    least = np.inf
    for dn in range(kit.pressure_dn_mm.shape[0]):
        least = min(least, kit.pressure_per_m[dn, trench])
    return float(kit.sewer_pv * (length_m * least + kit.crossing[crossing]))


@bare
def least_lift(kit: SewerKit) -> float:
    """Present value of a lift without flow."""
    return kit.works_pv * kit.lift_base + kit.annuity * (kit.lift_running + kit.lift_upkeep * kit.lift_base)


@njit(cache=True, nogil=True)
def useful_levels(
    ground: Ground, homes: Homes, kit: SewerKit, ptr: Ints, depth: Floats, largest_dn: int
) -> tuple[Ints, Floats]:
    """The lists without the levels at which no lateral and no pipe can arrive; nothing is ever rounded to those."""
    n = ground.ground_m.shape[0]
    arrived = np.zeros(depth.shape[0], dtype=np.bool_)
    stack = np.empty(depth.shape[0], dtype=np.int64)
    node = np.empty(depth.shape[0], dtype=np.int64)
    for v in range(n):
        for i in range(ptr[v], ptr[v + 1]):
            node[i] = v
    count = 0
    for h in range(homes.flow_m3_d.shape[0]):
        for s in range(homes.node.shape[1]):
            v = homes.node[h, s]
            if v < 0 or homes.lateral[h, s] >= NO_COST:
                continue
            for need in (kit.lateral_start_m, homes.need_m[h, s]):
                x = ptr[v] + level_below(ptr, depth, v, need)
                if not arrived[x]:
                    arrived[x] = True
                    stack[count] = x
                    count += 1
    lifted = np.zeros(n, dtype=np.bool_)
    while count > 0:
        count -= 1
        x = stack[count]
        v = node[x]
        pressed = x == ptr[v]
        if pressed and not arrived[x + 1]:
            arrived[x + 1] = True
            stack[count] = x + 1
            count += 1
        lift = not lifted[v]
        lifted[v] = True
        for i in range(ground.indptr[v], ground.indptr[v + 1]):
            y, e = ground.neighbour[i], ground.arc[i]
            rise = ground.ground_m[y] - ground.ground_m[v]
            if (lift or pressed) and not arrived[ptr[y]]:
                arrived[ptr[y]] = True
                stack[count] = ptr[y]
                count += 1
            if pressed:
                continue
            for dn in range(largest_dn + 1):
                cost, arrive = gravity_arc(
                    kit, depth[x], rise, ground.length_m[e], ground.trench[e], ground.crossing[e], dn
                )
                if cost == np.inf:
                    continue
                z = ptr[y] + level_below(ptr, depth, y, arrive)
                if not arrived[z]:
                    arrived[z] = True
                    stack[count] = z
                    count += 1
    for v in range(n):  # every node keeps its pressed state and one level
        arrived[ptr[v]] = True
        arrived[ptr[v] + 1] = True
    kept_ptr = np.zeros(n + 1, dtype=np.int64)
    for v in range(n):
        kept_ptr[v + 1] = kept_ptr[v] + arrived[ptr[v] : ptr[v + 1]].sum()
    return kept_ptr, depth[arrived]


@njit(cache=True, nogil=True)
def part_graph(
    ground: Ground,
    homes: Homes,
    kit: SewerKit,
    ptr: Ints,
    depth: Floats,
    slope: Floats,
    fixed: Floats,
    joins: Bools,
    stays: Bools,
    low_m3_d: Floats,
    largest_dn: Ints,
    nodes: Ints,
    here: Ints,
    members: Ints,
) -> PartGraph:
    """States, arcs and houses of one part; whatever leaves the part is led to the root at its own cost.

    Parameters
    ----------
    ptr, depth
        Level lists of all nodes.
    slope, fixed, joins, stays, low_m3_d, largest_dn
        Columns of :class:`qingxi.plan.bound_lines.Lines`.
    nodes : int64[part nodes]
    here : int64[nodes]
        Index within the part, −1 outside.
    members : int64[part houses]
    """
    layers = slope.shape[0]
    n = nodes.shape[0]
    widest = 0
    for k in range(layers):
        widest = max(widest, largest_dn[k])
    first = np.zeros(n + 1, dtype=np.int64)
    room = 0
    for i in range(n):
        v = nodes[i]
        levels = ptr[v + 1] - ptr[v]
        first[i + 1] = first[i] + levels
        room += (ground.indptr[v + 1] - ground.indptr[v]) * (levels * (widest + 1) + 2)
    states = first[n]
    arc_ptr = np.zeros(states + 1, dtype=np.int32)
    head = np.empty(room, dtype=np.int32)
    arc_cost = np.empty(room)
    arc_dn = np.zeros(room, dtype=np.int64)
    street = np.empty(room, dtype=np.int32)
    end = np.full((layers, states), np.inf)
    deeper = np.ones(states, dtype=np.bool_)
    root = np.full((layers, states), np.inf)  # by leaving the part, then by ending too
    lift = least_lift(kit)
    count = 0
    for i in range(n):
        v = nodes[i]
        levels = ptr[v + 1] - ptr[v]
        last = first[i + 1] - 1
        deeper[last] = False
        # Ends. Deeper than the end can take by gravity needs a lift into it.
        at = first[i] + level_below(ptr, depth, v, ground.end_depth_m[v] + TOO_DEEP_M)
        for k in range(layers):
            cost = np.inf
            if joins[k]:
                if ground.join[v] >= 0:
                    cost = ground.join_fixed[v]
            elif stays[k]:
                if ground.site[v] > 2:
                    cost = ground.stay_fixed[v]
            elif ground.site[v] > 0:
                cost = fixed[k, ground.site[v]]
                if low_m3_d[k] > ground.site_most_m3_d[v]:  # every plant of the class is too large for its place
                    cost += TOO_NEAR
            end[k, at] = min(end[k, at], cost)
            end[k, last] = min(end[k, last], cost + lift)
        for j in range(levels):
            x = first[i] + j
            for a in range(ground.indptr[v], ground.indptr[v + 1]):
                y, e = ground.neighbour[a], ground.arc[a]
                if y == v:
                    continue
                rise = ground.ground_m[y] - ground.ground_m[v]
                if j == 0 and rise < 0.0:
                    continue
                if j == 0 or x == last:
                    cost = pressure_arc(kit, ground.length_m[e], ground.trench[e], ground.crossing[e])
                    if j > 0:
                        cost += lift
                    if here[y] < 0:
                        for k in range(layers):
                            root[k, x] = min(root[k, x], cost)
                    else:
                        head[count], arc_cost[count], street[count] = first[here[y]], cost, e
                        count += 1
                if j == 0:
                    continue
                smaller = count
                for dn in range(widest + 1):
                    cost, arrive = gravity_arc(
                        kit, depth[ptr[v] + j], rise, ground.length_m[e], ground.trench[e], ground.crossing[e], dn
                    )
                    if cost == np.inf:
                        continue
                    if here[y] < 0:
                        for k in range(layers):
                            if largest_dn[k] >= dn:
                                root[k, x] = min(root[k, x], cost)
                        continue
                    level = level_below(ptr, depth, y, arrive)
                    to = first[here[y]] + level
                    useless = False  # a smaller pipe, open to as many layers, is as cheap and arrives as high
                    for i_less in range(smaller, count):
                        useless |= arc_cost[i_less] <= cost and head[i_less] <= to
                    if not useless:
                        head[count], arc_cost[count], arc_dn[count] = to, cost, dn
                        street[count] = e
                        count += 1
            arc_ptr[x + 1] = count
    cost_of = np.empty((layers, count))
    for k in range(layers):
        for e in range(count):
            cost_of[k, e] = arc_cost[e] if arc_dn[e] <= largest_dn[k] else np.inf
    # Houses.
    cheapest = np.inf
    for k in range(layers):
        cheapest = min(cheapest, slope[k])
    m = members.shape[0]
    slots = homes.node.shape[1]
    house_ptr = np.zeros(m + 1, dtype=np.int64)
    state = np.empty(m * slots * 2, dtype=np.int32)
    base = np.empty(m * slots * 2)
    way = np.empty(m * slots * 2, dtype=np.int32)
    own = np.empty(m)
    arcs = 0
    for b in range(m):
        h = members[b]
        own[b] = homes.own[h]
        for s in range(slots):
            v = homes.node[h, s]
            if v < 0 or homes.lateral[h, s] >= NO_COST:
                continue
            if here[v] < 0:
                own[b] = min(own[b], homes.lateral[h, s] + cheapest * homes.flow_m3_d[h])
                continue
            level = level_below(ptr, depth, v, homes.need_m[h, s])
            shallow = level_below(ptr, depth, v, kit.lateral_start_m)
            state[arcs], base[arcs], way[arcs] = first[here[v]] + level, homes.lateral[h, s], 2 * s
            arcs += 1
            if shallow < level:
                state[arcs], base[arcs] = first[here[v]] + shallow, homes.lateral[h, s] + homes.pump
                way[arcs] = 2 * s + 1
                arcs += 1
        house_ptr[b + 1] = arcs
    house_cost = np.empty((layers, arcs))
    for b in range(m):
        for i in range(house_ptr[b], house_ptr[b + 1]):
            for k in range(layers):
                house_cost[k, i] = base[i] + slope[k] * homes.flow_m3_d[members[b]]
    return PartGraph(
        arc_ptr, head[:count].copy(), cost_of, deeper, np.minimum(root, end), house_ptr, state[:arcs].copy(),
        house_cost, own, street[:count].copy(), end, way[:arcs].copy(),
    )  # fmt: skip
