"""The last step of the search: lifts and house pumps of the chosen layout, exactly."""

import numpy as np

from qingxi.plan.layout import Ground, Homes, Layout
from qingxi.plan.search import Candidate, Search
from qingxi.sewer import Forest, SewerKit, choose_lifts


def forest_of(layout: Layout, ground: Ground, homes: Homes) -> Forest:
    """The pipes of a layout with the houses tied to them."""
    houses = np.arange(homes.flow_m3_d.size)
    slot = np.maximum(layout.slot, 0)
    tied = layout.slot >= 0
    return Forest(
        ground.ground_m, ground.length_m, ground.trench, ground.crossing, layout.next_node, layout.next_arc,
        np.where(tied, homes.node[houses, slot], -1), homes.far_m3_d, np.where(tied, homes.need_m[houses, slot], 0.0),
        ground.end_depth_m,
    )  # fmt: skip


def with_best_lifts(engine: Search, chosen: Candidate) -> Candidate:
    """The same layout with the lifts and house pumps that cost least together; the chosen one where nothing is gained.

    Flows, ends and trenches stay: the cost is that of the same model, so that a bound on it holds as before.
    """
    kit: SewerKit = engine.kit
    other = engine.new_candidate()
    other.layout = Layout(*(part.copy() for part in chosen.layout))
    choose_lifts(
        kit, forest_of(chosen.layout, engine.ground, engine.homes), engine.homes.pump, other.layout.lift_here, other.layout.pumped
    )
    engine.price(other)
    return other if other.cost < chosen.cost - 1e-6 else chosen
