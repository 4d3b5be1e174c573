"""The hot tables in one SQLite file."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, cast

from qingxi.store.ddl import ddl
from qingxi.store.pending import Isolated, Row
from qingxi.store.postgres_sql import PostgresSql
from qingxi.store.side import is_postgres
from qingxi.store.turn import Turn
from qingxi.store.writer import Key, Newest, Outcome, StoreWriter, Version
from qingxi.wire import Device

__all__ = ["HotStore", "Outcome", "connect"]

_COLUMNS = "mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw"
_INSERT = f"INSERT INTO telemetry_packet ({_COLUMNS}) VALUES "
_ROW = "(?,?,?,1,?,?,?,?,?,?,?,?)"
_CELLS = 11

_NEWEST = (
    "INSERT INTO telemetry_newest (mn, part, data_s, turn, body) VALUES ",
    "(?,?,?,?,?)",
    " ON CONFLICT (mn, part) DO UPDATE SET data_s=excluded.data_s, turn=excluded.turn,"
    " body=excluded.body WHERE excluded.data_s >= telemetry_newest.data_s",
)
_HEARD = (
    "INSERT INTO telemetry_heard (mn, heard_ms, data_s, edition, packets) VALUES ",
    "(?,?,?,?,?)",
    " ON CONFLICT (mn) DO UPDATE SET heard_ms=max(heard_ms, excluded.heard_ms), data_s=max(data_s, excluded.data_s),"
    " edition=excluded.edition, packets=packets+excluded.packets",
)

_SIZES = (256, 32, 4, 1)
"""Rows a statement. One long statement gives the interpreter's lock up once, where a row a statement would fight the
receiving thread for it at every row."""


def connect(path: Path | str, *, read_only: bool = False, timeout_s: float = 30) -> sqlite3.Connection:
    """A connection with the pragmas the promise needs: WAL, and synchronous FULL so that a commit is on the disk.

    For ``postgresql://…`` a connection to it, which takes the same statements.
    """
    if is_postgres(path):
        return cast(sqlite3.Connection, PostgresSql(str(path), read_only=read_only))
    if read_only:
        connection = sqlite3.connect(
            f"file:{Path(path).absolute()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=timeout_s,
        )
    else:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=timeout_s)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
    return connection


class HotStore(StoreWriter):
    """The hot tables in a SQLite file, made where it is missing.

    Several processes may write to one file: they take turns on a lock beside it, in the order they came, and each batch
    takes SQLite's own write lock once (BEGIN IMMEDIATE), waiting up to ``timeout_s`` for it.
    """

    def __init__(self, path: Path | str, *, timeout_s: float = 30) -> None:
        super().__init__()
        self.path = Path(path)
        self._db = connect(path, timeout_s=timeout_s)
        self._db.execute("PRAGMA wal_autocheckpoint=4000")  # 16 MB: a page changed often is copied home once
        self._turn = Turn(f"{path}-turn")
        _make(self._db)

    def register(self, devices: Mapping[str, Device]) -> None:
        """Keep which device belongs to which facility; replaces what was known of these devices."""
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.executemany(
                "INSERT OR REPLACE INTO telemetry_device (mn, facility, point, every_min) VALUES (?, ?, ?, ?)",
                [(d.mn, d.facility, d.point, d.every_min) for d in devices.values()],
            )

    def close(self) -> None:
        """Give the file back; what was not committed is forgotten."""
        self.rollback()
        self._db.close()
        self._turn.close()

    def _refuses(self, error: Exception) -> bool:
        return isinstance(error, sqlite3.DataError | sqlite3.InterfaceError)

    def _begin(self) -> int:
        self._turn.take()
        self._db.execute("BEGIN IMMEDIATE")
        # The write lock is held: nobody else can take this id.
        (raw_id,) = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM telemetry_raw").fetchone()
        return int(raw_id)

    def _insert(self, rows: Sequence[Row], raw_id: int) -> list[int]:
        (last,) = self._db.execute("SELECT coalesce(max(id), 0) FROM telemetry_packet").fetchone()
        cells = [
            (*row[:10], f"{raw_id}:{row.frame}" if row.frame >= 0 else "") for row in rows
        ]  # the columns but the version, in their order
        made = self._many((_INSERT, _ROW, " ON CONFLICT DO NOTHING"), cells)
        if made == len(rows):
            return []
        fresh = set(self._db.execute("SELECT mn, cn, data_s FROM telemetry_packet WHERE id > ?", (last,)))
        missed = []
        for at, row in enumerate(rows):
            key = row[:3]
            if key in fresh:
                fresh.remove(key)  # the first of equal keys is the one that went in
            else:
                missed.append(at)
        return missed

    def _many(self, words: tuple[str, str, str], rows: Sequence[Sequence[Any]]) -> int:
        """One change for many rows, in statements as long as :data:`_SIZES`; how many rows it touched."""
        head, one, tail = words
        touched = at = 0
        for size in _SIZES:
            while len(rows) - at >= size:
                some = list(chain.from_iterable(rows[at : at + size]))
                touched += self._db.execute(head + ",".join([one] * size) + tail, some).rowcount
                at += size
        return touched

    def _versions(self, keys: set[Key]) -> dict[Key, list[Version]]:
        found: dict[Key, list[Version]] = {}
        wanted = list(keys)
        for at in range(0, len(wanted), 256):
            some = wanted[at : at + 256]
            rows = self._db.execute(
                f"WITH k (mn, cn, data_s) AS (VALUES {','.join(['(?,?,?)'] * len(some))})"
                " SELECT p.mn, p.cn, p.data_s, p.id, p.version, p.body, p.raw FROM k CROSS JOIN telemetry_packet p"
                " ON p.data_s = k.data_s AND p.mn = k.mn AND p.cn = k.cn ORDER BY p.version DESC",
                list(chain.from_iterable(some)),
            )
            for mn, cn, data_s, *rest in rows:
                found.setdefault((mn, cn, data_s), []).append(Version(*rest))
        return found

    def _add_version(self, row: Row, version: int, body: str, place: str) -> Version:
        done = self._db.execute(
            f"INSERT INTO telemetry_packet ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
            (*row[:3], version, row.kind, body, *row[5:10], place),
        )
        return Version(int(done.lastrowid or 0), version, body, place)

    def _join(self, number: int, body: str, raw: str) -> None:
        self._db.execute("UPDATE telemetry_packet SET body=?, raw=? WHERE id=?", (body, raw, number))

    def _newest(self, rows: Sequence[Newest]) -> None:
        self._many(_NEWEST, rows)

    def _heard(self, rows: Sequence[tuple[str, int, int, int, int]]) -> None:
        self._many(_HEARD, rows)

    def _quarantine(self, pieces: Iterable[Isolated]) -> None:
        for (raw, peer, at_ms), why, detail, mn in pieces:
            self._db.execute(
                "INSERT INTO telemetry_quarantine (received_ms, peer, mn, why, detail, raw) VALUES (?, ?, ?, ?, ?, ?)",
                (at_ms, peer, mn, why, detail, raw),
            )
            if why == "unknown-device" and mn:
                self._db.execute(
                    "INSERT INTO telemetry_candidate (mn, first_ms, last_ms, frames, peer, sample)"
                    " VALUES (?, ?, ?, 1, ?, ?) ON CONFLICT (mn) DO UPDATE SET"
                    " last_ms=excluded.last_ms, frames=frames+1, peer=excluded.peer",
                    (mn, at_ms, at_ms, peer, raw),
                )

    def _release(self, numbers: Sequence[int], mns: Sequence[str]) -> None:
        self._db.executemany("DELETE FROM telemetry_quarantine WHERE id=?", [(number,) for number in numbers])
        self._db.executemany("DELETE FROM telemetry_candidate WHERE mn=?", [(mn,) for mn in mns])

    def _raw(self, number: int, first_ms: int, last_ms: int, frames: int, body: bytes) -> None:
        self._db.execute(
            "INSERT INTO telemetry_raw (id, first_ms, last_ms, frames, body) VALUES (?, ?, ?, ?, ?)",
            (number, first_ms, last_ms, frames, body),
        )

    def _commit(self) -> None:
        self._db.execute("COMMIT")
        self._turn.give()

    def _rollback(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        finally:
            self._turn.give()


def _make(db: sqlite3.Connection) -> None:
    """The tables where they are missing; the newest values of a store from before they were packets move over."""
    db.execute("BEGIN IMMEDIATE")
    try:
        old = db.execute("SELECT type FROM sqlite_master WHERE name='telemetry_latest'").fetchone()
        moved = []
        if old == ("table",):
            moved = db.execute(
                "SELECT mn, quantity, data_s, 0, json_object(quantity, json_object('Rtd', value, 'Flag', mark))"
                " FROM telemetry_latest"
            ).fetchall()
            db.execute("DROP TABLE telemetry_latest")
        for statement in ddl("sqlite"):
            db.execute(statement)
        db.executemany("INSERT INTO telemetry_newest (mn, part, data_s, turn, body) VALUES (?,?,?,?,?)", moved)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
