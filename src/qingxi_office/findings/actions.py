"""Every change to findings: examining, and an officer's decision."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import CannotTell, Evidence, Finding, Held, bundle, examine, join, trace
from qingxi.finding.thresholds import threshold
from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings import newly
from qingxi_office.findings.gauge import with_gauge
from qingxi_office.findings.known import events
from qingxi_office.findings.level import Level, as_seen, level_of
from qingxi_office.findings.merged import merged
from qingxi_office.findings.models import Examination, FindingRecord, Undecided
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.readings import queries as readings
from qingxi_office.readings import rain, sampled
from qingxi_office.readings.models import Device
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts

_PAPERS_LAG_DAYS = 100
"""A bill comes a month late and a sheet a season: what papers said until then still stands."""
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


def examine_all(*, by: trail.Doer, as_of: date, everything: bool = False) -> Examined:
    """Put every rule to every facility whose evidence is new, and keep what comes out.

    A finding that an officer has decided on stays as it was decided; one that is no longer found is closed. Reads each
    book of evidence once, whatever the number of facilities. ``everything``: also those that have nothing new.
    """
    rights.check(by, "examine")
    rows = list(FacilityRecord.objects.select_related("place", "place__parent"))
    every = [as_facility(row) for row in rows]
    prints = newly.fingerprints(every, [row.pk for row in rows], as_of)
    which = set(prints) if everything else newly.due(prints, as_of)
    chosen = [(row, f) for row, f in zip(rows, every, strict=True) if row.pk in which]
    facilities = [f for _, f in chosen]
    keys, accounts = _only(facilities, len(every))
    evidence = bundle(
        [(f.id, f.power_account) for f in facilities],
        series=readings.all_series(keys),
        bills=readings.all_bills(accounts),
        labs=readings.all_labs(keys),
        visits=readings.all_visits(keys),
        heard=dict(Device.objects.exclude(last_heard_at=None).values_list("facility__key", "last_heard_at")),
        events=events(keys, as_of),
    )
    fallen = rain.rain_of([row for row, _ in chosen], as_of - timedelta(days=newly.LOOK_BACK_DAYS), as_of)
    levels, answers = _put(facilities, evidence, as_of, fallen)
    answers = [with_gauge(answer, fallen) for answer in answers]
    pks = {row.key: row.pk for row, _ in chosen}
    done = keep(answers, pks, by=by, as_of=as_of, levels=levels)
    _looked(prints, {pks[key]: level for key, level in levels.items()}, as_of)
    return done


def _put(
    facilities: list[Facility], evidence: dict[str, Evidence], as_of: date, fallen: rain.RainOf
) -> tuple[dict[str, Level], list[Finding | CannotTell]]:
    """Every rule to every facility; what devices said within the day is read a few dozen facilities at a time."""
    by_key = {f.id: f for f in facilities}
    levels: dict[str, Level] = {}
    answers: list[Finding | CannotTell] = []
    first = as_of - timedelta(days=int(threshold("look.days")) - 1)

    def look(key: str, known: Evidence) -> None:
        levels[key] = level_of(by_key[key], known.samples)
        if (own := fallen.series.get(key)) is not None:
            known = replace(known, rain=replace(own[0], facility=key), rain_samples=own[1])
        answers.extend(_answers(as_seen(by_key[key], levels[key]), known, as_of))

    for key, said in sampled.said([f.id for f in facilities], first, as_of):
        known = evidence[key]
        clock = {} if said.clock is None else {"clock_offset": said.clock}
        look(key, replace(known, samples=said.samples, series={**known.series, **clock}))
    for facility in facilities:
        if facility.id not in levels:
            look(facility.id, evidence[facility.id])
    return levels, answers


def _only(facilities: list[Facility], of: int) -> tuple[list[str] | None, list[str] | None]:
    """Keys and accounts to read; None where most are read anyway, for a long list of keys is slower than all."""
    if 4 * len(facilities) > of or len(facilities) > 500:
        return None, None
    return [f.id for f in facilities], [f.power_account for f in facilities if f.power_account]


def _answers(facility: Facility, evidence: Evidence, as_of: date) -> list[Finding | CannotTell]:
    """The rules' answers; at a facility known by papers only, the intervals by the month before the rules of the day."""
    answers = examine(facility, evidence, as_of)
    if facility.evidence is not EvidenceLevel.PAPER or facility.status in ("joined", "scrapped"):
        return answers
    traced = trace(facility, evidence, as_of - timedelta(days=newly.LOOK_BACK_DAYS), as_of)
    lately = [f for f in traced if f.end >= as_of - timedelta(days=_PAPERS_LAG_DAYS)]
    kinds = {f.kind for f in lately}
    return [*lately, *(a for a in answers if not (isinstance(a, Finding) and a.kind in kinds))]


