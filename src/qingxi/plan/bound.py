"""The plan's lower bound: houses that take part in the choice, and those that do not."""

from collections.abc import Callable

import numpy as np

from qingxi.plan.bound_causes import GapCauses
from qingxi.plan.bound_county import BoundOptions, county_bound
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate
from qingxi.standard import load_table

NO_SERVICE = 1e8  # what the problem writes where a house cannot serve itself


def lower_bound(
    problem: Problem, chosen: Candidate, progress: Callable[[float], None]
) -> tuple[float, str, GapCauses | None]:
    """A valid lower bound on the present value of any plan of the same problem, what it is, and why the plan lies above it.

    Houses that have no choice cost what they cost in every plan; houses that may only be sewered and yet are not are left out,
    as they are of the plan's cost: then the bound is one of plans for the others.
    """
    homes = problem.homes
    left = (homes.own >= NO_SERVICE) & (chosen.layout.slot < 0)
    homes = homes._replace(own=np.where(left, 0.0, homes.own))
    options = BoundOptions.from_table(load_table("bound"), problem.given.effort, problem.member.size)
    bound = county_bound(
        problem.ground, homes, problem.kit, problem.plants, options, incumbent=chosen.layout,
        progress=progress,
    )  # fmt: skip
    own = problem.own.pv
    rest = np.setdiff1d(np.arange(len(problem.houses)), problem.member)
    alone = sum(own[m][rest][problem.own_mode[rest] == m].sum() for m in ("onsite", "reuse", "controlled"))
    return float(bound.value_yuan + alone), bound.label, bound.causes
