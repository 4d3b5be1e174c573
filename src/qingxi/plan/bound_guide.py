"""The incumbent as states of the layered graph: which cuts of the ascent it crosses once tells which to raise first."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.plan.bound_grid import level_below
from qingxi.plan.bound_lines import Lines
from qingxi.plan.bound_states import TOO_DEEP_M, gravity_arc
from qingxi.plan.layout import Ground, Homes, Layout, end_cost, stay_cost
from qingxi.sewer import DesignArrays, SewerKit
from qingxi.treatment import PlantKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Shorts = npt.NDArray[np.int32]

UNUSED, TO_ROOT = -1, -2


class Guide(NamedTuple):
    """Where an incumbent runs in the graph of one part; layers laid one behind the other as the ascent numbers them.

    ``next_state`` is the state that a used state leads to (free drops apart), −2 the root, −1 where unused; ``house_state``
    the state that the house's lateral enters, −1 where the house serves itself.
    """

    next_state: Shorts
    house_state: Shorts


def no_guide(states: int, houses: int) -> Guide:
    """A guide that tells nothing."""
    return Guide(np.full(states, UNUSED, dtype=np.int32), np.full(houses, UNUSED, dtype=np.int32))


@njit(cache=True, nogil=True)
def layer_of_nodes(
    layout: Layout, ground: Ground, plants: PlantKit, design: DesignArrays, slope: Floats, fixed: Floats,
    joins: npt.NDArray[np.bool_], stays: npt.NDArray[np.bool_], low: Floats, high: Floats,
) -> Ints:  # fmt: skip
    """Layer of the network each used node belongs to: of those that hold its end and flow the dearest; −1 where unused."""
    n = design.way.shape[0]
    layer = np.full(n, -1, dtype=np.int64)
    for v in range(n):
        if design.way[v] != 4:
            continue
        q = design.people_m3_d[v]
        cost, joined = end_cost(v, q, ground, plants)
        stay = not joined and ground.site[v] > 2 and cost >= stay_cost(v, q, ground)
        most = -1.0
        for k in range(slope.shape[0]):
            if joins[k] != joined or stays[k] != stay:
                continue
            line = slope[k] * q
            if not joined and not stay:
                if not low[k] <= q <= high[k] or fixed[k, ground.site[v]] == np.inf:
                    continue
                line += fixed[k, ground.site[v]]
            if line > most:
                most, layer[v] = line, k
    for v in range(n):
        if design.way[v] == 0:
            continue
        x = v
        while design.way[x] != 4:
            x = layout.next_node[x]
        layer[v] = layer[x]
    return layer


@njit(cache=True, nogil=True)
def _states(
    layout: Layout, ground: Ground, homes: Homes, kit: SewerKit, design: DesignArrays, layer: Ints, ptr: Ints,
    depth: Floats, nodes: Ints, here: Ints, members: Ints, row: Ints, layers: int,
) -> tuple[Shorts, Shorts]:  # fmt: skip
    first = np.zeros(nodes.shape[0] + 1, dtype=np.int64)
    for i in range(nodes.shape[0]):
        first[i + 1] = first[i] + ptr[nodes[i] + 1] - ptr[nodes[i]]
    states = first[nodes.shape[0]]
    following = np.full(layers * states, -1, dtype=np.int32)
    entered = np.full(members.shape[0], -1, dtype=np.int32)
    for i in range(nodes.shape[0]):
        v = nodes[i]
        if design.way[v] == 0 or layer[v] < 0 or row[layer[v]] < 0:
            continue
        base = row[layer[v]] * states
        way = design.way[v]
        if way == 1:
            level = level_below(ptr, depth, v, design.depth_m[v])
        elif way == 2:
            level = ptr[v + 1] - ptr[v] - 1
        elif way == 3:
            level = 0
        elif design.inlet_m[v] <= ground.end_depth_m[v] + TOO_DEEP_M:
            level = level_below(ptr, depth, v, ground.end_depth_m[v] + TOO_DEEP_M)
        else:
            level = ptr[v + 1] - ptr[v] - 1
        x = base + first[i] + level
        if way == 4:
            following[x] = -2
            continue
        y = layout.next_node[v]
        if here[y] < 0:
            following[x] = -2
            continue
        arrival = 0
        if way == 1:
            e = layout.next_arc[v]
            rise = ground.ground_m[y] - ground.ground_m[v]
            _, arrive = gravity_arc(
                kit, depth[ptr[v] + level], rise, ground.length_m[e], ground.trench[e], ground.crossing[e],
                design.dn[v],
            )  # fmt: skip
            arrival = level_below(ptr, depth, y, arrive)
        following[x] = base + first[here[y]] + arrival
    for b in range(members.shape[0]):
        h = members[b]
        s = layout.slot[h]
        if s < 0:
            continue
        v = homes.node[h, s]
        if here[v] < 0 or layer[v] < 0 or row[layer[v]] < 0:
            continue
        need = kit.lateral_start_m if layout.pumped[h] else homes.need_m[h, s]
        entered[b] = row[layer[v]] * states + first[here[v]] + level_below(ptr, depth, v, need)
    return following, entered


def guide_of(
    layout: Layout, ground: Ground, homes: Homes, kit: SewerKit, design: DesignArrays, layer: Ints,
    levels: tuple[Ints, Floats], nodes: Ints, here: Ints, members: Ints, open_layers: npt.NDArray[np.bool_],
) -> Guide:  # fmt: skip
    """The incumbent in one part whose graph keeps the ``open_layers`` of all."""
    row = np.where(open_layers, np.cumsum(open_layers) - 1, -1)
    return Guide(
        *_states(
            layout, ground, homes, kit, design, layer, *levels, nodes, here, members, row, int(open_layers.sum())
        )
    )


def layers_of(layout: Layout, ground: Ground, plants: PlantKit, design: DesignArrays, lines: Lines) -> Ints:
    """Layer of each used node of the whole county, −1 elsewhere."""
    return np.asarray(
        layer_of_nodes(
            layout, ground, plants, design, lines.slope, lines.fixed, lines.joins, lines.stays, lines.low_m3_d,
            lines.high_m3_d,
        )
    )  # fmt: skip
