"""Records as rows of plain data and back. Changes nothing."""

import json
from collections.abc import Iterable
from typing import Any

from django.core import serializers
from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.deletion import Collector, ProtectedError, RestrictedError


def as_rows(found: Iterable[models.Model]) -> list[dict[str, Any]]:
    """Rows as JSON can keep them."""
    plain: list[dict[str, Any]] = json.loads(json.dumps(serializers.serialize("python", found), default=_plain))
    return plain


def _plain(value: Any) -> str:
    """A value that JSON does not know, to the last microsecond (Django's own encoder cuts them)."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def from_rows(rows: list[dict[str, Any]]) -> list[Any]:
    """The rows again, ready to be saved; the order is that in which they were kept."""
    return list(serializers.deserialize("python", rows))


def whole(record: models.Model) -> list[models.Model]:
    """The record and all that would go with it. Raises Held when something else refers to it."""
    collector = Collector(using=DEFAULT_DB_ALIAS, origin=record)
    try:
        collector.collect([record])
    except (ProtectedError, RestrictedError) as error:
        held = error.protected_objects if isinstance(error, ProtectedError) else error.restricted_objects
        raise Held(sorted({str(row._meta.verbose_name) for row in held})) from error
    loosened = [rows for rows in collector.field_updates.values() if any(len(list(r)) for r in rows)]
    if loosened:
        raise Held(sorted({str(field.model._meta.verbose_name) for field, _value in collector.field_updates}))
    parts: list[models.Model] = [row for rows in collector.data.values() for row in rows]
    for queryset in collector.fast_deletes:
        parts += list(queryset)
    return [record, *[part for part in parts if part != record]]


class Held(ValueError):
    """Other records refer to it; ``names`` says which."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("、".join(names))
        self.names = names
