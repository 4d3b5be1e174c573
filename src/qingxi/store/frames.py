"""Raw frames leave the hot tables (报文原文归档): into files that are never rewritten, and after years they are let go.

A hot database would grow with every frame for ever. Pieces older than a month go, some hundred thousand frames a file,
in the order of compaction (:mod:`qingxi.store.archive`): the file is whole on the disk before the manifest names it,
and one transaction names it and deletes exactly the pieces it holds. Who asks for a frame, or forwards from there,
does not see the difference (:mod:`qingxi.store.filed_frames`).
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import pyarrow as pa

from qingxi.reading import day_of
from qingxi.store.archive import archive_folder
from qingxi.store.filing import sweep, write_file
from qingxi.store.hot import connect
from qingxi.store.raw import readable

FRAMES = 200_000
"""Frames a file: some 100 MB as they came, 10 to 20 in the file."""

_MOST_BYTES = 256_000_000
"""Bytes of frames a file, as they came: long ones must not take the memory of a small machine."""

A_NIGHT_MS = 31 * 86_400_000
"""Time whose evidence one night lets go at most: a clock that stands years ahead for a night must not cost years of it."""

_PIECES = 50_000
_GROUP = 4_000
_LEVEL = "level=frames"

SCHEMA = pa.schema(
    [
        ("raw_batch", pa.int64()),
        ("raw_index", pa.int32()),
        ("at_ms", pa.int64()),
        ("peer", pa.string()),
        ("frame", pa.binary()),
    ]
)
"""A row a frame, by number of its piece and its place in it."""


@dataclass(frozen=True, slots=True)
class FramesFiled:
    """One file of frames: what the manifest says of it; ``pieces`` and ``frames`` count, ``*_raw`` are piece numbers."""

    file: str
    first_raw: int
    last_raw: int
    pieces: int
    frames: int
    first_ms: int
    last_ms: int
    sha256: str


def file_frames(store: Path | str, before_ms: int, made_ms: int, most: int = FRAMES) -> list[FramesFiled]:
    """File the pieces whose last frame came before a moment; the newest piece always stays, numbers go on from it.

    Parameters
    ----------
    before_ms, made_ms : int
        The moment, and the clock for the manifest; milliseconds since 1970 UTC.
    most : int
        Frames in a file; one piece more where a piece reaches over it.
    """
    done: list[FramesFiled] = []
    db = connect(store)
    try:
        last = -1
        while numbers := _ready(db, last, before_ms, most):
            filed, last = _file_some(db, archive_folder(store), numbers, before_ms, made_ms)
            done += filed
        named = {
            archive_folder(store) / file for (file,) in db.execute("SELECT file FROM telemetry_frames").fetchall()
        }
    finally:
        db.close()
    for month in (archive_folder(store) / _LEVEL).glob("month=*"):
        sweep(month, named, made_ms)
    return done


def _ready(db: sqlite3.Connection, last: int, before_ms: int, most: int) -> list[int]:
    """Numbers of the next pieces behind ``last`` that are old enough, as many as one file holds."""
    rows = db.execute(
        "SELECT id, frames, length(body) FROM telemetry_raw WHERE id > ? AND id < (SELECT max(id) FROM telemetry_raw)"
        " AND last_ms < ? ORDER BY id LIMIT ?",
        (last, before_ms, _PIECES),
    ).fetchall()
    numbers: list[int] = []
    frames = size = 0
    for number, n, packed in rows:
        if frames >= most or size >= _MOST_BYTES:
            break
        numbers.append(number)
        frames, size = frames + n, size + packed
    return numbers


def _file_some(
    db: sqlite3.Connection, folder: Path, numbers: Sequence[int], before_ms: int, made_ms: int
) -> tuple[list[FramesFiled], int]:
    """File these pieces, as far as one file holds them; gives the file, and the last piece that was looked at."""
    table, held, last = _table(db, numbers, before_ms)
    if not held:
        return [], last
    at_ms = table["at_ms"].to_numpy()
    first_ms, last_ms = int(at_ms.min()), int(at_ms.max())
    file, digest = write_file(table, folder, f"{_LEVEL}/month={_month(first_ms)}", _GROUP)
    row = FramesFiled(file, held[0], held[-1], len(held), table.num_rows, first_ms, last_ms, digest)
    return [row] if _publish(db, row, held, made_ms) else [], last


def _table(db: sqlite3.Connection, numbers: Sequence[int], before_ms: int) -> tuple[pa.Table, list[int], int]:
    """Frames of these pieces, which pieces they are of, and the last piece that was looked at.

    A piece that cannot be read stays where it is: it must not hold up the others, night after night.
    """
    columns: tuple[list[int], list[int], list[int], list[str], list[bytes]] = ([], [], [], [], [])
    rows = db.execute(
        "SELECT id, body FROM telemetry_raw WHERE id >= ? AND id <= ? AND last_ms < ? ORDER BY id",
        (numbers[0], numbers[-1], before_ms),
    )
    wanted, held, size, last = set(numbers), [], 0, numbers[-1]
    for number, body in rows:
        if number not in wanted:  # PostgreSQL gives numbers before the commit: one may have come up between
            continue
        for at, (raw, peer, at_ms) in enumerate(frames := readable(number, bytes(body))):
            for column, value in zip(columns, (number, at, at_ms, peer, raw), strict=True):
                column.append(value)  # type: ignore[attr-defined]
            size += len(raw)
        held += [number] if frames else []
        if size >= _MOST_BYTES:
            last = number
            break
    table = pa.table([pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA)
    return table, held, last


def _publish(db: sqlite3.Connection, row: FramesFiled, numbers: Sequence[int], made_ms: int) -> bool:
    """Name the file and delete its pieces; False, with nothing changed, when another process was at the same pieces."""
    db.execute("BEGIN IMMEDIATE")
    try:
        gone = 0
        for first, last in _runs(numbers):
            gone += db.execute("DELETE FROM telemetry_raw WHERE id >= ? AND id <= ?", (first, last)).rowcount
        if gone != len(numbers):
            db.execute("ROLLBACK")
            return False
        db.execute(
            "INSERT INTO telemetry_frames (file, first_raw, last_raw, pieces, frames, first_ms, last_ms, sha256, made_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.file, row.first_raw, row.last_raw, row.pieces, row.frames, row.first_ms, row.last_ms, row.sha256,
                made_ms,
            ),
        )  # fmt: skip
        db.execute("COMMIT")
    except BaseException:
        db.execute("ROLLBACK")
        raise
    return True


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Runs of numbers without a hole, first and last: ``[1, 2, 4] -> [(1, 2), (4, 4)]``."""
    runs = []
    for _, run in groupby(enumerate(numbers), lambda each: each[1] - each[0]):
        found = [number for _, number in run]
        runs.append((found[0], found[-1]))
    return runs


def _month(at_ms: int) -> str:
    day: date = day_of(at_ms // 1000)
    return f"{day:%Y-%m}"


def let_frames_go(store: Path | str, before_ms: int) -> tuple[int, int]:
    """Forget files all of whose frames came before a moment; (files, frames). Days of readings stay.

    Of one asking it is the oldest month at most (:data:`A_NIGHT_MS`), whatever the moment says. From then on nobody finds them; the files themselves are swept by the next night's :func:`file_frames`, when no reader
    and no backup that knows their names can still be at them.
    """
    db = connect(store)
    try:
        old = db.execute(
            "SELECT file, frames FROM telemetry_frames WHERE last_ms < ?"
            " AND last_ms <= (SELECT min(last_ms) FROM telemetry_frames) + ?",
            (before_ms, A_NIGHT_MS),
        ).fetchall()
        for file, _ in old:
            db.execute("DELETE FROM telemetry_frames WHERE file=?", (file,))
    finally:
        db.close()
    return len(old), sum(int(frames) for _, frames in old)
