"""The quantities: rows with unit, plausible range and resolution.

The plausible range says what an instrument at a village plant can honestly show, not what is allowed: a value
outside it is kept, marked and left out of means. Limits of discharge live in :mod:`qingxi.standard`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Daily(StrEnum):
    """How readings become a day's value."""

    RATE = "rate"  # mean rate of the day in the house unit a day; totals add up
    FLOW_WEIGHTED = "flow_weighted"  # sum(c Q) / sum(Q) where a flow was read beside it, else the plain mean
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing that can be measured.

    Attributes
    ----------
    code : str
        House code: ``"flow"``, ``"cod"``.
    chinese : str
        Its name on pages and documents.
    unit : str
        House unit; empty for pH.
    low, high : float
        Plausible range in the house unit, both ends included.
    resolution : float
        Smallest step a usual instrument shows, in the house unit; equal values closer than this say nothing.
    daily : Daily
        How readings become a day's value.
    trust : str
        Degree of trust of range and resolution, as in :class:`qingxi.standard.Trust`.
    """

    code: str
    chinese: str
    unit: str
    low: float
    high: float
    resolution: float
    daily: Daily
    trust: str = "assumption"

    def plausible(self, value: float) -> bool:
        """Whether an instrument could honestly show this; NaN is not plausible."""
        return self.low <= value <= self.high


_ROWS = (
    # Ranges: the usual spans of instruments for village plants below 500 m3/d, rounded outwards; assumptions.
    Quantity("flow", "流量", "m3/d", 0.0, 5000.0, 0.1, Daily.RATE),
    Quantity("energy", "用电量", "kWh/d", 0.0, 5000.0, 0.01, Daily.RATE),
    Quantity("cod", "化学需氧量", "mg/L", 0.0, 2000.0, 0.1, Daily.FLOW_WEIGHTED),
    Quantity("bod5", "五日生化需氧量", "mg/L", 0.0, 1000.0, 0.1, Daily.FLOW_WEIGHTED),
    Quantity("cod_mn", "高锰酸盐指数", "mg/L", 0.0, 500.0, 0.1, Daily.FLOW_WEIGHTED),
    Quantity("nh3n", "氨氮", "mg/L", 0.0, 300.0, 0.01, Daily.FLOW_WEIGHTED),
    Quantity("tn", "总氮", "mg/L", 0.0, 400.0, 0.01, Daily.FLOW_WEIGHTED),
    Quantity("tp", "总磷", "mg/L", 0.0, 50.0, 0.01, Daily.FLOW_WEIGHTED),
    Quantity("ss", "悬浮物", "mg/L", 0.0, 2000.0, 1.0, Daily.FLOW_WEIGHTED),
    Quantity("oil", "动植物油", "mg/L", 0.0, 200.0, 0.01, Daily.FLOW_WEIGHTED),
    Quantity("petroleum", "石油类", "mg/L", 0.0, 100.0, 0.01, Daily.FLOW_WEIGHTED),
    Quantity("fecal_coliform", "粪大肠菌群", "个/L", 0.0, 1e9, 10.0, Daily.FLOW_WEIGHTED),
    Quantity("ph", "pH值", "", 0.0, 14.0, 0.01, Daily.MEAN),
    Quantity("do", "溶解氧", "mg/L", 0.0, 20.0, 0.01, Daily.MEAN),
    Quantity("water_temp", "水温", "℃", -5.0, 45.0, 0.1, Daily.MEAN),
    Quantity("conductivity", "电导率", "μS/cm", 0.0, 20000.0, 1.0, Daily.MEAN),
    Quantity("colour", "色度", "倍", 0.0, 1000.0, 1.0, Daily.MEAN),
    # Where two points of one plant are read side by side, the influent has a code of its own.
    Quantity("cod_in", "进水化学需氧量", "mg/L", 0.0, 5000.0, 0.1, Daily.FLOW_WEIGHTED),
    Quantity("nh3n_in", "进水氨氮", "mg/L", 0.0, 500.0, 0.01, Daily.FLOW_WEIGHTED),
    Quantity("power", "功率", "kW", 0.0, 500.0, 0.01, Daily.MEAN),
    Quantity("level", "液位", "m", 0.0, 20.0, 0.01, Daily.MEAN),
    Quantity("rain", "雨量", "mm", 0.0, 1000.0, 0.1, Daily.MEAN),
    Quantity("clock_offset", "时钟偏差", "s", -1e9, 1e9, 1.0, Daily.MEAN),
)

QUANTITIES: dict[str, Quantity] = {row.code: row for row in _ROWS}
"""Every quantity by its house code."""


def quantity(code: str) -> Quantity:
    """The quantity of this house code; raises KeyError that names the known ones."""
    try:
        return QUANTITIES[code]
    except KeyError:
        raise KeyError(f"no quantity {code!r}; known are {', '.join(sorted(QUANTITIES))}") from None
