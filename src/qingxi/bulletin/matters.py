"""Problems of a period, told apart by whom a bulletin may name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from qingxi.issue import Issue, Level, Role, Step


@dataclass(frozen=True)
class Period:
    """A month or any span of days, both ends with."""

    name: str
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"period {self.name}: end {self.end} is before {self.start}")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end


@dataclass(frozen=True)
class Matters:
    """The problems of a period as of its last day."""

    period: Period
    opened: tuple[Issue, ...]
    closed: tuple[Issue, ...]
    reopened: tuple[Issue, ...]
    open: tuple[Issue, ...]
    overdue: tuple[Issue, ...]

    def of(self, place: str) -> "Matters":
        """Only those of a place and below."""

        def own(issues: tuple[Issue, ...]) -> tuple[Issue, ...]:
            return tuple(i for i in issues if i.place.startswith(place))

        return Matters(
            self.period,
            own(self.opened),
            own(self.closed),
            own(self.reopened),
            own(self.open),
            own(self.overdue),
        )


def matters(issues: Iterable[Issue], period: Period) -> Matters:
    """Sort problems by what happened to them in a period."""
    known = [i for i in issues if i.assigned_on <= period.end]

    def took(issue: Issue, step: Step) -> bool:
        return any(e.step is step and e.on in period for e in issue.events)

    living = tuple(i for i in known if not i.ended)
    return Matters(
        period,
        tuple(i for i in known if i.assigned_on in period),
        tuple(i for i in known if i.closed and took(i, Step.CLOSE)),
        tuple(i for i in known if took(i, Step.REOPEN)),
        living,
        tuple(sorted((i for i in living if i.overdue(period.end)), key=lambda i: (i.due_on, i.id))),
    )


def peer(issue: Issue) -> bool:
    """Whether its rectifier is a department of equal rank: such a one gets a letter (函), never a bulletin."""
    party = issue.parties.get(Role.RECTIFIER)
    return party is not None and party.level.rank >= Level.COUNTY.rank
