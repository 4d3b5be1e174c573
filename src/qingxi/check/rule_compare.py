"""Rule ``comparison``: what each hamlet pays, and what the other modes would cost it, as far as the layers tell.

The share of a sewered household follows from the exported pipes; household modes follow from people and flow. What a
sewered mode would cost a hamlet that does not go that way rests on another plan, which is not exported.
"""

import numpy as np

from qingxi.check.net import Net
from qingxi.check.plan_read import Floats, PlanRead
from qingxi.check.rule_money import storage_yuan_person
from qingxi.check.series import Books
from qingxi.check.shares import hidden_manholes_yuan, paid_by_household
from qingxi.check.tolerance import differs
from qingxi.check.violation import Findings

MODES = ("town_connection", "shared_plant", "onsite", "reuse", "controlled")
_WAYS = {"onsite": ("unit", "separation"), "reuse": ("reuse",), "controlled": ("controlled",)}


def comparison(plan: PlanRead, net: Net, books: Books, found: Findings) -> None:
    """Shares, household modes, the chosen mode's own figure, reasons and the runner-up."""
    ids = plan.text("hamlets", "hamlet_id").astype(str)
    if not plan.rows("households") or not ids.size:
        return
    mine = position_of(ids, plan.text("households", "hamlet_id").astype(str))
    told = plan.numbers("hamlets", "present_value_yuan")
    paid = paid_by_household(plan, net, books)
    known = mine >= 0
    total = np.bincount(mine[known], weights=paid[known], minlength=ids.size)
    # Manholes whose depth is withheld stand at the mean of their system: it is shared in other parts than they are.
    less, more = hidden_manholes_yuan(plan, net, books, mine, ids.size)
    near = 1.0 + 1e-6 * np.abs(total)
    wrong = np.isfinite(total) & ~((told >= total - less - near) & (told <= total + more + near))
    found.each("comparison", "hamlets", wrong, ids, told, total, "现值 {0} 元，由各户分摊复算 {1} 元")
    if not np.isfinite(total).all():
        found.withhold("有的系统提升位置不予给出，未复核所涉自然村现值的分摊")
    found.held("comparison", 1)
    whole, systems = float(np.nansum(told)), float(np.nansum(plan.numbers("systems", "present_value_yuan")))
    if known.all() and not abs(whole - systems) <= 1.0 + 1e-6 * abs(systems):
        found.add(
            "comparison", "plan", "hamlets", f"各自然村现值合计 {whole:,.2f} 元，各系统合计 {systems:,.2f} 元"
        )
    _household_modes(plan, books, ids, mine, found)
    _own_figure(plan, ids, mine, told, found)
    _reasons(plan, ids, found)
    _runner_up(plan, ids, told, found)


