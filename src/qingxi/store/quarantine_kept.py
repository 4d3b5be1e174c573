"""How much of what could not be used is kept: whoever finds the open port must not be able to fill the disk."""

from dataclasses import dataclass

from qingxi.store.side import Side


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

    Parameters
    ----------
    before_ms : int
        Milliseconds since 1970 UTC.
    most_of_one : int
        Packets kept of one device for one reason, the newest.
    most_unregistered : int
        Packets kept of all devices that are not in the register, and of bytes that name none, together.
    most_callers : int
        Unregistered callers on the list of candidates, those that called last.
    """
    with side.writing():
        old = side.run("DELETE FROM telemetry_quarantine WHERE received_ms < ?", (before_ms,))
        callers = side.run("DELETE FROM telemetry_candidate WHERE last_ms < ?", (before_ms,))
        over = 0
        groups = side.rows(
            "SELECT mn, why FROM telemetry_quarantine GROUP BY mn, why HAVING count(*) > ?", (most_of_one,)
        )
        for mn, why in groups:
            over += side.run(
                "DELETE FROM telemetry_quarantine WHERE mn=? AND why=? AND id <= (SELECT id FROM telemetry_quarantine"
                " WHERE mn=? AND why=? ORDER BY id DESC LIMIT 1 OFFSET ?)",
                (mn, why, mn, why, most_of_one),
            )
        strangers = "mn NOT IN (SELECT mn FROM telemetry_device)"
        over += side.run(
            f"DELETE FROM telemetry_quarantine WHERE {strangers} AND id <= (SELECT id FROM telemetry_quarantine"
            f" WHERE {strangers} ORDER BY id DESC LIMIT 1 OFFSET ?)",
            (most_unregistered,),
        )
        callers += side.run(
            "DELETE FROM telemetry_candidate WHERE mn IN (SELECT mn FROM telemetry_candidate"
            " ORDER BY last_ms DESC, mn LIMIT ? OFFSET ?)",
            (2**31 - 1, most_callers),
        )
    return Trimmed(old, over, callers)
