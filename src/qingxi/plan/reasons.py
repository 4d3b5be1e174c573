"""Why this mode and not another, in sentences; and what each house bears of a plan."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.compare import BINDS, MODES, SEWERED, Compared
from qingxi.plan.flip import LEVER_EN, LEVER_ZH
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate
from qingxi.plan.share import SHARE_OF_HOUSE, burden_per_flow
from qingxi.plan.why_en import why_en

Floats = npt.NDArray[np.float64]
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


def house_shares(problem: Problem, c: Candidate) -> Floats:
    """What each member bears of a layout, present value; laterals alone, shared works by flow."""
    return _shared(problem, c, c.node_cost, c.house_cost.copy())


def _shared(problem: Problem, c: Candidate, node_cost: Floats, share: Floats) -> Floats:
    burden = burden_per_flow(c.layout.next_node, c.design.houses, c.design.people_m3_d, node_cost)
    tied = np.flatnonzero(c.layout.slot >= 0)
    at = problem.homes.node[tied, c.layout.slot[tied]]
    share[tied] += (problem.homes.flow_m3_d[tied] + SHARE_OF_HOUSE) * burden[at]
    return share


def _wan(yuan: float) -> str:
    return f"{yuan / 1e4:.2f}"


def sentences(problem: Problem, found: Compared, mode: npt.NDArray[Any], pv_now: Floats) -> npt.NDArray[Any]:
    """One Chinese sentence a hamlet: what it costs, what each other mode would cost more and need, what binds, when it would turn."""
    n = len(problem.hamlets)
    count = np.bincount(problem.own.hamlet, minlength=n)
    result = np.full(n, "", dtype=object)
    for i in np.flatnonzero(count):
        text = f"选{MODE_ZH[str(mode[i])]}，现值 {_wan(pv_now[i])} 万元，户均 {_wan(pv_now[i] / count[i])} 万元"
        if problem.given.mode == "sewer":
            result[i] = text + "；按要求全部接入管网，未比较其他模式。"
            continue
        parts = []
        for m in MODES:
            more = found.more[m][i]
            if m == mode[i]:
                continue
            if not np.isfinite(more):
                if m != "controlled":
                    parts.append(f"{MODE_ZH[m]}不行：{found.why_not[m][i]}")
                continue
            part = f"{MODE_ZH[m]}{'贵' if more >= 0 else '便宜'} {_wan(abs(more))} 万元"
            if m in SEWERED:
                part += _works_zh(float(found.trunk_m[m][i]), int(found.lifts[m][i]))
            parts.append(part)
        if found.binds[i]:
            parts.append(f"起决定作用的是{BINDS[str(found.binds[i])][0]}")
        parts += _turning_zh(found, int(i))
        result[i] = text + ("；" + "；".join(parts) if parts else "") + "。"
    return result


def _works_zh(trunk_m: float, lifts: int) -> str:
    """What a sewered mode would have to build: metres below a kilometre, and only what there is."""
    parts = []
    if trunk_m >= 0.5:
        parts.append(f"{trunk_m:.0f} m 干管" if trunk_m < 1000 else f"{trunk_m / 1000:.1f} km 干管")
    if lifts:
        parts.append(f"{lifts} 座提升泵站")
    return f"，要 {'和 '.join(parts)}" if parts else ""


def _turning_zh(found: Compared, i: int) -> list[str]:
    """When a hamlet would turn, in words; a distance only where a town connection is one of the two."""
    flips = found.flips
    words = [
        f"{LEVER_ZH[lever]}{'涨' if f > 1 else '降'}到 {f:.2f} 倍改{MODE_ZH[str(flips.to[lever][i])]}"
        for lever, values in flips.factor.items()
        if np.isfinite(f := float(values[i]))
    ]
    if np.isfinite(flips.distance_m[i]) and flips.runner_up[i]:
        words.append(f"到接入点的干管长 {flips.distance_m[i] / 1000:.2f} km 时近纳管与另一种持平")
    return [f"只看本村、周边不变：{'，'.join(words)}"] if words else []


def sentences_en(
    found: Compared, count: npt.NDArray[np.int64], mode: npt.NDArray[Any], pv_now: Floats
) -> npt.NDArray[Any]:
    """The same in English."""
    result = np.full(mode.size, "", dtype=object)
    flips = found.flips
    for i in np.flatnonzero(count):
        text = (
            f"{MODE_EN[str(mode[i])]}: present value {pv_now[i]:,.0f} yuan, {pv_now[i] / count[i]:,.0f} a household"
        )
        parts = []
        for m in MODES:
            more = found.more[m][i]
            if m != mode[i] and np.isfinite(more):
                parts.append(f"{MODE_EN[m]} {abs(more):,.0f} yuan {'dearer' if more >= 0 else 'cheaper'}")
            elif m != mode[i] and m != "controlled":
                because = why_en(str(found.why_not[m][i]))
                parts.append(f"{MODE_EN[m]} not possible" + (f": {because}" if because else " or not compared"))
        if found.binds[i]:
            parts.append(f"what decides is {BINDS[str(found.binds[i])][1]}")
        at = [
            f"to {MODE_EN[str(flips.to[lever][i])]} at {LEVER_EN[lever]} x {f:.2f}"
            for lever, values in flips.factor.items()
            if np.isfinite(f := float(values[i]))
        ]
        if np.isfinite(flips.distance_m[i]):
            at.append(f"a town connection breaks even at a main of {flips.distance_m[i] / 1000:.2f} km")
        if at:
            parts.append(f"this hamlet alone, its surroundings as they are, turns {', '.join(at)}")
        result[i] = "; ".join([text, *parts]) + "."
    return result
