"""Keeping the county's forms: versions, the newest in use for periods opened from then on."""

from __future__ import annotations

from django.db import transaction

from qingxi.filing import SHIPPED, Form, parse_form, shipped_text
from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.returns.models import ReturnForm
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer


@transaction.atomic
def keep_form(text: str, *, by: Doer, name: str = "表样") -> ReturnForm:
    """A form, or a new version of it. Raises qingxi.filing.BadForm with every fault; the same text again changes nothing."""
    rights.check(by, "keep_return_form")
    form: Form = parse_form(text, name)
    current = ReturnForm.objects.filter(key=form.id, is_current=True).first()
    if current is not None and current.text == text:
        return current
    last = ReturnForm.objects.filter(key=form.id).order_by("-version").first()
    ReturnForm.objects.filter(key=form.id, is_current=True).update(is_current=False)
    row = ReturnForm(
        key=form.id, version=last.version + 1 if last else 1, name=form.name[:80], period_kind=form.period.value, text=text,
        kept_at=clock.now(), kept_by=str(by)[:80],
    )  # fmt: skip
    row.save(force_insert=True)
    trail.record(
        "return_form.kept", Ref("return_form", form.id), by=by, before=last.version if last else None, after=row.version,
        because=form.name,
    )  # fmt: skip
    return row


def keep_shipped(*, by: Doer) -> list[ReturnForm]:
    """The forms that are shipped, for an office that has none of that name yet."""
    there = set(ReturnForm.objects.values_list("key", flat=True))
    return [keep_form(shipped_text(name), by=by, name=f"{name}.toml") for name in SHIPPED if name not in there]
