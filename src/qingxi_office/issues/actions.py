"""Every change to the ledger: who may is people's rule, when it may be is qingxi.issue's law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.issue import Issue, IssueClass, Proof, Refusal, Role, State, Step, advance, deadline
from qingxi.origin import Ref
from qingxi_office.approvals.actions import require
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake import actions as intake
from qingxi_office.intake.masking import masked
from qingxi_office.intake.models import PublicReport
from qingxi_office.intake.photo import bare
from qingxi_office.issues.law import actor, as_issue, party
from qingxi_office.issues.letters import wording
from qingxi_office.issues.models import IssueEvidence, IssueLetter, IssueRecord, IssueStep
from qingxi_office.issues.telling import tell_opened, tell_step
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Place, Unit
from qingxi_office.places.queries import county
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts


class Refused(ValueError):
    """A step that the law does not allow now; ``reasons`` are all of them, in Chinese."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("；".join(reasons))
        self.reasons = tuple(reasons)


class Reporter(trail.Office):
    """The reporter's own word, taken to the desk of a unit: opens again what that unit may open, and nothing else."""

    def __init__(self, desk: Unit) -> None:
        super().__init__("反映人")
        self.unit = desk


def _person(by: User | Reporter) -> User | None:
    return by if isinstance(by, User) else None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence handed in with a step: its kind in the words of the steps' table, text, file, records."""

    kind: str
    text: str = ""
    file: Any = None
    refs: tuple[Ref, ...] = ()


def parties_of(place: Place, facility: FacilityRecord | None) -> dict[str, Unit | None]:
    """The usual four units: operator (or owner, or township), township, lead department, issuing body."""
    own = county()
    department, body = (own.lead_unit, own.issuing_unit) if own else (None, None)
    township_place = place if place.level == "township" else place.parent
    township = Unit.objects.filter(place=township_place, level="乡镇").first() if township_place else None
    rectifier = (facility and (facility.operator_unit or facility.owner_unit)) or township
    lead = township if rectifier != township else department
    return {"rectifier": rectifier, "lead": lead, "verifier": department, "closer": body or department}


def _next_key(today: date) -> str:
    """The next number of the year: WT-2026-0042."""
    head = f"WT-{today.year}-"
    last = IssueRecord.objects.filter(key__startswith=head).order_by("-key").values_list("key", flat=True).first()
    return f"{head}{(int(last[len(head) :]) if last else 0) + 1:04d}"


def _open(row: IssueRecord, *, by: Any) -> IssueRecord:
    row.key = row.key or _next_key(row.assigned_on)
    row.state, row.is_open = State.ASSIGNED.value, True
    row.due_on = row.due_on or deadline(IssueClass(row.klass), row.assigned_on)
    row.save(force_insert=True)
    opening = IssueStep(
        issue=row, step="交办", new=row.state, by=by if isinstance(by, User) else None, by_name=str(by),
        unit=getattr(by, "unit", None), on=row.assigned_on, at=clock.now(),
    )  # fmt: skip
    opening.save(force_insert=True)
    trail.record(
        "issue.opened", Ref("issue", row.key), by=by, because=row.title,
        after={"rectifier": str(row.rectifier), "due_on": row.due_on, "klass": row.klass},
    )  # fmt: skip
    tell_opened(row)
    return row


@transaction.atomic
def open_from_finding(
    finding: FindingRecord,
    *,
    by: User,
    klass: str = "一般",
    detail: str = "",
    on: date | None = None,
    **units: Unit | None,
) -> IssueRecord:
    """A confirmed finding becomes a problem with owner and deadline; once only.

    ``on`` is the day of 交办 where it was given on paper before it is entered; the trail keeps when it was entered.
    """
    facility = finding.facility
    rights.check(by, "open_issue", path=facility.place.path)
    if finding.state != FindingRecord.State.CONFIRMED:
        raise Refused(["疑似问题须先由一名工作人员确认,才能交办"])
    if known := IssueRecord.objects.filter(finding=finding).first():
        return known
    today = on or clock.today()
    return _open(
        IssueRecord(
            title=f"{facility.name}：{finding.rule_name}"[:200], detail=detail or finding.statement, klass=klass,
            source="监测分析", place=facility.place, facility=facility, finding=finding, found_on=finding.found_on,
            assigned_on=today, because=texts([Ref("finding", finding.key), Ref("facility", facility.key)]),
            **{**parties_of(facility.place, facility), **units},
        ),
        by=by,
    )  # fmt: skip


