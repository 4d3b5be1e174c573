"""Reading money, rights first."""

from typing import Any

from django.db.models import QuerySet, Sum

from qingxi_office.funds.models import Allocation, FundSource
from qingxi_office.people.rights import Way, seen_by

FUND = Way("fund", place="")


def funds(user: Any) -> QuerySet[FundSource]:
    """Sources with ``allocated_fen``: what was given to uses so far."""
    return seen_by(user, FundSource.objects.annotate(allocated_fen=Sum("allocations__amount_fen")), FUND)


def of_subject(user: Any, subject: str) -> QuerySet[Allocation]:
    """Movements for one use (``"project:…"``)."""
    return seen_by(user, Allocation.objects.filter(subject=subject).select_related("fund"), FUND)
