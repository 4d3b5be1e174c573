"""Writing the trail."""

import json
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction

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


FIELDS = ("action", "subject_kind", "subject_id", "by_id", "by_name", "on_behalf_of", "because", "before", "after")


def _plain(value: object) -> Any:
    """The value as JSON will give it back, so that the hash can be recomputed from the stored row."""
    return None if value is None else json.loads(chain.canonical(value))


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
    """Append one deed; call inside the transaction of the change itself."""
    last = Entry.objects.order_by("-id").values_list("hash", flat=True).first() or chain.GENESIS
    entry = Entry(
        at=at or clock.now(),
        action=action,
        subject_kind=subject.kind,
        subject_id=subject.id,
        by_id=by.pk,
        by_name=str(by),
        on_behalf_of=on_behalf_of,
        because=because,
        before=_plain(before),
        after=_plain(after),
        previous_hash=last,
    )
    entry.hash = chain.link(last, at=entry.at, **{name: getattr(entry, name) for name in FIELDS})
    entry.save(force_insert=True)
    return entry