@transaction.atomic
def open_from_report(report: PublicReport, *, by: User, klass: str = "一般", title: str = "") -> IssueRecord:
    """A villager's report becomes a problem; before it closes the reporter is asked."""
    facility = FacilityRecord.objects.select_related("place").filter(key=report.facility).first()
    place = facility.place if facility else Place.objects.filter(code=report.village_code, valid_to=None).first()
    if place is None:
        raise Refused(["来件没有说明是哪个站、哪个村,请先补上"])
    rights.check(by, "take_up_report", path=place.path)
    today = clock.today()
    row = _open(
        IssueRecord(
            title=(title or masked(report.text))[:200], detail=masked(report.text), klass=klass, place=place, facility=facility,
            source="巡查" if VisitRow.objects.filter(report=report.code).exists() else "群众反映",
            report_code=report.code, found_on=report.received_at.date(), assigned_on=today,
            because=texts([Ref("report", report.code)]), **parties_of(place, facility),
        ),
        by=by,
    )  # fmt: skip
    intake.note_taken_up(report, row.key, str(row.rectifier or ""))
    return row


@transaction.atomic
def take(
    row: IssueRecord,
    step: Step,
    *,
    by: User | Reporter,
    evidence: Sequence[Piece] = (),
    note: str = "",
    due_on: date | None = None,
    rectifier: Unit | None = None,
    merged_into: str = "",
    on: date | None = None,
) -> IssueStep:
    """Take one step of the ledger; raises Refused with every reason when the law says no, Denied for a stranger.

    Parameters
    ----------
    on : date, optional
        The day of the step; left out: today. A day that lies before the step before it is refused.
    """
    rights.check(by, "step_issue")
    row = (
        IssueRecord.objects.select_for_update(of=("self",))
        .select_related("place", "facility", "rectifier", "lead", "verifier", "closer")
        .get(pk=row.pk)
    )
    now, on = clock.now(), on or clock.today()
    second = ""
    if step is Step.CLOSE:
        key_class = row.klass in (IssueClass.KEY.value, IssueClass.SUPERVISED.value)
        second = require(
            "close_key_issue" if key_class else "close_issue", Ref("issue", row.key), by=by, title=row.title,
            path=row.place.path, also=("close_issue",),
        )  # fmt: skip
    before = as_issue(row, row.steps.select_related("unit"))
    pieces = [
        IssueEvidence(
            issue=row, kind=p.kind, text=p.text, refs=texts(p.refs), by=_person(by), by_name=str(by), at=now
        )
        for p in evidence
    ]
    for piece, given in zip(pieces, evidence, strict=True):
        if given.file is not None:
            piece.file.save(f"{row.key}.jpg", bare(given.file), save=False)
        piece.save(force_insert=True)
    try:
        me = actor(by)
    except ValueError as error:
        raise Refused([str(error)]) from error
    after = advance(
        before, step, me, on, [Proof(p.kind, Ref("evidence", str(p.pk)), p.text) for p in pieces], note=note, due_on=due_on, merged_into=merged_into,
        parties={Role.RECTIFIER: party(rectifier)} if rectifier else None,
    )  # fmt: skip
    if isinstance(after, Refusal):
        raise Refused(after.reasons)
    event = after.events[-1]
    _write(row, after, event, by=by, rectifier=rectifier, note=note)
    taken = IssueStep(
        issue=row, step=step.value, old=before.state.value, new=after.state.value, by=_person(by), by_name=str(by),
        unit=by.unit, role=event.role.value, on=on, at=now, note=note,
    )  # fmt: skip
    taken.save(force_insert=True)
    IssueEvidence.objects.filter(pk__in=[p.pk for p in pieces]).update(step=taken)
    trail.record(
        f"issue.{step.name.lower()}", Ref("issue", row.key), by=by, because="；".join(x for x in (note, second) if x),
        before=before.state.value,
        after={"state": after.state.value, "role": event.role.value, "evidence": [p.kind for p in pieces]},
    )  # fmt: skip
    tell_step(row, step, taken)
    if row.report_code:
        intake.note_step(row.report_code, step.value, str(by.unit))
    if step is Step.CLOSE and row.report_code:
        report = PublicReport.objects.filter(code=row.report_code).first()
        if report is not None:
            shown = (
                IssueEvidence.objects.filter(issue=row)
                .exclude(file="")
                .exclude(kind__contains="前")
                .order_by("-id")
                .first()
            )
            intake.note_answer(
                report, note or "已整改并核查，请您看看是否解决", ContentFile(shown.file.read()) if shown else None
            )
    return taken


