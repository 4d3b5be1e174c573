"""The hamlets of a plan as a table: mode, cost of every mode, reason."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.problem import Problem
from qingxi.plan.reasons import MODES, ModeCosts, house_shares, sentences
from qingxi.plan.search import Candidate

ALL_MODES = (*MODES, "unserved")


def hamlet_table(
    problem: Problem, chosen: Candidate, costs: ModeCosts, household_mode: npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    """Columns of the ``hamlets`` layer; a hamlet's mode is that of most of its households."""
    p = problem
    n = len(p.hamlets)
    hamlet = p.own.hamlet
    by_mode = np.zeros((n, len(ALL_MODES)), dtype=np.int64)
    for j, m in enumerate(ALL_MODES):
        by_mode[:, j] = np.bincount(hamlet[household_mode == m], minlength=n)
    mode = np.array(ALL_MODES, dtype=object)[by_mode.argmax(axis=1)]
    count = by_mode.sum(axis=1).astype(np.int64)
    mode[count == 0] = ""
    cost = np.zeros(len(p.houses))
    for m in ("onsite", "reuse", "controlled"):
        here = household_mode == m
        cost[here] = p.own.pv[m][here]
    share = house_shares(p, chosen)
    tied = chosen.layout.slot >= 0
    cost[p.member[tied]] = share[tied]
    pv_now = np.bincount(hamlet, weights=cost, minlength=n).astype(np.float64)
    # The chosen mode's own figure is the plan's where the whole hamlet goes that way.
    pv = {m: costs.pv[m].copy() for m in MODES}
    for j, m in enumerate(MODES):
        whole = (by_mode[:, j] == count) & (count > 0)
        pv[m][whole] = pv_now[whole]
    village = np.full(n, "", dtype=object)
    klass = np.full(n, "", dtype=object)
    villages = p.given.villages
    if villages is not None and len(villages):
        known = (p.hamlets.village >= 0) & (p.hamlets.village < len(villages))
        village[known] = villages.code[p.hamlets.village[known]]
        klass[known] = villages.village_class[p.hamlets.village[known]]
    table: dict[str, npt.NDArray[Any]] = {
        "hamlet_id": p.hamlets.id,
        "name": p.hamlets.name,
        "village": village,
        "class": klass,
        "households": count,
        "people_resident": np.bincount(hamlet, weights=p.own.people, minlength=n),
        "flow_m3_d": np.bincount(hamlet, weights=p.own.flow_m3_d, minlength=n),
        "mode": mode,
        "present_value_yuan": pv_now,
    }
    for m in MODES:
        table[f"pv_{m}_yuan"] = pv[m]
    for m in MODES:
        table[f"why_not_{m}"] = np.where(np.isfinite(pv[m]), "", costs.why_not[m]).astype(object)
    table["reason"] = sentences(p, costs, mode, pv_now)
    table["x_m"], table["y_m"] = p.hamlets.x_m, p.hamlets.y_m
    return table
