"""What costs time to put into the books is put in once a process and kept: as rows, put back before the next test that asks.

The rows are those that the office's own actions wrote, so a test finds what it would find had they run again. The books
themselves (all migrations on an empty database) are made once a run and copied: ``Once``.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from django.apps import apps
from django.db import connection, transaction

from qingxi_office.trail import queries as trail

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
Row = tuple[Any, ...]
Table = tuple[str, tuple[str, ...]]  # name, columns: the primary key first


@dataclass
class _Kept:
    thing: Any
    rows: list[tuple[Table, bool, list[Row]]]  # whether they are new


_kept: dict[tuple[str, str], _Kept] = {}


def _tables() -> Iterator[Table]:
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            fields = sorted(model._meta.local_concrete_fields, key=lambda field: not field.primary_key)
            yield model._meta.db_table, tuple(field.column for field in fields)


def _read() -> dict[Table, dict[Any, Row]]:
    """Every row of every table by its primary key, which is its first column."""
    quote = connection.ops.quote_name
    found = {}
    with connection.cursor() as cursor:
        for name, columns in _tables():
            cursor.execute(f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)}")
            found[name, columns] = {row[0]: tuple(row) for row in cursor.fetchall()}
    return found


def kept(name: str, make: Callable[[], T]) -> T:
    """What ``make`` does to the books, and gives: done once a process on books in this state, afterwards put back.

    The state is told by the head of the trail, in which every deed stands.
    """
    known = (name, trail.head())
    if known not in _kept:
        before = _read()
        thing = make()
        rows: list[tuple[Table, bool, list[Row]]] = []
        for table, after in _read().items():
            if before[table].keys() - after.keys():
                return thing  # something was removed: rows put back would not tell that
            # The trail refuses an upsert on PostgreSQL, also of a row that is not there yet.
            for is_new in (True, False):
                if more := [
                    row
                    for pk, row in after.items()
                    if before[table].get(pk) != row and (pk not in before[table]) is is_new
                ]:
                    rows.append((table, is_new, more))
        _kept[known] = _Kept(deepcopy(thing), rows)
        return thing
    quote = connection.ops.quote_name
    with transaction.atomic(), connection.cursor() as cursor:
        for (table, columns), is_new, held in _kept[known].rows:
            marks, per = f"({', '.join(['%s'] * len(columns))})", max(900 // len(columns), 1)
            told = ", ".join(f"{quote(c)} = excluded.{quote(c)}" for c in columns[1:])
            then = "" if is_new else f" ON CONFLICT ({quote(columns[0])}) DO UPDATE SET {told}"
            for at in range(0, len(held), per):
                part = held[at : at + per]
                cursor.execute(
                    f"INSERT INTO {quote(table)} ({', '.join(map(quote, columns))}) VALUES {', '.join([marks] * len(part))}{then}",
                    [value for row in part for value in row],
                )
    return deepcopy(_kept[known].thing)


def digest() -> str:
    """Of all that an empty book is made by: migrations, models, Django's version."""
    import django

    found = hashlib.sha256(django.get_version().encode())
    src = ROOT / "src" / "qingxi_office"
    for path in sorted(
        [
            *src.glob("*/migrations/*.py"),
            *src.glob("*/models.py"),
            src / "trail" / "triggers.py",
            src / "issues" / "guards.py",
        ]
    ):
        found.update(path.read_bytes())
    return found.hexdigest()[:20]


class Once:
    """The migrated books: the first process of a run makes them while the others wait, and these copy what it made.

    On SQLite they are kept for the next run too, under ``var``, by what they are made from.
    """

    NAME = "qingxi_migrated"

    def __init__(self, settings: dict[str, Any], target: Path) -> None:
        self._finish: Callable[[], None] | None = None
        (self._sqlite if "sqlite" in settings["ENGINE"] else self._postgresql)(settings, target)

    def finish(self) -> None:
        """The process's own books stand; what the others wait for is put there."""
        if self._finish is not None:
            self._finish()

    def _sqlite(self, settings: dict[str, Any], target: Path) -> None:
        settings["TEST"]["NAME"] = str(target)
        where = ROOT / "var" / "test-books"
        where.mkdir(parents=True, exist_ok=True)
        made = where / f"{digest()}.sqlite3"
        lock = (where / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if made.is_file():
            shutil.copyfile(made, target)
            lock.close()
            return

        def finish() -> None:
            connection.close()
            for old in where.glob("*.sqlite3"):
                old.unlink()
            shutil.copyfile(target, made.with_suffix(".half"))
            made.with_suffix(".half").replace(made)
            lock.close()

        self._finish = finish

    def _postgresql(self, settings: dict[str, Any], target: Path) -> None:
        import psycopg

        server = psycopg.connect(host=settings["HOST"], user=settings["USER"], dbname="postgres", autocommit=True)
        server.execute("SELECT pg_advisory_lock(20)")
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.NAME]).fetchone():
            settings["TEST"]["TEMPLATE"] = self.NAME
            server.close()
            return

        def finish() -> None:
            connection.close()
            server.execute(f'CREATE DATABASE {self.NAME} TEMPLATE "{settings["NAME"]}"')
            server.close()

        self._finish = finish
