"""Reading what was recorded, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.coordination.models import SixRecord, StepRecord, WaterSample
from qingxi_office.facilities.queries import OWN
from qingxi_office.people.rights import Way, seen_by

SIX = Way("village")
STEP = Way("figure")
WATER = Way("outlet", place="point__place__path", own=tuple(f"point__facility__{own}" for own in OWN))


def six(user: Any) -> QuerySet[SixRecord]:
    """Answers of the villages that this person sees."""
    return seen_by(user, SixRecord.objects.select_related("place", "place__parent"), SIX)


def steps(user: Any) -> QuerySet[StepRecord]:
    """Parts recorded by hand."""
    return seen_by(user, StepRecord.objects.select_related("place", "unit"), STEP)


def water_samples(user: Any) -> QuerySet[WaterSample]:
    """Values of the receiving water."""
    return seen_by(user, WaterSample.objects.select_related("point", "point__place"), WATER)
