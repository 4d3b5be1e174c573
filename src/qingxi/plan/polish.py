"""Local search on the true cost: one small change at a time, kept when the plan as a whole gets cheaper.

Changes tried: a node flows to another neighbour; a lift is put in or taken out; a house ties in elsewhere, by itself, or by
pump instead of by depth.
"""

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.layout import Ground, Homes, Layout, end_cost
from qingxi.plan.redesign import (
    ARRIVE,
    FLOW,
    HOUSES,
    STATE,
    WAY,
    Links,
    design_node,
    end_of,
    flows_through,
    link,
    move_house,
    place_house,
    take_back,
    unlink,
    walk,
)  # fmt: skip
from qingxi.sewer import SewerKit
from qingxi.treatment import PlantKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

DEEP_M = 1.5  # shallower than this, no lift pays
AROUND = 12  # nodes downstream of a kept change that are tried again
GAIN = 1.0  # yuan; smaller savings are not worth a change


@njit(cache=True)
def _house_cost(homes: Homes, h: int, s: int, pumped: bool) -> float:
    if s < 0:
        return float(homes.own[h])
    return float(homes.lateral[h, s] + (homes.pump if pumped else 0.0))


@njit(cache=True)
def polish_layout(
    layout: Layout, ground: Ground, homes: Homes, kit: SewerKit, plants: PlantKit, try_node: Bools, try_house: Bools,
    sweeps: int, at_most: int,
) -> float:  # fmt: skip
    """Change ``layout`` for the better until nothing helps; returns the saving, yuan of present value.

    Parameters
    ----------
    try_node, try_house : bool
        Where to begin; what lies around a kept change is tried again. Both are used up.
    sweeps : int
        Passes over all nodes and houses at most.
    at_most : int
        Node designs at most, so that a county's time is bounded.
    """
    n = ground.ground_m.shape[0]
    houses = homes.flow_m3_d.shape[0]
    none = np.full(n, -1, dtype=np.int64)
    links = Links(
        none.copy(), none.copy(), none.copy(), none.copy(), np.full(houses, -1, dtype=np.int64),
        np.full(houses, -1, dtype=np.int64),
    )  # fmt: skip
    waiting = np.zeros(n, dtype=np.int64)
    for v in range(n):
        if layout.next_node[v] >= 0:
            link(links.first, links.after, links.before, layout.next_node[v], v)
            waiting[layout.next_node[v]] += 1
    for h in range(houses):
        if layout.slot[h] >= 0:
            link(links.first_house, links.after_house, links.before_house, homes.node[h, layout.slot[h]], h)
    f = np.zeros((n, STATE))
    w = np.zeros((n, 2), dtype=np.int64)
    order = np.empty(n, dtype=np.int64)
    size = 0
    for v in range(n):
        if waiting[v] == 0:
            order[size] = v
            size += 1
    i = 0
    new = np.empty(STATE)
    way_houses = np.empty(2, dtype=np.int64)
    while i < size:
        v = order[i]
        i += 1
        design_node(v, layout, links, ground, homes, kit, plants, f, w, new, way_houses)
        f[v] = new
        w[v] = way_houses
        p = layout.next_node[v]
        if p >= 0:
            waiting[p] -= 1
            if waiting[p] == 0:
                order[size] = p
                size += 1
    group_flow = np.zeros(ground.capacity_m3_d.shape[0])
    for v in range(n):
        if w[v, WAY] == 4 and ground.join[v] >= 0:
            _, joins = end_cost(v, f[v, FLOW], ground, plants)
            if joins:
                group_flow[ground.join[v]] += f[v, FLOW]

    log_node = np.empty(4 * n + 64, dtype=np.int64)
    log_f = np.empty((4 * n + 64, STATE))
    log_w = np.empty((4 * n + 64, 2), dtype=np.int64)
    saved = 0.0
    work = 0
    for _ in range(sweeps):
        before_sweep = saved
        for v in range(n):
            if work > at_most:
                return saved
            if not try_node[v]:
                continue
            try_node[v] = False
            if w[v, HOUSES] == 0 or layout.next_node[v] < 0:
                continue
            # A lift in or out.
            if layout.lift_here[v] or f[v, ARRIVE] > DEEP_M:
                layout.lift_here[v] = not layout.lift_here[v]
                change, count = walk(v, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w, 0)
                work += count
                if change < -GAIN:
                    saved -= change
                    _try_around(v, layout, links, ground, try_node, try_house)
                else:
                    take_back(f, w, log_node, log_f, log_w, count)
                    layout.lift_here[v] = not layout.lift_here[v]
            # Another way out.
            for a in range(ground.indptr[v], ground.indptr[v + 1]):
                y = ground.neighbour[a]
                old, old_arc, old_lift = layout.next_node[v], layout.next_arc[v], layout.lift_here[v]
                if y == old or w[y, HOUSES] == 0 or flows_through(layout, y, v):
                    continue
                if ground.capacity_m3_d.shape[0] > 0:
                    here, there = end_of(layout, v), end_of(layout, y)
                    g = ground.join[there]
                    if here != there and g >= 0 and ground.capacity_m3_d[g] < np.inf:
                        continue
                best_lift = -1
                best_change = -GAIN
                for lift in range(2):
                    if lift == 1 and f[v, ARRIVE] <= DEEP_M and ground.ground_m[y] <= ground.ground_m[v] + 0.5:
                        continue
                    unlink(links.first, links.after, links.before, old, v)
                    layout.next_node[v], layout.next_arc[v], layout.lift_here[v] = y, ground.arc[a], lift == 1
                    link(links.first, links.after, links.before, y, v)
                    change, count = walk(
                        v, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w, 0
                    )
                    more, count = walk(
                        old, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w, count
                    )
                    change += more
                    more, count = walk(
                        y, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w, count
                    )
                    change += more
                    work += count
                    if change < best_change and count <= log_node.shape[0]:
                        best_change, best_lift = change, lift
                    take_back(f, w, log_node, log_f, log_w, min(count, log_node.shape[0]))
                    unlink(links.first, links.after, links.before, y, v)
                    layout.next_node[v], layout.next_arc[v], layout.lift_here[v] = old, old_arc, old_lift
                    link(links.first, links.after, links.before, old, v)
                if best_lift >= 0:
                    unlink(links.first, links.after, links.before, old, v)
                    layout.next_node[v], layout.next_arc[v], layout.lift_here[v] = y, ground.arc[a], best_lift == 1
                    link(links.first, links.after, links.before, y, v)
                    count = 0
                    for start in (v, old, y):
                        _, count = walk(
                            start, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w, 0
                        )
                    saved -= best_change
                    for start in (v, old, y):
                        _try_around(start, layout, links, ground, try_node, try_house)
        for h in range(houses):
            if work > at_most:
                return saved
            if not try_house[h]:
                continue
            try_house[h] = False
            s_old, pumped_old = layout.slot[h], layout.pumped[h]
            best_s, best_pump, best_change = s_old, pumped_old, -GAIN
            for option in range(2 * homes.node.shape[1] + 1):
                s = option // 2 if option < 2 * homes.node.shape[1] else -1
                pumped = option % 2 == 1 and s >= 0
                if s == s_old and pumped == pumped_old:
                    continue
                if s >= 0:
                    y = homes.node[h, s]
                    if y < 0 or w[y, HOUSES] == 0:
                        continue
                    if not pumped and homes.need_m[h, s] > kit.depth_max_m:
                        continue
                    if pumped and homes.need_m[h, s] <= kit.depth_min_m[0] + 0.2:
                        continue
                    g = ground.join[end_of(layout, y)]
                    full = g >= 0 and group_flow[g] + homes.flow_m3_d[h] > ground.capacity_m3_d[g]
                    if full and (s_old < 0 or end_of(layout, y) != end_of(layout, homes.node[h, s_old])):
                        continue
                change = _house_cost(homes, h, s, pumped) - _house_cost(homes, h, s_old, pumped_old)
                more, count = move_house(
                    h, s, pumped, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w
                )
                work += count
                change += more
                if change < best_change and count <= log_node.shape[0]:
                    best_s, best_pump, best_change = s, pumped, change
                take_back(f, w, log_node, log_f, log_w, min(count, log_node.shape[0]))
                place_house(h, s_old, pumped_old, layout, links, homes)
            if best_s != s_old or best_pump != pumped_old:
                if s_old >= 0:
                    g = ground.join[end_of(layout, homes.node[h, s_old])]
                    if g >= 0:
                        group_flow[g] -= homes.flow_m3_d[h]
                move_house(
                    h, best_s, best_pump, layout, links, ground, homes, kit, plants, f, w, log_node, log_f, log_w
                )
                if best_s >= 0:
                    g = ground.join[end_of(layout, homes.node[h, best_s])]
                    if g >= 0:
                        group_flow[g] += homes.flow_m3_d[h]
                saved -= best_change
                if s_old >= 0:
                    _try_around(homes.node[h, s_old], layout, links, ground, try_node, try_house)
                if best_s >= 0:
                    _try_around(homes.node[h, best_s], layout, links, ground, try_node, try_house)
        if saved - before_sweep < GAIN:
            break
    return saved


@njit(cache=True)
def _try_around(v: int, layout: Layout, links: Links, ground: Ground, try_node: Bools, try_house: Bools) -> None:
    """What lies at, beside and just downstream of a change is worth another try."""
    for _ in range(AROUND):
        if v < 0:
            return
        try_node[v] = True
        h = links.first_house[v]
        while h >= 0:
            try_house[h] = True
            h = links.after_house[h]
        for a in range(ground.indptr[v], ground.indptr[v + 1]):
            y = ground.neighbour[a]
            try_node[y] = True
            h = links.first_house[y]
            while h >= 0:
                try_house[h] = True
                h = links.after_house[h]
        v = layout.next_node[v]
