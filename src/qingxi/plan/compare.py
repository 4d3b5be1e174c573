"""Every mode for every hamlet: what it would cost more, what it takes, why it cannot be, when it would be chosen, what binds."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.flip import Flips, empty_flips, flip_of
from qingxi.plan.layout import price_layout
from qingxi.plan.problem import Problem
from qingxi.plan.search import Candidate
from qingxi.plan.serve import NOT_ASKED
from qingxi.plan.share import way_to_end
from qingxi.plan.site_reason import why_no_site
from qingxi.plan.ways import LEVERS, PIPE, PLANT, REUSE, TOWN, UNIT, HamletWays, WayFinder
from qingxi.sewer import new_design

Floats = npt.NDArray[np.float64]
MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")
SEWERED = ("town_connection", "shared_plant")
LIFTED = 2
BINDS = {
    "distance": ("距离（管线长度）", "distance (length of sewer)"),
    "slope": ("地形（要提升）", "slope (lifts)"),
    "plant": ("处理站的规模和造价", "size and price of the plant"),
    "unit": ("户用设施造价", "price of household units"),
    "reuse": ("资源利用设施造价", "price of reuse"),
    "fee": ("接入费和污水处理费", "joining and its fee"),
    "capacity": ("接入余量", "spare capacity"),
    "land": ("建站用地", "land for a plant"),
    "groundwater": ("地下水", "groundwater"),
    "consent": ("产权单位不同意", "the owner's consent"),
    "rule": ("规定或条件", "a rule or condition"),
}
"""What can bind, in Chinese and English."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Per hamlet and mode: by how much the county's present value would rise (NaN: cannot be done), why not, and the way's length and lifts.

    ``binds`` is a key of :data:`BINDS` (empty: nothing was compared): what keeps the runner-up from being chosen, or,
    without one, what forbids every other mode.
    """

    more: dict[str, Floats]
    why_not: dict[str, npt.NDArray[Any]]
    trunk_m: dict[str, Floats]
    lifts: dict[str, npt.NDArray[np.int64]]
    flips: Flips
    binds: npt.NDArray[Any]


def not_compared(n: int, why: str) -> Compared:
    """Nothing compared, and why."""
    return Compared(
        {m: np.full(n, np.nan) for m in MODES}, {m: np.full(n, why, dtype=object) for m in MODES},
        {m: np.full(n, np.nan) for m in SEWERED}, {m: np.zeros(n, dtype=np.int64) for m in SEWERED}, empty_flips(n),
        np.full(n, "", dtype=object),
    )  # fmt: skip


def compare_modes(
    p: Problem, chosen: Candidate, mode: npt.NDArray[Any], main_yuan_m: float, which: npt.NDArray[np.int64]
) -> Compared:
    """Compare the ways of these hamlets, everything else of the plan as it is; about 6 ms a hamlet.

    Parameters
    ----------
    mode : text[hamlets]
        Of the plan.
    main_yuan_m : float
        What a metre of main costs, present value.
    """
    n = len(p.hamlets)
    found = not_compared(n, "")
    reasons = _Reasons(p)
    finder = WayFinder(p, chosen) if p.member.size and p.graph.nodes else None
    for h in which.tolist():
        if not reasons.everybody[h]:
            continue
        ways = finder.ways(h) if finder is not None else None
        if ways is None:
            _own_only(p, h, str(mode[h]), found)
        else:
            _fill(p, h, ways, str(mode[h]), found, main_yuan_m)
        for m in MODES:
            # Of the chosen mode only what keeps some house from it.
            if np.isnan(found.more[m][h]) and (m != mode[h] or m == "onsite"):
                found.why_not[m][h] = reasons.why(m, h)
        if not found.binds[h]:
            found.binds[h] = reasons.binds(found, h)
    return found


def _own_only(p: Problem, h: int, mine_now: str, found: Compared) -> None:
    """A hamlet of which no house takes part in the choice: its ways of its own, against what it has."""
    mine = p.own.hamlet == h
    now = sum(float(p.own.pv[m][mine & (p.own_mode == m)].sum()) for m in ("onsite", "reuse", "controlled"))
    for m in ("onsite", "reuse", "controlled"):
        total = float(p.own.pv[m][mine].sum())
        if np.isfinite(total):
            found.more[m][h] = total - now
    others = [m for m in ("onsite", "reuse") if m != mine_now and np.isfinite(found.more[m][h])]
    found.flips.runner_up[h] = min(others, key=lambda m: found.more[m][h], default="")


def _fill(p: Problem, h: int, ways: HamletWays, mine: str, found: Compared, main_yuan_m: float) -> None:
    parts = ways.parts(p)
    modes = [mine, *(w.mode for w in ways.ways[1:])]
    total = parts.sum(axis=1)
    flips = found.flips
    if not np.isfinite(total[0]):
        return
    best: dict[str, int] = {}
    for i, m in enumerate(modes):
        if i and np.isfinite(total[i]) and (m not in best or total[i] < total[best[m]]):
            best[m] = i
    for m, i in best.items():
        if np.isfinite(total[i]):
            found.more[m][h] = total[i] - total[0]
    for m, i in {**best, mine: 0}.items():
        if m in SEWERED:
            found.trunk_m[m][h], found.lifts[m][h] = _way_taken(p, ways, i)
    others = [m for m in best if m != mine]
    if not others:
        return
    second = min(others, key=lambda m: total[best[m]])
    flips.runner_up[h] = second
    for k, lever in enumerate(LEVERS):
        flips.factor[lever][h], flips.to[lever][h] = flip_of(parts, modes, k)
    if "town_connection" in (mine, second) and main_yuan_m > 0:
        # A longer way makes the connection dearer: by how much until the two cost the same?
        spare = float(total[best[second]] - total[0]) * (1 if mine == "town_connection" else -1)
        length = float(found.trunk_m["town_connection"][h]) + spare / main_yuan_m
        flips.distance_m[h] = length if length > 0 else np.nan
    found.binds[h] = _binding(
        parts[best[second]] - parts[0], second, int(found.lifts[second][h]) if second in SEWERED else 0
    )


def _binding(more: Floats, other: str, lifts: int) -> str:
    """The part that makes the other way dearer by most."""
    k = int(np.argmax(more[:5]))
    if k == PIPE:
        return "slope" if lifts > 0 and other in SEWERED else "distance"
    return {UNIT: "unit", REUSE: "reuse", PLANT: "plant", TOWN: "fee"}[k]


def _way_taken(p: Problem, ways: HamletWays, i: int) -> tuple[float, int]:
    """Length and lifts from the hamlet's node that carries most to the end."""
    r, layout = ways.region, ways.ways[i].layout
    tied = ways.mine[layout.slot[ways.mine] >= 0]
    if tied.size == 0:
        return float("nan"), 0
    design = new_design(r.nodes.size)
    flow = np.zeros(r.ground.capacity_m3_d.shape[0])
    price_layout(
        layout, r.ground, r.homes, p.kit, p.plants, design, np.empty(r.nodes.size), np.empty(r.houses.size), flow
    )
    away, lifts = way_to_end(
        layout.next_node, layout.next_arc, design.houses, design.way == LIFTED, r.ground.length_m
    )
    at = r.homes.node[tied, layout.slot[tied]]
    # Where the hamlet's own sewage has gathered: its node with the shortest way left.
    v = at[np.argmin(away[at])]
    return float(away[v]), int(lifts[v])


