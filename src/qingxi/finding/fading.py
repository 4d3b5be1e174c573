"""Treatment that fades month by month (处理效果逐渐衰退), and how long plants of a kind last (两三年后衰败)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import erfc, sqrt

import numpy as np

from qingxi.facility import EvidenceLevel
from qingxi.finding.finding import CannotTell, Confidence, Finding, Number
from qingxi.finding.interval import median_of, rolling_median, stretches
from qingxi.finding.look import Look
from qingxi.finding.rule import cannot, found, series_piece, stretch_of
from qingxi.finding.thresholds import threshold
from qingxi.quantity import quantity


class Fading:
    """What is left of the influent in the effluent has risen far above this plant's own best months."""

    code, kind, name, version = "decay", "decay", "处理效果衰退", "1"
    needs = ("进水与出水的同一项在线读数，三个月以上",)
    overturned_by = "冬季低温、进水变了性质，或探头漂移，人工复测正常"
    blind = "冷天与衰退要满一年才分得清；没有进水读数时看不出"
    severe = False
    levels = (EvidenceLevel.HJ212,)

    def trace(self, look: Look) -> Sequence[Finding] | CannotTell:
        best: list[Finding] = []
        judged = False
        since = look.facility.commissioned
        if since is None:
            return cannot(self, look, "台账没有投运日期", "投运日期")
        years = (look.last - since).days / 365.25
        if not threshold("decay.from_years") <= years <= threshold("decay.to_years"):
            return []  # younger or older plants have other troubles
        for out, into in (("cod", "cod_in"), ("nh3n", "nh3n_in")):
            left, right = look.daily(out), look.daily(into)
            if left is None or right is None or look.days < 90:
                continue
            judged = True
            with np.errstate(invalid="ignore", divide="ignore"):
                ratio = np.where(right > 0, left / right, np.nan)
            smooth = rolling_median(ratio, 21, needs=8)
            usual = float(np.nanquantile(smooth, 0.25)) if np.isfinite(smooth).any() else float("nan")
            if not usual > 0:
                continue
            line = max(threshold("decay.times") * usual, threshold("decay.left"))
            with np.errstate(invalid="ignore"):
                flag = (smooth > line) & (smooth < 1.0)
            for i, j in stretches(flag & ~look.excused, join=14, least=int(threshold("decay.run_days"))):
                # A break is from one day to the next; what fades has been on its way for weeks.
                before = smooth[max(0, i - int(threshold("decay.onset_days"))) : i]
                with np.errstate(invalid="ignore"):
                    if i > 0 and np.count_nonzero(before > 1.3 * usual) < 0.6 * before.size:
                        continue
                mid = median_of(ratio[i : j + 1])
                word = quantity(out).chinese
                best.append(
                    found(
                        self, look, i, j, f"出水{word}剩下进水的 {mid:.0%}，它较好时只剩 {usual:.0%}",
                        [series_piece(look, out, f"出水与进水之比中位数 {mid:.2f}，较好时 {usual:.2f}", j - i + 1)],
                        confidence=Confidence.LOW, numbers=[Number("剩余", 100 * mid, "%"), Number("较好时", 100 * usual, "%")],
                        shown=[stretch_of(look, out, i, j), stretch_of(look, into, i, j)],
                    )
                )  # fmt: skip
        if not judged:
            return cannot(self, look, "进出水在线读数不足三个月")
        return sorted(best, key=lambda f: f.start)


@dataclass(frozen=True, slots=True)
class Life:
    """How long one plant lasted: years from start of operation until it stopped for good, or until it was last known
    to run (``ended`` False); ``group`` is what it is compared by (process, operator)."""

    facility: str
    group: str
    years: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Survival:
    """Share of a group still running after each time at which one ended, with its 95 % interval."""

    group: str
    n: int
    years: tuple[float, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]

    def at(self, years: float) -> tuple[float, float, float]:
        """Share, low, high after so many years."""
        k = int(np.searchsorted(self.years, years, side="right")) - 1
        return (1.0, 1.0, 1.0) if k < 0 else (self.share[k], self.low[k], self.high[k])


def survival(lives: Iterable[Life], group: str) -> Survival:
    """Kaplan and Meier's estimate for one group; interval by Greenwood's variance on the log-log scale.

    References
    ----------
    Kaplan, Meier (1958), doi:10.1080/01621459.1958.10501452; Kalbfleisch, Prentice (2002) for the log-log interval.
    """
    own = sorted((life.years, life.ended) for life in lives if life.group == group)
    times = sorted({years for years, ended in own if ended})
    share, variance = 1.0, 0.0
    shares, lows, highs = [], [], []
    for t in times:
        at_risk = sum(years >= t for years, _ in own)
        ended = sum(years == t and done for years, done in own)
        share *= 1 - ended / at_risk
        if at_risk > ended:
            variance += ended / (at_risk * (at_risk - ended))
        if 0 < share < 1:
            width = 1.96 * np.sqrt(variance) / abs(np.log(share))
            low, high = share ** np.exp(width), share ** np.exp(-width)
        else:
            low = high = share
        shares.append(share)
        lows.append(float(low))
        highs.append(float(high))
    return Survival(group, len(own), tuple(times), tuple(shares), tuple(lows), tuple(highs))


@dataclass(frozen=True, slots=True)
class Decayed:
    """A group whose plants stop sooner than the others': its survival beside theirs after the same years."""

    group: str
    n: int
    years: float
    own: tuple[float, float, float]
    others: tuple[float, float, float]
    chance: float


def decaying(lives: Sequence[Life], years: float) -> list[Decayed]:
    """Groups that last shorter than the rest of the fleet, by the log-rank test over the first ``years``.

    Groups below ``decay.group`` plants are not judged; the chance is held against the number of groups (Bonferroni).

    References
    ----------
    Mantel (1966): the log-rank statistic with the hypergeometric variance.
    """
    groups = sorted({life.group for life in lives})
    large = [g for g in groups if sum(life.group == g for life in lives) >= threshold("decay.group")]
    out = []
    for group in large:
        more, variance = 0.0, 0.0
        for t in sorted({life.years for life in lives if life.ended and life.years <= years}):
            at_risk = sum(life.years >= t for life in lives)
            own_risk = sum(life.years >= t and life.group == group for life in lives)
            ended = sum(life.years == t and life.ended for life in lives)
            own_ended = sum(life.years == t and life.ended and life.group == group for life in lives)
            more += own_ended - ended * own_risk / at_risk
            if at_risk > 1:
                variance += (
                    own_risk * (at_risk - own_risk) * ended * (at_risk - ended) / (at_risk**2 * (at_risk - 1))
                )
        if variance <= 0 or more <= 0:
            continue
        chance = 0.5 * erfc(more / sqrt(variance) / sqrt(2)) * len(large)
        if chance < threshold("decay.chance"):
            rest = [Life(life.facility, "", life.years, life.ended) for life in lives if life.group != group]
            own = survival(lives, group)
            out.append(Decayed(group, own.n, years, own.at(years), survival(rest, "").at(years), min(1.0, chance)))
    return sorted(out, key=lambda d: d.chance)
