"""Every change to places, units and duties."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi_office.places.initials import initials
from qingxi_office.places.models import County, Duty, Place, Unit
from qingxi_office.trail import actions as trail

_DIGITS = {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village", 15: "hamlet"}
_ABOVE = {4: 2, 6: 4, 9: 6, 12: 9, 15: 12}


def level_of(code: str) -> str:
    """Level by the number of digits of a code in its shortest form; KeyError for a code of no level."""
    return _DIGITS[len(code)]


@transaction.atomic
def take_in_tree(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer, because: str = "") -> dict[str, Place]:
    """Put places in by code, parents first; gives every living place by code.

    A row has ``code`` and ``name`` and any other field of Place but parent and path, which follow from the code. A place
    whose name differs from the one known keeps its old name under ``former_names``. Places not named stay as they are.
    """
    known = {place.code: place for place in Place.objects.filter(valid_to=None)}
    new = changed = 0
    for row in sorted({r["code"]: r for r in rows}.values(), key=lambda r: len(r["code"])):
        code = row["code"]
        above = known.get(code[: _ABOVE.get(len(code), 0)])
        values = {
            "kind": "", **row, "level": level_of(code), "initials": initials(row["name"]),
            "parent_id": above.pk if above else None, "path": f"{above.path if above else ''}{code}/",
        }  # fmt: skip
        place = known.get(code)
        if place is None:
            known[code] = place = Place(**values)
            place.save(force_insert=True)
            new += 1
            continue
        if place.name != values["name"]:
            values["former_names"] = [*place.former_names, place.name]
        if any(getattr(place, field) != value for field, value in values.items()):
            for field, value in values.items():
                setattr(place, field, value)
            place.save()
            changed += 1
    if new or changed:
        trail.record(
            "places.taken_in", Ref("place", "tree"), by=by, because=because, after={"new": new, "changed": changed}
        )
    return known


@transaction.atomic
def set_county(place: Place, *, by: trail.Doer, **values: Any) -> County:
    """Say whose books these are, and who leads, issues and punishes."""
    known = County.objects.first()
    before = {k: getattr(known, k) for k in values} if known else None
    if known is not None and known.place_id == place.pk and before == values:
        return known
    county = known or County()
    county.place = place
    for field, value in values.items():
        setattr(county, field, value)
    county.save()
    trail.record("county.set", Ref("place", place.code), by=by, before=before, after=values)
    return county


def take_in_units(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> dict[str, int]:
    """Put units in by name (``name``, ``kind``, ``place_id``, ``phone``); gives ids by name."""
    return trail.take_in(Unit, rows, key="name", action="units.taken_in", subject=Ref("unit", "all"), by=by).ids


@transaction.atomic
def take_in_duties(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> int:
    """Put duties in; a duty already there (same place, matter, role, unit, person and start) is left alone."""
    keys = ("place_id", "subject", "matter", "role", "unit_name", "person", "valid_from")
    there = set(Duty.objects.values_list(*keys))
    new = [row for row in rows if tuple(row.get(k, "" if k != "valid_from" else None) for k in keys) not in there]
    Duty.objects.bulk_create([Duty(**row) for row in new], batch_size=500)
    if new:
        trail.record("duties.taken_in", Ref("duty", "all"), by=by, after={"new": len(new)})
    return len(new)
