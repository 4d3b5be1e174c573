"""Reading the tree, as it is and as it was; finding places; who answers for what."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextvars import ContextVar, Token
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from qingxi import place as law
from qingxi_office.places.keys import ranges
from qingxi_office.places.models import County, Duty, Place, PlaceKey, PlacePast

_LEVELS = [level.value for level in Place.Level]


def under(path: str, field: str = "path") -> Q:
    """A subtree as one index range: the place itself and all below it.

    ``field`` is the way to the place from the model asked, for example ``"village__path"``.
    """
    return Q(**{f"{field}__gte": path, f"{field}__lt": path + "~"})


def heads(path: str) -> list[str]:
    """A path and those of all places above it, nearest first: ``a/b/c/`` gives ``a/b/c/``, ``a/b/``, ``a/``."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:n]) + "/" for n in range(len(parts), 0, -1)]


_held: ContextVar[list[County | None] | None] = ContextVar("county", default=None)


def county() -> County | None:
    """The county whose books these are, or None in an office not yet set up. One query, and one a request of a page."""
    held = _held.get()
    if held is None:
        return _county()
    if not held:
        held.append(_county())
    return held[0]


def hold_county() -> Token[list[County | None] | None]:
    """From here on the county is read once; give the token back to :func:`let_go` at the end of the request."""
    return _held.set([])


def let_go(token: Token[list[County | None] | None]) -> None:
    """The request is over."""
    _held.reset(token)


def forget_county() -> None:
    """The county was changed: read it again."""
    if (held := _held.get()) is not None:
        held.clear()


def _county() -> County | None:
    return County.objects.select_related("place", "lead_unit", "issuing_unit").first()


def living(level: str) -> QuerySet[Place]:
    """Places of one level that are not merged or closed away."""
    return Place.objects.filter(level=level, valid_to=None)


def find(text: str, limit: int = 20, within: str = "") -> list[Place]:
    """Living places by name (any part of it), former name, pinyin, first letters or code; best first. At most 3 queries.

    ``within`` is the path of the subtree to search. A place that ceased is found as the one that took it over.
    """
    at: dict[int, bool] = {}
    for low, high in ranges(text):
        rows = PlaceKey.objects.filter(key__gte=low, key__lt=high)
        if within:
            rows = rows.filter(under(within))
        for pk, key in rows.order_by("key").values_list("place_id", "key")[: limit * 4]:
            at[pk] = at.get(pk, False) or key == low
    found = Place.objects.filter(pk__in=at, valid_to=None).select_related("parent")
    order = sorted(found, key=lambda p: (not at[p.pk], _LEVELS.index(p.level), len(p.name), p.code))
    return order[:limit]


@dataclass(frozen=True, slots=True)
class State:
    """What a place was on a day. ``place_id`` is the same on every day, ``path`` says who answers for it today."""

    place_id: int
    code: str
    name: str
    level: str
    kind: str
    parent_id: int | None
    path: str
    now: bool  # whether the place is so today

    @property
    def order(self) -> tuple[str, int]:
        return self.code, self.place_id


def states(on: date, within: str = "", **asked: Any) -> list[State]:
    """Places as they were on a day, by code; ``asked`` are conditions on fields that both tables have. Two queries."""
    begun = Q(start=None) | Q(start__lte=on)
    rows = Place.objects.annotate(start=Coalesce(F("since"), F("valid_from")))
    rows = rows.filter(begun, Q(valid_to=None) | Q(valid_to__gt=on), **asked)
    past = PlacePast.objects.filter(Q(valid_from=None) | Q(valid_from__lte=on), valid_to__gt=on)
    renamed = {
        "place_id" if key == "pk" else "place_id__in" if key == "pk__in" else key: v for key, v in asked.items()
    }
    past = past.filter(**renamed)
    if within:
        rows, past = rows.filter(under(within)), past.filter(under(within, "place__path"))
    fields = ("code", "name", "level", "kind", "parent_id")
    out = [State(*row, now=gone is None) for *row, gone in rows.values_list("pk", *fields, "path", "valid_to")]
    out += [State(*row, now=False) for row in past.values_list("place_id", *fields, "place__path")]
    return sorted(out, key=lambda s: s.order)


