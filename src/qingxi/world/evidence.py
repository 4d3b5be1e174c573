"""What can be known about the plants: bills, laboratory sheets, vendors' exports, rain; and the truth kept apart."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qingxi.world.chance import chance
from qingxi.world.days import FIRST, TrueDays
from qingxi.world.sheets import write_book
from qingxi.world.stations import AS_OF, Station
from qingxi.world.visits import write_visits
from qingxi.world.write_gis import degrees

if TYPE_CHECKING:
    from qingxi.world.county import County

READ_DAY = 18
"""The grid company reads meters on the 18th: the bill of a month runs from the 18th of the month before."""
MONTHS = [date(2025 + (10 + k) // 12, (10 + k) % 12 + 1, 1) for k in range(13)]
_LABS = (("天河坝县环境监测站", "CMA-9999-0001"), ("蜀清检测技术有限公司（虚构）", "CMA-9999-0002"))
_PRICE_YUAN_KWH = 0.5224


def write_evidence(out: Path, county: "County", days: TrueDays) -> None:
    """Write bills, laboratory sheets, visits, vendors' exports and the truth."""
    folder = out / "evidence"
    _bills(folder, county, days)
    _labs(folder, county, days)
    _vendors(folder, county, days)
    _rain(folder, county, days)
    write_visits(folder, county, days)
    _truth(out / "truth" / "设施真相.csv", county)


def _bills(folder: Path, county: "County", days: TrueDays) -> None:
    rng = chance(county.seed, "bills")
    rows: list[tuple[Any, ...]] = []
    for i, s in enumerate(county.stations):
        if not s.power_account:
            continue
        for month in MONTHS:
            before = (month - timedelta(days=1)).replace(day=READ_DAY)
            a, b = max(0, days.index(before)), days.index(month.replace(day=READ_DAY))
            kwh = float(days.kwh[i, a:b].sum())
            if rng.random() < 0.008 and s.trouble != "idle":
                continue  # a bill that was lost
            kwh = float(round(kwh))  # the grid company bills whole kWh
            rows.append((s.power_account, f"{s.name}", f"{month:%Y-%m}", kwh, round(kwh * _PRICE_YUAN_KWH, 2)))
    write_book(
        folder / "电费单.xlsx", "农村生活污水处理设施电费明细（供电所提供）", ("用电户号", "用户名称", "年月", "电量(kWh)", "电费(元)"),
        rows, maker="抄表日为每月 18 日", text=("用电户号", "年月"), widths=(14, 28, 10, 12, 12),
    )  # fmt: skip


def _quality(rng: np.random.Generator, s: Station, temp_c: float) -> tuple[dict[str, float], dict[str, float]]:
    """Influent and effluent of one sampling, mg/L."""
    weak = float(rng.uniform(0.55, 0.85)) if s.trouble == "starved" else 1.0
    day = float(np.exp(rng.normal(0, 0.18)))
    if s.trouble == "worse_than_influent":
        weak = float(rng.uniform(0.3, 0.45))
    inflow = {
        "COD": 185 * weak * day, "氨氮": 36 * weak * day, "总磷": 3.4 * weak * day, "总氮": 46 * weak * day,
        "SS": 118 * weak * day, "pH": float(rng.normal(7.3, 0.15)),
    }  # fmt: skip
    if s.trouble == "worse_than_influent":
        up = float(rng.uniform(1.25, 1.7))
        outflow = {k: v * up * float(np.exp(rng.normal(0, 0.05))) for k, v in inflow.items() if k != "pH"}
    else:
        cold = max(0.0, (14.0 - temp_c) / 10)
        keep = {"COD": 0.19, "氨氮": 0.13 + 0.2 * cold, "总磷": 0.28, "总氮": 0.42 + 0.1 * cold, "SS": 0.1}
        if s.process in ("厌氧+人工湿地", "稳定塘"):
            keep = {"COD": 0.24, "氨氮": 0.24 + 0.2 * cold, "总磷": 0.4, "总氮": 0.55, "SS": 0.14}
        outflow = {k: inflow[k] * share * float(np.exp(rng.normal(0, 0.16))) for k, share in keep.items()}
    outflow["pH"] = float(rng.normal(7.2, 0.15))
    return inflow, outflow


