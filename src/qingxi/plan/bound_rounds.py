"""Bound and plan raise each other: duals laid along a plan grow a layout of their own, whose better blocks go into the plan."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from qingxi.plan.bound_county import CountyBound
from qingxi.plan.bound_options import BoundOptions
from qingxi.plan.layout import Layout, copy_layout
from qingxi.plan.search import Candidate, Search

Floats = npt.NDArray[np.float64]
HALF = 0.5
WORK_POWER = 1.15  # how the work of a part grows with the number of its levels
LEAST_GAIN = 0.001  # a part whose last pass raised its bound by less is left as it is
WORTH_SHARE = 0.003  # of its bound: a part with less of a gap is left as it is
NO_SERVICE = 1e8  # what the problem writes where a house cannot serve itself


def raise_together(
    engine: Search, chosen: Candidate, options: BoundOptions, progress: Callable[[float], None] = lambda share: None
) -> tuple[Candidate, CountyBound]:
    """Bound every plan of the engine's problem from below and better the chosen plan by what the duals tell.

    Houses that may only be sewered and yet are not are left out of the bound, as they are of the plan's cost: then it is a bound of
    plans for the others (and of plans for more houses all the more).

    Returns
    -------
    Candidate
        Never dearer than the one chosen.
    CountyBound
        After one pass over everything, then finer and finer ones of the parts with the widest gaps as long as work is left.
    """
    left = (engine.homes.own >= NO_SERVICE) & (chosen.layout.slot < 0)
    homes = engine.homes._replace(own=np.where(left, 0.0, engine.homes.own))
    found = CountyBound(engine.ground, homes, engine.kit, engine.plants, options, chosen.layout)
    if engine.nodes == 0 or engine.houses == 0:
        return chosen, found
    steps = np.full(found.parts, options.level_step_m)
    for i in range(options.rounds + 1):
        if not np.isfinite(steps).any():
            break
        grown = found.ascend(chosen.layout, steps, progress=_part(progress, i, options.rounds + 1))
        chosen = _with_grown(engine, chosen, grown)
        steps = _finer(found, chosen, options)
    return chosen, found


def _finer(found: CountyBound, chosen: Candidate, options: BoundOptions) -> Floats:
    """Half the step for the parts whose gap is widest for the work it takes, as many as the work that is left allows; inf elsewhere."""
    steps = np.full(found.parts, np.inf)
    # Houses that are left out of the bound are left out of the cost.
    house_cost = np.where(chosen.layout.slot < 0, found.homes.own, chosen.house_cost)
    gap = found.gap_by_part(chosen.node_cost, house_cost)[: found.parts]
    known = np.where(np.isfinite(found.step_m), found.step_m, options.level_step_m)
    finer = np.maximum(known * HALF, options.finest_m)
    expected = found.part_work * (known / finer) ** WORK_POWER
    open_ = (gap > WORTH_SHARE * np.maximum(found.by_part[:-1], 1.0)) & (found.part_gain > LEAST_GAIN)
    worth = np.where(open_ & (found.part_work > 0) & (finer < known), gap, 0.0)
    rate = worth / np.maximum(expected, 1.0)
    left = options.work - found.work
    for p in np.argsort(-rate, kind="stable"):
        if worth[p] > 0 and expected[p] <= left:
            left -= expected[p]
            steps[p] = finer[p]
    return steps


def _part(progress: Callable[[float], None], i: int, of: int) -> Callable[[float], None]:
    return lambda share: progress((i + share) / of)


def _with_grown(engine: Search, chosen: Candidate, grown: Layout) -> Candidate:
    """The plan with the better blocks of the grown layout, the local search done on both."""
    other = engine.new_candidate()
    other.layout = grown
    engine.price(other)
    engine.polish(other)
    kept = engine.new_candidate()
    kept.layout = copy_layout(chosen.layout)
    engine.price(kept)
    engine.keep_better(kept, other)
    again = engine.new_candidate()
    again.layout = copy_layout(kept.layout)
    engine.polish(again)
    engine.keep_better(kept, again)
    return kept if kept.cost < chosen.cost else chosen
