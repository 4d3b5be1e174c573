"""Reading people."""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from qingxi.place import Answer, Gap
from qingxi_office.people import rights
from qingxi_office.people.models import SignInLink, User
from qingxi_office.places import queries as tree
from qingxi_office.places.models import Duty, Place, Unit
from qingxi_office.places.queries import find
from qingxi_office.trail import clock

WAY = rights.Way("person", place="scope__path")
PLACE = rights.Way("place", place="path")
DUTY = rights.Way("duty")
UNIT = rights.Way("unit")


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
    found: dict[int, Place] = {}
    for path in rights.scopes(user, PLACE.kind):
        found |= {place.pk: place for place in find(text, limit, path)}
    return list(found.values())[:limit]


def duties(user: Any) -> QuerySet[Duty]:
    """Duties on places of this person's subtree."""
    return rights.seen_by(user, Duty.objects.select_related("unit", "place"), DUTY)


def every_place(user: Any) -> QuerySet[Place]:
    """Places of this person's subtree, ended ones too: these lie below the places that took them over."""
    return rights.seen_by(user, Place.objects.select_related("parent"), PLACE)


def units(user: Any) -> QuerySet[Unit]:
    """Units whose place lies in this person's subtree, ended ones too."""
    return rights.seen_by(user, Unit.objects.select_related("place", "parent", "successor"), UNIT)


def in_charge(
    place: Place, *, ref: str = "", units: Iterable[str] = (), on: date | None = None
) -> tuple[Answer, ...]:
    """Who answers for a place, or for the thing ``ref`` (``"facility:QX-083"``) in it that ``units`` run, own or mend.

    Whoever sees a record may know who answers for it, up to the county: the record's own right is asked before. Two queries.
    """
    today = clock.today()
    return tree.in_charge(place, on or today, today=today, ref=ref, units=units)


def gaps(user: Any, on: date | None = None) -> list[tuple[Place, Gap]]:
    """Posts in this person's subtree in which nobody answers, each with its place: two queries a subtree.

    ``len`` of it is the number for a home page; ``gap.kind`` says why.
    """
    if rights.extent(user, DUTY.kind) is rights.Extent.NOTHING:
        return []
    return [row for path in rights.scopes(user, DUTY.kind) for row in tree.gaps(path, on or clock.today())]


def posts_of(person: User, on: date) -> QuerySet[Duty]:
    """Posts in force that carry a person's name, in their unit or with their number, within their places."""
    if person.scope is None:
        return Duty.objects.none()
    same = Q(pk__in=())
    if person.unit_id:
        same |= Q(unit_id=person.unit_id)
    if person.phone:
        same |= Q(phone=person.phone)
    now = (Q(valid_from=None) | Q(valid_from__lte=on)) & (Q(valid_to=None) | Q(valid_to__gt=on))
    here = tree.under(person.scope.path, "place__path")
    return Duty.objects.filter(same, now, here, person=person.name).select_related("place", "unit")


def link_of(token: str) -> SignInLink | None:
    """The link with this secret part while it can still be used; None for any other."""
    hashed = hashlib.sha256(token.encode()).hexdigest()
    link = SignInLink.objects.select_related("person").filter(token_hash=hashed, used_at=None, void=False).first()
    return link if link and link.person.is_active and link.expires_at > clock.real_now() else None
