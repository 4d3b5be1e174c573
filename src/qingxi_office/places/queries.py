"""Reading the tree, as it is and as it was; finding places; who answers for what."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar, Token
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from django.apps import apps
from django.db.models import OuterRef, Q, QuerySet, Subquery

from qingxi import place as law
from qingxi_office.asking import Question, ask, ask_one
from qingxi_office.places.keys import ranges
from qingxi_office.places.models import County, Duty, Place, PlaceKey, PlacePast

_LEVELS = [level.value for level in Place.Level]
_LOOKED_AT = 200  # keys of places read for one range of letters


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
    return ask_one(
        None,
        lambda _u, _at: County.objects.select_related("place", "lead_unit", "issuing_unit").defer("place__geometry")
        .order_by("pk")[:1],
    )  # fmt: skip


def living(level: str) -> QuerySet[Place]:
    """Places of one level that are not merged or closed away."""
    return Place.objects.filter(level=level, valid_to=None)


def find(text: str, limit: int = 20, within: str = "") -> list[Place]:
    """Living places by name (any part of it), former name, pinyin, first letters or code; best first. At most 3 queries.

    ``within`` is the path of the subtree to search. A place that ceased is found as the one that took it over.
    """
    at: dict[int, bool] = {}
    for low, high in ranges(text):
        for pk, key in _keys(within, low, high, limit * 4):
            at[pk] = at.get(pk, False) or key == low
    if not at:
        return []
    found = ask(
        None,
        lambda _u, it: Place.objects.filter(pk__in=it.pks, valid_to=None).select_related("parent")
        .defer("geometry", "parent__geometry"),
        pks=list(at),
    )  # fmt: skip
    order = sorted(found, key=lambda p: (not at[p.pk], _LEVELS.index(p.level), len(p.name), p.code))
    return order[:limit]


def _keys(within: str, low: str, high: str, most: int) -> list[tuple[int, str]]:
    if most > _LOOKED_AT:
        rows = PlaceKey.objects.filter(under(within), key__gte=low, key__lt=high).order_by("key")
        return list(rows.values_list("place_id", "key")[:most])
    return ask(
        None,
        lambda _u, it: PlaceKey.objects.filter(under(it.within), key__gte=it.low, key__lt=it.high)
        .order_by("key").values_list("place_id", "key")[:_LOOKED_AT],
        within=within, low=low, high=high,
    )[:most]  # fmt: skip


class State(NamedTuple):
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


_OF_STATE = ("code", "name", "level", "kind", "parent_id")


@cache
def _state_questions(names: tuple[str, ...], inside: bool) -> tuple[Question[Any], Question[Any]]:
    """The two questions of ``States`` by the names of their conditions: living rows, and the states they had before."""
    renamed = {"pk": "place_id", "pk__in": "place_id__in"}

    def now(_user: Any, at: Any) -> QuerySet[Any, Any]:
        rows = Place.objects.filter(**{name: getattr(at, name) for name in names})
        rows = rows.filter(under(at.within)) if inside else rows
        return rows.order_by().values_list("pk", *_OF_STATE, "path", "since", "valid_from", "valid_to")

    def past(_user: Any, at: Any) -> QuerySet[Any, Any]:
        rows = PlacePast.objects.filter(**{renamed.get(name, name): getattr(at, name) for name in names})
        rows = rows.filter(under(at.within, "place__path")) if inside else rows
        return rows.order_by().values_list("place_id", *_OF_STATE, "place__path", "valid_from", "valid_to")

    return Question(now), Question(past)


class States:
    """Places of some kind with every state they had: read once, asked for any number of days. Two queries."""

    def __init__(self, within: str = "", **asked: Any) -> None:
        """``asked`` are conditions on fields that both tables have."""
        values: dict[str, Any] = {**asked, **({"within": within} if within else {})}
        now, past = _state_questions(tuple(asked), bool(within))
        self._now, self._past = now(None, **values), past(None, **values)

    def on(self, day: date) -> list[State]:
        """As they were on a day, by code."""
        out = []
        for *row, since, begun, ended in self._now:
            start = since or begun
            if (start is None or start <= day) and (ended is None or ended > day):
                out.append(State(*row, now=ended is None))
        for *row, begun, ended in self._past:
            if (begun is None or begun <= day) and ended > day:
                out.append(State(*row, now=False))
        return sorted(out, key=lambda s: s.order)


def states(on: date, within: str = "", **asked: Any) -> list[State]:
    """Places as they were on a day, by code; ``asked`` are conditions on fields that both tables have. Two queries."""
    return States(within, **asked).on(on)


def chain_on(place: Place, on: date, today: date) -> list[Place]:
    """A place and all above it as the tree was on a day, nearest first. One query for today, one a level for other days."""
    if on >= today:
        above = {
            p.path: p
            for p in ask(
                None,
                lambda _u, it: Place.objects.filter(path__in=it.paths).defer("geometry"),
                paths=heads(place.path),
            )
        }
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
    return DutyBook(
        ask(
            None,
            lambda _u, it: Duty.objects.select_related("place", "unit").defer("place__geometry").exclude(place=None)
            .filter(under(it.within, "place__path")),
            within=within,
        )
    )  # fmt: skip


def duties_for(codes: Iterable[str], refs: Iterable[str]) -> DutyBook:
    """The duties that can answer for places with these codes (hand in those above them too) and for these things. One query."""
    return DutyBook(
        ask(
            None,
            lambda _u, it: Duty.objects.select_related("place", "unit").defer("place__geometry").exclude(place=None)
            .filter(Q(place__code__in=it.codes, subject="") | Q(subject__in=it.refs)),
            codes=sorted(set(codes)), refs=sorted(set(refs)),
        )
    )  # fmt: skip


def in_charge(
    place: Place, on: date, *, today: date, ref: str = "", units: Iterable[str] = ()
) -> tuple[law.Answer, ...]:
    """Who answers for a place, or for the thing ``ref`` that lies in it, on a day. Two queries for today."""
    chain = chain_on(place, on, today)
    rows = ask(
        None,
        lambda _u, it: Duty.objects.filter(Q(place__in=it.chain, subject="") | (Q(subject=it.ref) & ~Q(subject="")))
        .select_related("place", "unit").defer("place__geometry").exclude(place=None),
        chain=[p.pk for p in chain], ref=ref,
    )  # fmt: skip
    return DutyBook(rows).who([p.code for p in chain], on, ref, units)


def _listed(on: date) -> Subquery:
    """What the last line signed by a day says of a place: 列入, 核减, or nothing."""
    lines = apps.get_model("villages", "ScopeLine").objects.filter(place=OuterRef("pk"), signed_on__lte=on)
    return Subquery(lines.order_by("-signed_on", "-id").values("change")[:1])


def _excused(level: str, kind: str, listed: str | None) -> bool:
    """An urban community owes no posts until a signed list counts it in as 涉农社区."""
    return level == "village" and kind == law.VillageKind.COMMUNITY.value and listed != "列入"


_AS_LAW = (
    "pk", "place__code", "matter", "role", "unit_name", "unit__name", "person", "title", "phone", "valid_from", "valid_to", "basis",
    "subject", "party", "deputy", "deputy_phone", "unit__valid_to",
)  # fmt: skip


def _duties_as_law(within: str, codes: Mapping[str, law.PlaceCode]) -> Iterator[law.Duty]:
    """Every duty on one of these places in a subtree, ended ones too. One query, and no model of any row."""
    rows = ask(
        None,
        lambda _u, it: (
            Duty.objects.exclude(place=None).filter(under(it.within, "place__path")).values_list(*_AS_LAW)
        ),
        within=within,
    )
    return (
        law.Duty(
            place=codes[code], matter=matter, role=law.DutyRole(role), unit=unit_name or unit or "", person=person, post=title,
            phone=phone, valid_from=begun, valid_to=ended, basis=basis, subject=subject, party=law.Party(party), deputy=deputy,
            deputy_phone=deputy_phone, unit_to=unit_to, key=str(pk),
        )
        for pk, code, matter, role, unit_name, unit, person, title, phone, begun, ended, basis, subject, party, deputy,
        deputy_phone, unit_to in rows if code in codes
    )  # fmt: skip


def law_gaps(within: str, on: date) -> tuple[law.Gap, ...]:
    """Posts of living places in a subtree in which nobody answers on a day. Two queries, and no model of any row."""
    living = ask(
        None,
        lambda _u, it: Place.objects.filter(under(it.within), valid_to=None, level__in=("county", "township", "village"))
        .annotate(listed=_listed(it.on)).order_by("path").values_list("code", "level", "kind", "listed"),
        within=within, on=on,
    )  # fmt: skip
    codes = {code: law.PlaceCode(code) for code, *_ in living}
    duties = _duties_as_law(within, codes)
    excused = {codes[code] for code, level, kind, listed in living if _excused(level, kind, listed)}
    return law.gaps({codes[code]: level for code, level, *_ in living}, duties, on, excused=excused)


def gaps(within: str, on: date) -> list[tuple[Place, law.Gap]]:
    """Posts of living places in a subtree in which nobody answers on a day, each with its place. Two queries."""
    rows = ask(
        None,
        lambda _u, it: Place.objects.filter(under(it.within), valid_to=None, level__in=("county", "township", "village"))
        .annotate(listed=_listed(it.on)).select_related("parent").defer("geometry", "parent__geometry"),
        within=within, on=on,
    )  # fmt: skip
    codes = {p.code: law.PlaceCode(p.code) for p in rows}
    places = {codes[p.code]: p for p in rows}
    excused = {code for code, p in places.items() if _excused(p.level, p.kind, p.listed)}
    duties = _duties_as_law(within, codes)
    found = law.gaps({code: p.level for code, p in places.items()}, duties, on, excused=excused)
    return [(places[gap.place], gap) for gap in found]
