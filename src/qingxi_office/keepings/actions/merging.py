"""Two records made one, and made two again."""

from collections.abc import Mapping
from typing import Any

from django.core import serializers
from django.db import IntegrityError, models, transaction

from qingxi.origin import Ref
from qingxi_office.keepings.actions import references
from qingxi_office.keepings.models import Alias, Merge, NotTwins
from qingxi_office.keepings.rows import as_rows, from_rows
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


@transaction.atomic
def merge(
    kept: models.Model, gone: models.Model, kind: str, *, fields: Mapping[str, Any], texts: references.Texts, by: trail.Doer,
    title: str, why: str = "", place_path: str = "", key: str = "key",
) -> Merge:  # fmt: skip
    """One deed: the chosen values go into the kept record, all that referred to the other refers to it, the other goes.

    Parameters
    ----------
    fields : mapping
        Field name -> value of the kept record after the merge; fields left out stay as they are.
    texts : references.Texts
        Fields of other models that name such a record by its key and not by a foreign key.
    """
    if kept.pk == gone.pk or type(kept) is not type(gone):
        raise ValueError("要合并的须是两条同类记录")
    kept_key, gone_key = str(getattr(kept, key)), str(getattr(gone, key))
    gone_rows = as_rows([gone])
    before = {name: _plain(kept, name) for name in fields}
    moved, dropped = references.move(kept, gone)
    moved += references.move_texts(texts, gone_key, kept_key)
    gone.delete()
    for name, value in fields.items():
        setattr(kept, name, value)
    if hasattr(kept, "because"):
        before["because"] = list(kept.because)
        kept.because = list(dict.fromkeys([*kept.because, *gone.because]))
    kept.save()
    row = Merge(
        kind=kind, kept_key=kept_key, gone_key=gone_key, title=title[:200], place_path=place_path, gone_rows=gone_rows, moved=moved,
        dropped_rows=dropped, before=before, after={name: _plain(kept, name) for name in before}, why=why.strip()[:200],
        counts=references.counts(kept, texts, kept_key), by_pk=by.pk, by_name=str(by), at=clock.now(),
    )  # fmt: skip
    row.save(force_insert=True)
    Alias.objects.filter(kind=kind, new_key=gone_key).update(new_key=kept_key)
    Alias(kind=kind, old_key=gone_key, new_key=kept_key, merge=row).save(force_insert=True)
    trail.record(
        f"{kind}.merged", Ref(kind, kept_key), by=by, because=why, before={"gone": gone_key, **before},
        after={"moved": sum(len(pks) for _m, _f, pks in moved), "dropped": len(dropped)},
    )  # fmt: skip
    return row


def _plain(record: models.Model, name: str) -> Any:
    """A field's value as JSON keeps it."""
    fields: dict[str, Any] = serializers.serialize("python", [record], fields=[name])[0]["fields"]
    value = fields.get(name, getattr(record, record._meta.get_field(name).attname))
    return value if isinstance(value, str | int | float | bool | list | dict | type(None)) else str(value)


@transaction.atomic
def undo(
    row: Merge, model: type[models.Model], *, texts: references.Texts, by: trail.Doer, key: str = "key"
) -> None:
    """Two again, as before. Raises ValueError once something new hangs on the kept record, or it was changed."""
    row = Merge.objects.select_for_update().get(pk=row.pk)
    if row.undone_at:
        raise ValueError("已经撤销过了")
    kept = model._default_manager.filter(**{key: row.kept_key}).first()
    if kept is None:
        raise ValueError("保留的那条记录已经不在了")
    if references.counts(kept, texts, row.kept_key) != row.counts or any(
        _plain(kept, name) != value for name, value in row.after.items()
    ):
        raise ValueError("合并以后又有了新记录或改动，不能自动拆开；请人工处理")
    try:
        with transaction.atomic():
            for part in from_rows(row.gone_rows):
                part.save(force_insert=True)
            gone = model._default_manager.get(**{key: row.gone_key})
            references.move_back(row.moved, gone, row.gone_key)
            for part in from_rows(row.dropped_rows):
                part.save(force_insert=True)
            model._default_manager.filter(pk=kept.pk).update(
                **{model._meta.get_field(name).attname: value for name, value in row.before.items()}
            )
    except IntegrityError as error:
        raise ValueError("被合并的编号又用上了，不能拆开") from error
    row.aliases.all().delete()
    row.undone_at, row.undone_by = clock.now(), str(by)
    row.save(update_fields=["undone_at", "undone_by"])
    trail.record(f"{row.kind}.unmerged", Ref(row.kind, row.kept_key), by=by, after={"again": row.gone_key})


def not_twins(kind: str, first: str, second: str, *, by: trail.Doer) -> None:
    """Somebody looked: these are two things."""
    first, second = sorted((first, second))
    NotTwins.objects.get_or_create(
        kind=kind, first=first, second=second, defaults={"by_name": str(by), "at": clock.now()}
    )
    trail.record(f"{kind}.not_twins", Ref(kind, first), by=by, after=second)
