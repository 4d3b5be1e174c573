"""Opening a problem: its term by working days, and a problem out of a finding that somebody confirmed."""

from collections.abc import Mapping
from datetime import date

from qingxi.calendar import WorkingDays
from qingxi.finding import Finding
from qingxi.issue.issue import Issue
from qingxi.issue.kinds import IssueClass, closing_rule
from qingxi.issue.party import Party
from qingxi.issue.steps import Level, Role
from qingxi.origin import Ref


def deadline(issue_class: IssueClass, assigned_on: date, working: WorkingDays | None = None) -> date:
    """Last day of the default term of a class, in working days from 交办."""
    return (working or WorkingDays()).add(assigned_on, closing_rule(issue_class).due_working_days)


def revisit_due(issue_class: IssueClass, closed_on: date, working: WorkingDays | None = None) -> date:
    """Day of 回头看 after closing, in working days by class."""
    return (working or WorkingDays()).add(closed_on, closing_rule(issue_class).revisit_working_days)


def issuing_level(
    issue_class: IssueClass, *, lead: Party | None, rectifier: Party | None, raiser: Party | None
) -> Level:
    """The level that issues a problem where nobody says another.

    一般 is the township's affair, unless the township itself has to put it right; a blockage is issued by whoever raised
    it, since theirs is the last word; 督办 comes from above the county.
    """
    if issue_class is IssueClass.SUPERVISED:
        return Level.CITY
    if issue_class is IssueClass.BLOCKAGE and raiser is not None:
        return raiser.level
    if (
        issue_class is IssueClass.ORDINARY
        and lead is not None
        and lead.level is Level.TOWNSHIP
        and lead != rectifier
    ):
        return Level.TOWNSHIP
    return Level.COUNTY


def from_finding(
    finding: Finding,
    *,
    id: str,
    place: str,
    parties: Mapping[Role, Party],
    confirmed_by: str,
    confirmed_on: date,
    issue_class: IssueClass = IssueClass.ORDINARY,
    level: Level = Level.COUNTY,
    reporter: str = "",
    working: WorkingDays | None = None,
) -> Issue:
    """A problem out of a finding that a named officer confirmed.

    Parameters
    ----------
    confirmed_by : str
        Name of the officer; a finding is a clue, and no rule opens a problem by itself.

    Raises
    ------
    ValueError
        When nobody confirmed it.
    """
    if not confirmed_by.strip():
        raise ValueError("疑似问题须由一名工作人员确认后才能交办")
    return Issue(
        id=id,
        title=finding.said,
        issue_class=issue_class,
        level=level,
        parties=dict(parties),
        place=place,
        assigned_on=confirmed_on,
        due_on=deadline(issue_class, confirmed_on, working),
        source="监测分析",
        facility=finding.facility,
        reporter=reporter,
        because=(finding.ref, Ref("facility", finding.facility)),
    )
