"""The ledger's list, asked of the books page by page: what was filtered, how many of each sort, and where one goes on.

A page begins after the last row of the one before (``after=``), not at a number of rows: the thousandth page costs what the
first does, and a problem that closes meanwhile shifts nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from qingxi.issue import TRANSITIONS, IssueClass, Role, Step
from qingxi_office.issues.law import PARTS
from qingxi_office.issues.models import IssueErrand, IssueRecord, IssueStep
from qingxi_office.issues.queries import ISSUE
from qingxi_office.people import rights
from qingxi_office.people.rights import rule, seen_by
from qingxi_office.places.models import Place
from qingxi_office.places.queries import under

from . import seen
from .case import FORWARD
from .tally import working_days

PAGE = 24
MENU = (
    ("klass", _lazy("类别")), ("source", _lazy("来源")), ("cause", _lazy("原因")), ("rectifier", _lazy("整改责任")),
    ("state", _lazy("到哪一步")),
)  # fmt: skip
_FIELD = {
    "klass": "klass",
    "source": "source",
    "cause": "cause_group",
    "rectifier": "rectifier__name",
    "state": "state",
}
NOBODY = "没有责任单位"
UNSAID = "没定原因"
_REVISITED = ("回头看", "反弹重开")


def base(user: Any) -> QuerySet[IssueRecord]:
    """Problems this person sees, for counting: nothing is joined where the person's scope is the whole of the tree.

    A condition that every problem meets costs a look at 100,000 places; left out, the counts come from the indexes alone.
    """
    rows = IssueRecord.objects.order_by()
    whole = user.scope_id and user.scope.parent_id is None
    if whole and rule(user, ISSUE) == under(user.scope.path, "place__path"):
        alone = not Place.objects.filter(parent=None).exclude(pk=user.scope_id).exists()
        return rows if alone else seen_by(user, rows, ISSUE)
    return seen_by(user, rows, ISSUE)


def waits_for(user: Any) -> Q | None:
    """Open problems whose next step forward is this person's unit's to take, by state and role (qingxi.issue's table)."""
    if not user.unit_id or not rights.may(user, "step_issue"):
        return None
    whole = Q(pk__in=[])
    for role, field in PARTS.items():
        states: set[str] = set()
        for step in FORWARD:
            change = TRANSITIONS[step]
            if role in change.roles and role is not Role.RAISER:
                states |= {s.value for s in change.sources}
        if role is Role.RAISER:
            states = {s.value for s in TRANSITIONS[Step.DISAGREE].sources}
            whole |= Q(raiser_id=user.unit_id, klass=IssueClass.BLOCKAGE.value, state__in=states)
        elif states:
            whole |= Q(**{f"{field}_id": user.unit_id, "state__in": states})
    return Q(is_open=True) & (
        whole
        | Q(
            pk__in=IssueErrand.objects.filter(
                asked_id=user.unit_id, answered_on=None, kind__in=("会签", "协办")
            ).values("issue_id")
        )
    )


def filtered(user: Any, asked: Any, today: dt.date) -> Q:
    """What the address asks for, as a condition."""
    late = Q(is_open=True, due_on__lt=today)
    chosen = Q() if asked.get("closed") == "all" else Q(is_open=not asked.get("closed"))
    if asked.get("late"):
        chosen &= late
    if asked.get("due") == "today":
        chosen &= Q(due_on=today)
    if asked.get("due") == "week":
        chosen &= Q(due_on__gte=today, due_on__lte=today + dt.timedelta(days=7))
    if asked.get("revisit"):
        chosen = Q(revisit_on__lte=today)
    if asked.get("mine"):
        mine = waits_for(user)
        chosen &= Q(pk__in=[]) if mine is None else Q(pk__in=base(user).filter(mine).values("pk"))
    if township := asked.get("township", ""):
        path = seen.places(user).filter(code=township, valid_to=None).values_list("path", flat=True).first()
        chosen &= under(path, "place__path") if path else Q(pk__in=[])
    for key, field in _FIELD.items():
        if value := asked.get(key, ""):
            chosen &= (
                Q(**{f"{field}__isnull": True})
                if value == NOBODY
                else Q(**{field: "" if value == UNSAID else value})
            )
    return chosen


def counts(user: Any, today: dt.date, rows: QuerySet[IssueRecord] | None = None) -> dict[str, int]:
    """How many of each sort this person sees, and how many were found this year. One query."""
    rows, mine = base(user) if rows is None else rows, waits_for(user)
    found = rows.aggregate(
        open=Count("pk", filter=Q(is_open=True)), late=Count("pk", filter=Q(is_open=True, due_on__lt=today)),
        today=Count("pk", filter=Q(is_open=True, due_on=today)), closed=Count("pk", filter=Q(is_open=False)),
        revisit=Count("pk", filter=Q(revisit_on__lte=today)),
        new=Count("pk", filter=Q(found_on__gte=dt.date(today.year, 1, 1))),
        **({"mine": Count("pk", filter=mine)} if mine is not None else {}),
    )  # fmt: skip
    found.setdefault("mine", 0)
    return {**found, "all": found["open"] + found["closed"]}


@dataclass(frozen=True)
class Year:
    """The year so far: closed, working days from finding to closing, looked at again, come back."""

    closed: int
    days: int | None
    revisited: int
    relapsed: int


def year(user: Any, today: dt.date, rows: QuerySet[IssueRecord] | None = None) -> Year:
    """Two queries; ``rows`` where :func:`base` was asked already."""
    first, rows = dt.date(today.year, 1, 1), base(user) if rows is None else rows
    spans = list(
        rows.filter(closed_on__gte=first).values_list("found_on", "closed_on").annotate(n=Count("pk")).order_by()
    )
    total = sum(n for _f, _c, n in spans)
    spent = sum(working_days(f, c) * n for f, c, n in spans)
    back = dict(
        (IssueStep.objects.filter(issue__in=rows.values("pk")) if rows.query.where else IssueStep.objects.all())
        .filter(step__in=_REVISITED, on__gte=first)
        .order_by().values_list("step").annotate(n=Count("issue", distinct=True))
    )  # fmt: skip
    return Year(
        total, round(spent / total) if total else None,
        back.get("回头看", 0), back.get("反弹重开", 0),
    )  # fmt: skip


def menus(
    user: Any, rows_of: QuerySet[IssueRecord] | None = None
) -> tuple[list[tuple[str, Any, list[tuple[str, str]]]], list[tuple[str, str]]]:
    """What one may choose from among the open ones, with how many of each; and their townships. One query."""
    rows = list(
        (base(user) if rows_of is None else rows_of).filter(is_open=True)
        .values_list("klass", "source", "cause_group", "rectifier__name", "state", "place__level", "place__code", "place__name", "place__parent__code", "place__parent__name")
        .annotate(n=Count("pk")).order_by()
    )  # fmt: skip
    found = []
    for at, (key, word) in enumerate(MENU):
        many: Counter[str] = Counter()
        for row in rows:
            many[row[at] or {"rectifier": NOBODY, "cause": UNSAID}.get(key, "")] += row[-1]
        words = {NOBODY: _("没有责任单位"), UNSAID: _("没定原因")}
        found.append((key, word, [(v, f"{words.get(v, v)} {n}") for v, n in many.most_common(60) if v]))
    towns = {(r[6], r[7]) if r[5] in ("township", "county") else (r[8], r[9]) for r in rows}
    return found, sorted(t for t in towns if t[0])


@dataclass(frozen=True)
class Slice:
    """A page of the list and the ways on: ``after`` and ``before`` are what the address takes, "" where there is no more."""

    object_list: list[IssueRecord]
    total: int
    after: str
    before: str
    first: bool


def _sort(asked: Any) -> tuple[str, bool]:
    """By which day, and whether the newest first: open ones by their term, closed ones by when they were found."""
    return ("found_on", True) if asked.get("closed") or asked.get("revisit") else ("due_on", False)


def _beyond(field: str, mark: str, falling: bool, back: bool) -> Q:
    """Rows after (before) the mark ``day~number`` in the list's order; a row without a day stands where the engine puts it."""
    day, _sep, number = mark.partition("~")
    down = falling is not back
    key = Q(key__lt=number) if down else Q(key__gt=number)
    nulls_first = connection.vendor == "sqlite"
    if not day:
        same = Q(**{f"{field}__isnull": True}) & key
        others_follow = nulls_first is not back
        return same | Q(**{f"{field}__isnull": False}) if others_follow else same
    way = "lt" if down else "gt"
    found = Q(**{f"{field}__{way}": day}) | (Q(**{field: day}) & key)
    nulls_follow = nulls_first is back
    return found | Q(**{f"{field}__isnull": True}) if nulls_follow and field == "due_on" else found


_NARROW = ("township", "due", "late", "mine", "revisit", *_FIELD)


def page(user: Any, asked: Any, chosen: Q, many: dict[str, int]) -> Slice:
    """The rows of one page; one query, and one more for how many there are where ``many`` does not tell it."""
    field, falling = _sort(asked)
    if any(asked.get(name) for name in _NARROW):
        total = base(user).filter(chosen).count()
    else:
        total = many["all" if asked.get("closed") == "all" else "closed" if asked.get("closed") else "open"]
    rows = seen.issues(user).filter(chosen)
    after, before = asked.get("after", ""), asked.get("before", "")
    back = bool(before) and not after
    if mark := _mark(before if back else after):
        rows = rows.filter(_beyond(field, mark, falling, back))
    down = "-" if falling is not back else ""
    found = list(rows.order_by(f"{down}{field}", f"{down}key")[: PAGE + 1])
    more = len(found) > PAGE
    found = found[:PAGE]
    if back:
        found.reverse()
    first = not (after or before) or (back and not more)
    onward = more or back
    return Slice(
        found, total, _of(found[-1], field) if found and onward else "", _of(found[0], field) if found and not first else "", first
    )  # fmt: skip


def _of(row: IssueRecord, field: str) -> str:
    day = getattr(row, field)
    return f"{day.isoformat() if day else ''}~{row.key}"


def _mark(text: str) -> str:
    """The mark as handed in, or "" when it is none."""
    day, sep, number = text.partition("~")
    try:
        if day:
            dt.date.fromisoformat(day)
    except ValueError:
        return ""
    return text if sep and number else ""
