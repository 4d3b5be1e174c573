"""The sheet 可承受性: capital and running cost by village, who can pay, what is out of measure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.files.plan_layers import MODES, column
from qingxi.plan import PlanTables

_WAN = 10_000.0


def _wan(values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    return np.asarray(values, dtype=np.float64) / _WAN


def affordability_sheet(pen: Any, tables: PlanTables, figures: Mapping[str, Any]) -> None:
    """Capital and running cost by village, who can pay, what is out of measure; the county in the last row."""
    columns, county = tables.affordability, figures.get("affordability") or {}

    def get(name: str) -> npt.NDArray[Any]:
        return column("affordability", name, columns)

    names = np.array([MODES.get(str(mode), str(mode)) for mode in get("mode")], dtype=object)
    heads = [("行政村代码", "t", 15), ("行政村", "t", 14), ("主要模式", "t", 9), ("户数", "i", 7), ("常住人口", "i", 8), ("总投资", "2", 10), ("户均投资", "2", 9), ("年运行费", "2", 9), ("户均年运行费（元）", "i", 10), ("吨水运行费（元/m³）", "2", 10), ("管网占比", "%", 8), ("规模/现状水量", "1", 9), ("农户可承担", "2", 9), ("村集体可承担", "2", 9), ("县财政可承担", "2", 9), ("落实比例", "%", 8), ("缺口合计", "2", 9), ("投资：县级以上财政", "2", 10), ("投资：其余户均（元）", "i", 10), ("提醒", "w", 50)]  # fmt: skip
    parts = [get("village"), get("name"), names, get("households"), get("people_resident"), _wan(get("capex_yuan")), _wan(get("capex_per_household_yuan")), _wan(get("running_yuan_y")), get("running_per_household_yuan_y"), get("running_per_m3_yuan"), get("network_share"), get("oversize_ratio"), *(_wan(get(f"paid_{payer}_yuan_y")) for payer in ("household", "village", "county")), get("payable_share"), _wan(get("unfunded_yuan")), _wan(get("capex_county_yuan")), get("capex_rest_per_household_yuan"), get("remark")]  # fmt: skip
    rows: list[Sequence[object]] = list(zip(*parts, strict=True))
    if rows and county:
        money = [county[f"paid_by_{payer}"] / _WAN for payer in ("household", "village", "county")]
        rows.append(("", "全县", "", get("households").sum(), get("people_resident").sum(), get("capex_yuan").sum() / _WAN, county["capex_per_household"] / _WAN, get("running_yuan_y").sum() / _WAN, county["running_per_household"], county["running_per_m3"], None, None, *money, county["payable_share"], county["unfunded"] / _WAN, county.get("capex_by_county", 0.0) / _WAN, None, ""))  # fmt: skip
    pen.table(
        "可承受性", heads, rows,
        f"金额单位：万元（注明的除外）；承担与缺口按 {county.get('years', 10):g} 年、单价取自 afford 表，先农户、次村集体、再县财政",
    )  # fmt: skip
