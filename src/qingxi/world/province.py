"""A province as tables only: villages and facilities by the ten thousand, no geometry of houses."""

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from qingxi.world.books_columns import FACILITY_COLUMNS, VILLAGE_COLUMNS
from qingxi.world.chance import chance
from qingxi.world.names import township_names, village_names
from qingxi.world.sheets import write_book
from qingxi.world.size import Size

if TYPE_CHECKING:
    from qingxi.world.county import Written


def write_province(out: Path, seed: int, size: Size) -> "Written":
    """Write the village register and the facility register of an invented province (codes 99)."""
    from qingxi.world.county import Written

    start = perf_counter()
    rng = chance(seed, "province")
    towns = township_names(rng, size.townships)
    per_town = np.full(size.townships, size.villages // size.townships)
    per_town[: size.villages - int(per_town.sum())] += 1
    names = village_names(rng, towns, per_town.tolist())
    per_county = 12
    state = rng.choice(["已治理", "已管控", "未完成"], size=size.villages, p=[0.58, 0.16, 0.26])
    households = rng.integers(90, 620, size.villages)
    codes, rows = [], []
    k = 0
    for t, town in enumerate(towns):
        county = t // per_county
        head = f"99{county // 12 + 1:02d}{county % 12 + 1:02d}{100 + t % per_county:03d}"
        for i, village in enumerate(names[t]):
            code = f"{head}{201 + i:03d}"
            codes.append((code, village, town))
            h = int(households[k])
            registered = int(h * 3.1)
            resident = int(registered * 0.74)
            done = state[k] == "已治理"
            rows.append(
                (code, village, town, "村委会", "集聚提升", h, registered, resident, int(registered * 1.05), str(state[k]),
                 None, "", "聚集中" if done else "", "是" if done else "", "是" if done else "", "是" if done else "",
                 int(h * 0.7) if done else 0, "")
            )  # fmt: skip
            k += 1
    write_book(
        out / "books" / "行政村治理台账.xlsx",
        "全省行政村治理台账（虚构）",
        VILLAGE_COLUMNS,
        rows,
        text=VILLAGE_COLUMNS[:1],
    )
    where = rng.integers(0, len(codes), size.facilities)
    design = rng.choice([5, 10, 15, 20, 30, 40, 60, 100], size=size.facilities)
    plants = (
        (f"P{i + 1:06d}", f"{codes[v][1]}站", codes[v][0], codes[v][1], codes[v][2], "一体化A/O", float(design[i]), None, "",
         "", "", "", "在用", int(design[i] * 4), None, None, "纸面", "", "")
        for i, v in enumerate(where.tolist())
    )  # fmt: skip
    write_book(
        out / "books" / "处理设施台账.xlsx",
        "全省农村生活污水处理设施台账（虚构）",
        FACILITY_COLUMNS,
        plants,
        text=FACILITY_COLUMNS[:1],
    )
    (out / "county.toml").write_text(
        '# 虚构的省，只有表格\n\n[county]\nname = "虚构省"\ncode = "990000"\nas_of = 2026-11-22\nbase_year = 2025\n'
        'near_year = 2030\nfar_year = 2035\nnorms = "rural_sewer"\nprices = "prices"\n\n[books]\n'
        'villages = "books/行政村治理台账.xlsx"\nfacilities = "books/处理设施台账.xlsx"\n',
        encoding="utf-8",
    )
    counts = {"townships": size.townships, "villages": len(codes), "facilities": size.facilities}
    return Written(out, counts, {"tables": perf_counter() - start})