def chain_on(place: Place, on: date, today: date) -> list[Place]:
    """A place and all above it as the tree was on a day, nearest first. One query for today, one a level for other days."""
    if on >= today:
        above = {p.path: p for p in Place.objects.filter(path__in=heads(place.path))}
        return [above[path] for path in heads(place.path) if path in above]
    ids, at = [place.pk], place.pk
    while True:
        found = states(on, pk=at)
        if not found or found[0].parent_id is None or found[0].parent_id in ids:
            break
        at = found[0].parent_id
        ids.append(at)
    rows = Place.objects.in_bulk(ids)
    return [rows[pk] for pk in ids]


def as_law(row: Duty) -> law.Duty:
    """A row of the duty list as the law reads it; ``key`` is the row's own. Its place and unit must be fetched with it."""
    return law.Duty(
        place=law.PlaceCode(row.place.code if row.place else ""), matter=row.matter, role=law.DutyRole(row.role),
        unit=row.unit_name or (row.unit.name if row.unit else ""), person=row.person, post=row.title, phone=row.phone,
        valid_from=row.valid_from, valid_to=row.valid_to, basis=row.basis, subject=row.subject, party=law.Party(row.party),
        deputy=row.deputy, deputy_phone=row.deputy_phone, unit_to=row.unit.valid_to if row.unit else None, key=str(row.pk),
    )  # fmt: skip


class DutyBook:
    """Duties laid out for many questions: built once from the rows, asked by subject."""

    def __init__(self, rows: Iterable[Duty]) -> None:
        self.rows: dict[str, Duty] = {}
        self._at: Mapping[str, list[law.Duty]] = defaultdict(list)
        self._of: Mapping[str, list[law.Duty]] = defaultdict(list)
        for row in rows:
            self.rows[str(row.pk)] = row
            one = as_law(row)
            (self._of[one.subject] if one.subject else self._at[one.place.text]).append(one)

    def all(self) -> list[law.Duty]:
        return [duty for rows in (*self._at.values(), *self._of.values()) for duty in rows]

    def who(
        self, codes: Iterable[str], on: date, ref: str = "", units: Iterable[str] = ()
    ) -> tuple[law.Answer, ...]:
        """Who answers: ``codes`` of the place and those above it, nearest first; see ``qingxi.place.who_is_in_charge``."""
        chain = tuple(law.PlaceCode(code) for code in codes)
        fitting = [duty for code in chain for duty in self._at.get(code.text, ())]
        if ref:
            fitting += self._of.get(ref, ())
        return law.who_is_in_charge(fitting, law.Subject(chain, ref, frozenset(units)), on)


def duty_book(within: str = "") -> DutyBook:
    """Every duty, ended ones too, of a subtree (or all). One query."""
    rows = Duty.objects.select_related("place", "unit").exclude(place=None)
    return DutyBook(rows.filter(under(within, "place__path")) if within else rows)


def in_charge(
    place: Place, on: date, *, today: date, ref: str = "", units: Iterable[str] = ()
) -> tuple[law.Answer, ...]:
    """Who answers for a place, or for the thing ``ref`` that lies in it, on a day. Two queries for today."""
    chain = chain_on(place, on, today)
    asked = Q(place__in=chain, subject="")
    if ref:
        asked |= Q(subject=ref)
    rows = Duty.objects.filter(asked).select_related("place", "unit").exclude(place=None)
    return DutyBook(rows).who([p.code for p in chain], on, ref, units)


def gaps(within: str, on: date) -> list[tuple[Place, law.Gap]]:
    """Posts of living places in a subtree in which nobody answers on a day, each with its place. Two queries."""
    rows = Place.objects.filter(under(within), valid_to=None, level__in=("county", "township", "village"))
    places = {law.PlaceCode(p.code): p for p in rows.select_related("parent")}
    found = law.gaps({code: p.level for code, p in places.items()}, duty_book(within).all(), on)
    return [(places[gap.place], gap) for gap in found]
