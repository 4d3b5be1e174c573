"""A problem as a bulletin sees it: one line of the ledger as it stood on a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.issue import Issue, Level, Role, Step
from qingxi.origin import Ref


class Paper(StrEnum):
    """By what paper a unit is spoken to: criticism goes down, never sideways."""

    BULLETIN = "通报"  # townships and village committees
    LETTER = "函"  # departments of equal rank, and whoever stands above
    NOTICE = "履约提示函"  # operators: by their contract
    SITE_NOTICE = "施工整改提示函"  # contractors
    COMPANY_NOTICE = "工作提示函"  # companies of the county


_FIRMS = {
    "运维单位": Paper.NOTICE,
    "施工单位": Paper.SITE_NOTICE,
    "平台公司": Paper.COMPANY_NOTICE,
    "企业": Paper.NOTICE,
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem on a day.

    ``unit`` is who has to mend it, ``paper`` how that unit is spoken to. ``happened`` are the days on which it was
    closed (销号) and reopened, up to the day.
    """

    id: str
    title: str
    place: str
    unit: str
    paper: Paper
    state: str
    assigned_on: date
    due_on: date
    ended: bool = False
    closed: bool = False
    closed_on: tuple[date, ...] = ()
    reopened_on: tuple[date, ...] = ()

    @property
    def ref(self) -> Ref:
        return Ref("issue", self.id)

    def overdue(self, on: date) -> bool:
        """Past its day and nobody is done with it."""
        return not self.ended and on > self.due_on


def paper_for(level: Level, kind: str = "") -> Paper:
    """By what paper a unit of this level and kind is spoken to."""
    if kind in _FIRMS:
        return _FIRMS[kind]
    return Paper.LETTER if level.rank >= Level.COUNTY.rank else Paper.BULLETIN


def problem_of(issue: Issue, on: date, kinds: Mapping[str, str] | None = None) -> Problem:
    """A problem of the ledger as it stood at the end of a day; ``kinds`` are the kinds of units by name."""
    told = [e for e in issue.events if e.on <= on]
    as_then = issue
    if len(told) != len(issue.events):
        state = told[-1].after if told else issue.events[0].before
        as_then = Issue(**{**{n: getattr(issue, n) for n in issue.__dataclass_fields__}, "state": state, "events": tuple(told)})  # fmt: skip
    party = issue.parties.get(Role.RECTIFIER)
    unit = party.unit if party else "未明确"
    return Problem(
        issue.id, issue.title, issue.place, unit,
        paper_for(party.level, (kinds or {}).get(unit, "")) if party else Paper.BULLETIN, as_then.state.value,
        issue.assigned_on, issue.due_on, as_then.ended, as_then.closed,
        tuple(e.on for e in told if e.step is Step.CLOSE), tuple(e.on for e in told if e.step is Step.REOPEN),
    )  # fmt: skip
