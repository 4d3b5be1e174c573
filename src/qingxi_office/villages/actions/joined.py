"""Villages that go into another: what the register knows of them is added to the one that goes on."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.people import actions as people
from qingxi_office.places.models import Place
from qingxi_office.trail import actions as trail
from qingxi_office.villages.actions.edit import edit_village
from qingxi_office.villages.models import VillageRecord

ADDED = {
    "households": "户数", "people_registered": "户籍人口", "people_resident": "常住人口", "people_festival": "春节人口",
    "households_connected": "已接户数", "sewer_km": "管网长度", "crop_area_mu": "耕地", "ditch_m": "沟渠",
}  # fmt: skip
"""What is counted or measured in a village and adds up; its state does not: that is recognised anew, by a person."""


@transaction.atomic
def join_villages(
    gone: Sequence[Place], into: Place | None, *, by: trail.Doer, on: date, document: str, new: Mapping[str, str] | None = None
) -> Place:  # fmt: skip
    """Merge places (see ``places.actions.merge``); of villages the figures of the register are added to the successor.

    The sum is an edit of the successor's record like any other: before and after stand in the trail, and it is undone from the
    village's page while nobody wrote over it. The records of the villages that ended keep their own figures. A figure that one of
    the villages does not know is not added: the successor keeps its own, and the trail names it.
    """
    was = into is not None and VillageRecord.objects.filter(place=into).exists()
    done = people.merge_places(gone, into, by=by, on=on, document=document, new=new)
    ended = list(VillageRecord.objects.filter(place__in=[p.pk for p in gone]).select_related("place"))
    if done.level != Place.Level.VILLAGE or not ended:
        return done
    own = VillageRecord.objects.filter(place=done).select_related("place").first()
    if own is None:
        own = VillageRecord.objects.create(place=done, because=[str(Ref("village", v.place.code)) for v in ended])
        trail.record(
            "village.opened", Ref("village", done.code), by=by, because=document, after={"state": own.state}
        )
    parts = [*ended, own] if was else ended
    values: dict[str, Any] = {}
    unknown: list[str] = []
    for name, word in ADDED.items():
        known = [getattr(v, name) for v in parts]
        if None not in known:
            values[name] = sum(known)
        elif any(v is not None for v in known):
            unknown.append(word)
    because = f"并入{'、'.join(v.place.name for v in ended)}：{document}"
    if unknown:
        because += f"（有村没有登记，没有相加：{'、'.join(unknown)}）"
    edit_village(own, values, by=by, because=because)
    return done
