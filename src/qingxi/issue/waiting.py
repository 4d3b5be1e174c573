"""Whose turn it is."""

from qingxi.issue.issue import Issue
from qingxi.issue.kinds import IssueClass, closing_rule
from qingxi.issue.party import Party
from qingxi.issue.steps import TRANSITIONS, Role, State, Step

_FORWARD = (
    Step.RECEIVE, Step.PLAN, Step.START, Step.SELF_CHECK, Step.APPLY, Step.VERIFY, Step.SIGN, Step.PUBLISH, Step.CLOSE,
    Step.ARCHIVE,
)  # fmt: skip


def turn_of(issue: Issue) -> tuple[Role, Party] | None:
    """The part, and its unit, whose step is the next one forward; None where nobody is waited for.

    A returned problem waits for who leads it, a suspended one for nobody until it is taken up again.
    """
    if issue.ended:
        return None
    if issue.state is State.RETURNED:
        return _named(issue, (Role.SUPERVISOR,))
    raiser = issue.issue_class is IssueClass.BLOCKAGE and issue.state in TRANSITIONS[Step.DISAGREE].sources
    if raiser:
        return _named(issue, (Role.RAISER,))
    shown = closing_rule(issue.issue_class).publish_working_days > 0
    for step in _FORWARD:
        if step is Step.PUBLISH and not shown:
            continue
        change = TRANSITIONS[step]
        if issue.state in change.sources and (found := _named(issue, change.roles)):
            return found
    return None


def _named(issue: Issue, roles: tuple[Role, ...]) -> tuple[Role, Party] | None:
    return next(((role, issue.parties[role]) for role in roles if role in issue.parties), None)
