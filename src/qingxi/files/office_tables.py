"""The tables that the office takes and hands out as forms (台账表式): their columns, keys and the words of their cells."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from qingxi.files.book_cells import (
    Choice,
    choice,
    day,
    identifier,
    loose_choice,
    moment,
    month,
    number,
    place_code,
    text,
    whole,
    yes_no,
)
from qingxi.files.book_columns import Column
from qingxi.files.book_facilities import FACILITIES
from qingxi.files.book_hotline import HOTLINE
from qingxi.files.book_ledgers import DUTIES, ISSUES
from qingxi.files.book_table import OWN_HEADINGS
from qingxi.files.book_units import Fen, Measure
from qingxi.files.book_villages import VILLAGES
from qingxi.files.evidence import BILLS, LABS, VISITS
from qingxi.village.entry import CONNECTIONS, TOILETS

REASON = "reason"
"""Field of the answer to a suspicious value: the column 红格说明 that the office adds to what it gives back."""
_REASON = Column(REASON, OWN_HEADINGS[1], aliases=("情况说明（红格）",))
_LENGTH = Measure({"km": 1.0, "公里": 1.0, "千米": 1.0, "m": 0.001, "米": 0.001})
_SEWER = Column(
    "sewer_km",
    "管网长度",
    _LENGTH,
    ("污水管网长度", "管道长度"),
    default=None,
    low=0,
    high=10_000,
    unit="km",
    falls="管网长度",
)


def _people(field: str, heading: str, *aliases: str) -> Column:
    return Column(field, heading, whole, aliases, default=None, low=0, high=200, group="人口", unit="人")


HOUSEHOLDS = (
    Column("key", "户编号", identifier, ("农户编号", "编号", "户号"), needed=True, given=True),
    Column("hamlet", "自然村代码", place_code(15), ("自然村编号", "组代码"), needed=True, given=True),
    Column("hamlet_name", "自然村", aliases=("自然村名称", "组名"), given=True),
    Column("door", "门牌", aliases=("门牌号", "住址")),
    _people("people_registered", "户籍人口", "户籍人数"),
    _people("people_resident", "常住人口", "常住人数"),
    _people("people_festival", "春节人口", "春节人数"),
    Column("toilet", "厕所类型", loose_choice({w: w for w in TOILETS}), ("厕所", "卫生厕所类型")),
    Column("separated", "黑灰分离", yes_no, ("黑灰水分离",), default=None),
    Column("rain_separated", "雨污分流", yes_no, default=None),
    Column("connected", "接管情况", choice({w: w for w in CONNECTIONS}), ("接管", "接户情况")),
    Column("water_source", "水源", aliases=("用水", "供水")),
    Column(
        "water_m3_month", "月用水量", number, ("月均用水", "用水量"), default=None, low=0, high=10_000, unit="m³"
    ),
    Column("note", "备注", aliases=("说明",)),
    Column("lon", "经度", number, ("东经",), default=None, low=73, high=136, group="位置（CGCS2000，内部）"),
    Column("lat", "纬度", number, ("北纬",), default=None, low=3, high=54, group="位置（CGCS2000，内部）"),
)


def day_or_moment(cell: Any) -> Any:
    """A day, or a time of it; midnight is its day."""
    if isinstance(cell, str) and len(said := cell.strip()) == 14 and said.isdigit():
        cell = f"{said[:4]}-{said[4:6]}-{said[6:8]} {said[8:10]}:{said[10:12]}:{said[12:]}"
    at = moment(cell)
    return at if (at.hour, at.minute, at.second) != (0, 0, 0) else at.date()


def _measured(field: str, heading: str, unit: str, *aliases: str) -> Column:
    return Column(field, heading, number, aliases, default=None, low=0, high=1e6, group="读数", unit=unit)


def _counted(field: str, heading: str, unit: str, *aliases: str) -> Column:
    return Column(field, heading, number, aliases, default=None, low=0, high=1e10, group="读数", unit=unit)


VENDOR_READINGS = (
    Column("vendor", "厂家", aliases=("平台", "厂家平台", "厂商")),
    Column("device", "设备号", identifier, ("设备编号", "设备编码", "设备ID"), default=""),
    Column("facility", "设施编号", identifier, ("站点编号",), default=""),
    Column("at", "时间", day_or_moment, ("日期", "采集时间", "数据时间", "上报时间", "监测时间"), needed=True),
    _measured("flow", "流量", "m³/d", "日流量", "处理水量", "瞬时流量", "日处理水量"),
    _measured("energy", "用电量", "kWh/d", "电量", "日电量", "日用电量"),
    _counted("flow_total", "累计流量", "m³", "累计水量", "累积流量", "正向累计流量"),
    _counted("energy_total", "累计用电量", "kWh", "累计电量", "有功总电量"),
    _measured("cod", "COD", "mg/L", "化学需氧量", "CODcr", "CODCr"),
    _measured("nh3n", "氨氮", "mg/L", "NH3-N"),
    _measured("tp", "总磷", "mg/L", "TP"),
    _measured("ph", "pH", "", "pH值", "PH"),
)
PLACES = (
    Column("code", "代码", identifier, ("行政区划代码", "区划代码", "统计用区划代码"), needed=True, given=True),
    Column("name", "名称", aliases=("地名", "单位名称"), needed=True, given=True),
    Column(
        "kind", "类型", loose_choice({w: w for w in ("村委会", "居委会", "镇", "乡", "街道", "村民小组", "自然村")}), ("建制类型",)
    ),
    Column(
        "village_class", "村庄分类",
        loose_choice({w: w for w in ("集聚提升", "城郊融合", "特色保护", "搬迁撤并")}), ("村庄类型",),
    ),
)  # fmt: skip

_SIX_ITEMS = ("规划", "改厕", "修路", "环境整治", "村规民约", "五定包干")
_SIX_STATES = ("同步", "先做", "后补", "没有做", "不适用")
_VILLAGE_CODE = Column("village", "行政村代码", place_code(12), ("村代码", "村码"), needed=True, given=True)
_VILLAGE_NAME = Column("village_name", "行政村", aliases=("村", "村名"), given=True)
SIX = (
    _VILLAGE_CODE, _VILLAGE_NAME,
    Column("item", "事项", choice({w: w for w in _SIX_ITEMS}), ("同步事项",), needed=True, given=True),
    Column("state", "情况", choice({w: w for w in _SIX_STATES}), ("做得怎样",), needed=True),
    Column("on", "做成的日期", day, ("日期",), default=None),
    Column("document", "依据", aliases=("文件", "文号", "照片")),
    Column("said_by", "村里确认人", aliases=("确认人",)),
    Column("note", "说明", aliases=("备注",)),
)  # fmt: skip
COORDINATION = (
    _VILLAGE_CODE, _VILLAGE_NAME,
    Column("step", "步骤", aliases=("协同步骤",), needed=True),
    Column("unit", "单位", aliases=("责任单位",), needed=True),
    Column("due_on", "应完成日期", day, ("期限", "应在"), needed=True),
    Column("done_on", "完成日期", day, ("做于",), default=None),
    Column("document", "依据", aliases=("文件", "文号")),
    Column("note", "说明", aliases=("备注",)),
)  # fmt: skip


def _water(field: str, heading: str, *aliases: str) -> Column:
    return Column(field, heading, number, aliases, default=None, low=0, high=1e5, group="读数", unit="mg/L")


WATER = (
    Column("point", "采样点编号", identifier, ("采样点", "点位"), needed=True),
    Column("sampled_on", "采样日期", day, ("日期",), needed=True),
    Column("report", "报告编号", aliases=("化验单号", "报告号")),
    Column("laboratory", "化验单位", aliases=("检测单位",)),
    _water("cod", "COD", "化学需氧量", "CODcr"), _water("codmn", "高锰酸盐指数", "CODMn"), _water("nh3n", "氨氮", "NH3-N"),
    _water("tp", "总磷", "TP"), _water("do", "溶解氧", "DO"),
)  # fmt: skip

GAUGES = (
    Column("key", "雨量站编号", identifier, ("站码", "测站编码", "区站号", "站号"), needed=True, given=True),
    Column("name", "雨量站", aliases=("站名", "测站名称"), needed=True),
    Column("source", "站的来源", choice({w: w for w in ("水利", "气象", "自建")}), ("管理部门", "来源"), needed=True),
    Column("lon", "经度", number, ("东经",), default=None, low=73, high=136, unit="°"),
    Column("lat", "纬度", number, ("北纬",), default=None, low=3, high=54, unit="°"),
    Column("village", "行政村代码", identifier, ("村代码", "村码"), default=""),
    Column("day_begins", "日界", whole, ("日界时",), default=None, low=0, high=20, unit="时"),
    Column("note", "备注", aliases=("说明",)),
)  # fmt: skip
RAIN = (
    Column("gauge", "雨量站编号", identifier, ("站码", "测站编码", "区站号", "站号"), needed=True),
    Column("gauge_name", "雨量站", aliases=("站名", "测站名称")),
    Column("at", "时间", day_or_moment, ("日期", "观测时间", "时段末", "降雨时间"), needed=True),
    Column(
        "mm", "雨量", number, ("降水量", "降雨量", "时段降水量", "时段雨量", "日降水量", "日雨量"), needed=True, low=0, high=1000, unit="mm"
    ),
)  # fmt: skip


@dataclass(frozen=True)
class OfficeTable:
    """One kind of table: name for addresses, title, columns in the form's order, the fields that tell rows apart.

    ``people`` says that its rows are personal data; ``grows`` that new rows are usual in it, so that a form has free
    rows below.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    note: str = ""
    people: bool = False
    grows: bool = True

    @property
    def reading(self) -> tuple[Column, ...]:
        """The columns to read: those of the form and the answer to red cells."""
        return (*self.columns, _REASON)

    def only(self, fields: Sequence[str]) -> "OfficeTable":
        """The same table with those columns alone that somebody keeps."""
        return replace(self, columns=tuple(c for c in self.columns if c.field in fields))


