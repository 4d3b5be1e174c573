"""The thresholds of the rules, from the table ``findings``, and small readings of the evidence they share."""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding.evidence import Evidence
from qingxi.reading import DailySeries, Use
from qingxi.standard import load_table

_PASSIVE = ("湿地", "氧化塘", "稳定塘", "三格", "化粪池", "土地渗滤", "生态塘", "沼气", "资源")
_ORDER = (Use.CLUE, Use.MANAGEMENT, Use.ENFORCEMENT)


def threshold(key: str) -> float:
    """A threshold by its key."""
    return load_table("findings")[key]


_DEVICE = {EvidenceLevel.HJ212: "数采仪", EvidenceLevel.REMOTE_METER: "远传"}


def source_of(facility: Facility, evidence: Evidence) -> str:
    """Where the daily series come from, in words."""
    return evidence.source or _DEVICE.get(facility.evidence, "设备")


def passive(facility: Facility) -> bool:
    """Whether the plant runs without power by its process, so that a dead meter says nothing."""
    powered = ("微动力", "曝气", "AO", "A2O", "MBR", "A/O", "接触氧化", "SBR", "一体化", "净化槽")
    process = facility.process.upper()
    return any(word in process for word in _PASSIVE) and not any(word in process for word in powered)


def standby_kwh_d(facility: Facility) -> float:
    """Energy a day that a control box may draw although nothing runs."""
    return max(threshold("stopped.kwh_floor"), threshold("stopped.kwh_per_m3_design") * facility.design_m3_d)


def window(series: DailySeries | None, as_of: date, days: int) -> npt.NDArray[np.float64]:
    """The last ``days`` values up to ``as_of``, NaN where there is none or too little arrived that day."""
    out = np.full(days, np.nan)
    if series is None or not len(series):
        return out
    start = as_of - timedelta(days=days - 1)
    shift = (start - series.first).days
    values = np.where(series.coverage >= threshold("coverage.day"), series.values, np.nan)
    lo, hi = max(0, shift), min(len(series), shift + days)
    if lo < hi:
        out[lo - shift : hi - shift] = values[lo:hi]
    return out


def covered(values: npt.NDArray[np.float64]) -> float:
    """Share of days that have a value."""
    return float(np.count_nonzero(~np.isnan(values)) / values.size) if values.size else 0.0


def enough(values: npt.NDArray[np.float64]) -> bool:
    """Whether enough days have a value to judge."""
    return covered(values) >= threshold("coverage.days")


def lowest(uses: Iterable[Use]) -> Use:
    """A finding may be used no further than the weakest of its evidence; none at all is a clue."""
    return min(uses, key=_ORDER.index, default=Use.CLUE)


def onset(dead: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]) -> int:
    """Index of the first day of the trailing stretch in which no known day is alive."""
    alive = np.nonzero(known & ~dead)[0]
    after = int(alive[-1]) + 1 if alive.size else 0
    first_known = np.nonzero(known[after:])[0]
    return after + int(first_known[0]) if first_known.size else after
