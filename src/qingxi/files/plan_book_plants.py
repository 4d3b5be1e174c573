"""The sheet 处理站 of ``plan.xlsx``, and the Chinese names of processes and ways."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qingxi.files.plan_layers import column
from qingxi.plan import PlanTables
from qingxi.treatment import all_ways

if TYPE_CHECKING:
    from qingxi.files.book_pen import Pen

_WAN = 10_000.0


def way_names(keys: Iterable[object]) -> npt.NDArray[Any]:
    """Chinese names of processes by their keys; what is unknown stays."""
    names = {key: way.chinese for key, way in all_ways().items()}
    return np.array([names.get(str(key), str(key)) for key in keys], dtype=object)


def plants_sheet(pen: "Pen", tables: PlanTables) -> None:
    """Every plant of the plan's systems: process, class, land, cost, and what it needs to keep working."""
    plants = tables.plants
    systems = column("systems", "system_id", tables.systems)
    shared = systems[column("systems", "mode", tables.systems) == "shared_plant"]
    mine = np.isin(column("plants", "system_id", plants), shared) & (column("plants", "node_id", plants) >= 0)
    if not mine.any():
        return

    def get(name: str) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = column("plants", name, plants)[mine]
        return values

    def wan(name: str) -> npt.NDArray[np.float64]:
        return np.asarray(get(name), dtype=np.float64) / _WAN

    label = dict(zip(systems.tolist(), column("systems", "name", tables.systems).tolist(), strict=True))
    heads = [("系统", "i", 7), ("名称", "t", 24), ("处置", "t", 10), ("工艺", "t", 26), ("规模 m³/d", "1", 10), ("排放等级", "t", 10), ("用地 m²", "i", 9), ("工程费用", "2", 11), ("年运行费", "2", 10), ("长期运行所需", "w", 60)]  # fmt: skip
    parts = [get("system_id"), [label[s] for s in get("system_id").tolist()], get("decision"), way_names(get("process")), get("design_m3_d"), get("discharge_class"), get("land_m2"), wan("works_yuan"), wan("running_yuan_y"), get("needs")]  # fmt: skip
    pen.table("处理站", heads, zip(*parts, strict=True))