def _villages() -> tuple[Column, ...]:
    out: list[Column] = []
    for column in VILLAGES:
        default = None if column.field.startswith(("households", "people_")) else column.default
        out.append(replace(column, default=default))
        if column.field == "households_connected":
            out.append(_SEWER)
    return tuple(out)


TABLES: Mapping[str, OfficeTable] = {
    t.name: t
    for t in (
        OfficeTable("villages", "行政村治理台账", _villages(), ("code",), "单位：户、人、km", grows=False),
        OfficeTable("households", "农户台账", HOUSEHOLDS, ("key",), "单位：人；内部资料，不得外传", people=True),
        OfficeTable("facilities", "处理设施台账", FACILITIES, ("id",), "规模单位：m³/d"),
        OfficeTable("issues", "问题整改台账", ISSUES, ("id",)),
        OfficeTable("duties", "责任清单", DUTIES, ("place", "matter", "role", "unit", "person"), people=True),
        OfficeTable("bills", "电费单", BILLS, ("account", "month"), "电量单位：kWh；电费单位：元"),
        OfficeTable("labs", "水质检测", LABS, ("facility", "sampled_on", "point", "report")),
        OfficeTable("visits", "巡查记录", VISITS, ("facility", "visited_at", "by")),
        OfficeTable(
            "vendor",
            "厂家平台导出",
            VENDOR_READINGS,
            ("device", "facility", "at"),
            "只写设备号的按“厂家接入”的换算系数；写了设施编号的按表头单位",
        ),
        OfficeTable("places", "地名和机构代码表", PLACES, ("code",)),
        OfficeTable("six", "六个同步", SIX, ("village", "item"), "一个村六行；没有人说过的留空行不填"),
        OfficeTable(
            "coordination",
            "协同步骤",
            COORDINATION,
            ("village", "step", "unit", "due_on"),
            "别的账里没有的步骤；做成的要有依据",
        ),
        OfficeTable(
            "gauges",
            "雨量站台账",
            GAUGES,
            ("key",),
            "没有坐标的写所在行政村代码；日界空着的，水利按 8 时、气象按 20 时、自建按 0 时",
        ),
        OfficeTable(
            "rain",
            "雨量",
            RAIN,
            ("gauge", "at"),
            "时间是时段末；只写日期的是整天的雨量；没有下雨写 0，没有测到不写这一行",
        ),
        OfficeTable("water", "受纳水体水样", WATER, ("point", "sampled_on", "report"), "单位：mg/L"),
        OfficeTable(
            "hotline",
            "12345 工单",
            HOTLINE,
            ("number",),
            "工单号用热线自己的；没写要求答复日期的按本县的答复期限算工作日",
            people=True,
        ),
    )
}
"""Every table of the office by its name."""


