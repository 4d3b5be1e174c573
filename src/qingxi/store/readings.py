"""Reading the store: any number of processes, none of them in the writer's way.

Hot rows come out of SQLite as Arrow, history out of Parquet, and both are one Ibis table on an embedded DuckDB. The
expressions know nothing of DuckDB.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from qingxi.quantity import QUANTITIES, Daily
from qingxi.reading import DailySeries, Samples, Validity, daily_of, day_of, day_start_s, make_samples
from qingxi.store.archive import archive_folder
from qingxi.store.daily_query import daily_expression
from qingxi.store.explode import PACKET_COLUMNS, narrow
from qingxi.store.hot import connect
from qingxi.store.raw import unpack
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


class Readings:
    """What a store holds. Opens the file read-only; raises FileNotFoundError when it is not there."""

    def __init__(self, store: Path | str) -> None:
        self.path = Path(store)
        if not self.path.exists():
            raise FileNotFoundError(f"no readings' store at {self.path}")
        self._db = connect(self.path, read_only=True)
        self._ibis: Any = None

    def close(self) -> None:
        """Give the file back."""
        self._db.close()

    # -- what came lately ------------------------------------------------------------------------------------------

    def facilities(self) -> tuple[str, ...]:
        """Facilities with a registered device, sorted."""
        return tuple(
            row[0] for row in self._db.execute("SELECT DISTINCT facility FROM telemetry_device ORDER BY 1")
        )

    def latest(self, facility: str) -> dict[str, Latest]:
        """Newest value of each quantity of a facility, by house code."""
        rows = self._db.execute(
            "SELECT l.quantity, l.data_s, l.value, l.mark FROM telemetry_latest l JOIN telemetry_device d USING (mn)"
            " WHERE d.facility=? ORDER BY l.data_s",
            (facility,),
        )
        return {q: Latest(datetime.fromtimestamp(at_s, UTC), value, mark) for q, at_s, value, mark in rows}

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
        """Rows by table: packets, frames kept raw, quarantined, candidates, days in history."""
        one = (
            "SELECT (SELECT count(*) FROM telemetry_packet), (SELECT coalesce(sum(frames), 0) FROM telemetry_raw),"
        )
        one += " (SELECT count(*) FROM telemetry_quarantine), (SELECT count(*) FROM telemetry_candidate),"
        one += " (SELECT count(*) FROM telemetry_history)"
        names = ("packets", "raw_frames", "quarantined", "candidates", "days_in_history")
        return dict(zip(names, self._db.execute(one).fetchone(), strict=True))

    def raw_frames(self, place: str) -> list[Received]:
        """The frames a row was made from: ``place`` is the row's ``raw``, ``"batch:index[,batch:index]"``."""
        found = []
        for each in place.split(","):
            batch, _, index = each.partition(":")
            row = self._db.execute("SELECT body FROM telemetry_raw WHERE id=?", (int(batch),)).fetchone()
            if row is not None:
                found.append(unpack(row[0])[int(index)])
        return found

    # -- series ----------------------------------------------------------------------------------------------------

    def span(self) -> tuple[date, date] | None:
        """First and last day with data; None for an empty store."""
        rows = self._db.execute(
            "SELECT min(lo), max(hi) FROM (SELECT min(data_s) lo, max(data_s) hi FROM telemetry_packet WHERE kind <> ''"
            " UNION ALL SELECT min(first_s), max(last_s) FROM telemetry_history)"
        ).fetchone()
        return (day_of(rows[0]), day_of(rows[1])) if rows[0] is not None else None

    def values(self, first: date, last: date, facility: str = "") -> Any:
        """Every value of these days as an Ibis table: the store's own columns with facility, point and every_min.

        Of one value's versions only the newest is in it. ``facility`` empty takes all.
        """
        import ibis
        import pyarrow as pa

        if self._ibis is None:
            self._ibis = ibis.duckdb.connect()
        start, end = day_start_s(first), day_start_s(last) + 86400
        # One read transaction, so that no day is seen both hot and archived, or neither.
        self._db.execute("BEGIN")
        try:
            hot = self._db.execute(
                f"SELECT {PACKET_COLUMNS} FROM telemetry_packet WHERE data_s >= ? AND data_s < ?"
                " AND (? = '' OR mn IN (SELECT mn FROM telemetry_device WHERE facility = ?))",
                (start, end, facility, facility),
            ).fetchall()
            files = self._db.execute(
                "SELECT file FROM telemetry_history WHERE day >= ? AND day <= ? ORDER BY day",
                (first.isoformat(), last.isoformat()),
            ).fetchall()
            devices = self._db.execute("SELECT mn, facility, point, every_min FROM telemetry_device").fetchall()
        finally:
            self._db.execute("COMMIT")
        table = ibis.memtable(narrow(hot))
        if files:
            folder = archive_folder(self.path)
            history = self._ibis.read_parquet([str(folder / row[0]) for row in files], hive_partitioning=False)
            table = table.union(history.filter(history.at_s >= start, history.at_s < end))
        names = pa.schema(
            [("mn", pa.string()), ("facility", pa.string()), ("point", pa.string()), ("every_min", pa.int64())]
        )
        columns = {name: [row[at] for row in devices] for at, name in enumerate(names.names)}
        newest = ibis.row_number().over(
            group_by=["mn", "cn", "quantity", "statistic", "at_s"],
            order_by=[table.version.desc(), table.received_ms.desc()],
        )
        table = table.mutate(rank=newest)
        table = table.filter(table.rank == 0).drop("rank")
        return table.join(ibis.memtable(pa.table(columns, schema=names)), "mn")

    def samples(
        self, first: date, last: date, *, facility: str = "", quantity: str = "", point: str = "effluent"
    ) -> dict[tuple[str, str], list[Samples]]:
        """Readings by (facility, quantity), one :class:`Samples` a kind of report; empty names take all."""
        table = self.values(first, last, facility)
        table = table.filter(table.point == point, table.statistic.isin(["Rtd", "Avg"]), table.kind != "")
        if facility:
            table = table.filter(table.facility == facility)
        if quantity:
            table = table.filter(table.quantity == quantity)
        table = table.select("facility", "quantity", "kind", "at_s", "value", "mark", "every_min")
        arrow = self._ibis.to_pyarrow(table.order_by(["facility", "quantity", "kind", "at_s"]))
        rows: dict[tuple[str, str, str], list[tuple[Any, ...]]] = defaultdict(list)
        for name, code, kind, at_s, value, mark, every in zip(*(c.to_pylist() for c in arrow.columns), strict=True):
            if code in QUANTITIES:
                rows[name, code, kind].append((at_s, float("nan") if value is None else value, mark, every))
        found: dict[tuple[str, str], list[Samples]] = defaultdict(list)
        for (name, code, kind), cells in rows.items():
            at, values, marks, every_min = zip(*cells, strict=True)
            found[name, code].append(make_samples(name, code, kind, at, values, marks, max(every_min)))
        return dict(found)

    def daily(
        self, facility: str, quantity: str, first: date, last: date, *, point: str = "effluent"
    ) -> DailySeries | None:
        """Daily values of one quantity, both days included; None when there are no readings at all."""
        weighted = QUANTITIES[quantity].daily is Daily.FLOW_WEIGHTED
        wanted = self.samples(first, last, facility=facility, quantity="" if weighted else quantity, point=point)
        flow = wanted.get((facility, "flow"), []) if weighted else []
        return daily_of(wanted.get((facility, quantity), []), first, last, flow=flow)

    def all_daily(
        self, first: date | None = None, last: date | None = None, *, point: str = "effluent"
    ) -> dict[str, dict[str, DailySeries]]:
        """Daily series by facility, then quantity, as ``qingxi.finding.bundle`` takes them; all days when not given."""
        span = self.span()
        if span is None:
            return {}
        first, last = first or span[0], last or span[1]
        found: dict[str, dict[str, DailySeries]] = {}
        wanted = self.samples(first, last, point=point)
        for (facility, quantity), samples in wanted.items():
            series = daily_of(samples, first, last, flow=wanted.get((facility, "flow"), []))
            if series is not None:
                found.setdefault(facility, {})[quantity] = series
        return found

    def daily_table(self, first: date, last: date, *, rules: Validity | None = None) -> Any:
        """Daily values of the whole fleet as an Arrow table, computed where the rows lie.

        Columns facility, point, quantity, day (date), value (null without one), coverage; a day without any reading
        has no row.
        """
        import pyarrow as pa

        table = self.values(first, last)
        expression = daily_expression(table, rules or Validity.from_table())
        rows = self._ibis.to_pyarrow(expression.order_by(["facility", "point", "quantity", "day"]))
        return rows.set_column(
            rows.schema.get_field_index("day"), "day", rows["day"].cast(pa.int32()).cast(pa.date32())
        )

    def __enter__(self) -> "Readings":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
