"""Months in which a running plant got little water, by bills and rounds together (来水少的月份).

Bills say that pumps, and air that follows the water, drew less: than in the months beside, than in the same months of
earlier years. Rounds say that now and then nothing was seen to come or to leave. Neither may be enough alone; both speak
of the same months, so their log-likelihood ratios against an ordinary plant are summed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log

import numpy as np

from qingxi.finding.by_paper import Month
from qingxi.finding.earlier_years import against_earlier, evened
from qingxi.finding.interval import Floats
from qingxi.finding.lean_months import LEAST_KNOWN
from qingxi.finding.load import guests_share
from qingxi.finding.look import Look
from qingxi.finding.rounds import waters
from qingxi.finding.thresholds import threshold

_SHORT = 2
_SHARES = 5
_CLEARLY = 3
"""Times as many rounds without water as by mistake: less is not looked for."""


@dataclass(frozen=True, slots=True)
class LittleWater:
    """A stretch of months, first and last index: how surely little water came (log of the likelihood ratio), how much of
    it bills and rounds each say, by how much the draw fell (a logarithm, below zero; 0 where bills do not say), and how
    many earlier years that is held against."""

    first: int
    last: int
    bills: float
    rounds: float
    fall: float
    years: int

    @property
    def sure(self) -> float:
        """What bills and rounds say together."""
        return self.bills + self.rounds


@dataclass(frozen=True, slots=True)
class _Draw:
    """The plant's draw by month as logarithms: within the look, against each earlier year, and against their mean."""

    own: Floats
    years: list[Floats]
    mean: Floats

    @property
    def known(self) -> bool:
        return bool(self.years) or int(np.count_nonzero(~np.isnan(self.own))) >= LEAST_KNOWN


def little_water(look: Look, months: Sequence[Month], resting: Sequence[bool]) -> LittleWater | None:
    """The stretch of at least ``starved.months`` months for which most speaks; None where nothing does, or where a shorter
    one explains clearly more (a month or two without any water).

    Parameters
    ----------
    resting : sequence of bool
        Months in which it drew as little as one that does not treat: that is another matter.

    Notes
    -----
    Every stretch of months is tried: 66 of a year, each in O(months + rounds).
    """
    guests = guests_share(look) is not None
    draw = _draw(look, months, np.asarray(resting, dtype=np.bool_))
    # Guests come in the same months every year: bills of earlier years know them, this year's alone and rounds do not.
    by_bills = not look.passive and draw.known and (bool(draw.years) or not guests)
    seen = [] if guests else waters(look)
    day = np.array([d for d, _ in seen], dtype=np.int64)
    empty = np.array([e for _, e in seen], dtype=np.bool_)
    people = threshold("starved.people_per_household") * look.facility.households_connected
    errs = threshold("little.errs_small" if people < threshold("little.small") else "starved.round_errs")
    best: LittleWater | None = None
    short, least = 0.0, int(threshold("starved.months"))
    for i in range(len(months)):
        for j in range(i + _SHORT - 1, len(months)):
            bills, fall = _fell(draw, i, j, guests) if by_bills else (0.0, 0.0)
            inside = (day >= look.index(months[i].first)) & (day <= look.index(months[j].last))
            rounds = _scanty(int(empty[inside].sum()), int(inside.sum()), errs)
            each = LittleWater(i, j, bills, rounds, fall, len(draw.years))
            if j - i + 1 + _beside(draw.mean, i, j, fall) < least:
                short = max(short, each.sure)
            elif best is None or each.sure > best.sure:
                best = each
    if best is None or best.sure <= 0 or short > best.sure + threshold("little.shorter"):
        return None
    return _widened(best, draw) if best.fall else best


def _widened(little: LittleWater, draw: _Draw) -> LittleWater:
    """With the months next to it that drew as little: to the fit they may lie anywhere between."""
    i, j = little.first, little.last
    line = float(np.nanmean(draw.mean[i : j + 1])) - little.fall / 4
    i -= 1 if i > 0 and draw.mean[i - 1] < line else 0
    j += 1 if j + 1 < draw.mean.size and draw.mean[j + 1] < line else 0
    return replace(little, first=i, last=j)


