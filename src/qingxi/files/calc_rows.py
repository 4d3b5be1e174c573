"""Rows of the hydraulic calculation sheet (水力计算表): each system's sewers, line by line, downstream."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from qingxi.files.plan_layers import column, rows_of
from qingxi.plan import PlanTables

_KINDS = {"gravity": "重力", "pressure": "压力"}
_SURFACES = {
    "earth": "土路",
    "concrete": "混凝土路",
    "asphalt": "沥青路",
    "rebuilt": "拟改建路",
    "offstreet": "路外",
    "farmland": "农田",
    "none": "",
}
_GROUNDS = {"soil": "", "rock": "岩石", "wet": "地下水"}
_CROSSINGS = {"none": "", "river": "穿河", "stream": "穿沟", "road": "穿路", "rail": "穿铁路"}


@dataclass(frozen=True, slots=True)
class CalcRow:
    """One pipe of the sheet; NaN where the plan's level does not carry it.

    Attributes
    ----------
    line : str
        主管, 支管 1, 支管 2 … of its system.
    up, down : str
        Numbers of its wells, as in the drawing.
    fall_m : float
        Invert at its head less invert at its end.
    water_up_m, water_down_m : float
        Invert plus depth of flow.
    cover_up_m, cover_down_m : float
        Depth to invert less the diameter (the plan's own measure of cover).
    """

    line: str
    up: str
    down: str
    kind: str
    length_m: float
    households: int
    mean_l_s: float
    peak_l_s: float
    dn_mm: int
    slope_permille: float
    fill: float
    flow_depth_m: float
    velocity_m_s: float
    fall_m: float
    ground_up_m: float
    ground_down_m: float
    water_up_m: float
    water_down_m: float
    invert_up_m: float
    invert_down_m: float
    depth_up_m: float
    depth_down_m: float
    cover_up_m: float
    cover_down_m: float
    remark: str


@dataclass(frozen=True, slots=True)
class CalcSystem:
    """One system's sheet."""

    system_id: int
    name: str
    mode: str
    households: int
    flow_m3_d: float
    rows: tuple[CalcRow, ...]

    @property
    def length_m(self) -> float:
        """Metres of sewer, house connections apart."""
        return sum(row.length_m for row in self.rows)


def calc_systems(tables: PlanTables) -> list[CalcSystem]:
    """Every system that has sewers, in the order of its number.

    Within a system the longest way to its end is the main (主管); what joins it follows as branches, longest first, each
    written from its head downstream. House connections are not listed.
    """
    pipes = tables.pipes
    if not rows_of(pipes):
        return []
    kind = column("pipes", "kind", pipes).astype(str)
    sewers = np.flatnonzero(kind != "lateral")
    ground = _ground(tables)
    by_system: dict[int, list[int]] = defaultdict(list)
    system = column("pipes", "system_id", pipes)
    for i in sewers:
        by_system[int(system[i])].append(int(i))
    of = _systems(tables)
    columns = {name: column("pipes", name, pipes) for name in _NEEDED}
    out = []
    for number in sorted(by_system):
        lines = _lines(by_system[number], columns)
        rows = tuple(_row(i, word, columns, ground) for word, line in lines for i in line)
        name, mode, households, flow = of.get(number, ("", "", 0, float("nan")))
        out.append(CalcSystem(number, name, mode, households, flow, rows))
    return out


_NEEDED = (
    "from_node", "to_node", "kind", "length_m", "households_up", "mean_flow_m3_d", "peak_flow_l_s", "dn_mm", "slope", "fill",
    "velocity_m_s", "invert_up_m", "invert_down_m", "surface", "ground", "crossing",
)  # fmt: skip


def _ground(tables: PlanTables) -> dict[int, float]:
    nodes = tables.nodes
    if not rows_of(nodes):
        return {}
    ids, ground = column("nodes", "node_id", nodes), column("nodes", "ground_m", nodes)
    return {int(i): float(g) for i, g in zip(ids, ground, strict=True)}


def _systems(tables: PlanTables) -> dict[int, tuple[str, str, int, float]]:
    parts = [
        column("systems", name, tables.systems) for name in ("system_id", "name", "mode", "households", "flow_m3_d")
    ]
    return {int(i): (str(n), str(m), int(h), float(q)) for i, n, m, h, q in zip(*parts, strict=True)}


def _lines(mine: list[int], columns: dict[str, npt.NDArray[Any]]) -> list[tuple[str, list[int]]]:
    """The pipes of a system as lines: the main, then branches."""
    into: dict[int, list[int]] = defaultdict(list)
    start, end, length = columns["from_node"], columns["to_node"], columns["length_m"]
    for i in mine:
        into[int(end[i])].append(i)
    starts = {int(start[i]) for i in mine}
    # Longest way up from each pipe, found from the heads: a pipe is done when all that run into it are.
    reach: dict[int, float] = {}
    order: list[int] = []
    stack = [i for i in mine if int(end[i]) not in starts]
    while stack:
        i = stack.pop()
        order.append(i)
        stack.extend(into[int(start[i])])
    for i in reversed(order):
        reach[i] = float(length[i]) + max((reach[j] for j in into[int(start[i])]), default=0.0)

    def climb(i: int) -> list[int]:
        line = [i]
        while above := into[int(start[line[-1]])]:
            line.append(max(above, key=lambda j: (reach[j], -j)))
        return line[::-1]

    taken: set[int] = set()
    lines: list[tuple[str, list[int]]] = []
    roots = sorted((i for i in order if int(end[i]) not in starts), key=lambda j: (-reach[j], j))
    waiting = roots
    while waiting:
        branches: list[int] = []
        for i in waiting:
            line = climb(i)
            taken.update(line)
            lines.append(("主管" if not lines else f"支管 {len(lines)}", line))
            branches += [j for k in line for j in into[int(start[k])] if j not in taken]
        waiting = sorted(branches, key=lambda j: (-reach[j], j))
    return lines


def _row(i: int, line: str, c: dict[str, npt.NDArray[Any]], ground: dict[int, float]) -> CalcRow:
    up, down = int(c["from_node"][i]), int(c["to_node"][i])
    dn_m = float(c["dn_mm"][i]) / 1000
    fill = float(c["fill"][i])
    top, low = float(c["invert_up_m"][i]), float(c["invert_down_m"][i])
    ground_up, ground_down = ground.get(up, float("nan")), ground.get(down, float("nan"))
    deep = fill * dn_m
    words = ((_SURFACES, "surface"), (_GROUNDS, "ground"), (_CROSSINGS, "crossing"))
    remarks = [names.get(str(c[name][i]), str(c[name][i])) for names, name in words]
    return CalcRow(
        line=line, up=str(up), down=str(down), kind=_KINDS.get(str(c["kind"][i]), str(c["kind"][i])),
        length_m=float(c["length_m"][i]), households=int(c["households_up"][i]),
        mean_l_s=float(c["mean_flow_m3_d"][i]) / 86.4, peak_l_s=float(c["peak_flow_l_s"][i]), dn_mm=int(c["dn_mm"][i]),
        slope_permille=float(c["slope"][i]) * 1000, fill=fill, flow_depth_m=deep, velocity_m_s=float(c["velocity_m_s"][i]),
        fall_m=top - low, ground_up_m=ground_up, ground_down_m=ground_down, water_up_m=top + deep, water_down_m=low + deep,
        invert_up_m=top, invert_down_m=low, depth_up_m=ground_up - top, depth_down_m=ground_down - low,
        cover_up_m=ground_up - top - dn_m, cover_down_m=ground_down - low - dn_m,
        remark="、".join(word for word in remarks if word),
    )  # fmt: skip


# Heading, unit, attribute of CalcRow, decimals (None: text), width in characters.
CALC_COLUMNS: tuple[tuple[str, str, str, int | None, float], ...] = (
    ("管线", "", "line", None, 8), ("起点井", "", "up", None, 8), ("终点井", "", "down", None, 8), ("性质", "", "kind", None, 6),
    ("管长 L", "m", "length_m", 2, 8), ("服务户数", "户", "households", 0, 7), ("平均流量", "L/s", "mean_l_s", 3, 8),
    ("设计流量 Q", "L/s", "peak_l_s", 3, 8), ("管径 D", "mm", "dn_mm", 0, 7), ("坡度 i", "‰", "slope_permille", 2, 7),
    ("充满度 h/D", "", "fill", 3, 7), ("水深 h", "m", "flow_depth_m", 3, 7), ("流速 v", "m/s", "velocity_m_s", 3, 7),
    ("降落量 iL", "m", "fall_m", 3, 8), ("地面标高 上端", "m", "ground_up_m", 3, 9), ("地面标高 下端", "m", "ground_down_m", 3, 9),
    ("水面标高 上端", "m", "water_up_m", 3, 9), ("水面标高 下端", "m", "water_down_m", 3, 9),
    ("管内底标高 上端", "m", "invert_up_m", 3, 9), ("管内底标高 下端", "m", "invert_down_m", 3, 9),
    ("埋深 上端", "m", "depth_up_m", 2, 7), ("埋深 下端", "m", "depth_down_m", 2, 7), ("覆土 上端", "m", "cover_up_m", 2, 7),
    ("覆土 下端", "m", "cover_down_m", 2, 7), ("备注", "", "remark", None, 14),
)  # fmt: skip
"""The sheet's columns, as design institutes write them."""
