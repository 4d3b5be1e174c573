"""Who is told of a step of a problem. Says; changes nothing of the ledger."""

from qingxi.issue import Step
from qingxi_office.issues.models import IssueErrand, IssueNudge, IssueRecord, IssueStep
from qingxi_office.notices.actions import tell
from qingxi_office.people.audience import of_units

# Step -> (kind of notice, fields of the units that are told).
_TOLD: dict[Step, tuple[str, tuple[str, ...]]] = {
    Step.SELF_CHECK: ("issue_waiting", ("raiser_id",)),
    Step.APPLY: ("issue_waiting", ("verifier_id",)),
    Step.VERIFY: ("issue_waiting", ("lead_id", "closer_id")),
    Step.SIGN: ("issue_waiting", ("closer_id",)),
    Step.REFUSE: ("issue_returned", ("rectifier_id",)),
    Step.REOPEN: ("issue_returned", ("rectifier_id",)),
    Step.DISAGREE: ("issue_returned", ("rectifier_id",)),
    Step.RETURN: ("issue_returned", ("lead_id", "closer_id")),
    Step.REASSIGN: ("issue_assigned", ("rectifier_id",)),
    Step.EXTEND: ("issue_extension", ("rectifier_id", "lead_id", "closer_id")),
}


def tell_opened(row: IssueRecord) -> None:
    """The unit that has to put it right learns of it."""
    _tell(row, "issue_assigned", ("rectifier_id",), f"issue/{row.key}/opened", None, "")


def tell_step(row: IssueRecord, step: Step, taken: IssueStep) -> None:
    """Those whose turn it is, or whose problem came back, learn of a step."""
    if step in _TOLD:
        kind, fields = _TOLD[step]
        _tell(row, kind, fields, f"issue/{row.key}/{taken.pk}", taken.by_id, taken.note)


def tell_errand(row: IssueRecord, errand: IssueErrand, units: list[int]) -> None:
    """A unit that was asked for its part, or one whose question was answered, learns of it."""
    asked = errand.answered_on is None
    once = f"errand/{errand.pk}/{'asked' if asked else 'answered'}"
    text = errand.said if asked else errand.answer
    tell(
        of_units(units, row.place.path), "issue_waiting" if asked else "issue_answered",
        f"{errand.kind}：{row.key} {row.title}", once=once, href=f"/issues/{row.key}/", text=text,
    )  # fmt: skip


def tell_nudge(row: IssueRecord, made: IssueNudge) -> None:
    """The unit whose turn it is learns who waits for it."""
    due = f"期限 {row.due_on:%Y-%m-%d}" if row.due_on else ""
    tell(
        of_units([made.unit_id], row.place.path), "issue_nudged", f"{made.by_name}催：{row.key} {row.title}",
        once=f"nudge/{made.pk}", href=f"/issues/{row.key}/", text=made.said or due,
    )  # fmt: skip


def _tell(row: IssueRecord, kind: str, fields: tuple[str, ...], once: str, but: int | None, note: str) -> None:
    people = of_units((getattr(row, field) for field in fields), row.place.path) - {but}
    due = f"期限 {row.due_on:%Y-%m-%d}" if row.due_on else ""
    tell(people, kind, f"{row.key} {row.title}", once=once, href=f"/issues/{row.key}/", text=note or due)
