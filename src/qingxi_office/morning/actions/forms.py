"""The county's own forms: taken in when they can be filled, refused with every fault when they cannot."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.files import check_template
from qingxi.morning import BadForm, parse_form
from qingxi.origin import Fault, Ref
from qingxi_office.morning.models import SheetForm
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Doer

MOST_BYTES = 5_000_000


@transaction.atomic
def take_form(name: str, raw: bytes, *, source: str, by: Doer) -> tuple[SheetForm | None, list[Fault]]:
    """Take a form in (xlsx with markers, or TOML) and use it from now on; gives the faults when it cannot be used."""
    rights.check(by, "check_ledgers")
    if len(raw) > MOST_BYTES:
        return None, [
            Fault(name, None, "", "", "表样太大", f"最多 {MOST_BYTES // 1_000_000} MB，去掉图片再传", "form-large")
        ]
    ending = Path(name).suffix.lower()
    if not source.strip():
        return None, [Fault(name, None, "", "", "没有写出处", "写明是哪一级、哪份文件的表样", "form-source")]
    if ending == ".toml":
        try:
            parse_form(raw.decode("utf-8", "replace"), name)
        except BadForm as bad:
            return None, bad.faults
    elif ending == ".xlsx":
        if faults := check_template(raw, name):
            return None, faults
    else:
        return None, [Fault(name, None, "", "", "表样要是 .xlsx 或 .toml", "请另存为 .xlsx", "form-kind")]
    SheetForm.objects.filter(in_use=True).update(in_use=False)
    form = SheetForm(
        name=Path(name).stem[:120], kind=ending[1:], sha256=hashlib.sha256(raw).hexdigest(), source=source.strip()[:200],
        made_at=clock.now(), by_name=str(by),
    )  # fmt: skip
    form.file.save(f"form{ending}", ContentFile(raw), save=False)
    form.save(force_insert=True)
    trail.record(
        "form.taken_in", Ref("form", str(form.pk)), by=by, because=form.source,
        after={"name": form.name, "sha256": form.sha256},
    )  # fmt: skip
    return form, []


@transaction.atomic
def drop_form(form: SheetForm, *, by: Doer) -> None:
    """Use the default form again; the county's own stays on record."""
    rights.check(by, "check_ledgers")
    form.in_use = False
    form.save(update_fields=["in_use"])
    trail.record("form.dropped", Ref("form", str(form.pk)), by=by, before=form.name)