def position_of(keys: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Row of each wanted text among unique keys; −1 where it is not."""
    order = np.argsort(keys, kind="stable")
    at = order[np.clip(np.searchsorted(keys, wanted, sorter=order), 0, keys.size - 1)]
    return np.where(keys[at] == wanted, at, -1)


def _household_modes(plan: PlanRead, books: Books, ids: np.ndarray, mine: np.ndarray, found: Findings) -> None:
    """Every house with a unit of its own, in reuse, or controlled: exact, or between the cheapest and the dearest way."""
    people, flow = plan.numbers("households", "people_resident"), plan.numbers("households", "flow_m3_d")
    storage, table = storage_yuan_person(plan, books), books.processes
    known = mine >= 0
    for mode, units in _WAYS.items():
        told = plan.numbers("hamlets", f"pv_{mode}_yuan")
        if told.size != ids.size:
            continue
        each = []
        for unit in units:
            works = table[f"{unit}.works_fixed"] + table[f"{unit}.works_person"] * people
            works = works + (storage * people if unit == "reuse" else 0.0)
            running = table[f"{unit}.running_fixed"] + 365 * table[f"{unit}.running_m3"] * flow
            each.append(works * books.investment + books.annuity * (running + table[f"{unit}.renewal"] * works))
        least, most = (
            np.bincount(mine[known], weights=pick[known], minlength=ids.size)
            for pick in (np.min(each, axis=0), np.max(each, axis=0))
        )
        near = 1.0 + 1e-6 * most
        out = np.isfinite(told) & ~((told >= least - near) & (told <= most + near))
        words = "全村{mode}写 {{0}} 元，复算 {{1}} 元".format(mode={"onsite": "散分户", "reuse": "资源利用", "controlled": "管控"}[mode])  # fmt: skip
        found.each("comparison", "hamlets", out, ids, told, np.where(told < least, least, most), words)


def _own_figure(plan: PlanRead, ids: np.ndarray, mine: np.ndarray, told: Floats, found: Findings) -> None:
    """Where a whole hamlet goes one way, the comparison's figure for that way is the hamlet's present value."""
    of, known = plan.text("households", "mode").astype(str), mine >= 0
    count = np.bincount(mine[known], minlength=ids.size)
    for mode in MODES:
        here = np.bincount(mine[known & (of == mode)], minlength=ids.size)
        figure = plan.numbers("hamlets", f"pv_{mode}_yuan")
        if figure.size != ids.size:
            continue
        wrong = (here == count) & (count > 0) & differs(figure, told, 1.0)
        found.each("comparison", "hamlets", wrong, ids, figure, told, "所选模式的比较值 {0} 元不是本村现值 {1} 元")


def _reasons(plan: PlanRead, ids: np.ndarray, found: Findings) -> None:
    """A mode without a figure says why not; one with a figure does not."""
    for mode in MODES:
        figure = plan.numbers("hamlets", f"pv_{mode}_yuan")
        why = plan.text("hamlets", f"why_not_{mode}").astype(str)
        if figure.size != ids.size or why.size != ids.size:
            continue
        lived = plan.whole("hamlets", "households") > 0
        silent = lived & ~np.isfinite(figure) & (np.char.str_len(why) == 0)
        found.each(
            "comparison", "hamlets", silent, ids, np.full(ids.size, mode), "", "没有 {0} 的比较值，也没有写原因"
        )
        both = np.isfinite(figure) & (np.char.str_len(why) > 0)
        found.each(
            "comparison", "hamlets", both, ids, np.full(ids.size, mode), "", "有 {0} 的比较值，又写了不能的原因"
        )


def _runner_up(plan: PlanRead, ids: np.ndarray, told: Floats, found: Findings) -> None:
    """The runner-up is the cheapest other mode of the table, where that is dearer than the plan."""
    said = plan.text("hamlets", "runner_up").astype(str)
    if said.size != ids.size:
        return
    mode = plan.text("hamlets", "mode").astype(str)
    others = [m for m in MODES if m != "controlled"]
    # What the county would pay more; a table of villages has present values only.
    more = [plan.numbers("hamlets", f"more_{m}_yuan") for m in others]
    if any(column.size == ids.size and np.isfinite(column).any() for column in more):
        told = np.zeros(ids.size)
    else:
        more = [plan.numbers("hamlets", f"pv_{m}_yuan") for m in others]
    table = np.vstack([np.where(mode == m, np.nan, column) for m, column in zip(others, more, strict=True)])
    costs = np.where(np.isfinite(table), table, np.inf)
    least = costs.min(axis=0)
    compared = np.isin(mode, others) & np.isfinite(least)
    dearer = compared & (least >= told - 1e-6 * (1 + np.abs(told)))
    at = np.array([others.index(s) if s in others else -1 for s in said])
    named = np.where(at >= 0, costs[np.maximum(at, 0), np.arange(ids.size)], np.nan)
    wrong = (at >= 0) & ~(named <= least + 1.0)
    found.each("comparison", "hamlets", wrong, ids, said, "", "次优写 {0}，不是比较表里最省的其他模式")
    missing = dearer & (at < 0) & (least > told + 1.0)
    found.each("comparison", "hamlets", missing, ids, said, "", "比较表里有别的模式，没有写次优")
