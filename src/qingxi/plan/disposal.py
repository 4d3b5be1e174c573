"""Existing plants, one decision each (存量设施处置): what becomes of it, what that costs, and why."""

from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.plan.problem import Problem
from qingxi.plan.reasons import MODE_ZH
from qingxi.plan.services import Services
from qingxi.plan.stay import (
    JOIN_MAIN,
    KEEP,
    LOOK_INTO,
    NEW,
    REPAIR,
    SCRAP,
    TO_REUSE,
    beside_water,
    fault_of,
    first_grade,
    repair_yuan,
    replacement_yuan,
    running_yuan_y,
    why_not_stay,
)
from qingxi.treatment import plant_pv

Columns = dict[str, npt.NDArray[Any]]
OWN_REACH_M = 500.0  # a village plant farther from every house serves nobody that the plan knows of
_TEXT = (
    "process",
    "discharge_class",
    "existing",
    "decision",
    "needs",
    "name",
    "kind",
    "fault_class",
    "hamlet_id",
    "reason",
)
_MORE: dict[str, Any] = {
    "name": "", "kind": "", "fault_class": "", "built": np.nan, "years_served": np.nan, "book_value_yuan": np.nan,
    "hamlet_id": "", "decision_works_yuan": np.nan, "decision_running_yuan_y": np.nan, "pv_stay_yuan": np.nan,
    "pv_new_yuan": np.nan, "reason": "",
}  # fmt: skip


def disposal_table(problem: Problem, services: Services, hamlets: Columns) -> Columns:
    """The ``plants`` layer: the plants of the plan's systems, then every other existing plant, each with its decision.

    ``decision_works_yuan`` of a plant that no system ends in (scrapped, turned to reuse, joined to a main, a town's own) is not
    part of the plan's cost. Years are counted to the year of the price table.
    """
    rows = [dict(_MORE, **dict(zip(services.plants, r, strict=True))) for r in _rows(services.plants)]
    stock = problem.given.plants
    if stock is not None and len(stock):
        found = _Stock(problem, services, hamlets)
        at = {str(one["existing"]): one for one in rows if one["existing"]}
        for i in range(len(stock)):
            one = at.get(str(stock.id[i]))
            if one is None:
                one = dict(_MORE, **found.outside(i))
                rows.append(one)
            one.update(found.about(i))
            found.explain(one, i)
    for one in rows:
        if one["decision"] == NEW:
            one["decision_works_yuan"], one["decision_running_yuan_y"] = one["works_yuan"], one["running_yuan_y"]
    names = [*services.plants, *_MORE]
    whole = ("node_id", "system_id")
    return {
        k: np.array(
            [one[k] for one in rows], dtype=object if k in _TEXT else np.int64 if k in whole else np.float64
        )
        for k in names
    }


def _rows(columns: Columns) -> list[tuple[Any, ...]]:
    return list(zip(*columns.values(), strict=True)) if columns else []


def _wan(yuan: float) -> str:
    return f"{yuan / 1e4:.2f} 万元"


