"""Reading findings, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.facilities.queries import of_facility
from qingxi_office.findings.models import FindingRecord, Undecided
from qingxi_office.people.rights import seen_by

FINDING = of_facility("finding")


def findings(user: Any) -> QuerySet[FindingRecord]:
    """Findings with facility, village and township; one query."""
    rows = FindingRecord.objects.select_related("facility", "facility__place", "facility__place__parent")
    rows = rows.defer("facility__place__geometry", "facility__place__parent__geometry")
    return seen_by(user, rows, FINDING)


def undecided(user: Any) -> QuerySet[Undecided]:
    """What no rule could tell, and why."""
    return seen_by(user, Undecided.objects.select_related("facility"), FINDING)
