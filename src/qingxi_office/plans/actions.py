"""Every change to plans."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.plans.models import HamletOption, PlanRecord, SystemRow
from qingxi_office.trail import actions as trail

Rows = Sequence[Mapping[str, Any]]


@transaction.atomic
def take_in_plan(plan: Mapping[str, Any], systems: Rows, options: Rows, *, by: trail.Doer) -> PlanRecord:
    """Put a plan in and make it the current one; a plan already there (same key) only becomes current."""
    rights.check(by, "load")
    row = PlanRecord.objects.filter(key=plan["key"]).first()
    if row is not None and row.is_current:
        return row
    PlanRecord.objects.filter(is_current=True).update(is_current=False)
    if row is not None:
        row.is_current = True
        row.save(update_fields=["is_current"])
        trail.record("plan.made_current", Ref("plan", row.key), by=by)
        return row
    row = PlanRecord(**plan, is_current=True)
    row.save(force_insert=True)
    SystemRow.objects.bulk_create([SystemRow(plan=row, **system) for system in systems], batch_size=400)
    HamletOption.objects.bulk_create([HamletOption(plan=row, **option) for option in options], batch_size=400)
    trail.record(
        "plan.taken_in", Ref("plan", row.key), by=by, after={"systems": len(systems), "hamlets": len(options)}
    )
    return row
