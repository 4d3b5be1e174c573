"""The register of treatment facilities: 处理设施台账."""

from pathlib import Path
from typing import Any

from qingxi.facility import EvidenceLevel, Facility
from qingxi.files.book_cells import BadCell, Cell, choice, day, identifier, number, place_code, whole
from qingxi.files.book_columns import Column, Sheet, read_rows
from qingxi.files.book_rows import FacilityRow
from qingxi.files.book_villages import NOTE, TOWNSHIP
from qingxi.origin import Ref

_STATUSES = {
    "在用": "in_use",
    "正常": "in_use",
    "运行": "in_use",
    "正常运行": "in_use",
    "试运行": "trial",
    "停用": "stopped",
    "停运": "stopped",
    "已并网": "joined",
    "并网": "joined",
    "报废": "scrapped",
    "拆除": "scrapped",
}
_EVIDENCE = {
    "HJ212": EvidenceLevel.HJ212,
    "数采仪": EvidenceLevel.HJ212,
    "远传": EvidenceLevel.REMOTE_METER,
    "远传电表": EvidenceLevel.REMOTE_METER,
    "厂家平台": EvidenceLevel.REMOTE_METER,
    "纸面": EvidenceLevel.PAPER,
}


def _mn(cell: Cell) -> str:
    """The number of one device; two in a cell, or one too long, are none."""
    said = identifier(cell)
    if "/" in said or len(said) > 40:
        raise BadCell("不是一台设备的 MN", "一座设施只填一个 MN，里面没有 /，不超过 40 个字", "bad-mn")
    return said


FACILITIES = (
    Column("id", "设施编号", identifier, ("编号", "站点编号"), needed=True, given=True),
    Column("name", "设施名称", aliases=("站点名称", "名称"), needed=True),
    Column("village", "行政村代码", place_code(12), ("村代码",)),
    Column("village_name", "行政村", aliases=("所在村", "村名")),
    TOWNSHIP,
    Column("process", "工艺", aliases=("处理工艺",)),
    Column(
        "design_m3_d",
        "设计规模",
        number,
        ("设计规模（m³/d）", "规模", "处理规模"),
        needed=True,
        low=0.01,
        high=1e6,
        unit="m³/d",
    ),
    Column("commissioned", "投运日期", day, ("投运时间", "建成日期"), default=None),
    Column("owner", "产权单位", aliases=("业主单位", "权属单位"), group="责任单位"),
    Column("operator", "运维单位", aliases=("运营单位", "管护单位"), group="责任单位"),
    Column("discharge_class", "执行标准", aliases=("排放标准",)),
    Column("power_account", "用电户号", identifier, ("户号", "电表户号")),
    Column("status", "状态", choice(_STATUSES), ("运行状态",), default="in_use"),
    Column(
        "households_connected",
        "接入户数",
        whole,
        ("接户数",),
        default=0,
        low=0,
        high=100_000,
        unit="户",
        falls="接入户数",
    ),
    Column("lon", "经度", number, default=None, low=73, high=136, group="位置（CGCS2000）"),
    Column("lat", "纬度", number, default=None, low=3, high=54, group="位置（CGCS2000）"),
    Column("evidence", "证据类型", choice(_EVIDENCE), ("监测方式",), default=EvidenceLevel.PAPER),
    Column("mn", "MN", _mn, ("设备号", "MN号")),
    NOTE,
)


def _facility(v: dict[str, Any], row: int) -> FacilityRow:
    village_name, mn, note = v.pop("village_name"), v.pop("mn"), v.pop("note")
    because = (Ref("village", v["village"]),) if v["village"] else ()
    return FacilityRow(Facility(**v, because=because), village_name, mn, note, row)


def read_facilities(path: Path) -> Sheet[FacilityRow]:
    """处理设施台账: one row a facility; an empty 产权单位 or 运维单位 is kept empty and counted as unknown."""
    return read_rows(path, FACILITIES, _facility, key=("id",))
