"""Reading observations, rights first; and in the library's own types."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from qingxi.reading import Bill, DailySeries, LabResult, Use, Visit
from qingxi_office.facilities.queries import of_facility
from qingxi_office.people.rights import covers, rule, seen_by
from qingxi_office.places import queries as tree
from qingxi_office.readings.models import BillRow, DailyRow, Device, LabRow, VisitRow

READING = of_facility("reading")


def bills(user: Any) -> QuerySet[BillRow]:
    """Bills of the facilities this person sees; those of an account that no facility has go to who answers for the county."""
    rows = BillRow.objects.select_related("facility")
    condition, own = rule(user, READING), tree.county()
    if condition is None:
        return rows.none()
    if own is not None and covers(user, own.place.path, "reading"):
        condition |= Q(facility=None)
    return rows.filter(condition)


def labs(user: Any) -> QuerySet[LabRow]:
    return seen_by(user, LabRow.objects.select_related("facility"), READING)


def visits(user: Any) -> QuerySet[VisitRow]:
    return seen_by(user, VisitRow.objects.select_related("facility"), READING)


def days(user: Any) -> QuerySet[DailyRow]:
    return seen_by(user, DailyRow.objects.all(), READING)


def devices(user: Any) -> QuerySet[Device]:
    return seen_by(user, Device.objects.select_related("facility"), READING)


def all_bills(accounts: Collection[str] | None = None) -> list[Bill]:
    """Every bill as the library speaks of it, or those of some accounts; one query."""
    rows = BillRow.objects.all() if accounts is None else BillRow.objects.filter(account__in=accounts)
    fields = ("account", "month", "kwh", "use")
    return [
        Bill(account, month, kwh, Use(use)) for account, month, kwh, use in rows.values_list(*fields).iterator(5000)
    ]


def all_labs(facilities: Collection[str] | None = None) -> list[LabResult]:
    """Every laboratory value, or those of some facilities; one query."""
    rows = LabRow.objects.all() if facilities is None else LabRow.objects.filter(facility__key__in=facilities)
    fields = (
        "facility__key", "sampled_on", "point", "quantity", "value", "laboratory", "cma", "report", "water_temp_c", "use",
    )  # fmt: skip
    return [LabResult(*values[:-1], use=Use(values[-1])) for values in rows.values_list(*fields).iterator(5000)]


def all_visits(facilities: Collection[str] | None = None) -> list[Visit]:
    """Every round, or those of some facilities; times in the office's zone, as on the sheet; one query."""
    rows = VisitRow.objects.all() if facilities is None else VisitRow.objects.filter(facility__key__in=facilities)
    fields = ("facility__key", "visited_at", "by_name", "by_role", "answers", "meter_kwh", "note", "use", "key")
    return [
        Visit(facility, timezone.localtime(at), by, role, answers, meter, note, Use(use), key)
        for facility, at, by, role, answers, meter, note, use, key in rows.values_list(*fields).iterator(5000)
    ]


def all_series(facilities: Iterable[str] | None = None) -> dict[str, dict[str, DailySeries]]:
    """Daily series by facility and quantity; days without a row are NaN with coverage 0. One query."""
    import numpy as np

    rows = DailyRow.objects.order_by("facility_id", "quantity", "day")
    if facilities is not None:
        rows = rows.filter(facility__key__in=list(facilities))
    grouped: dict[tuple[str, str], list[tuple[date, float | None, float]]] = defaultdict(list)
    for facility, quantity, day, value, coverage in rows.values_list(
        "facility__key", "quantity", "day", "value", "coverage"
    ).iterator(10_000):
        grouped[facility, quantity].append((day, value, coverage))
    out: dict[str, dict[str, DailySeries]] = {}
    for (facility, quantity), days in grouped.items():
        first = days[0][0]
        at = [(day - first).days for day, _, _ in days]
        values, covered = np.full(at[-1] + 1, np.nan), np.zeros(at[-1] + 1)
        values[at] = [np.nan if value is None else value for _, value, _ in days]
        covered[at] = [coverage for _, _, coverage in days]
        out.setdefault(facility, {})[quantity] = DailySeries(facility, quantity, first, values, covered)
    return out
