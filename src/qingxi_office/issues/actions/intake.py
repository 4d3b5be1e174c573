"""The ledger as the county kept it before."""

from collections.abc import Mapping, Sequence
from typing import Any

from qingxi.origin import Ref
from qingxi_office.issues.models import IssueRecord, IssueStep
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail


def take_in_ledger(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put the ledger in as the county kept it, by number; a problem that has moved here since is left as it is."""
    rights.check(by, "load")
    moved = set(IssueStep.objects.values_list("issue__key", flat=True))
    return trail.take_in(
        IssueRecord, [{**row, "kept_elsewhere": True} for row in rows if row["key"] not in moved],
        action="issues.taken_in", subject=Ref("issue", "ledger"), by=by,
    )  # fmt: skip