def plain_value(value: Any) -> Any:
    """A value as JSON keeps it: enums by their value, days and times in ISO form."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain_value(v) for v in value]
    return value


def cell_of(column: Column, value: Any) -> Any:
    """What a cell of the form holds for a plain value: the word of a choice, 是/否, a day, a number, text; None if empty."""
    if value is None or value == "":
        return None
    take = column.take
    if isinstance(take, Choice):
        return next((w for w, known in take.words.items() if plain_value(known) == value), str(value))
    write = _WRITERS.get(take)
    if write is not None:
        return write(value)
    if isinstance(take, Fen):
        return take.write(int(value))
    return value


_WRITERS: dict[Callable[..., Any], Callable[[Any], Any]] = {
    yes_no: lambda v: "是" if v else "否",
    day: lambda v: date.fromisoformat(v[:10]) if isinstance(v, str) else v,
    month: lambda v: str(plain_value(v))[:7],
    day_or_moment: lambda v: str(plain_value(v))[:19].replace("T", " "),
    moment: lambda v: str(plain_value(v))[:16].replace("T", " "),
    text: str,
    identifier: str,
}


def offered(column: Column) -> tuple[str, ...]:
    """The words a drop-down offers; none where anything may be written."""
    if isinstance(column.take, Choice):
        return column.take.offered
    return ("是", "否") if column.take is yes_no else ()


def is_number(column: Column) -> bool:
    """Whether the cells hold numbers."""
    return column.take in (number, whole) or isinstance(column.take, Fen | Measure) or column.low is not None


__all__ = [
    "COORDINATION",
    "GAUGES",
    "HOUSEHOLDS",
    "PLACES",
    "RAIN",
    "REASON",
    "SIX",
    "TABLES",
    "WATER",
    "OfficeTable",
    "cell_of",
    "is_number",
    "offered",
    "plain_value",
]
