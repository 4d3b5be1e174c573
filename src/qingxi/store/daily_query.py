"""Hours and days of a whole fleet as Ibis expressions: the law of :mod:`qingxi.reading`, said for an engine.

One facility's series is computed in numpy; a county's month or a province's is computed where the rows lie. Both say
the same (a test holds them together), and the expressions run unchanged on every engine of
:mod:`qingxi.store.engine`.

Three tables come in, under fixed names:

``packets``
    History rows of :mod:`qingxi.store.wide` within the time asked for.
``devices``
    Which device stands at which place: ``mn``, ``place`` (the number of a facility's point).
``channels``
    How often each quantity is due: ``place``, ``kind``, and ``<code>_span`` (seconds from one reading to the next; null
    where the quantity is not judged by pieces of this width).
"""

from collections.abc import Sequence
from typing import Any

from qingxi.quantity import QUANTITIES, Daily
from qingxi.reading import BEIJING_S, DAY_S, VALID_MARKS, Validity
from qingxi.store.wide import MARK

SPAN = "_span"
ENDS = ("_sum", "_low", "_high")


def packets_table(codes: Sequence[str]) -> Any:
    """The table ``packets`` with the columns that means need."""
    import ibis

    values = dict.fromkeys(codes, "float64") | {code + MARK: "string" for code in codes}
    columns = {"mn": "string", "kind": "string", "at_s": "int64", "newest": "boolean", **values}
    return ibis.table(columns, name="packets")


def places_tables(codes: Sequence[str], ending: str = "") -> tuple[Any, Any]:
    """The tables ``devices`` and ``channels``; ``ending`` tells several pairs apart."""
    import ibis

    spans = {code + SPAN: "int64" for code in codes}
    return (
        ibis.table({"mn": "string", "place": "int32"}, name="devices" + ending),
        ibis.table({"place": "int32", "kind": "string", **spans}, name="channels" + ending),
    )


def pieces_expression(
    packets: Any, devices: Any, channels: Any, codes: Sequence[str], width_s: int, kinds: Sequence[str], *,
    ends: bool = False,
) -> Any:  # fmt: skip
    """Pieces of days of ``width_s`` seconds, one row a place, kind and piece.

    Columns ``place, kind, slot`` (number of the piece since 1970 in Beijing) and a quantity's ``<code>_n`` (valid
    readings), ``<code>_sum`` and, with ``ends``, ``<code>_low`` and ``<code>_high`` of the valid ones, ``<code>_span``.
    """
    known = packets.filter(packets.newest, packets.kind.isin(list(kinds)))
    local = known.at_s + BEIJING_S
    a_day = slots_a_day(width_s)
    slot = local // width_s if DAY_S % width_s == 0 else (local // DAY_S) * a_day + (local % DAY_S) // width_s
    counting = {code: _counting(known, code) for code in codes}
    known = known.join(devices, "mn").select("place", "kind", slot=slot.cast("int64"), **counting)
    sums: dict[str, Any] = {}
    for code in codes:
        value = known[code]
        sums |= {code + "_n": value.count(), code + "_sum": value.sum()}
        if ends:
            sums |= {code + "_low": value.min(), code + "_high": value.max()}
    return known.group_by(["place", "kind", "slot"]).agg(**sums).join(channels, ["place", "kind"])


def _counting(packets: Any, code: str) -> Any:
    """A reading that enters means, else null: one condition a reading, not one for each of its sums."""
    import ibis

    value, mark, known = packets[code], packets[code + MARK], QUANTITIES[code]
    valid = mark.isin(list(VALID_MARKS)) & (value >= known.low) & (value <= known.high)
    return ibis.ifelse(valid, value, ibis.null("float64"))


