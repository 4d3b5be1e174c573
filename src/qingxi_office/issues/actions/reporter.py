"""The reporter's own word: heard before closing, and after it a "not solved" opens the problem again, one level up."""

from typing import Any

from django.db import transaction

from qingxi.issue import (
    ASKED,
    Actor,
    Answer,
    IssueClass,
    Level,
    Proof,
    Refusal,
    Role,
    State,
    Step,
    advance,
    deadline,
)
from qingxi.origin import Ref
from qingxi_office.intake import actions as intake
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.actions.refusal import Refused
from qingxi_office.issues.law import as_issue, party
from qingxi_office.issues.models import IssueEvidence, IssueRecord, IssueStep
from qingxi_office.issues.telling import tell_step
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock

_SAID = {PublicReport.State.CONFIRMED: Answer.YES, PublicReport.State.REOPENED: Answer.NO}
_WHO = "反映人"


def hear(row: IssueRecord) -> None:
    """What the reporter answered on the public page becomes evidence of an open problem, once; called under its lock."""
    if not row.report_code or not row.is_open or row.verifier is None:
        return
    report = PublicReport.objects.filter(code=row.report_code, state__in=list(_SAID)).first()
    if report is None or report.answered_at is None:
        return
    answer = _SAID[PublicReport.State(report.state)]
    last = row.evidence.filter(kind=ASKED).exclude(answer=Answer.WAIT.value).order_by("-id").first()
    if last is not None and (last.by_name != _WHO or last.answer == answer.value) and last.at >= report.answered_at:
        return
    step = IssueStep(
        issue=row, step=Step.ADD.value, old=row.state, new=row.state, by_name=_WHO, unit=row.verifier,
        role=Role.VERIFIER.value, on=clock.today(), at=clock.now(),
    )  # fmt: skip
    step.save(force_insert=True)
    IssueEvidence(
        issue=row, step=step, kind=ASKED, answer=answer.value, by_name=_WHO, at=clock.now(),
        refs=[str(Ref("report", report.code))],
    ).save(force_insert=True)  # fmt: skip
    trail.record("issue.heard", Ref("issue", row.key), by=trail.Office(_WHO), after={"answer": answer.value})


@transaction.atomic
def hear_reporter(report: PublicReport) -> IssueRecord | None:
    """Take the reporter's answer of the public page into the ledger.

    An open problem gets it as evidence; a closed one is opened again when the answer is no. Gives the problem, or None
    where the report has none. Call it after ``intake.actions.reply``.
    """
    row = IssueRecord.objects.select_for_update(of=("self",)).filter(key=report.issue or "-").first()
    if row is None:
        return None
    if row.is_open:
        hear(row)
        return row
    if report.state == PublicReport.State.REOPENED and row.state in {
        State.CLOSED.value, State.ARCHIVED.value, State.REVISITED.value,
    }:  # fmt: skip
        return reopen_for_reporter(report, by=trail.Office(_WHO))
    return row


@transaction.atomic
def reopen_for_reporter(report: PublicReport, *, by: Any) -> IssueRecord:
    """The reporter says it is not solved: the closed problem opens again with its history, at the level above.

    A township's own problem becomes the county's; the unit that verified it stands for the step.
    """
    row = (
        IssueRecord.objects.select_for_update(of=("self",))
        .select_related("place", "facility", "rectifier", "lead", "verifier", "closer", "raiser")
        .get(key=report.issue)
    )
    verifier = row.verifier
    if verifier is None:
        raise Refused(["这件问题没有核查单位,请先指定"])
    on, before = clock.today(), as_issue(row)
    who = party(verifier)
    due = max(deadline(IssueClass(row.klass), on), on)
    after = advance(
        before, Step.REOPEN, Actor(who.unit, who.level, str(by)), on,
        [Proof("反弹情况", Ref("report", report.code))], note="反映人说没有解决", due_on=due,
    )  # fmt: skip
    if isinstance(after, Refusal):
        raise Refused(after.reasons)
    step = IssueStep(
        issue=row, step=Step.REOPEN.value, old=before.state.value, new=after.state.value, by=by if by.pk else None,
        by_name=str(by), unit=verifier, role=Role.VERIFIER.value, on=on, at=clock.now(), note="反映人说没有解决",
    )  # fmt: skip
    step.save(force_insert=True)
    IssueEvidence(
        issue=row, step=step, kind="反弹情况", text=report.text, by_name=_WHO, at=clock.now(),
        refs=[str(Ref("report", report.code))],
    ).save(force_insert=True)  # fmt: skip
    if Level(row.level).rank < Level.COUNTY.rank:
        row.level = Level.COUNTY.value
    row.state, row.is_open, row.due_on, row.reason = after.state.value, True, after.due_on, "反映人说没有解决"
    row.closed_on = row.closed_by_unit = row.published_from = row.revisit_on = None
    row.save()
    intake.note_taken_up(report, row.key)
    trail.record(
        "issue.reopen", Ref("issue", row.key), by=by, because="反映人说没有解决", before=before.state.value,
        after={"state": row.state, "level": row.level, "report": report.code},
    )  # fmt: skip
    tell_step(row, Step.REOPEN, step)
    return row
