"""Which facilities have something new in their books since the rules last looked at them."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from importlib import resources
from typing import Any

from django.db.models import Count, Max, Sum

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import RULES, TRACERS
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import Examination
from qingxi_office.readings import rain, sampled
from qingxi_office.readings.models import BillRow, DailyRow, Device, LabRow, VisitRow

LOOK_BACK_DAYS = 400
STALE_DAYS = 7
"""Time alone changes what papers say (a month ends, a season passes): nothing is left unlooked at for longer."""


@cache
def _rules() -> str:
    """Versions of the rules and their thresholds: a new rule looks at everything anew."""
    table = (resources.files("qingxi.standard") / "tables" / "findings.csv").read_bytes()
    said = ",".join(f"{r.code}={r.version}" for r in (*RULES, *TRACERS))
    return hashlib.sha256(table + said.encode()).hexdigest()


def _sums(rows: Any, key: str, *figures: Any) -> dict[Any, tuple[Any, ...]]:
    return {row[0]: row[1:] for row in rows.order_by().values_list(key).annotate(*figures)}


def fingerprints(facilities: Sequence[Facility], pks: Sequence[int], as_of: date) -> dict[int, str]:
    """By facility's row: what its evidence is up to a day, what came into the readings' store with it.

    Seven queries and one question to the store, whatever the number of facilities.
    """
    since = as_of - timedelta(days=LOOK_BACK_DAYS)
    days = _sums(
        DailyRow.objects.filter(day__gte=since, day__lte=as_of),
        "facility_id",
        Count("pk"),
        Max("day"),
        Sum("value"),
        Sum("coverage"),
    )
    bills = _sums(BillRow.objects.filter(month__lte=as_of), "account", Count("pk"), Max("month"), Sum("kwh"))
    labs = _sums(
        LabRow.objects.filter(sampled_on__lte=as_of), "facility_id", Count("pk"), Max("sampled_on"), Sum("value")
    )
    rounds = _sums(
        VisitRow.objects.filter(visited_at__date__lte=as_of),
        "facility_id",
        Count("pk"),
        Max("visited_at"),
        Sum("meter_kwh"),
    )
    heard = _sums(Device.objects.exclude(last_heard_at=None), "facility_id", Max("last_heard_at"))
    came = sampled.arrivals()
    wet = (
        rain.choices(FacilityRecord.objects.filter(key__in=came).select_related("place"), since, as_of)
        if came
        else {}
    )
    mm = rain.sums({c.gauge.key for c in wet.values()}, since, as_of)
    out = {}
    for facility, pk in zip(facilities, pks, strict=True):
        # A device is expected to say something every day: that it did not is news as well.
        today = as_of if facility.evidence is not EvidenceLevel.PAPER else None
        own = (
            facility,
            today,
            days.get(pk),
            bills.get(facility.power_account),
            labs.get(pk),
            rounds.get(pk),
            heard.get(pk),
            came.get(facility.id),
            (choice := wet.get(facility.id)),
            mm.get(choice.gauge.key) if choice is not None else None,
        )
        out[pk] = hashlib.sha256(f"{_rules()}|{own!r}".encode()).hexdigest()
    return out


def due(prints: dict[int, str], as_of: date) -> set[int]:
    """Rows whose evidence is new, or that nobody looked at for a week, or that were looked at as of a later day."""
    held = {row.facility_id: row for row in Examination.objects.all()}
    return {
        pk
        for pk, said in prints.items()
        if (row := held.get(pk)) is None
        or row.evidence != said
        or not row.as_of <= as_of < row.as_of + timedelta(days=STALE_DAYS)
    }
