"""The sheet of an officer's decisions (人工调整): what was decided, by whom and why, whether it is kept, what it costs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from qingxi.files.plan_layers import MODES, column, rows_of
from qingxi.plan import PlanTables

HEADS = [("编号", "t", 8), ("种类", "t", 11), ("对象", "t", 22), ("所定模式", "t", 10), ("满足", "t", 7), ("代价（现值）", "2", 12), ("理由", "w", 40), ("经办人", "t", 10), ("日期", "t", 11), ("半径 m", "i", 8), ("不能照办的户", "i", 10), ("说明", "w", 50)]  # fmt: skip
KINDS = {
    "mode": "定模式",
    "forbid_site": "不许建站",
    "require_site": "须建站",
    "force_road": "须走此路",
    "forbid_road": "不走此路",
}


def override_rows(tables: PlanTables, figures: Mapping[str, Any]) -> tuple[list[list[object]], str]:
    """Rows of the sheet and its note; no rows where nobody decided anything."""
    layer = tables.overrides
    if not rows_of(layer):
        return [], ""
    get = {name: column("overrides", name, layer) for name in layer}
    rows: list[list[object]] = [
        [
            get["override_id"][i], KINDS.get(str(get["kind"][i]), get["kind"][i]), get["target"][i],
            MODES.get(str(get["mode"][i]), ""), "是" if get["met"][i] else "否", get["price_yuan"][i] / 10_000,
            get["reason"][i], get["officer"][i], get["date"][i], get["radius_m"][i], int(get["exceptions"][i]), get["remark"][i],
        ]
        for i in range(rows_of(layer))
    ]  # fmt: skip
    told = figures.get("overrides") or {}
    price, note = told.get("price"), "金额单位：万元；代价为有、无这一条时全部方案现值之差"
    if price is not None and np.isfinite(price):
        rows.append(
            ["", "合计", "全部调整一并", "", "", price / 10_000, "", "", "", None, None, "各条代价之和不必等于合计"]
        )
    return rows, note
