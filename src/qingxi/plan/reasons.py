"""Why this mode and not another: each hamlet's cost of every mode, and a sentence."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.flip import LEVER_EN, LEVER_ZH, Flips
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate, Search
from qingxi.plan.serve import NOT_ASKED
from qingxi.plan.share import SHARE_OF_HOUSE, burden_per_flow, way_to_end
from qingxi.plan.site_reason import why_no_site

Floats = npt.NDArray[np.float64]
MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")
MODE_ZH = {
    "town_connection": "近纳管",
    "shared_plant": "聚集中",
    "onsite": "散分户",
    "reuse": "资源利用",
    "controlled": "管控",
    "unserved": "未服务",
}
MODE_EN = {
    "town_connection": "town connection",
    "shared_plant": "shared plant",
    "onsite": "household units",
    "reuse": "reuse",
    "controlled": "controlled only",
    "unserved": "unserved",
}
LIFTED, ENDING = 2, 4


@dataclass(slots=True)
class ModeCosts:
    """Per hamlet and mode: present value (NaN: cannot be done), why not, and what the way to the end takes."""

    pv: dict[str, Floats]
    why_not: dict[str, npt.NDArray[Any]]
    trunk_m: dict[str, Floats] = field(default_factory=dict)
    lifts: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)
    end: dict[str, Floats] = field(
        default_factory=dict
    )  # of a sewered mode's figure: the plant, or the joining and its fee


def house_shares(problem: Problem, c: Candidate) -> Floats:
    """What each member bears of a layout, present value; laterals alone, shared works by flow."""
    return _shared(problem, c, c.node_cost, c.house_cost.copy())


def end_shares(problem: Problem, c: Candidate) -> Floats:
    """Of :func:`house_shares`: the part that is borne for plants and joinings."""
    return _shared(
        problem, c, np.where(c.design.way == ENDING, c.node_cost - c.design.cost, 0.0), np.zeros(c.house_cost.size)
    )


def _shared(problem: Problem, c: Candidate, node_cost: Floats, share: Floats) -> Floats:
    burden = burden_per_flow(c.layout.next_node, c.design.houses, c.design.people_m3_d, node_cost)
    tied = np.flatnonzero(c.layout.slot >= 0)
    at = problem.homes.node[tied, c.layout.slot[tied]]
    share[tied] += (problem.homes.flow_m3_d[tied] + SHARE_OF_HOUSE) * burden[at]
    return share


def mode_costs(problem: Problem, engine: Search, chosen: Candidate) -> ModeCosts:
    """Cost every mode for every hamlet.

    Household modes are exact. A sewered mode is costed by planning the whole county in that mode alone (mains at their
    capacity's price not counted) and sharing what is used together by flow: a hamlet's figure supposes that its neighbours
    go the same way.
    """
    p = problem
    n = len(p.hamlets)
    pv = {m: np.full(n, np.nan) for m in MODES}
    why = {m: np.full(n, "", dtype=object) for m in MODES}
    costs = ModeCosts(pv, why)
    count = np.bincount(p.own.hamlet, minlength=n)
    for m in ("onsite", "reuse", "controlled"):
        total = np.bincount(p.own.hamlet, weights=p.own.pv[m], minlength=n)
        pv[m][:] = np.where(np.isfinite(total) & (count > 0), total, np.nan)
    allowed = np.bincount(p.own.hamlet, weights=np.isfinite(p.own.pv["reuse"]), minlength=n)
    for i in range(n):
        if not np.isfinite(pv["reuse"][i]):
            why["reuse"][i] = p.own.why_not_reuse[i] or f"只有 {allowed[i]:.0f} 户黑灰分离或有三格化粪池"
        if not np.isfinite(pv["onsite"][i]) and not p.given.household_units:
            why["onsite"][i] = NOT_ASKED
        if not np.isfinite(pv["controlled"][i]):
            why["controlled"][i] = "不是搬迁撤并类村庄"
        if not np.isfinite(pv["onsite"][i]) and not why["onsite"][i] and count[i]:
            mine = p.own.limits.why["unit"][(p.own.hamlet == i) & ~np.isfinite(p.own.pv["onsite"])]
            words, times = np.unique(mine.astype(str), return_counts=True)
            why["onsite"][i] = "、".join(f"{k} 户{w}" for w, k in zip(words, times, strict=True))
    _sewered(problem, engine, chosen, costs, "shared_plant")
    _sewered(problem, engine, chosen, costs, "town_connection")
    return costs


def _sewered(problem: Problem, engine: Search, chosen: Candidate, costs: ModeCosts, mode: str) -> None:
    p, g = problem, engine.ground
    n = len(p.hamlets)
    town = mode == "town_connection"
    possible = (g.join >= 0) if town else (g.site > 0)
    no_end = ["没有可接入的城镇管网、处理厂或排放口"] * n if town else why_no_site(p)
    if not possible.any() or p.member.size == 0:
        costs.why_not[mode][:] = no_end
        return
    only = g._replace(site=np.zeros_like(g.site)) if town else g._replace(join=np.full_like(g.join, -1))
    homes = p.homes._replace(own=np.full(p.member.size, 1e8))
    other = Search(only, homes, p.kit, p.plants, engine.rng)
    weight = other.first_weights(other.first_slot)
    trial = other.choose(weight, other.first_slot, None)
    trial = other.choose(weight, other.first_slot, trial)
    share = house_shares(p, trial)
    tied = trial.layout.slot >= 0
    hamlet = p.own.hamlet[p.member]
    served = np.bincount(hamlet[tied], minlength=n)
    members = np.bincount(hamlet, minlength=n)
    everybody = np.bincount(p.own.hamlet, minlength=n)
    total = np.bincount(hamlet[tied], weights=share[tied], minlength=n)
    whole = (served == members) & (members > 0)
    costs.pv[mode][:] = np.where(whole & (members == everybody), total, np.nan)
    costs.end[mode] = np.bincount(hamlet[tied], weights=end_shares(p, trial)[tied], minlength=n).astype(np.float64)
    away, lifts = way_to_end(
        trial.layout.next_node, trial.layout.next_arc, trial.design.houses, trial.design.way == LIFTED, g.length_m
    )
    trunk, pumps = np.zeros(n), np.zeros(n, dtype=np.int64)
    at = p.homes.node[np.arange(p.member.size), np.maximum(trial.layout.slot, 0)]
    # The hamlet's way begins at the node of its own that carries most.
    order = np.argsort(trial.design.houses[at] * tied, kind="stable")
    order = order[tied[order]]
    trunk[hamlet[order]] = away[at[order]]
    pumps[hamlet[order]] = lifts[at[order]]
    costs.trunk_m[mode], costs.lifts[mode] = trunk, pumps
    for i in np.flatnonzero(~np.isfinite(costs.pv[mode])):
        out = everybody[i] - served[i]
        costs.why_not[mode][i] = (
            no_end[i] if served[i] == 0 and members[i] > 0 else f"{out} 户附近没有可排水的街巷或排不出去"
        )


def _wan(yuan: float) -> str:
    return f"{yuan / 1e4:.2f}"


def sentences(
    problem: Problem, costs: ModeCosts, mode: npt.NDArray[Any], pv_now: Floats, flips: Flips, alone: Floats
) -> npt.NDArray[Any]:
    """One Chinese sentence a hamlet: what it costs, what each other mode would cost more and need, when it would turn."""
    n = len(problem.hamlets)
    count = np.bincount(problem.own.hamlet, minlength=n)
    result = np.full(n, "", dtype=object)
    sewer = problem.given.mode == "sewer"
    for i in range(n):
        if count[i] == 0:
            continue
        text = f"选{MODE_ZH[str(mode[i])]}，现值 {_wan(pv_now[i])} 万元，户均 {_wan(pv_now[i] / count[i])} 万元"
        if sewer:
            result[i] = text + "；按要求全部接入管网，未比较其他模式。"
            continue
        parts = []
        for m in MODES:
            if m == mode[i]:
                continue
            cost = costs.pv[m][i]
            if not np.isfinite(cost):
                if m != "controlled":
                    parts.append(f"{MODE_ZH[m]}不行：{costs.why_not[m][i]}")
                continue
            more = cost - pv_now[i]
            part = f"{MODE_ZH[m]}{'贵' if more >= 0 else '便宜'} {_wan(abs(more))} 万元"
            if m in costs.trunk_m:
                part += f"，要 {costs.trunk_m[m][i] / 1000:.1f} km 干管和 {costs.lifts[m][i]} 座提升泵站"
                if more < 0:
                    part += "（须沿线各村同走此路或受接入能力限制）"
            parts.append(part)
        parts += _turning_zh(flips, alone, i)
        result[i] = text + ("；" + "；".join(parts) if parts else "") + "。"
    return result


def _turning_zh(flips: Flips, alone: Floats, i: int) -> list[str]:
    """When a hamlet would turn to its runner-up, in words; a distance only where a town connection is one of the two."""
    words = []
    if flips.runner_up[i]:
        at = [
            f"{LEVER_ZH[lever]}{'涨' if f > 1 else '降'}到 {f:.2f} 倍"
            for lever, values in flips.factor.items()
            if np.isfinite(f := float(values[i]))
        ]
        if np.isfinite(flips.distance_m[i]):
            at.append(f"到接入点的干管长 {flips.distance_m[i] / 1000:.2f} km")
        if at:
            words.append(f"{'、'.join(at)}时，与{MODE_ZH[str(flips.runner_up[i])]}持平")
    if np.isfinite(alone[i]):
        words.append(f"单村复算：户用设施造价在 {alone[i]:.2f} 倍处，多数户在接管与户用之间翻转")
    return words


def sentences_en(
    costs: ModeCosts,
    count: npt.NDArray[np.int64],
    mode: npt.NDArray[Any],
    pv_now: Floats,
    flips: Flips,
    alone: Floats,
) -> npt.NDArray[Any]:
    """The same in English."""
    result = np.full(mode.size, "", dtype=object)
    for i in range(mode.size):
        if count[i] == 0:
            continue
        text = (
            f"{MODE_EN[str(mode[i])]}: present value {pv_now[i]:,.0f} yuan, {pv_now[i] / count[i]:,.0f} a household"
        )
        parts = []
        for m in MODES:
            cost = costs.pv[m][i]
            if m != mode[i] and np.isfinite(cost):
                more = cost - pv_now[i]
                parts.append(f"{MODE_EN[m]} {abs(more):,.0f} yuan {'dearer' if more >= 0 else 'cheaper'}")
            elif m != mode[i] and m != "controlled":
                parts.append(f"{MODE_EN[m]} not possible or not compared")
        if flips.runner_up[i]:
            at = [
                f"{LEVER_EN[lever]} x {f:.2f}"
                for lever, values in flips.factor.items()
                if np.isfinite(f := float(values[i]))
            ]
            if np.isfinite(flips.distance_m[i]):
                at.append(f"a main of {flips.distance_m[i] / 1000:.2f} km")
            if at:
                parts.append(f"equal to {MODE_EN[str(flips.runner_up[i])]} at {', or '.join(at)}")
        if np.isfinite(alone[i]):
            parts.append(f"planned alone it turns at household units x {alone[i]:.2f}")
        result[i] = "; ".join([text, *parts]) + "."
    return result
