"""What the register knows of a village's households and waters, and what its people say: two cards of the village's page."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from qingxi_office.design.parts import Share
from qingxi_office.facilities.models import FacilityCost
from qingxi_office.intake.models import PublicReport
from qingxi_office.places import queries as places

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
    """None for who sees no households; two queries."""
    if not seen.may_see_households(user):
        return None
    rows = seen.households(user).filter(places.under(place.path, "hamlet__place__path")).order_by()
    said = rows.aggregate(
        n=Count("pk"), apart=Count("pk", filter=Q(separated=True)), apart_known=Count("pk", filter=Q(separated__isnull=False)),
        rain=Count("pk", filter=Q(rain_separated=True)), rain_seen=Count("pk", filter=Q(rain_separated__isnull=False)),
        on=Count("pk", filter=Q(connected="已接")), off=Count("pk", filter=Q(connected="应接未接")), asked=Count("pk", filter=~Q(connected="")),
    )  # fmt: skip
    kinds = sorted(rows.values_list("toilet").annotate(n=Count("pk")), key=lambda k: (k[0] == "", -k[1]))
    return Homes(
        said["n"], [Share(word or _("没有查"), n, "none" if not word else _COLOURS[min(i, 4)]) for i, (word, n) in enumerate(kinds)],
        said["apart"], said["rain"], said["on"], said["off"], said["apart_known"], said["rain_seen"], said["asked"],
    )  # fmt: skip


def waters_of(user: Any, place: Any) -> dict[str, Any]:
    """Dischargers and outlets of a village; two queries."""
    below = places.under(place.path, "place__path")
    return {
        "dischargers": list(seen.dischargers(user).filter(below, closed_on=None)[:6]),
        "outlets": list(seen.outlets(user).filter(below, closed_on=None)[:6]),
    }


def running_cost(user: Any, facilities: list[Any]) -> tuple[int, int] | None:
    """(year, fen) of the last year for which running costs of the village's stations were entered; one query."""
    rows = seen.costs(user).filter(facility__in=facilities).exclude(kind=FacilityCost.Kind.BUILD).order_by()
    years = list(rows.values_list("year").annotate(total=Sum("amount_fen")).order_by("-year")[:1])
    return years[0] if years else None


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
    own = Q(village_code=record.place.code) | Q(facility__in=[f.key for f in facilities])
    rows = list(seen.reports(user).filter(own, received_at__date__gt=today - dt.timedelta(days=365)))
    states = Counter(r.state for r in rows)
    state = PublicReport.State
    return Voices(
        rows[:4], len(rows), sum(r.followers for r in rows), states[state.CONFIRMED], states[state.REOPENED],
        states[state.RECEIVED] + states[state.TAKEN_UP],
    )  # fmt: skip