class _Reasons:
    """Why a mode cannot be at a hamlet, in words, and which kind of thing that is."""

    def __init__(self, p: Problem) -> None:
        self.p = p
        n = len(p.hamlets)
        self.everybody = np.bincount(p.own.hamlet, minlength=n)
        self.members = np.bincount(p.own.hamlet[p.member], minlength=n)
        self.no_site = why_no_site(p)
        self.site_at = np.zeros(n, dtype=np.bool_)
        slots = p.homes.node
        hamlet = np.repeat(p.own.hamlet[p.member], slots.shape[1]) if slots.size else np.zeros(0, dtype=np.int64)
        flat = slots.reshape(-1)
        near = (flat >= 0) & (p.ground.site[np.maximum(flat, 0)] > 0) if flat.size else np.zeros(0, dtype=np.bool_)
        self.site_at[hamlet[near]] = True
        self.allowed = np.bincount(p.own.hamlet, weights=np.isfinite(p.own.pv["reuse"]), minlength=n)
        refused = p.given.plants is not None and any(str(c) == "不同意" for c in p.given.plants.consent)
        refused |= p.given.sewers is not None and any(str(c) == "不同意" for c in p.given.sewers.consent)
        self.refused = refused

    def why(self, mode: str, h: int) -> str:
        p = self.p
        if mode == "controlled":
            return "不是搬迁撤并类村庄"
        if mode == "reuse":
            return str(p.own.why_not_reuse[h]) or f"只有 {self.allowed[h]:.0f} 户黑灰分离或有三格化粪池"
        if mode == "onsite":
            if not p.given.household_units:
                return NOT_ASKED
            mine = p.own.limits.why["unit"][(p.own.hamlet == h) & ~np.isfinite(p.own.pv["onsite"])]
            words, times = np.unique(mine.astype(str), return_counts=True)
            return "、".join(f"{k} 户{w}" for w, k in zip(words, times, strict=True))
        lost = int(self.everybody[h] - self.members[h])
        if mode == "shared_plant" and not (p.ground.site > 0).any():
            return self.no_site[h]
        if self.members[h] == 0 and (mode != "town_connection" or (p.ground.join >= 0).any()):
            return f"{lost} 户附近没有可排水的街巷"
        if mode == "town_connection":
            if not (p.ground.join >= 0).any():
                more = "（已有的产权单位不同意）" if self.refused else ""
                return f"没有可接入的城镇管网、处理厂或排放口{more}"
            return "管网余量不够，或就近的管都通向村镇处理站，或有户排不到街巷"
        if not (p.ground.site > 0).any() or not self.site_at[h]:
            return self.no_site[h]
        return "就近的管都通向城镇，或有户排不到街巷"

    def binds(self, found: Compared, h: int) -> str:
        """What forbids the other modes, where none can be."""
        words = " ".join(str(found.why_not[m][h]) for m in MODES if m != "controlled")
        for key, marks in (
            ("groundwater", ("地下水",)), ("consent", ("不同意",)), ("capacity", ("余量",)),
            ("land", ("建站", "用地", "保护")), ("rule", ("",)),
        ):  # fmt: skip
            if words.strip() and any(mark in words for mark in marks):
                return key
        return ""
