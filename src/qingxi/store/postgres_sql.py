"""A PostgreSQL connection that takes what was written for SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any


class PostgresSql:
    """``?`` for a value, ``BEGIN IMMEDIATE`` for a transaction; as much of ``sqlite3.Connection`` as the store uses.

    Parameters
    ----------
    read_only : bool
        One transaction then sees one moment (repeatable read), and nothing can be changed.
    """

    def __init__(self, address: str, *, read_only: bool = False) -> None:
        import psycopg

        self._db = psycopg.connect(address, autocommit=True)
        if read_only:
            self._db.execute("SET default_transaction_isolation = 'repeatable read'")
            self._db.execute("SET default_transaction_read_only = on")
        else:
            self._db.execute("SET synchronous_commit = on")

    def execute(self, statement: str, values: Sequence[Any] = ()) -> Any:
        """A cursor with the rows."""
        return self._db.execute(_said(statement, bool(values)), values or None)

    def executemany(self, statement: str, values: Iterable[Sequence[Any]]) -> None:
        """One change with many values."""
        with self._db.cursor() as cursor:
            cursor.executemany(_said(statement, True), values)

    def close(self) -> None:
        """Give the connection back."""
        self._db.close()

    def __enter__(self) -> "PostgresSql":
        return self

    def __exit__(self, *_: object) -> None:
        """As with SQLite: the connection stays open."""


def _said(statement: str, has_values: bool) -> str:
    if statement == "BEGIN IMMEDIATE":
        return "BEGIN"
    return statement.replace("%", "%%").replace("?", "%s") if has_values else statement