def _labs(folder: Path, county: "County", days: TrueDays) -> None:
    """Half-yearly rounds: October 2025, April and September 2026; a dry plant has no sample."""
    rng = chance(county.seed, "labs")
    rows: list[tuple[Any, ...]] = []
    number = 0
    for start, span in ((date(2025, 10, 8), 20), (date(2026, 4, 7), 22), (date(2026, 9, 8), 20)):
        for i, s in enumerate(county.stations):
            day = start + timedelta(days=int(rng.integers(0, span)))
            lab, cma = _LABS[int(rng.random() < 0.6)]
            if s.trouble == "unknown_owner" or s.commissioned > day or rng.random() < 0.02:
                continue
            number += 1
            report = f"TH{day:%Y%m}-{number:04d}"
            k = days.index(day)
            if not days.runs[i, k]:
                if rng.random() < 0.5:  # the sampler came and wrote that there was nothing to sample
                    rows.append((report, lab, cma, s.id, day, "出水", None, None, None, None, None, None, None))
                continue
            temp = float(days.temp_c[k] + rng.normal(0, 0.7))
            inflow, outflow = _quality(rng, s, temp)
            for point, got in (("进水", inflow), ("出水", outflow)):
                rows.append(
                    (report, lab, cma, s.id, day, point, round(temp, 1), round(got["COD"]), round(got["氨氮"], 2),
                     round(got["总磷"], 2), round(got["总氮"], 1), round(got["SS"]), round(got["pH"], 1))
                )  # fmt: skip
    write_book(
        folder / "水质检测.xlsx", "农村生活污水处理设施水质检测结果汇总",
        ("报告编号", "检测机构", "CMA编号", "设施编号", "采样日期", "采样点", "水温(℃)", "COD", "氨氮", "总磷", "总氮", "SS", "pH"),
        rows, maker="单位 mg/L（pH 无量纲）", widths=(16, 26, 16, 10, 12, 8),
    )  # fmt: skip


def _vendors(folder: Path, county: "County", days: TrueDays) -> None:
    """Ninety days of the plants with a remote meter or vendor cloud; some send only power, days are missing."""
    rng = chance(county.seed, "vendors")
    rows: list[tuple[Any, ...]] = []
    for i, s in enumerate(county.stations):
        if s.evidence != "远传":
            continue
        only_power = rng.random() < 0.35 and s.trouble in ("sound", "stopped")
        bias = float(np.exp(rng.normal(0, 0.03)))
        gone = int(rng.integers(5, 80)) if rng.random() < 0.3 else 999
        for k in range(90):
            day = AS_OF - timedelta(days=89 - k)
            if rng.random() < 0.025 or gone <= k < gone + 4:
                continue
            c = days.index(day)
            flow = None if only_power else round(float(days.flow_m3[i, c]) * bias, 1)
            rows.append((f"YC{s.id[3:]}", s.id, day, flow, round(float(days.kwh[i, c]), 2)))
    write_book(
        folder / "厂家平台导出.xlsx", "设备日数据导出", ("设备号", "设施编号", "日期", "流量(m³/d)", "电量(kWh)"), rows,
        maker=f"导出时间 {AS_OF:%Y-%m-%d} 23:00", text=("设备号",), widths=(12, 10, 12, 12, 12),
    )  # fmt: skip


def _rain(folder: Path, county: "County", days: TrueDays) -> None:
    """A gauge in each of the first six townships with plants, of the water bureau and the weather station; by day, a week missing."""
    rng = chance(county.seed, "rain gauges")
    town = county.town
    first: dict[int, Station] = {}
    for s in county.stations:
        first.setdefault(int(town.village_township[s.village]), s)
    lon, lat = degrees([s.x for s in first.values()], [s.y for s in first.values()])
    gauges: list[tuple[Any, ...]] = []
    rain: list[tuple[Any, ...]] = []
    for n, at in enumerate(list(first)[:6]):
        source, begins = ("水利", 8) if n != 1 else ("气象", 20)
        name = f"{town.township_name[at]}雨量站"
        key = f"9990{n + 1:04d}"
        gauges.append((key, name, source, round(float(lon[n]), 4), round(float(lat[n]), 4), begins))
        gone = int(rng.integers(60, 300))
        for c in range(days.rain_mm.size):
            fallen = float(days.rain_mm[c] * np.exp(rng.normal(0, 0.15)))
            if not gone <= c < gone + 7:
                rain.append((key, name, date.fromordinal(FIRST.toordinal() + c), round(2 * fallen) / 2))
    write_book(
        folder / "雨量站台账.xlsx", "雨量站台账", ("雨量站编号", "雨量站", "站的来源", "经度", "纬度", "日界"), gauges,
        maker="县水利局、县气象局", text=("雨量站编号",), widths=(14, 18, 10, 12, 12, 8),
    )  # fmt: skip
    write_book(
        folder / "雨量.xlsx", "雨量", ("雨量站编号", "雨量站", "日期", "日雨量(mm)"), rain,
        maker=f"{FIRST:%Y-%m-%d} 至 {AS_OF:%Y-%m-%d}", text=("雨量站编号",), widths=(14, 18, 12, 12),
    )  # fmt: skip


def _truth(path: Path, county: "County") -> None:
    """One row a plant: what is really the matter, from when to when."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(("facility", "label", "from", "to"))
        for s in county.stations:
            since = s.since.isoformat() if s.since and s.trouble != "sound" else ""
            rows.writerow((s.id, s.trouble, since, AS_OF.isoformat() if since else ""))
