"""What a packet's row holds: its values by quantity, in house units, as one JSON text.

``{"cod": {"Rtd": 45.2, "Flag": "N"}, "flow": {"Rtd": 52.704, "Flag": "N"}}``. A value that is no number (a filler, a
word) stays the text that was sent; readers take numbers only. A factor the house does not know keeps its wire code and
its number as sent. A second factor of one quantity (two pumps' meters) stands as ``"energy@d30402"``. A message
without factors keeps its fields under ``""``.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from qingxi.quantity import factor
from qingxi.wire.hj212 import Message, Observation, device_time, observations

Body = dict[str, dict[str, float | str]]

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode

PERIOD = {"minute": timedelta(minutes=10), "hour": timedelta(hours=1), "day": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Packet:
    """One row to be."""

    mn: str
    cn: str
    data_s: int
    kind: str
    body: Body


def _body(observation: Observation) -> Body:
    body: Body = {}
    owner: dict[str, str] = {}
    for value in observation.values:
        known = factor(value.code)
        name = value.code
        if known is not None:
            name = known.quantity
            if owner.setdefault(name, value.code) != value.code:
                name = f"{name}@{value.code}"
        cells = body.setdefault(name, {})
        if value.number is None:
            cells[value.statistic] = value.text
        else:
            cells[value.statistic] = (
                value.number if known is None else known.house_value(value.statistic, value.number)
            )
        if value.mark:
            cells["Flag"] = value.mark
    return body


def packets(message: Message, received_ms: int) -> tuple[Packet, ...]:
    """The rows of a message, one a ``DataTime``.

    A message without a time is filed under its QN, else its arrival, and with no kind: its values are kept and never
    enter a mean, because nobody knows when they were measured.
    """
    fallback = device_time(message.qn)
    spare_s = int(fallback.timestamp()) if fallback is not None else received_ms // 1000
    rows = []
    for seen in observations(message):
        data_s = int(seen.at.timestamp()) if seen.at is not None else spare_s
        kind = seen.kind if seen.at is not None else ""
        rows.append(Packet(message.mn, message.cn, data_s, kind, _body(seen)))
    if any(row.body for row in rows):
        return tuple(row for row in rows if row.body)
    fields: Body = {"": dict(message.pairs())} if message.groups else {}
    return (Packet(message.mn, message.cn, rows[0].data_s if rows else spare_s, "", fields),)


def dump(body: Body) -> str:
    """One JSON text, keys in the order sent."""
    return _ENCODE(body)


def merged(old: Body, new: Body) -> tuple[Body, bool]:
    """Old and new values of one moment together, and whether any value differs from the one that was there."""
    both: Body = {name: dict(cells) for name, cells in old.items()}
    differs = False
    for name, cells in new.items():
        there = both.setdefault(name, {})
        for statistic, value in cells.items():
            differs = differs or there.get(statistic, value) != value
            there[statistic] = value
    return both, differs