class _Stock:
    """What is asked of every existing plant, looked up once."""

    def __init__(self, problem: Problem, services: Services, hamlets: Columns) -> None:
        from scipy.spatial import cKDTree

        p, stock = problem, problem.given.plants
        assert stock is not None
        self.problem, self.services, self.hamlets, self.stock = problem, services, hamlets, stock
        self.why = why_not_stay(problem.given)
        self.wet = beside_water(problem.given, stock.x_m, stock.y_m)
        self.year = max(row.dated for row in p.prices).year
        n = len(stock)
        self.hamlet, self.away = np.full(n, -1, dtype=np.int64), np.full(n, np.inf)
        if len(p.houses):
            tree = cKDTree(np.column_stack([p.houses.x_m, p.houses.y_m]))
            self.away, near = tree.query(np.column_stack([stock.x_m, stock.y_m]))
            self.hamlet = p.own.hamlet[near]
        self.fault = [fault_of(str(stock.status[i]), str(stock.fault_class[i])) for i in range(n)]
        self.largest_system = self._largest_system()

    def _largest_system(self) -> dict[int, int]:
        """Of each hamlet: the row of the system that serves most of its households."""
        system, hamlet = self.services.households["system_id"], self.problem.own.hamlet
        row = {int(s): k for k, s in enumerate(self.services.systems["system_id"])}
        pairs, count = np.unique(np.column_stack([hamlet, system]), axis=0, return_counts=True)
        best: dict[int, tuple[int, int]] = {}
        for (h, s), k in zip(pairs.tolist(), count.tolist(), strict=True):
            if s in row and k > best.get(h, (0, 0))[0]:
                best[h] = (k, row[s])
        return {h: r for h, (_, r) in best.items()}

    def _first(self, i: int, design_m3_d: float) -> bool:
        return first_grade(self.problem.steps, design_m3_d, bool(self.wet[i]))

    def about(self, i: int) -> dict[str, Any]:
        """Facts from the register, and what staying and building anew would cost for the hamlet's flow."""
        p, stock = self.problem, self.stock
        built, design = float(stock.built[i]), float(stock.design_m3_d[i])
        mine = self.hamlet[i] >= 0 and self.away[i] <= OWN_REACH_M and str(stock.kind[i]) == "village"
        stay = anew = np.nan
        if mine:
            flow = float(self.hamlets["flow_m3_d"][self.hamlet[i]])
            anew = float(plant_pv(flow, bool(self.wet[i]), p.plants))
            if design > 0:
                works = repair_yuan(design, self.fault[i], self._first(i, design), p.prices)
                stay = works * p.kit.works_pv + p.kit.annuity * running_yuan_y(design, min(flow, design), p.prices)
        return {
            "name": str(stock.name[i]), "kind": str(stock.kind[i]), "fault_class": self.fault[i], "built": built,
            "years_served": float(np.maximum(0.0, self.year - built)), "book_value_yuan": float(stock.book_value_yuan[i]),
            "hamlet_id": str(self.hamlets["hamlet_id"][self.hamlet[i]]) if mine else "", "pv_stay_yuan": stay,
            "pv_new_yuan": anew,
        }  # fmt: skip

    def outside(self, i: int) -> dict[str, Any]:
        """The row of a plant that no system of the plan ends in."""
        joined = self.services.joined.get(i, [])
        return {
            "node_id": -1, "system_id": joined[0] if len(joined) == 1 else -1, "process": "",
            "design_m3_d": float(self.stock.design_m3_d[i]), "discharge_class": "", "land_m2": np.nan,
            "works_yuan": 0.0, "running_yuan_y": 0.0, "existing": str(self.stock.id[i]), "decision": "", "needs": "",
            "x_m": float(self.stock.x_m[i]), "y_m": float(self.stock.y_m[i]),
        }  # fmt: skip

    def explain(self, one: dict[str, Any], i: int) -> None:
        """Decision, cost and sentence."""
        if one["decision"]:
            one["decision_works_yuan"], one["decision_running_yuan_y"] = one["works_yuan"], one["running_yuan_y"]
            done = self._in_use(one, i)
        elif one["kind"] != "village":
            done = self._of_a_town(one, i)
        else:
            done = self._left(one, i)
        one["reason"] = "；".join(words for words in (self._history(one, i), *done) if words) + "。"

    def _history(self, one: dict[str, Any], i: int) -> str:
        said = str(self.stock.fault_class[i])
        words = [one["fault_class"] or "运行正常"]
        if one["fault_class"] and not said:
            words[0] += "（台账已停运而未写类别）"
        if np.isfinite(one["built"]):
            words.append(f"{one['built']:.0f} 年建成，已用 {one['years_served']:.0f} 年")
        if np.isfinite(one["book_value_yuan"]):
            words.append(f"账面价值 {_wan(one['book_value_yuan'])}")
        return "，".join(words)

    def _system(self, one: dict[str, Any]) -> tuple[float, float]:
        k = int(np.flatnonzero(self.services.systems["system_id"] == one["system_id"])[0])
        return float(self.services.systems["households"][k]), float(self.services.systems["flow_m3_d"][k])

    def _in_use(self, one: dict[str, Any], i: int) -> list[str]:
        p = self.problem
        houses, flow = self._system(one)
        anew = float(plant_pv(flow, bool(self.wet[i]), p.plants))
        spent = one["works_yuan"] * p.kit.works_pv + p.kit.annuity * one["running_yuan_y"]
        serves = f"接纳 {houses:.0f} 户 {flow:.1f} m³/d（规模 {float(self.stock.design_m3_d[i]):.1f} m³/d）"
        if one["decision"] in (KEEP, REPAIR):
            one["pv_stay_yuan"], one["pv_new_yuan"] = spent, anew
            how = f"{one['decision']}留用，{serves}"
            mend = f"修复费 {_wan(one['works_yuan'])}" if one["works_yuan"] > 0 else "不需修复"
            return [how, f"{mend}，站的现值 {_wan(spent)}，比原址新建省 {_wan(anew - spent)}"]
        design = float(self.stock.design_m3_d[i])
        one["pv_new_yuan"] = spent
        why = f"现有规模 {design:.1f} m³/d 不够" if flow > design else "留用的运行费和修复费更高"
        return [f"{one['decision']}为 {one['design_m3_d']:.1f} m³/d，{serves}", why, f"现值 {_wan(spent)}"]

    def _of_a_town(self, one: dict[str, Any], i: int) -> list[str]:
        """A county's or township's plant belongs to others: its repair is stated and not part of the plan."""
        joined, design = self.services.joined.get(i, []), one["design_m3_d"]
        cost = 0.0
        if one["fault_class"] and design > 0:
            cost = repair_yuan(design, one["fault_class"], self._first(i, design), self.problem.prices)
        one["decision"] = REPAIR if cost > 0 else KEEP
        one["decision_works_yuan"], one["decision_running_yuan_y"] = cost, 0.0
        systems = self.services.systems
        flow = float(systems["flow_m3_d"][np.isin(systems["system_id"], joined)].sum())
        words = [f"城镇设施{one['decision']}"]
        words.append(f"接入 {len(joined)} 个系统 {flow:.1f} m³/d" if joined else "本方案没有水接入")
        if cost > 0:
            words.append(f"修复约 {_wan(cost)}，由产权单位负担，未计入本方案")
        return words

    def _left(self, one: dict[str, Any], i: int) -> list[str]:
        """A village plant that the plan does not use."""
        prices, why, design = self.problem.prices, self.why[i], one["design_m3_d"]
        one["decision_running_yuan_y"] = 0.0
        if why == "产权单位不同意":
            one["decision"], one["decision_works_yuan"] = KEEP, 0.0
            return ["产权单位不同意纳入，维持现状，本方案不计"]
        if not design > 0:
            one["decision"] = LOOK_INTO
            return ["规模不明，先核实再定"]
        clear = prices["existing.scrap_fixed"] + prices["existing.scrap_unit"] * design
        one["decision_works_yuan"] = clear
        write_off = "账面未提完的须报财政（国资）审批核销" if one["book_value_yuan"] > 0 else ""
        if not one["hamlet_id"]:
            one["decision"] = SCRAP
            return [f"{OWN_REACH_M:.0f} m 内没有住户，报废，拆除清理 {_wan(clear)}", write_off]
        h = int(self.hamlet[i])
        mode, name = str(self.hamlets["mode"][h]), str(self.hamlets["name"][h])
        compare = self._compare(h, mode)
        if mode == "reuse":
            one["decision"] = TO_REUSE
            cost = prices["existing.share.reuse"] * replacement_yuan(design, prices)
            one["decision_works_yuan"] = cost
            return [f"{name}改为资源化利用，池体改作贮存池 {_wan(cost)}", compare, why]
        if mode in ("town_connection", "shared_plant"):
            one["decision"] = JOIN_MAIN
            k = self.largest_system.get(h)
            to = str(self.services.systems["name"][k]) if k is not None else MODE_ZH[mode]
            return [f"{name}的水改由“{to}”收集处理，原站拆除清理 {_wan(clear)}", compare, why, write_off]
        one["decision"] = SCRAP
        return [f"{name}改为{MODE_ZH[mode]}，原站报废，拆除清理 {_wan(clear)}", compare, why, write_off]

    def _compare(self, h: int, mode: str) -> str:
        here, other = float(self.hamlets["present_value_yuan"][h]), float(self.hamlets["pv_shared_plant_yuan"][h])
        if mode == "shared_plant" or not np.isfinite(other):
            return ""
        return f"全村现值 {_wan(here)}，集中处理（连同村内管网）要 {_wan(other)}"
