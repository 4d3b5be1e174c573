"""The hot tables in PostgreSQL: the same law, a batch by COPY."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from qingxi.store.ddl import ddl
from qingxi.store.pending import Isolated, Row
from qingxi.store.writer import Key, Newest, StoreWriter, Version
from qingxi.wire import Device

if TYPE_CHECKING:
    import psycopg

_CELLS = "mn, cn, data_s, kind, body, received_ms, source, qn, edition, oddities, raw"
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})

# Of this session alone, emptied by every commit: what a batch brings, in its order.
_INCOMING = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    n INTEGER, mn TEXT, cn TEXT, data_s BIGINT, kind TEXT, body TEXT, received_ms BIGINT, source TEXT, qn TEXT,
    edition INTEGER, oddities TEXT, raw TEXT
) ON COMMIT DELETE ROWS
"""

# Rows in the order of their key: two receivers with the same packets wait for each other and never both at once.
_INSERT = (
    f"INSERT INTO telemetry_packet ({_CELLS}, version) SELECT {_CELLS}, 1 FROM incoming ORDER BY data_s, mn, cn, n"
    " ON CONFLICT DO NOTHING"
)
# Not this transaction's row, or not the first of its key in the batch.
_MISSED = (
    "SELECT n FROM (SELECT i.n, p.xmin = pg_current_xact_id()::xid AS mine,"
    " row_number() OVER (PARTITION BY i.data_s, i.mn, i.cn ORDER BY i.n) AS turn"
    " FROM incoming i JOIN telemetry_packet p ON p.data_s = i.data_s AND p.mn = i.mn AND p.cn = i.cn AND p.version = 1"
    ") AS met WHERE NOT mine OR turn > 1 ORDER BY n"
)


