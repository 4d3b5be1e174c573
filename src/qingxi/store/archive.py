"""Nightly compaction (归档): hot rows of a day to one immutable, sorted, compressed Parquet file with a manifest row.

Order of steps, so that a crash at any of them loses nothing and doubles nothing: write a temporary file, fsync it,
rename it, fsync its folder; then, in one transaction, name it in the manifest and delete exactly the hot rows it
holds. A file the manifest does not name is nobody's, and is removed an hour later, when no query can still be at it.
Late data and corrections rewrite only the days they touch.
"""

import hashlib
import os
import sqlite3
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qingxi.reading import day_start_s
from qingxi.store.explode import PACKET_COLUMNS, SCHEMA, narrow, ordered
from qingxi.store.hot import connect

_BODY = 1 + PACKET_COLUMNS.split(", ").index("body")

_READER_LEAVES_MS = 3_600_000
"""A replaced file stays so long: a query that began before the change may still read it."""


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
        Values in it.
    """

    day: date
    file: str
    rows: int
    first_s: int
    last_s: int
    sha256: str


def archive_folder(store: Path | str) -> Path:
    """Where a store's history lies: ``readings.sqlite3`` has ``readings.history/`` beside it."""
    return Path(store).with_suffix(".history")


def hot_days(store: Path | str) -> list[date]:
    """Days that have hot rows, oldest first."""
    with connect(store, read_only=True) as db:
        rows = db.execute("SELECT DISTINCT (data_s + 28800) / 86400 FROM telemetry_packet ORDER BY 1").fetchall()
    return [date(1970, 1, 1) + timedelta(days=int(row[0])) for row in rows]


def compact(store: Path | str, day: date, made_ms: int) -> Archived | None:
    """Move a day's hot rows into its file; None when the day has none.

    Parameters
    ----------
    made_ms : int
        The clock, for the manifest.
    """
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
        table = narrow(row[1:] for row in hot)
        if before is not None:
            table = _joined(pq.read_table(folder / before[0], schema=SCHEMA), table)
        table = ordered(table)
        file, digest = _write(table, folder, day)
        times = table.column("at_s").to_pylist()
        row = Archived(day, file, table.num_rows, min(times), max(times), digest)
        _publish(db, row, [(packet[0], packet[_BODY]) for packet in hot], made_ms)
        _sweep(folder / f"date={day.isoformat()}", folder / file, made_ms)
        return row
    finally:
        db.close()


def _publish(db: sqlite3.Connection, row: Archived, packets: list[tuple[int, str]], made_ms: int) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        db.execute(
            "INSERT OR REPLACE INTO telemetry_history (day, file, rows, first_s, last_s, sha256, made_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (row.day.isoformat(), row.file, row.rows, row.first_s, row.last_s, row.sha256, made_ms),
        )
        # A row that another part of its packet has joined meanwhile is not wholly in the file, and stays.
        db.executemany("DELETE FROM telemetry_packet WHERE id=? AND body=?", packets)
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise


def _joined(old: pa.Table, new: pa.Table) -> pa.Table:
    """Rows of a file and the rows that came late: equal ones once, differing ones as a further version."""
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    rows = old.to_pylist()
    for row in rows:
        key = (row["mn"], row["cn"], row["quantity"], row["statistic"], row["at_s"])
        if key not in newest or row["version"] > newest[key]["version"]:
            newest[key] = row
    for row in new.to_pylist():
        key = (row["mn"], row["cn"], row["quantity"], row["statistic"], row["at_s"])
        there = newest.get(key)
        if there is not None:
            if (there["value"], there["text"], there["mark"]) == (row["value"], row["text"], row["mark"]):
                continue
            row["version"] = there["version"] + 1
        newest[key] = row
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _write(table: pa.Table, folder: Path, day: date) -> tuple[str, str]:
    """Write, fsync, rename, fsync the folder; (path below the folder, sha256)."""
    place = folder / f"date={day.isoformat()}"
    place.mkdir(parents=True, exist_ok=True)
    part = place / f"part-{os.getpid()}.tmp"
    pq.write_table(table, part, compression="zstd", compression_level=9, use_dictionary=True)
    with part.open("r+b") as written:
        digest = hashlib.sha256(written.read()).hexdigest()
        os.fsync(written.fileno())
    final = place / f"part-{digest[:16]}.parquet"
    part.replace(final)
    for each in (place, folder):
        handle = os.open(each, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return f"{place.name}/{final.name}", digest


def _sweep(place: Path, named: Path, now_ms: int) -> None:
    """Remove a day's files that the manifest no longer names, once no reader can still be at them."""
    for path in place.iterdir():
        if path != named and path.stat().st_mtime * 1000 < now_ms - _READER_LEAVES_MS:
            path.unlink(missing_ok=True)


def compact_before(store: Path | str, day: date, made_ms: int) -> list[Archived]:
    """Compact every day before this one (the night's round)."""
    done = [compact(store, each, made_ms) for each in hot_days(store) if each < day]
    return [row for row in done if row is not None]


def damaged(store: Path | str) -> list[str]:
    """Files of the manifest that are missing or whose sha256 differs."""
    folder = archive_folder(store)
    with connect(store, read_only=True) as db:
        rows = db.execute("SELECT file, sha256 FROM telemetry_history ORDER BY day").fetchall()
    bad = []
    for file, digest in rows:
        path = folder / file
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            bad.append(str(file))
    return bad
