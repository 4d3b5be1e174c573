"""The numbers the office gives to its records: WT-2026-0042, TB-202611-01, XM-2026-007. One law for all of them.

A head (``WT-2026-``) counts for itself, from 1 without end (after 9999 comes 10000). A number is given once: not again
when its record was removed, because the trail goes on speaking of it. Numbers a ledger brought along are passed over.
"""

from __future__ import annotations

from django.db import models, transaction

from qingxi_office.trail.models import NumberGiven


def next_key(model: type[models.Model], head: str, *, width: int = 4) -> str:
    """The next number under ``head`` for a record of ``model``, whose numbers stand in its field ``key``.

    Call it inside the transaction that writes the record (or in one of its own, when the record takes long to make:
    then a number may be lost, never given twice). Raises ``RuntimeError`` outside of a transaction: only there does
    nobody else get the same number (writers queue at the start of a transaction, on either database).
    """
    return next_keys(model, head, 1, width=width)[0]


def next_keys(model: type[models.Model], head: str, many: int, *, width: int = 4) -> list[str]:
    """As :func:`next_key`, ``many`` at once and in order."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a number is given inside a transaction")
    if many < 1:
        return []
    rows = model._default_manager
    given = NumberGiven.objects.filter(pk=head).first()
    if given is None:
        known = rows.filter(key__startswith=head).values_list("key", flat=True).iterator(5000)
        given = NumberGiven(head=head, last=max((_tail(key, head) for key in known), default=0))
        given.save(force_insert=True)
    out: list[str] = []
    while len(out) < many:
        asked = [f"{head}{given.last + n:0{width}d}" for n in range(1, many - len(out) + 1)]
        given.last += len(asked)
        taken = set(rows.filter(key__in=asked).values_list("key", flat=True))
        out += [key for key in asked if key not in taken]
    given.save(update_fields=["last"])
    return out


def _tail(key: str, head: str) -> int:
    """The number after the head; 0 when something else stands there (a ledger's own ``XM-2026-B01``)."""
    tail = key[len(head) :]
    return int(tail) if tail.isascii() and tail.isdigit() and len(tail) < 10 else 0
