"""Rain-derived inflow (雨污混流): what came beyond the dry days' own pattern after rain, with an interval.

Two questions are kept apart. Whether the sewer answers to rain at all: the daily flow is taken as a slowly moving base
plus a quick, a middle and a slow share of the rain (three stores that empty by a fixed part a day), none below zero,
fitted robustly over all days of the look; guests, holidays and pumps do not follow the rain and fall out. How much a
storm brought: what was measured less base and hour-of-day pattern, with what dry windows of the same length stray by.

References
----------
Stores in series for rain-derived inflow: the RTK method's three triangles (Vallabhaneni et al., EPA/600/R-07/111, 2007);
stores instead of triangles need three figures instead of nine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Flags, Floats, median_of, rolling_median, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold
from qingxi.reading import DAY_S

_SIGMA = 1.4826  # median of absolute deviations to standard deviation, for a normal


@dataclass(frozen=True, slots=True)
class RainEvent:
    """One storm and what it brought.

    Attributes
    ----------
    start_s, end_s : int
        Seconds since 1970 UTC.
    rain_mm, volume_m3, low_m3, high_m3 : float
        Rain, water beyond the dry pattern and its 95 % interval (which may begin below zero).
    base_m3 : float
        What the dry pattern expects in the same time.
    clear : bool
        Whether it stands out from what dry days differ by.
    """

    start_s: int
    end_s: int
    rain_mm: float
    volume_m3: float
    low_m3: float
    high_m3: float
    base_m3: float
    clear: bool


def rain_events(facility: Facility, evidence: Evidence, first: date, last: date) -> list[RainEvent]:
    """Every storm between two days, both with, and the water it brought; none without flow samples and rain."""
    return events_of(Look(facility, evidence, first, last))


def _shape(grid: Floats, dry: Flags) -> Floats:
    """How a dry day spreads over its steps, mean 1: the mean over dry days, each as a share of its own sum."""
    rows = grid[dry]
    level = _row_mean(rows)
    rows = rows[level > 0] / level[level > 0, None]
    if not rows.size:
        return np.ones(grid.shape[1])
    shape = _row_mean(rows.T)
    shape = np.where(np.isnan(shape), 1.0, shape)
    return np.asarray(shape / shape.mean(), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Answer:
    """How a sewer answers to rain: base, answer and its quick part of every day, m3/d, and how far the answer stands out
    of the noise."""

    base: Floats
    answer: Floats
    quick: Floats
    stands_out: float
    explained: float


def _answer(flow: Floats, rain: Floats, steady: Flags, wetted: Flags) -> _Answer | None:
    """Fit base and stores; ``steady`` days (living, not excused) count."""
    known = steady & ~np.isnan(flow)
    if np.count_nonzero(known) < threshold("rain.fit_days"):
        return None
    wet = np.nan_to_num(rain)
    stores = np.stack(
        [_store(wet, float(keep)) for keep in (0.0, threshold("rain.middle"), threshold("rain.slow"))]
    )
    answer = np.zeros(flow.size)
    share = np.zeros(3)
    base, left = flow, flow
    width, cut = int(threshold("rain.base_days")), threshold("rain.cut")
    for turn in range(10):
        # The base is that of days without rain lately, so that a wet season does not pass for the habit; where there are
        # none for weeks, of all days.
        plain = rolling_median(np.where(known & ~wetted, flow - answer, np.nan), width, needs=4)
        every = rolling_median(np.where(known, flow - answer, np.nan), width, needs=4) if turn else plain
        base = np.where(np.isnan(plain), every, plain)
        left = flow - base
        good = known & ~np.isnan(left)
        if np.count_nonzero(good) < threshold("rain.fit_days"):
            return None
        rest = (left - answer)[good]
        spread = _SIGMA * float(np.median(np.abs(rest - np.median(rest))))
        # A day far off says little of rain: its pull is cut at so many spreads.
        pulled = answer[good] + np.clip(rest, -cut * spread, cut * spread) if spread > 0 else left[good]
        centred = stores[:, good]
        for _ in range(25):  # coordinates in turn, each held at or above zero
            for k in range(3):
                others = pulled - share @ centred + share[k] * centred[k]
                size = float(centred[k] @ centred[k])
                share[k] = max(0.0, float(centred[k] @ others) / size) if size > 0 else 0.0
        answer = share @ stores
    good = known & ~np.isnan(base)
    left = (flow - base)[good]
    rest = left - answer[good]
    spread = max(_SIGMA * float(np.median(np.abs(rest - np.median(rest)))), 1e-9)
    # A season that comes and goes fits some rain by chance; of what strays from the base little is then explained.
    explained = 1 - float((rest**2).sum()) / max(float((left**2).sum()), 1e-9)
    # Neighbouring days stray together: their number counts for half.
    stands_out = float(np.sqrt((answer[good] ** 2).sum() / 2)) / spread
    return _Answer(base, answer, share[0] * stores[0], stands_out, explained)


def _store(rain: Floats, keep: float) -> Floats:
    """What a store gives each day that keeps this part of itself overnight."""
    out = np.zeros(rain.size)
    held = 0.0
    for day, mm in enumerate(rain.tolist()):
        held = held * keep + mm * (1 - keep)
        out[day] = held
    return out


def _storms(look: Look) -> list[tuple[int, int, int, float]]:
    """Storms as first step, last step with rain, last step of the tail at most, mm; steps are those of the flow."""
    flow = look.grid("flow")
    assert flow is not None
    steps = flow.shape[1]
    mm = _rain_steps(look, steps)
    if look.evidence.rain_samples is None and look.rain is not None:
        # The day is all that is known: it may have rained from its first step on.
        mm[::steps] = np.nan_to_num(look.rain)
        for day in np.nonzero(np.nan_to_num(look.rain) >= threshold("rain.wet_mm"))[0]:
            mm[day * steps : (day + 1) * steps] = look.rain[day] / steps
    hour = max(1, steps // 24)
    quiet = int(threshold("rain.between_h")) * hour
    tail = int(threshold("rain.tail_days") * steps)
    raining = [
        (i, j, float(mm[i : j + 1].sum()))
        for i, j in stretches(mm > 0, join=quiet)
        if mm[i : j + 1].sum() >= threshold("rain.wet_mm")
    ]
    return [
        (i, j, min(j + tail, (raining[k + 1][0] if k + 1 < len(raining) else mm.size) - 1), total)
        for k, (i, j, total) in enumerate(raining)
    ]


def answer_of(look: Look) -> _Answer | None:
    """The fit for a look; None without flow samples, rain, or enough days."""
    grid = look.grid("flow")
    if grid is None or look.rain is None or look.flow is None or grid.shape[1] < 24:
        return None
    with np.errstate(invalid="ignore"):
        steady = (look.flow > look.dry_line) & ~look.excused
    return _answer(look.flow, look.rain, np.asarray(steady), look.wet)


def events_of(look: Look, fitted: _Answer | None = None) -> list[RainEvent]:
    """As :func:`rain_events`, for a look that is laid out already."""
    grid = look.grid("flow")
    fitted = fitted or answer_of(look)
    if grid is None or fitted is None:
        return []
    steps = grid.shape[1]
    dry = ~look.wet & (fitted.answer < 0.02 * np.nan_to_num(fitted.base)) & (_known(grid) >= 0.8)
    if np.count_nonzero(dry) < threshold("rain.pattern_needs"):
        dry = ~look.wet & (_known(grid) >= 0.8)
    pattern = fitted.base[:, None] * _shape(grid, dry)[None, :]
    excess, base = (grid - pattern).ravel(), pattern.ravel()
    noise_of = _noise(np.where(dry[:, None], grid - pattern, np.nan).ravel(), steps)
    if noise_of is None:
        return []
    least = threshold("rain.noise") * median_of(fitted.base)
    spread = max(noise_of(1.0), least)
    leaks = fitted.stands_out > threshold("rain.stands_out") and fitted.explained > threshold("rain.explained")
    by_step = _by_step(look, fitted, steps)
    out = []
    for i, j, end, mm in _storms(look):
        end = _tail_end(excess, i, j, end, steps, spread)
        part = excess[i : end + 1]
        known = ~np.isnan(part)
        if known.mean() < 0.6:
            continue
        days = part.size / steps
        volume = float(part[known].mean()) * days  # the mean stands for steps without a reading
        expected = float(np.nanmean(base[i : end + 1])) * days
        noise = max(noise_of(days), least * days**0.5)
        if not expected > 0:
            continue
        # Two witnesses: what was measured, off by the noise, and what this sewer gives for such rain, off by half.
        usual = float(by_step[i : end + 1].mean()) * days
        doubt = max(threshold("rain.doubt") * usual, 1e-9)
        volume = (volume * doubt**2 + usual * noise**2) / (doubt**2 + noise**2)
        noise = noise * doubt / float(np.hypot(noise, doubt))
        clear = (
            leaks
            and volume > threshold("rain.sigmas") * noise
            and volume > threshold("rain.least_share") * expected
        )
        # Beyond what dry days differ by: where the last storm's tail ends and this one's begins, and how high the base
        # stands under the rain, nobody measures.
        half = 1.96 * float(
            np.hypot(
                np.hypot(noise, threshold("rain.volume_share") * max(volume, 0.0)),
                threshold("rain.noise") * expected,
            )
        )
        step_s = DAY_S // steps
        out.append(
            RainEvent(look.start_s + i * step_s, look.start_s + (end + 1) * step_s, mm, volume,
                      volume - half, volume + half, expected, clear)
        )  # fmt: skip
    return out


def _by_step(look: Look, fitted: _Answer, steps: int) -> Floats:
    """The fitted answer at each step, m3/d: its quick part while and just after it rains, the rest over the day."""
    slow = np.repeat(fitted.answer - fitted.quick, steps)
    fine = look.evidence.rain_samples
    if fine is None:
        return slow + np.repeat(fitted.quick, steps)
    mm = _rain_steps(look, steps)
    lag = max(1, int(threshold("rain.quick_h") * steps / 24))
    runs = np.convolve(mm, np.full(lag, 1 / lag))[: mm.size].reshape(look.days, steps)
    total = runs.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.where(total > 0, runs / total * steps, 1.0)
    return np.asarray(slow + (spread * fitted.quick[:, None]).ravel())


def _rain_steps(look: Look, steps: int) -> Floats:
    """mm at each step of the flow, from the gauge's own steps."""
    mm = np.zeros(look.days * steps)
    fine = look.evidence.rain_samples
    if fine is not None:
        at = (fine.at_s - look.start_s) * steps // DAY_S
        inside = (at >= 0) & (at < mm.size) & fine.valid
        np.add.at(mm, at[inside], fine.values[inside])
    return mm


