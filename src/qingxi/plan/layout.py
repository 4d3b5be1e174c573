"""A layout: which way everything flows; and its true cost."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from qingxi.sewer import DesignArrays, SewerKit, design_forest
from qingxi.standard.compiled import bare
from qingxi.treatment import PlantKit, plant_pv

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NO_COST = 1e12  # stands for "cannot be done" in sums
TOO_NEAR = (
    1e7  # a plant too large for its distance to houses: finite, so that a search can leave it by any better way
)


class Ground(NamedTuple):
    """The trench graph and the places where a sewer may end, as kernels take them.

    ``site`` is 0 (no plant), 1 (plant), 2 (plant beside a water with function), 3 and 4 the same where an existing village
    plant stands: it may stay (``stay_fixed`` and ``stay_per_m3_d`` of present value, up to ``stay_capacity_m3_d``) or be built
    anew. ``join`` is the group (an existing sewer or plant, an outlet) that may be joined at the node, −1 none; ``end_depth_m``
    how deep a flow may arrive there.
    """

    ground_m: Floats
    length_m: Floats
    trench: Ints  # class of each arc, qingxi.sewer.trench_class
    crossing: Ints
    tail: Ints
    head: Ints
    indptr: Ints
    neighbour: Ints
    arc: Ints
    site: Ints
    join: Ints
    join_fixed: Floats  # present value, at each node
    join_per_m3_d: float
    end_depth_m: Floats
    capacity_m3_d: Floats  # of each join group
    site_most_m3_d: Floats  # largest mean flow of a new plant at each node (distance to houses by scale)
    stay_fixed: Floats  # at each node; inf where no village plant stands
    stay_capacity_m3_d: Floats
    stay_per_m3_d: float


class Homes(NamedTuple):
    """Households that take part in the choice; candidate laterals by slot (node −1: none).

    ``lateral`` is the present value of a gravity lateral, ``pump`` that of a house pump, ``own`` that of the best way to serve
    the house by itself, ``need_m`` the depth the lateral asks of its node. ``flow_m3_d`` is today's mean flow (plants go by it),
    ``far_m3_d`` the far year's (pipes and lifts).
    """

    flow_m3_d: Floats
    node: Ints  # [houses, slots]
    lateral: Floats
    need_m: Floats
    pump: float
    own: Floats
    far_m3_d: Floats


class Layout(NamedTuple):
    """Flow direction of every node and the chosen slot of every house (−1: served by itself)."""

    next_node: Ints
    next_arc: Ints
    lift_here: Bools
    slot: Ints
    pumped: Bools


def empty_layout(nodes: int, houses: int) -> Layout:
    """Everybody served by themselves."""
    return Layout(
        np.full(nodes, -1, dtype=np.int64),
        np.full(nodes, -1, dtype=np.int64),
        np.zeros(nodes, dtype=np.bool_),
        np.full(houses, -1, dtype=np.int64),
        np.zeros(houses, dtype=np.bool_),
    )


def copy_layout(layout: Layout) -> Layout:
    """A layout of its own."""
    return Layout(
        layout.next_node.copy(), layout.next_arc.copy(), layout.lift_here.copy(), layout.slot.copy(), layout.pumped.copy()
    )  # fmt: skip


@bare
def stay_cost(v: int, flow_m3_d: float, ground: Ground) -> float:
    """Present value of an existing village plant that takes this flow; inf beyond its capacity."""
    if flow_m3_d > ground.stay_capacity_m3_d[v]:
        return np.inf
    return float(ground.stay_fixed[v] + ground.stay_per_m3_d * flow_m3_d)


@bare
def end_cost(v: int, flow_m3_d: float, ground: Ground, plants: PlantKit) -> tuple[float, bool]:
    """Present value of ending at a node with this flow (no growth), and whether it ends by joining."""
    joined, treated = np.inf, np.inf
    if ground.join[v] >= 0:
        joined = ground.join_fixed[v] + ground.join_per_m3_d * flow_m3_d
    site = ground.site[v]
    if site > 0:
        treated = plant_pv(flow_m3_d, site == 2 or site == 4, plants)
        if flow_m3_d > ground.site_most_m3_d[v]:
            treated += TOO_NEAR
        if site > 2:
            treated = min(treated, stay_cost(v, flow_m3_d, ground))
    if joined <= treated:
        return joined, True
    return treated, False


@njit(cache=True, nogil=True)
def price_layout(
    layout: Layout,
    ground: Ground,
    homes: Homes,
    kit: SewerKit,
    plants: PlantKit,
    design: DesignArrays,
    node_cost: Floats,
    house_cost: Floats,
    group_flow: Floats,
) -> float:
    """True present value of a layout; fills the design, the cost of each node and house and the flow joined to each group.

    Capacity is not priced: compare ``group_flow`` with ``ground.capacity_m3_d``.
    """
    houses = homes.flow_m3_d.shape[0]
    house_node = np.full(houses, -1, dtype=np.int64)
    need = np.zeros(houses)
    total = 0.0
    for h in range(houses):
        s = layout.slot[h]
        if s < 0:
            house_cost[h] = homes.own[h]
        else:
            house_node[h] = homes.node[h, s]
            need[h] = homes.need_m[h, s]
            house_cost[h] = homes.lateral[h, s]
            if layout.pumped[h]:
                house_cost[h] += homes.pump
        total += house_cost[h]
    design_forest(
        kit, ground.ground_m, ground.length_m, ground.trench, ground.crossing, layout.next_node, layout.next_arc,
        layout.lift_here, house_node, homes.flow_m3_d, homes.far_m3_d, need, layout.pumped, ground.end_depth_m, design,
    )  # fmt: skip
    group_flow[:] = 0.0
    for v in range(ground.ground_m.shape[0]):
        node_cost[v] = design.cost[v]
        if design.way[v] == 4:
            cost, joins = end_cost(v, design.people_m3_d[v], ground, plants)
            node_cost[v] += cost
            if joins:
                group_flow[ground.join[v]] += design.people_m3_d[v]
        total += node_cost[v]
    return total
