"""Reading the register, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.people.rights import Extent, Way, covers, extent, seen_by
from qingxi_office.places.queries import county
from qingxi_office.villages.models import HamletRecord, HouseholdRecord, HouseTally, ScopeLine, VillageRecord

VILLAGE = Way("village")
HAMLET = Way("hamlet")
HOUSEHOLD = Way("household", place="hamlet__place__path")


def villages(user: Any) -> QuerySet[VillageRecord]:
    """Living administrative villages with place and township; one query."""
    rows = VillageRecord.objects.filter(place__valid_to=None).select_related("place", "place__parent")
    return seen_by(user, rows, VILLAGE)


def hamlets(user: Any) -> QuerySet[HamletRecord]:
    """Natural villages with their place."""
    return seen_by(user, HamletRecord.objects.select_related("place"), HAMLET)


def households(user: Any) -> QuerySet[HouseholdRecord]:
    """Households: only for those whose role reaches personal data.

    Who answers for the whole county needs no sieve: all its households lie in it, and joining 200,000 of them to their
    places to find that out takes longer than the page.
    """
    rows = HouseholdRecord.objects.select_related("hamlet")
    own = county()
    if own is not None and extent(user, "household") is Extent.SUBTREE and covers(user, own.place.path):
        return rows
    return seen_by(user, rows, HOUSEHOLD)


def tallies(user: Any) -> QuerySet[HouseTally]:
    """What households add up to, by natural village: seen as households are."""
    return seen_by(user, HouseTally.objects.all(), HOUSEHOLD)


def scope_lines(user: Any) -> QuerySet[ScopeLine]:
    """The signed denominator list."""
    return seen_by(user, ScopeLine.objects.select_related("place"), VILLAGE)