def _known(grid: Floats) -> Floats:
    return np.asarray(np.count_nonzero(~np.isnan(grid), axis=1) / grid.shape[1])


def _noise(strays: Floats, steps: int) -> Callable[[float], float] | None:
    """How far the sum over so many days strays from the pattern in dry weather, m3: one standard deviation.

    Taken from dry windows of a quarter day to two days as they are, so that a morning that came late and neighbouring
    days that stray together are both in it; beyond, it grows as between the two longest.
    """
    lengths, sizes = [], []
    known = ~np.isnan(strays)
    total = np.concatenate([[0.0], np.cumsum(np.where(known, strays, 0.0))])
    count = np.concatenate([[0], np.cumsum(known)])
    for share in (0.25, 0.5, 1.0, 2.0):
        width = max(1, int(share * steps))
        full = count[width:] - count[:-width] >= 0.9 * width
        sums = (total[width:] - total[:-width])[full] / steps
        if sums.size >= 2 * steps:
            lengths.append(share)
            sizes.append(_SIGMA * float(np.median(np.abs(sums - np.median(sums)))))
    if not lengths or not max(sizes) > 0:
        return None
    floor = max(sizes) * 1e-6
    logs = np.log(lengths), np.log(np.maximum(sizes, floor))
    slope = (
        0.75
        if len(lengths) < 2
        else float(np.clip((logs[1][-1] - logs[1][-2]) / (logs[0][-1] - logs[0][-2]), 0.5, 1.0))
    )

    def noise(days: float) -> float:
        if days <= lengths[-1]:
            return float(np.exp(np.interp(np.log(days), *logs)))
        return float(sizes[-1] * (days / lengths[-1]) ** slope)

    return noise


