"""Reading people."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Duty, Place
from qingxi_office.places.queries import find

WAY = rights.Way("person", place="scope__path")
PLACE = rights.Way("place", place="path")
DUTY = rights.Way("duty")


def people(user: Any) -> QuerySet[User]:
    """The people whom this person sees."""
    return rights.seen_by(user, User.objects.select_related("unit", "scope"), WAY).order_by("role", "username")


def any_officer() -> bool:
    """Whether anybody can sign in at all; False is an office on its first run."""
    return User.objects.filter(is_active=True).exists()


def places(user: Any) -> QuerySet[Place]:
    """Living places of this person's subtree (places stand below people, so their rights are asked here)."""
    return rights.seen_by(user, Place.objects.filter(valid_to=None).select_related("parent"), PLACE)


def find_places(user: Any, text: str, limit: int = 20) -> list[Place]:
    """Living places of this person's subtree by name, former name, pinyin, first letters or code; at most 3 queries."""
    if rights.extent(user, PLACE.kind) is rights.Extent.NOTHING:
        return []
    return find(text, limit, user.scope.path)


def duties(user: Any) -> QuerySet[Duty]:
    """Duties on places of this person's subtree."""
    return rights.seen_by(user, Duty.objects.select_related("unit", "place"), DUTY)
