"""Readings that do not move although they always did, by the series' own habit (数值不动).

Honest instruments rest: a third of a pH probe's readings at 0.01 stand in runs of four and more. So a run is held
against the series' own runs: the chance of going on one more step is taken from the longest rests it is used to, not
from the average one, and a run must also be far longer than any other of its own.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Flags, Floats
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold
from qingxi.quantity import quantity

Ints = npt.NDArray[np.int64]

_SAME = 1e-9
_OF_WATER = {"cod", "nh3n", "tn", "tp", "ph", "cod_in", "nh3n_in", "level"}


def equal_runs(values: Floats, *, gap: int) -> tuple[Ints, Ints, Ints]:
    """Runs of equal values: first place, last place, number of values; NaN between equals is bridged up to ``gap``."""
    at = np.nonzero(~np.isnan(values))[0]
    if not at.size:
        empty = np.empty(0, dtype=np.int64)
        return empty, empty, empty
    known = values[at]
    cut = (np.abs(np.diff(known)) > _SAME * np.maximum(1.0, np.abs(known[1:]))) | (np.diff(at) > gap + 1)
    first = np.concatenate([[0], np.nonzero(cut)[0] + 1])
    last = np.concatenate([first[1:] - 1, [at.size - 1]])
    return at[first].astype(np.int64), at[last].astype(np.int64), (last - first + 1).astype(np.int64)


def chance_of(length: int, others: Ints) -> float:
    """Chance that the longest of as many runs reaches ``length`` by the habit of the others.

    The habit is the mean length beyond a quarter of the longest of the others: the tail, not the average. An honest
    series whose nights rest for hours has a long tail of its own and is not accused.
    """
    if not others.size:
        return 1.0
    line = max(1, int(others.max()) // 4)
    tail = others[others >= line] - line
    scale = float(tail.mean()) + 1.0  # half-step and a run never seen: never below one step
    return float(min(1.0, tail.size * np.exp(-(length - line) / scale)))


class FrozenBySamples:
    """A run of equal readings that the series' own habit makes all but impossible."""

    code, kind, name, version = "frozen-series", "frozen", "数值不动（逐时）", "1"
    needs = ("15 分钟读数，至少两周",)
    overturned_by = "仪表确实测到不变的量、分辨率调粗了，或那段时间设备报备停用"
    blind = "分不清探头坏死、通讯网关重复末值与人为锁定；整段序列自始不动的只按日看"
    severe = False
    levels = (EvidenceLevel.HJ212, EvidenceLevel.REMOTE_METER)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        out: list[Finding] = []
        judged = 0
        for code in sorted(look.evidence.samples):
            grid = look.grid(code)
            if grid is None or code == "rain" or grid.shape[1] < 24:
                continue
            steps = grid.shape[1]
            # Where no water comes an analyser has nothing to measure and honestly holds its last value.
            values = np.where(self._no_water(look)[:, None] & (code in _OF_WATER), np.nan, grid).ravel()
            if np.count_nonzero(~np.isnan(values)) < threshold("still.needs_days") * steps:
                continue
            judged += 1
            out += self._of_series(look, code, values, steps)
        if not judged:
            return cannot(self, look, "读数不足两周，说不清它平常怎样变")
        return united(out)

    def _no_water(self, look: Look) -> Flags:
        if look.flow is None:
            return np.zeros(look.days, dtype=np.bool_)
        with np.errstate(invalid="ignore"):
            return np.asarray(look.flow <= look.dry_line)

    def _of_series(self, look: Look, code: str, values: Floats, steps: int) -> list[Finding]:
        first, last, length = equal_runs(values, gap=int(threshold("still.gap_h") * steps / 24))
        level = values[first]
        # A dead plant's meter rests honestly: no flow, power at standby.
        floor = {
            "flow": look.dry_line,
            "power": max(look.standby, threshold("fake.rest") * look.usual_energy) / 24,
        }.get(code, 0.0)
        alive = level > floor
        out = []
        least = threshold("still.hours") * steps / 24
        # Its habit: all its runs but the few longest, which may be the very thing looked for.
        usual = np.sort(length[alive])[: -int(threshold("still.spared"))]
        if not usual.size:
            return []
        for k in np.nonzero(alive & (length >= least))[0]:
            others = np.delete(usual, np.searchsorted(usual, length[k])) if length[k] <= usual[-1] else usual
            longest = int(others.max()) if others.size else 0
            if length[k] < threshold("still.times") * longest:
                continue
            chance = chance_of(int(length[k]), others)
            if chance > threshold("still.chance"):
                continue
            i, j = int(first[k]) // steps, int(last[k]) // steps
            if look.excused[i : j + 1].all():
                continue
            hours = (last[k] - first[k] + 1) * 24 / steps
            what = quantity(code)
            said = f"{what.chinese}连续 {hours:.0f} 小时都是 {level[k]:g} {what.unit}".rstrip()
            out.append(
                found(
                    self, look, i, j, said,
                    [series_piece(look, code, f"{said}；它平常最多停 {longest * 24 / steps:.1f} 小时，碰巧如此的机会不到 {max(chance, 1e-9):.0e}", int(length[k]))],
                    confidence=Confidence.HIGH, numbers=[Number("不动", hours, "h"), Number("偶然机会", chance, "")],
                    shown=[stretch_of(look, code, i, j, line=float(level[k]), line_said="不动的值")],
                    remark="数据不可信时，由它得出的运行判断也不可信",
                )
            )  # fmt: skip
        return out


def united(findings: list[Finding]) -> list[Finding]:
    """Several sensors that stand still on the same days are one matter, told by its longest."""
    out: list[Finding] = []
    for each in sorted(findings, key=lambda f: (f.start, f.end)):
        if out and each.start <= out[-1].end:
            held = out[-1]
            pieces = (*held.evidence, *each.evidence)
            longer = held if held.end - held.start >= each.end - each.start else each
            out[-1] = Finding(
                held.facility, held.rule, held.version, held.name, held.start, max(held.end, each.end),
                held.confidence, longer.said, pieces, held.overturned_by, (), held.use, held.remark, held.kind,
                longer.numbers, (*held.shown, *each.shown),
            )  # fmt: skip
        else:
            out.append(each)
    return out
