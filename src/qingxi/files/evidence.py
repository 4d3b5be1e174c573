"""The county's evidence (佐证): electricity bills, laboratory sheets, rounds, vendor exports.

docs/formats/county-folder.md lists the columns under "Evidence". Every reader gives good rows and faults.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from qingxi.files.bills_long import bill_kwh, long_bills
from qingxi.files.bills_wide import wide_bills
from qingxi.files.book_cells import (
    choice,
    concentration,
    day,
    identifier,
    loose_choice,
    moment,
    month,
    number,
)
from qingxi.files.book_columns import Column, Sheet, lines_of, read_rows
from qingxi.files.book_kind import TEXT, Refused
from qingxi.files.book_raw import RawBook, raw_book
from qingxi.files.book_table import Grid
from qingxi.files.book_units import fen
from qingxi.files.books import book_path
from qingxi.origin import Fault
from qingxi.reading import Bill, DailySeries, LabResult, Use, Visit

BILLS = (
    Column("account", "用电户号", identifier, ("户号", "用户编号", "用户户号"), needed=True, given=True),
    Column("name", "用户名称", aliases=("户名", "用户名")),
    Column("month", "年月", month, ("月份", "电费年月", "账期"), needed=True),
    Column("kwh", "电量", bill_kwh, ("电量（kWh）", "用电量", "总电量"), needed=True, low=0, high=1e7, unit="kWh"),
    Column("yuan", "电费", fen(1), ("电费（元）", "金额"), default=None, unit="元"),
    Column("note", "抄表说明"),
)


def grid_company(book: RawBook, file: str) -> tuple[Grid | None, list[Fault]]:
    """Bills in a layout of the grid company's own; (None, []) for the plain table or none."""
    grid, faults = wide_bills(book, file)
    return (grid, faults) if grid is not None or faults else long_bills(book, file)


def _bill(v: dict[str, Any], row: int) -> Bill:
    return Bill(v["account"], v["month"], v["kwh"], note=v["note"])


def read_bills(path: Path) -> Sheet[Bill]:
    """电费单 of the grid company: one row an account and month, one row an account with a column a month, or a list of a
    cycle with parts of the day, readings and corrections."""
    try:
        book = raw_book(path)
    except (Refused, OSError):  # read_rows says why
        book = RawBook(TEXT, [])
    grid, faults = grid_company(book, path.name)
    if grid is None and not faults:
        return read_rows(path, BILLS, _bill, key=("account", "month"))
    read = lines_of(path.name, grid, faults, BILLS, ("account", "month"))
    rows = tuple(_bill(line.values, line.row) for line in read.lines if line.good)
    return Sheet(path.name, rows, tuple(read.faults), grid.unknown if grid else ())


_POINTS = {"进水": "influent", "进口": "influent", "进水口": "influent"} | {
    "出水": "effluent",
    "出口": "effluent",
    "出水口": "effluent",
    "排口": "effluent",
}
_MEASURED = {
    "cod": ("COD", "化学需氧量", "CODcr", "CODCr"),
    "nh3n": ("氨氮", "NH3-N", "NH₃-N"),
    "tp": ("总磷", "TP"),
    "tn": ("总氮", "TN"),
    "ss": ("SS", "悬浮物"),
    "ph": ("pH", "pH值", "PH"),
    "bod5": ("BOD5", "五日生化需氧量"),
    "oil": ("动植物油",),
    "fecal_coliform": ("粪大肠菌群",),
}
LABS = (
    Column("report", "报告编号", identifier, ("编号",)),
    Column("laboratory", "检测机构", aliases=("检测单位",)),
    Column("cma", "CMA编号", identifier, ("CMA", "资质编号")),
    Column("facility", "设施编号", identifier, ("站点编号",), needed=True),
    Column("sampled_on", "采样日期", day, ("采样时间", "日期"), needed=True),
    Column("point", "采样点", choice(_POINTS), ("采样位置", "点位"), needed=True),
    Column("water_temp_c", "水温", number, ("水温（℃）",), default=None, low=-5, high=60),
    *(
        Column(
            code,
            names[0],
            number if code == "ph" else concentration,
            names[1:],
            default=None,
            low=0,
            group="检测值（mg/L；pH 无量纲；粪大肠菌群 个/L）",
        )
        for code, names in _MEASURED.items()
    ),
)


def _lab(v: dict[str, Any], row: int) -> list[LabResult]:
    # The operator's own tests carry no CMA number: they are clues.
    same = {"use": Use.MANAGEMENT if v["cma"] else Use.CLUE} | {
        k: v[k] for k in ("facility", "sampled_on", "point", "laboratory", "cma", "report", "water_temp_c")
    }
    return [LabResult(quantity=code, value=v[code], **same) for code in _MEASURED if v[code] is not None]


def read_labs(path: Path) -> Sheet[LabResult]:
    """水质检测: one row a sample in the file, one result a quantity here; empty cells give none."""
    sheet = read_rows(path, LABS, _lab, key=("facility", "sampled_on", "point", "report"))
    return Sheet(sheet.file, tuple(r for rs in sheet.rows for r in rs), sheet.faults, sheet.unknown)


