"""Nightly compaction (归档): hot rows of a day to one immutable, sorted, compressed Parquet file with a manifest row.

Order of steps, so that a crash at any of them loses nothing and doubles nothing: write a temporary file, fsync it,
rename it, fsync its folder; then, in one transaction, name it in the manifest and delete exactly the hot rows it
holds. A file the manifest does not name is nobody's, and is removed an hour later, when no query can still be at it.
Late data and corrections rewrite only the days they touch. Hours and days follow in :mod:`qingxi.store.levels`.
"""

import os
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingxi.reading import day_start_s
from qingxi.store.filing import digest_of, sweep, write_file
from qingxi.store.hot import connect
from qingxi.store.late import joined
from qingxi.store.side import is_postgres, unmade
from qingxi.store.upgrade import file_anew
from qingxi.store.wide import PACKET_COLUMNS, ordered, read_rows, wide

_BODY = 1 + PACKET_COLUMNS.split(", ").index("body")

RAW_ROWS = 15_360
"""Packets in a row group: what one facility's chart must read at the least, and one piece of a fleet's query."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One day's file.

    Attributes
    ----------
    day : date
        Day in Beijing.
    file : str
        Path below the archive's folder.
    rows : int
        Packets in it, all versions.
    """

    day: date
    file: str
    rows: int
    first_s: int
    last_s: int
    sha256: str


def archive_folder(store: Path | str) -> Path:
    """Where a store's history lies: ``readings.sqlite3`` has ``readings.history/`` beside it.

    That of a PostgreSQL store lies where ``QINGXI_HISTORY`` says, else in ``readings.history/`` of the working folder.
    """
    if is_postgres(store):
        return Path(os.environ.get("QINGXI_HISTORY") or "readings.history")
    return Path(store).with_suffix(".history")


def hot_days(store: Path | str) -> list[date]:
    """Days that have hot rows, oldest first."""
    with connect(store, read_only=True) as db:
        rows = db.execute("SELECT DISTINCT (data_s + 28800) / 86400 FROM telemetry_packet ORDER BY 1").fetchall()
    return [date(1970, 1, 1) + timedelta(days=int(row[0])) for row in rows]


def compact(store: Path | str, day: date, made_ms: int) -> Archived | None:
    """Move a day's hot rows into its file; None when the day has none.

    When another process files the same day meanwhile, its file is taken as the day's and the rows that are still hot are
    joined to that.

    Parameters
    ----------
    made_ms : int
        The clock, for the manifest.
    """
    while True:
        try:
            return _compact(store, day, made_ms)
        except _FiledMeanwhile:
            continue


class _FiledMeanwhile(Exception):
    """The manifest names another file for the day than the one that was read."""


def _compact(store: Path | str, day: date, made_ms: int) -> Archived | None:
    folder = archive_folder(store)
    start = day_start_s(day)
    db = connect(store)
    try:
        hot = db.execute(
            f"SELECT id, {PACKET_COLUMNS} FROM telemetry_packet WHERE data_s >= ? AND data_s < ? ORDER BY id",
            (start, start + 86400),
        ).fetchall()
        if not hot:
            return None
        before = db.execute("SELECT file FROM telemetry_history WHERE day=?", (day.isoformat(),)).fetchone()
        rows = read_rows(row[1:] for row in hot)
        table = joined(pq.read_table(folder / before[0]), rows) if before is not None else ordered(wide(rows))
        place = f"level=raw/date={day.isoformat()}"
        file, digest = write_file(table, folder, place, RAW_ROWS)
        times = pc.min_max(table["at_s"]).as_py()
        row = Archived(day, file, table.num_rows, times["min"], times["max"], digest)
        _publish(db, row, before[0] if before is not None else "", [(p[0], p[_BODY]) for p in hot], made_ms)
        sweep(folder / place, {folder / file}, made_ms)
        return row
    finally:
        db.close()


def _publish(
    db: sqlite3.Connection, row: Archived, before: str, packets: list[tuple[int, str]], made_ms: int
) -> None:  # fmt: skip
    """Name the file in place of ``before`` ("" for a day that had none) and delete the hot rows that it holds."""
    db.execute("BEGIN IMMEDIATE")
    try:
        named = db.execute(
            "INSERT INTO telemetry_history (day, file, rows, first_s, last_s, sha256, made_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day) DO UPDATE SET file=excluded.file, rows=excluded.rows,"
            " first_s=excluded.first_s, last_s=excluded.last_s, sha256=excluded.sha256, made_ms=excluded.made_ms"
            " WHERE telemetry_history.file=?",
            (row.day.isoformat(), row.file, row.rows, row.first_s, row.last_s, row.sha256, made_ms, before),
        )
        if named.rowcount != 1:
            raise _FiledMeanwhile(row.day.isoformat())
        # A row that another part of its packet has joined meanwhile is not wholly in the file, and stays.
        db.executemany("DELETE FROM telemetry_packet WHERE id=? AND body=?", packets)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def compact_before(store: Path | str, day: date, made_ms: int) -> list[Archived]:
    """The night's round: compact every day before this one, then bring hours and days up to date."""
    from qingxi.store.levels import make_levels

    file_anew(store, archive_folder(store), RAW_ROWS, made_ms)
    done = [compact(store, each, made_ms) for each in hot_days(store) if each < day]
    make_levels(store, made_ms)
    return [row for row in done if row is not None]


def damaged(store: Path | str) -> list[str]:
    """Files of the manifest that are missing or whose sha256 differs."""
    folder = archive_folder(store)
    rows: list[tuple[str, str]] = []
    with connect(store, read_only=True) as db:
        for table in ("telemetry_history", "telemetry_level", "telemetry_frames"):
            try:
                rows += db.execute(f"SELECT file, sha256 FROM {table}").fetchall()
            except Exception as error:
                if not unmade(error):  # a store that an earlier program made has no such table
                    raise
    return [
        str(file)
        for file, digest in sorted(rows)
        if not (folder / file).exists() or digest_of(folder / file) != digest
    ]
