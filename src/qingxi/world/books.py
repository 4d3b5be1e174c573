"""The county's books (Excel) as its staff keep them."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qingxi.world.books_columns import (
    DENOMINATOR_COLUMNS,
    FACILITY_COLUMNS,
    FUND_COLUMNS,
    HAMLET_COLUMNS,
    VILLAGE_COLUMNS,
    WORK_COLUMNS,
)
from qingxi.world.chance import chance
from qingxi.world.dirt import OLD_NAME, renamed_village
from qingxi.world.issuebook import write_issues
from qingxi.world.settle import PERIURBAN, SCATTERED
from qingxi.world.sheets import write_book
from qingxi.world.states import CONTROLLED, OPEN, TREATED
from qingxi.world.unitbook import write_duties, write_units
from qingxi.world.write_gis import degrees

if TYPE_CHECKING:
    from qingxi.world.county import County

ISSUER = "天河坝县农村生活污水治理领导小组办公室"


def write_books(out: Path, county: "County") -> None:
    """Write all nine books."""
    books = out / "books"
    _villages(books, county)
    _hamlets(books, county)
    _denominator(books, county)
    _facilities(books, county)
    _funds(books, county)
    _works(books, county)
    write_issues(books, county)
    write_units(books, county)
    write_duties(books, county)


def _totals(county: "County") -> dict[str, Any]:
    town = county.town
    village = town.hamlet_village[county.streets.house_hamlet]
    n = len(town.village_code)
    people = county.people
    return {
        "households": np.bincount(village, minlength=n),
        "registered": np.bincount(village, weights=people.registered, minlength=n),
        "resident": np.bincount(village, weights=people.resident, minlength=n),
        "festival": np.bincount(village, weights=people.festival, minlength=n),
    }


def communities(county: "County") -> list[tuple[str, str, int]]:
    """Communities (居委会) of the towns: code, name, township. They stand in the register and not in the 79."""
    out = []
    for t, (code, name) in enumerate(zip(county.town.township_code, county.town.township_name, strict=True)):
        if name.endswith("镇"):
            for k in range(4 if t == 0 else 1):
                word = name[:-1] + ("" if k == 0 else ("东街", "西街", "河滨")[k - 1])
                out.append((f"{code}{k + 1:03d}", f"{word}社区", t))
    return out


def _mode(county: "County", v: int) -> str:
    shape = county.town.hamlet_shape[county.town.hamlet_village == v]
    if (shape == PERIURBAN).any():
        return "近纳管"
    return "散分户" if 2 * (shape == SCATTERED).sum() > 1.4 * shape.size else "聚集中"


def _villages(books: Path, county: "County") -> None:
    rng = chance(county.seed, "book-villages")
    town, states = county.town, county.states
    sums = _totals(county)
    rows: list[tuple[Any, ...]] = []
    for v, code in enumerate(town.village_code):
        state = states.state[v]
        year = int(
            rng.choice(
                [2019, 2020, 2021, 2022, 2023, 2024, 2025, 2026], p=[0.06, 0.1, 0.14, 0.18, 0.18, 0.14, 0.1, 0.1]
            )
        )
        day = date(
            year, int(rng.integers(6, 13)) if year < 2026 else int(rng.integers(3, 11)), int(rng.integers(1, 28))
        )
        if town.village_name[v] == "红岩村":
            day = date(2023, 12, 20)
        done = state != OPEN
        households = int(sums["households"][v])
        # Dirt: in every ninth row the number of households was typed as text.
        shown: int | str = str(households) if v % 9 == 4 else households
        quiet = done and bool(rng.random() < 0.93)
        note = "在建" if states.building[v] else "未开工" if state == OPEN else ""
        if town.village_name[v] == "瓦窑村":
            note = "2026-06-18 因返黑返臭退出已治理"
        rows.append(
            (
                code,
                town.village_name[v],
                town.township_name[town.village_township[v]],
                "村委会",
                county.people.village_class[v],
                shown,
                int(sums["registered"][v]),
                int(sums["resident"][v]),
                int(sums["festival"][v]),
                state,
                day if done else None,
                f"天污治办〔{day.year}〕{10 + v % 40}号" if done else "",
                _mode(county, v) if state == TREATED else ("管控" if state == CONTROLLED else ""),
                "是" if done else "否",
                "是" if done and town.village_name[v] != "瓦窑村" else "否",
                "是" if quiet else ("否" if done else ""),
                int(households * float(rng.uniform(0.61, 0.86)))
                if state == TREATED
                else int(households * 0.1)
                if done
                else 0,
                note,
            )
        )
    for code, name, t in communities(county):
        rows.append(
            (code, name, town.township_name[t], "居委会", "城郊融合", 320, 980, 1240, 1100, TREATED, date(2018, 12, 5), "", "近纳管",
             "是", "是", "是", 300, "涉农社区，已纳入城镇污水管网，不列入行政村名单")
        )  # fmt: skip
    write_book(
        books / "行政村治理台账.xlsx", "天河坝县行政村生活污水治理台账", VILLAGE_COLUMNS, rows,
        maker="填报：县生态环境局  截至 2026-11-22", text=("行政村代码",), widths=(15, 11, 9, 8, 10),
    )  # fmt: skip


def _hamlets(books: Path, county: "County") -> None:
    rng = chance(county.seed, "book-hamlets")
    town, states = county.town, county.states
    houses = np.bincount(county.streets.house_hamlet, minlength=len(town.hamlet_id))
    moved = {v for v, c in enumerate(county.people.village_class) if c == "搬迁撤并"}
    rows = []
    for h, code in enumerate(town.hamlet_id):
        v = int(town.hamlet_village[h])
        n = int(houses[h])
        far = town.hamlet_shape[h] == SCATTERED
        treated = controlled = 0
        if states.state[v] == TREATED:
            # A treated village's outlying hamlets are often not: that is why the two rates differ.
            good = rng.random() < (0.62 if far else 0.95)
            treated = int(n * float(rng.uniform(0.62, 0.95) if good else rng.uniform(0.1, 0.5)))
            controlled = int((n - treated) * float(rng.uniform(0.3, 0.8)))
        elif states.state[v] == CONTROLLED:
            controlled = int(n * float(rng.uniform(0.65, 0.98)))
        elif states.building[v] and not far:
            treated = int(n * float(rng.uniform(0, 0.4)))
        note = "搬迁撤并，计划 2028 年搬完" if v in moved else ""
        rows.append((code, town.hamlet_name[h], town.village_code[v], n, treated, controlled, note))
    write_book(
        books / "自然村清单.xlsx", "天河坝县自然村（聚居点）治理清单", HAMLET_COLUMNS, rows,
        maker="填报：各乡镇  汇总：县生态环境局  截至 2026-11-22", text=("自然村代码", "行政村代码"), widths=(18, 12, 15),
    )  # fmt: skip


def _denominator(books: Path, county: "County") -> None:
    town = county.town
    rows = [
        (c, n, "列入", "农村集体组织建制村", date(2025, 1, 6), ISSUER)
        for c, n in zip(town.village_code, town.village_name, strict=True)
    ]
    if extra := communities(county)[-1:]:
        code, name, _ = extra[0]
        rows.append((code, name, "列入", "村改居后仍有农村居民点", date(2025, 3, 12), ISSUER))
        rows.append((code, name, "核减", "已整体纳入集镇污水管网，改按城镇统计", date(2026, 1, 5), ISSUER))
    write_book(
        books / "治理率分母清单.xlsx", "农村生活污水治理率统计范围（行政村名单）增减记录", DENOMINATOR_COLUMNS, rows,
        maker=f"签发：{ISSUER}", text=("行政村代码",), widths=(15, 12, 8, 34, 12, 34),
    )  # fmt: skip


def _facilities(books: Path, county: "County") -> None:
    town = county.town
    lon, lat = degrees([s.x for s in county.stations], [s.y for s in county.stations])
    renamed = renamed_village(town.village_name)
    rows = []
    for s, east, north in zip(county.stations, lon.tolist(), lat.tolist(), strict=True):
        note = "产权不清，无人认领" if not s.owner else ""
        rows.append(
            (
                s.id, s.name, town.village_code[s.village],
                OLD_NAME if s.village == renamed else town.village_name[s.village],
                town.township_name[town.village_township[s.village]], s.process, s.design_m3_d, s.commissioned, s.owner,
                s.operator, s.standard, s.power_account, s.status, s.households_connected, east, north, s.evidence, s.mn, note,
            )
        )  # fmt: skip
    write_book(
        books / "处理设施台账.xlsx", "天河坝县农村生活污水处理设施台账", FACILITY_COLUMNS, rows,
        maker="填报：县生态环境局  截至 2026-10-31", text=("行政村代码", "用电户号", "MN"), widths=(10, 20, 15),
    )  # fmt: skip


def _funds(books: Path, county: "County") -> None:
    """Four sources over five years; sums in proportion to the county's households."""
    scale = county.size.households / 30_000
    plan = (
        ("县财政预算资金", "县财政", (1500, 1600, 1600, 1700, 1700), "建设、设备、运行、监测"),
        ("省级农村生活污水治理以奖代补资金", "省级奖补", (1419, 1200, 1200, 1000, 1000), "建设、设备"),
        ("涉农资金统筹整合", "涉农整合", (900, 950, 900, 900, 850), "建设"),
        ("村集体自筹", "村集体", (120, 120, 130, 130, 130), "建设、运行"),
    )
    rows = []
    for name, kind, sums, use in plan:
        for k, amount in enumerate(sums):
            year = 2026 + k
            status = "已下达" if year == 2026 else ("已承诺" if year == 2027 or kind == "县财政" else "申报中")
            paper = f"天财资环〔{year}〕{11 + k}号" if year == 2026 else ""
            rows.append((name, kind, year, round(amount * scale, 2), use, paper, status))
    write_book(
        books / "资金来源.xlsx", "农村生活污水治理资金来源表", FUND_COLUMNS, rows, maker="填报：县财政局  单位：万元",
        widths=(32, 10, 8, 12, 26, 20, 10),
    )  # fmt: skip


def _works(books: Path, county: "County") -> None:
    rows = []
    for w in county.works:
        # Dirt: the water bureau fills in ten thousands of yuan.
        budget = round(w.budget_yuan / 10_000, 2) if w.department == "县水利局" else w.budget_yuan
        kind = {"road": "道路", "toilet": "改厕", "water": "供水", "ditch": "沟渠"}[w.kind]
        surface = {"asphalt": "沥青", "concrete": "水泥"}[w.surface]
        rows.append(
            (w.id, w.department, kind, w.name, county.town.village_code[w.village], w.start, w.end, budget, surface)
        )
    write_book(
        books / "其他部门工程.xlsx", "各部门 2026—2030 年村庄工程计划汇总表", WORK_COLUMNS, rows,
        maker="汇总：县农村生活污水治理领导小组办公室", text=("行政村代码",), widths=(14, 14, 8, 34, 15, 12, 12, 14, 8),
    )  # fmt: skip
