"""Every change to observations; devices and their lines have a file of their own."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models, transaction

from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people import rights
from qingxi_office.readings import lines
from qingxi_office.readings.models import BillRow, DailyRow, Device, LabRow, VisitRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

Rows = Sequence[Mapping[str, Any]]


def _take_in(model: type[models.Model], rows: Rows, kind: str, by: trail.Doer, key: Any = "key") -> trail.TakenIn:
    rights.check(by, "load")
    return trail.take_in(model, rows, key=key, action=f"{kind}s.taken_in", subject=Ref(kind, "all"), by=by)


def take_in_devices(rows: Rows, *, by: trail.Doer) -> trail.TakenIn:
    """Put data loggers in by MN; the receiver has them within a second."""
    taken = _take_in(Device, rows, "device", by, key="mn")
    if rows:
        transaction.on_commit(lines.publish_register, robust=True)
    return taken


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


def take_in_store(store: Path | str, *, by: trail.Doer, days: Collection[date] | None = None) -> trail.TakenIn:
    """Put the days that devices reported in, from the readings' store, and note when each facility was last heard.

    ``days`` are those to look at (None: all that the store has): the round of the hour asks for the days with hot rows, among
    which are those that late data touched.

    A day is the store's own daily value with its coverage, computed by the engine of the setting ``QINGXI_ENGINE``; days
    that no reading covers have no row. Days already in the books are written again when later readings changed them.
    """
    rights.check(by, "load")
    import pyarrow.compute as pc

    from qingxi.store import Readings
    from qingxi.store.spark import borrowed

    spans: list[tuple[date | None, date | None]] = [(None, None)] if days is None else list(_spans(days))
    ids = dict(FacilityRecord.objects.values_list("key", "pk"))
    rows: dict[tuple[int, str, date], dict[str, Any]] = {}
    with borrowed(settings.QINGXI_ENGINE), Readings(store, settings.QINGXI_ENGINE) as readings:
        heard, whole = readings.last_data(), readings.span()
        for first, last in spans if whole is not None else ():
            table = readings.daily_table(first or whole[0], last or whole[1])
            table = table.filter(pc.and_(pc.equal(table["point"], "effluent"), pc.is_valid(table["value"])))
            names = ("facility", "quantity", "day", "value", "coverage")
            for facility, quantity, day, value, covered in zip(
                *(table[name].to_pylist() for name in names), strict=True
            ):
                if facility in ids and (days is None or day in days):
                    rows[ids[facility], quantity, day] = {
                        "facility_id": ids[facility], "quantity": quantity, "day": day, "value": _steady(value),
                        "coverage": _steady(covered), "source": "hj212", "use": "管理",
                    }  # fmt: skip
    taken = take_in_days(list(rows.values()), by=by)
    spoke = []
    for device in Device.objects.select_related("facility"):
        at = heard.get(device.facility.key)
        if at is not None and device.last_heard_at != at:
            device.last_heard_at = at
            spoke.append(device)
    Device.objects.bulk_update(spoke, ["last_heard_at"], batch_size=500)
    return taken


def _steady(value: float) -> float:
    """Without the last digits, which hang on the order in which an engine adds: the same readings are no change."""
    return float(f"{value:.10g}")


def _spans(days: Collection[date]) -> Iterator[tuple[date, date]]:
    """Days that lie together, as (first, last): one late packet of last year must not have the whole year read."""
    run: list[date] = []
    for day in sorted(days):
        if run and (day - run[-1]).days > 3:
            yield run[0], run[-1]
            run = []
        run.append(day)
    if run:
        yield run[0], run[-1]


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
