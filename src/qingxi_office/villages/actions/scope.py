"""Signing lines of the denominator list (列入、核减)."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.places.models import Place
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock
from qingxi_office.villages.models import ScopeLine

CHANGES = ("列入", "核减")


def sign_scope(
    places: Sequence[Place], change: str, *, by: trail.Doer, reason: str, signed_on: date, signed_by: str
) -> list[ScopeLine]:
    """Put villages into the denominator list or take them out, by one signed paper.

    Earlier lines stay; a figure of an earlier day is counted by the list of that day. A village that stands so already gets no
    second line.

    Raises
    ------
    ValueError
        Without villages, reason or signing unit; for a place that is no village; a day to come, or one before the last
        line of the village.
    """
    for place in places:
        rights.check(by, "sign_scope", path=place.path)
    if not places:
        raise ValueError("没有选村")
    if change not in CHANGES:
        raise ValueError("请选列入还是核减")
    if not reason.strip() or not signed_by.strip():
        raise ValueError("列入或核减都要写理由和签发单位")
    if signed_on > clock.today():
        raise ValueError(f"{signed_on:%Y-%m-%d} 还没有到")
    if wrong := [place.name for place in places if place.level != Place.Level.VILLAGE]:
        raise ValueError(f"{'、'.join(wrong)}不是行政村")
    with transaction.atomic():
        last: dict[int, ScopeLine] = {
            line.place_id: line
            for line in ScopeLine.objects.filter(place__in=places)
            .exclude(signed_on=None)
            .order_by("signed_on", "id")
        }
        late = [p.name for p in places if p.pk in last and (last[p.pk].signed_on or signed_on) > signed_on]
        if late:
            raise ValueError(f"{'、'.join(late)}已有更晚签发的增减，日期要在那以后")
        made = [
            ScopeLine(
                place=place, change=change, reason=reason.strip()[:200], signed_on=signed_on, signed_by=signed_by.strip()[:120],
                because=[f"village:{place.code}"],
            )
            for place in places
            if place.pk not in last or last[place.pk].change != change
        ]  # fmt: skip
        if not made:
            raise ValueError(f"所选的村已经{change}了")
        for line in made:
            line.save(force_insert=True)
        trail.record(
            "scope.signed", Ref("scope", "list"), by=by, because=reason.strip(),
            after={"change": change, "signed_on": signed_on, "signed_by": signed_by.strip(), "villages": [p.name for p in places], "named": [str(p.pk) for p in places]},
        )  # fmt: skip
    return made
