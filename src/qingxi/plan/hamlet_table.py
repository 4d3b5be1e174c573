"""The hamlets of a plan as a table: mode, cost of every mode, reason."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.flip import flips_by_cost
from qingxi.plan.problem import Problem
from qingxi.plan.reasons import MODES, ModeCosts, end_shares, house_shares, sentences, sentences_en
from qingxi.plan.search import Candidate

ALL_MODES = (*MODES, "unserved")


def hamlet_table(
    problem: Problem, chosen: Candidate, costs: ModeCosts, household_mode: npt.NDArray[Any], alone: npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    """Columns of the ``hamlets`` layer; a hamlet's mode is that of most of its households.

    ``alone`` is each hamlet's flip when it is planned alone, NaN where that was not tried.
    """
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
    own_end, tied = end_shares(p, chosen), chosen.layout.slot >= 0
    cost[p.member[tied]] = share[tied]
    pv_now = np.bincount(hamlet, weights=cost, minlength=n).astype(np.float64)
    # The chosen mode's own figure is the plan's where the whole hamlet goes that way.
    end_now = np.bincount(hamlet[p.member[tied]], weights=own_end[tied], minlength=n).astype(np.float64)
    pv = {m: costs.pv[m].copy() for m in MODES}
    for j, m in enumerate(MODES):
        whole = (by_mode[:, j] == count) & (count > 0)
        pv[m][whole] = pv_now[whole]
    town_m = costs.trunk_m.get("town_connection", np.full(n, np.nan))
    flips = flips_by_cost(mode, pv_now, end_now, pv, costs.end, town_m, _main_yuan_m(p))
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
    told = ModeCosts(pv, costs.why_not, costs.trunk_m, costs.lifts)
    table["runner_up"] = flips.runner_up
    for lever, factor in flips.factor.items():
        table[f"flip_{lever}_factor"] = factor
    table["flip_distance_m"], table["flip_alone_factor"] = flips.distance_m, alone
    table["reason"] = sentences(p, told, mode, pv_now, flips, alone)
    table["reason_en"] = sentences_en(told, count, mode, pv_now, flips, alone)
    table["storage_months"] = p.own.limits.storage_months
    table["x_m"], table["y_m"] = p.hamlets.x_m, p.hamlets.y_m
    return table


def _main_yuan_m(p: Problem) -> float:
    """Present value of a metre of the smallest main at least cover under an earth road, yuan."""
    kit, d = p.kit, p.kit.depth_min_m[0]
    return float(kit.sewer_pv * (kit.trench_a[0, 0] + kit.trench_b[0, 0] * d + kit.trench_c[0, 0] * d * d))
