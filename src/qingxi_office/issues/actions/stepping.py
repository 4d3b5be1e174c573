"""Taking a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.core.files.base import ContentFile
from django.db import transaction

from qingxi.issue import (
    ASKED,
    Actor,
    Answer,
    Event,
    Issue,
    IssueClass,
    Level,
    Proof,
    Refusal,
    Role,
    Step,
    advance,
    revisit_due,
)
from qingxi.origin import Ref
from qingxi_office.approvals.actions import require
from qingxi_office.intake import actions as intake
from qingxi_office.intake.models import PublicReport
from qingxi_office.intake.photo import bare
from qingxi_office.issues.actions import errands
from qingxi_office.issues.actions.locating import locate
from qingxi_office.issues.actions.refusal import Piece, Refused
from qingxi_office.issues.actions.reporter import Reporter, hear
from qingxi_office.issues.law import actor, as_issue, party
from qingxi_office.issues.models import IssueEvidence, IssueRecord, IssueStep
from qingxi_office.issues.telling import tell_step
from qingxi_office.people import rights
from qingxi_office.people.models import User
from qingxi_office.places.models import Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts

CLOSINGS = frozenset({Step.CLOSE, Step.ON_SITE, Step.AGREE})
_PHOTO = "整改后照片"


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
    upper_signer: str = "",
) -> IssueStep:
    """Take one step of the ledger; raises Refused with every reason when the law says no, Denied for a stranger.

    Parameters
    ----------
    on : date, optional
        The day of the step; left out: today. A day that lies before the step before it is refused.
    upper_signer : str
        Who signed at the city or above: the county's officer enters the step of the unit that issued a 督办 problem, on
        that unit's own paper. Only for a 督办 whose 销号单位 lies above the county.
    """
    rights.check(by, "step_issue")
    row = (
        IssueRecord.objects.select_for_update(of=("self",))
        .select_related("place", "facility", "rectifier", "lead", "verifier", "closer", "raiser")
        .get(pk=row.pk)
    )
    now, on = clock.now(), on or clock.today()
    second = _second(row, step, by) if step in CLOSINGS else ""
    hear(row)
    before = as_issue(row, row.steps.select_related("unit"), row.errands.select_related("asker", "asked"))
    me, unit, name = _who(row, step, by, upper_signer)
    pieces = list(evidence)
    proofs = [Proof(p.kind, Ref("evidence", f"new-{n}"), p.text, p.answer) for n, p in enumerate(pieces)]
    after = advance(
        before, step, me, on, proofs, note=note, due_on=due_on, merged_into=merged_into,
        parties={Role.RECTIFIER: party(rectifier)} if rectifier else None,
    )  # fmt: skip
    reasons = list(after.reasons) if isinstance(after, Refusal) else []
    reasons += [f"{p.kind}要有图" for p in pieces if p.kind == _PHOTO and p.file is None]
    reasons += [f"{p.kind}要写明数值" for p in pieces if p.kind == "读数" and not p.text.strip()]
    if merged_into and not IssueRecord.objects.filter(key=merged_into).exists():
        reasons.append(f"没有编号为 {merged_into} 的问题")
    if reasons or isinstance(after, Refusal):
        raise Refused(reasons)
    event = after.events[-1]
    taken = IssueStep(
        issue=row, step=step.value, old=before.state.value, new=after.state.value, by=_person(by), by_name=name,
        unit=unit, role=event.role.value, on=on, at=now, note=note,
    )  # fmt: skip
    taken.save(force_insert=True)
    _keep(row, taken, pieces, by=by, name=name)
    _write(row, after, event, unit=unit, rectifier=rectifier, note=note)
    errands.follow(row, step, taken, rectifier)
    trail.record(
        f"issue.{step.name.lower()}", Ref("issue", row.key), by=by,
        because="；".join(x for x in (note, second, upper_signer and f"{unit}签发人 {upper_signer}") if x),
        before=before.state.value,
        after={"state": after.state.value, "role": event.role.value, "evidence": [p.kind for p in pieces]},
    )  # fmt: skip
    tell_step(row, step, taken)
    if row.report_code:
        intake.note_step(row.report_code, step.value, str(unit))
        _answer_reporter(row, step, pieces, note)
    return taken


def _person(by: User | Reporter) -> User | None:
    return by if isinstance(by, User) else None


def _second(row: IssueRecord, step: Step, by: User | Reporter) -> str:
    key_class = row.klass in (IssueClass.KEY.value, IssueClass.SUPERVISED.value)
    return require(
        "close_key_issue" if key_class else "close_issue", Ref("issue", row.key), by=by, title=row.title,
        path=row.place.path, also=("close_issue",),
    )  # fmt: skip


def _who(row: IssueRecord, step: Step, by: User | Reporter, upper_signer: str) -> tuple[Actor, Unit, str]:
    """Who acts before the law: the person's own unit, or the unit above the county on whose paper the officer enters it."""
    if upper_signer.strip():
        rights.check(by, "enter_upper", path=row.place.path)
        closer = row.closer
        if row.klass != IssueClass.SUPERVISED.value or closer is None or Level(closer.level).rank < Level.CITY.rank:
            raise Refused(["只有督办问题、销号单位在县以上的，才按上级文件代记"])
        signer = upper_signer.strip()[:20]
        return Actor(closer.name, Level(closer.level), signer), closer, f"{signer}（{by}据文件代记）"
    try:
        return actor(by), by.unit, str(by)
    except ValueError as error:
        raise Refused([str(error)]) from error


