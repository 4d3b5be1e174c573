"""Readings to hours to days, with coverage: a missing day is not a zero.

The rules are those found for continuous monitoring (hour: 45 valid minutes, day: 18 valid hours, concentrations
weighted by flow). Their degree of trust stands in the table ``validity``: the text of HJ 356-2019 was not at hand.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.quantity import Daily
from qingxi.quantity import quantity as quantity_of
from qingxi.reading.samples import Samples
from qingxi.reading.series import DailySeries
from qingxi.standard import load_table

Floats = npt.NDArray[np.float64]

BEIJING_S = 8 * 3600
DAY_S = 86400
KINDS = ("minute", "hour", "rtd", "day")
"""Which report of a day is believed first, where each is complete: the finest evidence before the device's own sum."""


@dataclass(frozen=True, slots=True)
class Validity:
    """When a mean counts.

    Attributes
    ----------
    hour_valid_min : float
        Valid minutes an hour needs, 0 to 60.
    day_valid_hours : float
        Valid hours a day needs, 0 to 24.
    """

    hour_valid_min: float
    day_valid_hours: float

    @classmethod
    def from_table(cls) -> "Validity":
        """The defaults of the house."""
        table = load_table("validity")
        return cls(table["hour.valid_minutes"], table["day.valid_hours"])


def day_start_s(day: date) -> int:
    """Midnight in Beijing, seconds since 1970 UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) - BEIJING_S


def day_of(at_s: int) -> date:
    """The day in Beijing of a moment."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at_s + BEIJING_S)).date()


def bucket_s(span_s: int) -> int:
    """Length of the pieces a day is judged by: an hour, or one reading where readings are rarer."""
    return min(DAY_S, max(3600, span_s))


def _buckets(
    samples: Samples, start_s: int, days: int, rules: Validity
) -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """Mean of each piece of each day (NaN where it is not valid), and valid readings a day."""
    width = bucket_s(samples.span_s)
    pieces = -(-DAY_S // width)
    inside = (samples.at_s >= start_s) & (samples.at_s < start_s + days * DAY_S) & samples.valid
    offset = samples.at_s[inside] - start_s
    place = (offset // DAY_S) * pieces + (offset % DAY_S) // width
    count = np.bincount(place, minlength=days * pieces)
    total = np.bincount(place, weights=samples.values[inside], minlength=days * pieces)
    enough = np.minimum(count * samples.span_s, width) >= rules.hour_valid_min / 60 * width
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(enough & (count > 0), total / count, np.nan)
    return (
        means.reshape(days, pieces),
        count.reshape(days, pieces).sum(axis=1),
        np.full(days, DAY_S / samples.span_s),
    )


def hourly(samples: Samples, first: date, days: int, rules: Validity | None = None) -> Floats:
    """Means by day and hour, float64[days, 24]; NaN where an hour has too few valid minutes.

    Readings rarer than hourly give fewer, longer pieces a day.
    """
    return _buckets(samples, day_start_s(first), days, rules or Validity.from_table())[0]


def daily(
    samples: Samples, first: date, last: date, *, flow: Samples | None = None, rules: Validity | None = None
) -> DailySeries:
    """Daily values from readings of one kind.

    Parameters
    ----------
    first, last : date
        Beijing days, both included.
    flow : Samples or None
        Flow of the same point; a concentration is weighted by it. Hours without a valid flow are left out of the
        weighted mean; a day without any valid flow has the plain mean.

    Returns
    -------
    DailySeries
        NaN on a day with fewer valid hours than the rule asks; coverage is told all the same.
    """
    law = rules or Validity.from_table()
    days = (last - first).days + 1
    if days < 1:
        raise ValueError(f"last day {last} lies before the first {first}")
    start = day_start_s(first)
    means, count, due = _buckets(samples, start, days, law)
    weights: Floats = np.where(np.isnan(means), 0.0, 1.0)
    if flow is not None and quantity_of(samples.quantity).daily is Daily.FLOW_WEIGHTED:
        flows = _buckets(flow, start, days, law)[0]
        if flows.shape == means.shape:
            weighted = np.where(np.isnan(means) | np.isnan(flows), 0.0, flows)
            has_flow = weighted.sum(axis=1) > 0
            weights = np.where(has_flow[:, None], weighted, weights)
    hours = (~np.isnan(means)).sum(axis=1) * bucket_s(samples.span_s) / 3600
    with np.errstate(invalid="ignore", divide="ignore"):
        values = (np.nan_to_num(means) * weights).sum(axis=1) / weights.sum(axis=1)
    values = np.where(hours >= law.day_valid_hours, values, np.nan)
    coverage = np.minimum(1.0, count / due)
    return DailySeries(samples.facility, samples.quantity, first, values, coverage)


def best_daily(by_kind: Mapping[str, DailySeries]) -> DailySeries:
    """One series out of several kinds of report: for each day the first in :data:`KINDS` that has a value.

    Where none has, the best coverage is told. Raises ValueError when there is nothing to choose from.
    """
    order = [by_kind[kind] for kind in KINDS if kind in by_kind]
    if not order:
        raise ValueError("no series to choose from")
    values, coverage = order[0].values.copy(), order[0].coverage.copy()
    for other in order[1:]:
        lacks, has = np.isnan(values), ~np.isnan(other.values)
        coverage = np.where(
            lacks & has, other.coverage, np.where(lacks, np.maximum(coverage, other.coverage), coverage)
        )
        values = np.where(lacks & has, other.values, values)
    first = order[0]
    return DailySeries(first.facility, first.quantity, first.first, values, coverage)


def daily_of(
    samples: Iterable[Samples],
    first: date,
    last: date,
    *,
    flow: Iterable[Samples] = (),
    rules: Validity | None = None,
) -> DailySeries | None:
    """Daily values from all kinds of report of one quantity; None when there are no readings at all."""
    flows = {each.kind: each for each in flow}
    by_kind = {
        each.kind: daily(each, first, last, flow=flows.get(each.kind), rules=rules)
        for each in samples
        if each.at_s.size
    }
    return best_daily(by_kind) if by_kind else None
