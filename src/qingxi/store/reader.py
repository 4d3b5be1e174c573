"""One way to ask the hot tables, whichever engine they lie in."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from qingxi.store.hot import HotStore, connect
from qingxi.store.postgres import PostgresStore
from qingxi.store.side import is_postgres
from qingxi.store.writer import StoreWriter


class PostgresReader:
    """A PostgreSQL connection that takes the questions written for SQLite: ``?`` for a value, BEGIN and COMMIT."""

    def __init__(self, address: str) -> None:
        import psycopg

        self._db = psycopg.connect(address, autocommit=True)
        self._db.execute("SET default_transaction_isolation = 'repeatable read'")
        self._db.execute("SET default_transaction_read_only = on")

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """A cursor with the rows."""
        text = statement.replace("%", "%%").replace("?", "%s") if values else statement
        return self._db.execute(text, values or None)

    def close(self) -> None:
        """Give the connection back."""
        self._db.close()


def open_reader(store: Path | str) -> Any:
    """A read-only connection: a SQLite one, or :class:`PostgresReader`. FileNotFoundError for a file that is not there."""
    if is_postgres(store):
        return PostgresReader(str(store))
    if not Path(store).exists():
        raise FileNotFoundError(f"no readings' store at {store}")
    reader: sqlite3.Connection = connect(store, read_only=True)
    return reader


def open_writer(store: Path | str, *, timeout_s: float = 30) -> StoreWriter:
    """The writer of a store's hot tables: a SQLite file, or ``postgresql://…``."""
    if is_postgres(store):
        return PostgresStore(str(store))
    return HotStore(store, timeout_s=timeout_s)