def _keep(row: IssueRecord, taken: IssueStep, pieces: Sequence[Piece], *, by: User | Reporter, name: str) -> None:
    """The evidence, each piece under the step with which it came."""
    for p in pieces:
        piece = IssueEvidence(
            issue=row, step=taken, kind=p.kind, text=p.text, refs=texts(p.refs), by=_person(by), by_name=name, at=taken.at,
            answer=(p.answer or Answer.YES).value if p.kind == ASKED else "",
        )  # fmt: skip
        if p.file is not None:
            locate(piece, row, p.file, p.shot)
            piece.file.save(f"{row.key}.jpg", bare(p.file), save=False)
        piece.save(force_insert=True)


def _write(row: IssueRecord, after: Issue, event: Event, *, unit: Unit, rectifier: Unit | None, note: str) -> None:
    """The problem after a step, back into its row."""
    row.state, row.due_on, row.merged_into = after.state.value, after.due_on, after.merged_into
    row.is_open, row.reason = not after.ended, note
    row.because = texts(ref for ref in after.because if ref.kind != "evidence")
    if rectifier is not None:
        row.rectifier = rectifier
    if event.step is Step.PUBLISH:
        row.published_from = event.on
    if event.step in CLOSINGS:
        row.closed_on, row.closed_by_unit = event.on, unit
        row.revisit_on = revisit_due(IssueClass(row.klass), event.on)
    if event.step is Step.REVISIT:
        row.revisit_on = None
    if event.step is Step.REOPEN:
        row.closed_on = row.closed_by_unit = row.published_from = row.revisit_on = None
    row.save()


def _answer_reporter(row: IssueRecord, step: Step, pieces: Sequence[Piece], note: str) -> None:
    """What the reporter is told: the answer when it closes, and the question when the office asks on the public page."""
    report = PublicReport.objects.filter(code=row.report_code).first()
    if report is None:
        return
    if step in CLOSINGS:
        if report.state not in (PublicReport.State.CONFIRMED,):
            intake.note_answer(report, note or "已整改并核查，请您看看是否解决", _how_it_looks(row))
    elif any(p.kind == ASKED and p.answer is Answer.WAIT for p in pieces):
        intake.note_answer(report, note or "已整改，请您看看是否解决", _how_it_looks(row))


def _how_it_looks(row: IssueRecord) -> ContentFile[bytes] | None:
    """The last photo that whoever mended it handed in, for the reporter to see; None when there is none."""
    shown = row.evidence.exclude(file="").exclude(kind__contains="前").order_by("-id").first()
    return ContentFile(shown.file.read()) if shown else None
