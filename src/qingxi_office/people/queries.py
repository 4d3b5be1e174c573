"""Reading people."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.people import rights
from qingxi_office.people.models import User

WAY = rights.Way("person", place="scope__path")


def people(user: Any) -> QuerySet[User]:
    """The people whom this person sees."""
    return rights.seen_by(user, User.objects.select_related("unit", "scope"), WAY).order_by("role", "username")


def any_officer() -> bool:
    """Whether anybody can sign in at all; False is an office on its first run."""
    return User.objects.filter(is_active=True).exists()
