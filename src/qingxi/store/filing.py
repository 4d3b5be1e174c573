"""A Parquet file that is whole or not there, named by what it holds."""

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from qingxi.keeping.on_disk import keep_names

READER_LEAVES_MS = 3_600_000
"""A replaced file stays so long: a query that began before the change may still read it."""

_DELTA = ("at_s", "at_ms", "lag_ms", "raw_batch", "raw_index", "n")
_PLAIN = ("raw_more", "other", "version", "frame")


def write_file(table: pa.Table, folder: Path, place: str, row_group: int, pack: int = 9) -> tuple[str, str]:
    """Write to a temporary file, fsync, rename, fsync the folders; (path below ``folder``, sha256).

    Parameters
    ----------
    folder : Path
        The archive's folder.
    place : str
        Folder of the file below it: ``"level=raw/date=2026-10-01"``.
    row_group : int
        Rows in a row group.
    pack : int
        zstd's level: 9 for what is written once, less for what is rewritten every night.
    """
    home = folder / place
    home.mkdir(parents=True, exist_ok=True)
    part = home / f"part-{os.getpid()}-{secrets.token_hex(4)}.tmp"  # another thread may be at the same day
    try:
        pq.write_table(table, part, row_group_size=row_group, compression_level=pack, **_encoding(table))
        with part.open("r+b") as written:
            digest = hashlib.file_digest(written, "sha256").hexdigest()
            os.fsync(written.fileno())
        final = home / f"part-{digest[:16]}.parquet"
        part.replace(final)
    except BaseException:  # on a full disk half a file would take what is left
        part.unlink(missing_ok=True)
        raise
    keep_names(home, home.parent, folder)
    return f"{place}/{final.name}", digest


def _encoding(table: pa.Table) -> dict[str, Any]:
    delta = [name for name in _DELTA if name in table.column_names]
    plain = [name for name in _PLAIN if name in table.column_names]
    return {
        "compression": "zstd",
        # A sensor shows few different values: numbers of a dictionary pack better than they do.
        "use_dictionary": [name for name in table.column_names if name not in (*delta, *plain)],
        "column_encoding": dict.fromkeys(delta, "DELTA_BINARY_PACKED") | dict.fromkeys(plain, "PLAIN"),
    }


def sweep(home: Path, named: set[Path], now_ms: int) -> None:
    """Remove a folder's files that the manifest does not name, once no reader can still be at them."""
    if not home.is_dir():
        return
    for path in home.iterdir():
        if path not in named and path.stat().st_mtime * 1000 < now_ms - READER_LEAVES_MS:
            path.unlink(missing_ok=True)


def digest_of(path: Path) -> str:
    """sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
