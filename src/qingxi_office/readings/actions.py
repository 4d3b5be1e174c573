"""Every change to observations."""

from collections.abc import Mapping, Sequence
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


@transaction.atomic
def note_last_heard(heard: Mapping[str, Any], *, by: trail.Doer) -> None:
    """When each device (by MN) was last heard, as the store knows it."""
    rights.check(by, "load")
    for device in Device.objects.filter(mn__in=heard):
        if device.last_heard_at != heard[device.mn]:
            device.last_heard_at = heard[device.mn]
            device.save(update_fields=["last_heard_at"])


@transaction.atomic
def record_visit(
    facility: FacilityRecord, answers: Mapping[str, str], *, by: Any, meter_kwh: float | None = None, note: str = ""
) -> VisitRow:
    """A person's own round at a facility, now."""
    rights.check(by, "record_visit", path=facility.place.path)
    at = clock.now()
    role = {"operator_foreman": "operator", "inspector": "village"}.get(getattr(by, "role", ""), "county")
    visit = VisitRow(
        key=f"{facility.key}/{at:%Y%m%dT%H%M%S}/{by}", facility=facility, visited_at=at, by_name=str(by), by_role=role,
        answers=dict(answers), meter_kwh=meter_kwh, note=note,
    )  # fmt: skip
    visit.save(force_insert=True)
    trail.record("visit.recorded", Ref("visit", visit.key), by=by, after=dict(answers))
    return visit
