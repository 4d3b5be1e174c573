"""What the register knows of a village's households and waters, and what its people say: two cards of the village's page."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from qingxi_office.asking import ask, ask_one
from qingxi_office.design.parts import Share
from qingxi_office.facilities.models import FacilityCost
from qingxi_office.intake.models import PublicReport
from qingxi_office.places import queries as places
from qingxi_office.trail import clock

from . import seen

_COLOURS = ("central", "join", "single", "reuse", "mix", "none")


@dataclass
class Homes:
    """Households of a village as registered one by one; ``n`` of 0 means that nobody did."""

    n: int = 0
    toilets: list[Share] = field(default_factory=list)
    separated: int = 0
    rain_separated: int = 0
    connected: int = 0
    to_connect: int = 0
    separated_known: int = 0
    rain_known: int = 0
    connection_known: int = 0


def homes(user: Any, place: Any) -> Homes | None:
    """None for who sees no households; one query."""
    if not seen.may_see_households(user):
        return None
    kinds = ask(
        user,
        lambda u, at: seen.households(u).filter(places.under(at.path, "hamlet__place__path")).order_by().values_list("toilet")
        .annotate(
            n=Count("pk"), apart=Count("pk", filter=Q(separated=True)), apart_known=Count("pk", filter=Q(separated__isnull=False)),
            rain=Count("pk", filter=Q(rain_separated=True)), rain_known=Count("pk", filter=Q(rain_separated__isnull=False)),
            on=Count("pk", filter=Q(connected="已接")), off=Count("pk", filter=Q(connected="应接未接")),
            asked=Count("pk", filter=~Q(connected="")),
        ),
        path=place.path,
    )  # fmt: skip
    kinds.sort(key=lambda k: (k[0] == "", -k[1]))
    n, apart, apart_known, rain, rain_known, on, off, asked = (sum(k[i] for k in kinds) for i in range(1, 9))
    return Homes(
        n, [Share(k[0] or _("没有查"), k[1], "none" if not k[0] else _COLOURS[min(i, 4)]) for i, k in enumerate(kinds)],
        apart, rain, on, off, apart_known, rain_known, asked,
    )  # fmt: skip


def waters_of(user: Any, place: Any) -> dict[str, Any]:
    """Dischargers and outlets of a village; two queries."""
    return {
        "dischargers": ask(
            user,
            lambda u, at: seen.dischargers(u).filter(places.under(at.path, "place__path"), closed_on=None)[:6],
            path=place.path,
        ),
        "outlets": ask(
            user,
            lambda u, at: seen.outlets(u).filter(places.under(at.path, "place__path"), closed_on=None)[:6],
            path=place.path,
        ),
    }


def running_cost(user: Any, facilities: list[Any]) -> tuple[int, int] | None:
    """(year, fen) of the last year for which running costs of the village's stations were entered; one query."""
    return ask_one(
        user,
        lambda u, at: seen.costs(u).filter(facility_id__in=at.pks).exclude(kind=FacilityCost.Kind.BUILD).order_by()
        .values_list("year").annotate(total=Sum("amount_fen")).order_by("-year")[:1],
        pks=[f.pk for f in facilities],
    )  # fmt: skip


@dataclass
class Voices:
    """What villagers reported in a year, and whether they say that it was mended."""

    reports: list[PublicReport]
    count: int
    followers: int
    content: int
    discontent: int
    waiting: int


def voices(user: Any, record: Any, facilities: list[Any], today: dt.date) -> Voices | None:
    """None for who sees no reports; one query."""
    if not seen.may_see_reports(user):
        return None
    rows = ask(
        user,
        lambda u, at: seen.reports(u).filter(Q(village_code=at.code) | Q(facility__in=at.keys), received_at__gte=at.since),
        code=record.place.code, keys=[f.key for f in facilities], since=clock.end_of(today - dt.timedelta(days=365)),
    )  # fmt: skip
    states = Counter(r.state for r in rows)
    state = PublicReport.State
    return Voices(
        rows[:4], len(rows), sum(r.followers for r in rows), states[state.CONFIRMED], states[state.REOPENED],
        states[state.RECEIVED] + states[state.TAKEN_UP],
    )  # fmt: skip
