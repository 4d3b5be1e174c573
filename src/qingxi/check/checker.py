"""The independent checker (独立复核): every constraint and every cost of an exported plan, computed anew."""

from collections.abc import Callable

from qingxi.check import (
    rule_around,
    rule_capacity,
    rule_compare,
    rule_discharge,
    rule_existing,
    rule_figures,
    rule_flow,
    rule_hamlets,
    rule_land,
    rule_levels,
    rule_lift,
    rule_money,
    rule_overrides,
    rule_tree,
)
from qingxi.check.net import net_of
from qingxi.check.plan_read import PlanRead
from qingxi.check.series import as_told, books_of
from qingxi.check.violation import CheckReport, Findings

RULES: dict[str, str] = {
    "unique": "编号不重复",
    "tree": "每户一条接户管，每个节点一条流出管，无环，末端是站或接入口",
    "every-house": "每户恰有一种模式，未落实的写明理由",
    "overrides": "人工调整说满足的，成果里确实满足",
    "hamlets": "自然村表为各户之和，系统所列自然村与各户一致",
    "geometry": "管线两端在节点上，图上长度与写明的一致",
    "flow": "流量逐段为上游之和，高峰流量按标准",
    "spacing": "检查井间距",
    "slope": "坡度不小于最小坡度，与标高一致",
    "cover": "覆土不小于最小覆土",
    "depth": "埋深不大于最大埋深",
    "join-up": "流出管不高于流入管，提升处除外",
    "lift": "提升节点与提升层一致，扬程可复算",
    "capacity": "充满度、管径系列、管径不变小、站的规模",
    "velocity": "流速不超过最大流速",
    "spare": "接入水量在余量之内，不违产权单位意见",
    "protected": "站和管按用地规则：不许的不建，要办的手续、加价、穿越写明",
    "distance": "站离房屋的距离，按规模",
    "discharge": "站的排放等级不低于标准按水体和规模的要求，工艺达得到",
    "existing": "每座存量设施都有一个处置决定，留用的规模够用，与台账一致",
    "money": "造价、运行费、现值逐项可复算",
    "comparison": "自然村的现值由各户分摊得来，各模式的比较可复算",
    "tables": "成果所用的单价、标准即现行的表",
    "figures": "摘要与图层合计一致",
}
"""Rule and what it demands; codes as in section 11 of ``docs/costs.md``, and four on the files themselves."""


def check_plan(plan: PlanRead, *, progress: Callable[[str], None] | None = None) -> CheckReport:
    """Hold an exported plan against every rule.

    Parameters
    ----------
    plan : PlanRead
        As :func:`qingxi.files.read_plan` reads it.
    progress : callable, optional
        Called with the code of each group of rules before it runs.

    Returns
    -------
    CheckReport
        Cost is linear in pipes and households: about 4 s for 100,000 households.

    Raises
    ------
    FileNotFoundError
        When the plan names a price or norm table that does not exist.
    """
    tell = progress or (lambda rule: None)
    told = plan.figures
    books = books_of(
        str(told.get("prices", "prices")),
        str(told.get("norms", "rural_sewer")),
        str(told.get("parameters", {}).get("processes", "processes")),
    )
    found = Findings()
    asked = told.get("what_if") or {}
    declared = frozenset(str(one["key"]) for one in asked.get("changes", []))
    books, changed = as_told(books, told.get("parameters", {}).get("tables", {}), declared)
    found.held("tables", sum(len(table) for table in told.get("parameters", {}).get("tables", {}).values()))
    for words in changed:
        found.add("tables", "plan", "parameters", words)
    tell("tree")
    net = net_of(plan)
    rule_tree.unique(plan, found)
    rule_tree.tree(plan, net, found)
    rule_tree.every_house(plan, net, found)
    rule_tree.geometry(plan, net, found)
    rule_hamlets.hamlets(plan, found)
    tell("flow")
    if plan.rows("households"):
        rule_flow.flow(plan, net, books, found)
    tell("levels")
    rule_levels.spacing(plan, net, books, found)
    rule_lift.stations(plan, net, found)
    rule_levels.levels(plan, net, books, found)
    rule_capacity.capacity(plan, net, books, found)
    tell("around")
    rule_land.land(plan, found)
    rule_land.distance(plan, books, found)
    rule_around.spare(plan, found)
    rule_existing.existing(plan, books, found)
    rule_discharge.discharge(plan, books, found)
    tell("money")
    rule_money.money(plan, net, books, found)
    rule_compare.comparison(plan, net, books, found)
    rule_overrides.overrides(plan, found)
    rule_figures.figures(plan, net, found)
    return found.report()
