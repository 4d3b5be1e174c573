"""Reading facilities, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.facilities.models import (
    Discharger,
    FacilityCost,
    FacilityEvent,
    FacilityRecord,
    Outlet,
    SamplingPoint,
    SignCode,
    Snapshot,
    SnapshotPart,
)
from qingxi_office.people.rights import Extent, Way, extent, seen_by

OWN = ("owner_unit_id", "operator_unit_id")
FACILITY = Way("facility", own=OWN)


def of_facility(kind: str, field: str = "facility") -> Way:
    """The way of a record that hangs on a facility."""
    return Way(kind, place=f"{field}__place__path", own=tuple(f"{field}__{own}" for own in OWN))


def facilities(user: Any) -> QuerySet[FacilityRecord]:
    """Facilities with village and township; one query."""
    rows = FacilityRecord.objects.select_related("place", "place__parent")
    return seen_by(user, rows.defer("place__geometry", "place__parent__geometry"), FACILITY)


DISCHARGER = Way("discharger", own=tuple(f"facility__{own}" for own in OWN))
OUTLET = Way("outlet", own=tuple(f"facility__{own}" for own in OWN))


def dischargers(user: Any) -> QuerySet[Discharger]:
    """Non-domestic dischargers with village, township and the facility they drain to; one query."""
    return seen_by(user, Discharger.objects.select_related("place", "place__parent", "facility"), DISCHARGER)


def outlets(user: Any) -> QuerySet[Outlet]:
    """Outlets into waters; one query."""
    return seen_by(user, Outlet.objects.select_related("place", "place__parent", "facility"), OUTLET)


def sampling_points(user: Any) -> QuerySet[SamplingPoint]:
    """Sampling points; one query."""
    return seen_by(
        user, SamplingPoint.objects.select_related("place", "place__parent", "facility", "outlet"), OUTLET
    )


def events(user: Any) -> QuerySet[FacilityEvent]:
    """What happened to facilities."""
    return seen_by(user, FacilityEvent.objects.select_related("facility"), of_facility("facility"))


def costs(user: Any) -> QuerySet[FacilityCost]:
    """What facilities cost by year."""
    return seen_by(user, FacilityCost.objects.all(), of_facility("facility"))


def codes(user: Any) -> QuerySet[SignCode]:
    """Codes that stand or stood on signs."""
    return seen_by(user, SignCode.objects.all(), of_facility("facility"))


def snapshots(user: Any) -> QuerySet[Snapshot]:
    """Frozen registers, for whoever may see any part of them."""
    rows = Snapshot.objects.all()
    return rows.none() if extent(user, "snapshot") is Extent.NOTHING else rows


def parts(user: Any, snapshot: Snapshot) -> QuerySet[SnapshotPart]:
    """Parts of a frozen register in this person's subtree; those of households as households are seen."""
    rows = SnapshotPart.objects.filter(snapshot=snapshot).select_related("place", "place__parent").defer("rows")
    return seen_by(user, rows.exclude(kind="household"), Way("snapshot")) | seen_by(
        user, rows.filter(kind="household"), Way("household")
    )
