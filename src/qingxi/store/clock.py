"""How far each device's clock is off, from the request numbers of what it sends live; and what happened to it.

A request number is the device's own time at the moment of sending, so that the network's delay can only make a clock
look slow. The middle of a batch's offsets is kept.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

from qingxi.standard import load_table
from qingxi.store.side import Side
from qingxi.wire.hj212 import device_time

_FRESH_S = {"minute": 1800, "hour": 5400, "day": 90_000}


@dataclass(frozen=True, slots=True)
class Clock:
    """A device's clock: seconds ahead of ours (below zero: behind), when that was seen, since when it is wrong.

    ``wrong_since_ms`` 0 while it is right; ``set_ms`` when it was last told the time by itself, 0 for never.
    """

    mn: str
    offset_s: float
    at_ms: int
    wrong_since_ms: int
    set_ms: int


def note_clocks(side: Side, rows: Iterable[tuple[Any, ...]]) -> None:
    """Keep the offsets of a batch of packets; an event where a clock goes wrong or comes right."""
    seen: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for _, mn, kind, data_s, received_ms, source, qn in rows:
        if source != "live" or not kind:  # answers carry our own request number
            continue
        at = device_time(qn)
        device_s = at.timestamp() + int(qn[14:] or 0) / 1000 if at is not None else float(data_s)
        if kind == "rtd" or 0 <= device_s - data_s < _FRESH_S.get(
            kind, 0
        ):  # what was asked for is older; states tell nothing
            seen[mn].append((device_s - received_ms / 1000, received_ms))
    limit_s = load_table("hj212")["clock.wrong"]
    before = {clock.mn: clock for clock in clocks(side, list(seen))}
    put, events = [], []
    for mn, offsets in seen.items():
        offset_s = median(offset for offset, _ in offsets)
        at_ms = max(ms for _, ms in offsets)
        old = before.get(mn)
        was_wrong, set_ms = (old.wrong_since_ms, old.set_ms) if old else (0, 0)
        wrong = (was_wrong or at_ms) if abs(offset_s) > limit_s else 0
        if bool(wrong) != bool(was_wrong):
            events.append((mn, "clock-wrong" if wrong else "clock-right", at_ms, f"{offset_s:.0f}"))
        put.append((mn, round(offset_s, 1), at_ms, wrong, set_ms))
    side.many(
        "INSERT INTO telemetry_clock (mn, offset_s, at_ms, wrong_since_ms, set_ms) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (mn) DO UPDATE SET offset_s=excluded.offset_s, at_ms=excluded.at_ms,"
        " wrong_since_ms=excluded.wrong_since_ms",
        put,
    )
    side.many("INSERT INTO telemetry_event (mn, kind, at_ms, detail) VALUES (?, ?, ?, ?)", events)


def clocks(side: Side, mns: list[str] | None = None) -> list[Clock]:
    """The clocks of all devices, or of some."""
    rows = []
    if mns is None:
        rows = side.rows("SELECT mn, offset_s, at_ms, wrong_since_ms, set_ms FROM telemetry_clock ORDER BY mn")
    else:
        for at in range(0, len(mns), 500):
            some = mns[at : at + 500]
            rows += side.rows(
                "SELECT mn, offset_s, at_ms, wrong_since_ms, set_ms FROM telemetry_clock"
                f" WHERE mn IN ({','.join('?' * len(some))})",
                some,
            )
    return [Clock(*row) for row in rows]


def clocks_to_set(side: Side, now_ms: int) -> list[Clock]:
    """Wrong clocks that were not told the time within the last day."""
    return [clock for clock in clocks(side) if clock.wrong_since_ms and now_ms - clock.set_ms > 86_400_000]


def note_set(side: Side, mn: str, now_ms: int) -> None:
    """Write down that a device was told the time."""
    side.run("UPDATE telemetry_clock SET set_ms=? WHERE mn=?", (now_ms, mn))
