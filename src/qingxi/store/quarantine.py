"""What could not be used, gathered by device and reason; and what is known of each device's line."""

from collections import defaultdict
from dataclasses import dataclass

from qingxi.store.side import Side


@dataclass(frozen=True, slots=True)
class Held:
    """Packets of one device quarantined for one reason: ``mn`` empty where the bytes name none."""

    mn: str
    why: str
    count: int
    first_ms: int
    last_ms: int
    peer: str
    detail: str
    last_id: int


@dataclass(frozen=True, slots=True)
class HeldFrame:
    """One quarantined packet."""

    id: int
    received_ms: int
    peer: str
    mn: str
    why: str
    detail: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a device's line is known for; times 0 where it never was heard."""

    mn: str
    heard_ms: int = 0
    data_s: int = 0
    edition: int = 0
    packets: int = 0
    offset_s: float | None = None
    open_slots: int = 0


def held(side: Side, since_ms: int = 0, limit: int = 500) -> list[Held]:
    """Quarantined packets by device and reason, the latest first."""
    rows = side.rows(
        "SELECT q.mn, q.why, g.n, g.first_ms, g.last_ms, q.peer, q.detail, q.id FROM (SELECT mn, why, count(*) n,"
        " min(received_ms) first_ms, max(received_ms) last_ms, max(id) last_id FROM telemetry_quarantine"
        " WHERE received_ms >= ? GROUP BY mn, why) g JOIN telemetry_quarantine q ON q.id = g.last_id"
        " ORDER BY g.last_ms DESC LIMIT ?",
        (since_ms, limit),
    )
    return [Held(*row) for row in rows]


def held_frames(side: Side, mn: str, why: str, limit: int = 20) -> list[HeldFrame]:
    """The last quarantined packets of one device and reason."""
    rows = side.rows(
        "SELECT id, received_ms, peer, mn, why, detail, raw FROM telemetry_quarantine WHERE mn=? AND why=?"
        " ORDER BY id DESC LIMIT ?",
        (mn, why, limit),
    )
    return [
        HeldFrame(number, at, peer, named, reason, detail, bytes(raw))
        for number, at, peer, named, reason, detail, raw in rows
    ]


def bad_by_device(side: Side, since_ms: int = 0) -> dict[str, dict[str, int]]:
    """How many packets of each device were quarantined, by reason; "" for bytes that name no device."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for mn, why, n in side.rows(
        "SELECT mn, why, count(*) FROM telemetry_quarantine WHERE received_ms >= ? GROUP BY mn, why", (since_ms,)
    ):
        found[mn][why] = n
    return dict(found)


def candidates_dismissed(side: Side, mn: str) -> bool:
    """Take a device off the list of candidates until it calls again; False when it was not on it."""
    return side.run("DELETE FROM telemetry_candidate WHERE mn=?", (mn,)) > 0


def spoken(side: Side, mn: str = "") -> dict[str, Spoken]:
    """What is known of every device's line, or of one."""
    rows = side.rows(
        "SELECT h.mn, h.heard_ms, h.data_s, h.edition, h.packets, c.offset_s, coalesce(f.open_slots, 0)"
        " FROM telemetry_heard h LEFT JOIN telemetry_clock c ON c.mn = h.mn LEFT JOIN telemetry_fill f ON f.mn = h.mn"
        " WHERE ?='' OR h.mn=?",
        (mn, mn),
    )
    return {row[0]: Spoken(*row) for row in rows}


def oddities_of(side: Side, mn: str, last: int = 200) -> dict[str, int]:
    """What a device does otherwise than the standard says, counted over its last packets."""
    counts: dict[str, int] = defaultdict(int)
    for (said,) in side.rows(
        "SELECT oddities FROM telemetry_packet WHERE mn=? ORDER BY data_s DESC LIMIT ?", (mn, last)
    ):
        for name in filter(None, said.split(",")):
            counts[name] += 1
    return dict(counts)


def events_of(side: Side, mn: str, limit: int = 20) -> list[tuple[str, int, str]]:
    """What happened to a device's line: (kind, when in milliseconds, detail), the newest first."""
    return [
        (kind, at_ms, detail)
        for kind, at_ms, detail in side.rows(
            "SELECT kind, at_ms, detail FROM telemetry_event WHERE mn=? ORDER BY id DESC LIMIT ?", (mn, limit)
        )
    ]
