"""Filling in a return: values, reasons, the books asked anew, undo."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction

from qingxi import filing
from qingxi.filing import HANDED_IN, Refused
from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.returns import live
from qingxi_office.returns.actions.custody import keep, step, taken
from qingxi_office.returns.models import ReturnChange, ReturnPeriod, ReturnRecord
from qingxi_office.returns.queries import laws
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

_LOOKED_BACK = timedelta(days=400)
"""Periods that ended longer ago are no longer held against the books."""


def _may(row: ReturnRecord, by: Any) -> None:
    rights.check(by, "fill_return", path=row.place.path)


@transaction.atomic
def write(
    record: ReturnRecord, said: Mapping[str, object], *, by: Any, reasons: Mapping[str, str] | None = None
) -> ReturnRecord:
    """Put values in; all or none. Raises qingxi.filing.Refused with every reason."""
    row, old = taken(record.pk)
    _may(row, by)
    new = filing.write(old, said, by=str(by), on=clock.today(), reasons=reasons)
    if new is old:
        return row
    keep(row, old, new, by=by)
    _note(row, old, new, by=by)
    return row


@transaction.atomic
def put_in(
    record: ReturnRecord, said: Mapping[str, object], *, by: Any, reasons: Mapping[str, str] | None = None,
    explained: Mapping[str, str] | None = None,
) -> tuple[ReturnRecord, dict[str, str]]:  # fmt: skip
    """Put in what can be put in: good values go on, and each that is refused is told with its reason, by field.

    ``explained`` are reasons by field: each answers the doubts that stand at that field once the values are in.
    """
    row, old = taken(record.pk)
    _may(row, by)
    new, refused = old, {}
    for field, value in said.items():
        try:
            new = filing.write(new, {field: value}, by=str(by), on=clock.today(), reasons=reasons)
        except Refused as no:
            refused[field] = "；".join(no.reasons)
    for field, text in (explained or {}).items():
        for doubt in new.doubts:
            if doubt.field == field and not doubt.mend:
                new = filing.explain(new, doubt.check, text, by=str(by))
    if new is not old:
        keep(row, old, new, by=by)
        _note(row, old, new, by=by)
    return row, refused


@transaction.atomic
def explain(record: ReturnRecord, check: str, text: str, *, by: Any) -> ReturnRecord:
    """Say why a doubt may stand; an empty text takes the reason back."""
    row, old = taken(record.pk)
    _may(row, by)
    new = filing.explain(old, check, text, by=str(by))
    if new is not old:
        keep(row, old, new, by=by)
        trail.record("return.explained", Ref("return", row.key), by=by, because=text.strip(), after=check)
        _stepped(row, old, new, by=by)
    return row


@transaction.atomic
def undo(record: ReturnRecord, *, by: Any) -> list[str]:
    """Take back this person's last change while its values still stand; gives the fields. Empty when there is none."""
    row, old = taken(record.pk)
    _may(row, by)
    mine = ReturnChange.objects.filter(record=row, by_pk=by.pk, undone=False)
    last = mine.order_by("-id").first()
    if last is None:
        return []
    group = list(mine.filter(at=last.at))
    if any(old.value(c.field) != c.new for c in group):
        raise Refused(["后来又有人改过，不能再撤销"])
    said = {}
    for c in group:
        entry = old.values.get(c.field)
        said[c.field] = None if entry is not None and entry.live is not None and entry.live == c.old else c.old
    new = filing.write(old, said, by=str(by), on=clock.today(), reasons=dict.fromkeys(said, "撤销上一次改动"))
    keep(row, old, new, by=by)
    ReturnChange.objects.filter(pk__in=[c.pk for c in group]).update(undone=True)
    ReturnChange.objects.filter(record=row, by_pk=by.pk, later=False, undone=False, at__gt=last.at).update(
        undone=True
    )
    trail.record("return.undone", Ref("return", row.key), by=by, after=sorted(said))
    return sorted(said)


def _note(row: ReturnRecord, old: filing.Return, new: filing.Return, *, by: Doer) -> None:
    changed = {f: e.value for f, e in new.values.items() if old.value(f) != e.value}
    if changed:
        trail.record(
            "return.filled", Ref("return", row.key), by=by, before={f: old.value(f) for f in changed}, after=changed
        )
    _stepped(row, old, new, by=by)


def _stepped(row: ReturnRecord, old: filing.Return, new: filing.Return, *, by: Doer) -> None:
    if old.state is not new.state:
        step(row, old, new, "填报", by=by)


@transaction.atomic
def refresh(record: ReturnRecord, *, by: Any) -> ReturnRecord:
    """Ask the books anew for one return."""
    row, old = taken(record.pk)
    _may(row, by)
    return _asked_anew(row, old, live.of_period(row.period, [row], clock.today())[row.pk], by=by)


def _asked_anew(
    row: ReturnRecord, old: filing.Return, said: Mapping[str, filing.Live], *, by: Doer
) -> ReturnRecord:
    new = filing.refresh(old, said, on=clock.today())
    moved = [[f, *pair] for f, pair in filing.drift(new, said).items()] if new.state in HANDED_IN else []
    changed = new.values != dict(old.values) or row.drift != moved
    row.drift, row.refreshed_at = moved, clock.now()
    if new is not old and (new.values != dict(old.values) or new.state is not old.state):
        keep(row, old, new, by=by)
    else:
        row.save(update_fields=["drift", "refreshed_at"])
    if changed:
        trail.record(
            "return.refreshed", Ref("return", row.key), by=by,
            after={f: e.value for f, e in new.values.items() if old.value(f) != e.value} or {"drift": len(moved)},
        )  # fmt: skip
    return row


def refresh_all(*, by: Doer) -> int:
    """Ask the books anew for every return of the last year; gives how many changed or drifted. The round's work."""
    today, n = clock.today(), 0
    for period in ReturnPeriod.objects.filter(last_day__gte=today - _LOOKED_BACK).select_related("form"):
        rows = list(period.returns.select_related("period", "period__form", "unit", "place"))
        said = live.of_period(period, rows, today)
        for row, old in ((row, law) for pk, law in laws(rows).items() for row in rows if row.pk == pk):
            new = filing.refresh(old, said[row.pk], on=today)
            moved = (
                [[f, *pair] for f, pair in filing.drift(new, said[row.pk]).items()]
                if new.state in HANDED_IN
                else []
            )
            if new.values != dict(old.values) or moved != row.drift:
                with transaction.atomic():
                    held, law = taken(row.pk)
                    _asked_anew(held, law, said[row.pk], by=by)
                n += 1
    return n
