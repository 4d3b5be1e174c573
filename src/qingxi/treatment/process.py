"""Processes of shared plants (集中处理工艺): cost curves, and which of them the place allows."""

from dataclasses import dataclass

from qingxi.standard import Table
from qingxi.treatment.way import ways_of


@dataclass(frozen=True, slots=True)
class Process:
    """One process by its curve, ``docs/costs.md`` section 9; Q is the design flow in m³/d, money in yuan.

    ``grade`` is the discharge grade it reaches: 0 special, 1, 2, 3.
    """

    key: str
    grade: int
    works_fixed: float
    works_unit: float
    works_power: float
    running_fixed: float
    running_m3: float
    renewal: float
    land_fixed: float
    land_unit: float
    scale_low: float
    scale_high: float

    def land_m2(self, design_m3_d: float) -> float:
        return self.land_fixed + self.land_unit * design_m3_d

    def works_yuan(self, design_m3_d: float, land_price: float) -> float:
        """工程费用 of a plant of this design flow, land included."""
        curve = float(self.works_unit * design_m3_d**self.works_power)
        return self.works_fixed + curve + land_price * self.land_m2(design_m3_d)

    def running_yuan_y(self, design_m3_d: float, flow_m3_d: float, land_price: float) -> float:
        """Yearly cost at this mean flow."""
        return (
            self.running_fixed
            + 365 * self.running_m3 * flow_m3_d
            + self.renewal * self.works_yuan(design_m3_d, land_price)
        )


@dataclass(frozen=True, slots=True)
class Place:
    """What is known of where plants may stand; None: not known.

    ``groundwater_m`` and ``slope`` are the worst over the places that may carry a plant, so that a process that is let in does
    at each of them.
    """

    groundwater_m: float | None = None
    coldest_c: float | None = None
    slope: float | None = None


_FIGURES = (
    "works_fixed", "works_unit", "works_power", "running_fixed", "running_m3", "renewal", "land_fixed", "land_unit",
    "scale_low", "scale_high",
)  # fmt: skip


def shared_processes(table: Table, place: Place | None = None) -> list[Process]:
    """Every shared process of the table that the place allows, in table order."""
    refused = refused_processes(table, place)
    return [
        Process(w.key, int(table[f"{w.key}.grade"]), **{name: table[f"{w.key}.{name}"] for name in _FIGURES})
        for w in ways_of(table)
        if w.shared and w.key not in refused
    ]


def refused_processes(table: Table, place: Place | None = None) -> dict[str, str]:
    """Shared processes that the place does not allow, and why, in Chinese."""
    where = place or Place()
    found: dict[str, str] = {}
    for way in ways_of(table):
        if not way.shared:
            continue
        for figure, real, low, words, unknown in (
            ("coldest_low", where.coldest_c, True, "最冷月平均气温 {0:g} ℃，低于所需 {1:g} ℃", "没有气候资料（coldest_month_c）"),
            ("groundwater_low", where.groundwater_m, True, "地下水埋深 {0:g} m，小于所需 {1:g} m", "没有地下水埋深资料（groundwater_m）"),
            ("slope_high", where.slope, False, "可建站处坡度最大 {0:.0%}，超过 {1:.0%}", "没有高程，坡度不明"),
        ):  # fmt: skip
            row = table.rows.get(f"{way.key}.{figure}")
            if row is None or way.key in found:
                continue
            if real is None:
                if way.asks_data:
                    found[way.key] = unknown
            elif (real < row.value) if low else (real > row.value):
                found[way.key] = words.format(real, row.value)
    return found
