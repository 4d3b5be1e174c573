"""The bill of quantities (工程量清单): what is built where, and its sums by system, township and village as formulas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from qingxi.files.plan_book_plants import way_names
from qingxi.files.plan_layers import MODES, column, rows_of
from qingxi.plan import PlanTables

_KINDS = {"gravity": "重力管", "pressure": "压力管", "lateral": "接户管"}
_SHEET = "清单明细"


@dataclass(frozen=True, slots=True)
class BillRow:
    """One item at one place: ``system`` −1 is on-site works of households; ``earth_m3`` NaN where there is none."""

    system: int
    township: str
    village: str
    item: str
    size: str
    unit: str
    quantity: float
    earth_m3: float
    works_yuan: float


def bill_rows(tables: PlanTables) -> list[BillRow]:
    """Every item of the plan's works by system and village; their sum is the plan's 工程费用.

    A pipe, well, lift or plant lies in the village of the nearest household. Prices are the plan's own, estimates in yuan.
    """
    place = _places(tables)
    sums: dict[tuple[int, str, str, str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])

    def add(
        system: Any, village: Any, item: str, size: Any, unit: str, quantity: Any, earth: Any, works: Any
    ) -> None:
        for s, v, d, q, e, w in zip(system, village, size, quantity, earth, works, strict=True):
            held = sums[int(s), str(v), item, str(d), unit]
            held[0] += float(q)
            held[1] += float(e)
            held[2] += float(w)

    pipes = tables.pipes
    if rows_of(pipes):
        kind, middle = column("pipes", "kind", pipes).astype(str), _middles(tables)
        village = place(middle[:, 0], middle[:, 1])
        get = {
            name: column("pipes", name, pipes)
            for name in ("system_id", "dn_mm", "length_m", "excavation_m3", "works_yuan")
        }
        for k, word in _KINDS.items():
            mine = kind == k
            sizes = np.array([f"DN{d}" for d in get["dn_mm"][mine]], dtype=object)
            add(get["system_id"][mine], village[mine], word, sizes, "m", get["length_m"][mine], np.nan_to_num(get["excavation_m3"][mine]), get["works_yuan"][mine])  # fmt: skip
    for layer, words in (
        ("nodes", {"manhole": "检查井", "join": "接入口", "lift": "提升泵井"}),
        ("lifts", {"": "提升泵"}),
    ):
        columns = getattr(tables, layer)
        if not rows_of(columns):
            continue
        works = np.nan_to_num(column(layer, "works_yuan", columns))
        kind = column("nodes", "kind", columns).astype(str) if layer == "nodes" else np.full(works.size, "")
        village = place(columns["x_m"], columns["y_m"])
        for k, word in words.items():
            mine = (kind == k) & ((works > 0) | (k in ("manhole", "join", "")))
            ones = np.ones(int(mine.sum()))
            add(column(layer, "system_id", columns)[mine], village[mine], word, [""] * ones.size, "座", ones, ones * 0, works[mine])  # fmt: skip
        if layer == "nodes":
            rest = ~np.isin(kind, list(words)) & (works > 0)
            ones = np.ones(int(rest.sum()))
            add(column(layer, "system_id", columns)[rest], village[rest], "其他节点", [""] * ones.size, "座", ones, ones * 0, works[rest])  # fmt: skip
    _plants(tables, place, add)
    _units(tables, add)
    order = [*_KINDS.values(), "检查井", "接入口", "提升泵井", "提升泵", "其他节点", "处理站"]
    rows = [
        BillRow(system, village[:9], village, item, size, unit, q, e if e > 0 else float("nan"), works)
        for (system, village, item, size, unit), (q, e, works) in sums.items()
    ]
    last = 10**9
    return sorted(
        rows,
        key=lambda r: (r.system if r.system >= 0 else last, r.village, order.index(r.item) if r.item in order else 99, r.item, r.size),
    )  # fmt: skip


def _plants(tables: PlanTables, place: Any, add: Any) -> None:
    plants = tables.plants
    if not rows_of(plants):
        return
    works = np.nan_to_num(column("plants", "works_yuan", plants))
    mine = works > 0
    size = np.array([f"{p} {q:g} m³/d" for p, q in zip(way_names(column("plants", "process", plants)), column("plants", "design_m3_d", plants), strict=True)], dtype=object)  # fmt: skip
    ones = np.ones(int(mine.sum()))
    add(column("plants", "system_id", plants)[mine], place(plants["x_m"], plants["y_m"])[mine], "处理站", size[mine], "座", ones, ones * 0, works[mine])  # fmt: skip


def _units(tables: PlanTables, add: Any) -> None:
    """Works at the houses that no sewer reaches."""
    houses = tables.households
    if not rows_of(houses):
        return
    mode = column("households", "mode", houses).astype(str)
    works = np.nan_to_num(column("households", "works_yuan", houses))
    village = np.array([str(h)[:12] for h in column("households", "hamlet_id", houses)], dtype=object)
    process = column("households", "process", houses)
    for m in ("onsite", "reuse", "controlled"):
        mine = (mode == m) & (works > 0)
        ones = np.ones(int(mine.sum()))
        add(
            np.full(ones.size, -1),
            village[mine],
            f"{MODES[m]}设施",
            process[mine],
            "户",
            ones,
            ones * 0,
            works[mine],
        )


def _middles(tables: PlanTables) -> npt.NDArray[np.float64]:
    """The middle point of every pipe's line."""
    counts = np.diff(tables.pipe_offsets)
    index = np.repeat(np.arange(counts.size), counts)
    sums = np.column_stack([np.bincount(index, tables.pipe_coords_m[:, k], counts.size) for k in (0, 1)])
    middles: npt.NDArray[np.float64] = sums / np.maximum(counts, 1)[:, None]
    return middles