_YES_NO = {
    **dict.fromkeys(("有", "是", "正常", "√", "有水", "有进水", "有出水"), "yes"),
    **dict.fromkeys(("无", "否", "×", "没有", "无水", "无进水", "无出水"), "no"),
}
_ON_OFF = {
    **dict.fromkeys(("开", "运行", "转", "正常", "亮", "有", "√", "运转"), "on"),
    **dict.fromkeys(("停", "不转", "关", "灭", "不亮", "无", "×", "停机", "未运行"), "off"),
    **dict.fromkeys(("故障", "报警", "坏", "红灯", "异响"), "fault"),
}
_SMELL = {
    **dict.fromkeys(("无", "无异味", "正常", "没有", "否", "无臭"), "no"),
    **dict.fromkeys(("有", "有异味", "臭", "明显", "是", "有臭味", "轻微"), "yes"),
}
_WHOLE = {
    **dict.fromkeys(("完好", "正常", "好", "齐全", "√", "是"), "ok"),
    **dict.fromkeys(("破损", "缺失", "坏", "无", "×", "损坏", "否", "缺"), "broken"),
}
_AROUND = {
    **dict.fromkeys(("无", "干净", "没有", "正常", "否"), "no"),
    **dict.fromkeys(("有", "有污水", "横流", "是", "外溢"), "yes"),
}
QUESTIONS = {
    "inflow": ("进水", _YES_NO),
    "blower": ("风机", _ON_OFF),
    "outflow": ("出水", _YES_NO),
    "smell": ("气味", _SMELL),
    "fence": ("围栏", _WHOLE),
    "covers": ("井盖", _WHOLE),
    "panel_light": ("控制箱灯", _ON_OFF),
    "sewage_around": ("周边污水", _AROUND),
}
"""The eight questions of a round: key of the answer, heading, and the words of each answer."""

VISITS = (
    Column("facility", "设施编号", identifier, ("站点编号",), needed=True),
    Column("visited_at", "时间", moment, ("巡查时间", "日期", "巡查日期"), needed=True),
    Column("by", "巡查人", aliases=("姓名", "检查人")),
    Column(
        "by_role",
        "身份",
        choice(
            {"村巡查": "village", "村级": "village", "村": "village", "运维": "operator", "运维人员": "operator"}
            | {"县": "county", "县级": "county", "乡镇": "county"}
        ),
        ("巡查身份", "人员身份"),
        default="village",
    ),
    *(
        Column(key, name, loose_choice(words), default=None, group="巡查八问")
        for key, (name, words) in QUESTIONS.items()
    ),
    Column("meter_kwh", "电表读数", number, ("电表", "表底"), default=None, low=0),
    Column("note", "备注", aliases=("情况说明",)),
)


def _visit(v: dict[str, Any], row: int) -> Visit:
    answers = {key: v.pop(key) for key in QUESTIONS}
    return Visit(**v, answers={key: said for key, said in answers.items() if said is not None})


def read_visits(path: Path) -> Sheet[Visit]:
    """巡查记录: answers become yes/no, on/off/fault, ok/broken; other words are kept as they are, in doubt."""
    return read_rows(path, VISITS, _visit)


@dataclass(frozen=True, slots=True)
class VendorDay:
    """One day of one device in a vendor's export; None where the cell was empty."""

    device: str
    facility: str
    day: date
    flow_m3_d: float | None
    energy_kwh: float | None


VENDOR = (
    Column("device", "设备号", identifier, ("设备编号",)),
    Column("facility", "设施编号", identifier, ("站点编号",), needed=True),
    Column("day", "日期", day, ("时间",), needed=True),
    Column("flow_m3_d", "流量", number, ("流量（m³/d）", "日流量", "处理水量"), default=None, low=0, high=1e6),
    Column("energy_kwh", "电量", number, ("电量（kWh）", "日电量", "用电量"), default=None, low=0, high=1e6),
)


def read_vendor_days(path: Path) -> Sheet[VendorDay]:
    """厂家平台导出: flow and energy by day."""
    return read_rows(path, VENDOR, lambda v, row: VendorDay(**v), key=("facility", "day"))


def vendor_series(days: Iterable[VendorDay]) -> dict[str, dict[str, DailySeries]]:
    """Daily series by facility and quantity (``"flow"`` m3/d, ``"energy"`` kWh/d).

    A day without a row, or with an empty cell, is NaN with coverage 0; it is never a zero.
    """
    by_facility: dict[str, list[VendorDay]] = defaultdict(list)
    for one in days:
        by_facility[one.facility].append(one)
    out: dict[str, dict[str, DailySeries]] = {}
    for facility, rows in by_facility.items():
        first = min(r.day for r in rows)
        length = (max(r.day for r in rows) - first).days + 1
        at = np.array([(r.day - first).days for r in rows])
        for code, said in (
            ("flow", [r.flow_m3_d for r in rows]),
            ("energy", [r.energy_kwh for r in rows]),
        ):
            if all(value is None for value in said):
                continue
            values = np.full(length, np.nan)
            values[at] = [np.nan if value is None else value for value in said]
            coverage = np.where(np.isnan(values), 0.0, 1.0)
            out.setdefault(facility, {})[code] = DailySeries(facility, code, first, values, coverage)
    return out


@dataclass(frozen=True)
class EvidenceBooks:
    """All evidence of a county folder that lies in tables."""

    bills: Sheet[Bill]
    labs: Sheet[LabResult]
    visits: Sheet[Visit]
    vendor: Sheet[VendorDay]

    @property
    def faults(self) -> tuple[Fault, ...]:
        return self.bills.faults + self.labs.faults + self.visits.faults + self.vendor.faults


def read_evidence(folder: Path) -> EvidenceBooks:
    """Read what lies under ``evidence/`` of a county folder; what is not there is an empty sheet."""

    def take(title: str, read: Callable[[Path], Sheet[Any]]) -> Sheet[Any]:
        path = book_path(folder, "evidence", title)
        return read(path) if path else Sheet(title)

    return EvidenceBooks(
        take("电费单", read_bills),
        take("水质检测", read_labs),
        take("巡查记录", read_visits),
        take("厂家平台导出", read_vendor_days),
    )
