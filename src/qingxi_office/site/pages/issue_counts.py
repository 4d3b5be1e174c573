"""What stands above the ledger's list: how many of each sort, the year so far, and what one may choose from.

Each is asked of the books as groups, never as rows: who sees a whole province sees 100,000 problems.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Left
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from qingxi.issue import TRANSITIONS, IssueClass, Role, Step
from qingxi_office.asking import ask
from qingxi_office.issues.law import PARTS
from qingxi_office.issues.models import IssueErrand, IssueRecord, IssueStep
from qingxi_office.issues.queries import CLOSED, OPEN, bare
from qingxi_office.people import rights
from qingxi_office.places.models import Place, Unit
from qingxi_office.site.templatetags.places import word_of

from .case import FORWARD
from .tally import working_days

MENU = (
    ("klass", _lazy("类别")), ("source", _lazy("来源")), ("cause", _lazy("原因")), ("rectifier", _lazy("整改责任")),
    ("state", _lazy("到哪一步")),
)  # fmt: skip
NOBODY = "没有责任单位"
UNSAID = "没定原因"
_REVISITED = ("回头看", "反弹重开")
_IN_GROUPS = 2000
"""Open problems from which the menus are asked in three questions of groups instead of one of rows."""
_COUNTY_DIGITS = 6
_ABOVE_COUNTY = ("province", "prefecture")


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
            whole |= Q(raiser_id=user.unit_id, klass=IssueClass.BLOCKAGE.value, state__in=sorted(states))
        elif states:
            whole |= Q(**{f"{field}_id": user.unit_id, "state__in": sorted(states)})
    return OPEN & (
        whole
        | Q(
            pk__in=IssueErrand.objects.filter(
                asked_id=user.unit_id, answered_on=None, kind__in=("会签", "协办")
            ).values("issue_id")
        )
    )


def in_one(rows: QuerySet[IssueRecord], **counted: Any) -> QuerySet[IssueRecord, dict[str, Any]]:
    """Counts over all rows as one row that can be asked for like any other."""
    return rows.annotate(one=Value(1)).values("one").annotate(**counted)


def _of_each(user: Any, today: dt.date, first: dt.date) -> dict[str, Q]:
    """The sorts that the page tells the number of."""
    mine = waits_for(user)
    return {
        "open": OPEN, "late": OPEN & Q(due_on__lt=today), "today": OPEN & Q(due_on=today), "closed": CLOSED,
        "revisit": Q(revisit_on__lte=today), "new": Q(found_on__gte=first), **({} if mine is None else {"mine": mine}),
    }  # fmt: skip


def _counts(user: Any, at: Any) -> QuerySet[Any, dict[str, Any]]:
    each, rows = _of_each(user, at.today, at.first), bare(user, at.every)
    if not at.every:
        return in_one(rows, **{key: Count("pk", filter=asked) for key, asked in each.items()})
    # Each from the index made for it, rather than all from every row.
    numbers = {key: Subquery(in_one(rows.filter(asked), n=Count("pk")).values("n")) for key, asked in each.items()}
    return Place.objects.filter(pk=user.scope_id).values(**numbers)


def counts(user: Any, today: dt.date, every: bool) -> dict[str, int]:
    """How many of each sort this person sees, and how many were found this year. One query."""
    found = ask(user, lambda u, at: _counts(u, at), today=today, first=dt.date(today.year, 1, 1), every=every)
    said = dict.fromkeys(("open", "late", "today", "closed", "revisit", "new", "mine"), 0)
    for row in found:
        said |= {key: value for key, value in row.items() if key in said}
    return {**said, "all": said["open"] + said["closed"]}


@dataclass(frozen=True)
class Year:
    """The year so far: closed, working days from finding to closing, looked at again, come back."""

    closed: int
    days: int | None
    revisited: int
    relapsed: int


def year(user: Any, today: dt.date, every: bool) -> Year:
    """Two queries."""
    first = dt.date(today.year, 1, 1)
    spans = ask(
        user,
        lambda u, at: bare(u, at.every).filter(closed_on__gte=at.first)
        .values_list("found_on", "closed_on").annotate(n=Count("pk")),
        every=every, first=first,
    )  # fmt: skip
    total = sum(n for _f, _c, n in spans)
    spent = sum(working_days(f, c) * n for f, c, n in spans)
    back = dict(
        ask(
            user,
            lambda u, at: (
                IssueStep.objects.all() if at.every else IssueStep.objects.filter(issue__in=bare(u, False).values("pk"))
            ).filter(step__in=_REVISITED, on__gte=at.first)
            .order_by().values_list("step").annotate(n=Count("issue", distinct=True)),
            every=every, first=first,
        )
    )  # fmt: skip
    return Year(
        total, round(spent / total) if total else None,
        back.get("回头看", 0), back.get("反弹重开", 0),
    )  # fmt: skip


@dataclass(frozen=True)
class Menus:
    """What one may choose from: by field its values with how many open ones, and the places; ``counties`` where the places are
    counties, for a province's townships fit in no menu."""

    fields: list[tuple[str, Any, list[tuple[str, str]]]]
    places: list[tuple[str, str]]
    counties: bool


