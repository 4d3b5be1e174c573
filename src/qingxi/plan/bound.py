"""A lower bound on the true cost."""

from collections.abc import Callable

import numpy as np

from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate


def lower_bound(problem: Problem, chosen: Candidate, progress: Callable[[float], None]) -> tuple[float, str]:
    """A valid lower bound on the present value of any plan of the same problem, and what it is.

    Each house costs at least the cheaper of serving itself and its cheapest lateral with the smallest fee per m³.
    """
    homes = problem.homes
    tied = homes.lateral.min(axis=1) if homes.flow_m3_d.size else np.zeros(0)
    own = problem.own.pv
    rest = np.setdiff1d(np.arange(len(problem.houses)), problem.member)
    alone = sum(own[m][rest][problem.own_mode[rest] == m].sum() for m in ("onsite", "reuse", "controlled"))
    return float(np.minimum(homes.own, tied).sum() + alone), "逐户下界：每户自理与接户二者取小"
