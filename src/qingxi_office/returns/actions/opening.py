"""Opening a period: who owes it, and the books' figures in it."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from qingxi.calendar import WorkingDays
from qingxi.filing import Period, Return, due_on, refresh
from qingxi.origin import Ref
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import of_units
from qingxi_office.places.models import Unit
from qingxi_office.places.queries import county
from qingxi_office.returns import live
from qingxi_office.returns.actions.custody import _value, to_fill
from qingxi_office.returns.actions.forms import keep_shipped
from qingxi_office.returns.models import ReturnForm, ReturnPeriod, ReturnRecord, ReturnValue
from qingxi_office.returns.queries import before_of, current_forms, form_of
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

_DAYS = WorkingDays()


def who_owes(row: ReturnForm) -> list[Unit]:
    """Units of the form's level and kind that exist today and have a place, one a place where the level is the township's."""
    form = form_of(row)
    units = Unit.objects.filter(level=form.owes_level, valid_to=None, place__isnull=False, place__valid_to=None)
    if form.owes_kind:
        units = units.filter(kind=form.owes_kind)
    if form.owes_level == "乡镇":
        units = units.filter(place__level="township")
    return list(units.select_related("place").order_by("place__code", "pk"))


@transaction.atomic
def open_period(
    row: ReturnForm, period: Period, *, by: Doer, quiet: bool = False, on: date | None = None
) -> ReturnPeriod:
    """Ask every unit that owes the form for a period, with the books' figures filled in; they are told once.

    ``on`` is the day on which it was asked for, today by default. Asked for late, it is due so many working days after that.

    A period that is open already gets the units that came since. Raises ValueError for a period that has not begun.
    """
    rights.check(by, "open_return_period")
    today, form = clock.today(), form_of(row)
    if period.first_day > today:
        raise ValueError(f"{period.title}还没有开始")
    if period.kind is not form.period:
        raise ValueError(f"{form.name}按{form.period.value}报，{period.title}不是")
    known = ReturnPeriod.objects.select_related("form").filter(form_key=row.key, key=period.key).first()
    asked_on = on or today
    due = max(due_on(form, period, _DAYS), _DAYS.add(asked_on, form.due_working_days))
    opened = known or ReturnPeriod(
        form=row, form_key=row.key, key=period.key, first_day=period.first_day, last_day=period.last_day,
        due_on=due, opened_on=asked_on,
    )  # fmt: skip
    if known is None:
        opened.save(force_insert=True)
    form = form_of(opened.form)
    there = set(ReturnRecord.objects.filter(period=opened).values_list("unit_id", flat=True))
    units = [u for u in who_owes(opened.form) if u.pk not in there]
    rows = [
        ReturnRecord(
            key=f"{row.key}-{period.key}-{u.place.code if u.place else u.pk}"[:60],
            period=opened,
            unit=u,
            place=u.place,
        )
        for u in units
    ]
    seen: set[str] = set()
    for one in rows:  # two units of one township owe one return each
        one.key = one.key if one.key not in seen else f"{one.key}-{one.unit_id}"[:60]
        seen.add(one.key)
    ReturnRecord.objects.bulk_create(rows)
    rows = list(
        ReturnRecord.objects.filter(period=opened, unit_id__in=[u.pk for u in units]).select_related(
            "period", "period__form", "unit", "place"
        )
    )
    _fill(opened, rows)
    if known is None or rows:
        trail.record(
            "return_period.opened", Ref("return_period", f"{row.key}-{period.key}"), by=by, because=f"{form.name} {period.title}",
            after={"rows": len(rows), "due_on": opened.due_on.isoformat()},
        )  # fmt: skip
    if not quiet:
        for one in rows:
            tell(
                of_units([one.unit_id], one.place.path), "return_due", f"{period.title}{form.name}", once=f"return/{one.key}/open",
                href=f"/returns/{one.key}/", text=f"{opened.due_on:%m月%d日} 前报；账上有的数已填好，只填黄格 {one.to_fill} 个",
            )  # fmt: skip
    return opened


def _fill(opened: ReturnPeriod, rows: list[ReturnRecord]) -> None:
    """The books' figures into returns that were just made; some questions for all of them."""
    if not rows:
        return
    now, today = clock.now(), clock.today()
    figures, before = live.of_period(opened, rows, today), before_of(rows)
    form, period = form_of(opened.form), Period.parse(opened.key)
    values: list[ReturnValue] = []
    for row in rows:
        ret = refresh(Return(form, period, row.unit.name, before=before[row.pk]), figures[row.pk], on=today)
        row.state, row.stands, row.to_fill = ret.state.value, sum(d.stands for d in ret.doubts), to_fill(ret)
        row.refreshed_at = now
        row.because = sorted({ref for e in ret.values.values() for ref in e.refs})[:2000]
        values += [_value(row, f, e) for f, e in ret.values.items()]
    ReturnValue.objects.bulk_create(values, batch_size=500)
    ReturnRecord.objects.bulk_update(
        rows, ["state", "stands", "to_fill", "refreshed_at", "because"], batch_size=200
    )


def open_due(*, by: Doer) -> list[ReturnPeriod]:
    """Open the period that ended last of every form in use, where it is not open: the round's work. An office without a
    county is left alone."""
    if county() is None:
        return []
    if not current_forms().exists():
        keep_shipped(by=by)
    today, made = clock.today(), []
    for row in current_forms():
        ended = Period.of(form_of(row).period, today).before
        if not ReturnPeriod.objects.filter(form_key=row.key, key=ended.key).exists():
            made.append(open_period(row, ended, by=by))
    return made


__all__ = ["open_due", "open_period", "who_owes"]
