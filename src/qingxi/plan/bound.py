"""The plan's lower bound: houses that take part in the choice, and those that do not."""

from collections.abc import Callable

import numpy as np

from qingxi.plan.bound_causes import GapCauses
from qingxi.plan.bound_county import LABEL, CountyBound
from qingxi.plan.bound_options import BoundOptions
from qingxi.plan.bound_rounds import NO_SERVICE, raise_together
from qingxi.plan.finish import finished
from qingxi.plan.keep_away import led_elsewhere
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate, Search
from qingxi.standard import load_table


def options_of(problem: Problem) -> BoundOptions:
    """The bound's settings for a problem."""
    given = problem.given
    return BoundOptions.from_table(load_table("bound"), given.effort, problem.member.size, given.certify)


def bettered(
    problem: Problem, engine: Search, chosen: Candidate, progress: Callable[[float], None] = lambda share: None
) -> tuple[Candidate, CountyBound]:
    """The plan bettered by the bound's duals, plants too large for their place led elsewhere, its lifts chosen anew; and the bound of the houses that take part in the choice."""
    chosen, found = raise_together(engine, chosen, options_of(problem), progress)
    return finished(engine, led_elsewhere(engine, chosen)), found


def told_bound(problem: Problem, chosen: Candidate, found: CountyBound) -> tuple[float, str, GapCauses | None]:
    """A bound on the present value of any plan of the problem, what it is, and why the chosen plan lies above it.

    Houses that have no choice cost what they cost in every plan.
    """
    own = problem.own.pv
    rest = np.setdiff1d(np.arange(len(problem.houses)), problem.member)
    alone = sum(own[m][rest][problem.own_mode[rest] == m].sum() for m in ("onsite", "reuse", "controlled"))
    return float(found.value_yuan + alone), LABEL, found.causes(chosen.layout)


def lower_bound(
    problem: Problem, chosen: Candidate, progress: Callable[[float], None]
) -> tuple[float, str, GapCauses | None]:
    """The same for a plan that stands and is not to be changed, in one pass.

    Houses that may only be sewered and yet are not are left out, as they are of the plan's cost: then the bound is one of plans
    for the others.
    """
    homes = problem.homes
    left = (homes.own >= NO_SERVICE) & (chosen.layout.slot < 0)
    homes = homes._replace(own=np.where(left, 0.0, homes.own))
    options = options_of(problem)
    found = CountyBound(problem.ground, homes, problem.kit, problem.plants, options, chosen.layout)
    found.ascend(chosen.layout, np.full(found.parts, options.level_step_m), progress=progress)
    return told_bound(problem, chosen, found)
