"""The books as the indicators speak of them, as they stood on a day. Saves nothing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from qingxi.indicator import Entry, HamletStanding, Records, State, ThreeBasics, Turn, VillageStanding
from qingxi.place import VillageKind
from qingxi_office.asking import ask
from qingxi_office.indicators.facts import county_facts
from qingxi_office.indicators.sampled import last_sample
from qingxi_office.places.models import Place
from qingxi_office.places.queries import States
from qingxi_office.trail import clock
from qingxi_office.villages.models import HamletRecord, ScopeLine, StateChange, VillageRecord


def _history(records: Iterable[Any]) -> dict[int, tuple[Turn, ...]]:
    """Turns by village record; one query. A village without a day of its own has no history that could be told.

    What was entered later is the later word: a change dated before an earlier entry takes its place. A village that was
    found 未完成 was so from the beginning, and not from the day of loading.
    """
    found: dict[int, list[Turn]] = defaultdict(list)
    rows = ask(
        None,
        lambda _u, _at: StateChange.objects.order_by("id")
        .values_list("village_id", "old", "new", "on", "reason", "document"),
    )  # fmt: skip
    for village, old, new, on, reason, document in rows:
        if not old and new == State.OPEN.value:
            continue
        turns = found[village]
        while turns and turns[-1].on > on:
            turns.pop()
        turns.append(Turn(on, State(new), "，".join(x for x in (reason, document) if x)))
    out = {}
    for v in records:
        turns = found.get(v.pk, [])
        if not turns or v.state_on is None:
            continue
        if turns[-1].state.value == v.state and turns[-1].on != v.state_on:  # its day was corrected afterwards
            turns = [t for t in turns[:-1] if t.on <= v.state_on] + [
                Turn(v.state_on, turns[-1].state, turns[-1].reason)
            ]
        out[v.pk] = tuple(turns)
    return out


_HELD = (
    "pk", "place_id", "state", "state_on", "state_doc", "households", "households_connected", "no_sewage_seen", "no_odour",
    "no_complaint", "people_resident",
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """The register of villages with their turns, read once for any number of days."""

    rows: list[Any]
    turns: Mapping[int, tuple[Turn, ...]]
    made: dict[Any, VillageStanding] = field(default_factory=dict)
    """Standings already written out, by what a place was called and where it lay."""


def held_villages() -> Held:
    """Two queries. Plain rows: a county's page of figures has no use for a model of each village."""
    rows = ask(None, lambda _u, _at: VillageRecord.objects.order_by("place__code").values_list(*_HELD, named=True))
    return Held(rows, _history(rows))


def standings_by_place(
    as_of: date, held: Held | None = None, known: States | None = None
) -> dict[int, VillageStanding]:
    """Every village that there was on a day, under the name, code and township of that day, by its key, which never
    changes; four queries, fewer where the register (``held``) or the tree (``known``) was read already."""
    held = held or held_villages()
    tree = (known or States(level__in=["township", "village"])).on(as_of)
    towns = {s.place_id: s for s in tree if s.level == "township"}
    there = {s.place_id: s for s in tree if s.level == "village"}
    out = {}
    for v in held.rows:
        place = there.get(v.place_id)
        if place is None:
            continue
        town = towns.get(place.parent_id) if place.parent_id is not None else None
        # Most villages are on both days of a comparison what they are today: one standing does for both.
        key = (
            v.place_id,
            place.code,
            place.name,
            place.kind,
            town.code if town else None,
            town.name if town else "",
        )
        one = held.made.get(key)
        if one is None:
            one = held.made[key] = VillageStanding(
                code=place.code, name=place.name, township=town.name if town else "",
                kind=VillageKind(place.kind) if place.kind else VillageKind.VILLAGE, state=State(v.state),
                township_code=town.code if town else place.code[:9],
                recognised_on=v.state_on if v.state != State.OPEN.value else None, document=v.state_doc,
                households=v.households or 0, households_connected=v.households_connected or 0,
                basics=ThreeBasics(v.no_sewage_seen, v.no_odour, v.no_complaint),
                people_resident=v.people_resident or 0, turns=held.turns.get(v.pk, ()),
            )  # fmt: skip
        out[v.place_id] = one
    return out


def standings_on(as_of: date) -> tuple[VillageStanding, ...]:
    """The same in order of their codes."""
    return tuple(sorted(standings_by_place(as_of).values(), key=lambda v: v.code))


def standings(villages: Iterable[VillageRecord]) -> tuple[VillageStanding, ...]:
    """These villages as they stand today."""
    there = standings_by_place(clock.today())
    return tuple(there[v.place_id] for v in villages if v.place_id in there)


SignedLines = tuple[tuple[int, Entry], ...]
"""Signed lines in the order of their signing, each with the key of its place."""


def signed_lines() -> SignedLines:
    """Every signed line of the denominator list under its place's code of today; one query."""
    asked = ask(
        None,
        lambda _u, _at: ScopeLine.objects.exclude(signed_on=None).order_by("signed_on", "id")
        .values_list("place_id", "place__code", "place__name", "change", "reason", "signed_on", "signed_by"),
    )  # fmt: skip
    return tuple(
        (pk, Entry(code, name, change == "列入", reason or "未写理由", day, by or "未写签发单位"))
        for pk, code, name, change, reason, day, by in asked
    )


def signed_entries(codes: Mapping[int, str] | None = None, lines: SignedLines | None = None) -> tuple[Entry, ...]:
    """The signed lines as entries of the list. ``codes`` are those of the day; ``lines`` those already read."""
    known = codes or {}
    return tuple(
        e if known.get(pk, e.code) == e.code else replace(e, code=known[pk])
        for pk, e in (signed_lines() if lines is None else lines)
    )


def county_records(place: Place, as_of: date | None = None) -> Records:
    """Everything the indicators need of a county on a day (today when none is said)."""
    as_of = as_of or clock.today()
    villages = standings_by_place(as_of)
    drawn, sampling = last_sample(place, as_of)
    return Records(
        place.code,
        tuple(sorted(villages.values(), key=lambda v: v.code)),
        tuple(
            HamletStanding(
                h.key, h.name, h.place.parent.code if h.place.parent else h.key[:12], h.households or 0,
                h.households_treated or 0, h.households_controlled or 0, h.deductible,
            )
            for h in HamletRecord.objects.select_related("place__parent").defer("place__geometry", "place__parent__geometry")
        ),
        signed_entries({pk: v.code for pk, v in villages.items()}),
        sample=drawn,
        sampling=sampling,
        facts=county_facts(place, as_of),
    )  # fmt: skip