def _places(tables: PlanTables) -> Any:
    """A function that gives the village code of the nearest household (or natural village) for points."""
    for layer in ("households", "hamlets"):
        columns = getattr(tables, layer)
        if not rows_of(columns) or "x_m" not in columns:
            continue
        x, y = np.asarray(columns["x_m"], dtype=float), np.asarray(columns["y_m"], dtype=float)
        there = np.isfinite(x) & np.isfinite(y)
        if not there.any():
            continue
        codes = np.array([str(h)[:12] for h in column(layer, "hamlet_id", columns)[there]], dtype=object)
        tree = shapely.STRtree(shapely.points(x[there], y[there]))
        return lambda px, py: codes[
            tree.nearest(shapely.points(np.asarray(px, dtype=float), np.asarray(py, dtype=float)))
        ]
    return lambda px, py: np.full(np.asarray(px).size, "", dtype=object)


def write_bill(pen: Any, tables: PlanTables) -> None:
    """The sheets 清单明细 and its sums 清单按系统, 清单按乡镇, 清单按行政村; nothing where nothing is built.

    Parameters
    ----------
    pen : the pen of ``plan_book``
        Draws tables that look alike.
    """
    rows = bill_rows(tables)
    if not rows:
        return
    names = _names(tables)
    sheet = pen.book.add_worksheet(_SHEET)
    heads = (("系统", 8), ("乡镇代码", 12), ("行政村代码", 15), ("项目", 14), ("规格", 24), ("单位", 6), ("数量", 12), ("土方 m³", 12), ("综合单价 元", 13), ("工程费用 元", 15))  # fmt: skip
    _top(
        pen, sheet, "工程量清单明细", "综合单价、合计都是公式；户用设施不分系统；单价是规划估算，不是控制价", heads
    )
    for r, row in enumerate(rows, start=3):
        cells = (
            str(row.system) if row.system >= 0 else "户用",
            row.township,
            row.village,
            row.item,
            row.size,
            row.unit,
        )
        for c, value in enumerate(cells):
            pen.cell(sheet, r, c, value, "t")
        pen.cell(sheet, r, 6, row.quantity, "1" if row.unit == "m" else "i")
        pen.cell(sheet, r, 7, row.earth_m3, "1")
        each = row.works_yuan / row.quantity if row.quantity else 0.0
        sheet.write_formula(r, 8, f"=IF(G{r + 1}=0,0,J{r + 1}/G{r + 1})", pen.formats["2"], round(each, 2))
        pen.cell(sheet, r, 9, row.works_yuan, "2")
    end = 3 + len(rows)
    sheet.write_string(end, 0, "合计", pen.head)
    earth = float(np.nansum([row.earth_m3 for row in rows]))
    sheet.write_formula(end, 7, f"=SUM(H4:H{end})", pen.formats["1"], earth)
    sheet.write_formula(end, 9, f"=SUM(J4:J{end})", pen.formats["2"], sum(row.works_yuan for row in rows))
    sheet.freeze_panes(3, 1)
    sheet.autofilter(2, 0, end - 1, len(heads) - 1)
    pen.print_setup(sheet)
    for word, letter, key, name in (
        ("系统", "A", lambda row: str(row.system) if row.system >= 0 else "户用", names["system"]),
        ("乡镇", "B", lambda row: row.township, names["township"]),
        ("行政村", "C", lambda row: row.village, names["village"]),
    ):
        _sums(pen, rows, end, word, letter, key, name)


