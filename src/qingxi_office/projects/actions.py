"""Every change to projects: opening them from lots, passing gates under the law of qingxi.project, hand-over."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi.project import FULL, Evidence, Project, Proof, Stage, Step, advance, facility_of
from qingxi_office.facilities.actions import note_made_by
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.funds.actions import allocate_many
from qingxi_office.people import rights
from qingxi_office.programmes.models import LotRow
from qingxi_office.projects.models import ProjectRecord, ProjectStep
from qingxi_office.trail import actions as trail
from qingxi_office.trail.numbers import next_keys


def take_in_projects(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put projects in by key."""
    rights.check(by, "load")
    return trail.take_in(ProjectRecord, rows, action="projects.taken_in", subject=Ref("project", "all"), by=by)


@transaction.atomic
def open_projects(year: int, *, by: trail.Doer) -> int:
    """Open a project for each lot of a year that has none, and set its money aside by source; gives how many."""
    rights.check(by, "load")
    lots = list(LotRow.objects.filter(year=year, projects=None).order_by("key"))
    keys = next_keys(ProjectRecord, f"XM-{year}-", len(lots), width=3)
    rows = [
        {
            "key": key, "name": lot.name, "lot_id": lot.pk, "place_id": lot.place_id,
            "stage": Stage.IDEA.value, "total_fen": lot.cost_fen, "year": year, "because": [f"lot:{lot.key}"],
        }
        for key, lot in zip(keys, lots, strict=True)
    ]  # fmt: skip
    opened = take_in_projects(rows, by=by).new
    allocate_many(
        [
            (payment["fund"], Ref("project", row["key"]), int(payment["amount_fen"]))
            for row, lot in zip(rows, lots, strict=True)
            for payment in lot.funds
            if payment["year"] == year
        ],
        by=by,
    )
    return opened


def as_project(row: ProjectRecord) -> Project:
    """The record with its gates passed, as the library speaks of it. One query."""
    place = row.place
    steps = tuple(
        Step(
            Stage(s.old), Stage(s.new), s.on, s.by_name,
            tuple(
                Evidence(Proof(e["proof"]), e["number"], date.fromisoformat(e["dated"]), e.get("issued_by", ""))
                for e in s.evidence
            ),
            s.note,
        )
        for s in row.steps.all()
        if s.old
    )  # fmt: skip
    return Project(
        id=row.key, name=row.name, village=place.code if place and place.level == "village" else "",
        township=place.parent.name if place and place.parent else "", mode=row.lot.mode if row.lot else "",
        households=row.lot.households if row.lot else 0, total_fen=row.total_fen, year=row.year or 0, owner=row.owner,
        track=FULL, stage=Stage(row.stage), steps=steps,
    )  # fmt: skip


@transaction.atomic
def step(
    row: ProjectRecord,
    to: Stage,
    *,
    by: Any,
    on: date,
    evidence: Sequence[Evidence] = (),
    reason: str = "",
) -> ProjectStep:
    """Pass a gate, or go back with a reason; raises qingxi.project.NotYet with all that is missing."""
    rights.check(by, "load", path=row.place.path if row.place else "")
    row = (
        ProjectRecord.objects.select_for_update(of=("self",)).select_related("lot", "place__parent").get(pk=row.pk)
    )
    before = as_project(row)
    after = advance(before, to, on=on, by=str(by), evidence=tuple(evidence), reason=reason)
    row.stage = after.stage.value
    row.save(update_fields=["stage"])
    taken = ProjectStep(
        project=row, old=before.stage.value, new=after.stage.value, on=on, by_name=str(by), note=reason,
        evidence=[
            {"proof": e.proof.value, "number": e.number, "dated": e.dated.isoformat(), "issued_by": e.issued_by}
            for e in evidence
        ],
    )  # fmt: skip
    taken.save(force_insert=True)
    trail.record(
        "project.stepped", Ref("project", row.key), by=by, because=reason, before=before.stage.value,
        after={"stage": after.stage.value, "evidence": [e.proof.value for e in evidence]},
    )  # fmt: skip
    return taken


@transaction.atomic
def hand_over(row: ProjectRecord, facility: FacilityRecord, *, by: Any) -> ProjectRecord:
    """What an accepted project has built is this facility; raises NotYet before completion acceptance.

    From here on the facility walks back to the project, its lot and the plan.
    """
    rights.check(by, "load", path=facility.place.path)
    row = ProjectRecord.objects.select_related("lot", "place__parent").get(pk=row.pk)
    facility_of(as_project(row), id=facility.key, process=facility.process, design_m3_d=facility.design_m3_d)
    row.facility_key = facility.key
    row.save(update_fields=["facility_key"])
    note_made_by(facility, Ref("project", row.key), by=by)
    return row
