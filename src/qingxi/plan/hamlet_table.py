"""The hamlets of a plan as a table: mode, cost of every mode, reason."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.compare import MODES, not_compared
from qingxi.plan.compare_beside import ComparedBeside
from qingxi.plan.hamlet_modes import hamlet_modes
from qingxi.plan.problem import Problem
from qingxi.plan.reasons import house_shares, sentences, sentences_en
from qingxi.plan.search import Candidate


def hamlet_table(
    problem: Problem, chosen: Candidate, household_mode: npt.NDArray[Any], compared: ComparedBeside | None = None
) -> dict[str, npt.NDArray[Any]]:
    """Columns of the ``hamlets`` layer; a hamlet's mode is that of most of its households.

    A mode's present value is the hamlet's share of the plan plus what the county would pay more if the whole hamlet went that
    way and everything else stayed (:mod:`qingxi.plan.compare`).
    """
    p = problem
    n = len(p.hamlets)
    hamlet = p.own.hamlet
    mode, by_mode = hamlet_modes(p, household_mode)
    count = by_mode.sum(axis=1).astype(np.int64)
    cost = np.zeros(len(p.houses))
    for m in ("onsite", "reuse", "controlled"):
        here = household_mode == m
        cost[here] = p.own.pv[m][here]
    share = house_shares(p, chosen)
    tied = chosen.layout.slot >= 0
    cost[p.member[tied]] = share[tied]
    pv_now = np.bincount(hamlet, weights=cost, minlength=n).astype(np.float64)
    if p.given.mode == "free":
        found = compared.found() if compared is not None else ComparedBeside(p, chosen).found()
    else:
        found = not_compared(n, "未比较")
    pv = {m: pv_now + found.more[m] for m in MODES}
    if p.given.mode == "free":
        for m in ("onsite", "reuse", "controlled"):
            whole_m = np.bincount(hamlet, weights=p.own.pv[m], minlength=n)
            pv[m] = np.where(np.isfinite(whole_m) & (count > 0), whole_m, np.nan)
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
        table[f"more_{m}_yuan"] = found.more[m]
    for m in MODES:
        why = np.where(found.why_not[m] == "", "本村有户走别的模式，没有全村只走这一种的算法", found.why_not[m])
        table[f"why_not_{m}"] = np.where(np.isfinite(pv[m]) | (count == 0), "", why).astype(object)
    flips = found.flips
    table["binds"], table["runner_up"] = found.binds, flips.runner_up
    for lever, factor in flips.factor.items():
        table[f"flip_{lever}_factor"] = factor
    for lever, to in flips.to.items():
        table[f"flip_{lever}_mode"] = to
    table["flip_distance_m"] = flips.distance_m
    table["reason"] = sentences(p, found, mode, pv_now)
    table["reason_en"] = sentences_en(found, count, mode, pv_now)
    table["storage_months"] = p.own.limits.storage_months
    table["x_m"], table["y_m"] = p.hamlets.x_m, p.hamlets.y_m
    return table
