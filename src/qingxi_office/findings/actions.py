"""Every change to findings: examining, and an officer's decision."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import CannotTell, Finding, bundle, examine
from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord, Undecided
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.readings import queries as readings
from qingxi_office.readings.models import Device
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts

_WEIGHT = {"较高": 3.0, "一般": 2.0, "低": 1.0}


@dataclass(frozen=True, slots=True)
class Examined:
    """What an examination found."""

    facilities: int
    findings: int
    new: int
    undecided: int


def as_facility(row: FacilityRecord) -> Facility:
    """The record as the library speaks of it."""
    return Facility(
        id=row.key, name=row.name, village=row.place.code if row.place.level == "village" else "",
        township=row.place.parent.name if row.place.parent else "", process=row.process, design_m3_d=row.design_m3_d,
        lon=row.lon, lat=row.lat, commissioned=row.commissioned, owner=row.owner, operator=row.operator,
        discharge_class=row.discharge_class, power_account=row.power_account, status=row.status,
        households_connected=row.households_connected, evidence=EvidenceLevel(row.evidence),
    )  # fmt: skip


def examine_all(*, by: trail.Doer, as_of: date) -> Examined:
    """Put every rule to every facility with all evidence in the books, and keep what comes out.

    A finding that an officer has decided on stays as it was decided; one that is no longer found is marked so.
    Reads each book of evidence once, whatever the number of facilities.
    """
    rights.check(by, "examine")
    rows = list(FacilityRecord.objects.select_related("place", "place__parent"))
    facilities = [as_facility(row) for row in rows]
    evidence = bundle(
        [(f.id, f.power_account) for f in facilities],
        series=readings.all_series(),
        bills=readings.all_bills(),
        labs=readings.all_labs(),
        visits=readings.all_visits(),
        heard=dict(Device.objects.exclude(last_heard_at=None).values_list("facility__key", "last_heard_at")),
    )
    answers = [answer for f in facilities for answer in examine(f, evidence[f.id], as_of)]
    return keep(answers, {row.key: row.pk for row in rows}, by=by, as_of=as_of)


@transaction.atomic
def keep(
    answers: Iterable[Finding | CannotTell], facility_ids: dict[str, int], *, by: trail.Doer, as_of: date
) -> Examined:
    """Keep the answers of one examination of all facilities."""
    rights.check(by, "examine")
    answers = list(answers)
    found = [a for a in answers if isinstance(a, Finding)]
    cannot = [a for a in answers if isinstance(a, CannotTell)]
    first_found = dict(
        FindingRecord.objects.values_list("key", "found_on")
    )  # a later round does not make it younger
    taken = trail.take_in(
        FindingRecord,
        [
            {
                "key": f.id, "facility_id": facility_ids[f.facility], "rule": f.rule, "rule_name": f.name,
                "version": f.version, "period_from": f.start, "period_to": f.end, "confidence": f.confidence.value,
                "statement": f.said, "evidence": [_piece(p) for p in f.evidence],
                "counter_evidence": [_piece(p) for p in f.counter],
                "overturn": f.overturned_by + (f" {f.remark}" if f.remark else ""), "use": f.use.value,
                "severity": _WEIGHT.get(f.confidence.value, 0.0), "found_on": min(first_found.get(f.id, as_of), as_of), "is_current": True,
                "because": texts(f.because),
            }
            for f in found
        ],
        action="findings.taken_in", subject=Ref("finding", "all"), by=by,
    )  # fmt: skip
    FindingRecord.objects.filter(is_current=True).exclude(key__in=[f.id for f in found]).update(is_current=False)
    Undecided.objects.all().delete()
    Undecided.objects.bulk_create(
        Undecided(facility_id=facility_ids[c.facility], rule=c.rule, rule_name=c.name, reason=c.reason, as_of=as_of)
        for c in {(c.facility, c.rule): c for c in cannot}.values()
    )
    return Examined(len(facility_ids), len(found), taken.new, len(cannot))


def _piece(piece: Any) -> dict[str, Any]:
    return {"source": piece.source, "text": piece.said, "n": piece.n, "refs": texts(piece.refs)}


@transaction.atomic
def decide(row: FindingRecord, confirmed: bool, *, by: User, reason: str) -> FindingRecord:
    """A named officer says whether a finding holds. It is a clue until then; no rule opens a problem by itself."""
    rights.check(by, "decide_finding", path=row.facility.place.path)
    if row.state != FindingRecord.State.PROPOSED:
        raise ValueError(f"这条发现已由{row.decided_by}处理过")
    if not confirmed and not reason.strip():
        raise ValueError("认定不成立须写明理由")
    row.state = FindingRecord.State.CONFIRMED if confirmed else FindingRecord.State.REJECTED
    row.decided_by, row.decided_at, row.decision_reason = by, clock.now(), reason
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])
    trail.record(
        "finding.decided", Ref("finding", row.key), by=by, because=reason, before="proposed", after=row.state
    )
    return row
