"""Values that do not move although they always did (数值一动不动)."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.facility import Facility
from qingxi.finding.evidence import Evidence, series_ref
from qingxi.finding.finding import CannotTell, Confidence, Finding, Piece
from qingxi.finding.thresholds import source_of, standby_kwh_d, threshold, window
from qingxi.quantity import quantity

_LOOK_BACK_DAYS = 180
_SKIPPED = {"ph", "do", "water_temp", "conductivity", "colour"}
"""Coarse instruments rest honestly: a third of real pH values stand in runs of four and more."""


def longest_run(values: npt.NDArray[np.float64], step: float) -> tuple[int, int]:
    """Start and length of the longest run of values equal within half a step; NaN ends a run, zeros do not count."""
    best_start, best = 0, 0
    start, length = 0, 0
    for i, value in enumerate(values):
        same = length > 0 and abs(value - values[start]) < step / 2
        if np.isnan(value) or value == 0:
            length = 0
        elif same:
            length += 1
        else:
            start, length = i, 1
        if length > best:
            best_start, best = start, length
    return best_start, best


def chance_of_run(values: npt.NDArray[np.float64], start: int, length: int, step: float) -> float:
    """Chance of such a run, from how often the rest of the series does not move from one day to the next."""
    rest = np.concatenate([values[:start], [np.nan], values[start + length :]])
    moves = np.abs(np.diff(rest))
    moves = moves[~np.isnan(moves)]
    if not moves.size:
        return 1.0
    # Half a count more than seen: a series that never rested may still rest by chance.
    still = (np.count_nonzero(moves < step / 2) + 0.5) / (moves.size + 1)
    return float(min(1.0, values.size * still ** (length - 1)))


class Frozen:
    """A run of equal daily values that the series' own steps make all but impossible; aware of its resolution."""

    code = "frozen"
    name = "数值长期不变"
    version = "1"
    needs = ("至少 30 个有效日的日数据",)
    overturned_by = "仪表分辨率比登记的粗、数据按月平均填报，或进水确实由水泵定量"
    blind = "分不清探头坏死、按月平均填报与人为锁定"
    severe = False

    def examine(self, facility: Facility, evidence: Evidence, as_of: date) -> Finding | CannotTell | None:
        if not evidence.series:
            return None
        judged = 0
        for code, series in sorted(evidence.series.items()):
            if code in _SKIPPED:
                continue
            values = window(series, as_of, _LOOK_BACK_DAYS)
            known = int(np.count_nonzero(~np.isnan(values)))
            if known < threshold("frozen.needs"):
                continue
            judged += 1
            step = quantity(code).resolution
            # A dead plant's meter rests honestly at zero or at the control box's standby.
            floor = {"energy": standby_kwh_d(facility), "flow": threshold("stopped.load") * facility.design_m3_d}
            values = np.where(values <= floor.get(code, 0.0), 0.0, values)
            start, length = longest_run(values, step)
            chance = chance_of_run(values, start, length, step)
            whole = length >= 0.9 * known
            if length < threshold("frozen.days") or (chance > threshold("frozen.chance") and not whole):
                continue
            first = as_of - timedelta(days=_LOOK_BACK_DAYS - 1 - start)
            last = first + timedelta(days=length - 1)
            what = quantity(code)
            said = f"{what.chinese}连续 {length} 天都是 {values[start]:g} {what.unit}"
            return Finding(
                facility.id,
                self.code,
                self.version,
                self.name,
                first,
                last,
                Confidence.FAIR if whole else Confidence.HIGH,
                f"{facility.name}{first:%Y-%m-%d} 起{said}",
                (
                    Piece(
                        f"{source_of(facility, evidence)}日数据",
                        said + ("" if whole else f"；按其余日子的变化，碰巧如此的机会小于 {max(chance, 1e-9):.1g}"),
                        length,
                        (series_ref(series),),
                    ),
                ),
                self.overturned_by,
                remark="数据不可信时，由它得出的运行判断也不可信",
            )
        if not judged:
            return CannotTell(facility.id, self.code, self.name, "有效日不足 30 天，说不清它平常怎样变", self.needs)
        return None
