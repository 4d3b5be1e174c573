"""Rule ``discharge``: the class asked of every plant by standard, receiving water and scale; its process reaches it."""

import numpy as np
import shapely

from qingxi.check.plan_read import PlanRead
from qingxi.check.rule_existing import REBUILT
from qingxi.check.series import Books
from qingxi.check.violation import Findings
from qingxi.standard import load_table

NEAR_M = 200.0
NEARLY_M = 5.0  # the plan measures from a node, the file rounds: no verdict this near the edge
_NAMES = {"特别排放限值": "special", "一级": "1", "一级A": "1a", "一级B": "1b", "二级": "2", "三级": "3"}


def discharge(plan: PlanRead, books: Books, found: Findings) -> None:
    """New plants and plants that stay: the class told is at least the class asked, and the process reaches its limits."""
    standard = str(plan.figures.get("discharge", {}).get("standard", ""))
    if not plan.rows("plants") or not standard:
        return
    ids, named = plan.whole("plants", "node_id"), plan.text("plants", "discharge_class").astype(str)
    told = named != ""
    strange = told & ~np.isin(named, list(_NAMES))
    found.each("discharge", "plants", strange, ids, named, 0, "排放等级 {0} 不是约定的等级")
    told &= ~strange
    found.held("discharge", int(told.sum()))
    cod = np.array([_limit(standard, _NAMES.get(n, ""), "cod") for n in named])
    design = plan.numbers("plants", "design_m3_d")
    for i in np.flatnonzero(told):
        if not np.isfinite(cod[i]):
            found.add("discharge", "plants", ids[i], f"{standard} 没有{named[i]}")
            continue
        for kind in _asked(plan, standard, int(i), float(design[i])):
            if _limit(standard, kind, "cod") < cod[i] - 1e-9:
                found.add("discharge", "plants", ids[i], f"等级写{named[i]}，按水体和规模应严于它（{kind}）")
                break
    refused = plan.figures.get("refused_processes", {})
    for at, process in enumerate(plan.text("plants", "process").astype(str)):
        if process in refused:
            found.add("discharge", "plants", ids[at], f"用了不适用的工艺 {process}：{refused[process]}")
    existing = plan.text("plants", "existing") != ""
    new = told & (~existing | np.isin(plan.text("plants", "decision"), REBUILT))
    for i in np.flatnonzero(new):
        row = books.processes.rows.get(f"{plan.text('plants', 'process')[i]}.grade")
        if row is None:
            continue  # rule ``money`` names an unknown process
        reached = ("special", "1", "2", "3")[int(row.value)]
        for what in ("cod", "nh3n"):
            most, has = _limit(standard, _NAMES[named[i]], what), _limit("db44_2208", reached, what)
            if has > most + 1e-9:
                found.add("discharge", "plants", ids[i], f"工艺出水 {what} {has:g}，{named[i]}要求 {most:g} mg/L")


def _limit(standard: str, kind: str, what: str) -> float:
    """A limit in mg/L; inf where the class has none, NaN for an unknown class."""
    table = load_table("discharge")
    if not table.under(f"{standard}.{kind}"):
        return float("nan")
    row = table.rows.get(f"{standard}.{kind}.{what}")
    return float("inf") if row is None else row.value


def _asked(plan: PlanRead, standard: str, i: int, design_m3_d: float) -> list[str]:
    """Classes that the rules ask of plant i: one a receiving water; none where the water cannot be told."""
    x, y = plan.numbers("plants", "x_m")[i], plan.numbers("plants", "y_m")[i]
    waters = {"other"}
    if plan.around.waters is None:
        if any(one.get("layer") == "waters" for one in plan.figures.get("inputs", [])):
            return []
    else:
        shapes, functions = plan.around.waters
        named = np.array([bool(str(f).strip()) for f in functions])
        away = shapely.distance(shapes[named], shapely.Point(x, y)) if named.any() else np.zeros(0)
        if away.size and (np.abs(away - NEAR_M) < NEARLY_M).any():
            return []
        if (away <= NEAR_M).any():
            # Beside a water the strictest function of the county's waters is asked (``docs/costs.md`` section 9).
            waters = {
                "function_low" if str(f).strip() in ("IV", "V") else "function_high" for f in functions[named]
            }
    table, asked = load_table("discharge_class"), []
    for water in sorted(waters):
        rules = sorted((row.value, kind) for kind, row in table.under(f"{standard}.{water}").items())
        kinds = [kind for low, kind in rules if design_m3_d >= low]
        if kinds:
            asked.append(kinds[-1])
    return asked
