"""Reading figures, rights first."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from qingxi.indicator import Reported
from qingxi_office.indicators.models import FigureRecord, FigureTarget, ReportedFigure, SeatNote
from qingxi_office.people.rights import Way, seen_by

FIGURE = Way("figure")


def figures(user: Any) -> QuerySet[FigureRecord]:
    return seen_by(user, FigureRecord.objects.select_related("place"), FIGURE)


def latest(user: Any, definition: str, place_id: int) -> FigureRecord | None:
    """The newest figure of a definition for a place."""
    return figures(user).filter(definition=definition, place_id=place_id).order_by("-as_of", "-id").first()


def reported(user: Any) -> QuerySet[ReportedFigure]:
    """Figures of others that stand; those that a correction replaced are reached from it."""
    return seen_by(user, ReportedFigure.objects.filter(replaced_by=None).select_related("place"), FIGURE)


def reported_every(user: Any) -> QuerySet[ReportedFigure]:
    """Also those that were replaced."""
    return seen_by(user, ReportedFigure.objects.select_related("place", "replaces", "replaced_by"), FIGURE)


def targets(user: Any) -> QuerySet[FigureTarget]:
    """What task letters ask."""
    return seen_by(user, FigureTarget.objects.select_related("place"), FIGURE)


def as_reported(row: ReportedFigure) -> Reported:
    """A row as the library speaks of it."""
    return Reported(
        row.key, row.name, row.place_name, row.value.quantize(Decimal(1).scaleb(-row.decimals)), row.bound, row.unit,
        row.unit_counted, row.part, row.n, row.measurer, row.issuer, row.document, row.number, row.as_of, row.issued_on,
        row.period, row.definition, row.quote, row.note, row.assumed,
    )  # fmt: skip


def seats(user: Any) -> QuerySet[SeatNote]:
    """What was found about township seats."""
    return seen_by(user, SeatNote.objects.select_related("place").defer("place__geometry"), FIGURE)
