"""Reading the store: any number of processes, none of them in the writer's way.

Hot rows come out of SQLite as Arrow, history out of Parquet, and both are one Ibis table on an embedded DuckDB. The
expressions know nothing of DuckDB.
"""

from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from qingxi.quantity import QUANTITIES, Daily
from qingxi.reading import DailySeries, Samples, Validity, daily_of, day_of, day_start_s, make_samples
from qingxi.store.archive import archive_folder
from qingxi.store.daily_query import daily_expression
from qingxi.store.explode import PACKET_COLUMNS, narrow
from qingxi.store.lately import Lately


class Readings(Lately):
    """What a store holds. Opens the file read-only; raises FileNotFoundError when it is not there."""

    def __init__(self, store: Path | str) -> None:
        super().__init__(store)
        self._ibis: Any = None

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
