"""Deeds on places and units, for those who may reorganise; ``places.actions`` carries them out."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from qingxi.place import Listed
from qingxi_office.people import rights
from qingxi_office.places import actions as places
from qingxi_office.places.models import Place, Unit
from qingxi_office.trail import actions as trail


def _check(by: trail.Doer, *where: Place | None) -> None:
    for place in where:
        rights.check(by, "reorganise", path=place.path if place else "")


def rename_place(place: Place, name: str, *, by: trail.Doer, on: date, document: str) -> Place:
    _check(by, place)
    return places.rename(place, name, on=on, document=document, by=by)


def merge_places(
    gone: Sequence[Place], into: Place | None, *, by: trail.Doer, on: date, document: str, new: Mapping[str, str] | None = None
) -> Place:  # fmt: skip
    _check(by, *gone, *([into] if into else []))
    return places.merge(gone, into, on=on, document=document, by=by, new=new)


def split_place(
    place: Place, parts: Sequence[Mapping[str, str]], below: Mapping[int, str], *, by: trail.Doer, on: date, document: str
) -> list[Place]:  # fmt: skip
    _check(by, place)
    return places.split(place, parts, below, on=on, document=document, by=by)


def move_place(
    place: Place, parent: Place, *, by: trail.Doer, on: date, document: str, new_code: str = ""
) -> Place:
    _check(by, place, parent)
    return places.move(place, parent, on=on, document=document, by=by, new_code=new_code)


def close_place(place: Place, *, by: trail.Doer, on: date, document: str) -> Place:
    _check(by, place)
    return places.close(place, on=on, document=document, by=by)


def take_in_places(rows: Sequence[Listed], *, by: trail.Doer, because: str) -> int:
    """Take a checked list of places in; each must lie in this person's subtree. Gives how many rows it had."""
    known = {p.code: p.path for p in Place.objects.filter(valid_to=None)}
    values: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda r: len(r.code.text)):
        code, above = row.code.text, row.code.parent
        head = known.get(above.text, "") if above else ""
        known.setdefault(code, f"{head}{code}/")
        rights.check(by, "reorganise", path=known[code])
        values.append({"code": code, "name": row.name})
        if row.kind:
            values[-1]["kind"] = row.kind
        if row.village_class:
            values[-1]["village_class"] = row.village_class
    places.take_in_tree(values, by=by, because=because)
    return len(values)


def new_unit(name: str, kind: str, *, by: trail.Doer, on: date, document: str, place: Place, **more: Any) -> Unit:
    _check(by, place)
    return places.open_unit(name, kind, on=on, document=document, by=by, place=place, **more)


def rename_the_unit(unit: Unit, name: str, *, by: trail.Doer, on: date, document: str) -> Unit:
    _check(by, unit.place)
    return places.rename_unit(unit, name, on=on, document=document, by=by)


def shift_unit(unit: Unit, parent: Unit | None, *, by: trail.Doer, on: date, document: str) -> Unit:
    _check(by, unit.place)
    return places.move_unit(unit, parent, on=on, document=document, by=by)


def join_units(gone: Sequence[Unit], into: Unit, *, by: trail.Doer, on: date, document: str) -> Unit:
    _check(by, into.place, *(unit.place for unit in gone))
    return places.merge_units(gone, into, on=on, document=document, by=by)


def end_unit(unit: Unit, *, by: trail.Doer, on: date, document: str) -> Unit:
    _check(by, unit.place)
    return places.close_unit(unit, on=on, document=document, by=by)
