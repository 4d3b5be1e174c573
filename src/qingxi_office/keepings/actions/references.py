"""Everything that refers to a record, found by the models themselves, so that a new book is never forgotten.

``move`` and ``move_back`` are called by ``keepings.actions`` inside their transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models

from qingxi_office.keepings.rows import as_rows


@dataclass(frozen=True, slots=True)
class TextField:
    """A field that names a record by its key: ``form`` is how, "{}" or "facility:{}"; ``where`` narrows the rows."""

    model: str
    field: str
    form: str = "{}"
    where: tuple[tuple[str, str], ...] = ()

    def rows(self, key: str) -> models.QuerySet[Any]:
        named = {self.field: self.form.format(key), **dict(self.where)}
        return apps.get_model(self.model)._default_manager.filter(**named)


Texts = tuple[TextField, ...]
Moved = list[list[Any]]  # [model, field, [pk, …]] or [model, field=form, [pk, …]]


def _relations(record: models.Model) -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    return [
        (relation.related_model, relation.field)
        for relation in record._meta.related_objects
        if not relation.many_to_many
    ]


def _clashes(model: type[models.Model], field: Any, pks: list[int], kept: models.Model) -> list[int]:
    """Rows that cannot go over, because the kept record has the same already (a day's value, a one-to-one)."""
    sets = [tuple(names) for names in model._meta.unique_together]
    sets += [
        tuple(c.fields) for c in model._meta.constraints if isinstance(c, models.UniqueConstraint) and c.fields
    ]
    if field.unique:
        sets.append((field.name,))
    lost: set[int] = set()
    for names in sets:
        if field.name not in names:
            continue
        rest = [name for name in names if name != field.name]
        there = set(model._default_manager.filter(**{field.name: kept}).values_list(*rest)) if rest else {()}
        if not rest and not model._default_manager.filter(**{field.name: kept}).exists():
            continue
        rows = model._default_manager.filter(pk__in=pks).values_list("pk", *rest)
        lost |= {pk for pk, *values in rows if tuple(values) in there}
    return sorted(lost)


def move(kept: models.Model, gone: models.Model) -> tuple[Moved, list[dict[str, Any]]]:
    """Every foreign key over to the kept record; gives what was moved, and the rows dropped because both sides had them."""
    moved: Moved = []
    dropped: list[dict[str, Any]] = []
    for model, field in _relations(gone):
        pks = list(model._default_manager.filter(**{field.name: gone}).order_by("pk").values_list("pk", flat=True))
        if not pks:
            continue
        lost = _clashes(model, field, pks, kept)
        if lost:
            dropped += as_rows(model._default_manager.filter(pk__in=lost))
            model._default_manager.filter(pk__in=lost).delete()
            pks = [pk for pk in pks if pk not in set(lost)]
        for at in range(0, len(pks), 5000):
            model._default_manager.filter(pk__in=pks[at : at + 5000]).update(**{field.name: kept})
        if pks:
            moved.append([model._meta.label, field.name, pks])
    return moved, dropped


def move_texts(texts: Texts, gone_key: str, kept_key: str) -> Moved:
    """Every field that names the record by its key."""
    moved: Moved = []
    for text in texts:
        pks = list(text.rows(gone_key).values_list("pk", flat=True))
        if pks:
            apps.get_model(text.model)._default_manager.filter(pk__in=pks).update(
                **{text.field: text.form.format(kept_key)}
            )
            moved.append([text.model, f"{text.field}={text.form}", pks])
    return moved


def move_back(moved: Moved, gone: models.Model, gone_key: str) -> None:
    """What was moved goes back."""
    for label, field, pks in moved:
        name, _, form = field.partition("=")
        value = form.format(gone_key) if form else gone
        for at in range(0, len(pks), 5000):
            apps.get_model(label)._default_manager.filter(pk__in=pks[at : at + 5000]).update(**{name: value})


def counts(record: models.Model, texts: Texts, key: str) -> dict[str, int]:
    """How much hangs on a record, by model and field; a new row shows as a difference."""
    out = {
        f"{model._meta.label}.{field.name}": model._default_manager.filter(**{field.name: record}).count()
        for model, field in _relations(record)
    }
    for text in texts:
        out[f"{text.model}.{text.field}"] = text.rows(key).count()
    return {name: n for name, n in out.items() if n}