def _row_mean(rows: Floats) -> Floats:
    known = ~np.isnan(rows)
    with np.errstate(invalid="ignore", divide="ignore"):
        out: Floats = np.where(known, rows, 0.0).sum(axis=1) / known.sum(axis=1)
    return out


def _tail_end(excess: Floats, first: int, rain_end: int, last: int, steps: int, spread: float) -> int:
    """Where the tail has sunk into what dry days differ by: the first quarter day below one spread."""
    quarter = max(1, steps // 4)
    for at in range(rain_end + quarter, last + 1, quarter):
        piece = excess[at : min(at + quarter, last + 1)]
        known = piece[~np.isnan(piece)]
        if known.size and float(known.mean()) < spread:
            return max(first, at)
    return last


class RainInflow:
    """Weeks in which storms bring a good part of the water; joined where the next wet week follows closely."""

    code, kind, name, version = "rain-inflow", "rain-inflow", "雨污混流", "2"
    needs = ("15 分钟流量", "雨量", "十天以上旱天")
    overturned_by = "雨天恰逢节日人多、泵站集中排空、雨量站离得太远"
    blind = "分不清错接的雨水管与检查井渗入：看来得快还是慢，要到现场开井；没有雨的日子不作声"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        if look.grid("flow") is None or look.rain is None:
            return cannot(self, look, "没有逐时流量或没有雨量")
        fitted = answer_of(look)
        if fitted is None:
            return cannot(self, look, "有水的日子不够，说不清它旱天怎样")
        clear = [event for event in events_of(look, fitted) if event.clear]
        if not clear:
            return []
        first = [int((e.start_s - look.start_s) // DAY_S) for e in clear]
        last = [min(look.days - 1, int((e.end_s - 1 - look.start_s) // DAY_S)) for e in clear]
        week = np.ones(7)
        brought = np.convolve(np.where(np.isnan(fitted.base), 0.0, fitted.answer), week, mode="same")
        rest = np.convolve(np.nan_to_num(fitted.base), week, mode="same")
        measured = np.convolve(
            np.nan_to_num(look.flow - fitted.base) if look.flow is not None else brought, week, mode="same"
        )
        # Two witnesses again: what such rain brings here, and what was measured that week; both must say so.
        share = threshold("rain.share")
        flag = (
            (0.5 * (brought + measured) > share * rest)
            & (np.minimum(brought, measured) > 0.5 * share * rest)
            & (rest > 0)
        )
        out = []
        for i, j in stretches(flag, join=int(threshold("rain.join_days")), least=int(threshold("rain.run_days"))):
            own = [e for e, a, b in zip(clear, first, last, strict=True) if a <= j and b >= i]
            if own:
                out.append(self._found(look, i, j, own))
        return out

    def _found(self, look: Look, i: int, j: int, events: list[RainEvent]) -> Finding:
        volume, base = sum(e.volume_m3 for e in events), sum(e.base_m3 for e in events)
        # Part of what an event may be off by is the sewer's own and does not even out over its storms.
        half = float(np.sqrt(sum(((e.high_m3 - e.low_m3) / 2) ** 2 for e in events)))
        half = float(np.hypot(half, 1.96 * threshold("rain.sewer_share") * volume))
        low, high = max(0.0, volume - half), volume + half
        mm, share = sum(e.rain_mm for e in events), 100 * volume / (volume + base)
        numbers = [
            Number("雨天多出的水量", volume, "m³", low, high),
            Number("占雨天水量", share, "%", 100 * low / (low + base), 100 * high / (high + base)),
            Number("雨量", mm, "mm"),
            Number("每毫米雨带来", volume / mm, "m³/mm"),
        ]
        said = f"{len(events)} 场雨（{mm:.0f} mm）共多来水 {volume:.0f} m³（{low:.0f}–{high:.0f}），占雨天水量 {share:.0f}%"
        return found(
            self, look, i, j, said, [series_piece(look, "flow", f"比旱天同时段多 {volume:.0f} m³", len(events))],
            confidence=Confidence.HIGH if len(events) > 1 and volume > 2 * half else Confidence.FAIR,
            numbers=numbers, shown=[stretch_of(look, "flow", i, j), stretch_of(look, "rain", i, j)],
        )  # fmt: skip
