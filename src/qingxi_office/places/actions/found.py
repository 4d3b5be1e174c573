"""Keeping the search table in step with the tree."""

from collections import defaultdict
from collections.abc import Iterable

from qingxi_office.places.keys import keys_for
from qingxi_office.places.models import Place, PlaceKey, PlacePast, Succession


def write_keys(places: Iterable[Place]) -> None:
    """Write the keys of these places anew: of the living their names and codes now and before, and those of the places that
    went into them; of the ended none."""
    by_pk = {place.pk: place for place in places}
    if not by_pk:
        return
    pks = list(by_pk)
    for start in range(0, len(pks), 500):
        PlaceKey.objects.filter(place_id__in=pks[start : start + 500]).delete()
    living = [place for place in by_pk.values() if place.valid_to is None]
    into: dict[int, list[int]] = defaultdict(list)
    for old, new in Succession.objects.values_list("old_id", "new_id"):
        into[new].append(old)
    carried = {place.pk: _before(place.pk, into) for place in living} if into else {}
    gone = {p.pk: p for p in Place.objects.filter(pk__in={pk for pks in carried.values() for pk in pks}).only(
        "name", "code", "former_names"
    )} if carried else {}  # fmt: skip
    past: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for pk, name, code in PlacePast.objects.values_list("place_id", "name", "code"):
        past[pk].append((name, code))
    rows = []
    for place in living:
        names, codes = [place.name, *place.former_names], [place.code]
        for pk in (place.pk, *carried.get(place.pk, ())):
            if pk in gone:
                names += [gone[pk].name, *gone[pk].former_names]
                codes.append(gone[pk].code)
            names += [name for name, _ in past[pk]]
            codes += [code for _, code in past[pk]]
        rows += [
            PlaceKey(place=place, key=key, path=place.path) for key in sorted(keys_for(set(names), set(codes)))
        ]
    PlaceKey.objects.bulk_create(rows, batch_size=2000)


def _before(pk: int, into: dict[int, list[int]]) -> list[int]:
    """Places that went into this one, and into those, and so on."""
    met: list[int] = []
    waiting = list(into.get(pk, ()))
    while waiting:
        old = waiting.pop()
        if old not in met and old != pk:
            met.append(old)
            waiting += into.get(old, ())
    return met
