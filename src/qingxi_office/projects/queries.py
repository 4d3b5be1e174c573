"""Reading projects, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.people.rights import Way, seen_by
from qingxi_office.projects.models import ProjectRecord

PROJECT = Way("project")


def projects(user: Any) -> QuerySet[ProjectRecord]:
    return seen_by(user, ProjectRecord.objects.select_related("place", "place__parent", "lot"), PROJECT)
