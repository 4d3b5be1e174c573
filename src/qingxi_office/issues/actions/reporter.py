"""The reporter's own word of the public page, heard as evidence before a problem closes."""

from qingxi.issue import (
    ASKED,
    Answer,
    Role,
    Step,
)
from qingxi.origin import Ref
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.models import IssueEvidence, IssueRecord, IssueStep
from qingxi_office.places.models import Unit
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


class Reporter(trail.Office):
    """The reporter's own word, taken to the desk of a unit: opens again what that unit may open, and nothing else."""

    def __init__(self, desk: Unit) -> None:
        super().__init__("反映人")
        self.unit = desk


_SAID = {PublicReport.State.CONFIRMED: Answer.YES, PublicReport.State.REOPENED: Answer.NO}
_WHO = "反映人"


def hear(row: IssueRecord) -> None:
    """What the reporter answered on the public page becomes evidence of an open problem, once; called under its lock."""
    if not row.report_code or not row.is_open or row.verifier is None:
        return
    report = PublicReport.objects.filter(code=row.report_code, state__in=list(_SAID)).first()
    if report is None or report.answered_at is None:
        return
    reopened = row.steps.filter(step=Step.REOPEN.value).order_by("-id").first()
    if reopened is not None and reopened.at >= report.answered_at:
        return  # the answer was about what was closed before
    if row.evidence.filter(kind=ASKED, by_name=_WHO, at__gte=report.answered_at).exists():
        return
    answer = _SAID[PublicReport.State(report.state)]
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
