"""The dated tree of places."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.origin import Ref
from qingxi.place.code import Level, PlaceCode


class VillageKind(StrEnum):
    """Which committee stands for the village: only 村委会 are proposed for the denominator of a rate."""

    VILLAGE = "村委会"
    COMMUNITY = "居委会"


class VillageClass(StrEnum):
    """Class of the village in its spatial plan; a village to be moved is controlled, not built in."""

    GROWING = "集聚提升"
    SUBURBAN = "城郊融合"
    HERITAGE = "特色保护"
    MOVING = "搬迁撤并"


@dataclass(frozen=True, slots=True)
class Place:
    """A place as it was from ``valid_from`` until the day before ``valid_to`` (None: open).

    Attributes
    ----------
    code : PlaceCode
    name : str
    kind : VillageKind or None
        Only of villages.
    parent : PlaceCode or None
        Left out: the code one level up. Differs after a merger that kept old codes.
    successors : tuple of PlaceCode
        Into which places it went on ``valid_to``: one after a merger or a new code, several after a split.
    """

    code: PlaceCode
    name: str
    kind: VillageKind | None = None
    parent: PlaceCode | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[PlaceCode, ...] = ()
    because: tuple[Ref, ...] = ()

    def __post_init__(self) -> None:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(f"place {self.code}: valid_to {self.valid_to} is not after {self.valid_from}")

    @property
    def level(self) -> Level:
        return self.code.level

    @property
    def under(self) -> PlaceCode | None:
        """The place it belongs to."""
        return self.parent or self.code.parent

    def valid(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


class PlaceTree:
    """The places valid on one day, as a tree.

    Parameters
    ----------
    places : iterable of Place
        Any number of dated states of each place.
    on : date
        The day; of two states valid on it the later one stands.

    Notes
    -----
    Building is one pass over the places; :meth:`roll_up` one pass over the tree.
    """

    def __init__(self, places: Iterable[Place], on: date) -> None:
        self.on = on
        self._all = tuple(places)
        self._places: dict[PlaceCode, Place] = {}
        for place in sorted(self._all, key=lambda p: (p.valid_from or date.min, p.code)):
            if place.valid(on):
                self._places[place.code] = place
        self._children: dict[PlaceCode | None, list[PlaceCode]] = defaultdict(list)
        for code in sorted(self._places):
            above = self._places[code].under
            self._children[above if above in self._places else None].append(code)

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Place]:
        return iter(self._places.values())

    def __contains__(self, code: object) -> bool:
        return code in self._places

    def __getitem__(self, code: PlaceCode) -> Place:
        return self._places[code]

    @property
    def roots(self) -> tuple[Place, ...]:
        """Places whose parent is not in the tree."""
        return tuple(self._places[code] for code in self._children[None])

    def children(self, code: PlaceCode) -> tuple[Place, ...]:
        return tuple(self._places[c] for c in self._children.get(code, ()))

    def subtree(self, code: PlaceCode) -> Iterator[Place]:
        """The place and all below it, parents before children."""
        stack = [code]
        while stack:
            current = stack.pop()
            yield self._places[current]
            stack.extend(reversed(self._children.get(current, [])))

    def path(self, code: PlaceCode) -> tuple[Place, ...]:
        """From the root down to the place."""
        steps: list[Place] = []
        current: PlaceCode | None = code
        while current is not None and current in self._places:
            steps.append(self._places[current])
            current = self._places[current].under
        return tuple(reversed(steps))

    def villages(self, kind: VillageKind | None = None) -> tuple[Place, ...]:
        """Administrative villages (and communities), by code."""
        rows = (self._places[c] for c in sorted(self._places) if c.level is Level.VILLAGE)
        return tuple(p for p in rows if kind is None or p.kind is kind)

    def roll_up(self, values: Mapping[PlaceCode, float]) -> dict[PlaceCode, float]:
        """Sums of a quantity for every place, from values given at any level; one pass, leaves first."""
        totals = {code: float(values.get(code, 0.0)) for code in self._places}
        # A parent always has a shorter code, mergers included: longest codes first is leaves first.
        for code in sorted(self._places, key=lambda c: len(c.text), reverse=True):
            above = self._places[code].under
            if above in totals:
                totals[above] += totals[code]
        return totals

    def successors(self, code: PlaceCode) -> tuple[PlaceCode, ...]:
        """Where a place that is gone on this day has gone to, through any number of changes; empty when nowhere."""
        met: set[PlaceCode] = set()
        found: list[PlaceCode] = []
        waiting = [code]
        while waiting:
            current = waiting.pop(0)
            if current in met:
                continue
            met.add(current)
            if current in self._places:
                found.append(current)
            else:
                waiting += [after for p in self._all if p.code == current for after in p.successors]
        return tuple(found)

    def successor(self, code: PlaceCode) -> PlaceCode | None:
        """The one place that a gone place is in now; None when it is nowhere or in several."""
        found = self.successors(code)
        return found[0] if len(found) == 1 else None
