"""The layers of a plan and their columns (规划成果图层), as ``docs/formats/plan-export.md`` lays them down."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.standard import load_table

MODES: dict[str, str] = {
    "town_connection": "近纳管",
    "shared_plant": "聚集中",
    "onsite": "散分户",
    "reuse": "资源利用",
    "controlled": "管控",
    "unserved": "未落实",
}
"""Mode and its Chinese name, in the order of legends and tables."""

POINT_LAYERS = ("hamlets", "households", "nodes", "lifts", "plants")

_PV = {f"pv_{mode}_yuan": "f" for mode in MODES if mode != "unserved"}
_MORE = {f"more_{mode}_yuan": "f" for mode in MODES if mode != "unserved"}
_WHY = {f"why_not_{mode}": "t" for mode in MODES if mode != "unserved"}
_FLIPS = {f"flip_{part}": "f" for part in ("pipe_factor", "unit_factor", "reuse_factor", "plant_factor", "town_factor", "distance_m")} | {f"flip_{part}_mode": "t" for part in ("pipe", "unit", "reuse", "plant", "town")}  # fmt: skip

COLUMNS: dict[str, dict[str, str]] = {
    "systems": {"system_id": "i", "mode": "t", "name": "t", "hamlets": "t", "households": "i", "people": "f", "flow_m3_d": "f", "node_id": "i", "works_yuan": "f", "capex_yuan": "f", "running_yuan_y": "f", "present_value_yuan": "f", "consent": "t", "reason": "t"},
    "hamlets": {"hamlet_id": "t", "name": "t", "village": "t", "class": "t", "households": "i", "people_resident": "f", "flow_m3_d": "f", "mode": "t", "present_value_yuan": "f", **_PV, **_MORE, **_WHY, "binds": "t", "runner_up": "t", **_FLIPS, "reason": "t", "reason_en": "t", "storage_months": "f", "accuracy": "f"},
    "households": {"household_id": "t", "hamlet_id": "t", "system_id": "i", "mode": "t", "people_resident": "f", "flow_m3_d": "f", "node_id": "i", "process": "t", "works_yuan": "f", "present_value_yuan": "f", "reason": "t"},
    "nodes": {"node_id": "i", "system_id": "i", "kind": "t", "ground_m": "f", "invert_m": "f", "depth_m": "f", "works_yuan": "f"},
    "pipes": {"pipe_id": "i", "system_id": "i", "from_node": "i", "to_node": "i", "kind": "t", "length_m": "f", "dn_mm": "i", "invert_up_m": "f", "invert_down_m": "f", "slope": "f", "households_up": "i", "mean_flow_m3_d": "f", "peak_flow_l_s": "f", "fill": "f", "velocity_m_s": "f", "surface": "t", "ground": "t", "land": "t", "approval": "t", "crossing": "t", "excavation_m3": "f", "works_yuan": "f"},
    "lifts": {"node_id": "i", "system_id": "i", "peak_flow_l_s": "f", "head_m": "f", "works_yuan": "f", "running_yuan_y": "f"},
    "plants": {"node_id": "i", "system_id": "i", "process": "t", "design_m3_d": "f", "discharge_class": "t", "land_m2": "f", "works_yuan": "f", "running_yuan_y": "f", "existing": "t", "decision": "t", "needs": "t", "name": "t", "kind": "t", "fault_class": "t", "built": "f", "years_served": "f", "book_value_yuan": "f", "hamlet_id": "t", "decision_works_yuan": "f", "decision_running_yuan_y": "f", "pv_stay_yuan": "f", "pv_new_yuan": "f", "reason": "t"},
    "affordability": {"village": "t", "name": "t", "mode": "t", "households": "i", "people_resident": "f", "flow_m3_d": "f", "capex_yuan": "f", "capex_per_household_yuan": "f", "running_yuan_y": "f", "running_per_household_yuan_y": "f", "running_per_m3_yuan": "f", "network_share": "f", "oversize_ratio": "f", "paid_household_yuan_y": "f", "paid_village_yuan_y": "f", "paid_county_yuan_y": "f", "payable_share": "f", "unfunded_yuan": "f", "capex_county_yuan": "f", "capex_rest_per_household_yuan": "f", "remark": "t"},
    "overrides": {"override_id": "t", "kind": "t", "target": "t", "scope": "t", "mode": "t", "met": "i", "price_yuan": "f", "reason": "t", "officer": "t", "date": "t", "place": "t", "radius_m": "f", "share": "f", "exceptions": "i", "remark": "t"},
}  # fmt: skip
"""Layer, column, and its kind: i whole number, f number, t text."""

_DTYPES: dict[str, Any] = {"i": np.int64, "f": np.float64, "t": object}


def column(layer: str, name: str, columns: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """A column in its laid-down type; a missing one is NaN, −1 or empty text, as long as the layer."""
    kind = COLUMNS[layer].get(name)
    values = columns.get(name)
    if values is None:
        length = rows_of(columns)
        filler: Any = {"i": -1, "f": np.nan, "t": ""}[kind or "t"]
        return np.full(length, filler, dtype=_DTYPES[kind or "t"])
    if kind == "t":
        return np.array(["" if v is None else str(v) for v in values], dtype=object)
    if kind is None:
        return np.asarray(values)
    return np.asarray(values).astype(_DTYPES[kind])


def rows_of(columns: Mapping[str, npt.NDArray[Any]]) -> int:
    """How many rows a layer has; 0 for a withheld one."""
    return next((int(values.shape[0]) for values in columns.values()), 0)


def columns_of(layer: str, columns: Mapping[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """All columns of a layer in their order: the laid-down ones first, then what the planner adds; no x_m, y_m."""
    names = [
        *COLUMNS[layer],
        *(name for name in columns if name not in COLUMNS[layer] and name not in ("x_m", "y_m")),
    ]
    return {name: column(layer, name, columns) for name in names}


_WITHHELD = {
    "pipes.invert_up_m": "管底标高",
    "pipes.invert_down_m": "管底标高",
    "nodes.invert_m": "管底标高",
    "nodes.depth_m": "井深",
    "pipes.slope": "坡度",
    "pipes.fill": "充满度",
    "pipes.velocity_m_s": "流速",
    "lifts.head_m": "提升扬程",
    "lifts.geometry": "提升位置",
    "lifts.node_id": "提升位置",
    "nodes.kind": "提升位置",
    "households": "户表",
    "nodes": "节点",
    "pipes": "管段",
    "lifts": "提升",
    "plants": "处理站位置",
}


def withheld_words(names: Iterable[str]) -> list[str]:
    """What a plan withholds, in Chinese, each word once."""
    return list(dict.fromkeys(_WITHHELD.get(str(name), str(name)) for name in names))


_CAUSES = {
    "depth": ("埋深", "管道埋深的取级与为限流速而加深"),
    "lifts": ("提升", "提升泵站随水量、扬程的费用和较大的压力管"),
    "plant_curve": ("站的规模曲线", "处理站费用曲线与分级直线之差"),
    "trunk_step": ("干管口径", "干管比同级最省的口径大一号的费用"),
    "integrality": ("整数性", "未找到的更好布局、一户分摊几级的折中和对偶上升的余量，不再细分"),
}


def gap_words(figures: Mapping[str, Any]) -> list[tuple[str, float, str]]:
    """What lies between the plan's present value and its bound, by cause: Chinese name, yuan, meaning."""
    told = figures.get("gap_causes") or {}
    return [(name, float(told[key]), meaning) for key, (name, meaning) in _CAUSES.items() if key in told]


def years_of(figures: Mapping[str, Any]) -> float:
    """Years that the present value counts: the plan's own price table, else the shipped one's."""
    tables = figures.get("parameters", {}).get("tables", {})
    told = tables.get("prices", {}).get("years") or tables.get(str(figures.get("prices")), {}).get("years")
    return float(told) if told else load_table("prices")["years"]
