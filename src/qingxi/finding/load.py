"""Too little or too much water for what was built (吃不饱、超负荷), week by week."""

from collections.abc import Sequence

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Floats, rolling_mean, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold


def weekly_load(look: Look) -> Floats | None:
    """Mean of the week around each day over the design, as if as many people were present as usual; dry days only
    where enough of them are; NaN where too few days are known."""
    if look.flow is None:
        return None
    # Guests and those who went away are no fault of the plant: per head present, times the usual head count.
    flow = look.flow / np.clip(look.presence, threshold("load.presence_low"), threshold("load.presence_high"))
    needs = int(threshold("load.days"))
    dry = rolling_mean(np.where(look.wet, np.nan, flow), 7, needs=needs)
    plain = rolling_mean(flow, 7, needs=needs)
    return np.where(np.isnan(dry), plain, dry) / look.facility.design_m3_d


def _mean(look: Look, i: int, j: int) -> tuple[float, int]:
    """Mean flow as measured, and days known."""
    part = np.empty(0) if look.flow is None else look.flow[i : j + 1]
    known = part[~np.isnan(part)]
    return (float(known.mean()) if known.size else float("nan")), int(known.size)


class StarvedBySamples:
    """Water comes, and a week's mean is below three tenths of the design although the people are there."""

    code, kind, name, version = "starved-series", "starved", "吃不饱（逐日水量）", "1"
    needs = ("15 分钟流量",)
    overturned_by = "流量计校准有误、另有未计量的进水，或住户多数外出而没有人数记录"
    blind = "没有在家人数时，与季节性外出分不清；设计规模登记偏大时也会报"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        load = weekly_load(look)
        if load is None:
            return cannot(self, look, "没有逐时流量")
        with np.errstate(invalid="ignore"):
            flag = (load < threshold("starved.severe")) & (load > threshold("stopped.load")) & ~look.excused
        out = []
        for i, j in stretches(flag, join=int(threshold("load.join")), least=int(threshold("starved.run_days"))):
            mean, n = _mean(look, i, j)
            share = mean / look.facility.design_m3_d
            out.append(
                found(
                    self, look, i, j, f"平均进水 {mean:.1f} m³/d，为设计规模 {look.facility.design_m3_d:g} m³/d 的 {share:.0%}",
                    [series_piece(look, "flow", f"{n} 个有效日平均 {mean:.1f} m³/d", n)],
                    confidence=Confidence.HIGH if j - i >= 60 else Confidence.FAIR,
                    numbers=[Number("负荷率", share * 100, "%")],
                    shown=[stretch_of(look, "flow", i, j, line=look.facility.design_m3_d * threshold("starved.severe"), line_said="设计规模的 30%")],
                    remark="" if look.evidence.people is not None else "没有在家人数，可能是季节性的",
                )
            )  # fmt: skip
        return out


class Overloaded:
    """Dry-weather water well above what was built."""

    code, kind, name, version = "overloaded", "overloaded", "超负荷", "1"
    needs = ("15 分钟流量", "雨量（没有时只能连雨天一起看）")
    overturned_by = "流量计校准有误，设计规模登记偏小，或一时的游客、返乡"
    blind = "没有雨量时与雨天进水分不清；没有在家人数时与节日人多分不清"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        load = weekly_load(look)
        if load is None:
            return cannot(self, look, "没有逐时流量")
        with np.errstate(invalid="ignore"):
            flag = (load > threshold("overload.load")) & ~look.excused
        out = []
        for i, j in stretches(flag, join=int(threshold("load.join")), least=int(threshold("overload.run_days"))):
            mean, n = _mean(look, i, j)
            share = mean / look.facility.design_m3_d
            line = look.facility.design_m3_d * threshold("overload.load")
            out.append(
                found(
                    self, look, i, j, f"平均进水 {mean:.1f} m³/d，为设计规模的 {share:.0%}",
                    [series_piece(look, "flow", f"{n} 个有效日平均 {mean:.1f} m³/d", n)],
                    numbers=[Number("负荷率", share * 100, "%")],
                    shown=[stretch_of(look, "flow", i, j, line=line, line_said="设计规模的 120%")],
                )
            )  # fmt: skip
        return out
