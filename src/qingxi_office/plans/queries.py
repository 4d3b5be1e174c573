"""Reading plans, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.people.rights import Extent as _Extent
from qingxi_office.people.rights import Way, extent, seen_by
from qingxi_office.plans.models import HamletOption, PlanRecord, SystemRow

PLAN = Way("plan")


def current(user: Any) -> PlanRecord | None:
    """The plan in force, for whoever may see plans at all."""
    return None if extent(user, "plan") is _Extent.NOTHING else PlanRecord.objects.filter(is_current=True).first()


def systems(user: Any) -> QuerySet[SystemRow]:
    """Systems of the plan in force."""
    return seen_by(user, SystemRow.objects.filter(plan__is_current=True).select_related("place"), PLAN)


def options(user: Any) -> QuerySet[HamletOption]:
    """Mode comparison of each natural village in the plan in force."""
    return seen_by(user, HamletOption.objects.filter(plan__is_current=True).select_related("place"), PLAN)
