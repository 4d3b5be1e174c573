"""Rule ``figures``: what ``plan.json`` says is what the layers add up to."""

from typing import Any

import numpy as np

from qingxi.check.net import Net
from qingxi.check.plan_read import PlanRead
from qingxi.check.violation import Findings

_COUNTS = {"connected": "town_connection", "clustered": "shared_plant", "onsite": "onsite", "unserved": "unserved", "reuse": "reuse", "controlled": "controlled"}  # fmt: skip


def figures(plan: PlanRead, net: Net, found: Findings) -> None:
    """Costs, counts, lengths and the bound."""
    told = plan.figures

    def same(name: str, said: Any, real: float, near: float) -> None:
        found.held("figures", 1)
        if said is None or not abs(float(said) - real) <= near + 1e-6 * abs(real):
            written = "没有写" if said is None else f"写 {said:,.2f}"
            found.add("figures", "plan", name, f"{written}，图层合计 {real:,.2f}")

    cost = told.get("cost", {})
    parts = (
        ("works", "works_yuan"),
        ("capex", "capex_yuan"),
        ("running_per_year", "running_yuan_y"),
        ("present_value", "present_value_yuan"),
    )
    for name, column in parts:
        same(f"cost.{name}", cost.get(name), float(np.nansum(plan.numbers("systems", column))), 0.5)
    if plan.rows("affordability"):
        for name, column in (("cost.capex", "capex_yuan"), ("cost.running_per_year", "running_yuan_y")):
            said = cost.get(name.split(".")[1])
            same(f"{name}（可承受性各村合计）", said, float(plan.numbers("affordability", column).sum()), 0.5)
        _capital(plan, found)
    _bound(told, found)
    if not plan.rows("households"):
        if told.get("level") != "L0" and not told.get("public"):
            found.add("every-house", "plan", "", "没有户图层")
        else:
            found.withhold("没有户图层（L0 或公开版），未复核逐户的规则")
        return
    mode = plan.text("households", "mode")
    counts = told.get("households", {})
    same("households.all", counts.get("all"), mode.size, 0)
    for name, word in _COUNTS.items():
        same(f"households.{name}", counts.get(name), int((mode == word).sum()), 0)
    if told.get("mode") == "sewer" and (mode == "onsite").any():
        found.add("every-house", "plan", "mode", f"要求全部接管，却有 {int((mode == 'onsite').sum())} 户散分户")
    length = plan.numbers("pipes", "length_m")
    for name, mask in (("gravity", net.gravity), ("pressure", net.pressure), ("lateral", net.lateral)):
        same(f"pipe_m.{name}", told.get("pipe_m", {}).get(name), float(length[mask].sum()), 0.1)
    # Over somebody's land rather than along a street: those surfaces pay compensation.
    off = ~net.lateral & np.isin(plan.text("pipes", "surface"), ["offstreet", "farmland"])
    same("pipe_m.off_street", told.get("pipe_m", {}).get("off_street"), float(length[off].sum()), 0.1)
    along = float(length[~off & ~net.lateral].sum())
    same("pipe_m.street", told.get("pipe_m", {}).get("street"), along, 0.1)
    same("excavation_m3", told.get("excavation_m3"), float(np.nansum(plan.numbers("pipes", "excavation_m3"))), 0.1)
    stations = int((plan.text("nodes", "kind") == "lift").sum())
    if told.get("pumps") not in (stations, plan.rows("lifts")):
        found.add(
            "figures",
            "plan",
            "pumps",
            f"写 {told.get('pumps')}，提升节点 {stations} 个，连户用共 {plan.rows('lifts')} 个",
        )
    new = sum(not str(e) for e in plan.text("plants", "existing"))
    if told.get("plants") not in (new, plan.rows("plants")):
        found.add(
            "figures", "plan", "plants", f"写 {told.get('plants')}，新建 {new} 座，共 {plan.rows('plants')} 座"
        )


def _capital(plan: PlanRead, found: Findings) -> None:
    """The county's part of the capital is each system's by the share the plan names for its mode."""
    told = plan.figures.get("affordability") or {}
    if "capex_by_county" not in told or not plan.rows("systems"):
        return
    mode, capex = plan.text("systems", "mode").astype(str), plan.numbers("systems", "capex_yuan")
    share = np.array([float(told.get(f"capital_share_{m}", 0.0)) for m in mode])
    due = float((share * capex).sum())
    column = float(plan.numbers("affordability", "capex_county_yuan").sum())
    for words, said in (("可承受性各村合计", column), ("plan.json", float(told["capex_by_county"]))):
        if not abs(said - due) <= 1.0 + 1e-6 * due:
            found.add(
                "figures", "plan", "", f"财政承担的投资（{words}）写 {said:,.0f} 元，按各模式比例复算 {due:,.0f} 元"
            )


def _bound(told: Any, found: Findings) -> None:
    """The lower bound does not exceed the cost, and the gap is what lies between."""
    bound, worth, gap = told.get("bound"), told.get("cost", {}).get("present_value"), told.get("gap")
    if bound is None or worth is None:
        return
    found.held("figures", 2)
    if bound > worth * (1 + 1e-9) + 0.5:
        found.add("figures", "plan", "bound", f"下界 {bound:,.2f} 高于现值 {worth:,.2f}")
    if gap is not None and worth > 0 and abs(gap - (worth - bound) / worth) > 1e-4:
        found.add("figures", "plan", "gap", f"写 {gap:.6f}，复算 {(worth - bound) / worth:.6f}")
    causes = told.get("gap_causes")
    if causes and abs(sum(causes.values()) - (worth - bound)) > 1.0 + 1e-6 * worth:
        found.add(
            "figures", "plan", "gap_causes", f"各原因合计 {sum(causes.values()):,.2f}，应为 {worth - bound:,.2f}"
        )
