"""Between the ledger's row and the library's problem: reading one as the other. Saves nothing."""

from collections.abc import Iterable
from typing import Any

from qingxi.issue import (
    Actor,
    Answer,
    Errand,
    ErrandKind,
    Event,
    Issue,
    IssueClass,
    Level,
    Party,
    Proof,
    Role,
    State,
    Step,
)
from qingxi.origin import Ref
from qingxi_office.issues.models import IssueErrand, IssueRecord
from qingxi_office.places.models import Unit

PARTS = {
    Role.RECTIFIER: "rectifier", Role.SUPERVISOR: "lead", Role.VERIFIER: "verifier", Role.CLOSER: "closer", Role.RAISER: "raiser",
}  # fmt: skip
"""The roles and the record's fields."""


def party(unit: Unit) -> Party:
    """A unit as a party, with its level."""
    return Party(unit.name, Level(unit.level))


def actor(person: Any) -> Actor:
    """A person as the one who takes a step; raises ValueError when they belong to no unit."""
    if getattr(person, "unit", None) is None:
        raise ValueError(f"{person}没有所属单位,不能办理问题")
    return Actor(person.unit.name, Level(person.unit.level), person.name)


def as_errand(row: IssueErrand) -> Errand:
    """What one unit asked of another, as the law reads it."""
    return Errand(
        ErrandKind(row.kind), row.asker.name, party(row.asked), row.asked_on, row.due_on, row.said, row.answered_on, row.answer,
        row.agrees,
    )  # fmt: skip


def as_issue(
    row: IssueRecord, steps: Iterable[Any] | None = None, errands: Iterable[IssueErrand] | None = None
) -> Issue:
    """The record with its history as qingxi.issue.Issue.

    Costs three queries (steps, evidence, errands) when not prefetched.
    """
    taken = list(row.steps.all() if steps is None else steps)
    proofs: dict[int, list[Proof]] = {}
    for piece in row.evidence.all():
        if piece.step_id is not None:
            proofs.setdefault(piece.step_id, []).append(
                Proof(
                    piece.kind,
                    Ref("evidence", str(piece.pk)),
                    piece.text,
                    Answer(piece.answer) if piece.answer else None,
                )
            )
    events = tuple(
        Event(
            step=Step(s.step), before=State(s.old), after=State(s.new), role=Role(s.role), on=s.on, note=s.note,
            by=Actor(s.unit.name, Level(s.unit.level), s.by_name), proofs=tuple(proofs.get(s.pk, ())),
        )
        for s in taken
        if s.unit is not None and s.role
    )  # fmt: skip
    return Issue(
        id=row.key, title=row.title, issue_class=IssueClass(row.klass), level=Level(row.level),
        parties={role: party(unit) for role, field in PARTS.items() if (unit := getattr(row, field)) is not None},
        place=row.place.code, assigned_on=row.assigned_on, due_on=row.due_on or row.assigned_on, source=row.source,
        facility=row.facility.key if row.facility else "", reporter=row.report_code, state=State(row.state),
        events=events, errands=tuple(map(as_errand, row.errands.all() if errands is None else errands)), merged_into=row.merged_into, because=tuple(Ref.parse(text) for text in row.because),
    )  # fmt: skip
