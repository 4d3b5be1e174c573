"""Every change to facilities."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake.code import public_code
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail


def take_in_facilities(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer, because: str = "") -> trail.TakenIn:
    """Put facilities in by key; each gets its public code. Gives ids by key."""
    rights.check(by, "load")
    made_by: dict[str, list[str]] = {}
    codes: dict[str, str] = {}  # a code given anew after a sign was stolen stays
    for key, refs, code in FacilityRecord.objects.values_list("key", "because", "public_code"):
        made_by[key], codes[key] = [ref for ref in refs if ref.startswith("project:")], code
    return trail.take_in(
        FacilityRecord,
        [
            {
                **row,
                "public_code": codes.get(row["key"]) or public_code(row["key"]),
                # The register knows nothing of projects: what it says must not forget them.
                "because": [*made_by.get(row["key"], []), *row.get("because", [])],
            }
            for row in rows
        ],
        action="facilities.taken_in",
        subject=Ref("facility", "register"),
        by=by,
        because=because,
    )


@transaction.atomic
def note_made_by(facility: FacilityRecord, maker: Ref, *, by: trail.Doer) -> None:
    """The facility was made by something (its project): from here on it walks back to it."""
    if str(maker) in facility.because:
        return
    before, facility.because = facility.because, [str(maker), *facility.because]
    facility.save(update_fields=["because"])
    trail.record("facility.made_by", Ref("facility", facility.key), by=by, before=before, after=facility.because)
