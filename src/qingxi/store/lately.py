"""What came lately, who was heard, what could not be used: plain rows of the hot tables."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from qingxi.reading import day_of
from qingxi.store.archive import archive_folder
from qingxi.store.filed_frames import FiledFrames
from qingxi.store.raw import unpack
from qingxi.store.reader import open_reader
from qingxi.store.side import is_postgres, unmade
from qingxi.wire import Received


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest value of a quantity: house unit, the device's mark (N, M, ...) or empty."""

    at: datetime
    value: float
    mark: str


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Something that could not be used."""

    received_at: datetime
    peer: str
    mn: str
    why: str
    detail: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that calls and is not registered."""

    mn: str
    first_at: datetime
    last_at: datetime
    frames: int
    peer: str


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


class Lately:
    """The hot tables' own questions; :class:`qingxi.store.Readings` adds the series."""

    def __init__(self, store: Path | str) -> None:
        self.path = store if is_postgres(store) else Path(store)
        self._db = open_reader(store)

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    @property
    def database(self) -> sqlite3.Connection:
        """The connection, read-only."""
        found: sqlite3.Connection = self._db
        return found

    def latest_rows(self) -> list[tuple[str, str, int, float, str]]:
        """Facility, quantity, seconds, value and mark of every newest value; a whole province at once."""
        rows = self._db.execute(
            "SELECT d.facility, n.data_s, n.body FROM telemetry_newest n JOIN telemetry_device d USING (mn)"
            " ORDER BY n.data_s, n.turn"
        ).fetchall()
        newest: dict[tuple[str, str], tuple[str, str, int, float, str]] = {}
        # All bodies as one text: a province's are read twice as fast as one by one.
        bodies = json.loads("[" + ",".join([row[2] for row in rows]) + "]")
        for (facility, at_s, _), body in zip(rows, bodies, strict=True):
            for quantity, cells in body.items():
                value = cells.get("Rtd", cells.get("Avg"))
                if isinstance(value, int | float):  # a whole number stands as the sensor wrote it
                    newest[facility, quantity] = (facility, quantity, at_s, float(value), cells.get("Flag", ""))
        return list(newest.values())

    def streams(self) -> list[tuple[str, str, str]]:
        """Facility, point and quantity of everything that was ever read, in order."""
        rows = self._db.execute(
            "SELECT d.facility, d.point, n.body FROM telemetry_newest n JOIN telemetry_device d USING (mn)"
        ).fetchall()
        found = {(facility, point, code) for facility, point, body in rows for code in json.loads(body)}
        return sorted(found)

    def hot_days_of(self, facility: str = "") -> set[str]:
        """Days (ISO, Beijing) of which a facility's devices (empty: any devices) have hot rows."""
        if not facility:
            every = self._db.execute("SELECT DISTINCT (data_s + 28800) / 86400 FROM telemetry_packet").fetchall()
            return {day_of(int(row[0]) * 86400).isoformat() for row in every}
        rows = self._db.execute(
            "SELECT DISTINCT (p.data_s + 28800) / 86400 FROM telemetry_device d JOIN telemetry_packet p USING (mn)"
            " WHERE d.facility=?",
            (facility,),
        )
        return {day_of(int(row[0]) * 86400).isoformat() for row in rows}

    def facilities(self) -> tuple[str, ...]:
        """Facilities with a registered device, sorted."""
        return tuple(
            row[0] for row in self._db.execute("SELECT DISTINCT facility FROM telemetry_device ORDER BY 1")
        )

    def latest(self, facility: str) -> dict[str, Latest]:
        """Newest value of each quantity of a facility, by house code."""
        rows = self._db.execute(
            "SELECT n.body, n.data_s FROM telemetry_newest n JOIN telemetry_device d USING (mn)"
            " WHERE d.facility=? ORDER BY n.data_s, n.turn",
            (facility,),
        ).fetchall()
        found: dict[str, Latest] = {}
        for body, at_s in rows:
            for quantity, cells in json.loads(body).items():
                value = cells.get("Rtd", cells.get("Avg"))
                if isinstance(value, int | float):
                    at = datetime.fromtimestamp(at_s, UTC)
                    found[quantity] = Latest(at, float(value), str(cells.get("Flag", "")))
        return found

    def last_heard(self) -> dict[str, datetime]:
        """When each facility's device was last heard, by the server's clock; never heard: not in it."""
        rows = self._db.execute(
            "SELECT d.facility, max(h.heard_ms) FROM telemetry_heard h JOIN telemetry_device d USING (mn) GROUP BY 1"
        )
        return {facility: _moment(ms) for facility, ms in rows}

    def last_data(self) -> dict[str, datetime]:
        """The newest DataTime of each facility; for replayed files this, and not the server's clock, tells silence."""
        rows = self._db.execute(
            "SELECT d.facility, max(h.data_s) FROM telemetry_heard h JOIN telemetry_device d USING (mn) GROUP BY 1"
        )
        return {facility: datetime.fromtimestamp(s, UTC) for facility, s in rows}

    def arrivals(self) -> dict[str, tuple[int, int, int]]:
        """Of each facility how many packets ever came, the newest time in them (s) and when the last came (ms).

        Grows with everything that comes, back-filled days too: whoever keeps it can tell what is new since.
        """
        rows = self._db.execute(
            "SELECT d.facility, sum(h.packets), max(h.data_s), max(h.heard_ms)"
            " FROM telemetry_heard h JOIN telemetry_device d USING (mn) GROUP BY 1"
        )
        return {facility: (int(packets), int(data), int(heard)) for facility, packets, data, heard in rows}

    def quarantine(self, limit: int = 1000) -> list[Quarantined]:
        """What could not be used, newest first."""
        rows = self._db.execute(
            "SELECT received_ms, peer, mn, why, detail, raw FROM telemetry_quarantine ORDER BY id DESC LIMIT ?",
            (limit,),
        )
        return [Quarantined(_moment(ms), peer, mn, why, detail, raw) for ms, peer, mn, why, detail, raw in rows]

    def candidates(self) -> list[Candidate]:
        """Devices that call and are not registered, the latest first."""
        rows = self._db.execute(
            "SELECT mn, first_ms, last_ms, frames, peer FROM telemetry_candidate ORDER BY last_ms DESC"
        )
        return [Candidate(mn, _moment(first), _moment(last), n, peer) for mn, first, last, n, peer in rows]

    def counts(self) -> dict[str, int]:
        """Rows of the hot tables: packets, raw frames not yet filed, quarantined, candidates, days in history."""
        one = (
            "SELECT (SELECT count(*) FROM telemetry_packet), (SELECT coalesce(sum(frames), 0) FROM telemetry_raw),"
        )
        one += " (SELECT count(*) FROM telemetry_quarantine), (SELECT count(*) FROM telemetry_candidate),"
        one += " (SELECT count(*) FROM telemetry_history)"
        names = ("packets", "raw_frames", "quarantined", "candidates", "days_in_history")
        return dict(zip(names, self._db.execute(one).fetchone(), strict=True))

    def raw_frames(self, place: str) -> list[Received]:
        """The frames a row was made from: ``place`` is the row's ``raw``, ``"batch:index[,batch:index]"``.

        Fewer where frames were let go after their time (:func:`qingxi.store.let_frames_go`).
        """
        found = []
        for each in place.split(","):
            batch, _, index = each.partition(":")
            row = self._db.execute("SELECT body FROM telemetry_raw WHERE id=?", (int(batch),)).fetchone()
            piece = unpack(row[0]) if row is not None else self._filed().piece(int(batch))
            found += piece[int(index) : int(index) + 1]
        return found

    def _filed(self) -> FiledFrames:
        return FiledFrames(self._ask, archive_folder(self.path))

    def _ask(self, statement: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            return list(self._db.execute(statement, values).fetchall())
        except Exception as error:
            if unmade(error):
                return []
            raise
