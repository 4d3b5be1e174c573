"""How much of what could not be used is kept: the quarantine must not fill the disk for whoever finds the open port."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qingxi.store.frames import A_NIGHT_MS
from qingxi.store.side import Side

_LOOKED_UP = 100_000
_AT_ONCE = 2_000
"""Rows a deletion: on SQLite the receiver's writer waits for it, some hundredths of a second."""

_PAUSE_S = 0.05
"""Between two deletions, so that who waits gets its turn."""


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What left the quarantine: packets past their time, packets over a measure, callers of either."""

    old: int = 0
    over: int = 0
    callers: int = 0


def trim_quarantine(
    side: Side, before_ms: int, *, most_of_one: int, most_unregistered: int, most_callers: int
) -> Trimmed:  # fmt: skip
    """Delete quarantined packets that came before a moment, and the oldest of those over a measure.

    What is to go is looked up without a lock and deleted in many short transactions: a flood of a million packets must
    not keep the receiver from writing while it is cleared away.

    Parameters
    ----------
    before_ms : int
        Milliseconds since 1970 UTC; of one asking the oldest month of packets goes at most.
    most_of_one : int
        Packets kept of one device for one reason, the newest.
    most_unregistered : int
        Packets kept of all devices that are not in the register, and of bytes that name none, together.
    most_callers : int
        Unregistered callers on the list of candidates, those that called last.
    """
    oldest = side.rows("SELECT min(received_ms) FROM telemetry_quarantine")
    if oldest and oldest[0][0] is not None:
        before_ms = min(before_ms, int(oldest[0][0]) + A_NIGHT_MS)
    old = _delete(side, "telemetry_quarantine", "id", "received_ms < ?", (before_ms,))
    callers = _delete(side, "telemetry_candidate", "mn", "last_ms < ?", (before_ms,))
    over = 0
    groups = side.rows(
        "SELECT mn, why FROM telemetry_quarantine GROUP BY mn, why HAVING count(*) > ?", (most_of_one,)
    )
    for mn, why in groups:
        over += _older(side, "mn=? AND why=?", (mn, why), most_of_one)
    over += _older(side, "mn NOT IN (SELECT mn FROM telemetry_device)", (), most_unregistered)
    last = side.rows(
        "SELECT last_ms, mn FROM telemetry_candidate ORDER BY last_ms DESC, mn LIMIT 1 OFFSET ?", (most_callers,)
    )
    for at_ms, mn in last:
        which = "last_ms < ? OR (last_ms = ? AND mn >= ?)"
        callers += _delete(side, "telemetry_candidate", "mn", which, (at_ms, at_ms, mn))
    return Trimmed(old, over, callers)


def _older(side: Side, which: str, values: Sequence[Any], most: int) -> int:
    """Delete what is behind the newest ``most`` of some packets; gives how many."""
    found = side.rows(
        f"SELECT id FROM telemetry_quarantine WHERE {which} ORDER BY id DESC LIMIT 1 OFFSET ?", (*values, most)
    )
    return sum(
        _delete(side, "telemetry_quarantine", "id", f"{which} AND id <= ?", (*values, last)) for (last,) in found
    )


def _delete(side: Side, table: str, key: str, which: str, values: Sequence[Any]) -> int:
    """Delete some rows, a few at once; gives how many."""
    gone = 0
    while keys := [
        row[0] for row in side.rows(f"SELECT {key} FROM {table} WHERE {which} LIMIT {_LOOKED_UP}", values)
    ]:
        for at in range(0, len(keys), _AT_ONCE):
            if gone:
                time.sleep(_PAUSE_S)
            some = keys[at : at + _AT_ONCE]
            # The condition again: a caller that spoke between the look and the deletion is not past its time.
            gone += side.run(
                f"DELETE FROM {table} WHERE {key} IN ({','.join('?' * len(some))}) AND ({which})", (*some, *values)
            )
    return gone
