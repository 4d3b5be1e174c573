"""Frames read back out of their files: one by the place that a packet names, or in order for an upper platform."""

import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from qingxi.wire import Received

Ask = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""A question to the store's tables; one about a table that was never made gives nothing."""

Piece = tuple[int, list[Received]]
"""Number of a piece, and its frames in order."""


class FiledFrames:
    """A store's filed frames. A file that is lost or damaged is an OSError to whoever asks for its frames.

    Parameters
    ----------
    ask : callable
        Statement and values to rows, as :meth:`qingxi.store.Side.rows`.
    folder : path
        The archive's folder.
    """

    def __init__(self, ask: Ask, folder: Path) -> None:
        self._ask = ask
        self._folder = folder

    def piece(self, number: int) -> list[Received]:
        """A piece's frames; empty where no file holds it (still hot, or let go)."""
        for (file,) in self._ask(
            "SELECT file FROM telemetry_frames WHERE first_raw <= ? AND last_raw >= ?", (number, number)
        ):
            for found, frames in _pieces(self._folder / file, number):
                if found == number:
                    return frames
                break
        return []

    def after(self, number: int) -> Iterator[Piece]:
        """Pieces from a number on, in order; a file is opened when it is come to."""
        while True:
            ends = self._ask("SELECT min(last_raw) FROM telemetry_frames WHERE last_raw >= ?", (number,))
            if not ends or ends[0][0] is None:
                return
            # Up to the end of the file that ends first; its numbers may lie between those of another.
            end = int(ends[0][0])
            files = self._ask(
                "SELECT file FROM telemetry_frames WHERE last_raw >= ? AND first_raw <= ?", (number, end)
            )
            pieces = [_pieces(self._folder / file, number) for (file,) in files]
            for each in heapq.merge(*pieces, key=lambda piece: piece[0]):
                if each[0] > end:
                    break
                yield each
            number = end + 1

    def behind(self, number: int) -> int:
        """Frames in pieces from a number on; of a file that cannot be read all are counted."""
        total = 0
        rows = self._ask("SELECT file, first_raw, frames FROM telemetry_frames WHERE last_raw >= ?", (number,))
        for file, first, frames in rows:
            if first >= number:
                total += int(frames)
            else:
                try:
                    batches = _columns(self._folder / file, ["raw_batch"])["raw_batch"]
                    total += int(pc.sum(pc.greater_equal(batches, number)).as_py() or 0)
                except OSError:
                    total += int(frames)
        return total

    def since(self, at_ms: int) -> int | None:
        """The first piece with a frame of this moment or later."""
        least = None
        for file, first, earliest in self._ask(
            "SELECT file, first_raw, first_ms FROM telemetry_frames WHERE last_ms >= ? ORDER BY first_raw", (at_ms,)
        ):
            if least is not None and first >= least:
                break
            if earliest < at_ms:
                table = _columns(self._folder / file, ["raw_batch", "at_ms"])
                first = pc.min(table.filter(pc.greater_equal(table["at_ms"], at_ms))["raw_batch"]).as_py()
            least = int(first) if least is None else min(least, int(first))
        return least


def _pieces(path: Path, number: int) -> Iterator[Piece]:
    """A file's pieces from a number on; a row group is read when it is come to."""
    for batch, rows in groupby(_rows(path, number), lambda row: row[0]):
        yield batch, [Received(raw, peer, at_ms) for _, at_ms, peer, raw in rows]


def _columns(path: Path, names: list[str]) -> pa.Table:
    with _read(path):
        return pq.read_table(path, columns=names)


@contextmanager
def _read(path: Path) -> Iterator[None]:
    """Arrow has an exception of its own for each kind of damage; to who reads it is one thing: no file to be read."""
    try:
        yield
    except pa.ArrowException as error:
        raise OSError(f"{path.name}: {error}") from error


def _rows(path: Path, number: int) -> Iterator[tuple[int, int, str, bytes]]:
    with _read(path), pq.ParquetFile(path) as file:
        meta = file.metadata
        last = [meta.row_group(group).column(0).statistics.max for group in range(meta.num_row_groups)]
        for group in range(bisect_left(last, number), len(last)):
            table = file.read_row_group(group, columns=["raw_batch", "at_ms", "peer", "frame"], use_threads=False)
            table = table.filter(pc.greater_equal(table["raw_batch"], number))
            yield from zip(*(column.to_pylist() for column in table.columns), strict=True)
