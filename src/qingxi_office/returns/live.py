"""The books' figures of returns: from the ledgers, and from returns of shorter periods. Saves nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from qingxi.filing import Carried, Form, Live, Period, carried
from qingxi_office.returns import books
from qingxi_office.returns.models import ReturnForm, ReturnPeriod, ReturnRecord
from qingxi_office.returns.queries import carried_values, form_of, period_of, value_of


def of_period(period: ReturnPeriod, rows: Sequence[ReturnRecord], today: date) -> dict[int, dict[str, Live]]:
    """By the number of the return and the field: what the books say today. Questions do not grow with the returns."""
    form, when = form_of(period.form), period_of(period)
    by_source = {f.source for f in form.fields if f.source and carried(f.source) is None}
    figures = books.reckon(sorted(by_source), list({row.place_id: row.place for row in rows}.values()), when, today)
    brought = _brought(form, when, rows)
    out: dict[int, dict[str, Live]] = {}
    for row in rows:
        here = figures[row.place_id]
        out[row.pk] = {f.id: here[f.source] for f in form.fields if f.source in here} | brought[row.pk]
    return out


def _brought(form: Form, when: Period, rows: Sequence[ReturnRecord]) -> dict[int, dict[str, Live]]:
    """Figures carried from other forms' returns; one that lacks is not guessed."""
    out: dict[int, dict[str, Live]] = {row.pk: {} for row in rows}
    wanted = [(f.id, c) for f in form.fields if (c := carried(f.source)) is not None]
    for name in {c.form for _, c in wanted}:
        known = ReturnForm.objects.filter(key=name, is_current=True).first()
        if known is None:
            for row in rows:
                out[row.pk] |= {f: Live(None, (), f"没有“{name}”这张表") for f, c in wanted if c.form == name}
            continue
        other = form_of(known)
        parts = when.parts(other.period)
        found: dict[tuple[int, str], dict[str, tuple[float, str]]] = defaultdict(dict)
        for value in carried_values(name, [p.key for p in parts], [row.unit_id for row in rows]):
            number = value_of(value)
            if isinstance(number, float | int):
                found[value.record.unit_id, value.record.period.key][value.field] = (
                    float(number),
                    f"return:{value.record.key}",
                )
        for row in rows:
            for field, c in wanted:
                if c.form == name:
                    at = [(p, found[row.unit_id, p.key].get(c.field)) for p in parts]
                    out[row.pk][field] = _one(c, at, other.name)
    return out


def _one(c: Carried, at: Sequence[tuple[Period, tuple[float, str] | None]], name: str) -> Live:
    if c.how == "last":
        period, last = at[-1]
        return Live(last[0], (last[1],)) if last else Live(None, (), f"{period.title}的{name}还没有交")
    missing = [p.title for p, v in at if v is None]
    if missing:
        return Live(None, (), f"{'、'.join(missing)}的{name}还没有交")
    there = [v for _, v in at if v is not None]
    return Live(round(sum(n for n, _ in there), 6), tuple(ref for _, ref in there))
