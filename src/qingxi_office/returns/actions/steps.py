"""The steps of a return: submitted, taken back, returned, approved, locked, opened again under an exception."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingxi import filing
from qingxi.filing import Refused, Return, State
from qingxi.origin import Ref
from qingxi_office.notices.actions import tell
from qingxi_office.people import rights
from qingxi_office.people.audience import of_units, officers
from qingxi_office.people.models import User
from qingxi_office.returns.actions.custody import keep, step, taken
from qingxi_office.returns.actions.filling import refresh
from qingxi_office.returns.models import ReturnPeriod, ReturnRecord
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer


def _person(by: Any) -> User | None:
    return by if isinstance(by, User) else None


def _title(row: ReturnRecord) -> str:
    return f"{row.unit.name} {row.period.key} {row.period.form.name}"


def _done(
    row: ReturnRecord, old: Return, new: Return, what: str, *, by: Any, note: str = "", on: date | None = None
) -> None:
    keep(row, old, new, by=by)
    step(row, old, new, what, by=by, note=note, on=on)
    trail.record(
        _CODES[what],
        Ref("return", row.key),
        by=by,
        because=note,
        before=old.state.value,
        after=new.state.value,
    )


_CODES = {
    "提交": "return.submitted", "撤回": "return.taken_back", "退回": "return.sent_back", "审核": "return.approved",
    "锁定": "return.locked", "开例外": "return.opened", "关例外": "return.closed",
}  # fmt: skip


@transaction.atomic
def submit(record: ReturnRecord, *, by: Any, on: date | None = None) -> ReturnRecord:
    """Hand it in with the books' figures of this moment; the county is told.

    ``on`` is the day on which it came on paper (补录): only who reviews may write down another day than today.
    Raises qingxi.filing.Refused with everything that stands against it.
    """
    rights.check(by, "fill_return", path=record.place.path)
    today = clock.today()
    if on is not None and on != today:
        rights.check(by, "review_return", path=record.place.path)
        if not record.period.first_day <= on <= today:
            raise Refused(["补记的提交日期要在期初以后、今天以前"])
    refresh(record, by=by)
    row, old = taken(record.pk)
    new = filing.submit(old, by=str(by), on=on or today)
    row.submitted_by, row.submitted_by_name, row.submitted_at = _person(by), str(by)[:80], clock.now()
    row.approved_by, row.approved_by_name, row.approved_at = None, "", None
    _done(row, old, new, "提交", by=by, on=on, note="纸质补录" if on is not None and on != today else "")
    tell(
        officers() - {by.pk}, "return_submitted", _title(row), once=f"return/{row.key}/submitted/{row.steps.count()}",
        href=f"/returns/{row.key}/",
    )  # fmt: skip
    return row


@transaction.atomic
def take_back(record: ReturnRecord, *, by: Any) -> ReturnRecord:
    """Whoever submitted takes it back while nobody has looked."""
    row, old = taken(record.pk)
    rights.check(by, "fill_return", path=row.place.path)
    new = filing.take_back(old, by=str(by))
    _done(row, old, new, "撤回", by=by)
    return row


@transaction.atomic
def send_back(record: ReturnRecord, reason: str, *, by: Any) -> ReturnRecord:
    """Return it with a reason; its unit is told."""
    row, old = taken(record.pk)
    rights.check(by, "review_return", path=row.place.path)
    new = filing.send_back(old, reason, by=str(by))
    row.times_returned += 1
    row.approved_by, row.approved_by_name, row.approved_at = None, "", None
    _done(row, old, new, "退回", by=by, note=reason.strip())
    tell(
        of_units([row.unit_id], row.place.path), "return_returned", _title(row), once=f"return/{row.key}/back/{row.times_returned}",
        href=f"/returns/{row.key}/", text=reason.strip(),
    )  # fmt: skip
    return row


@transaction.atomic
def approve(record: ReturnRecord, *, by: Any) -> ReturnRecord:
    """Approve it; another person than the one who submitted."""
    row, old = taken(record.pk)
    rights.check(by, "review_return", path=row.place.path)
    new = filing.approve(old, by=str(by))
    row.approved_by, row.approved_by_name, row.approved_at = _person(by), str(by)[:80], clock.now()
    _done(row, old, new, "审核", by=by)
    return row


@transaction.atomic
def lock_period(period: ReturnPeriod, *, by: Doer) -> tuple[int, list[str]]:
    """Lock what is approved; gives how many, and the units whose returns stay open. Raises Refused when nothing is approved."""
    rights.check(by, "lock_return", path="")
    pks = list(period.returns.filter(state=State.APPROVED.value).values_list("pk", flat=True))
    open_ = period.returns.exclude(state__in=(State.APPROVED.value, State.LOCKED.value))
    left = list(open_.values_list("unit__name", flat=True))
    if not pks:
        raise Refused(["这一期还没有审核过的报表，没有可锁定的"])
    for pk in pks:
        row, old = taken(pk)
        _done(row, old, filing.lock(old), "锁定", by=by)
    if not left:
        period.locked_on, period.locked_by = clock.today(), str(by)[:80]
        period.save(update_fields=["locked_on", "locked_by"])
    return len(pks), left


@transaction.atomic
def open_exception(
    record: ReturnRecord, fields: Sequence[str], reason: str, *, until: date, by: Any
) -> ReturnRecord:
    """Open named fields of a locked return until a day; its unit is told."""
    row, old = taken(record.pk)
    rights.check(by, "lock_return", path=row.place.path)
    new = filing.open_exception(old, fields, reason, until=until, on=clock.today())
    names = "、".join(old.form.field(f).name for f in new.open_fields)
    _done(row, old, new, "开例外", by=by, note=f"{names}，到 {until}：{reason.strip()}")
    tell(
        of_units([row.unit_id], row.place.path), "return_opened", _title(row), once=f"return/{row.key}/opened/{row.steps.count()}",
        href=f"/returns/{row.key}/", text=f"可改 {names}，到 {until:%m月%d日} 为止：{reason.strip()}",
    )  # fmt: skip
    return row


@transaction.atomic
def end_exception(record: ReturnRecord, *, by: Any) -> ReturnRecord:
    """Close an exception under which nothing was changed."""
    row, old = taken(record.pk)
    rights.check(by, "lock_return", path=row.place.path)
    new = filing.end_exception(old)
    _done(row, old, new, "关例外", by=by)
    return row


@transaction.atomic
def remind(period: ReturnPeriod, *, by: Doer) -> int:
    """Tell the units that have not handed in; each once a day. Gives how many units."""
    rights.check(by, "review_return")
    rows = [
        r for r in period.returns.select_related("unit", "place", "period", "period__form")
        if r.state in (State.OWED, State.FILLING, State.COMPLETE, State.RETURNED)
    ]  # fmt: skip
    _tell_late(rows, f"hand/{clock.today()}")
    if rows:
        trail.record(
            "return_period.reminded",
            Ref("return_period", f"{period.form_key}-{period.key}"),
            by=by,
            after={"rows": len(rows)},
        )
    return len(rows)


def _tell_late(rows: Sequence[ReturnRecord], mark: str) -> None:
    for row in rows:
        tell(
            of_units([row.unit_id], row.place.path), "return_late", _title(row), once=f"return/{row.key}/late/{mark}",
            href=f"/returns/{row.key}/", text=f"{row.period.due_on:%m月%d日} 前报，现在是“{row.get_state_display()}”",
        )  # fmt: skip


def look(*, by: Doer) -> list[str]:
    """The round's work on what is open: remind on the day before and after it is due, end exceptions that ran out."""
    today = clock.today()
    waiting = ReturnRecord.objects.filter(
        state__in=[State.OWED.value, State.FILLING.value, State.COMPLETE.value, State.RETURNED.value]
    ).select_related("unit", "place", "period", "period__form")  # fmt: skip
    late = [r for r in waiting if r.period.due_on < today]
    soon = [r for r in waiting if 0 <= (r.period.due_on - today).days <= 1]
    _tell_late(late, "over")
    _tell_late(soon, "soon")
    ended = 0
    for pk in ReturnRecord.objects.filter(state=State.EXCEPTION.value, until__lt=today, touched=False).values_list(
        "pk", flat=True
    ):
        with transaction.atomic():
            row, old = taken(pk)
            _done(row, old, filing.end_exception(old), "关例外", by=by, note="到期没有改动")
        ended += 1
    said = [f"逾期未报 {len(late)} 份，明天到期 {len(soon)} 份"] if late or soon else []
    return [*said, *([f"到期关掉例外 {ended} 个"] if ended else [])]
