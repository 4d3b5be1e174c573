"""One connection to the tables beside the hot path, on SQLite or PostgreSQL alike.

Statements are written with ``?``; both engines know ``ON CONFLICT``. Transactions are short: on SQLite the hot path's
writer waits for them.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from qingxi.store.side_ddl import side_ddl

Row = tuple[Any, ...]
_CONNECT_S = 5


def is_postgres(store: Path | str) -> bool:
    """Whether a store's address is a PostgreSQL one."""
    return isinstance(store, str) and store.startswith(("postgres://", "postgresql://"))


class Side:
    """A store's tables beside the hot path.

    Parameters
    ----------
    store : path or str
        File of a SQLite store, or ``postgresql://…``.
    read_only : bool
        Makes nothing; a SQLite file that is not there is FileNotFoundError.

    Used from several threads: each statement or transaction holds the connection. One to PostgreSQL that broke is made
    anew with the next statement or transaction; what was under way then is an error and not done.
    """

    def __init__(self, store: Path | str, *, read_only: bool = False) -> None:
        self.store = store
        self._turn = threading.RLock()
        self._postgres = is_postgres(store)
        self._db: Any
        self._within = 0
        self._given_back = False
        if self._postgres:
            self._db = self._connected()
        elif read_only:
            path = Path(store)
            if not path.exists():
                raise FileNotFoundError(f"no readings' store at {path}")
            self._db = sqlite3.connect(
                f"file:{path.absolute()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=10
            )  # fmt: skip
        else:
            self._db = sqlite3.connect(store, isolation_level=None, check_same_thread=False, timeout=30)
            self._db.execute("PRAGMA journal_mode=WAL")
            # What a power cut takes from here is made again from the packets, or asked again; no device was promised it.
            self._db.execute("PRAGMA synchronous=NORMAL")
        if not read_only:
            with self.writing():
                for statement in side_ddl("postgresql" if self._postgres else "sqlite"):
                    self.run(statement)

    def _connected(self) -> Any:
        import psycopg

        return psycopg.connect(str(self.store), autocommit=True, connect_timeout=_CONNECT_S)

    def _live(self) -> Any:
        """The connection; another one where it broke, but never in the middle of a transaction."""
        if self._postgres and not self._within and not self._given_back and (self._db.closed or self._db.broken):
            self._db = self._connected()
        return self._db

    def close(self) -> None:
        """Give the connection back."""
        self._given_back = True
        self._db.close()

    def rows(self, statement: str, values: Sequence[Any] = ()) -> list[Row]:
        """What a question gives; an unmade table gives nothing."""
        with self._turn:
            try:
                return list(self._live().execute(self._said(statement), values).fetchall())
            except Exception as error:
                if unmade(error):
                    return []
                raise

    def run(self, statement: str, values: Sequence[Any] = ()) -> int:
        """A change; gives how many rows it touched."""
        with self._turn:
            return int(self._live().execute(self._said(statement), values).rowcount)

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """One change with many values."""
        if not values:
            return
        with self._turn:
            if self._postgres:
                with self._live().cursor() as cursor:
                    cursor.executemany(self._said(statement), values)
            else:
                self._db.executemany(statement, values)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All of it or nothing."""
        with self._turn:
            if self._postgres:
                with self._live().transaction():
                    self._within += 1
                    try:
                        yield
                    finally:
                        self._within -= 1
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def setting(self, name: str, default: str = "") -> str:
        """A named value."""
        found = self.rows("SELECT value FROM telemetry_setting WHERE name=?", (name,))
        return str(found[0][0]) if found else default

    def set(self, name: str, value: str) -> None:
        """Keep a named value."""
        self.run(
            "INSERT INTO telemetry_setting (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value=excluded.value",
            (name, value),
        )

    def _said(self, statement: str) -> str:
        return statement.replace("?", "%s") if self._postgres else statement


def unmade(error: Exception) -> bool:
    """Whether a question failed for want of its table."""
    if isinstance(error, sqlite3.OperationalError):
        return "no such table" in str(error)
    return getattr(error, "sqlstate", None) == "42P01"