def _write(
    row: IssueRecord, after: Issue, event: Any, *, by: User | Reporter, rectifier: Unit | None, note: str
) -> None:
    """The problem after a step, back into its row."""
    row.state, row.due_on, row.merged_into = after.state.value, after.due_on, after.merged_into
    row.is_open, row.reason = not after.ended, note
    row.because = texts(ref for ref in after.because if ref.kind != "evidence")
    if rectifier is not None:
        row.rectifier = rectifier
    if event.step is Step.PUBLISH:
        row.published_from = event.on
    if event.step is Step.CLOSE:
        row.closed_on, row.closed_by_unit = event.on, by.unit
    if event.step is Step.REOPEN:
        row.closed_on = row.closed_by_unit = row.published_from = None
    row.save()


def take_in_ledger(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> trail.TakenIn:
    """Put the ledger in as the county kept it, by number; a problem that has moved here since is left as it is."""
    rights.check(by, "load")
    moved = set(IssueStep.objects.values_list("issue__key", flat=True))
    return trail.take_in(
        IssueRecord, [row for row in rows if row["key"] not in moved], action="issues.taken_in",
        subject=Ref("issue", "ledger"), by=by,
    )  # fmt: skip


@transaction.atomic
def draft_letter(row: IssueRecord, *, by: trail.Doer, today: date, days_over: int) -> IssueLetter:
    """A reminder as a draft, and no more than that: it is a person's to sign or to drop."""
    own = county()
    letter = IssueLetter(
        issue=row, unit=row.rectifier, issuer=(own.issuing_body or own.lead_department) if own else "",
        text=wording(row, today, days_over), days_over=days_over, drafted_on=today,
    )  # fmt: skip
    letter.save(force_insert=True)
    trail.record("letter.drafted", Ref("issue", row.key), by=by, after={"days_over": days_over})
    return letter


@transaction.atomic
def decide_letter(
    letter: IssueLetter, sign: bool, *, by: User, text: str = "", number: str = "", reason: str = ""
) -> IssueLetter:
    """A named person signs the reminder, as drafted or reworded, or says why it does not go out."""
    rights.check(by, "sign_letter", path=letter.issue.place.path)
    letter = IssueLetter.objects.select_for_update(of=("self",)).select_related("issue").get(pk=letter.pk)
    if letter.state != IssueLetter.State.DRAFT:
        raise ValueError(f"这份提示函{letter.get_state_display()}，不能再改")
    if not sign and not reason.strip():
        raise ValueError("不发也请写一句为什么")
    letter.state = IssueLetter.State.SIGNED if sign else IssueLetter.State.DROPPED
    letter.text, letter.number, letter.reason = text.strip() or letter.text, number.strip(), reason.strip()
    letter.decided_by, letter.decided_at = by, clock.now()
    letter.save()
    trail.record(
        "letter.signed" if sign else "letter.dropped", Ref("issue", letter.issue.key), by=by, because=reason,
        after={"number": letter.number, "text": letter.text},
    )  # fmt: skip
    return letter
