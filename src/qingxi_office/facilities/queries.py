"""Reading facilities, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.rights import Way, seen_by

OWN = ("owner_unit_id", "operator_unit_id")
FACILITY = Way("facility", own=OWN)


def of_facility(kind: str, field: str = "facility") -> Way:
    """The way of a record that hangs on a facility."""
    return Way(kind, place=f"{field}__place__path", own=tuple(f"{field}__{own}" for own in OWN))


def facilities(user: Any) -> QuerySet[FacilityRecord]:
    """Facilities with village and township; one query."""
    return seen_by(user, FacilityRecord.objects.select_related("place", "place__parent"), FACILITY)
