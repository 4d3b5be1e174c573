"""The books that the API opens: each with its rule, its rows (rights first, through the same queries as the pages), its
key, its filters and its shape.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet
from ninja import Schema

from qingxi_office.jobs import queries as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.site.api import shapes
from qingxi_office.site.pages import seen


@dataclass(frozen=True)
class Book:
    """``sees`` is the kind of ``people.rights``; ``key`` the field that names a row, ``order`` the one lists go by."""

    name: str
    sees: str
    rows: Callable[[Any], QuerySet[Any]]
    key: str
    shape: type[Schema]
    tell: Callable[[Any], dict[str, Any]]
    order: str = ""
    filters: dict[str, str] = field(default_factory=dict)  # what may be asked for, and its field
    number: bool = False  # the order's field is a number

    @property
    def by(self) -> str:
        return self.order or self.key


def _jobs(user: Any) -> QuerySet[Job]:
    return jobs.jobs() if seen.may_see(user, "job") else Job.objects.none()


def _simple(shape: type[Schema], **also: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    """The row's own fields by the names of the shape, and some that are told otherwise."""
    names = list(shape.model_fields)

    def tell(row: Any) -> dict[str, Any]:
        return {name: also[name](row) if name in also else getattr(row, name) for name in names}

    return tell


BOOKS: tuple[Book, ...] = (
    Book(
        "places", "place", seen.places, "code", shapes.PlaceOut,
        _simple(shapes.PlaceOut, parent=lambda r: r.parent.code if r.parent else None),
        filters={"level": "level", "parent": "parent__code"},
    ),
    Book(
        "villages", "village", seen.villages, "place__code", shapes.VillageOut,
        _simple(
            shapes.VillageOut, code=lambda r: r.place.code, name=lambda r: r.place.name,
            township=lambda r: r.place.parent.name if r.place.parent else None,
        ),
        filters={"state": "state", "township": "place__parent__code"},
    ),
    Book(
        "facilities", "facility", seen.facilities, "key", shapes.FacilityOut,
        _simple(shapes.FacilityOut, village=lambda r: r.place.code),
        filters={"status": "status", "village": "place__code"},
    ),
    Book(
        "issues", "issue", seen.issues, "key", shapes.IssueOut,
        _simple(
            shapes.IssueOut, place=lambda r: r.place.code, facility=lambda r: r.facility.key if r.facility else None,
            rectifier=lambda r: r.rectifier.name if r.rectifier else None,
        ),
        filters={"state": "state", "klass": "klass", "place": "place__code", "facility": "facility__key"},
    ),
    Book(
        "figures", "figure", seen.figures, "pk", shapes.FigureOut, _simple(shapes.FigureOut, place=lambda r: r.place.code),
        filters={"definition": "definition", "place": "place__code"}, number=True,
    ),
    Book("plans", "plan", seen.plan_versions, "key", shapes.PlanOut, _simple(shapes.PlanOut), order="number", number=True),
    Book(
        "jobs", "job", _jobs, "pk", shapes.JobOut, _simple(shapes.JobOut, faults=lambda r: r.fault_count),
        filters={"state": "state", "kind": "kind"}, number=True,
    ),
)  # fmt: skip
