"""The disclosure list 公开目录: who must publish what by when, on what clause, and how it stands."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources

from qingxi.calendar import WorkingDays
from qingxi.standard import Trust


class When(StrEnum):
    """What sets the day: the end of a month, a quarter, a year; or a change."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CHANGE = "change"


@dataclass(frozen=True, slots=True)
class Owed:
    """One row of the list.

    Attributes
    ----------
    kind : str
        Kind of publication that answers it; "": it is published elsewhere, and its place is noted.
    when : When
    days : int
        Days after the end of the period, or after the change, in ``clock`` (工作日, 日历天).
    """

    key: str
    what: str
    who: str
    kind: str
    when: When
    days: int
    clock: str
    basis: str
    source: str
    dated: date
    trust: Trust


@dataclass(frozen=True, slots=True)
class Standing:
    """``due``: the last day, None where nothing was owed yet; ``published``: the last time; ``late``: days over (calendar)."""

    due: date | None
    published: date | None
    met: bool
    late: int


@cache
def owed_list() -> tuple[Owed, ...]:
    """Every row of the table ``disclosure_list``, in its order."""
    text = (resources.files("qingxi.standard") / "tables" / "disclosure_list.csv").read_text(encoding="utf-8")
    return tuple(
        Owed(
            r["key"], r["what"], r["who"], r["kind"], When(r["when"]), int(r["days"]), r["clock"], r["basis"], r["source"],
            date.fromisoformat(r["dated"]), Trust(r["trust"]),
        )
        for r in csv.DictReader(text.splitlines())
    )  # fmt: skip


def last_end(when: When, today: date) -> date:
    """The last day of the last whole period before a day.

    >>> last_end(When.QUARTER, date(2026, 11, 22))
    datetime.date(2026, 9, 30)
    """
    if when is When.YEAR:
        return date(today.year - 1, 12, 31)
    month = today.month if when is When.MONTH else (today.month - 1) // 3 * 3 + 1
    return date(today.year, month, 1) - timedelta(days=1)


def standing(
    owed: Owed,
    today: date,
    *,
    published: date | None,
    changed: date | None = None,
    working: WorkingDays | None = None,
) -> Standing:
    """How a row stands on a day.

    Parameters
    ----------
    published : date, optional
        The last day on which it was published; None: never.
    changed : date, optional
        For what is owed after a change: the day of the last one; None: nothing changed, nothing is owed.
    """
    working = working or WorkingDays()
    began = last_end(owed.when, today) if owed.when is not When.CHANGE else changed
    if began is None:
        return Standing(None, published, True, 0)
    due = working.add(began, owed.days) if owed.clock == "工作日" else began + timedelta(days=owed.days)
    met = published is not None and (published >= began if owed.when is When.CHANGE else published > began)
    late = 0 if met or today <= due else (today - due).days
    return Standing(due, published, met, late)
