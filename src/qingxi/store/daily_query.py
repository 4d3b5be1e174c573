"""Hours and days of a whole fleet as Ibis expressions: the law of :mod:`qingxi.reading`, said for an engine.

One facility's series is computed in numpy; a county's month or a province's is computed where the rows lie. Both say
the same (a test holds them together), and the expressions run unchanged on every engine of
:mod:`qingxi.store.engine`.

Three tables come in, under fixed names:

``packets``
    History rows of :mod:`qingxi.store.wide` within the time asked for.
``devices``
    Which device's reports make which channel: ``mn`` and for each kind of report ``<kind>_channel`` (a small number; null
    where that kind makes none).
``channels``
    What a channel is and how often each quantity is due in it: ``channel``, ``place`` (the number of a facility's point),
    ``kind``, and ``<code>_span`` (seconds from one reading to the next; null where the quantity is not judged by pieces
    of this width).

Millions of packets are grouped by the channel's number alone; what belongs to a channel is looked up beside the sums.
"""

import math
from collections.abc import Sequence
from typing import Any

from qingxi.quantity import QUANTITIES, Daily
from qingxi.reading import BEIJING_S, DAY_S, KINDS, VALID_MARKS, Validity
from qingxi.store.wide import MARK

SPAN = "_span"
CHANNEL = "_channel"
ENDS = ("_sum", "_low", "_high")
_DEVICES = 1 << 20  # more devices than a store has


def packets_table(codes: Sequence[str]) -> Any:
    """The table ``packets`` with the columns that means need."""
    import ibis

    values = dict.fromkeys(codes, "float64") | {code + MARK: "string" for code in codes}
    columns = {"mn": "string", "kind": "string", "at_s": "int64", "newest": "boolean", **values}
    return ibis.table(columns, name="packets")


def places_tables(codes: Sequence[str], kinds: Sequence[str], ending: str = "") -> tuple[Any, Any]:
    """The tables ``devices`` and ``channels``; ``ending`` tells several pairs apart."""
    import ibis

    spans = {code + SPAN: "int64" for code in codes}
    return (
        ibis.table({"mn": "string"} | {kind + CHANNEL: "int32" for kind in kinds}, name="devices" + ending),
        ibis.table({"channel": "int32", "place": "int32", "kind": "string", **spans}, name="channels" + ending),
    )


def standing_table() -> Any:
    """The table ``standing``: at which place a device stands (``mn``, ``place``), and its number (``turn``)."""
    import ibis

    return ibis.table({"mn": "string", "place": "int32", "turn": "int32"}, name="standing")


def pieces_expression(
    packets: Any, devices: Any, codes: Sequence[str], kinds: Sequence[str], width_s: int, *,
    alike: bool = False, ends: bool = False,
) -> Any:  # fmt: skip
    """Pieces of days of ``width_s`` seconds, one row a channel and piece.

    ``kinds`` are those that ``devices`` has channels of; ``alike`` tells that every packet is of the first of them, and
    the packets' own column is not read. Columns ``channel, slot`` (number of the piece since 1970 in Beijing) and a quantity's ``<code>_n`` (valid readings),
    ``<code>_sum`` and, with ``ends``, ``<code>_low`` and ``<code>_high`` of the valid ones.
    """
    import ibis

    known = packets.filter(packets.newest)
    local = known.at_s + BEIJING_S
    a_day = slots_a_day(width_s)
    slot = local // width_s if DAY_S % width_s == 0 else (local // DAY_S) * a_day + (local % DAY_S) // width_s
    counting = {code: _counting(known, code) for code in codes}
    # Met by the device's name alone: a second word in the key costs more than choosing among the device's channels.
    met = known.join(devices, "mn")
    if alike:
        channel = met[kinds[0] + CHANNEL]
    else:
        channel = ibis.cases(*((met.kind == kind, met[kind + CHANNEL]) for kind in kinds))
    known = met.select(channel=channel, slot=slot.cast("int64"), **counting)
    known = known.filter(known.channel.notnull())
    sums: dict[str, Any] = {}
    for code in codes:
        value = known[code]
        sums |= {code + "_n": value.count(), code + "_sum": value.sum()}
        if ends:
            sums |= {code + "_low": value.min(), code + "_high": value.max()}
    return known.group_by(["channel", "slot"]).agg(**sums)


