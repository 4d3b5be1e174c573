"""The problem ledger (问题整改台账): what is open, what is late, what was closed this year."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qingxi.world.books_columns import ISSUE_COLUMNS
from qingxi.world.chance import chance
from qingxi.world.sheets import write_book
from qingxi.world.stations import AS_OF

if TYPE_CHECKING:
    from qingxi.world.county import County

OPEN_BY_TOWNSHIP = (4, 3, 5, 4, 3, 4, 2, 3, 3, 3, 3, 2)
"""Open problems of the twelve townships; two more lie with county departments: 41."""
LATE_TOWNSHIPS = (10, 9, 8, 7, 5)
"""Townships with one late problem each; two more late ones lie with county departments."""
_CLOSED = 168
_STATES = ("交办", "签收", "整改方案", "整改中", "整改中", "整改中", "自查自验", "申请销号", "现场核查", "公示")
_KINDS: tuple[tuple[str, str, str, int], ...] = (
    # problem, class, cause, calendar days to mend
    ("{v}污水井冒溢，流到路上", "民生类", "管道错口，雨天带泥堵塞", 28),
    ("{v}站边又臭又响，村民反映", "民生类", "风机轴承磨损", 20),
    ("{v}检查井盖松动", "民生类", "井圈下沉", 20),
    ("{v}站风机停转未修", "运维类", "配件未到", 15),
    ("{v}站出水浑浊", "运维类", "污泥未清", 20),
    ("{v}站围栏破损", "运维类", "", 30),
    ("{v}化粪池渗漏", "民生类", "池体开裂", 30),
    ("{v}户内管未接，污水直排沟渠", "民生类", "改厕时未分流", 45),
    ("{v}管沟占用林地，手续没有批", "项目堵点", "林地审批未完成", 60),
    ("{v}站扩建用地没有协调下来", "项目堵点", "用地未落实", 60),
    ("{v}施工后路面没有恢复", "项目堵点", "工序未衔接", 45),
    ("{v}站运维记录缺失", "管理类", "交接不清", 30),
)
_SOURCES = ("县级巡查", "12345工单", "村民反映", "市级抽查", "乡镇自查", "运维上报")


def write_issues(books: Path, county: "County") -> None:
    """Open and closed problems; on the county size 41 open, 7 of them late on the day the data speak of."""
    rng = chance(county.seed, "issues")
    town = county.town
    full = len(town.township_code) == 12
    per_town = OPEN_BY_TOWNSHIP if full else tuple(2 for _ in town.township_code)
    late_in = LATE_TOWNSHIPS if full else (0,)
    villages = {t: np.flatnonzero(town.village_township == t).tolist() for t in range(len(town.township_code))}
    stations: dict[int, list[str]] = {}
    for s in county.stations:
        stations.setdefault(s.village, []).append(s.id)
    rows: list[tuple[Any, ...]] = []

    def add(
        t: int, due: date, state: str, days: int | None = None, story: tuple[str, str, str] | None = None
    ) -> None:
        v = villages[t][int(rng.integers(0, len(villages[t])))]
        what, kind, cause, usual = _KINDS[int(rng.integers(0, len(_KINDS)))]
        title = what.format(v=town.village_name[v])
        rectifier = {"民生类": "清源运维有限公司", "运维类": "清源运维有限公司"}.get(
            kind, f"{town.township_name[t]}人民政府"
        )
        if story:
            title, kind, rectifier = story
            v = next((i for i in villages[t] if title.startswith(town.village_name[i])), v)
            cause = ""
        plant = stations.get(v, [""])[0] if "站" in title else ""
        seat = f"{town.township_name[t]}人民政府"
        supervisor = seat if rectifier != seat else "县生态环境局"
        found = due - timedelta(days=days or usual)
        rows.append(
            ("", title, kind, _SOURCES[int(rng.integers(0, len(_SOURCES)))], town.village_code[v], plant, rectifier,
             supervisor, supervisor, "县生态环境局", found, due, state, cause)
        )  # fmt: skip

    if full:
        told = {
            10: ("大坪村站扩建用地没有协调下来", "项目堵点", "马桑乡人民政府", date(2026, 10, 9)),
        }
    else:
        told = {}
    for t, many in enumerate(per_town):
        for k in range(many):
            if k == 0 and t in late_in:
                title = told.get(t)
                due = title[3] if title else AS_OF - timedelta(days=int(rng.integers(5, 24)))
                add(t, due, "整改中", 60 if title else None, title[:3] if title else None)
            elif full and t == 2 and k == 1:
                add(
                    t,
                    date(2026, 11, 23),
                    "现场核查",
                    28,
                    ("柳湾村 2 组污水井冒溢，流到路上", "民生类", "清源运维有限公司"),
                )
            else:
                ahead = AS_OF + timedelta(days=int(rng.integers(2, 45)))
                add(t, ahead, _STATES[int(rng.integers(0, len(_STATES)))])
    if full:
        add(10, date(2026, 10, 20), "整改中", 60, ("老寨村管沟占用林地，手续没有批", "项目堵点", "县林业局"))
        rows.append(
            ("", "县级配套 86.00 万元未到位，3 村停工", "项目堵点", "乡镇反映", "", "", "县财政局", "县生态环境局", "县审计局",
             "天河坝县农村生活污水治理领导小组办公室", date(2026, 8, 28), date(2026, 10, 27), "整改中", "库款紧张")
        )  # fmt: skip
    closed = _CLOSED if full else 6
    for _ in range(closed):
        t = int(rng.integers(0, len(per_town)))
        add(t, date(2026, 2, 1) + timedelta(days=int(rng.integers(0, 290))), "已销号")
    rows.sort(key=lambda r: (r[10], r[1]))
    rows = [(f"WT-2026-{i + 1:04d}", *row[1:]) for i, row in enumerate(rows)]
    write_book(
        books / "问题整改台账.xlsx", "农村生活污水治理问题整改台账（2026 年）", ISSUE_COLUMNS, rows,
        maker="县生态环境局  截至 2026-11-22", text=("行政村代码",), widths=(14, 34, 10, 12, 15, 10, 24, 22, 22, 28, 12, 12, 10),
    )  # fmt: skip