def _draw(look: Look, months: Sequence[Month], resting: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> _Draw:
    resting = resting | np.array([_excused(look, m) for m in months], dtype=np.bool_)
    kwh = np.array([np.nan if rests else m.kwh_d for m, rests in zip(months, resting, strict=True)])
    with np.errstate(invalid="ignore", divide="ignore"):
        own = evened(np.log(np.where(kwh > 0, kwh, np.nan)), months)
    if not np.isnan(own).all():
        own -= np.nanmedian(own)
    own = _unspiked(own)
    years = [_unspiked(np.where(resting, np.nan, year)) for year in against_earlier(look, months)]
    if len(years) == 2:
        one, two = years
        return _Draw(own, years, np.where(np.isnan(one), two, np.where(np.isnan(two), one, (one + two) / 2)))
    return _Draw(own, years, years[0] if years else own)


def _unspiked(values: Floats) -> Floats:
    """The values with a single month that stands out from both its neighbours drawn back towards them: a bill put right,
    a lost month in the next one. A level that lasts two months stays."""
    out, reach = values.copy(), threshold("little.spike")
    known = np.flatnonzero(~np.isnan(values))
    for before, k, after in zip(known, known[1:], known[2:], strict=False):
        middle = float(np.median(values[[before, k, after]]))
        out[k] = np.clip(values[k], middle - reach, middle + reach)
    return out


def _excused(look: Look, month: Month) -> bool:
    """Whether a repair or a power cut that was told of took days of it."""
    days = look.excused[max(0, look.index(month.first)) : look.index(month.last) + 1]
    return int(np.count_nonzero(days)) >= threshold("little.excused_days")


def _fell(draw: _Draw, i: int, j: int, guests: bool) -> tuple[float, float]:
    """What the bills say of these months, and by how much the draw fell.

    A fall counts when half of it at least is there against earlier years, in the level itself, and half within the year:
    else it was the earlier year, or the rest of this one, that was out of the ordinary. Each earlier year must say so.
    """
    sure, fall = _ratio(draw.mean, i, j, anchored=bool(draw.years))
    if fall >= 0:
        return min(sure, 0.0), 0.0
    within = draw.mean[i : j + 1]
    if draw.years and not np.nanmean(within) <= fall / 2:
        return min(sure, 0.0), 0.0
    whole = j - i + 1 == draw.mean.size
    if whole and np.mean(within[~np.isnan(within)] <= fall / 2) < threshold("little.most"):
        return min(sure, 0.0), 0.0  # an earlier year that was odd for some months
    if not guests and not _fell_within(draw.own, i, j, fall):
        return min(sure, 0.0), 0.0
    if any(_ratio(year, i, j, anchored=True)[0] < threshold("little.each_year") for year in draw.years):
        return min(sure, 0.0), 0.0
    return sure, fall


def _fell_within(own: Floats, i: int, j: int, fall: float) -> bool:
    """Whether half of the fall is there within the year itself; a whole year cannot tell."""
    inside, beyond = own[i : j + 1], np.concatenate([own[: max(0, i - 1)], own[j + 2 :]])
    if np.isnan(inside).all():
        return False
    low = float(np.nanmean(inside))
    if np.count_nonzero(~np.isnan(beyond)) >= _SHORT:
        return bool(low - np.nanmean(beyond) <= fall / 2)
    others = np.concatenate([own[:i], own[j + 1 :]])
    if others.size == 0:
        return True
    return not np.isnan(others).all() and bool(low - np.nanmax(others) <= fall / 2)


def _ratio(values: Floats, i: int, j: int, *, anchored: bool) -> tuple[float, float]:
    """Log of the likelihood ratio of a lower level in the months i to j against one level for all, and the fall.

    Squares of what is left over, with a scatter known beforehand to so many months; ``anchored``: the level beside lies
    about that of earlier years. The months next to the stretch may lie anywhere between the two levels.
    """
    scatter, weight = threshold("little.scatter"), threshold("little.scatter_months")
    held = (scatter / threshold("little.year_level")) ** 2 if anchored else 0.0
    known = ~np.isnan(values)
    inside, edge = np.zeros(values.size, dtype=np.bool_), np.zeros(values.size, dtype=np.bool_)
    inside[i : j + 1] = True
    edge[[k for k in (i - 1, j + 1) if 0 <= k < values.size]] = True
    low, high, between = values[known & inside], values[known & ~inside & ~edge], values[known & edge]
    least = int(threshold("starved.months"))  # at Spring Festival people are away or back for two months' bills
    if low.size < min(j - i + 1, least) or (not anchored and high.size < least):
        return 0.0, 0.0
    every = values[known]
    level = every.mean()
    one = ((every - level) ** 2).sum()
    beside = high.sum() / (high.size + held)
    fall, small = low.mean() - beside, log(1 - threshold("starved.step"))
    if fall > small:
        beside, fall = (high.sum() + (low - small).sum()) / (high.size + low.size + held), small
    off = np.maximum(0.0, np.maximum(between - beside, beside + fall - between))
    two = ((low - beside - fall) ** 2).sum() + ((high - beside) ** 2).sum() + (off**2).sum()
    known_before = weight * scatter**2
    sure = (every.size + weight) / 2 * log((one + known_before) / (two + known_before))
    if anchored:
        # However even the months, the year's level differs from other years' of itself.
        sure += (np.median(every) ** 2 - beside**2) / (2 * threshold("little.year_level") ** 2)
    return float(sure), float(fall) if sure > 0 else 0.0


def _beside(values: Floats, i: int, j: int, fall: float) -> float:
    """How much of the months next to i to j belongs to them, in months, by how far their draw fell."""
    if fall >= 0:
        return 0.0
    low = float(np.nanmean(values[i : j + 1]))
    beside = [values[k] for k in (i - 1, j + 1) if 0 <= k < values.size and not np.isnan(values[k])]
    return float(sum(np.clip((low - fall - x) / -fall, 0.0, 1.0) for x in beside))


def _scanty(empty: int, rounds: int, errs: float) -> float:
    """Log of the likelihood ratio of so many rounds without water, of an unknown share, against the share ``errs`` of
    mistakes and of the minutes between two flushes of a hamlet."""
    if rounds == 0:
        return 0.0
    least = max(threshold("little.round_least"), _CLEARLY * errs)
    # Where hundreds live, a fifth of them still keeps the water coming: then rounds do not speak against it.
    shares = np.append(np.linspace(least, threshold("little.round_most"), _SHARES), errs)
    logs = [empty * log(p / errs) + (rounds - empty) * log((1 - p) / (1 - errs)) for p in shares.tolist()]
    top = max(logs)
    return top + log(sum(exp(x - top) for x in logs) / len(logs))
