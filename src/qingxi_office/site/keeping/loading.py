"""Canonical tables back into an empty database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.color import no_style
from django.db import DatabaseError, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from qingxi_office.issues import guards
from qingxi_office.site.keeping import canonical
from qingxi_office.trail import triggers

_MANY = 500
_SHOWN = 20


class Unfit(Exception):
    """Rows that this database cannot hold; one sentence each."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        more = f"(共 {len(faults)} 处,只列前 {_SHOWN} 处)" if len(faults) > _SHOWN else ""
        super().__init__("这个库放不下这些值:" + ";".join(faults[:_SHOWN]) + more)


def _misfit(field: Any, value: Any) -> str:
    """Why PostgreSQL would refuse a value that SQLite kept; empty when it would not."""
    if isinstance(value, str):
        if "\x00" in value:
            return "文字里有空字符(U+0000)"
        limit = field.max_length if isinstance(field, models.CharField) else None
        if limit and len(value) > limit:
            return f"文字长 {len(value)},列宽 {limit}"
    if isinstance(value, int) and not isinstance(value, bool) and isinstance(field, models.IntegerField):
        low, high = -(2**63), 2**63 - 1
        if not isinstance(field, models.BigIntegerField | models.BigAutoField):
            low, high = -(2**31), 2**31 - 1
        if not low <= value <= high:
            return f"整数 {value} 超出范围"
    if isinstance(field, models.JSONField) and "\\u0000" in canonical.line([value]):
        return "内容里有空字符(U+0000)"
    return ""


def _rows(model: Any, file: Path) -> Iterator[list[Any]]:
    """The rows of a canonical file; raises ValueError when its columns are not the table's."""
    wanted = canonical.fields(model)
    with file.open(encoding="utf-8", newline="\n") as text:
        if next(text, "").rstrip("\n") != canonical.line(canonical.columns(model)):
            raise ValueError(f"{file.name} 的列与账本的列不符")
        for one in text:
            yield canonical.parse(one, wanted)


def unfit(read: Iterable[tuple[Any, Path]]) -> list[str]:
    """Every value PostgreSQL would refuse, all at once: table, row by key, column, why."""
    faults = []
    for model, file in read:
        wanted = canonical.fields(model)
        key = wanted.index(model._meta.pk)
        for row in _rows(model, file):
            for field, value in zip(wanted, row, strict=True):
                why = _misfit(field, value)
                if why:
                    faults.append(f"{model._meta.db_table} 第 {row[key]} 行 {field.column}:{why}")
    return faults


def clear(kept: list[Any], connection: BaseDatabaseWrapper) -> None:
    """Take out what migrations themselves wrote into a new database."""
    triggers.remove(connection)
    with connection.cursor() as cursor:
        for model in kept:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")
    triggers.install(connection)


def fill(read: list[tuple[Any, Path]], connection: BaseDatabaseWrapper, sequences: dict[str, int]) -> None:
    """Put every table in, in one transaction; raises Unfit, or ValueError for a file that is not a table's.

    Primary keys stay as they were, and the next new row gets a number that was never used (``sequences``).
    """
    if connection.vendor == "postgresql" and (faults := unfit(read)):
        raise Unfit(faults)
    try:
        with connection.constraint_checks_disabled(), transaction.atomic(using=connection.alias):
            guards.remove(connection)  # history is put back as it was, not step by step
            clear([model for model, _file in read], connection)
            for model, file in read:
                _put(model, _rows(model, file), connection)
            guards.install(connection)
            connection.check_constraints()
            _set_sequences([model for model, _file in read], connection, sequences)
    except DatabaseError as error:
        raise Unfit([str(error).strip().splitlines()[0]]) from error


def _put(model: Any, rows: Iterator[list[Any]], connection: BaseDatabaseWrapper) -> None:
    wanted = canonical.fields(model)
    quote = connection.ops.quote_name
    names = ", ".join(quote(field.column) for field in wanted)
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES ({', '.join(['%s'] * len(wanted))})"
    with connection.cursor() as cursor:
        while many := list(islice(rows, _MANY)):
            cursor.executemany(
                sql,
                [
                    [field.get_db_prep_save(value, connection) for field, value in zip(wanted, row, strict=True)]
                    for row in many
                ],
            )


def sequences(connection: BaseDatabaseWrapper) -> dict[str, int]:
    """The last number each table has given to a row, also to rows that are gone."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, seq FROM sqlite_sequence WHERE seq > 0")
            return {str(name): int(last) for name, last in cursor.fetchall()}
        found = {}
        for table in connection.introspection.table_names(cursor):
            for sequence in connection.introspection.get_sequences(cursor, table):
                cursor.execute("SELECT last_value FROM pg_sequences WHERE sequencename = %s", [sequence["name"]])
                last = cursor.fetchone()
                if last and last[0] is not None:
                    found[table] = int(last[0])
        return found


def _set_sequences(kept: list[Any], connection: BaseDatabaseWrapper, last: dict[str, int]) -> None:
    tables = {model._meta.db_table for model in kept}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for table, number in last.items():
                if table in tables:
                    cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                    cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, number])
            return
        for sql in connection.ops.sequence_reset_sql(no_style(), kept):
            cursor.execute(sql)
        for table in tables & set(last):
            for sequence in connection.introspection.get_sequences(cursor, table):
                cursor.execute("SELECT last_value FROM pg_sequences WHERE sequencename = %s", [sequence["name"]])
                now = cursor.fetchone()
                if not now or (now[0] or 0) < last[table]:
                    cursor.execute("SELECT setval(%s, %s)", [f'"{sequence["name"]}"', last[table]])
