"""Writing the trail."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models, transaction

from qingxi.origin import Ref
from qingxi_office.trail import chain, clock
from qingxi_office.trail.models import Entry


class Doer(Protocol):
    """Whoever does a deed: a person of ``people``, or a named round of the office itself."""

    pk: Any

    def __str__(self) -> str: ...


class Office:
    """The office's own hand, for rounds and loading; named, never a person."""

    pk = None

    def __init__(self, name: str = "系统") -> None:
        self.name = name

    def __str__(self) -> str:
        return self.name


LOOKED = "looked."  # actions that begin so are readings of personal data, no changes
FIELDS = ("action", "subject_kind", "subject_id", "by_id", "by_name", "on_behalf_of", "because", "before", "after")


def _plain(value: object) -> Any:
    """The value as JSON will give it back, so that the hash can be recomputed from the stored row."""
    return None if value is None else chain.settled(value)


@transaction.atomic
def record(
    action: str,
    subject: Ref,
    *,
    by: Doer,
    because: str = "",
    before: object = None,
    after: object = None,
    on_behalf_of: str = "",
    at: datetime | None = None,
) -> Entry:
    """Append one deed; call inside the transaction of the change itself.

    Whoever acts for another (代办: the session carries it as ``by.acting_for``) is written down with both names.
    """
    # Nobody else writes meanwhile: writers queue at the start of their transaction (site.engine; SQLite by itself).
    last = Entry.objects.order_by("-id").values_list("hash", flat=True).first() or chain.GENESIS
    entry = Entry(
        at=at or clock.now(),
        action=action,
        subject_kind=subject.kind,
        subject_id=subject.id,
        by_id=by.pk,
        by_name=str(by),
        on_behalf_of=(on_behalf_of or getattr(by, "acting_for", ""))[:80],
        because=because,
        before=_plain(before),
        after=_plain(after),
        previous_hash=last,
    )
    entry.hash = chain.link(last, at=entry.at, **{name: getattr(entry, name) for name in FIELDS})
    entry.save(force_insert=True)
    return entry


def look(what: str, subject: Ref, *, by: Doer, asked: Mapping[str, object] | None = None) -> Entry:
    """Write down that somebody read personal data: one row a look, whatever number of persons it showed.

    ``what`` is the kind of look as ``trail.words`` names it (``households``, ``contact`` …); ``asked`` is what was
    asked for: the address with its filter, the format of an export.
    """
    return record(LOOKED + what, subject, by=by, after=dict(asked or {}))


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What a bulk intake did: rows new, changed and already there as they are; ``ids`` by natural key."""

    new: int
    changed: int
    same: int
    ids: dict[Any, int]


@transaction.atomic
def take_in(
    model: type[models.Model],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str | tuple[str, ...] = "key",
    action: str,
    subject: Ref,
    by: Doer,
    because: str = "",
) -> TakenIn:
    """Put many rows in under their natural key, with one row in the trail for all; idempotent.

    Every row names the same fields (ids for foreign keys). A later row with the same key wins. Rows that are already
    there with the same values are left alone, and a load that changes nothing writes nothing in the trail. The trail's
    row carries the counts and a hash over all that was put in. Costs one query to compare and one per 500 rows written.
    """
    keys = (key,) if isinstance(key, str) else key
    if not rows:
        return TakenIn(0, 0, 0, dict(_ids(model, keys)))
    fields = list(rows[0])
    by_key = {tuple(row[k] for k in keys): row for row in rows}
    there = {
        tuple(values[: len(keys)]): tuple(values[len(keys) :])
        for values in model._default_manager.values_list(*keys, *fields).iterator(5000)
    }
    new, changed = [], []
    for name, row in by_key.items():
        known = there.get(name)
        if known is None:
            new.append(row)
        elif known != tuple(row[f] for f in fields):
            changed.append(row)
    if new or changed:
        model._default_manager.bulk_create(
            [model(**row) for row in [*new, *changed]],
            update_conflicts=True,
            unique_fields=list(keys),
            update_fields=[f for f in fields if f not in keys] or [fields[0]],
            batch_size=500,
        )
        digest = hashlib.sha256(chain.canonical([*new, *changed]).encode()).hexdigest()
        record(
            action,
            subject,
            by=by,
            because=because,
            after={"new": len(new), "changed": len(changed), "sha256": digest, **_named([*new, *changed], keys)},
        )
    return TakenIn(len(new), len(changed), len(by_key) - len(new) - len(changed), dict(_ids(model, keys)))


def _named(rows: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> dict[str, Any]:
    """Which records a deed over many was about: their keys, or what their keys begin with (a village's code) where they are
    many; nothing where that is too many to be kept, and the deed then speaks of all.
    """
    names = {"/".join(str(row[k]) for k in keys) for row in rows}
    if len(names) > _MOST_NAMED:
        names = {name[:_VILLAGE] for name in names}
    return {"named": sorted(names)} if len(names) <= _MOST_NAMED else {}


_MOST_NAMED, _VILLAGE = 2000, 12


def _ids(model: type[models.Model], keys: tuple[str, ...]) -> Iterator[tuple[Any, int]]:
    for *name, pk in model._default_manager.values_list(*keys, "pk").iterator(5000):
        yield (name[0] if len(keys) == 1 else tuple(name)), pk


def put_in(
    model: type[models.Model],
    rows: Sequence[Mapping[str, Any]],
    *,
    key: str = "key",
    action: str,
    subject: Ref,
    by: Doer,
    new: int,
    because: str = "",
    then: Callable[[], None] | None = None,
) -> None:
    """Write rows that were compared before, under their natural key, in one short transaction; one row in the trail for all.

    As :func:`take_in` without its comparing: everything is made ready before the books are locked, so that 200,000 rows
    hold them for a second or two. ``new`` of the rows were not there before; ``then`` runs in the same transaction.
    """
    if not rows:
        return
    named = [field for field in model._meta.concrete_fields if not field.primary_key]
    said = [field for field in named if field.attname in rows[0] or field.name in rows[0]]
    keys = [field.attname if field.attname in rows[0] else field.name for field in said]
    rest = [field for field in named if field not in said]  # what a new row has besides: its defaults
    defaults = [field.get_db_prep_save(field.get_default(), connection) for field in rest]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in [*said, *rest])
    sets = ", ".join(f"{quote(f.column)} = excluded.{quote(f.column)}" for f in said if f.attname != key)
    table, marks = quote(model._meta.db_table), ", ".join(["%s"] * len(named))
    sql = f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT ({quote(key)}) DO UPDATE SET {sets}"
    values = [
        (
            *(field.get_db_prep_save(row[name], connection) for field, name in zip(said, keys, strict=True)),
            *defaults,
        )
        for row in rows
    ]
    digest = hashlib.sha256(chain.canonical(list(rows)).encode()).hexdigest()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.executemany(sql, values)
        if then is not None:
            then()
        record(
            action,
            subject,
            by=by,
            because=because,
            after={"new": new, "changed": len(rows) - new, "sha256": digest, **_named(rows, (key,))},
        )
