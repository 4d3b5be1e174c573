"""One bulletin for a large county: 500 villages, 25 townships, 3,000 facilities' worth of problems (2,000), call-over to files.

    python benchmarks/bulletin.py

Composes, writes .docx and PDF with charts and map, and reads the frozen bytes back; prints seconds of each and asserts
that the whole stays under ten.
"""

import json
import math
import tempfile
import time
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from qingxi.bulletin import (
    CallOver,
    County,
    Held,
    Leaf,
    Paper,
    Planned,
    Problem,
    Shape,
    compose,
    faults,
    month,
    read_call_over,
)
from qingxi.origin import Ref
from qingxi.report import bulletin_pages, write_bulletin, write_bulletin_pdf

DAY, TOWNS, VILLAGES, PROBLEMS, HAMLETS = date(2026, 11, 30), 25, 500, 2000, 6000


def held(name: str, place: str, leaves: list[Leaf], hits: int, unit: str = "行政村") -> Held:
    part = tuple(leaves[:hits])
    text = f"{hits * 100 / len(leaves):.1f}%"
    return Held(f"{name}@1/{place}/{DAY}", name, "1", "治理率", "已治理 ÷ 全部 × 100%", unit, 1, "为假定", place, DAY, text, part, tuple(leaves), (),
                {"已治理": hits, "已管控": 0, "未完成": len(leaves) - hits})  # fmt: skip


def county() -> CallOver:
    by_town = [
        [Leaf(Ref("village", f"9999{t:05d}{v:03d}"), f"{t}乡{v}村", "已治理，2024-06-27 认定") for v in range(VILLAGES // TOWNS)]
        for t in range(TOWNS)
    ]  # fmt: skip
    parts = [
        (f"9999{t:05d}", f"第{t}乡", held("rate", f"9999{t:05d}", by_town[t], 4 + t % 15)) for t in range(TOWNS)
    ]
    every = [x for _c, _n, f in parts for x in f.numerator] + [
        x for _c, _n, f in parts for x in f.denominator[f.part :]
    ]
    main = held("rate", "9999", every, sum(f.part for _c, _n, f in parts))
    hamlets = [Leaf(Ref("hamlet", f"H{n}"), f"{n}组", "治理 12 / 15 户，已治理") for n in range(HAMLETS)]
    problems = tuple(
        Problem(f"WT-{n}", f"问题{n}风机停转未修", f"9999{n % TOWNS:05d}{n % 20:03d}", f"第{n % TOWNS}乡人民政府", Paper.BULLETIN if n % 3 else Paper.NOTICE,
                "整改中", DAY - timedelta(days=60), DAY + timedelta(days=n % 40 - 2))
        for n in range(PROBLEMS)
    )  # fmt: skip
    planned = tuple(
        Planned(
            Ref("project", f"XM-{n}"), f"项目{n}", f"9999{n % TOWNS:05d}001", DAY - timedelta(days=n), "施工", False
        )
        for n in range(120)
    )
    shapes = tuple(
        Shape(code, name, (tuple((t % 5 + 0.5 + 0.5 * math.cos(a / 10), t // 5 + 0.5 + 0.5 * math.sin(a / 10)) for a in range(63)),))
        for t, (code, name, _f) in enumerate(parts)
    )  # fmt: skip
    return CallOver(
        County("大县", "大县领导小组办公室", tuple(f"第{t}乡人民政府" for t in range(TOWNS))), month(2026, 11), main,
        (held("hamlets", "9999", hamlets, 4000, "自然村"),), replace(main, as_of=date(2026, 10, 31)), tuple(parts), problems, planned, (), 0.8, shapes,
    )  # fmt: skip


def main() -> None:
    seconds: dict[str, float] = {}

    def timed(name: str, deed):  # type: ignore[no-untyped-def]
        at = time.perf_counter()
        out = deed()
        seconds[name] = round(time.perf_counter() - at, 2)
        return out

    over = timed("build", county)
    data = timed("freeze", over.as_bytes)
    again = timed("read back", lambda: read_call_over(data))
    made = timed("compose", lambda: compose(again))
    assert timed("recount", lambda: faults(made)) == []
    with tempfile.TemporaryDirectory() as folder:
        timed("docx", lambda: write_bulletin(made, Path(folder) / "b.docx"))
        timed("pdf", lambda: write_bulletin_pdf(made, Path(folder) / "b.pdf"))
        pages = timed("pages", lambda: bulletin_pages(made))
    whole = round(sum(seconds.values()), 2)
    print(
        json.dumps(
            {"seconds": seconds, "whole": whole, "pages": len(pages), "frozen_mb": round(len(data) / 1e6, 2)},
            ensure_ascii=False,
        )
    )
    assert whole < 10, whole


if __name__ == "__main__":
    main()
