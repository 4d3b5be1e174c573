"""Reading the store: any number of processes, none of them in the writer's way.

Hot rows come out of the database as Arrow, history out of Parquet, and both are one table to the engine
(:mod:`qingxi.store.engine`). The expressions know nothing of it.
"""

import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingxi.quantity import QUANTITIES, Daily
from qingxi.reading import DailySeries, Samples, Validity, daily_of, day_of, day_start_s, make_samples
from qingxi.store.archive import archive_folder
from qingxi.store.engine import Engine, engine_at
from qingxi.store.fleet import Fleet, Held
from qingxi.store.late import joined
from qingxi.store.lately import Lately
from qingxi.store.levels import as_level
from qingxi.store.lists import Starved, starved
from qingxi.store.pick import rows_with
from qingxi.store.wide import MARK, PACKET_COLUMNS, Row, codes_in, ordered, read_rows, stacked, wide
from qingxi.store.window import Window, window


class Readings(Lately):
    """What a store holds. Opens the file read-only; raises FileNotFoundError when it is not there.

    Parameters
    ----------
    engine : str or None
        Address of the engine that computes a fleet's answers; None takes the setting ``QINGXI_ENGINE``.
    """

    def __init__(self, store: Path | str, engine: str | None = None) -> None:
        super().__init__(store)
        self._address = engine
        self._engine: Engine | None = None

    def close(self) -> None:
        """Give the file and the engine back."""
        if self._engine is not None:
            self._engine.close()
        super().close()

    def span(self) -> tuple[date, date] | None:
        """First and last day with data; None for an empty store."""
        rows = self._db.execute(
            "SELECT min(lo), max(hi) FROM (SELECT min(data_s) lo, max(data_s) hi FROM telemetry_packet WHERE kind <> ''"
            " UNION ALL SELECT min(first_s), max(last_s) FROM telemetry_history) AS ends"
        ).fetchone()
        return (day_of(rows[0]), day_of(rows[1])) if rows[0] is not None else None

    def held(self, first: date, last: date, facility: str | Sequence[str] = "") -> Held:
        """Where the packets of these days lie; ``facility`` empty takes all, several take those.

        Of a day that has a file and hot rows too (late data), both together are in ``extra``.
        """
        start, end = day_start_s(first), day_start_s(last) + 86400
        some = [facility] if isinstance(facility, str) and facility else list(facility)
        # One read transaction, so that no day is seen both hot and archived, or neither.
        self._db.execute("BEGIN")
        try:
            # One facility's rows lie together by device: the index of days would look at the whole fleet's.
            places = ",".join("?" * len(some))
            whose = f" AND mn IN (SELECT mn FROM telemetry_device WHERE facility IN ({places}))" if some else ""
            time = "data_s + 0" if some else "data_s"
            hot = self._db.execute(
                f"SELECT {PACKET_COLUMNS} FROM telemetry_packet WHERE {time} >= ? AND {time} < ?{whose}",
                (start, end, *some),
            ).fetchall()
            files = self._db.execute(
                "SELECT day, file FROM telemetry_history WHERE day >= ? AND day <= ? ORDER BY day",
                (first.isoformat(), last.isoformat()),
            ).fetchall()
            devices = self._db.execute(
                "SELECT mn, facility, point, every_min FROM telemetry_device"
                f"{f' WHERE facility IN ({places})' if some else ''} ORDER BY mn",
                some,
            ).fetchall()
        finally:
            self._db.execute("COMMIT")
        by_day: dict[str, list[Row]] = defaultdict(list)
        for row in read_rows(hot):
            by_day[day_of(row[3]).isoformat()].append(row)
        folder, filed, tables = archive_folder(self.path), [], []
        mns = [row[0] for row in devices]
        for day, file in files:
            late = by_day.pop(day, None)
            if late is None:
                filed.append(folder / file)
            elif some:
                every = pq.read_schema(folder / file).names
                tables.append(joined(rows_with(folder / file, "mn", mns, every), late))
            else:
                tables.append(joined(pq.read_table(folder / file), late))
        tables.append(ordered(wide(row for rows in by_day.values() for row in rows)))
        return Held(filed, stacked(tables), devices)

    def samples(
        self, first: date, last: date, *, facility: str | Sequence[str] = "", quantity: str = "", point: str = "effluent",
        codes: Sequence[str] = (),
    ) -> dict[tuple[str, str], list[Samples]]:  # fmt: skip
        """Readings by (facility, quantity), one :class:`Samples` a kind of report; empty names take all.

        ``codes`` takes several quantities, ``facility`` several facilities: a few dozen read together cost hardly more
        than one.
        """
        held = self.held(first, last, facility)
        devices = [row for row in held.devices if row[2] == point]
        mns = [row[0] for row in devices]
        wanted = [code for code in held.codes() if quantity in ("", code) and (not codes or code in codes)]
        columns = ["mn", "kind", "at_s", "newest", *(name for code in wanted for name in (code, code + MARK))]
        parts = [_some(rows_with(file, "mn", mns, columns), mns) for file in held.files]
        parts.append(_some(held.extra.select([name for name in columns if name in held.extra.column_names]), mns))
        table = stacked(parts)
        every: dict[str, int] = {}
        for _, name, _, minutes in devices:
            every[name] = max(every.get(name, 0), minutes)
        facility_of = dict(zip(mns, (row[1] for row in devices), strict=True))
        names = [facility_of[mn] for mn in table["mn"].to_pylist()]
        table = table.append_column("facility", pa.array(names, pa.string()))
        table = table.sort_by([("facility", "ascending"), ("kind", "ascending"), ("at_s", "ascending")])
        found: dict[tuple[str, str], list[Samples]] = defaultdict(list)
        for name, kind, part in _runs(table):
            for code in codes_in(table.column_names):
                mine = part.filter(pc.is_valid(part[code + MARK]))
                if mine.num_rows:
                    value = pc.fill_null(_column(mine, code), float("nan")).to_numpy()
                    at, marks = mine["at_s"].to_numpy(), mine[code + MARK].to_numpy(zero_copy_only=False)
                    found[name, code].append(
                        make_samples(name, code, kind, at, value, marks.astype(str), every[name])
                    )
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

    def fleet(self, first: date, last: date, codes: Sequence[str] = (), facility: str = "") -> Fleet:
        """The fleet's packets of these days, ready for the engine's questions."""
        return Fleet(self.engine, self.held(first, last, facility), first, last, codes)

    @property
    def engine(self) -> Engine:
        """What computes a fleet's answers; started at the first question."""
        if self._engine is None:
            self._engine = engine_at(self._address)
        return self._engine

    def starved(self, designs: Mapping[str, float], last: date, *, days: int, share: float) -> list[Starved]:
        """Facilities whose mean flow of the days up to ``last`` is below a share of their design, the emptiest first.

        Parameters
        ----------
        designs : mapping of str to float
            Design flow by facility, m³/d; others are left out.
        days : int
            How many days, ``last`` included; those without a valid value are left out of the mean.
        share : float
            Of the design, 0 to 1.
        """
        return starved(self, designs, last, days, share)

    def daily_table(self, first: date, last: date, *, rules: Validity | None = None) -> pa.Table:
        """Daily values of the whole fleet as an Arrow table, computed from packets where they lie.

        Columns facility, point, quantity, day (date), value (null without one), coverage, in this order of rows; a day
        without any valid reading has no row.
        """
        fleet = self.fleet(first, last)
        days = fleet.days(rules or Validity.from_table())
        names = [pa.array([place[at] for place in fleet.places], pa.string()) for at in (0, 1)]
        midnight = pc.divide(pc.add(days["at_s"], 8 * 3600), 86400).cast(pa.int32()).cast(pa.date32())
        return pa.table(
            {
                "facility": names[0].take(days["place"]),
                "point": names[1].take(days["place"]),
                "quantity": days["quantity"].cast(pa.string()),
                "day": midnight,
                "value": days["value"],
                "coverage": days["coverage"],
            }
        )

    def newest_table(self, last: date, *, days: int = 2) -> pa.Table:
        """What every facility had said last when a day ended, computed from packets where they lie.

        Columns facility, point, quantity, at_s, value (house unit) and mark, in this order of rows. What stands now is told
        by :meth:`latest_rows` without reading a packet.

        Parameters
        ----------
        days : int
            How far to look back, ``last`` included; what was silent for longer has no row.
        """
        fleet = self.fleet(last - timedelta(days=days - 1), last)
        found = fleet.newest()
        names = [pa.array([place[at] for place in fleet.places], pa.string()) for at in (0, 1)]
        columns = {"facility": names[0].take(found["place"]), "point": names[1].take(found["place"])}
        return pa.table(columns | {name: found[name] for name in ("quantity", "at_s", "value", "mark")})

    def hourly_table(self, first: date, last: date, *, facility: str = "", rules: Validity | None = None) -> Any:
        """Hour means as an Arrow table, as :data:`qingxi.store.levels.SCHEMA`; ``facility`` empty takes all."""
        fleet = self.fleet(first, last, facility=facility)
        return as_level(fleet.hours(rules or Validity.from_table()), fleet.places)

    def window(
        self, facility: str, quantities: Sequence[str], start_s: int, end_s: int, pixels: int, *, point: str = "effluent"
    ) -> Window:  # fmt: skip
        """Least, mean and greatest of each quantity for each of ``pixels`` equal pieces of a time, for a chart.

        Read from days, hours or packets, whichever is the coarsest that a piece still holds one of; see
        :func:`qingxi.store.window.window`.
        """
        return window(self, facility, quantities, start_s, end_s, pixels, point=point)

    def __enter__(self) -> "Readings":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _column(table: pa.Table, name: str) -> pa.ChunkedArray:
    there = name in table.column_names
    return table[name] if there else pa.chunked_array([pa.nulls(table.num_rows, pa.float64())])


def _some(table: pa.Table, mns: list[str]) -> pa.Table:
    """Rows of these devices that count in a series."""
    keep = pc.and_(pc.and_(table["newest"], pc.is_in(table["mn"], value_set=pa.array(mns, pa.string()))), pc.not_equal(table["kind"], ""))  # fmt: skip
    return table.filter(keep)


def _runs(table: pa.Table) -> list[tuple[str, str, pa.Table]]:
    """Pieces of a sorted table that have one facility and kind."""
    if not table.num_rows:
        return []
    keys = [table[name].combine_chunks().dictionary_encode().indices.to_numpy() for name in ("facility", "kind")]
    change = np.ones(table.num_rows, bool)
    change[1:] = (keys[0][1:] != keys[0][:-1]) | (keys[1][1:] != keys[1][:-1])
    begins = [*np.flatnonzero(change).tolist(), table.num_rows]
    return [
        (table["facility"][low].as_py(), table["kind"][low].as_py(), table.slice(low, high - low))
        for low, high in itertools.pairwise(begins)
    ]