def _counting(packets: Any, code: str) -> Any:
    """A reading that enters means, else null: one condition a reading, not one for each of its sums."""
    import ibis

    value, mark, known = packets[code], packets[code + MARK], QUANTITIES[code]
    valid = mark.isin(list(VALID_MARKS)) & value.between(known.low, known.high)
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
    # Whole seconds on both sides; readings beyond the piece's width change nothing, for less than the width is asked.
    needed_s = math.ceil(rules.hour_valid_min / 60.0 * width_s)
    counts = (n > 0) & (n * pieces[code + SPAN] >= needed_s) if needed_s <= width_s else n < 0
    return ibis.ifelse(counts, pieces[code + "_sum"] / n, ibis.null("float64"))


def hours_expression(pieces: Any, channels: Any, codes: Sequence[str], width_s: int, rules: Validity) -> Any:
    """Pieces of all quantities, wide: ``place, kind, at_s`` and a quantity's columns as in :func:`days_expression`."""

    a_day = slots_a_day(width_s)
    pieces = pieces.join(channels, "channel")
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


def days_expression(
    pieces: Any, channels: Any, codes: Sequence[str], width_s: int, rules: Validity, *, ends: bool = False
) -> Any:
    """Days of all quantities, wide: ``place, kind, day`` and a quantity's ``_value``, ``_coverage``, ``_n``.

    A value is null where the day has fewer valid hours than the rule asks. Concentrations are weighted by the flow that
    was valid in the same piece; a day without any has the plain mean. With ``ends`` also ``_sum``, ``_low``, ``_high``
    of the valid readings.
    """
    import ibis

    a_day = slots_a_day(width_s)
    joined = pieces.join(channels, "channel")
    kept = [code + end for code in codes for end in (ENDS if ends else ())]
    # Readings are counted as floats here: engines add whole numbers in a wider and slower kind. Exact below 2**53.
    counts = {code + "_n": joined[code + "_n"].cast("float64") for code in codes}
    joined = joined.select(
        "channel", *kept, day=(joined.slot // a_day).cast("int64"), **counts,
        **{code: _mean(joined, code, width_s, rules) for code in codes},
    )  # fmt: skip
    sums: dict[str, Any] = {}
    for code in codes:
        mean = joined[code]
        sums |= {
            code + "_pieces": mean.count(),
            code + "_total": mean.sum(),
            code + "_n": joined[code + "_n"].sum(),
        }
        if _weighted(code, codes):
            sums[code + "_flow"] = joined.flow.sum(where=mean.notnull())
            sums[code + "_load"] = (mean * joined.flow).sum()
        if ends:
            sums[code + "_sum"] = joined[code + "_sum"].sum()
            sums[code + "_low"] = joined[code + "_low"].min()
            sums[code + "_high"] = joined[code + "_high"].max()
    days = joined.group_by(["channel", "day"]).agg(**sums).join(channels.view(), "channel")
    out: dict[str, Any] = {}
    for code in codes:
        pieces_n = days[code + "_pieces"].cast("float64")
        value = days[code + "_total"] / pieces_n
        if _weighted(code, codes):
            flow = days[code + "_flow"]
            value = ibis.ifelse(flow > 0, days[code + "_load"] / flow, value)
        enough = (pieces_n > 0) & (pieces_n * (width_s / 3600.0) >= rules.day_valid_hours)
        share = days[code + "_n"] * days[code + SPAN].cast("float64") / float(DAY_S)
        out[code + "_value"] = ibis.ifelse(enough, value, ibis.null("float64"))
        out[code + "_coverage"] = _at_most(share, 1.0)
        out[code + "_n"] = days[code + "_n"].cast("int64")
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


def newest_expression(packets: Any, devices: Any, codes: Sequence[str]) -> Any:
    """What was said last at each place, wide: ``place`` and a quantity's ``_at_s``, ``_value`` and ``_mark``.

    Any number counts, with the mark that it came with. Of two reports of one second the kind that means prefer counts, of
    two devices the later registered: an order that every engine finds the same.
    """
    import ibis

    known = packets.filter(packets.newest, packets.kind.isin(list(KINDS))).join(devices, "mn")
    first_of = ibis.cases(*((known.kind == kind, len(KINDS) - at) for at, kind in enumerate(KINDS)))
    order = (known.at_s * 8 + first_of.cast("int64")) * _DEVICES + known.turn.cast("int64")
    known = known.mutate(order=order)
    last: dict[str, Any] = {}
    for code in codes:
        there = known[code].notnull()
        last |= {
            code + "_at_s": known.at_s.max(where=there),
            code + "_value": known[code].argmax(known.order, where=there),
            code + "_mark": known[code + MARK].fill_null("").argmax(known.order, where=there),
        }
    return known.group_by("place").agg(**last)
