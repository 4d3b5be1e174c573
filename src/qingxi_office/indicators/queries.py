"""Reading figures, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.indicators.models import FigureRecord
from qingxi_office.people.rights import Way, seen_by

FIGURE = Way("figure")


def figures(user: Any) -> QuerySet[FigureRecord]:
    return seen_by(user, FigureRecord.objects.select_related("place"), FIGURE)


def latest(user: Any, definition: str, place_id: int) -> FigureRecord | None:
    """The newest figure of a definition for a place."""
    return figures(user).filter(definition=definition, place_id=place_id).order_by("-as_of", "-id").first()
