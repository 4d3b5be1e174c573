"""Existing village plants as places where a sewer may end: what it takes to go on with each of them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.plan.input import PlanInput
from qingxi.standard import Table
from qingxi.terrain import Consent, ExistingPlants
from qingxi.treatment import GradeSteps, class_at

Floats = npt.NDArray[np.float64]

NEW, KEEP, REPAIR, SMALLER, LARGER, JOIN_MAIN, TO_REUSE, SCRAP, LOOK_INTO = (
    "新建", "保留", "修复", "换小设备", "原址扩建", "改接管网", "改资源化利用", "报废", "待核实",
)  # fmt: skip
"""What a plan decides of a plant; a new one, the six official answers, and two more: larger on the same place, not known."""

BROKEN, NO_SEWERS, WRONG_SIZE, BAD_EFFLUENT = "停运破损", "管网未配套", "规模与需求不符", "出水不达标"
SHARE_OF_FAULT = {
    "": "existing.share.good",
    BROKEN: "existing.share.broken",
    NO_SEWERS: "existing.share.sewers",
    WRONG_SIZE: "existing.share.scale",
    BAD_EFFLUENT: "existing.share.effluent",
}
"""The four official fault classes, and the row of the price table that says what mending one takes."""


def fault_of(status: str, fault_class: str) -> str:
    """The official fault class; a stopped plant whose class nobody wrote counts as broken, an unknown word as none."""
    if fault_class in SHARE_OF_FAULT and fault_class:
        return fault_class
    return BROKEN if "停" in status else ""


def replacement_yuan(design_m3_d: float, prices: Table) -> float:
    """What a plant of this size would cost today, yuan of works without land (``docs/costs.md`` section 9a)."""
    power = design_m3_d ** prices["existing.works_power"]
    return float(prices["existing.works_fixed"] + prices["existing.works_unit"] * power)


def repair_yuan(design_m3_d: float, fault: str, first_grade: bool, prices: Table) -> float:
    """Works to put a plant in order: a share of its replacement by fault class, and more where the first grade is asked."""
    share = prices[SHARE_OF_FAULT[fault]] + (prices["existing.share.water"] if first_grade else 0.0)
    return share * replacement_yuan(design_m3_d, prices)


def running_yuan_y(design_m3_d: float, flow_m3_d: float, prices: Table) -> float:
    """Yearly running cost of a plant that stays."""
    return (
        prices["existing.running_fixed"]
        + 365 * prices["existing.running_m3"] * flow_m3_d
        + prices["existing.renewal"] * replacement_yuan(design_m3_d, prices)
    )


def stay_fixed(
    plants: ExistingPlants, i: int, beside_water: bool, prices: Table, works_pv: float, annuity: float,
    steps: GradeSteps,
) -> float:  # fmt: skip
    """Present value of going on with plant i, apart from what its flow takes."""
    design = float(plants.design_m3_d[i])
    fault = fault_of(str(plants.status[i]), str(plants.fault_class[i]))
    works = repair_yuan(design, fault, first_grade(steps, design, beside_water), prices)
    return works * works_pv + annuity * running_yuan_y(design, 0.0, prices)


class StayPoints(NamedTuple):
    """Village plants that may stay, one entry each; ``row`` is that of the existing plants."""

    row: npt.NDArray[np.int64]
    x_m: Floats
    y_m: Floats


def why_not_stay(given: PlanInput) -> list[str]:
    """For every existing plant: why the plan may not end a sewer in it as a plant of its own; empty where it may."""
    p = given.plants
    if p is None:
        return []
    inside = np.zeros(len(p), dtype=bool)
    if given.protected is not None and len(given.protected):
        here = shapely.STRtree(shapely.points(p.x_m, p.y_m))
        _, hit = here.query(given.protected.geometry, predicate="intersects")
        inside[hit] = True
    return [_why(p, i, bool(inside[i])) for i in range(len(p))]


def _why(p: ExistingPlants, i: int, inside: bool) -> str:
    if str(p.kind[i]) != "village":
        return "城镇设施，按接入比选"
    if not p.design_m3_d[i] > 0:
        return "规模不明"
    if str(p.consent[i]) == Consent.REFUSED:
        return "产权单位不同意"
    return "位于保护区内" if inside else ""


def stay_points(given: PlanInput) -> StayPoints:
    """Where village plants that may stay stand; none in mode ``sewer`` with ends of its own (see :class:`PlanInput`)."""
    p = given.plants
    row = np.array([i for i, why in enumerate(why_not_stay(given)) if not why], dtype=np.int64)
    if p is None:
        return StayPoints(row, np.zeros(0), np.zeros(0))
    return StayPoints(row, p.x_m[row], p.y_m[row])


@dataclass(frozen=True, slots=True)
class NodeStays:
    """For every node: the existing plant that may stay there (−1 none), its fixed present value and its capacity."""

    plant: npt.NDArray[np.int64]
    fixed: Floats
    capacity_m3_d: Floats


def node_stays(
    given: PlanInput, points: StayPoints, x_m: Floats, y_m: Floats, site: npt.NDArray[np.int64], prices: Table,
    works_pv: float, annuity: float, within_m: float, steps: GradeSteps,
) -> tuple[NodeStays, npt.NDArray[np.int64]]:  # fmt: skip
    """Put every plant on its nearest node, and mark the node's site as 3, or 4 beside a water with function.

    A node takes one plant: the larger.
    """
    from scipy.spatial import cKDTree

    n = x_m.size
    found = NodeStays(np.full(n, -1, dtype=np.int64), np.full(n, np.inf), np.zeros(n))
    site = site.copy()
    p = given.plants
    if p is None or n == 0 or points.row.size == 0:
        return found, site
    distance, node = cKDTree(np.column_stack([x_m, y_m])).query(np.column_stack([points.x_m, points.y_m]))
    wet = beside_water(given, points.x_m, points.y_m)
    order = np.argsort(p.design_m3_d[points.row], kind="stable")
    for k in order:
        if distance[k] > within_m:
            continue
        v, i = int(node[k]), int(points.row[k])
        found.plant[v] = i
        found.fixed[v] = stay_fixed(p, i, bool(wet[k]), prices, works_pv, annuity, steps)
        found.capacity_m3_d[v] = float(p.design_m3_d[i])
        site[v] = 4 if wet[k] else 3
    return found, site


def first_grade(steps: GradeSteps, design_m3_d: float, wet: bool) -> bool:
    """Whether the first grade or better is asked of a plant of this size."""
    return class_at(steps, design_m3_d, wet).grade <= 1


def beside_water(given: PlanInput, x_m: Floats, y_m: Floats) -> npt.NDArray[np.bool_]:
    """Whether points lie within 200 m of a water whose function class is given."""
    near = np.zeros(x_m.size, dtype=bool)
    if given.waters is None or len(given.waters) == 0 or x_m.size == 0:
        return near
    named = np.array([bool(str(f).strip()) for f in given.waters.function_class])
    if named.any():
        tree = shapely.STRtree(shapely.points(x_m, y_m))
        _, hit = tree.query(given.waters.geometry[named], predicate="dwithin", distance=200.0)
        near[hit] = True
    return near