def slots_a_day(width_s: int) -> int:
    """Pieces of a day."""
    return -(-DAY_S // width_s)


def _at_most(value: Any, top: float) -> Any:
    """The lesser of the two; null stays null (engines differ about the least of null and a number)."""
    import ibis

    return ibis.ifelse(value > top, top, value)


def _mean(pieces: Any, code: str, width_s: int, rules: Validity) -> Any:
    """The mean of a piece by the rules, null where too little of it is valid."""
    import ibis

    n = pieces[code + "_n"]
    minutes = _at_most(n * pieces[code + SPAN], width_s)
    counts = (n > 0) & (minutes.cast("float64") >= rules.hour_valid_min / 60.0 * width_s)
    return ibis.ifelse(counts, pieces[code + "_sum"] / n, ibis.null("float64"))


def hours_expression(pieces: Any, codes: Sequence[str], width_s: int, rules: Validity) -> Any:
    """Pieces of all quantities, wide: ``place, kind, at_s`` and a quantity's columns as in :func:`days_expression`."""

    a_day = slots_a_day(width_s)
    day = (pieces.slot // a_day).cast("int64")
    out: dict[str, Any] = {}
    for code in codes:
        share = (pieces[code + "_n"] * pieces[code + SPAN]).cast("float64") / float(width_s)
        out |= {code + end: pieces[code + end] for end in ("_n", *ENDS)}
        out[code + "_value"] = _mean(pieces, code, width_s, rules)
        out[code + "_coverage"] = _at_most(share, 1.0)
    return pieces.select(
        "place", "kind", at_s=day * DAY_S + (pieces.slot - day * a_day) * width_s - BEIJING_S, **out
    )


def days_expression(pieces: Any, codes: Sequence[str], width_s: int, rules: Validity, *, ends: bool = False) -> Any:
    """Days of all quantities, wide: ``place, kind, day`` and a quantity's ``_value``, ``_coverage``, ``_n``.

    A value is null where the day has fewer valid hours than the rule asks. Concentrations are weighted by the flow that
    was valid in the same piece; a day without any has the plain mean. With ``ends`` also ``_sum``, ``_low``, ``_high``
    of the valid readings.
    """
    import ibis

    a_day = slots_a_day(width_s)
    kept = [code + end for code in codes for end in ("_n", SPAN, *(ENDS if ends else ()))]
    pieces = pieces.select(
        "place", "kind", *kept, day=(pieces.slot // a_day).cast("int64"),
        **{code: _mean(pieces, code, width_s, rules) for code in codes},
    )  # fmt: skip
    sums: dict[str, Any] = {}
    for code in codes:
        mean = pieces[code]
        sums |= {
            code + "_pieces": mean.count(),
            code + "_plain": mean.mean(),
            code + "_n": pieces[code + "_n"].sum().cast("int64"),
            code + SPAN: pieces[code + SPAN].max(),
        }
        if _weighted(code, codes):
            sums[code + "_flow"] = pieces.flow.sum(where=mean.notnull())
            sums[code + "_load"] = (mean * pieces.flow).sum()
        if ends:
            sums[code + "_sum"] = pieces[code + "_sum"].sum()
            sums[code + "_low"] = pieces[code + "_low"].min()
            sums[code + "_high"] = pieces[code + "_high"].max()
    days = pieces.group_by(["place", "kind", "day"]).agg(**sums)
    out: dict[str, Any] = {}
    for code in codes:
        value = days[code + "_plain"]
        if _weighted(code, codes):
            flow = days[code + "_flow"]
            value = ibis.ifelse(flow > 0, days[code + "_load"] / flow, value)
        enough = days[code + "_pieces"].cast("float64") * (width_s / 3600.0) >= rules.day_valid_hours
        share = (days[code + "_n"] * days[code + SPAN]).cast("float64") / float(DAY_S)
        out[code + "_value"] = ibis.ifelse(enough, value, ibis.null("float64"))
        out[code + "_coverage"] = _at_most(share, 1.0)
        out[code + "_n"] = days[code + "_n"]
        if ends:
            out |= {code + end: days[code + end] for end in ENDS}
    return days.select("place", "kind", "day", **out)


def _weighted(code: str, codes: Sequence[str]) -> bool:
    return QUANTITIES[code].daily is Daily.FLOW_WEIGHTED and "flow" in codes


def steps_expression(packets: Any, devices: Any, code: str) -> Any:
    """How often each step from one reading to the next occurs: ``place, kind, step, times``."""
    import ibis

    known = packets.filter(
        packets.newest, packets[code + MARK].notnull(), packets.kind.isin(["rtd", "minute"])
    ).join(devices, "mn")
    before = known.at_s.lag().over(group_by=["place", "kind"], order_by=known.at_s)
    steps = known.select("place", "kind", step=known.at_s - before)
    return steps.filter(steps.step > 0).group_by(["place", "kind", "step"]).agg(times=ibis._.count())
