"""A problem and its history; nothing of it is ever rewritten, only added to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from qingxi.issue.errands import Errand
from qingxi.issue.kinds import IssueClass
from qingxi.issue.party import Party
from qingxi.issue.steps import CLOSED_STATES, EXITS, Level, Role, State, Step
from qingxi.origin import Ref

ASKED = "反映人回访"
"""Kind of evidence: the one who reported it was asked whether it is mended (or told why it is not one)."""


class Answer(StrEnum):
    """What came of asking the reporter; with :data:`ASKED` evidence, and no word at all means agreement was noted."""

    YES = "认可"
    NO = "不认可"
    WAIT = "已问未答"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who takes a step: a person of a unit."""

    unit: str
    level: Level
    person: str

    def __post_init__(self) -> None:
        if not self.unit or not self.person:
            raise ValueError("办理人和单位都要写明")


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence: its kind in the words of the steps' table, and the record it is.

    ``answer`` is the reporter's, on evidence of the kind :data:`ASKED`.
    """

    kind: str
    ref: Ref
    note: str = ""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A step that was taken. ``role`` is the part in which the actor took it."""

    step: Step
    before: State
    after: State
    by: Actor
    role: Role
    on: date
    proofs: tuple[Proof, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Issue:
    """One problem (问题).

    Attributes
    ----------
    id, title : str
    issue_class : IssueClass
        Decides what closing asks for.
    level : Level
        Level that issued it; closing below it is against the law.
    parties : mapping of Role to Party
        The four units; one that is not named yet is missing.
    place : str
        Code of the place.
    facility, source, reporter : str
        ``reporter`` is a way to reach the one who told of it (never printed); empty: nobody to ask.
    assigned_on, due_on : date
    state : State
    events : tuple of Event
        From the first day, reopened or not.
    merged_into : str
        Id of the problem it went into.
    errands : tuple of Errand
        What units asked of each other within it.
    """

    id: str
    title: str
    issue_class: IssueClass
    level: Level
    parties: Mapping[Role, Party]
    place: str
    assigned_on: date
    due_on: date
    source: str = ""
    facility: str = ""
    reporter: str = ""
    state: State = State.ASSIGNED
    events: tuple[Event, ...] = ()
    merged_into: str = ""
    because: tuple[Ref, ...] = field(default=())
    errands: tuple[Errand, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or not self.title:
            raise ValueError("a problem needs a number and a title")

    @property
    def ref(self) -> Ref:
        return Ref("issue", self.id)

    @property
    def closed(self) -> bool:
        """Closed by the line: 销号备案 and after."""
        return self.state in CLOSED_STATES

    @property
    def ended(self) -> bool:
        """Nobody has to do anything: closed, found to be none, or gone into another."""
        return self.closed or self.state in EXITS

    @property
    def round(self) -> tuple[Event, ...]:
        """Events since it was last reopened; evidence of an earlier round does not close this one."""
        for at in range(len(self.events) - 1, -1, -1):
            if self.events[at].step is Step.REOPEN:
                return self.events[at:]
        return self.events

    def proofs(self, kind: str) -> tuple[Proof, ...]:
        """Evidence of this kind in the present round."""
        return tuple(p for event in self.round for p in event.proofs if p.kind == kind)

    def asked(self) -> tuple[tuple[date, Proof], ...]:
        """Each time the reporter was asked in this round, by somebody who did not rectify, with its day."""
        return tuple(
            (event.on, p)
            for event in self.round
            if event.role is not Role.RECTIFIER
            for p in event.proofs
            if p.kind == ASKED
        )

    def last(self, step: Step) -> Event | None:
        """The latest event of this step in the present round."""
        return next((e for e in reversed(self.round) if e.step is step), None)

    def overdue(self, today: date) -> bool:
        """Past its day and not ended; a suspended one (挂账) is past it too, and stays visible."""
        return not self.ended and today > self.due_on
