"""Every change to facilities."""

from collections.abc import Mapping, Sequence
from typing import Any

from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake.code import public_code
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail


def take_in_facilities(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer, because: str = "") -> trail.TakenIn:
    """Put facilities in by key; each gets its public code. Gives ids by key."""
    rights.check(by, "load")
    return trail.take_in(
        FacilityRecord,
        [{**row, "public_code": public_code(row["key"])} for row in rows],
        action="facilities.taken_in",
        subject=Ref("facility", "register"),
        by=by,
        because=because,
    )
