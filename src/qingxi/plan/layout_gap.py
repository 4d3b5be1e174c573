"""The layout gap: how far a layout can be from the best where every trench, plant and connection has one price.

Trench cost flat at least depth for each arc and direction (what climbing costs in lifts added), a lateral per house and candidate
node, a plant's or joining point's price without its flow at every place that may end. Depth, diameters and flow drop out, so that
what is left is the combinatorics alone: a directed Steiner arborescence.
"""

import numpy as np
import numpy.typing as npt

from qingxi.plan.arborescence import Arborescence, steiner_arborescence
from qingxi.plan.layout import Ground, Homes
from qingxi.sewer import SewerKit
from qingxi.treatment import PlantKit, plant_pv

Floats = npt.NDArray[np.float64]


def flat_arcs(ground: Ground, kit: SewerKit) -> tuple[Floats, Floats]:
    """Present value of each arc's trench and manhole at least depth, from tail to head and back; climbing costs lifts."""
    least = kit.depth_min_m[0]
    per_m = kit.trench_a[0] + kit.trench_b[0] * least + kit.trench_c[0] * least**2
    flat = ground.length_m * per_m[ground.trench] + kit.crossing[ground.crossing]
    flat = kit.sewer_pv * (flat + kit.manhole_base + kit.manhole_per_depth * least)
    rise = ground.ground_m[ground.head] - ground.ground_m[ground.tail]
    lift = kit.works_pv * kit.lift_base + kit.annuity * kit.lift_running
    climb = 0.5 * lift / (kit.depth_max_m - least)
    return flat + climb * np.maximum(rise, 0.0), flat + climb * np.maximum(-rise, 0.0)


def layout_gap(
    ground: Ground,
    homes: Homes,
    kit: SewerKit,
    plants: PlantKit,
    *,
    units: bool,
    flow_m3_d: float,
    rounds: int = 80,
    region_grow: float = 1.25,
) -> Arborescence:
    """Layout, siting and clustering with prices fixed per arc: weight and bound in yuan of present value.

    Parameters
    ----------
    units : bool
        Houses may stay by themselves at their own price.
    flow_m3_d : float
        The flow at which a plant's price is taken, less what its flow alone costs there.
    rounds, region_grow
        Of :func:`~qingxi.plan.arborescence.steiner_arborescence`.
    """
    nodes, houses = ground.ground_m.shape[0], homes.flow_m3_d.shape[0]
    forward, backward = flat_arcs(ground, kit)
    house, slot = np.nonzero(homes.node >= 0)
    tail = np.concatenate([ground.tail, ground.head, nodes + house])
    head = np.concatenate([ground.head, ground.tail, homes.node[house, slot]])
    weight = np.concatenate([forward, backward, homes.lateral[house, slot]])
    root = np.full(nodes + houses, np.inf)
    for kind in (1, 2, 3, 4):
        here = plant_pv(flow_m3_d, kind in (2, 4), plants)
        more = plant_pv(1.001 * flow_m3_d, kind in (2, 4), plants)
        price = max(0.0, here - (more - here) / 0.001)
        root[:nodes][ground.site == kind] = price
    root[:nodes] = np.minimum(root[:nodes], np.where(ground.join >= 0, ground.join_fixed, np.inf))
    if units:
        root[nodes:] = homes.own
    return steiner_arborescence(
        tail, head, weight, nodes + np.arange(houses), root, rounds=rounds, region_grow=region_grow
    )
