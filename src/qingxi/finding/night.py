"""Night infiltration (夜间渗入): water in the small hours of dry nights that no household makes."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Floats, median_of, rolling_median, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold


def night_flow(look: Look) -> tuple[Floats, Floats] | None:
    """Mean flow between 1 and 5 at its lowest three hours, and the day's mean, of every dry day; m3/d."""
    grid = look.grid("flow")
    if grid is None or look.flow is None or grid.shape[1] < 24:
        return None
    hour = grid.shape[1] // 24
    part = grid[:, hour : 5 * hour]
    width = 3 * hour
    windows = np.lib.stride_tricks.sliding_window_view(part, width, axis=1)
    known = ~np.isnan(windows)
    n = known.sum(axis=2)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(n >= width * 0.6, np.where(known, windows, 0.0).sum(axis=2) / n, np.inf)
    low = means.min(axis=1)
    dry = ~look.wet & np.isfinite(low)
    return np.where(dry, low, np.nan), np.where(dry, look.flow, np.nan)


def infiltration(low: Floats, mean: Floats) -> Floats:
    """Steady water under a household's day, m3/d: ``I = (q_night - f q_mean) / (1 - f)``, f the share of their mean
    that households still send in the small hours."""
    share = threshold("night.household_share")
    return np.minimum((low - share * mean) / (1 - share), low)


class NightInflow:
    """Week after week the dry nights carry a steady flow that makes up a good part of the day."""

    code, kind, name, version = "night-inflow", "night-inflow", "夜间渗入", "1"
    needs = ("15 分钟流量",)
    overturned_by = "夜间有作坊、冲洗、水龙头长流，或提升泵夜间集中排空"
    blind = "分不清地下水渗入、河水倒灌与长流水；人口很少的村夜里几乎没有水，误差大"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        both = night_flow(look)
        if both is None:
            return cannot(self, look, "没有逐时流量")
        low, mean = (rolling_median(values, int(threshold("night.days")), needs=3) for values in both)
        steady = infiltration(low, mean)
        with np.errstate(invalid="ignore", divide="ignore"):
            flag = (steady > threshold("night.share") * mean) & (mean > look.dry_line)
        out = []
        for i, j in stretches(
            flag & ~look.excused, join=int(threshold("load.join")), least=int(threshold("night.run_days"))
        ):
            mid, day = median_of(steady[i : j + 1]), median_of(mean[i : j + 1])
            n = int(np.count_nonzero(~np.isnan(both[0][i : j + 1])))
            spread = float(np.nanstd(both[0][i : j + 1])) / max(1.0, np.sqrt(n))
            # What households send at night is not known better than by half.
            unsure = 0.5 * threshold("night.household_share") * day
            half = 1.96 * float(np.hypot(spread, unsure / 1.96))
            length = j - i + 1
            out.append(
                found(
                    self, look, i, j, f"旱天后半夜仍有约 {mid:.1f} m³/d，占日均 {mid / day:.0%}",
                    [series_piece(look, "flow", f"{n} 个旱天夜间最低三小时，扣去住户夜间用水后中位数 {mid:.1f} m³/d", n)],
                    confidence=Confidence.FAIR,
                    numbers=[
                        Number("渗入流量", mid, "m³/d", max(0.0, mid - half), mid + half),
                        Number("渗入水量", mid * length, "m³", max(0.0, mid - half) * length, (mid + half) * length),
                    ],
                    shown=[stretch_of(look, "flow", i, j, line=mid, line_said="估计的渗入")],
                )
            )  # fmt: skip
        return out
