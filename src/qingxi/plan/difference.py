"""What a change does to a plan: modes, money, hamlets, people; as plain values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.afford import affordability_of
from qingxi.plan.pipes import Works, works_of
from qingxi.plan.problem import Problem
from qingxi.plan.reasons import house_shares
from qingxi.plan.search import Candidate
from qingxi.plan.services import Services, services_of
from qingxi.standard import Table

Floats = npt.NDArray[np.float64]
ALL_MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled", "unserved")
_SMALL = 0.5  # yuan: less is no change of money


@dataclass(frozen=True, slots=True)
class Told:
    """A plan in the figures that are compared.

    ``cost`` is each household's share of the plan's present value (its own works, and shared works by flow), ``budget`` the
    county's figures of affordability.
    """

    works: Works
    services: Services
    cost: Floats
    money: dict[str, float]
    pipe_m: dict[str, float]
    lifts: int
    plants: int
    budget: dict[str, float]


def tell(problem: Problem, chosen: Candidate, afford: Table) -> Told:
    """Figures of a plan."""
    works = works_of(problem, chosen)
    services = services_of(problem, chosen, works)
    cost = np.zeros(len(problem.houses))
    for m in ("onsite", "reuse", "controlled"):
        here = services.mode == m
        cost[here] = problem.own.pv[m][here]
    tied = chosen.layout.slot >= 0
    cost[problem.member[tied]] = house_shares(problem, chosen)[tied]
    s = services.systems
    money = {
        "present_value": float(s["present_value_yuan"].sum()),
        "capex": float(s["capex_yuan"].sum()),
        "works": float(s["works_yuan"].sum()),
        "running_per_year": float(s["running_yuan_y"].sum()),
    }
    kind, length = works.pipes["kind"], works.pipes["length_m"]
    pipe_m = {k: float(length[kind == k].sum()) for k in ("gravity", "pressure", "lateral")}
    _, budget, _ = affordability_of(problem, services, services.plants, afford)
    plants = int((services.plants["existing"] == "").sum()) if services.plants["existing"].size else 0
    return Told(works, services, cost, money, pipe_m, int(works.lifts["node_id"].size), plants, budget)


def difference_of(problem: Problem, before: Told, after: Told, same_plan: dict[str, float]) -> dict[str, Any]:
    """The difference of two plans of the same households, as plain values.

    Parameters
    ----------
    same_plan : dict
        Money of the plan as it was, at the new prices.

    Returns
    -------
    dict
        ``cost``: ``present_value``, ``capex``, ``works``, ``running_per_year``, each with ``before``, ``same_plan`` (nothing
        built otherwise, new prices), ``after`` and ``difference`` (after − before), yuan. ``modes``: households by mode,
        before and after. ``pipe_m``, ``lifts``, ``plants``, ``affordability``: likewise. ``moves``: households by
        ``from`` and ``to`` mode, most first. ``hamlets``: one entry for each hamlet whose mode, households by mode or share of
        the cost changes (``hamlet_id``, ``name``, ``village``, ``mode_before``, ``mode_after``, ``households``, ``changed``
        (households whose mode changes), ``present_value_before``, ``present_value_after``), most changed first.
    """
    p = problem
    a, b = before.services.mode.astype(str), after.services.mode.astype(str)
    return {
        "cost": {
            k: {"before": before.money[k], "same_plan": same_plan[k], "after": after.money[k],
                "difference": after.money[k] - before.money[k]}
            for k in before.money
        },
        "modes": {m: {"before": int((a == m).sum()), "after": int((b == m).sum())} for m in ALL_MODES},
        "households": {"all": int(a.size), "changed": int((a != b).sum())},
        "pipe_m": {k: {"before": before.pipe_m[k], "after": after.pipe_m[k]} for k in before.pipe_m},
        "lifts": {"before": before.lifts, "after": after.lifts},
        "plants": {"before": before.plants, "after": after.plants},
        "affordability": {k: {"before": before.budget[k], "after": after.budget[k]} for k in before.budget},
        "moves": _moves(a, b),
        "hamlets": _hamlets(p, before, after, a, b),
    }  # fmt: skip


def _moves(a: npt.NDArray[Any], b: npt.NDArray[Any]) -> list[dict[str, Any]]:
    moved = a != b
    pairs, count = np.unique(np.column_stack([a[moved], b[moved]]), axis=0, return_counts=True)
    order = np.argsort(-count, kind="stable")
    return [{"from": str(pairs[i, 0]), "to": str(pairs[i, 1]), "households": int(count[i])} for i in order]


def _main(mode: npt.NDArray[Any], hamlet: npt.NDArray[np.int64], n: int) -> list[str]:
    count = np.zeros((n, len(ALL_MODES)), dtype=np.int64)
    for j, m in enumerate(ALL_MODES):
        count[:, j] = np.bincount(hamlet[mode == m], minlength=n)
    return [ALL_MODES[j] for j in count.argmax(axis=1)]


def _hamlets(
    p: Problem, before: Told, after: Told, a: npt.NDArray[Any], b: npt.NDArray[Any]
) -> list[dict[str, Any]]:
    hamlet, n = p.own.hamlet, len(p.hamlets)
    count = np.bincount(hamlet, minlength=n)
    changed = np.bincount(hamlet[a != b], minlength=n)
    was = np.bincount(hamlet, weights=before.cost, minlength=n)
    now = np.bincount(hamlet, weights=after.cost, minlength=n)
    mode_a, mode_b = _main(a, hamlet, n), _main(b, hamlet, n)
    villages = p.given.villages
    rows = []
    for i in np.flatnonzero((changed > 0) | (np.abs(now - was) > _SMALL)):
        v = int(p.hamlets.village[i])
        code = str(villages.code[v]) if villages is not None and 0 <= v < len(villages) else ""
        rows.append({
            "hamlet_id": str(p.hamlets.id[i]), "name": str(p.hamlets.name[i]), "village": code,
            "mode_before": mode_a[i], "mode_after": mode_b[i], "households": int(count[i]), "changed": int(changed[i]),
            "present_value_before": float(was[i]), "present_value_after": float(now[i]),
        })  # fmt: skip
    return sorted(rows, key=lambda r: (-r["changed"], -abs(r["present_value_after"] - r["present_value_before"])))


def reached(rows: Sequence[dict[str, Any]]) -> int:
    """How many hamlets take another mode."""
    return sum(r["mode_before"] != r["mode_after"] for r in rows)
