"""Publishing. Whether a person may publish is asked by the app whose thing it is: this book knows no people."""

from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.published.models import Publication
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts


@transaction.atomic
def put_up(
    kind: str,
    key: str,
    title: str,
    data: dict[str, Any],
    *,
    as_of: date,
    because: list[Ref | str],
    by: trail.Doer,
) -> Publication:
    """Publish a frozen copy; the one before under the same key is superseded, never changed.

    The same content again (title, data, day, because) is no new publication.
    """
    if not because:
        raise ValueError(f"{kind} {key} 没有来由,不能公开")
    refs = texts(because)
    current = Publication.objects.filter(kind=kind, key=key, superseded_at=None).first()
    if current and (current.title, current.data, current.as_of, current.because) == (title, data, as_of, refs):
        return current
    now = clock.now()
    if current:
        current.superseded_at = now
        current.save(update_fields=["superseded_at"])
    row = Publication(
        kind=kind, key=key, title=title, as_of=as_of, data=data, by_id=by.pk, by_name=str(by), published_at=now,
        because=refs,
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "published", Ref("publication", str(row.pk)), by=by, after={"kind": kind, "key": key, "as_of": as_of}
    )
    return row


def put_up_many(rows: list[dict[str, Any]], *, by: trail.Doer) -> int:
    """Publish many of one kind in one transaction; gives how many are new."""
    before = Publication.objects.count()
    with transaction.atomic():
        for row in rows:
            put_up(**row, by=by)
    return Publication.objects.count() - before


@transaction.atomic
def move(kind: str, old: str, new: str, *, by: trail.Doer) -> Publication | None:
    """What stands under one key stands under another from now on, unchanged; None when nothing stood there."""
    current = Publication.objects.filter(kind=kind, key=old, superseded_at=None).first()
    if current is None:
        return None
    current.superseded_at = clock.now()
    current.save(update_fields=["superseded_at"])
    return put_up(kind, new, current.title, current.data, as_of=current.as_of, because=list(current.because), by=by)
