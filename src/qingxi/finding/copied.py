"""A stretch of readings that repeats an earlier one exactly (数据照搬).

What a repeat is worth depends on how much the stretch says: a pH that mostly rests repeats by chance, a flow with its
noise never does. So the information of the repeated stretch is counted in bits by the series' own steps.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Floats
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.standstill import united
from qingxi.finding.thresholds import threshold
from qingxi.quantity import quantity

_BY_CONTROLS = {"power", "level", "rain", "water_temp"}
"""Timers and the sun's daily round repeat themselves honestly."""
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Steps ``first`` to ``last`` equal those ``lag`` steps earlier; ``bits`` is what they say beyond chance."""

    first: int
    last: int
    lag: int
    bits: float


def repeats(values: Floats, window: int) -> list[Repeat]:
    """Every stretch of at least ``window`` steps that equals an earlier one step by step.

    Windows are compared by a hash and then value by value; a window with a missing value is none. Two stretches that
    overlap are not a repeat.
    """
    n = values.size - window + 1
    if n < 2:
        return []
    known = ~np.isnan(values)
    codes = np.where(known, np.round(values * 1e6), 0).astype(np.int64).view(np.uint64)
    codes = (codes ^ (codes >> np.uint64(31))) * _MULTIPLIER
    # A polynomial hash over each window, doubled up from single steps: log2(window) passes over the array.
    length, hashed, total, done = 1, codes, np.zeros(0, dtype=np.uint64), 0
    rest = window
    power = np.array([_MULTIPLIER], dtype=np.uint64)  # an array: its products wrap round without a word
    while rest:
        if rest & 1:
            piece = hashed[done : done + n]
            total = piece.copy() if done == 0 else total * np.uint64(0xD1B54A32D192ED03) + piece
            done += length
        rest >>= 1
        if rest:
            hashed = hashed[:-length] * power + hashed[length:]
            power = power * power
            length *= 2
    holes = np.concatenate([[0], np.cumsum(~known)])
    moves = np.concatenate([[0], np.cumsum(np.concatenate([[0], np.diff(codes) != 0]))])
    at = np.arange(n)
    whole = (holes[at + window] == holes[at]) & (moves[at + window] - moves[at] >= window // 4)
    places = np.nonzero(whole)[0]
    if places.size < 2:
        return []
    order = places[np.argsort(total[places], kind="stable")]
    keys = total[order]
    same = keys[1:] == keys[:-1]
    later, earlier = order[1:][same], order[:-1][same]
    good = later - earlier >= window
    pairs = sorted(zip(later[good].tolist(), (later - earlier)[good].tolist(), strict=True))
    bits = _bits(values)
    out: list[Repeat] = []
    runs: dict[int, list[int]] = {}
    for place, lag in pairs:
        run = runs.get(lag)
        if run is not None and place <= run[1] + 1:
            run[1] = place
            continue
        if run is not None:
            out.append(_repeat(run, lag, window, bits))
        runs[lag] = [place, place]
    out += [_repeat(run, lag, window, bits) for lag, run in runs.items()]
    return [
        r for r in out if np.array_equal(values[r.first : r.last + 1], values[r.first - r.lag : r.last + 1 - r.lag])
    ]


def _repeat(run: list[int], lag: int, window: int, bits: Floats) -> Repeat:
    first, last = run[0], run[1] + window - 1
    return Repeat(first, last, lag, float(bits[last + 1] - bits[first + 1]))


def _bits(values: Floats) -> Floats:
    """Running sum of what each step says: minus log2 of how often the series makes that very step."""
    steps = np.diff(values)
    known = ~np.isnan(steps)
    said = np.zeros(values.size + 1)
    if known.any():
        _, inverse, counts = np.unique(np.round(steps[known] * 1e6), return_inverse=True, return_counts=True)
        worth = np.zeros(steps.size)
        worth[known] = -np.log2(counts[inverse] / known.sum())
        said[2:] = np.cumsum(worth)
    return said


class Copied:
    """Six hours and more that repeat an earlier stretch to the last digit."""

    code, kind, name, version = "copied", "copied", "数据照搬", "1"
    needs = ("15 分钟读数，至少两周",)
    overturned_by = "平台补传时把同一段写了两次，或读数由程序定时产生"
    blind = "加了噪声的照搬看不出；由定时器决定的量（功率、液位）不看"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        out: list[Finding] = []
        judged = 0
        for code in sorted(set(look.evidence.samples) - _BY_CONTROLS):
            grid = look.grid(code)
            if grid is None or grid.shape[1] < 24 or np.count_nonzero(~np.isnan(grid)) < 14 * grid.shape[1]:
                continue
            judged += 1
            steps = grid.shape[1]
            values = np.where(grid.ravel() == 0, np.nan, grid.ravel()) if code == "flow" else grid.ravel()
            window = int(threshold("copied.hours") * steps / 24)
            chance_bits = 2 * np.log2(values.size)  # every stretch is held against every other
            for r in repeats(values, window):
                if r.bits - chance_bits < threshold("copied.bits"):
                    continue
                i, j = r.first // steps, r.last // steps
                hours, back = (r.last - r.first + 1) * 24 / steps, r.lag / steps
                what = quantity(code).chinese
                out.append(
                    found(
                        self, look, i, j, f"{what} {hours:.0f} 小时的读数与 {back:.3g} 天前逐点相同",
                        [series_piece(look, code, f"{r.last - r.first + 1} 个读数与 {back:.3g} 天前逐点相同，碰巧的机会小于 2 的 -{r.bits - chance_bits:.0f} 次方", r.last - r.first + 1)],
                        confidence=Confidence.HIGH, numbers=[Number("相同", hours, "h"), Number("相隔", back, "天")],
                        shown=[stretch_of(look, code, i, j)],
                        remark="数据不可信时，由它得出的运行判断也不可信",
                    )
                )  # fmt: skip
        if not judged:
            return cannot(self, look, "读数不足两周")
        return united(out)
