"""The last step of the search: lifts and house pumps of the chosen layout, exactly."""

import numpy as np

from qingxi.plan.layout import Ground, Homes, Layout, copy_layout
from qingxi.plan.search import Candidate, Search
from qingxi.sewer import Forest, choose_lifts

GAIN = 1.0  # yuan; smaller savings are not worth a change
ROUNDS = 4
AROUND = 12  # nodes downstream of a changed lift that the local search tries again


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
    other = engine.new_candidate()
    other.layout = copy_layout(chosen.layout)
    choose_lifts(
        engine.kit, forest_of(chosen.layout, engine.ground, engine.homes), engine.homes.pump, other.layout.lift_here,
        other.layout.pumped,
    )  # fmt: skip
    engine.price(other)
    return other if other.cost < chosen.cost - GAIN else chosen


def finished(engine: Search, chosen: Candidate) -> Candidate:
    """Best lifts and pumps, then the local search around what they changed, as long as the true cost falls."""
    if not (chosen.design.houses > 0).any():
        return chosen
    for _ in range(ROUNDS):
        better = with_best_lifts(engine, chosen)
        if better is chosen:
            return chosen
        tried = engine.new_candidate()
        tried.layout = copy_layout(better.layout)
        start = np.zeros(engine.nodes, dtype=np.bool_)
        moved = np.flatnonzero((better.layout.pumped != chosen.layout.pumped) & (better.layout.slot >= 0))
        start[engine.homes.node[moved, better.layout.slot[moved]]] = True
        at = np.flatnonzero(better.layout.lift_here != chosen.layout.lift_here)
        for _ in range(AROUND):
            start[at] = True
            at = better.layout.next_node[at]
            at = at[at >= 0]
        engine.polish(tried, start)
        chosen = tried if tried.cost < better.cost else better
    return with_best_lifts(engine, chosen)
