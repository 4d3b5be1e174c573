"""The ledger as the county kept it before."""

from collections.abc import Mapping, Sequence
from typing import Any

from qingxi.issue import IssueClass, Level, issuing_level
from qingxi.origin import Ref
from qingxi_office.issues.law import party
from qingxi_office.issues.models import IssueRecord, IssueStep
from qingxi_office.people import rights
from qingxi_office.places.models import Unit
from qingxi_office.trail import actions as trail


def take_in_ledger(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put the ledger in as the county kept it, by number; a problem that has moved here since is left as it is."""
    rights.check(by, "load")
    moved = set(IssueStep.objects.values_list("issue__key", flat=True))
    units = {unit.pk: party(unit) for unit in Unit.objects.all()}

    def level(row: Mapping[str, Any]) -> str:
        lead, rectifier = units.get(row.get("lead_id")), units.get(row.get("rectifier_id"))
        klass = IssueClass(row["klass"])
        if klass is IssueClass.SUPERVISED:
            return (
                Level.COUNTY.value
            )  # who issued it is not in the county's table; closing asks for the city all the same
        return issuing_level(klass, lead=lead, rectifier=rectifier, raiser=None).value

    return trail.take_in(
        IssueRecord,
        [{**row, "level": level(row), "kept_elsewhere": True} for row in rows if row["key"] not in moved],
        action="issues.taken_in", subject=Ref("issue", "ledger"), by=by,
    )  # fmt: skip
