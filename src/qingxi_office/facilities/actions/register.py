"""Every change to facilities."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord, SignCode
from qingxi_office.intake.code import public_code
from qingxi_office.people import rights
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


@transaction.atomic
def take_in_facilities(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer, because: str = "") -> trail.TakenIn:
    """Put facilities in by key; each gets its public code. Gives ids by key."""
    rights.check(by, "load")
    made_by: dict[str, list[str]] = {}
    codes: dict[str, str] = {}  # a code given anew after a sign was stolen stays
    for key, refs, code in FacilityRecord.objects.values_list("key", "because", "public_code"):
        made_by[key], codes[key] = [ref for ref in refs if ref.startswith("project:")], code
    taken = trail.take_in(
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
    _first_signs(by)
    return taken


def _first_signs(by: trail.Doer) -> None:
    """Every facility has a code that stands on its sign; the first is the one it got with its row."""
    today = clock.today()
    bare = FacilityRecord.objects.exclude(pk__in=SignCode.objects.filter(revoked_on=None).values("facility_id"))
    SignCode.objects.bulk_create(
        [
            SignCode(facility_id=pk, code=code, issued_on=day or today, by_name=str(by))
            for pk, code, day in bare.values_list("pk", "public_code", "commissioned")
        ],
        batch_size=500,
    )


@transaction.atomic
def note_made_by(facility: FacilityRecord, maker: Ref, *, by: trail.Doer) -> None:
    """The facility was made by something (its project): from here on it walks back to it."""
    if str(maker) in facility.because:
        return
    before, facility.because = facility.because, [str(maker), *facility.because]
    facility.save(update_fields=["because"])
    trail.record("facility.made_by", Ref("facility", facility.key), by=by, before=before, after=facility.because)