class PostgresStore(StoreWriter):
    """The hot tables in a PostgreSQL database, made where they are missing.

    A connection that broke is made anew with the next batch. ``synchronous_commit`` is switched on for its sessions;
    ``fsync`` is the server's own and must not be off.

    Parameters
    ----------
    address : str
        ``postgresql://user@host/database``.

    Raises
    ------
    psycopg.Error
        When the database cannot be reached.
    """

    def __init__(self, address: str, *, connect_s: int = 5) -> None:
        super().__init__()
        self.address = address
        self._connect_s = connect_s
        self._open: psycopg.Connection[Any] | None = None
        self._connected(make=True)

    def _connected(self, *, make: bool = False) -> "psycopg.Connection[Any]":
        import psycopg

        db = self._open
        if db is not None and not db.closed and not db.broken:
            return db
        db = psycopg.connect(self.address, autocommit=True, connect_timeout=self._connect_s, prepare_threshold=2)
        try:
            db.execute("SET synchronous_commit = on")
            if make:
                with db.transaction():
                    db.execute("SELECT pg_advisory_xact_lock(212)")  # two receivers may start at once
                    for statement in ddl("postgresql"):
                        db.execute(statement)
            db.execute(_INCOMING)
        except BaseException:
            db.close()
            raise
        self._open = db
        return db

    @property
    def _db(self) -> "psycopg.Connection[Any]":
        assert self._open is not None
        return self._open

    def register(self, devices: Mapping[str, Device]) -> None:
        """Keep which device belongs to which facility; replaces what was known of these devices."""
        db = self._connected()
        with db.transaction(), db.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO telemetry_device (mn, facility, point, every_min) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (mn) DO UPDATE SET facility=excluded.facility, point=excluded.point,"
                " every_min=excluded.every_min",
                [(d.mn, d.facility, d.point, d.every_min) for d in devices.values()],
            )

    def close(self) -> None:
        """Give the connection back; what was not committed is forgotten."""
        self.rollback()
        if self._open is not None:
            self._open.close()

    def _refuses(self, error: Exception) -> bool:
        import psycopg

        # Class 54, a limit of the program such as an index row too large, is to psycopg a matter of operation.
        return isinstance(error, psycopg.DataError | psycopg.errors.ProgramLimitExceeded)

    def _begin(self) -> int:
        db = self._connected()
        db.execute("BEGIN")
        found = db.execute("SELECT nextval(pg_get_serial_sequence('telemetry_raw', 'id'))").fetchone()
        assert found is not None
        return int(found[0])

    def _insert(self, rows: Sequence[Row], raw_id: int) -> list[int]:
        lines = []
        for at, row in enumerate(rows):
            place = f"{raw_id}:{row.frame}" if row.frame >= 0 else ""
            line = (
                f"{row.mn}\t{row.cn}\t{row.data_s}\t{row.kind}\t{row.body}\t{row.received_ms}\t{row.source}\t{row.qn}"
                f"\t{row.edition}\t{row.oddities}\t{place}"
            )
            if "\\" in line or line.count("\t") != 10 or "\n" in line or "\r" in line:
                line = "\t".join(str(cell).translate(_ESCAPED) for cell in (*row[:10], place))
            lines.append(f"{at}\t{line}\n")
        with self._db.cursor() as cursor:
            with cursor.copy(f"COPY incoming (n, {_CELLS}) FROM STDIN") as copy:
                copy.write("".join(lines))
            cursor.execute(_INSERT)
            if cursor.rowcount == len(rows):
                return []
            return [n for (n,) in cursor.execute(_MISSED).fetchall()]

    def _versions(self, keys: set[Key]) -> dict[Key, list[Version]]:
        mns, cns, times = (list(each) for each in zip(*keys, strict=True))
        rows = self._db.execute(
            "SELECT p.mn, p.cn, p.data_s, p.id, p.version, p.body, p.raw FROM telemetry_packet p"
            " JOIN unnest(%s::text[], %s::text[], %s::bigint[]) AS k (mn, cn, data_s)"
            " ON p.data_s = k.data_s AND p.mn = k.mn AND p.cn = k.cn ORDER BY p.version DESC, p.id FOR UPDATE OF p",
            (mns, cns, times),
        )
        found: dict[Key, list[Version]] = {}
        for mn, cn, data_s, *rest in rows:
            found.setdefault((mn, cn, data_s), []).append(Version(*rest))
        return found

    def _add_version(self, row: Row, version: int, body: str, place: str) -> Version:
        found = self._db.execute(
            f"INSERT INTO telemetry_packet ({_CELLS}, version) VALUES (%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,%s) RETURNING id",
            (*row[:4], body, *row[5:10], place, version),
        ).fetchone()
        assert found is not None
        return Version(int(found[0]), version, body, place)

    def _join(self, number: int, body: str, raw: str) -> None:
        self._db.execute("UPDATE telemetry_packet SET body=%s, raw=%s WHERE id=%s", (body, raw, number))

    def _newest(self, rows: Sequence[Newest]) -> None:
        if rows:
            self._db.execute(
                "INSERT INTO telemetry_newest (mn, part, data_s, turn, body)"
                " SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::text[])"
                " ON CONFLICT (mn, part) DO UPDATE SET data_s=excluded.data_s, turn=excluded.turn, body=excluded.body"
                " WHERE excluded.data_s >= telemetry_newest.data_s",
                tuple(list(each) for each in zip(*rows, strict=True)),
            )

    def _heard(self, rows: Sequence[tuple[str, int, int, int, int]]) -> None:
        if rows:
            self._db.execute(
                "INSERT INTO telemetry_heard (mn, heard_ms, data_s, edition, packets)"
                " SELECT * FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::integer[], %s::bigint[])"
                " ON CONFLICT (mn) DO UPDATE SET heard_ms=greatest(telemetry_heard.heard_ms, excluded.heard_ms),"
                " data_s=greatest(telemetry_heard.data_s, excluded.data_s), edition=excluded.edition,"
                " packets=telemetry_heard.packets+excluded.packets",
                tuple(list(each) for each in zip(*rows, strict=True)),
            )

    def _quarantine(self, pieces: Iterable[Isolated]) -> None:
        for (raw, peer, at_ms), why, detail, mn in pieces:
            self._db.execute(
                "INSERT INTO telemetry_quarantine (received_ms, peer, mn, why, detail, raw)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (at_ms, peer, mn, why, detail, raw),
            )
            if why == "unknown-device" and mn:
                self._db.execute(
                    "INSERT INTO telemetry_candidate (mn, first_ms, last_ms, frames, peer, sample)"
                    " VALUES (%s, %s, %s, 1, %s, %s) ON CONFLICT (mn) DO UPDATE SET last_ms=excluded.last_ms,"
                    " frames=telemetry_candidate.frames+1, peer=excluded.peer",
                    (mn, at_ms, at_ms, peer, raw),
                )

    def _release(self, numbers: Sequence[int], mns: Sequence[str]) -> None:
        if numbers:
            self._db.execute("DELETE FROM telemetry_quarantine WHERE id = ANY(%s)", (list(numbers),))
        if mns:
            self._db.execute("DELETE FROM telemetry_candidate WHERE mn = ANY(%s)", (list(mns),))

    def _raw(self, number: int, first_ms: int, last_ms: int, frames: int, body: bytes) -> None:
        self._db.execute(
            "INSERT INTO telemetry_raw (id, first_ms, last_ms, frames, body) VALUES (%s, %s, %s, %s, %s)",
            (number, first_ms, last_ms, frames, body),
        )

    def _commit(self) -> None:
        self._db.execute("COMMIT")

    def _rollback(self) -> None:
        import psycopg

        if self._open is not None:
            with contextlib.suppress(psycopg.Error):
                self._open.execute("ROLLBACK")
            if self._open.broken:
                self._open.close()
                self._open = None