def menus(user: Any, every: bool, many_open: int) -> Menus:
    """One query; with many open problems one for each kind of group."""
    many: dict[str, Counter[str]] = {key: Counter() for key, _word in MENU}
    above = user.scope_id is not None and user.scope.level in _ABOVE_COUNTY
    if many_open <= _IN_GROUPS and not above:
        rows = ask(
            user,
            lambda u, at: bare(u, at.every).filter(OPEN)
            .values_list("klass", "source", "cause_group", "rectifier__name", "state", "place__level", "place__code", "place__name", "place__parent__code", "place__parent__name")
            .annotate(n=Count("pk")),
            every=every,
        )  # fmt: skip
        for row in rows:
            for at, (key, _word) in enumerate(MENU):
                many[key][row[at] or ""] += row[-1]
        places = _townships(row[5:10] for row in rows)
        return Menus(_fields(many), places, False)
    for *values, n in ask(
        user,
        lambda u, at: bare(u, at.every).filter(OPEN)
        .values_list("klass", "source", "cause_group", "state").annotate(n=Count("pk")),
        every=every,
    ):  # fmt: skip
        for key, value in zip(("klass", "source", "cause", "state"), values, strict=True):
            many[key][value] += n
    units = dict(
        ask(
            user,
            # Not by the bare column: its own index would lead through all rows, closed ones too.
            lambda u, at: bare(u, at.every).filter(OPEN).annotate(unit=Coalesce("rectifier_id", 0))
            .values_list("unit").annotate(n=Count("pk")),
            every=every,
        )
    )  # fmt: skip
    names = dict(Unit.objects.filter(pk__in=units).values_list("pk", "name"))
    for pk, n in units.items():
        many["rectifier"][names.get(pk, "")] += n
    return Menus(_fields(many), _counties(user, every) if above else _townships_of(user, every), above)


def _fields(many: dict[str, Counter[str]]) -> list[tuple[str, Any, list[tuple[str, str]]]]:
    unsaid = {"rectifier": NOBODY, "cause": UNSAID}
    words = {NOBODY: _("没有责任单位"), UNSAID: _("没定原因")}
    found = []
    for key, word in MENU:
        said = [(value or unsaid.get(key, ""), n) for value, n in many[key].most_common(60)]
        found.append(
            (key, word, [(value, f"{words.get(value) or word_of(value)} {n}") for value, n in said if value])
        )
    return found


_PLACE = ("place__level", "place__code", "place__name", "place__parent__code", "place__parent__name")


def _townships(rows: Iterable[Any]) -> list[tuple[str, str]]:
    """Townships of places as (level, code, name, code above, name above)."""
    towns = {(r[1], r[2]) if r[0] in ("township", "county") else (r[3], r[4]) for r in rows}
    return sorted(t for t in towns if t[0])


def _townships_of(user: Any, every: bool) -> list[tuple[str, str]]:
    rows = ask(
        user,
        lambda u, at: bare(u, at.every).filter(OPEN).values_list(*_PLACE).distinct(),
        every=every,
    )
    return _townships(rows)


def _counties(user: Any, every: bool) -> list[tuple[str, str]]:
    """Counties with open problems; a code of a place begins with its county's."""
    codes = ask(
        user,
        lambda u, at: bare(u, at.every).filter(OPEN)
        .annotate(county=Left("place__code", _COUNTY_DIGITS)).values_list("county", flat=True).distinct(),
        every=every,
    )  # fmt: skip
    rows = Place.objects.filter(code__in=codes, level="county", valid_to=None).order_by("code")
    return list(rows.values_list("code", "name"))
