"""What every page knows: the county, and the day it is played on."""

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from qingxi_office.places import queries as places
from qingxi_office.trail import clock


def office(request: object) -> dict[str, object]:
    """``county`` (costs one query when a template reads it), ``today``, ``practice_day``, ``is_demo``."""
    return {
        "county": SimpleLazyObject(places.county),
        "today": clock.today(),
        "practice_day": clock.practice_day(),
        "is_demo": settings.QINGXI_DEMO,
    }
