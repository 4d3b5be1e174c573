"""Deeds on duties, for those who may assign them; ``places.actions`` carries them out."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from qingxi.place import Change, StandardDuty
from qingxi_office.people import rights
from qingxi_office.places import actions as places
from qingxi_office.places.models import Duty, Place
from qingxi_office.trail import actions as trail


def appoint_duty(place: Place, matter: str, role: str, *, by: trail.Doer, **said: Any) -> Duty:
    rights.check(by, "assign_duty", path=place.path)
    return places.appoint(place, matter, role, by=by, **said)


def close_duty(row: Duty, *, by: trail.Doer, on: date, document: str) -> Duty:
    rights.check(by, "assign_duty", path=row.place.path if row.place else "")
    return places.end_duty(row, on=on, document=document, by=by)


def hand_over_duties(changes: Sequence[Change], *, by: trail.Doer, on: date, document: str) -> list[Duty]:
    """Carry a hand-over sheet out; every post must lie where this person may assign."""
    rights.check(by, "assign_duty")
    rows = Duty.objects.filter(pk__in=[int(c.before.key) for c in changes]).select_related("place")
    for row in rows:
        rights.check(by, "assign_duty", path=row.place.path if row.place else "")
    return places.hand_over(changes, on=on, document=document, by=by)


def lay_out_duties(
    missing: Iterable[tuple[Place, StandardDuty]], *, by: trail.Doer, on: date, document: str
) -> int:
    """Set up the posts of the standard list that are missing, empty, each under the unit of its place."""
    wanted = list(missing)
    for place, _ in wanted:
        rights.check(by, "assign_duty", path=place.path)
    units: dict[int, str] = {}
    for place in {place.pk: place for place, _ in wanted}.values():
        unit = place.units.filter(valid_to=None, kind__in=("乡镇", "村委会", "居委会")).first()
        if unit is not None:
            units[place.pk] = unit.name
    return places.lay_out(wanted, on=on, document=document, by=by, units=units)
