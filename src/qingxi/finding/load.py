"""Too little or too much water for what was built (吃不饱、超负荷), week by week."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import Floats, median_of, rolling_mean, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold


def weekly_load(look: Look) -> Floats | None:
    """Mean of the week around each day over the design; dry days only where enough of them are; NaN where too few
    days are known."""
    if look.flow is None:
        return None
    flow = look.flow
    needs = int(threshold("load.days"))
    dry = rolling_mean(np.where(look.wet, np.nan, flow), 7, needs=needs)
    plain = rolling_mean(flow, 7, needs=needs)
    return np.where(np.isnan(dry), plain, dry) / look.facility.design_m3_d


def holiday_times(look: Look) -> float:
    """Flow of the long public holidays (1-5 May, 1-7 October) over that of the fortnights before and after; the largest of them,
    1 where none lies in the days. A village of guests fills up, one of residents hardly changes."""
    best = 1.0
    if look.flow is None:
        return best
    for year in range(look.first.year, look.last.year + 1):
        for first, length in ((date(year, 5, 1), 5), (date(year, 10, 1), 7)):
            at = look.index(first)
            if at < 14 or at + length > look.days:
                continue
            dry = np.where(look.wet, np.nan, look.flow)
            sides, within = (
                (slice(at - 14, at - 1), slice(at + length + 1, at + length + 14)),
                slice(at + 1, at + length),
            )
            before, after, during = (
                median_of(part if (part := dry[cut])[~np.isnan(part)].size > 1 else look.flow[cut])
                for cut in (*sides, within)
            )
            # Against both sides: a plant that broke down or was mended beside a holiday is no village of guests.
            usual = np.nanmax([before, after]) if not (np.isnan(before) and np.isnan(after)) else float("nan")
            if usual > look.dry_line and not np.isnan(during):
                best = max(best, float(during / usual))
    return best


def guests_share(look: Look) -> Floats | None:
    """People counted each week over a full house (the 95th per cent of the counts), where the village lives by seasons.

    A full season is longer than the weeks around Spring Festival: the counts of the best seventh of the year lie well above
    those of its quieter half. None where nobody counts, not for most of a year, or the village has no season.
    """
    people = look.evidence.people
    if people is None:
        return None
    count = people.values[~np.isnan(people.values)]
    if count.size < threshold("load.season_days"):
        return None
    quiet, busy, full = (float(q) for q in np.quantile(count, (0.25, 0.85, 0.95)))
    if not quiet > 0 or busy < threshold("load.season") * quiet:
        return None
    week = rolling_mean(look.series_days(people), 7, needs=1)
    return np.minimum(week / full, 1.0)


def _mean(look: Look, i: int, j: int) -> tuple[float, int]:
    """Mean flow as measured, and days known."""
    part = np.empty(0) if look.flow is None else look.flow[i : j + 1]
    known = part[~np.isnan(part)]
    return (float(known.mean()) if known.size else float("nan")), int(known.size)


class StarvedBySamples:
    """Water comes, and a week's mean is below six tenths of the design although the people are there."""

    code, kind, name, version = "starved-series", "starved", "吃不饱（逐日水量）", "2"
    needs = ("15 分钟流量", "在家人数（游客村）")
    overturned_by = "流量计校准有误、另有未计量的进水，或住户长期外出"
    blind = "五周以内的低谷不判；为游客而建的按在家人数折算，没有人数而长假水量明显增多的只判低于三成的；设计规模登记偏大时也会报"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        load = weekly_load(look)
        if load is None:
            return cannot(self, look, "没有逐时流量")
        guests = guests_share(look)
        with np.errstate(invalid="ignore"):
            # Built for its guests: held against as much of the design as there are people in the house.
            due = load if guests is None else load / np.where(guests > 0, guests, np.nan)
            flag = (due < threshold("starved.load")) & (load > threshold("stopped.load")) & ~look.excused
            # Guests that nobody counts show on the long holidays; lean outside the season is how it was meant.
            if guests is None and holiday_times(look) > threshold("load.holiday"):
                flag &= load < threshold("starved.severe")
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
                    shown=[stretch_of(look, "flow", i, j, line=look.facility.design_m3_d * threshold("starved.load"), line_said="设计规模的 60%")],
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
            flag = (
                (load > threshold("overload.load"))
                & (look.presence < threshold("overload.presence"))
                & ~look.excused
            )
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
