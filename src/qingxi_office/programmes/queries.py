"""Reading the programme, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.people.rights import Way, seen_by
from qingxi_office.programmes.models import Clash, LotRow, OtherWork

LOT = Way("lot")


def lots(user: Any) -> QuerySet[LotRow]:
    return seen_by(user, LotRow.objects.select_related("place"), LOT)


def works(user: Any) -> QuerySet[OtherWork]:
    return seen_by(user, OtherWork.objects.select_related("place"), LOT)


def clashes(user: Any) -> QuerySet[Clash]:
    """Roads to be dug twice, dearest first."""
    return seen_by(user, Clash.objects.select_related("lot", "work", "place", "place__parent"), LOT)
