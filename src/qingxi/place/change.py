"""What may happen to places: they are renamed, merged, split, moved under another township, closed.

Every change is of one day. The state before it ends on that day and stays; the state after it begins then. So any
question about an earlier day is answered by the tree of that day.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from qingxi.place.code import PlaceCode
from qingxi.place.tree import Place


def _living(places: tuple[Place, ...], code: PlaceCode, on: date) -> Place:
    found = [p for p in places if p.code == code and p.valid(on)]
    if not found:
        raise ValueError(f"place {code} does not exist on {on}")
    return max(found, key=lambda p: p.valid_from or date.min)


def _free(places: tuple[Place, ...], code: PlaceCode, on: date) -> None:
    if any(p.code == code and p.valid(on) for p in places):
        raise ValueError(f"place {code} already exists on {on}")


def _step(
    places: tuple[Place, ...], old: Place, on: date, successors: tuple[PlaceCode, ...], *new: Place
) -> list[Place]:
    """All states, with one of them ended on the day and others begun."""
    out: list[Place] = []
    for place in places:
        if place is old:
            if place.valid_from == on:
                raise ValueError(f"place {old.code} has already changed on {on}")
            out += [replace(place, valid_to=on, successors=successors), *(replace(n, valid_from=on) for n in new)]
        else:
            out.append(place)
    return out


def rename(places: Iterable[Place], code: PlaceCode, name: str, on: date) -> tuple[Place, ...]:
    """A place gets a new name from this day; before it the old one stands."""
    rows = tuple(places)
    old = _living(rows, code, on)
    return tuple(_step(rows, old, on, (), replace(old, name=name)))


def merge(
    places: Iterable[Place], gone: Iterable[PlaceCode], into: PlaceCode, on: date, new: Place | None = None
) -> tuple[Place, ...]:
    """Places cease on this day and go into another; what lay below them keeps its code and moves over.

    ``new`` is the place they go into when it is not there yet; its code is ``into``.
    """
    rows, ending = tuple(places), set(gone)
    if into in ending:
        raise ValueError(f"place {into} cannot be merged into itself")
    for code in sorted(ending):
        _living(rows, code, on)
    if new is None:
        _living(rows, into, on)
    else:
        _free(rows, into, on)
        rows = (*rows, replace(new, code=into, valid_from=on))
    for code in sorted(ending):
        for child in [p for p in rows if p.under == code and p.valid(on)]:
            rows = tuple(_step(rows, child, on, (), replace(child, parent=into)))
        rows = tuple(_step(rows, _living(rows, code, on), on, (into,)))
    return rows


def split(
    places: Iterable[Place],
    code: PlaceCode,
    parts: Mapping[PlaceCode, str],
    below: Mapping[PlaceCode, PlaceCode],
    on: date,
) -> tuple[Place, ...]:
    """A place is cut into parts (new code → name); ``below`` says to which part each child goes, by code.

    Raises
    ------
    ValueError
        When there are fewer than two parts, a part's code lives already, or a child goes nowhere.
    """
    rows = tuple(places)
    old = _living(rows, code, on)
    if len(parts) < 2:
        raise ValueError(f"place {code} is split into fewer than two")
    for part in parts:
        if part.level is not code.level:
            raise ValueError(f"part {part} is not of the level of {code}")
        if part != code:
            _free(rows, part, on)
    children = [p for p in rows if p.under == code and p.valid(on)]
    lost = [str(c.code) for c in children if below.get(c.code) not in parts]
    if lost:
        raise ValueError(f"children of {code} go nowhere: {', '.join(lost)}")
    for child in children:
        if below[child.code] != code:
            rows = tuple(_step(rows, child, on, (), replace(child, parent=below[child.code])))
    made = [replace(old, code=part, name=name, parent=old.under) for part, name in parts.items()]
    return tuple(_step(rows, old, on, tuple(parts), *made))


def move(
    places: Iterable[Place], code: PlaceCode, under: PlaceCode, on: date, new_code: PlaceCode | None = None
) -> tuple[Place, ...]:
    """A place goes below another; with ``new_code`` it and all below it take codes that begin with the new one."""
    rows = tuple(places)
    old = _living(rows, code, on)
    _living(rows, under, on)
    if under.within(code):
        raise ValueError(f"place {code} cannot lie below itself")
    if new_code is None or new_code == code:
        return tuple(_step(rows, old, on, (), replace(old, parent=under)))
    if new_code.level is not code.level:
        raise ValueError(f"code {new_code} is not of the level of {code}")
    _free(rows, new_code, on)
    moving, waiting = [old], [code]
    while waiting:
        at = waiting.pop()
        children = [p for p in rows if p.under == at and p.valid(on)]
        moving += children
        waiting += [c.code for c in children]
    told = {p.code: PlaceCode(new_code.text + p.code.text[len(code.text) :]) for p in moving if p.code.within(code)}
    for place in moving:
        after = told.get(place.code, place.code)
        if after != place.code:
            _free(rows, after, on)
        above = under if place is old else told.get(place.under, place.under) if place.under else None
        rows = tuple(
            _step(
                rows, place, on, (after,) if after != place.code else (), replace(place, code=after, parent=above)
            )
        )
    return rows


def close(places: Iterable[Place], code: PlaceCode, on: date) -> tuple[Place, ...]:
    """A place ceases and goes into nothing; refused while anything lies below it."""
    rows = tuple(places)
    old = _living(rows, code, on)
    below = [str(p.code) for p in rows if p.under == code and p.valid(on)]
    if below:
        raise ValueError(f"place {code} still has places below it: {', '.join(below)}")
    return tuple(_step(rows, old, on, ()))
