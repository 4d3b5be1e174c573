"""Bound and plan raise each other: duals laid along a plan grow a layout of their own, whose better blocks go into the plan."""

from collections.abc import Callable

import numpy as np

from qingxi.plan.bound_county import BoundOptions, CountyBound
from qingxi.plan.layout import Layout, copy_layout
from qingxi.plan.search import Candidate, Search

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
        After one pass for each of ``options.passes_m``, then finer and finer ones of the parts with the widest gaps as long as
        work is left.
    """
    left = (engine.homes.own >= NO_SERVICE) & (chosen.layout.slot < 0)
    homes = engine.homes._replace(own=np.where(left, 0.0, engine.homes.own))
    found = CountyBound(engine.ground, homes, engine.kit, engine.plants, options, chosen.layout)
    if engine.nodes == 0 or engine.houses == 0:
        return chosen, found
    passes = (*options.passes_m, options.level_step_m)
    for i, step in enumerate(passes):
        chosen = _with_grown(
            engine, chosen, found.ascend(chosen.layout, step, progress=_part(progress, i, len(passes)))
        )
    return chosen, found


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
