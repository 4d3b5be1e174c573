"""Every change to projects."""

from collections.abc import Mapping, Sequence
from typing import Any

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.trail import actions as trail


def take_in_projects(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put projects in by key."""
    rights.check(by, "load")
    return trail.take_in(ProjectRecord, rows, action="projects.taken_in", subject=Ref("project", "all"), by=by)
