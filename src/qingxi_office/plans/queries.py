"""Reading plans, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.asking import ask_one
from qingxi_office.people.rights import Way, covers, seen_by
from qingxi_office.places.queries import county
from qingxi_office.plans.models import HamletOption, PlanOverride, PlanRecord, SystemRow, VillageMoney

VERSION = Way("plan", place="")
PLAN = Way("plan", state="plan__")  # a part of a version
OVERRIDE = Way("plan", state=None)


def current(user: Any) -> PlanRecord | None:
    """The plan in force, for whoever may see plans at all."""
    return ask_one(user, lambda u, _at: versions(u).filter(is_current=True)[:1])


def versions(user: Any) -> QuerySet[PlanRecord]:
    """Every version, newest first; a draft is seen by the county only."""
    return seen_by(user, PlanRecord.objects.order_by("-number"), VERSION)


def version(user: Any, key: str) -> PlanRecord | None:
    """One version by its key; the one in force for an empty key, else the newest draft."""
    if key:
        return ask_one(user, lambda u, at: versions(u).filter(key=at.key)[:1], key=key)
    return ask_one(user, lambda u, _at: versions(u).order_by("-is_current", "-number")[:1])


def systems(user: Any, plan: PlanRecord | int | None = None) -> QuerySet[SystemRow]:
    """Systems of a version (the one in force when none is named)."""
    rows = SystemRow.objects.filter(plan=plan) if plan else SystemRow.objects.filter(plan__is_current=True)
    return seen_by(user, rows.select_related("place"), PLAN)


def options(user: Any, plan: PlanRecord | int | None = None) -> QuerySet[HamletOption]:
    """Mode comparison of each natural village in a version (the one in force when none is named)."""
    rows = HamletOption.objects.filter(plan=plan) if plan else HamletOption.objects.filter(plan__is_current=True)
    return seen_by(user, rows.select_related("place"), PLAN)


def moneys(user: Any, plan: PlanRecord | None = None) -> QuerySet[VillageMoney]:
    """Who could pay, by village, in a version (the one in force when none is named)."""
    rows = VillageMoney.objects.filter(plan=plan) if plan else VillageMoney.objects.filter(plan__is_current=True)
    return seen_by(user, rows.select_related("place"), PLAN)


def overrides(user: Any) -> QuerySet[PlanOverride]:
    """Overrides on places that this person sees, newest first."""
    return seen_by(user, PlanOverride.objects.select_related("place"), OVERRIDE)


def sees_whole_plan(user: Any) -> bool:
    """Whether this person's subtree is the whole county and their role reaches households: files show every house."""
    own = county()
    return own is not None and covers(user, own.place.path, "plan", "household")
