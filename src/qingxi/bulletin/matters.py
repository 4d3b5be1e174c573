"""Problems of a period, told apart by what happened to them and by whom a bulletin may name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from qingxi.bulletin.problem import Paper, Problem, problem_of
from qingxi.issue import Issue


@dataclass(frozen=True)
class Period:
    """A week, a month or any span of days, both ends with."""

    name: str
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"period {self.name}: end {self.end} is before {self.start}")

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.start <= day <= self.end


def month(year: int, number: int) -> Period:
    """The period of a calendar month: 2026年11月."""
    start = date(year, number, 1)
    after = date(year + number // 12, number % 12 + 1, 1)
    return Period(f"{year}年{number}月", start, after - timedelta(days=1))


def week(day: date) -> Period:
    """The week, Monday to Sunday, in which a day lies: 2026年第47周."""
    start = day - timedelta(days=day.weekday())
    year, number, _ = day.isocalendar()
    return Period(f"{year}年第{number}周", start, start + timedelta(days=6))


@dataclass(frozen=True)
class Matters:
    """The problems of a period as of its last day."""

    period: Period
    opened: tuple[Problem, ...]
    closed: tuple[Problem, ...]
    reopened: tuple[Problem, ...]
    open: tuple[Problem, ...]
    overdue: tuple[Problem, ...]

    def of(self, place: str) -> "Matters":
        """Only those of a place and below."""

        def own(some: tuple[Problem, ...]) -> tuple[Problem, ...]:
            return tuple(p for p in some if p.place.startswith(place))

        return Matters(
            self.period,
            own(self.opened),
            own(self.closed),
            own(self.reopened),
            own(self.open),
            own(self.overdue),
        )


def matters(issues: Iterable[Issue | Problem], period: Period) -> Matters:
    """Sort problems by what happened to them in a period."""
    lines = (problem_of(i, period.end) if isinstance(i, Issue) else i for i in issues)
    known = [p for p in lines if p.assigned_on <= period.end]
    living = tuple(p for p in known if not p.ended)
    return Matters(
        period,
        tuple(p for p in known if p.assigned_on in period),
        tuple(p for p in known if p.closed and any(day in period for day in p.closed_on)),
        tuple(p for p in known if any(day in period for day in p.reopened_on)),
        living,
        tuple(sorted((p for p in living if p.overdue(period.end)), key=lambda p: (p.due_on, p.id))),
    )


def peer(problem: Issue | Problem) -> bool:
    """Whether its rectifier is a department of equal rank: such a one gets a letter (函), never a bulletin."""
    line = problem_of(problem, problem.assigned_on) if isinstance(problem, Issue) else problem
    return line.paper is Paper.LETTER
