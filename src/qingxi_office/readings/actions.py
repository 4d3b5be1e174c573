"""Every change to observations."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import models, transaction

from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people import rights
from qingxi_office.readings.models import BillRow, DailyRow, Device, LabRow, VisitRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

Rows = Sequence[Mapping[str, Any]]


def _take_in(model: type[models.Model], rows: Rows, kind: str, by: trail.Doer, key: Any = "key") -> trail.TakenIn:
    rights.check(by, "load")
    return trail.take_in(model, rows, key=key, action=f"{kind}s.taken_in", subject=Ref(kind, "all"), by=by)


def take_in_devices(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put data loggers in by MN."""
    return _take_in(Device, rows, "device", by, key="mn")


def take_in_bills(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put months of electricity in; key account/month."""
    return _take_in(BillRow, rows, "bill", by)


def take_in_labs(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put laboratory values in."""
    return _take_in(LabRow, rows, "lab", by)


def take_in_visits(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put rounds in."""
    return _take_in(VisitRow, rows, "visit", by)


def take_in_days(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put days in; one value a facility, quantity and day."""
    return _take_in(DailyRow, rows, "daily", by, key=("facility_id", "quantity", "day"))


def take_in_store(store: Path, *, by: trail.Doer) -> trail.TakenIn:
    """Put the days that devices reported in, from the readings' store, and note when each facility was last heard.

    A day is the store's own daily value with its coverage; days that no reading covers have no row. Days already in
    the books are written again when later readings changed them. Reads the store once.
    """
    rights.check(by, "load")
    from qingxi.store import Readings

    with Readings(store) as readings:
        series, heard = readings.all_daily(), readings.last_data()
    ids = dict(FacilityRecord.objects.values_list("key", "pk"))
    rows = [
        {
            "facility_id": ids[facility], "quantity": quantity, "day": one.first + timedelta(days=i), "value": float(value),
            "coverage": float(min(max(covered, 0.0), 1.0)), "source": "hj212",
        }
        for facility, by_quantity in series.items()
        if facility in ids
        for quantity, one in by_quantity.items()
        for i, (value, covered) in enumerate(zip(one.values, one.coverage, strict=True))
        if value == value  # no value: no row
    ]  # fmt: skip
    taken = take_in_days(rows, by=by)
    with transaction.atomic():
        for device in Device.objects.select_related("facility"):
            at = heard.get(device.facility.key)
            if at is not None and device.last_heard_at != at:
                device.last_heard_at = at
                device.save(update_fields=["last_heard_at"])
    return taken


@transaction.atomic
def record_visit(
    facility: FacilityRecord,
    answers: Mapping[str, str],
    *,
    by: Any,
    meter_kwh: float | None = None,
    note: str = "",
    checklist: str = "",
) -> VisitRow:
    """A person's own round at a facility, now."""
    rights.check(by, "record_visit", path=facility.place.path)
    at = clock.now()
    role = {"operator_foreman": "operator", "inspector": "village"}.get(getattr(by, "role", ""), "county")
    visit = VisitRow(
        key=f"{facility.key}/{at:%Y%m%dT%H%M%S}/{by}", facility=facility, visited_at=at, by_name=str(by), by_role=role,
        answers=dict(answers), meter_kwh=meter_kwh, note=note, by_pk=getattr(by, "pk", None), checklist=checklist,
    )  # fmt: skip
    visit.save(force_insert=True)
    trail.record("visit.recorded", Ref("visit", visit.key), by=by, after=dict(answers))
    return visit
