"""Hours and days as files of their own (时值、日值): what charts and lists read instead of every packet.

A month of a level is one or more Parquet files, sorted by facility, quantity and time, cut between facilities. Each row
stands for an hour or a day (for readings rarer than hourly: for one reading) and holds how many valid readings there
were, their sum, least and greatest, the mean by the validity rules (null where too few were valid) and the coverage.
Sums and counts add up: a chart drawn from hours or days shows the same means as one drawn from packets.

A month's manifest rows say which day's file each of its days was made from. Whoever reads trusts only days made from
the file that counts now, and computes the others from packets; so a crash between the raw file and the levels, or a
correction of an old day, never shows a stale value. A device stands where it stood when the month was made.
"""

import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingxi.reading import DAY_S, Validity, day_start_s
from qingxi.store.engine import Engine, engine_at
from qingxi.store.filing import sweep, write_file
from qingxi.store.fleet import Fleet, Held
from qingxi.store.hot import connect
from qingxi.store.wide import META

LEVELS = {"hourly": 3600, "daily": DAY_S}
"""Levels and the seconds a row of them stands for at the least."""

SCHEMA = pa.schema(
    [
        ("facility", pa.string()),
        ("point", pa.string()),
        ("quantity", pa.string()),
        ("kind", pa.string()),
        ("at_s", pa.int64()),
        ("n", pa.int64()),
        ("sum", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("value", pa.float64()),
        ("coverage", pa.float64()),
    ]
)
"""``at_s`` is the beginning; ``value`` the mean by the rules; ``sum``, ``low``, ``high`` of the ``n`` valid readings."""

PART_ROWS = 2_000_000
GROUP_ROWS = 10_240
"""Rows in a row group: some months of one facility, which is what a chart reads."""
BATCH_ROWS = 3_000_000
"""Packets computed at once: a day of 30,000 plants at a quarter of an hour, a year of a small county."""


class _Day(NamedTuple):
    """A day's file in the manifest."""

    file: str
    sha256: str
    rows: int


def as_level(found: pa.Table, places: list[tuple[str, str]]) -> pa.Table:
    """A fleet's answer with names in place of numbers, as :data:`SCHEMA`."""
    place = found["place"]
    names = [pa.array([each[at] for each in places], pa.string()) for at in (0, 1)]
    columns = {"facility": names[0].take(place), "point": names[1].take(place)}
    columns |= {name: found[name].cast(SCHEMA.field(name).type) for name in SCHEMA.names[2:]}
    return pa.table({name: columns[name] for name in SCHEMA.names}, schema=SCHEMA)


def made_from(db: sqlite3.Connection, level: str, month: str) -> dict[str, str]:
    """Each day of a month of a level, and the sha256 of the file it was made from."""
    row = db.execute(
        "SELECT made_from FROM telemetry_level WHERE level=? AND month=? ORDER BY part LIMIT 1", (level, month)
    ).fetchone()
    return dict(json.loads(row[0])) if row is not None else {}


def make_levels(store: Path | str, made_ms: int, rules: Validity | None = None) -> list[str]:
    """Bring every month's hours and days up to date with its days' files; returns the months rewritten.

    Only days whose file has changed are computed; the months' other days are taken over as they are.
    """
    from qingxi.store.archive import archive_folder

    law = rules or Validity.from_table()
    folder = archive_folder(store)
    db = connect(store)
    engine: Engine | None = None
    done = []
    try:
        _table(db)
        history = db.execute("SELECT day, file, sha256, rows FROM telemetry_history ORDER BY day").fetchall()
        months: dict[str, dict[str, _Day]] = {}
        for day, *of_day in history:
            months.setdefault(day[:7], {})[day] = _Day(*of_day)
        for month, days in months.items():
            now = {day: held.sha256 for day, held in days.items()}
            if all(made_from(db, level, month) == now for level in LEVELS):
                continue
            engine = engine or engine_at("")
            devices = db.execute("SELECT mn, facility, point, every_min FROM telemetry_device").fetchall()
            _make_month(db, folder, month, days, devices, engine, law, made_ms)
            done.append(month)
        return done
    finally:
        if engine is not None:
            engine.close()
        db.close()


def _table(db: sqlite3.Connection) -> None:
    from qingxi.store.ddl import ddl

    for statement in ddl("sqlite"):
        if "telemetry_level" in statement:
            db.execute(statement)


def _make_month(
    db: sqlite3.Connection, folder: Path, month: str, days: dict[str, _Day], devices: Any, engine: Engine,
    law: Validity, made_ms: int,
) -> None:  # fmt: skip
    """Compute what changed of a month, write its files, and put them in the manifest in one transaction."""
    now = {day: held.sha256 for day, held in days.items()}
    made: dict[str, pa.Table] = {}
    for level in LEVELS:
        before = made_from(db, level, month)
        old = [
            row[0]
            for row in db.execute("SELECT file FROM telemetry_level WHERE level=? AND month=?", (level, month))
        ]
        changed = [day for day in now if before.get(day) != now[day]]
        gone = {*changed, *(day for day in before if day not in now)}
        parts = [_without((pq.read_table(folder / file, schema=SCHEMA) for file in old), gone)] if old else []
        for some in _batches(changed, days):
            held = Held([folder / days[day].file for day in some], META.empty_table(), devices)
            fleet = Fleet(engine, held, date.fromisoformat(some[0]), date.fromisoformat(some[-1]))
            found = fleet.hours(law) if level == "hourly" else fleet.days(law, ends=True)
            if found.num_rows:
                parts.append(as_level(found, fleet.places))
        made[level] = _sorted(parts)
    written = [
        (level, month, number, *write_file(part, folder, f"level={level}/month={month}", GROUP_ROWS, 3), part)
        for level, table in made.items()
        for number, part in enumerate(_parts(table))
    ]
    rows = [
        (level, month, number, file, part.num_rows, *_ends(part), digest, json.dumps(now), made_ms)
        for level, month, number, file, digest, part in written
    ]
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute("DELETE FROM telemetry_level WHERE month=?", (month,))
        db.executemany(
            "INSERT INTO telemetry_level (level, month, part, file, rows, first_facility, last_facility, sha256,"
            " made_from, made_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    for level in LEVELS:
        sweep(
            folder / f"level={level}/month={month}", {folder / row[3] for row in rows if row[0] == level}, made_ms
        )


def _batches(changed: list[str], days: dict[str, _Day]) -> Iterator[list[str]]:
    """Days to compute at once, in order: as many as memory holds."""
    some: list[str] = []
    rows = 0
    for day in changed:
        if some and rows + days[day].rows > BATCH_ROWS:
            yield some
            some, rows = [], 0
        some.append(day)
        rows += days[day].rows
    if some:
        yield some


def _without(tables: Iterable[pa.Table], days: set[str]) -> pa.Table:
    table = pa.concat_tables(tables)
    for day in days:
        start = day_start_s(date.fromisoformat(day))
        inside = pc.and_(pc.greater_equal(table["at_s"], start), pc.less(table["at_s"], start + DAY_S))
        table = table.filter(pc.invert(inside))
    return table


def _sorted(parts: list[pa.Table]) -> pa.Table:
    table = pa.concat_tables(parts) if parts else SCHEMA.empty_table()
    return table.sort_by([(name, "ascending") for name in ("facility", "quantity", "at_s", "point")])


def _parts(table: pa.Table) -> list[pa.Table]:
    """Pieces of about :data:`PART_ROWS` rows that no facility crosses; at least one, so that the manifest has a row."""
    if table.num_rows <= PART_ROWS:
        return [table]
    names = table["facility"].combine_chunks().dictionary_encode()
    codes = names.indices.to_numpy()
    begins = np.flatnonzero(np.concatenate(([True], codes[1:] != codes[:-1])))
    cuts = [0]
    for begin in begins.tolist():
        if begin - cuts[-1] >= PART_ROWS:
            cuts.append(begin)
    cuts.append(table.num_rows)
    return [table.slice(low, high - low) for low, high in itertools.pairwise(cuts)]


def _ends(part: pa.Table) -> tuple[str, str]:
    return (part["facility"][0].as_py(), part["facility"][-1].as_py()) if part.num_rows else ("", "")
