"""Putting a return of the law back into the books: what differs is written, nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

from qingxi.filing import Entry, Return, askable
from qingxi_office.returns.models import ReturnChange, ReturnReason, ReturnRecord, ReturnStep, ReturnValue
from qingxi_office.returns.queries import law_of
from qingxi_office.trail import clock


def taken(pk: int) -> tuple[ReturnRecord, Return]:
    """The return held for a change, and as the law speaks of it. Call inside a transaction."""
    row = (
        ReturnRecord.objects.select_for_update(of=("self",))
        .select_related("period", "period__form", "unit", "place")
        .get(pk=pk)
    )
    return row, law_of(row)


def to_fill(ret: Return) -> int:
    """How many yellow cells are empty."""
    return sum(f.needed and askable(ret, f) and ret.value(f.id) is None for f in ret.form.fields)


def keep(row: ReturnRecord, old: Return, new: Return, *, by: Any) -> ReturnRecord:
    """Write what differs between two states of a return. The caller records the trail."""
    if new is old:
        return row
    now = clock.now()
    _values(row, old, new)
    later = {(c.field): c for c in new.changes[len(old.changes) :]}
    _changes(row, old, new, later, by, now)
    _reasons(row, old, new, now)
    row.state, row.touched = new.state.value, new.touched
    row.stands, row.to_fill = sum(d.stands for d in new.doubts), to_fill(new)
    row.first_submitted_on, row.reason, row.was_locked = new.first_submitted_on, new.reason, new.was_locked
    row.open_fields, row.until = list(new.open_fields), new.until
    row.because = sorted({ref for e in new.values.values() for ref in e.refs})[:2000]
    row.save()
    return row


def _values(row: ReturnRecord, old: Return, new: Return) -> None:
    changed = [(f, e) for f, e in new.values.items() if old.values.get(f) != e]
    if not changed:
        return
    ReturnValue.objects.bulk_create(
        [_value(row, f, e) for f, e in changed], update_conflicts=True, unique_fields=["record", "field"],
        update_fields=["number", "text", "origin", "live", "unknown", "refs", "by_name", "on"],
    )  # fmt: skip


def _value(row: ReturnRecord, field: str, e: Entry) -> ReturnValue:
    text = e.value if isinstance(e.value, str) else ""
    number = None if isinstance(e.value, str) else e.value
    live = None if isinstance(e.live, str) else e.live
    return ReturnValue(
        record=row, field=field, number=number, text=text, origin=e.origin.value, live=live, unknown=e.unknown[:200],
        refs=list(e.refs), by_name=e.by[:80], on=e.on,
    )  # fmt: skip


def _changes(row: ReturnRecord, old: Return, new: Return, later: dict[str, Any], by: Any, now: Any) -> None:
    """Typed values that changed: all for undoing, those after the first submission for good."""
    made = []
    for field, e in new.values.items():
        was = old.value(field)
        if was == e.value:
            continue
        known = later.get(field)
        typed = e.by == str(by) or known is not None
        if typed:
            made.append(
                ReturnChange(
                    record=row, field=field, old=was, new=e.value, reason=known.reason if known else "", later=known is not None,
                    after_lock=bool(known and known.after_lock), by_pk=by.pk, by_name=str(by)[:80], at=now,
                )
            )  # fmt: skip
    ReturnChange.objects.bulk_create(made)


def _reasons(row: ReturnRecord, old: Return, new: Return, now: Any) -> None:
    for check, said in new.explained.items():
        if old.explained.get(check) != said:
            ReturnReason.objects.update_or_create(
                record=row,
                check_id=check,
                defaults={"of": said.of[:200], "text": said.text, "by_name": said.by[:80], "at": now},
            )
    gone = set(old.explained) - set(new.explained)
    if gone:
        ReturnReason.objects.filter(record=row, check_id__in=gone).delete()


def step(
    row: ReturnRecord, old: Return, new: Return, what: str, *, by: Any, note: str = "", on: date | None = None
) -> None:
    """Write down that a return went from one state to another."""
    ReturnStep.objects.create(
        record=row, old=old.state.value, new=new.state.value, what=what, note=note, by_name=str(by)[:80], at=clock.now(),
        on=on or clock.today(),
    )  # fmt: skip
