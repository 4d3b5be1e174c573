"""Rule ``existing``: one decision for every existing plant; what stays is large enough and costs what the table says."""

import numpy as np

from qingxi.check.plan_read import PlanRead
from qingxi.check.series import Books
from qingxi.check.tolerance import differs
from qingxi.check.violation import Findings

REBUILT = ("换小设备", "原址扩建")
STAYS = ("保留", "修复")
DECISIONS = (*REBUILT, *STAYS, "改接管网", "改资源化利用", "报废", "待核实")
_SHARE = {
    "": "good",
    "停运破损": "broken",
    "管网未配套": "sewers",
    "规模与需求不符": "scale",
    "出水不达标": "effluent",
}
FIRST_GRADE = ("一级", "一级A", "一级B", "特别排放限值")


def existing(plan: PlanRead, books: Books, found: Findings) -> None:
    """Decisions against the register where it can be reached; works and running of plants that stay (section 9a)."""
    stands = plan.text("plants", "existing")
    mine = np.array([bool(str(e)) for e in stands], dtype=np.bool_)
    decision, fault = plan.text("plants", "decision"), plan.text("plants", "fault_class")
    found.held("existing", int(mine.sum()))
    found.each(
        "existing", "plants", mine & ~np.isin(decision, DECISIONS), stands, decision, 0, "处置 {0} 不是约定的处置"
    )
    strange = mine & ~np.isin(fault, list(_SHARE))
    found.each("existing", "plants", strange, stands, fault, 0, "故障类别 {0} 不是四类之一")
    silent = mine & np.array([not str(r).strip() for r in plan.text("plants", "reason")], dtype=np.bool_)
    found.each("existing", "plants", silent, stands, decision, 0, "处置 {0} 没有写明理由")
    _register(plan, stands[mine], found)
    _staying(plan, books, mine & np.isin(decision, STAYS), found)
    _idle(plan, mine, found)


def _register(plan: PlanRead, stands: np.ndarray, found: Findings) -> None:
    """Each plant of the register once, and none besides."""
    if plan.around.stock is None:
        return
    ids, design, fault = plan.around.stock
    told, count = np.unique(stands.astype(str), return_counts=True)
    for name in told[count > 1]:
        found.add("existing", "plants", name, "同一设施有几个处置")
    for name in np.setdiff1d(ids.astype(str), told):
        found.add("existing", "plants", name, "存量设施没有处置决定")
    for name in np.setdiff1d(told, ids.astype(str)):
        found.add("existing", "plants", name, "台账里没有这座设施")
    size = dict(zip(ids.astype(str), design.tolist(), strict=True))
    word = dict(zip(ids.astype(str), fault.astype(str), strict=True))
    decision = plan.text("plants", "decision")
    shown, class_ = plan.numbers("plants", "design_m3_d"), plan.text("plants", "fault_class")
    for i, name in enumerate(plan.text("plants", "existing").astype(str)):
        if name not in size:
            continue
        if decision[i] not in REBUILT and np.isfinite(size[name]) and abs(shown[i] - size[name]) > 1e-6:
            found.add("existing", "plants", name, f"规模写 {shown[i]:g}，台账 {size[name]:g} m³/d")
        if word[name] in _SHARE and word[name] and class_[i] != word[name]:
            found.add("existing", "plants", name, f"故障类别写 {class_[i]}，台账 {word[name]}")


def _staying(plan: PlanRead, books: Books, stays: np.ndarray, found: Findings) -> None:
    """Plants that a shared system ends in and that are not built anew."""
    systems, stands = plan.whole("systems", "system_id"), plan.text("plants", "existing")
    system = plan.whole("plants", "system_id")
    shared = systems[plan.text("systems", "mode") == "shared_plant"]
    stays = stays & np.isin(system, shared)
    if not stays.any():
        return
    prices = books.prices
    flow_of = dict(zip(systems.tolist(), plan.numbers("systems", "flow_m3_d").tolist(), strict=True))
    flow = np.array([flow_of.get(int(s), np.nan) for s in system])
    design = plan.numbers("plants", "design_m3_d")
    small = stays & (flow > design * (1 + 1e-9))
    found.each("existing", "plants", small, stands, flow, design, "接纳 {0} m³/d，规模只有 {1} m³/d")
    share = np.array(
        [prices[f"existing.share.{_SHARE.get(str(f), 'good')}"] for f in plan.text("plants", "fault_class")]
    )
    share = share + prices["existing.share.water"] * np.isin(plan.text("plants", "discharge_class"), FIRST_GRADE)
    worth = (
        prices["existing.works_fixed"] + prices["existing.works_unit"] * design ** prices["existing.works_power"]
    )
    works = share * worth
    told = plan.numbers("plants", "works_yuan")
    found.each("money", "plants", stays & differs(told, works), stands, told, works, "修复费 {0} 元，复算 {1} 元")
    running = (
        prices["existing.running_fixed"]
        + 365 * prices["existing.running_m3"] * flow
        + prices["existing.renewal"] * worth
    )
    told = plan.numbers("plants", "running_yuan_y")
    found.each(
        "money", "plants", stays & differs(told, running), stands, told, running, "年运行费 {0} 元，复算 {1} 元"
    )


def _idle(plan: PlanRead, mine: np.ndarray, found: Findings) -> None:
    """A plant that no shared system ends in adds nothing to the plan's cost."""
    systems = plan.whole("systems", "system_id")
    shared = systems[plan.text("systems", "mode") == "shared_plant"]
    outside = mine & ~np.isin(plan.whole("plants", "system_id"), shared)
    told = plan.numbers("plants", "works_yuan")
    found.each(
        "money", "plants", outside & differs(told, np.zeros(told.shape)), plan.text("plants", "existing"), told, 0,
        "工程费用 {0} 元，不属聚集中系统的应为 {1}",
    )  # fmt: skip
