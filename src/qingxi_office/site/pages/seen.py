"""What this person may see, one name a book: every page reads through here, rights first."""

from __future__ import annotations

from typing import Any

from qingxi_office.bulletins.queries import bulletins
from qingxi_office.facilities.queries import facilities
from qingxi_office.findings.queries import findings, undecided
from qingxi_office.funds.queries import funds
from qingxi_office.indicators.queries import figures
from qingxi_office.issues.queries import issues
from qingxi_office.people.queries import duties, places
from qingxi_office.people.rights import Extent, extent
from qingxi_office.plans.queries import current as current_plan
from qingxi_office.plans.queries import options, systems
from qingxi_office.programmes.queries import clashes, lots, works
from qingxi_office.projects.queries import projects
from qingxi_office.readings.queries import bills, days, devices, labs, visits
from qingxi_office.villages.queries import hamlets, villages

__all__ = [
    "bills", "bulletins", "clashes", "current_plan", "days", "devices", "duties", "facilities", "figures", "findings",
    "funds", "hamlets", "issues", "labs", "lots", "may_see_households", "may_see_reports", "options", "places",
    "projects", "systems", "undecided", "villages", "visits", "works",
]  # fmt: skip


def may_see_households(user: Any) -> bool:
    """Whether the points of houses may stand on this person's map."""
    return extent(user, "household") is not Extent.NOTHING


def may_see_reports(user: Any) -> bool:
    """Whether this person sees what villagers handed in."""
    return extent(user, "report") is not Extent.NOTHING
