"""The ledger's list, asked of the books page by page: what was filtered, and where one goes on.

A page begins after the last row of the one before (``after=``), not at a number of rows: the thousandth page costs what the
first does, and a problem that closes meanwhile shifts nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet

from qingxi_office.asking import ask
from qingxi_office.issues.models import IssueRecord
from qingxi_office.issues.queries import CLOSED, OPEN, bare, issues
from qingxi_office.places.queries import under

from . import seen
from .issue_counts import NOBODY, UNSAID, in_one, waits_for

PAGE = 24
_FIELD = {
    "klass": "klass",
    "source": "source",
    "cause": "cause_group",
    "rectifier": "rectifier__name",
    "state": "state",
}
_KEPT = 2
"""Choices at once up to which a page's question is kept; more of them are asked as ever, for nobody asks so twice."""


def chosen(user: Any, asked: Any, today: dt.date, every: bool) -> dict[str, Any]:
    """What the address asks for, as values that a question takes: a flag says yes, None says nothing."""
    path, township = None, asked.get("township", "")
    if township:
        path = seen.places(user).filter(code=township, valid_to=None).values_list("path", flat=True).first()
    said: dict[str, Any] = {
        "today": today, "week": today + dt.timedelta(days=7), "every": every,
        "closed": bool(asked.get("closed")), "both": asked.get("closed") == "all",
        "late": bool(asked.get("late")), "due_today": asked.get("due") == "today", "due_week": asked.get("due") == "week",
        "revisit": bool(asked.get("revisit")), "mine": bool(asked.get("mine")),
        "path": path, "nowhere": bool(township) and not path,
    }  # fmt: skip
    for key in _FIELD:
        value = asked.get(key, "")
        said[f"{key}_none"] = value == NOBODY
        said[key] = None if not value or value == NOBODY else "" if value == UNSAID else value
    return said


def filtered(user: Any, at: Any) -> Q:
    """What was :func:`chosen`, as a condition."""
    found = Q() if at.both else CLOSED if at.closed else OPEN
    if at.late:
        found &= OPEN & Q(due_on__lt=at.today)
    if at.due_today:
        found &= Q(due_on=at.today)
    if at.due_week:
        found &= Q(due_on__gte=at.today, due_on__lte=at.week)
    if at.revisit:
        found = Q(revisit_on__lte=at.today)
    if at.mine:
        mine = waits_for(user)
        found &= Q(pk__in=[]) if mine is None else mine
    if at.nowhere:
        found &= Q(pk__in=[])
    if at.path is not None:
        found &= under(at.path, "place__path")
    for key, field in _FIELD.items():
        if getattr(at, f"{key}_none"):
            found &= Q(**{f"{field}__isnull": True})
        elif (value := getattr(at, key)) is not None:
            found &= Q(**{field: value})
    return found


def narrowed(user: Any, asked: Any, today: dt.date) -> Q:
    """What the address asks for, as a condition on the problems that this person sees."""
    return filtered(user, SimpleNamespace(**chosen(user, asked, today, False)))


@dataclass(frozen=True)
class Slice:
    """A page of the list and the ways on: ``after`` and ``before`` are what the address takes, "" where there is no more."""

    object_list: list[IssueRecord]
    total: int
    after: str
    before: str
    first: bool


def _field(at: Any) -> tuple[str, bool]:
    """By which day, and whether the newest first: open ones by their term, closed ones by when they were found."""
    return ("found_on", True) if at.closed or at.revisit else ("due_on", False)


def _beyond(field: str, day: dt.date | None, number: str, falling: bool, back: bool) -> Q:
    """Rows after (before) a day and number in the list's order; a row without a day stands where the engine puts it."""
    down = falling is not back
    key = Q(key__lt=number) if down else Q(key__gt=number)
    nulls_first = connection.vendor == "sqlite"
    if day is None:
        same = Q(**{f"{field}__isnull": True}) & key
        others_follow = nulls_first is not back
        return same | Q(**{f"{field}__isnull": False}) if others_follow else same
    way = "lt" if down else "gt"
    found = Q(**{f"{field}__{way}": day}) | (Q(**{field: day}) & key)
    nulls_follow = nulls_first is back
    return found | Q(**{f"{field}__isnull": True}) if nulls_follow and field == "due_on" else found


def _rows(user: Any, at: Any) -> QuerySet[IssueRecord]:
    """One page and one row more, from the mark on or back."""
    field, falling = _field(at)
    asked = filtered(user, at)
    if at.number is not None:
        asked &= _beyond(field, at.day, at.number, falling, at.back)
    down = "-" if falling is not at.back else ""
    order, most = (f"{down}{field}", f"{down}key"), PAGE + 1
    if not at.every:
        return issues(user).filter(asked).order_by(*order)[:most]
    # Of 100,000 the few are found first and joined to their places and units after.
    return (
        issues(user, True)
        .filter(pk__in=bare(user, True).filter(asked).order_by(*order).values("pk")[:most])
        .order_by(*order)
    )


_NARROW = ("township", "due", "late", "mine", "revisit", *_FIELD)


def page(user: Any, asked: Any, said: dict[str, Any], many: dict[str, int]) -> Slice:
    """The rows of one page; one query, and one more for how many there are where ``many`` does not tell it."""
    narrow = sum(bool(asked.get(name)) for name in _NARROW)
    after, before = asked.get("after", ""), asked.get("before", "")
    back = bool(before) and not after
    day, number = _mark(before if back else after)
    marked = {**said, "day": day, "number": number, "back": back}
    if not narrow or (said["mine"] and narrow == 1 and not said["closed"]):
        total = many["mine" if narrow else "all" if said["both"] else "closed" if said["closed"] else "open"]
        found = ask(user, lambda u, at: _rows(u, at), **marked)
    elif narrow <= _KEPT:
        many_of = ask(user, lambda u, at: in_one(bare(u, at.every).filter(filtered(u, at)), n=Count("pk")), **said)
        total = many_of[0]["n"] if many_of else 0  # no row where nothing can fit, as of a township that is none
        found = ask(user, lambda u, at: _rows(u, at), **marked)
    else:
        at = SimpleNamespace(**marked)
        total = bare(user, at.every).filter(filtered(user, at)).count()
        found = list(_rows(user, at))
    more = len(found) > PAGE
    found = found[:PAGE]
    if back:
        found.reverse()
    first = not (after or before) or (back and not more)
    onward = more or back
    field = _field(SimpleNamespace(**said))[0]
    return Slice(
        found, total, _of(found[-1], field) if found and onward else "", _of(found[0], field) if found and not first else "", first
    )  # fmt: skip


def _of(row: IssueRecord, field: str) -> str:
    day = getattr(row, field)
    return f"{day.isoformat() if day else ''}~{row.key}"


def _mark(text: str) -> tuple[dt.date | None, str | None]:
    """The day and the number of the mark as handed in; no number when it is none."""
    day, sep, number = text.partition("~")
    try:
        return dt.date.fromisoformat(day) if day else None, number if sep and number else None
    except ValueError:
        return None, None
