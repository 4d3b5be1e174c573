"""What units ask of each other within a problem: handing on, co-signing, sending back, helping; each with its own clock."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.calendar import WorkingDays
from qingxi.issue.kinds import IssueClass, closing_rule
from qingxi.issue.party import Party


class ErrandKind(StrEnum):
    """What is asked."""

    REFER = "转办"  # take it over
    COSIGN = "会签"  # say whether you agree
    RETURN = "退回"  # name another unit
    TASK = "协办"  # do your part of it; one leads, several help


HOLDS = frozenset({ErrandKind.COSIGN, ErrandKind.TASK})
"""While one of these is open the problem does not close."""


@dataclass(frozen=True, slots=True)
class Errand:
    """One thing asked of one unit. ``due_on`` is its own day, not the problem's."""

    kind: ErrandKind
    asker: str
    asked: Party
    asked_on: date
    due_on: date
    said: str = ""
    answered_on: date | None = None
    answer: str = ""
    agrees: bool | None = None  # of a 会签: None until answered

    @property
    def open(self) -> bool:
        return self.answered_on is None

    def overdue(self, today: date) -> bool:
        """Past its day without an answer."""
        return self.open and today > self.due_on


def errand_due(issue_class: IssueClass, asked_on: date, working: WorkingDays | None = None) -> date:
    """Day by which a unit answers what another asks of it, in working days by class."""
    return (working or WorkingDays()).add(asked_on, closing_rule(issue_class).errand_working_days)