@transaction.atomic
def keep(
    answers: Iterable[Finding | CannotTell], facility_ids: dict[str, int], *, by: trail.Doer, as_of: date,
    levels: Mapping[str, Level] | None = None,
) -> Examined:  # fmt: skip
    """Keep the answers of an examination of these facilities; findings of other facilities are left alone.

    ``levels``: by facility, with what the rules looked. A finding joins the one it continues (:func:`qingxi.finding.join`): same key, longer. What is no longer found closes.
    """
    rights.check(by, "examine")
    answers = list(answers)
    cannot = [a for a in answers if isinstance(a, CannotTell)]
    pks = list(facility_ids.values())
    known: dict[int, list[FindingRecord]] = defaultdict(list)
    for at in range(0, len(pks), 500):
        for row in FindingRecord.objects.filter(facility_id__in=pks[at : at + 500]):
            known[row.facility_id].append(row)
    fresh: dict[str, list[Finding]] = defaultdict(list)
    for answer in answers:
        if isinstance(answer, Finding):
            fresh[answer.facility].append(answer)
    kept: list[tuple[Finding, str, date]] = []
    closed: list[FindingRecord] = []
    for key, pk in facility_ids.items():
        own = {(row.rule, row.opened or row.period_from): row for row in known[pk]}
        held = [
            Held(row.rule, row.opened or row.period_from, row.period_from, row.period_to, row.closed_on is not None)
            for row in own.values()
        ]
        going_on = set()
        for finding, _ in join(held, merged(fresh[key]), as_of):
            row = own.get((finding.rule, finding.opened or finding.start))
            name = row.key if row is not None else finding.id
            kept.append((finding, name, min(row.found_on, as_of) if row is not None else as_of))
            going_on.add(name)
        closed += [row for row in known[pk] if row.is_current and row.key not in going_on]
    taken = trail.take_in(
        FindingRecord,
        [
            {
                "key": name, "facility_id": facility_ids[f.facility], "rule": f.rule, "rule_name": f.name, "kind": f.kind,
                "version": f.version, "period_from": f.start, "period_to": f.end, "confidence": f.confidence.value,
                "statement": f.said, "evidence": [_piece(p) for p in f.evidence],
                "counter_evidence": [_piece(p) for p in f.counter],
                "overturn": f.overturned_by + (f" {f.remark}" if f.remark else ""), "use": f.use.value,
                "severity": _WEIGHT.get(f.confidence.value, 0.0), "found_on": found_on, "is_current": True,
                "opened": f.opened or f.start, "closed_on": None, "numbers": [_number(n) for n in f.numbers],
                "shown": [_stretch(s) for s in f.shown], "because": texts(f.because),
                "level": (levels or {}).get(f.facility, ""),
            }
            for f, name, found_on in kept
        ],
        action="findings.taken_in", subject=Ref("finding", "all"), by=by,
    )  # fmt: skip
    for row in closed:
        row.is_current, row.closed_on = False, min(row.period_to, as_of)
    FindingRecord.objects.bulk_update(closed, ["is_current", "closed_on"], batch_size=500)
    for at in range(0, len(pks), 500):
        Undecided.objects.filter(facility_id__in=pks[at : at + 500]).delete()
    Undecided.objects.bulk_create(
        Undecided(facility_id=facility_ids[c.facility], rule=c.rule, rule_name=c.name, reason=c.reason, as_of=as_of)
        for c in {(c.facility, c.rule): c for c in cannot}.values()
    )
    return Examined(len(facility_ids), len(kept), taken.new, len(cannot))


def _number(number: Any) -> dict[str, Any]:
    return {"name": number.name, "value": number.value, "unit": number.unit, "low": number.low, "high": number.high}


def _stretch(stretch: Any) -> dict[str, Any]:
    return {
        "ref": str(stretch.ref), "quantity": stretch.quantity, "from": stretch.start.isoformat(), "to": stretch.end.isoformat(),
        "line": stretch.line, "words": stretch.line_said,
    }  # fmt: skip


def _piece(piece: Any) -> dict[str, Any]:
    return {"source": piece.source, "text": piece.said, "n": piece.n, "refs": texts(piece.refs)}


@transaction.atomic
def decide(row: FindingRecord, confirmed: bool, *, by: User, reason: str, dismissed_for: str = "") -> FindingRecord:
    """A named officer says whether a finding holds. It is a clue until then; no rule opens a problem by itself.

    ``dismissed_for``: one of :class:`FindingRecord.Wrong`, counted against the rule; left out: another reason.
    """
    rights.check(by, "decide_finding", path=row.facility.place.path)
    if row.state != FindingRecord.State.PROPOSED:
        raise ValueError(f"这条发现已由{row.decided_by}处理过")
    if not confirmed and not reason.strip():
        raise ValueError("认定不成立须写明理由")
    row.state = FindingRecord.State.CONFIRMED if confirmed else FindingRecord.State.REJECTED
    if not confirmed:
        row.dismissed_for = (
            dismissed_for if dismissed_for in FindingRecord.Wrong.values else FindingRecord.Wrong.OTHER
        )
    row.decided_by, row.decided_at, row.decision_reason = by, clock.now(), reason
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_reason", "dismissed_for"])
    trail.record(
        "finding.decided", Ref("finding", row.key), by=by, because=reason, before="proposed", after=row.state
    )
    return row


def _looked(prints: dict[int, str], levels: dict[int, Level], as_of: date) -> None:
    """Write down that these were looked at, and with what."""
    Examination.objects.bulk_create(
        [Examination(facility_id=pk, evidence=prints[pk], as_of=as_of, level=levels[pk]) for pk in sorted(levels)],
        update_conflicts=True, unique_fields=["facility"], update_fields=["evidence", "as_of", "level"], batch_size=500,
    )  # fmt: skip
