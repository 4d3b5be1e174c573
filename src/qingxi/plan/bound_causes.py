"""Why a plan's cost lies above the bound: what the bound left out of this plan, by cause."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qingxi.plan.bound_grid import level_below
from qingxi.plan.bound_guide import layers_of
from qingxi.plan.bound_lines import Lines
from qingxi.plan.bound_states import gravity_arc, least_lift, pressure_arc
from qingxi.plan.layout import Ground, Layout, end_cost, stay_cost
from qingxi.sewer import DesignArrays, SewerKit
from qingxi.standard.compiled import bare
from qingxi.treatment import PlantKit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class GapCauses:
    """Parts of cost − bound, yuan of present value.

    ``depth_yuan`` (rounding of depths, deeper upper ends for velocity), ``lift_yuan`` (flow and energy of lifts, larger pressure pipes),
    ``trunk_yuan`` (pipes larger than the cheapest of their flow class) and ``plant_yuan`` (curvature of plants within a flow class) are what
    the plan would cost less in the bound's own graph. ``integrality_yuan`` is the rest: a better plan that was not found, houses that
    pay in several flow classes, and the slack of the ascent; it cannot be divided further without solving.
    """

    depth_yuan: float
    lift_yuan: float
    plant_yuan: float
    trunk_yuan: float
    integrality_yuan: float


@bare
def _by_node(
    layout: Layout, ground: Ground, kit: SewerKit, plants: PlantKit, design: DesignArrays, ptr: Ints, depth: Floats,
    slope: Floats, fixed: Floats, joins: npt.NDArray[np.bool_], stays: npt.NDArray[np.bool_], low: Floats, high: Floats, layer: Ints, largest_dn: Ints,
) -> tuple[float, float, float, float]:  # fmt: skip
    deep, lifted, plant, trunk = 0.0, 0.0, 0.0, 0.0
    for v in range(design.way.shape[0]):
        way, e = design.way[v], layout.next_arc[v]
        if way == 1:
            rise = ground.ground_m[layout.next_node[v]] - ground.ground_m[v]
            level = depth[ptr[v] + level_below(ptr, depth, v, design.depth_m[v])]
            least = gravity_arc(
                kit, level, rise, ground.length_m[e], ground.trench[e], ground.crossing[e], design.dn[v]
            )[0]
            deep += design.cost[v] - least
            cheapest = least
            for dn in range(largest_dn[layer[v]] + 1 if layer[v] >= 0 else 0):
                cost = gravity_arc(kit, level, rise, ground.length_m[e], ground.trench[e], ground.crossing[e], dn)[
                    0
                ]
                cheapest = min(cheapest, cost)
            trunk += least - cheapest
        elif way == 2 or way == 3:
            least = pressure_arc(kit, ground.length_m[e], ground.trench[e], ground.crossing[e])
            if way == 2:
                least += least_lift(kit)
            lifted += design.cost[v] - least
        elif way == 4:
            if design.cost[v] > 0.0:
                lifted += design.cost[v] - least_lift(kit)
            q = design.people_m3_d[v]
            cost, joined = end_cost(v, q, ground, plants)
            if not joined and cost < stay_cost(v, q, ground):
                line = 0.0
                for k in range(slope.shape[0]):
                    if (
                        not joins[k]
                        and not stays[k]
                        and low[k] <= q <= high[k]
                        and fixed[k, ground.site[v]] < np.inf
                    ):
                        line = max(line, fixed[k, ground.site[v]] + slope[k] * q)
                plant += cost - line
    return deep, lifted, plant, trunk


def gap_causes(
    layout: Layout, ground: Ground, kit: SewerKit, plants: PlantKit, design: DesignArrays, levels: tuple[Ints, Floats],
    lines: Lines, gap_yuan: float,
) -> GapCauses:  # fmt: skip
    """Divide ``gap_yuan`` = cost − bound of a layout with its design."""
    layer = layers_of(layout, ground, plants, design, lines)
    deep, lifted, plant, trunk = _by_node(
        layout, ground, kit, plants, design, *levels, lines.slope, lines.fixed, lines.joins, lines.stays,
        lines.low_m3_d, lines.high_m3_d, layer,
        lines.largest_dn,
    )  # fmt: skip
    rest = gap_yuan - deep - lifted - plant - trunk
    return GapCauses(float(deep), float(lifted), float(plant), float(trunk), float(rest))
