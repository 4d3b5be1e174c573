"""A rate up the tree of a day, with gains and losses since another: out of the books. Saves nothing."""

from dataclasses import dataclass, replace
from datetime import date

from qingxi.indicator import (
    Change,
    Definition,
    Figure,
    Node,
    Records,
    RollUp,
    Tree,
    change,
    rate,
    roll_up,
    why_lost,
)  # fmt: skip
from qingxi_office.indicators.records import held_villages, signed_entries, signed_lines, standings_by_place
from qingxi_office.places.queries import States

LEVELS = ("province", "prefecture", "county", "township")


@dataclass(frozen=True)
class Rolled:
    """The figure of the day, its sums at every node, and why villages left the numerator, by code."""

    figure: Figure
    rolled: RollUp
    reasons: dict[str, str]

    @property
    def moves(self) -> Change | None:
        return self.rolled.moves


def roll(definition: Definition, on: date, since: date, within: str) -> Rolled:
    """A rate of villages at every place of a subtree as the tree was on a day; five queries whatever its size.

    A village is the same village under every code it had. One that was merged away between the days is a loss where the
    place that took it over lies.

    Raises
    ------
    ValueError
        For a definition whose numerator keeps no days (only states of villages do), or days in the wrong order.
    """
    if definition.denominator["rule"] != "signed_list":
        raise ValueError("只有按村的治理状态算的数才有过去每一天的名单，能逐级汇总")
    if since > on:
        raise ValueError(f"{since:%Y-%m-%d} 在 {on:%Y-%m-%d} 之后")
    every = States(level__in=[*LEVELS, "village"])
    above = [s for s in every.on(on) if s.level in LEVELS and s.path.startswith(within)]
    by_pk = {s.place_id: s.code for s in above}
    tree = Tree(
        Node(s.code, s.name, s.level, by_pk.get(s.parent_id, "") if s.parent_id is not None else "") for s in above
    )
    held, lines = held_villages(), signed_lines()
    later, earlier = standings_by_place(on, held, every), standings_by_place(since, held, every)
    codes = {pk: v.code for pk, v in later.items()}
    before = {pk: v if codes.get(pk, v.code) == v.code else replace(v, code=codes[pk]) for pk, v in earlier.items()}
    where = {v.code: v.township_code for v in later.values() if v.township_code in tree.at}
    gone = [pk for pk in before if pk not in later]
    if gone:
        for s in (s for s in every.on(since) if s.place_id in before and s.place_id not in later):
            home = next((code for code in reversed(s.path.strip("/").split("/")) if code in tree.at), "")
            if home:
                where[before[s.place_id].code] = home

    def computed(villages: dict, day: date) -> Figure:  # type: ignore[type-arg]
        inside = tuple(v for v in villages.values() if v.code in where)
        entries = tuple(
            e for e in signed_entries({pk: v.code for pk, v in villages.items()}, lines) if e.code in where
        )
        return rate(definition, Records("", inside, entries=entries), day)

    now, then = computed(later, on), computed(before, since)
    reasons = why_lost(later.values(), signed_entries(codes, lines), on)
    for pk in gone:
        reasons.setdefault(before[pk].code, "撤并，不再是一个村")
    return Rolled(now, roll_up(now, tree, where, change(then, now)), reasons)
