"""Daily values of a whole fleet as one Ibis expression: the law of :mod:`qingxi.reading`, said for an engine.

One facility's series is computed in numpy; a county's month or a province's is computed where the rows lie. Both say
the same (a test holds them together), and the expression runs unchanged on any engine Ibis speaks.
"""

from typing import Any

from qingxi.quantity import QUANTITIES, Daily
from qingxi.reading import BEIJING_S, DAY_S, KINDS, VALID_MARKS, Validity
from qingxi.standard import load_table

_CHANNEL = ["facility", "point", "quantity", "kind"]


def daily_expression(values: Any, rules: Validity) -> Any:
    """Columns facility, point, quantity, day (days since 1970 in Beijing), value (null without one), coverage.

    Parameters
    ----------
    values : ibis table
        As :meth:`qingxi.store.Readings.values` gives it.

    A day without any reading has no row.
    """
    import ibis

    known = values.filter(values.statistic.isin(["Rtd", "Avg"]), values.kind.isin(list(KINDS)))
    known = known.join(_quantities(ibis), "quantity")
    valid = known.mark.isin(list(VALID_MARKS)) & known.value.notnull()
    # No value is null below: what does not count is told by ``valid`` alone, alike on every engine.
    known = known.mutate(valid=valid & (known.value >= known.low) & (known.value <= known.high))
    known = known.select(*_CHANNEL, "at_s", "value", "valid", "every_min", "weighted")
    timed = known.join(_spans(ibis, known), _CHANNEL)
    timed = timed.mutate(width=ibis.least(ibis.greatest(timed.span_s, ibis.literal(3600)), ibis.literal(DAY_S)))
    local = timed.at_s + BEIJING_S
    timed = timed.mutate(day=local // DAY_S, piece=(local % DAY_S) // timed.width)
    pieces = timed.group_by([*_CHANNEL, "weighted", "day", "piece", "span_s", "width"]).agg(
        readings=timed.valid.cast("int64").sum(), mean=timed.value.mean(where=timed.valid)
    )
    minutes = ibis.least(pieces.readings * pieces.span_s, pieces.width).cast("float64")
    share = rules.hour_valid_min / 60.0
    counts = (pieces.readings > 0) & (minutes >= pieces.width.cast("float64") * share)
    pieces = pieces.mutate(mean=ibis.ifelse(counts, pieces.mean, ibis.null("float64")))
    return _best_kind(ibis, _days(ibis, _with_flow(ibis, pieces), rules))


def _quantities(ibis: Any) -> Any:
    import pyarrow as pa

    rows = list(QUANTITIES.values())
    return ibis.memtable(
        pa.table(
            {
                "quantity": [row.code for row in rows],
                "low": [row.low for row in rows],
                "high": [row.high for row in rows],
                "weighted": [row.daily is Daily.FLOW_WEIGHTED for row in rows],
            }
        )
    )


def _spans(ibis: Any, known: Any) -> Any:
    """Seconds between readings of each channel: the kind's own, else as registered, else the commonest step."""
    before = known.at_s.lag().over(group_by=_CHANNEL, order_by=known.at_s)
    steps = known.mutate(step=known.at_s - before)
    steps = steps.filter(steps.step > 0).group_by([*_CHANNEL, "step"]).agg(times=ibis._.count())
    rank = ibis.row_number().over(group_by=_CHANNEL, order_by=[ibis.desc("times"), "step"])
    commonest = steps.mutate(rank=rank).filter(ibis._.rank == 0).select(*_CHANNEL, "step")
    channels = known.group_by(_CHANNEL).agg(every_min=known.every_min.max())
    channels = channels.left_join(commonest, _CHANNEL).select(
        *(channels[name] for name in _CHANNEL), channels.every_min, commonest.step
    )
    default_s = int(load_table("validity")["interval.default"] * 60)
    span = ibis.cases(
        (channels.kind == "hour", 3600),
        (channels.kind == "day", DAY_S),
        (channels.every_min > 0, channels.every_min * 60),
        else_=channels.step.fill_null(default_s),
    )
    return channels.select(*_CHANNEL, span_s=span.cast("int64"))


def _with_flow(ibis: Any, pieces: Any) -> Any:
    """Each piece with the flow of the same point, kind and piece of the day, where one is valid."""
    keys = ["facility", "point", "kind", "day", "piece", "width"]
    flow = pieces.filter(pieces.quantity == "flow", pieces.mean.notnull()).select(*keys, flow=ibis._.mean)
    return pieces.left_join(flow, keys).select(*(pieces[name] for name in pieces.columns), flow.flow)


def _days(ibis: Any, pieces: Any, rules: Validity) -> Any:
    has = pieces.mean.notnull()
    weight = ibis.ifelse(has & pieces.weighted, pieces.flow.fill_null(0.0), 0.0)
    pieces = pieces.mutate(by_flow=weight, has=has.cast("int64"))
    days = pieces.group_by([*_CHANNEL, "day", "span_s", "width"]).agg(
        pieces=pieces.has.sum(),
        readings=pieces.readings.sum(),
        plain=pieces.mean.mean(),
        flow=pieces.by_flow.sum(),
        load=(pieces.mean.fill_null(0.0) * pieces.by_flow).sum(),
    )
    hours = days.pieces.cast("float64") * days.width.cast("float64") / 3600.0
    value = ibis.ifelse(days.flow > 0, days.load / days.flow, days.plain)
    share = days.readings.cast("float64") * days.span_s.cast("float64") / float(DAY_S)
    return days.select(
        *_CHANNEL,
        "day",
        value=ibis.ifelse(hours >= rules.day_valid_hours, value, ibis.null("float64")),
        coverage=ibis.least(share, ibis.literal(1.0)),
    )


def _best_kind(ibis: Any, days: Any) -> Any:
    """For each day the first kind of report that has a value; where none has, the best coverage."""
    order = ibis.cases(*((days.kind == kind, place) for place, kind in enumerate(KINDS)), else_=len(KINDS))
    days = days.mutate(lacks=days.value.isnull().cast("int64"), order=order)
    rank = ibis.row_number().over(
        group_by=["facility", "point", "quantity", "day"],
        order_by=[
            days.lacks,
            ibis.ifelse(days.lacks == 1, -days.coverage, 0.0),
            days.order,
        ],
    )
    best = days.mutate(rank=rank)
    return best.filter(best.rank == 0).select("facility", "point", "quantity", "day", "value", "coverage")
