"""Every change to projects."""

from collections.abc import Mapping, Sequence
from typing import Any

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.programmes.models import LotRow
from qingxi_office.projects.models import ProjectRecord
from qingxi_office.trail import actions as trail


def take_in_projects(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put projects in by key."""
    rights.check(by, "load")
    return trail.take_in(ProjectRecord, rows, action="projects.taken_in", subject=Ref("project", "all"), by=by)


def open_projects(year: int, *, by: trail.Doer) -> int:
    """Open a project for each lot of a year that has none; gives how many."""
    rights.check(by, "load")
    lots = LotRow.objects.filter(year=year, projects=None).select_related("place")
    rows = [
        {
            "key": f"XM-{year}-{n:03d}", "name": lot.name, "lot_id": lot.pk, "place_id": lot.place_id, "stage": "谋划",
            "total_fen": lot.cost_fen, "year": year, "because": [f"lot:{lot.key}"],
        }
        for n, lot in enumerate(lots.order_by("key"), start=ProjectRecord.objects.filter(year=year).count() + 1)
    ]  # fmt: skip
    return take_in_projects(rows, by=by).new
