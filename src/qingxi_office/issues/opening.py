"""Opening a problem that was told by hand: by the hotline, on paper, by a spot check, by a higher level."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.issues.actions import _open, parties_of
from qingxi_office.issues.models import IssueRecord
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.trail import clock
from qingxi_office.trail.because import texts


@transaction.atomic
def open_by_hand(
    *, source: str, place: Place, facility: FacilityRecord | None = None, klass: str = "一般", title: str, detail: str = "",
    because: Iterable[Ref | str] = (), by: Any,
) -> IssueRecord:  # fmt: skip
    """A problem with the usual four units and its class's deadline. Raises Denied, ValueError without a title."""
    rights.check(by, "open_issue", path=place.path)
    if not title.strip():
        raise ValueError("问题要写一句是什么")
    today = clock.today()
    row = IssueRecord(
        title=title.strip()[:200], detail=detail, klass=klass, source=source[:20], place=place, facility=facility, found_on=today,
        assigned_on=today, because=texts(list(because)), **parties_of(place, facility),
    )  # fmt: skip
    return _open(row, by=by)
