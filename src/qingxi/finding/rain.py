"""Rain-derived inflow (雨污混流): what came beyond the dry days' own pattern after rain, with an interval.

The dry-day pattern is the median of each step of the day over dry days near by. An event runs from the first rain to
the end of its tail; its volume is what was measured less the pattern. What dry days differ by among themselves, summed
over as many days, is the interval. No unit hydrograph is fitted: a village has too few storms a year for three triangles.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding.evidence import Evidence
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Flags, Floats, median_of, stretches
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


def _pattern(grid: Floats, dry: Flags) -> Floats:
    """What a dry day brings at each step, for each day: the median of the nearest dry days."""
    days, steps = grid.shape
    at = np.nonzero(dry)[0]
    take = int(threshold("rain.pattern_days"))
    out = np.full((days, steps), np.nan)
    if at.size < threshold("rain.pattern_needs"):
        return out
    left_of = np.clip(np.searchsorted(at, np.arange(days)) - take // 2, 0, max(0, at.size - take))
    for left in np.unique(left_of):
        rows = at[left : left + take]
        with np.errstate(all="ignore"):
            out[left_of == left] = _nanmedian(grid[rows])
    return out


def _nanmedian(rows: Floats) -> Floats:
    """Median down the columns, NaN left out, without the warnings and the price of numpy's own."""
    ordered = np.sort(rows, axis=0)
    n = (~np.isnan(rows)).sum(axis=0)
    column = np.arange(rows.shape[1])
    low, high = ordered[np.maximum(n - 1, 0) // 2, column], ordered[np.minimum(n // 2, rows.shape[0] - 1), column]
    out: Floats = np.where(n > 0, (low + high) / 2, np.nan)
    return out


def _storms(look: Look) -> list[tuple[int, int, int, float]]:
    """Storms as first step, last step with rain, last step of the tail at most, mm; steps are those of the flow."""
    flow = look.grid("flow")
    assert flow is not None
    steps = flow.shape[1]
    mm = np.zeros(look.days * steps)
    fine = look.evidence.rain_samples
    if fine is not None:
        at = (fine.at_s - look.start_s) * steps // DAY_S
        inside = (at >= 0) & (at < mm.size) & fine.valid
        np.add.at(mm, at[inside], fine.values[inside])
    elif look.rain is not None:
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


def events_of(look: Look) -> list[RainEvent]:
    """As :func:`rain_events`, for a look that is laid out already."""
    grid = look.grid("flow")
    if grid is None or look.rain is None or grid.shape[1] < 24:
        return []
    steps = grid.shape[1]
    dry = ~look.wet & (np.count_nonzero(~np.isnan(grid), axis=1) >= 0.8 * steps)
    # A dead plant's day is no pattern of a living one.
    if look.flow is not None:
        with np.errstate(invalid="ignore"):
            dry &= look.flow > look.dry_line
    pattern = _pattern(grid, dry)
    if np.isnan(pattern).all():
        return []
    excess = (grid - pattern).ravel()
    base = pattern.ravel()
    # Dry days among themselves: how far a day's sum strays from the pattern, and how alike neighbours stray.
    strays = np.where(dry, _row_mean(grid - pattern), np.nan)
    spread = max(
        _SIGMA * median_of(np.abs(strays - median_of(strays))),
        threshold("rain.noise") * median_of(_row_mean(pattern)),
    )
    if not spread > 0:
        return []
    out = []
    for i, j, end, mm in _storms(look):
        end = _tail_end(excess, i, j, end, steps, spread)
        part = excess[i : end + 1]
        known = ~np.isnan(part)
        if known.mean() < 0.6:
            continue
        days = part.size / steps
        per = float(part[known].mean())  # m3/d above the pattern, while it lasts
        volume, expected = per * days, float(np.nanmean(base[i : end + 1])) * days
        # Neighbouring days stray together, so their sums grow faster than the root of their number.
        noise = spread * days**0.75
        clear = volume > threshold("rain.sigmas") * noise and volume > threshold("rain.least_share") * expected
        step_s = DAY_S // steps
        out.append(
            RainEvent(look.start_s + i * step_s, look.start_s + (end + 1) * step_s, mm, volume,
                      volume - 1.96 * noise, volume + 1.96 * noise, expected, clear)
        )  # fmt: skip
    return out


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
    """Storms that bring more than people do; from the first clear one to the last, unless a storm between brought none."""

    code, kind, name, version = "rain-inflow", "rain-inflow", "雨污混流", "1"
    needs = ("15 分钟流量", "雨量", "十天以上旱天")
    overturned_by = "雨天恰逢节日人多、泵站集中排空、雨量站离得太远"
    blind = "分不清错接的雨水管与检查井渗入：看来得快还是慢，要到现场开井；没有雨的日子不作声"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        if look.grid("flow") is None or look.rain is None:
            return cannot(self, look, "没有逐时流量或没有雨量")
        runs: list[list[RainEvent]] = [[]]
        for event in events_of(look):
            if event.clear:
                gap = (event.start_s - runs[-1][-1].end_s) / DAY_S if runs[-1] else 0.0
                if gap > threshold("rain.join_days"):
                    runs.append([])
                runs[-1].append(event)
            elif event.rain_mm >= threshold("rain.telling_mm") and runs[-1]:
                runs.append([])  # it rained well and nothing came: what was before is closed
        return [self._found(look, events) for events in runs if events and self._enough(events)]

    def _enough(self, events: list[RainEvent]) -> bool:
        volume, base = (sum(getattr(e, key) for e in events) for key in ("volume_m3", "base_m3"))
        return bool(volume > threshold("rain.share") * base)

    def _found(self, look: Look, events: list[RainEvent]) -> Finding:
        i, j = ((s - look.start_s) // DAY_S for s in (events[0].start_s, events[-1].end_s - 1))
        volume, base = sum(e.volume_m3 for e in events), sum(e.base_m3 for e in events)
        half = float(np.sqrt(sum(((e.high_m3 - e.low_m3) / 2) ** 2 for e in events)))
        mm, share = sum(e.rain_mm for e in events), 100 * volume / (volume + base)
        numbers = [
            Number("雨天多出的水量", volume, "m³", volume - half, volume + half),
            Number("占雨天水量", share, "%", 100 * max(0.0, volume - half) / (volume - half + base) if volume > half else 0.0,
                   100 * (volume + half) / (volume + half + base)),
            Number("雨量", mm, "mm"),
            Number("每毫米雨带来", volume / mm, "m³/mm"),
        ]  # fmt: skip
        said = f"{len(events)} 场雨（{mm:.0f} mm）共多来水 {volume:.0f} m³（{max(0.0, volume - half):.0f}–{volume + half:.0f}），占雨天水量 {share:.0f}%"
        return found(
            self, look, int(i), min(int(j), look.days - 1), said,
            [series_piece(look, "flow", f"比旱天同时段多 {volume:.0f} m³", len(events))],
            confidence=Confidence.HIGH if len(events) > 1 and volume > 2 * half else Confidence.FAIR,
            numbers=numbers, shown=[stretch_of(look, "flow", int(i), int(j)), stretch_of(look, "rain", int(i), int(j))],
        )  # fmt: skip
