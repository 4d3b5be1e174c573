"""One way to ask the hot tables, whichever engine they lie in."""

from pathlib import Path
from typing import Any

from qingxi.store.hot import HotStore, connect
from qingxi.store.postgres import PostgresStore
from qingxi.store.side import is_postgres
from qingxi.store.writer import StoreWriter


def open_reader(store: Path | str) -> Any:
    """A read-only connection; FileNotFoundError for a file that is not there."""
    if not is_postgres(store) and not Path(store).exists():
        raise FileNotFoundError(f"no readings' store at {store}")
    return connect(store, read_only=True)


def store_exists(store: Path | str) -> bool:
    """Whether a receiver ever made the hot tables: a file is there, or the database has them.

    Raises
    ------
    psycopg.Error
        When the database cannot be reached.
    """
    if not is_postgres(store):
        return Path(store).is_file()
    db = connect(store, read_only=True)
    try:
        return db.execute("SELECT to_regclass('telemetry_device') IS NOT NULL").fetchone()[0] is True
    finally:
        db.close()


def open_writer(store: Path | str, *, timeout_s: float = 30) -> StoreWriter:
    """The writer of a store's hot tables: a SQLite file, or ``postgresql://…``."""
    if is_postgres(store):
        return PostgresStore(str(store))
    return HotStore(store, timeout_s=timeout_s)
