"""Words of the plan's pages that stand in data: looked up when they are shown."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

TOTALS: dict[str, Any] = {
    "present_value": _("20 年现值"), "capex": _("总投资"), "running": _("每年运维"), "pipe_km": _("管长 km"),
    "plants": _("村级站 座"), "pumps": _("提升泵 座"), "connected": _("近纳管 户"), "clustered": _("聚集中 户"),
    "onsite": _("散分户 户"), "reuse": _("资源利用 户"), "controlled": _("只管控 户"), "unserved": _("没有安排 户"),
    "gap": _("离最省最多"),
}  # fmt: skip
LEVERS: dict[str, Any] = {
    "pipe": _("管道单价"), "unit": _("户用设备单价"), "reuse": _("户内资源化单价"), "plant": _("处理站单价"),
    "town": _("接入费用"),
}  # fmt: skip
RULES: dict[str, Any] = {
    "mode": _("定模式"), "forbid_site": _("此处不建站"), "require_site": _("站建在此处"), "force_road": _("主管走这条路"),
    "forbid_road": _("不走这条路"),
}  # fmt: skip
JOB_STATES: dict[str, Any] = {
    "waiting": _("排队"), "running": _("进行中"), "done": _("已完成"), "failed": _("未完成"), "cancelled": _("已取消"),
    "lost": _("中断"),
}  # fmt: skip
STANDING: dict[str, Any] = {"采用": _("采用"), "曾采用": _("曾采用"), "草案": _("草案")}
# file of a version -> (what it is, whom it is for); those under also/ are made on demand.
FILES: dict[str, tuple[Any, Any]] = {
    "plan.xlsx": (_("规划附表：系统、自然村、工程量清单、造价汇总（合计用公式）"), _("领导、造价")),
    "plan.gpkg": (_("全部图层，QGIS 打开就有颜色和图例"), _("设计、测绘")),
    "map.html": (_("离线规划图：一个网页，不联网，可打印"), _("村镇、会议")),
    "plan.json": (_("各项数字、参数、来源、输入问题"), _("程序")),
    "also/sheets.xlsx": (_("水力计算表：每个系统一张，管段、流量、管径、坡度、充满度、流速、标高、覆土"), _("设计、审图")),
    "also/sheets.html": (_("水力计算表，可打印"), _("设计、审图")),
    "also/plan.dxf": (_("CAD 图：分层命名，检查井和站是带属性的块"), _("设计")),
    "also/swmm.zip": (_("EPA SWMM 5.2 模型：每个系统一个，附编号对照表"), _("水力校核")),
    "also/geojson.zip": (_("各图层的 GeoJSON（CGCS2000 经纬度）"), _("程序、网页")),
}  # fmt: skip


def rule_word(kind: str) -> str:
    return str(RULES.get(kind, kind))


def job_word(state: str) -> str:
    return str(JOB_STATES.get(state, state))


def standing_word(standing: str) -> str:
    return str(STANDING.get(standing, standing))
