"""Reading returns, rights first; and in the library's own types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet

from qingxi.filing import Entry, Explanation, Form, Origin, Period, Return, State, Value, parse_form
from qingxi_office.people.rights import Way, seen_by
from qingxi_office.returns.models import ReturnForm, ReturnPeriod, ReturnReason, ReturnRecord, ReturnValue

RETURN = Way("return")


def returns(user: Any) -> QuerySet[ReturnRecord]:
    """Returns of this person's places, with period, form, unit and place; one query."""
    rows = ReturnRecord.objects.select_related("period", "period__form", "unit", "place").defer("place__geometry")
    return seen_by(user, rows, RETURN)


def periods(user: Any) -> QuerySet[ReturnPeriod]:
    """Periods of which this person sees a return; one query."""
    seen = returns(user).select_related(None).order_by().values("period_id")
    return ReturnPeriod.objects.filter(pk__in=seen).select_related("form")


def current_forms() -> QuerySet[ReturnForm]:
    """The forms in use. They hold no record: who may see the pages is asked by the caller."""
    return ReturnForm.objects.filter(is_current=True)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Form:
    return parse_form(text, "表样")


def form_of(row: ReturnForm) -> Form:
    """The form as the library knows it."""
    return _parsed(row.text)


def period_of(row: ReturnPeriod) -> Period:
    return Period.parse(row.key)


def value_of(row: ReturnValue) -> Value:
    return row.number if row.number is not None else (row.text or None)


def entry_of(row: ReturnValue) -> Entry:
    return Entry(value_of(row), Origin(row.origin), row.live, tuple(row.refs), row.unknown, row.by_name, row.on)


def before_of(rows: Sequence[ReturnRecord]) -> dict[int, dict[str, Value]]:
    """Last period's values, of what was handed in, by the number of the return; one query for returns of one period."""
    out: dict[int, dict[str, Value]] = {row.pk: {} for row in rows}
    wanted = {(row.period.form_key, Period.parse(row.period.key).before.key, row.unit_id): row.pk for row in rows}
    if not wanted:
        return out
    found = ReturnValue.objects.filter(
        record__period__form_key__in={k[0] for k in wanted}, record__period__key__in={k[1] for k in wanted},
        record__unit_id__in={k[2] for k in wanted}, record__first_submitted_on__isnull=False,
    ).select_related("record__period")  # fmt: skip
    for value in found:
        pk = wanted.get((value.record.period.form_key, value.record.period.key, value.record.unit_id))
        if pk is not None:
            out[pk][value.field] = value_of(value)
    return out


def laws(rows: Sequence[ReturnRecord]) -> dict[int, Return]:
    """Returns as the law speaks of them, by number; three queries whatever their number."""
    values: dict[int, dict[str, Entry]] = defaultdict(dict)
    reasons: dict[int, dict[str, Explanation]] = defaultdict(dict)
    pks = [row.pk for row in rows]
    for value in ReturnValue.objects.filter(record_id__in=pks):
        values[value.record_id][value.field] = entry_of(value)
    for said in ReturnReason.objects.filter(record_id__in=pks):
        reasons[said.record_id][said.check_id] = Explanation(said.text, said.of, said.by_name)
    before = before_of(rows)
    return {
        row.pk: Return(
            form_of(row.period.form), period_of(row.period), row.unit.name, State(row.state), values[row.pk], reasons[row.pk],
            before[row.pk], row.touched, row.submitted_by_name, row.first_submitted_on, row.approved_by_name, row.reason,
            row.was_locked, tuple(row.open_fields), row.until,
        )
        for row in rows
    }  # fmt: skip


def law_of(row: ReturnRecord) -> Return:
    """One return as the law speaks of it; three queries."""
    return laws([row])[row.pk]


def mine_to_do(user: Any) -> QuerySet[ReturnRecord]:
    """What this person's unit still owes, the earliest due first."""
    states = [s.value for s in (State.OWED, State.FILLING, State.COMPLETE, State.RETURNED, State.EXCEPTION)]
    return returns(user).filter(unit_id=user.unit_id or 0, state__in=states).order_by("period__due_on", "pk")


def to_review(user: Any) -> QuerySet[ReturnRecord]:
    """What was handed in and waits for the county."""
    return returns(user).filter(state=State.SUBMITTED.value).order_by("submitted_at", "pk")


def carried_values(form: str, periods_: Iterable[str], units: Iterable[int]) -> QuerySet[ReturnValue]:
    """Values of returns of a form that were handed in, for these periods and units; one query. The office's own reading."""
    from qingxi.filing import HANDED_IN

    return ReturnValue.objects.filter(
        record__period__form_key=form, record__period__key__in=list(periods_), record__unit_id__in=list(units),
        record__state__in=[s.value for s in HANDED_IN],
    ).select_related("record", "record__period")  # fmt: skip
