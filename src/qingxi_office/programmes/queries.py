"""Reading the programme, rights first."""

from typing import Any

from django.db.models import QuerySet

from qingxi_office.people.rights import Way, seen_by
from qingxi_office.programmes.models import Clash, ClashLetter, LotRow, OtherWork

LOT = Way("lot")


def lots(user: Any) -> QuerySet[LotRow]:
    return seen_by(user, LotRow.objects.select_related("place"), LOT)


def works(user: Any) -> QuerySet[OtherWork]:
    return seen_by(user, OtherWork.objects.select_related("place"), LOT)


LETTER = Way("lot", place="clash__place__path", state=None)


def letters(user: Any) -> QuerySet[ClashLetter]:
    """Letters about the clashes this person sees, the newest first."""
    rows = ClashLetter.objects.select_related("clash", "clash__work", "clash__lot", "clash__place", "signed_by")
    return seen_by(user, rows, LETTER)


def clashes(user: Any) -> QuerySet[Clash]:
    """Roads to be dug twice, dearest first."""
    return seen_by(
        user, Clash.objects.select_related("lot", "work", "place", "place__parent").prefetch_related("letters"), LOT
    )
