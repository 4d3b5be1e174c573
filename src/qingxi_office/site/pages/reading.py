"""Reading of personal data is written down: who looked at whose, when, how many rows."""

from __future__ import annotations

from django.http import HttpRequest

from qingxi.origin import Ref
from qingxi_office.trail import actions as trail


def note_reading(request: HttpRequest, kind: str, what: str, rows: int) -> None:
    """Write one reading down, where the trail keeps a log of readings."""
    log = getattr(trail, "read", None)
    if log is not None:
        log(Ref(kind, what[:80]), by=request.user, rows=rows)
