"""What this person may see, one name a book: every page reads through here, rights first."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Q, QuerySet

from qingxi_office.bulletins.queries import bulletins, call_overs, cards, late_receipts, receipts
from qingxi_office.bulletins.queries import letters as peer_letters
from qingxi_office.facilities.queries import (
    codes,
    costs,
    dischargers,
    events,
    facilities,
    outlets,
    parts,
    sampling_points,
    snapshots,
)
from qingxi_office.findings.queries import findings, undecided
from qingxi_office.funds.queries import funds
from qingxi_office.indicators.queries import figures, reported, reported_every, seats, targets
from qingxi_office.intake.models import HotlineOrder, PublicReport
from qingxi_office.issues.queries import issues
from qingxi_office.people.queries import duties, places
from qingxi_office.people.rights import Extent, covers, extent
from qingxi_office.places import queries as tree
from qingxi_office.plans.queries import current as current_plan
from qingxi_office.plans.queries import moneys, options, overrides, sees_whole_plan, systems
from qingxi_office.plans.queries import version as plan_version
from qingxi_office.plans.queries import versions as plan_versions
from qingxi_office.programmes.queries import clashes, lots, works
from qingxi_office.projects.queries import projects
from qingxi_office.readings.queries import bills, days, devices, labs, visits
from qingxi_office.villages.queries import hamlets, households, tallies, villages

__all__ = [
    "bills", "bulletins", "call_overs", "cards", "clashes", "codes", "costs", "current_plan", "days", "devices",
    "dischargers", "duties", "events", "facilities", "figures", "findings", "funds", "hamlets", "households",
    "issues", "labs", "late_receipts", "lots", "may_see", "may_see_households", "may_see_reports",
    "may_see_trail", "moneys", "options", "orders", "outlets", "overrides", "parts", "peer_letters", "places",
    "plan_version", "plan_versions", "projects", "receipts", "reported", "reported_every", "reports",
    "sampling_points", "seats", "sees_whole_plan", "snapshots", "systems", "tallies", "targets", "undecided",
    "villages", "visits", "works",
]  # fmt: skip


def may_see(user: Any, kind: str) -> bool:
    """Whether this person's role sees records of a kind at all: what it does not see is left out, not shown as none."""
    return extent(user, kind) is not Extent.NOTHING


def may_see_households(user: Any) -> bool:
    """Whether the points of houses may stand on this person's map."""
    return extent(user, "household") is not Extent.NOTHING


def may_see_reports(user: Any) -> bool:
    """Whether this person sees what villagers handed in."""
    return extent(user, "report") is not Extent.NOTHING


def may_see_trail(user: Any) -> bool:
    """Whether this person reads the whole trail: their role does, and they answer for the whole county."""
    own = tree.county()
    return may_see(user, "trail") if own is None else covers(user, own.place.path, "trail")


def reports(user: Any) -> QuerySet[PublicReport]:
    """What villagers handed in about a facility or a village of this person's subtree.

    Intake knows no places, so the subtree is asked here; a report that names neither goes to those who answer for the
    whole county.
    """
    return _handed_in(user, PublicReport.objects.all())


def orders(user: Any) -> QuerySet[HotlineOrder]:
    """Orders of the hotline about this person's subtree, by the same rule as reports."""
    return _handed_in(user, HotlineOrder.objects.all())


_H = TypeVar("_H", PublicReport, HotlineOrder)


def _handed_in(user: Any, rows: QuerySet[_H]) -> QuerySet[_H]:
    if not may_see_reports(user):
        return rows.none()
    own = tree.county()
    if own is not None and covers(user, own.place.path, "report"):
        return rows
    here = Q(facility__in=facilities(user).order_by().values("key"))
    return rows.filter(here | Q(facility="", village_code__in=places(user).order_by().values("code")))
