"""The canonical dump: one text for one table, the same from SQLite and from PostgreSQL (docs/formats/canonical-dump.md).

It is what a backup holds, what its hash is taken over, and what a restore is compared with.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, BinaryIO
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.functions import Collate

_MANY = 2000
_EXACT_FLOAT = 1e16
"""From here on Python writes whole floats with an exponent and PostgreSQL's jsonb without: written as integers."""


@dataclass(frozen=True, slots=True)
class Dumped:
    """One table as it was dumped: rows, and SHA-256 over the text."""

    rows: int
    sha256: str


def _plain(value: object) -> object:
    """What JSON has no form for, as text."""
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(bytes(value)).decode("ascii")
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, timedelta):
        return value // timedelta(microseconds=1)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def _same_numbers(value: Any) -> Any:
    """Numbers that the engines spell differently, in one spelling."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        if value == 0:
            return 0.0
        return int(Decimal(repr(value))) if abs(value) >= _EXACT_FLOAT else value
    if isinstance(value, dict):
        return {k: _same_numbers(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_same_numbers(v) for v in value]
    return value


def line(row: Iterable[Any]) -> str:
    """One row: a JSON list, keys sorted, no spaces, no escapes beyond JSON's own."""
    values = list(row)
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    if "e+" in text or "-0.0" in text or "NaN" in text or "Infinity" in text:
        values = [_same_numbers(v) for v in values]
        text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return text


def columns(model: Any) -> list[str]:
    """The columns of a table, sorted by name."""
    return sorted(field.column for field in model._meta.concrete_fields)


def fields(model: Any) -> list[Any]:
    """The fields of a table, in the order of :func:`columns`."""
    return sorted(model._meta.concrete_fields, key=lambda field: field.column)


def lines(model: Any, connection: BaseDatabaseWrapper) -> Iterator[str]:
    """The canonical text of a table, a line at a time: its columns first, then its rows by primary key."""
    yield line(columns(model))
    key = model._meta.pk
    order: Any = "pk"
    if connection.vendor == "postgresql" and isinstance(key, models.CharField | models.TextField):
        order = Collate("pk", "C")  # as SQLite sorts: by bytes
    names = [field.attname for field in fields(model)]
    rows = models.QuerySet(model, using=connection.alias).order_by(order).values_list(*names)
    yield from map(line, rows.iterator(_MANY))


def dump(model: Any, connection: BaseDatabaseWrapper, out: BinaryIO | None = None) -> Dumped:
    """Write a table's canonical text (or only its hash when ``out`` is None)."""
    digest, rows = hashlib.sha256(), -1
    for text in lines(model, connection):
        data = text.encode("utf-8") + b"\n"
        digest.update(data)
        if out is not None:
            out.write(data)
        rows += 1
    return Dumped(rows, digest.hexdigest())


def _back(field: Any, value: Any) -> Any:
    """A canonical value as the field's own kind."""
    if value is None or isinstance(field, models.JSONField):
        return value
    if isinstance(field, models.BinaryField):
        return base64.b64decode(value)
    if isinstance(field, models.DateTimeField):
        return datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    if isinstance(field, models.DurationField):
        return timedelta(microseconds=value)
    if isinstance(field, models.FloatField):
        return float(value)
    return field.to_python(value)


def parse(text: str, wanted: list[Any]) -> list[Any]:
    """A line back as values for these fields, in their order; raises ValueError when it is no such line."""
    values = json.loads(text)
    if not isinstance(values, list) or len(values) != len(wanted):
        raise ValueError("not a row of this table")
    return [_back(field, value) for field, value in zip(wanted, values, strict=True)]
