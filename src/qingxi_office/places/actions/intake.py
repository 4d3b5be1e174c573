"""Taking in lists of places, units and duties."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django.db import transaction

from qingxi.origin import Ref
from qingxi.place import initials, party_of
from qingxi_office.places.actions.found import write_keys
from qingxi_office.places.models import County, Duty, Place, PlacePast, Unit, UnitPast
from qingxi_office.places.queries import forget_county
from qingxi_office.trail import actions as trail

_DIGITS = {2: "province", 4: "prefecture", 6: "county", 9: "township", 12: "village", 15: "hamlet"}
_ABOVE = {4: 2, 6: 4, 9: 6, 12: 9, 15: 12}


def level_of(code: str) -> str:
    """Level by the number of digits of a code in its shortest form; KeyError for a code of no level."""
    return _DIGITS[len(code)]


@transaction.atomic
def take_in_tree(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer, because: str = "") -> dict[str, Place]:
    """Put places in by code, parents first; gives the place of every code, living ones first.

    A row has ``code`` and ``name`` and any other field of Place but parent and path, which follow from the code. A place
    whose name differs from the one known keeps its old name under ``former_names``. Places not named stay as they are.

    What a deed has changed stands against a list that is older than it: a renamed place keeps its new name when the list
    still has the old one, a moved one its township, and the code of a place that is no more, or that has another code now,
    raises nothing from the dead: it gives that place.
    """
    known, of_deeds = _known()
    new = changed = 0
    touched: list[Place] = []
    once = sorted({r["code"]: r for r in rows}.values(), key=lambda r: len(r["code"]))
    for digits, level in groupby(once, key=lambda r: len(r["code"])):
        fresh, mended = [], []
        for row in level:
            code, place = row["code"], known.get(row["code"])
            if place is not None and (place.code != code or place.valid_to is not None):
                continue
            values: dict[str, Any] = {
                "kind": "",
                **row,
                "level": _DIGITS[digits],
                "initials": initials(row["name"])[:40],
            }
            if place is not None and row["name"] in of_deeds.get(place.pk, ()):
                values |= {"name": place.name, "initials": place.initials}
            if place is None or place.since is None:
                above = _custodian(known.get(code[: _ABOVE.get(digits, 0)]))
                values |= {
                    "parent_id": above.pk if above else None,
                    "path": f"{above.path if above else ''}{code}/",
                }
            if place is None:
                fresh.append(Place(**values))
                continue
            if place.name != values["name"]:
                values["former_names"] = [*place.former_names, place.name]
            differing = [field for field, value in values.items() if getattr(place, field) != value]
            for field in differing:
                setattr(place, field, values[field])
            if differing:
                mended.append(place)
            if {"name", "path"} & set(differing):
                touched.append(place)
        # One level at a time: what lies below needs the keys of what lies above.
        for place in Place.objects.bulk_create(fresh, batch_size=500):
            known[place.code] = place
        for place in mended:
            place.save()
        touched += fresh
        new, changed = new + len(fresh), changed + len(mended)
    write_keys(touched)
    if new or changed:
        trail.record(
            "places.taken_in", Ref("place", "tree"), by=by, because=because, after={"new": new, "changed": changed}
        )
    return known


def _known() -> tuple[dict[str, Place], dict[int, set[str]]]:
    """Every place by its code, the living before those that had the code once; and the names that deeds took away."""
    everybody = {place.pk: place for place in Place.objects.select_related("parent").order_by("valid_to", "pk")}
    known: dict[str, Place] = {}
    names: dict[int, set[str]] = defaultdict(set)
    for pk, code, name in PlacePast.objects.values_list("place_id", "code", "name"):
        known[code] = everybody[pk]
        names[pk].add(name)
    known |= {p.code: p for p in everybody.values() if p.valid_to is not None}
    known |= {p.code: p for p in everybody.values() if p.valid_to is None}
    return known, names


def _custodian(place: Place | None) -> Place | None:
    """The living place that a place's records lie below today."""
    if place is None or place.valid_to is None:
        return place
    heads, path = [], place.path
    while path := path.rstrip("/").rpartition("/")[0]:
        heads.append(path + "/")
        path += "/"
    return Place.objects.filter(path__in=heads, valid_to=None).order_by("-path").first()


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
    forget_county()
    trail.record("county.set", Ref("place", place.code), by=by, before=before, after=values)
    return county


def take_in_units(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> dict[str, int]:
    """Put units in by name (``name``, ``kind``, ``place_id``, ``phone``); gives ids by name.

    A name that a unit had before it was renamed is that unit's still: a list older than the deed makes no second one.
    """
    living = set(Unit.objects.values_list("name", flat=True))
    once = {name: pk for name, pk in UnitPast.objects.values_list("name", "unit_id") if name not in living}
    new = [row for row in rows if row["name"] not in once]
    taken = trail.take_in(Unit, new, key="name", action="units.taken_in", subject=Ref("unit", "all"), by=by)
    return once | taken.ids


@transaction.atomic
def take_in_duties(rows: Sequence[Mapping[str, Any]], *, by: trail.Doer) -> int:
    """Put duties in; a duty already there (same place, matter, role, unit, person and start) is left alone.

    ``party`` is asked of the kind of the unit where the row does not say it.
    """
    keys = ("place_id", "subject", "matter", "role", "person", "valid_from")
    kinds = dict(Unit.objects.values_list("pk", "kind"))

    def same(unit_id: int | None, unit_name: str, rest: Sequence[Any]) -> tuple[Any, ...]:
        """What tells one duty from another: a unit by its key, so that its new name makes no second row."""
        return (unit_id or unit_name, *rest)

    there = {same(pk, name, rest) for pk, name, *rest in Duty.objects.values_list("unit_id", "unit_name", *keys)}
    new = [
        row
        for row in rows
        if same(
            row.get("unit_id"),
            row.get("unit_name", ""),
            [row.get(k, None if k == "valid_from" else "") for k in keys],
        )
        not in there
    ]
    Duty.objects.bulk_create(
        [Duty(**{"party": party_of(kinds.get(row.get("unit_id"), "")).value, **row}) for row in new], batch_size=500
    )
    if new:
        trail.record("duties.taken_in", Ref("duty", "all"), by=by, after={"new": len(new)})
    return len(new)
