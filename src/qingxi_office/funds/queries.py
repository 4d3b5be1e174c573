"""Reading money, rights first."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet, Sum

from qingxi_office.funds.models import Allocation, FundSource
from qingxi_office.people.rights import Way, seen_by

FUND = Way("fund", place="")


def funds(user: Any) -> QuerySet[FundSource]:
    """Sources with ``allocated_fen``: what was given to uses so far."""
    return seen_by(user, FundSource.objects.annotate(allocated_fen=Sum("allocations__amount_fen")), FUND)


def of_subjects(user: Any, subjects: Sequence[str]) -> QuerySet[Allocation]:
    """Movements for several uses."""
    return seen_by(user, Allocation.objects.filter(subject__in=subjects).select_related("fund"), FUND)
