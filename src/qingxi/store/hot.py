"""The hot tables' writer: one batch, one transaction (a receiver's sink)."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from qingxi.standard import load_table
from qingxi.store.body import PERIOD, Packet, dump, merged, packets
from qingxi.store.ddl import ddl
from qingxi.store.raw import pack
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import Message

_INSERT = (
    "INSERT INTO telemetry_packet (mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_VERSIONS = (
    "SELECT id, version, body, raw FROM telemetry_packet WHERE mn=? AND cn=? AND data_s=? ORDER BY version DESC"
)


_OF_THE_MESSAGE = (sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.DataError, sqlite3.IntegrityError)
"""SQLite's errors that the message is to blame for; the others (full, locked, broken) are the store's."""


class Outcome(StrEnum):
    """What became of a packet."""

    NEW = "new"
    DUPLICATE = "duplicate"
    MERGED = "merged"  # another part of a split packet
    CORRECTED = "corrected"  # a differing value: kept as a new version beside the old one


@dataclass
class _Batch:
    frames: list[Received] = field(default_factory=list)
    latest: dict[tuple[str, str], tuple[int, float, str]] = field(default_factory=dict)
    heard: dict[str, tuple[int, int, int, int]] = field(default_factory=dict)
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    raw_id: int = 0


def connect(path: Path | str, *, read_only: bool = False) -> sqlite3.Connection:
    """A connection with the pragmas the promise needs: WAL, and synchronous FULL so that a commit is on the disk."""
    if read_only:
        connection = sqlite3.connect(
            f"file:{Path(path).absolute()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=30,
        )
    else:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    return connection


class HotStore:
    """Writes packets; satisfies the receiver's ``Sink``.

    Several processes may write to one file: each batch takes the write lock once (BEGIN IMMEDIATE) and waits up to
    30 s for it.

    Idempotency: the key of a packet is (MN, CN, DataTime); QN is no key, because devices repeat it after a restart.
    The same values again change nothing; further factors of the same moment join the row; a differing value is kept as
    a new version, and the old one stays.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._db = connect(path)
        for statement in ddl("sqlite"):
            self._db.execute(statement)
        self._late_s = load_table("hj212")["late.after"]
        self._batch = _Batch()
        self.outcomes: dict[Outcome, int] = dict.fromkeys(Outcome, 0)

    def register(self, devices: Mapping[str, Device]) -> None:
        """Keep which device belongs to which facility; replaces what was known of these devices."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR REPLACE INTO telemetry_device (mn, facility, point, every_min) VALUES (?, ?, ?, ?)",
                [(d.mn, d.facility, d.point, d.every_min) for d in devices.values()],
            )

    def keep_raw(self, received: Received) -> None:
        """Keep the bytes; the first call opens the transaction."""
        if not self._batch.frames:
            self._begin()
        self._batch.frames.append(received)

    def put(self, message: Message, received: Received) -> None:
        """Keep a message's values; raises ValueError for one that the tables cannot hold."""
        self._begin()
        try:
            self._put_all(message, received)
        except _OF_THE_MESSAGE as error:
            raise ValueError(f"message {message.cn} of {message.mn} cannot be kept: {error}") from error

    def _put_all(self, message: Message, received: Received) -> None:
        place = f"{self._batch.raw_id}:{len(self._batch.frames) - 1}" if self._batch.frames else ""
        newest = 0
        for packet in packets(message, received.at_ms):
            outcome = self._put(packet, message, received, place)
            self._batch.outcomes[outcome] = self._batch.outcomes.get(outcome, 0) + 1
            newest = max(newest, packet.data_s)
            if outcome is not Outcome.DUPLICATE:
                self._note_latest(packet)
        heard_ms, data_s, _, count = self._batch.heard.get(message.mn, (0, 0, 0, 0))
        self._batch.heard[message.mn] = (
            max(heard_ms, received.at_ms), max(data_s, newest), message.edition, count + 1,
        )  # fmt: skip

    def quarantine(self, received: Received, why: str, detail: str = "", mn: str = "") -> None:
        """Keep what cannot be used; an unknown device becomes a candidate to admit."""
        self._begin()
        self._db.execute(
            "INSERT INTO telemetry_quarantine (received_ms, peer, mn, why, detail, raw) VALUES (?, ?, ?, ?, ?, ?)",
            (received.at_ms, received.peer, mn, why, detail, received.raw),
        )
        if why == "unknown-device" and mn:
            self._db.execute(
                "INSERT INTO telemetry_candidate (mn, first_ms, last_ms, frames, peer, sample) VALUES (?, ?, ?, 1, ?, ?)"
                " ON CONFLICT (mn) DO UPDATE SET last_ms=excluded.last_ms, frames=frames+1, peer=excluded.peer",
                (mn, received.at_ms, received.at_ms, received.peer, received.raw),
            )

    def release(self, quarantined: list[int], mn: str) -> None:
        """Take rows out of the quarantine, and the device off the list of candidates."""
        self._begin()
        self._db.executemany("DELETE FROM telemetry_quarantine WHERE id=?", [(number,) for number in quarantined])
        self._db.execute("DELETE FROM telemetry_candidate WHERE mn=?", (mn,))

    def commit(self) -> None:
        """On the disk when this returns (WAL, synchronous FULL)."""
        if not self._db.in_transaction:
            return
        batch = self._batch
        if batch.frames:
            times = [frame.at_ms for frame in batch.frames]
            self._db.execute(
                "INSERT INTO telemetry_raw (id, first_ms, last_ms, frames, body) VALUES (?, ?, ?, ?, ?)",
                (batch.raw_id, min(times), max(times), len(times), pack(batch.frames)),
            )
        self._db.executemany(
            "INSERT INTO telemetry_latest (mn, quantity, data_s, value, mark) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (mn, quantity) DO UPDATE SET data_s=excluded.data_s, value=excluded.value, mark=excluded.mark"
            " WHERE excluded.data_s >= telemetry_latest.data_s",
            [(mn, quantity, *rest) for (mn, quantity), rest in batch.latest.items()],
        )
        self._db.executemany(
            "INSERT INTO telemetry_heard (mn, heard_ms, data_s, edition, packets) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (mn) DO UPDATE SET heard_ms=max(heard_ms, excluded.heard_ms),"
            " data_s=max(data_s, excluded.data_s), edition=excluded.edition, packets=packets+excluded.packets",
            [(mn, *rest) for mn, rest in batch.heard.items()],
        )
        self._db.execute("COMMIT")
        for outcome, count in batch.outcomes.items():
            self.outcomes[outcome] += count
        self._batch = _Batch()

    def rollback(self) -> None:
        """Forget what came since the last commit."""
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
        self._batch = _Batch()

    def close(self) -> None:
        """Give the file back; what was not committed is forgotten."""
        self.rollback()
        self._db.close()

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN IMMEDIATE")
            # The write lock is held: nobody else can take this id.
            (self._batch.raw_id,) = self._db.execute(
                "SELECT coalesce(max(id), 0) + 1 FROM telemetry_raw"
            ).fetchone()

    def _put(self, packet: Packet, message: Message, received: Received, place: str) -> Outcome:
        ended_s = packet.data_s + PERIOD.get(packet.kind, timedelta(0)).total_seconds()
        late = received.at_ms / 1000 - ended_s > self._late_s
        source = "resend" if message.resent or late else "live"
        oddities = ",".join(oddity.name for oddity in message.oddities)

        def insert(version: int, body: str) -> bool:
            row = (
                packet.mn, packet.cn, packet.data_s, version, packet.kind, body,
                received.at_ms, source, message.qn, message.edition, oddities, place,
            )  # fmt: skip
            return self._db.execute(_INSERT, row).rowcount == 1

        text = dump(packet.body)
        if insert(1, text):
            return Outcome.NEW
        versions = self._db.execute(_VERSIONS, (packet.mn, packet.cn, packet.data_s)).fetchall()
        for _, _, body, _ in versions:
            # An old packet sent again after its correction says nothing new, and must not undo the correction.
            if body == text or merged(json.loads(body), packet.body) == (json.loads(body), False):
                return Outcome.DUPLICATE
        number, version, before, raw = versions[0]
        both, differs = merged(json.loads(before), packet.body)
        if differs:
            insert(version + 1, dump(both))
            return Outcome.CORRECTED
        self._db.execute(
            "UPDATE telemetry_packet SET body=?, raw=? WHERE id=?",
            (dump(both), f"{raw},{place}" if raw else place, number),
        )
        return Outcome.MERGED

    def _note_latest(self, packet: Packet) -> None:
        if packet.kind not in ("rtd", "minute", "hour"):
            return
        for quantity, cells in packet.body.items():
            value = cells.get("Rtd", cells.get("Avg"))
            key = (packet.mn, quantity)
            if isinstance(value, float) and packet.data_s >= self._batch.latest.get(key, (0, 0.0, ""))[0]:
                self._batch.latest[key] = (packet.data_s, value, str(cells.get("Flag", "")))