def _names(tables: PlanTables) -> dict[str, dict[str, str]]:
    systems = zip(
        column("systems", "system_id", tables.systems), column("systems", "name", tables.systems), strict=True
    )
    villages = zip(
        column("affordability", "village", tables.affordability), column("affordability", "name", tables.affordability),
        strict=True,
    )  # fmt: skip
    return {
        "system": {str(i): str(n) for i, n in systems} | {"户用": "户用设施"},
        "village": {str(v): str(n) for v, n in villages},
        "township": {},
    }


def _sums(
    pen: Any, rows: Sequence[BillRow], end: int, word: str, letter: str, key: Any, names: dict[str, str]
) -> None:
    """One sheet of sums: a line a system, township or village, a column a kind of work, all SUMIFS over the details."""
    kinds: list[tuple[str, tuple[str, ...], str, str]] = [
        ("管道 m", ("重力管", "压力管"), "G", "1"), ("接户管 m", ("接户管",), "G", "1"), ("检查井 座", ("检查井",), "G", "i"),
        ("处理站 座", ("处理站",), "G", "i"), ("户用设施 户", tuple(f"{MODES[m]}设施" for m in ("onsite", "reuse", "controlled")), "G", "i"),
        ("土方 m³", (), "H", "1"), ("工程费用 元", (), "J", "2"),
    ]  # fmt: skip
    sheet = pen.book.add_worksheet(f"清单按{word}")
    heads = [(f"{word}", 16), ("名称", 24), *((k[0], 15) for k in kinds)]
    _top(pen, sheet, f"工程量清单 按{word}", "每个数都是对“清单明细”的求和公式", heads)
    held = _held(rows, key)
    groups = list(held)
    if word != "系统":
        groups.sort()
    for r, group in enumerate(groups, start=3):
        mine = held[group]
        pen.cell(sheet, r, 0, group, "t")
        pen.cell(sheet, r, 1, names.get(group, ""), "t")
        for c, (_, items, figure, form) in enumerate(kinds, start=2):
            span = f"'{_SHEET}'!${figure}$4:${figure}${end}"
            same = f"'{_SHEET}'!${letter}$4:${letter}${end},$A{r + 1}"
            parts = [f"SUMIFS({span},{same},'{_SHEET}'!$D$4:$D${end},\"{item}\")" for item in items] or [f"SUMIFS({span},{same})"]  # fmt: skip
            sheet.write_formula(r, c, "=" + "+".join(parts), pen.formats[form], _figure(mine, items, figure))
    last = 3 + len(groups)
    sheet.write_string(last, 0, "合计", pen.head)
    for c, (_, items, figure, form) in enumerate(kinds, start=2):
        at = chr(ord("A") + c)
        sheet.write_formula(last, c, f"=SUM({at}4:{at}{last})", pen.formats[form], _figure(rows, items, figure))
    sheet.freeze_panes(3, 2)
    pen.print_setup(sheet)


def _held(rows: Sequence[BillRow], key: Any) -> dict[str, list[BillRow]]:
    held: dict[str, list[BillRow]] = defaultdict(list)
    for row in rows:
        held[key(row)].append(row)
    return held


def _figure(rows: Iterable[BillRow], items: tuple[str, ...], figure: str) -> float:
    attribute = {"G": "quantity", "H": "earth_m3", "J": "works_yuan"}[figure]
    values = [getattr(row, attribute) for row in rows if not items or row.item in items]
    # Most are a handful; numpy would take ten times as long for the same sum.
    return sum((v for v in values if v == v), 0.0) if len(values) < 8 else float(np.nansum(values))


def _top(pen: Any, sheet: Any, title: str, note: str, heads: Sequence[tuple[str, float]]) -> None:
    sheet.set_row(0, 24)
    sheet.write(0, 0, f"{pen.title} {title}", pen.big)
    sheet.write(1, 0, note, pen.note)
    sheet.set_row(2, 30)
    for c, (word, width) in enumerate(heads):
        sheet.set_column(c, c, width)
        sheet.write(2, c, word, pen.head)
