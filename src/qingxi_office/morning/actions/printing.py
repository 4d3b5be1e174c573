"""Printing the 调度表: only when every conflict is signed and every change has its reason; then it is frozen."""

from __future__ import annotations

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.files import fill_template, write_call_sheets
from qingxi.morning import default_form, difference_sheet, lay_out, parse_form, unexplained
from qingxi.origin import Ref
from qingxi_office.morning.actions.standing import refresh
from qingxi_office.morning.models import ChangeReason, ConflictRow, LedgerCheck, SheetForm
from qingxi_office.morning.queries import changes_of, quarter_of, results_of
from qingxi_office.people import rights
from qingxi_office.places import queries as places
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer


@transaction.atomic
def explain(check: LedgerCheck, code: str, text: str, *, by: Doer) -> None:
    """Write why a village changed."""
    rights.check(by, "check_ledgers")
    if check.state != LedgerCheck.State.OPEN:
        raise ValueError("调度表已经打印，理由不能再改")
    if not text.strip():
        raise ValueError("请写明理由")
    if code not in {c.code for c in changes_of(check) or ()}:
        raise ValueError("这个村没有变化，不用写理由")
    ChangeReason.objects.update_or_create(
        check_row=check, code=code, defaults={"text": text.strip(), "by_name": str(by), "at": clock.now()}
    )
    trail.record("change.explained", Ref("village", code), by=by, because=text.strip())


def not_yet(check: LedgerCheck) -> str:
    """Why the sheet cannot be printed yet; empty when it can."""
    if check.state != LedgerCheck.State.OPEN:
        return "三本台账还没有读完" if check.state != LedgerCheck.State.PRINTED else "已经打印过了"
    left = ConflictRow.objects.filter(check_row=check, current=True, way="").count()
    if left:
        return f"还有 {left} 处冲突没有签认"
    silent = unexplained(changes_of(check) or ())
    return f"还有 {len(silent)} 个变化的村没有理由：{'、'.join(c.name for c in silent[:5])}" if silent else ""


@transaction.atomic
def print_sheet(check: LedgerCheck, *, by: Doer) -> LedgerCheck:
    """Write the sheet, freeze the results, and close the check.

    Raises
    ------
    ValueError
        While :func:`not_yet` has something to say.
    """
    rights.check(by, "check_ledgers")
    check = LedgerCheck.objects.select_for_update().get(pk=check.pk)
    if check.state == LedgerCheck.State.OPEN:
        refresh(check)  # against the register and the books of today
    if why := not_yet(check):
        raise ValueError(why)
    form, body = _sheet(check)
    check.state, check.printed_at, check.printed_by = LedgerCheck.State.PRINTED, clock.now(), str(by)
    check.form_name = form[:120]
    check.sheet.save(f"{check}.xlsx", ContentFile(body), save=False)
    check.save()
    trail.record(
        "call_sheet.printed", Ref("ledger_check", str(check)), by=by, after={"form": check.form_name, "villages": len(check.results)}
    )  # fmt: skip
    return check


def _sheet(check: LedgerCheck) -> tuple[str, bytes]:
    """Name of the form, and the workbook."""
    own = places.county()
    assert own is not None
    values = {
        "county": own.place.name, "quarter": quarter_of(check).title, "unit": own.lead_department or own.place.name,
        "date": clock.today().isoformat(),
    }  # fmt: skip
    results, changes = results_of(check), changes_of(check)
    before = results_of(LedgerCheck.objects.get(pk=check.before_id)) if check.before_id else None
    form = SheetForm.objects.filter(in_use=True).first()
    if form is not None and form.kind == SheetForm.Kind.XLSX:
        with form.file.open("rb") as held:
            raw = held.read()
        more = [] if changes is None else [difference_sheet(default_form(), list(changes), values)]
        return form.name, fill_template(raw, results, values, before=before, more=more)
    layout = default_form()
    if form is not None:
        with form.file.open("rb") as held:
            layout = parse_form(held.read().decode("utf-8"), form.name)
    sheets = lay_out(layout, results, values, before=before, changes=changes)
    return layout.name, write_call_sheets(sheets)
