"""Plants too large for their distance to houses are led elsewhere: a whole group at once, which no single move does.

The price knows the limit (``layout.TOO_NEAR``), the moves of the local search and the choice on a forest do not. So where a plan
still has such a plant, the choice is made again around it without that site, along the sewers that are there, and kept
where the true price falls.
"""

import numpy as np
import numpy.typing as npt

from qingxi.plan.guard import ENDING
from qingxi.plan.layout import Ground, Homes, copy_layout
from qingxi.plan.region import closed_region, cut_region, joined_outside, put_back
from qingxi.plan.search import Candidate, Search
from qingxi.standard import load_table

Bools = npt.NDArray[np.bool_]
TURNS = 3  # a group led elsewhere may be too large there
FORESTS = 8  # choices around such plants; the first follow the sewers that are there


def too_near(ground: Ground, c: Candidate) -> Bools:
    """Nodes with a new plant larger than its distance to houses allows."""
    near: Bools = (c.design.way == ENDING) & ~c.joins & (c.design.people_m3_d > ground.site_most_m3_d * (1 + 1e-9))
    return near


def led_elsewhere(engine: Search, chosen: Candidate) -> Candidate:
    """The plan with such plants led elsewhere, as far as another way costs less than the sum they are priced with.

    Never dearer; the same object where there is no such plant. Takes time by the regions around them, not by the county.
    """
    shut = np.zeros(engine.nodes, dtype=np.bool_)
    for _ in range(TURNS):
        near = too_near(engine.ground, chosen)
        if not near.any():
            return chosen
        shut |= near
        better = _without(engine, chosen, near, shut)
        if better.cost >= chosen.cost:
            return chosen
        chosen = better
    return chosen


def _without(engine: Search, chosen: Candidate, near: Bools, shut: Bools) -> Candidate:
    """The region around ``near`` chosen anew without the sites of ``shut``, put back into the plan."""
    inside = closed_region(chosen.layout, engine.homes, _within_reach(engine.ground, near))
    outside = joined_outside(engine.ground, chosen.design, chosen.joins, inside)
    region = cut_region(engine.ground, engine.homes, chosen.layout, inside, outside)
    part = _engine(engine, region.ground, region.homes)
    best = part.new_candidate()
    best.layout = copy_layout(region.layout)
    part.price(best)
    open_ = region.ground._replace(site=np.where(shut[region.nodes], 0, region.ground.site))
    other = _engine(engine, open_, region.homes)
    along = part.new_candidate()  # what is drawn follows the plan's own sewers, whatever has been found meanwhile
    along.layout, along.design = copy_layout(region.layout), best.design
    for i in range(FORESTS):
        found = other.perturbed(along, i)
        other.polish(found)
        mine = part.new_candidate()
        mine.layout = copy_layout(found.layout)
        part.price(mine)
        if mine.cost < best.cost:
            best = mine
    whole = engine.new_candidate()
    whole.layout = put_back(chosen.layout, region, best.layout)
    engine.price(whole)
    return whole


def _engine(like: Search, ground: Ground, homes: Homes) -> Search:
    return Search(ground, homes, like.kit, like.plants, np.random.default_rng(0))


def _within_reach(ground: Ground, near: Bools) -> Bools:
    """Nodes within reach of the marked ones along the streets."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra

    n = near.size
    matrix = coo_array((ground.length_m, (ground.tail, ground.head)), shape=(n, n)).tocsr()
    away = dijkstra(
        matrix,
        directed=False,
        indices=np.flatnonzero(near),
        min_only=True,
        limit=load_table("override")["solve.reach"],
    )
    reached: Bools = np.isfinite(away)
    return reached


__all__ = ["led_elsewhere", "too_near"]
