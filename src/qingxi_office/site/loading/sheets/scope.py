"""What one person may write about: the places, natural villages, stations and units that a row of theirs may name."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from qingxi_office.facilities.queries import facilities
from qingxi_office.people.queries import places
from qingxi_office.people.rights import may
from qingxi_office.places import queries as tree
from qingxi_office.places.models import Place, Unit
from qingxi_office.readings.queries import bills
from qingxi_office.villages.queries import hamlets


class Scope:
    """The person's own part of the tree, read once for one table."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.whole_county = may(user, "load")

    @cached_property
    def places(self) -> dict[str, Place]:
        """Living places by code."""
        return {place.code: place for place in places(self.user)}

    @cached_property
    def codes_of(self) -> dict[str, list[str]]:
        """Codes of the villages by name and former name."""
        out: dict[str, list[str]] = defaultdict(list)
        for place in self.places.values():
            if place.level == Place.Level.VILLAGE:
                for name in dict.fromkeys((place.name, *place.former_names, _short(place.name))):
                    out[name].append(place.code)
        return out

    @cached_property
    def hamlets(self) -> dict[str, int]:
        """Ids of the natural villages by code."""
        return dict(hamlets(self.user).values_list("key", "pk"))

    @cached_property
    def stations(self) -> dict[str, int]:
        """Ids of the facilities by key."""
        return dict(facilities(self.user).values_list("key", "pk"))

    @cached_property
    def accounts(self) -> dict[str, int]:
        """Ids of the facilities by electricity account: of the bills that are there, and of the register."""
        known = dict(bills(self.user).order_by().values_list("account", "facility_id").distinct())
        return known | {a: pk for a, pk in facilities(self.user).values_list("power_account", "pk") if a}

    @cached_property
    def units(self) -> dict[str, int]:
        """Ids of the units by name."""
        return dict(Unit.objects.values_list("name", "pk"))

    @cached_property
    def county(self) -> Place | None:
        """The county as a whole, where the person answers for it."""
        own = tree.county()
        return own.place if own is not None and self.whole_county else None

    def village_of(self, code: str) -> Place | None:
        """The village of a code, if it is one of the person's."""
        place = self.places.get(code)
        return place if place is not None and place.level == Place.Level.VILLAGE else None

    def offer(self, name: str) -> str:
        """What a wrong code may have been, by the village's name; empty when nobody or more than one bears it."""
        codes = self.codes_of.get(name) or self.codes_of.get(_short(name)) or []
        if len(codes) == 1:
            place = self.places[codes[0]]
            above = f"（{place.parent.name}）" if place.parent else ""
            return f"按名称像是 {codes[0]} {place.name}{above}"
        if codes:
            return f"本辖区有 {len(codes)} 个村叫{name}：{'、'.join(codes[:4])}"
        return ""


def _short(name: str) -> str:
    for ending in ("村民委员会", "村委会"):
        if name.endswith(ending):
            return name.removesuffix(ending).removesuffix("村") + "村"
    return name
