"""Rounds at the plants: what inspectors of the village, the operator and the county wrote down."""

from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qingxi.world.chance import chance
from qingxi.world.days import FIRST, TrueDays
from qingxi.world.names import person_names
from qingxi.world.sheets import write_book
from qingxi.world.stations import AS_OF, Station

if TYPE_CHECKING:
    from qingxi.world.county import County

COLUMNS = (
    "设施编号", "时间", "巡查人", "身份", "进水", "风机", "出水", "气味", "围栏", "井盖", "控制箱灯", "周边污水", "电表读数", "备注",
)  # fmt: skip
_WEEKS = 26
_STORY_NAMES = {"QX-041": "周德顺", "QX-083": "唐秀英"}


def write_visits(folder: Path, county: "County", days: TrueDays) -> None:
    """Half a year of rounds: about every ten days by the village, monthly by the operator, now and then the county."""
    rng = chance(county.seed, "visits")
    people = person_names(rng, len(county.stations))
    rows: list[tuple[Any, ...]] = []
    meter = np.cumsum(days.kwh, axis=1)
    for i, s in enumerate(county.stations):
        diligent = float(rng.uniform(0.5, 1.0))
        base = float(rng.uniform(800, 30_000))
        last = AS_OF if s.id != "QX-101" else AS_OF.replace(month=10, day=9)  # nobody has been there since
        for day_back in range(7 * _WEEKS, -1, -1):
            day = AS_OF - timedelta(days=day_back)
            k = (day - FIRST).days
            for role, chance_a_day, name in (
                ("村巡查", 0.1 * diligent, _STORY_NAMES.get(s.id, people[i])),
                ("运维", 0.033, "赵勇" if s.operator.startswith("清源") else "李志刚"),
                ("县", 0.004, "刘洋"),
            ):
                if role != "县" and (s.trouble == "unknown_owner" or day > last or not s.operator):
                    continue
                # A plant that has stood still for years is hardly visited; a story's plants are.
                rate = chance_a_day * (0.25 if s.trouble == "stopped" else 1.0)
                due = s.id == "QX-041" and role == "村巡查" and day == AS_OF
                due |= s.trouble == "idle" and role == "村巡查" and day_back in (5, 12) and day <= last
                if not due and rng.random() > rate:
                    continue
                minute = int(rng.integers(8 * 60, 17 * 60)) if s.id != "QX-041" or day != AS_OF else 16 * 60 + 20
                at = datetime.combine(day, time(minute // 60, minute % 60))
                rows.append(
                    (s.id, at, name, role, *_answers(rng, s, days, i, k), round(base + float(meter[i, k]), 1), "")
                )
    rows.sort(key=lambda r: (r[1], r[0], r[3]))
    shown = [(r[0], f"{r[1]:%Y-%m-%d %H:%M}", *r[2:]) for r in rows]
    write_book(
        folder / "巡查记录.xlsx",
        "农村生活污水处理设施巡查记录",
        COLUMNS,
        shown,
        text=("时间",),
        widths=(10, 17, 10, 8),
    )


def _answers(rng: np.random.Generator, s: Station, days: TrueDays, i: int, k: int) -> tuple[str, ...]:
    """The eight answers; one in forty is simply wrong, as rounds are."""
    runs = bool(days.runs[i, k]) != bool(rng.random() < 0.015)
    still = not runs
    stinks = rng.random() < (0.5 if s.trouble in ("worse_than_influent", "idle") and still else 0.08)
    stinks = bool(stinks or (s.trouble == "worse_than_influent" and rng.random() < 0.6))
    blower = "" if s.process in ("稳定塘", "厌氧+人工湿地") else ("停" if still else "运行")
    return (
        "有" if runs or rng.random() < 0.5 else "无",
        blower,
        "有" if runs and not (s.trouble == "starved" and rng.random() < 0.5) else "无",
        "有异味" if stinks else "无",
        "完好" if rng.random() < (0.5 if s.trouble in ("stopped", "unknown_owner") else 0.96) else "破损",
        "完好" if rng.random() < 0.95 else "破损",
        "灭" if still and s.trouble != "idle" else "亮",
        "有" if still and rng.random() < 0.35 else "无",
    )
