"""The coordination degree (协同度): which units took part in which step on time, by village.

The steps and their weights are data with a version. A degree is the weighted share of participations due that were done on
time, and is nothing without its list: who was due, by when, did when.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from qingxi.origin import Ref
from qingxi.standard import Trust


class Took(StrEnum):
    """How a unit took part."""

    ON_TIME = "按时"
    LATE = "迟做"
    MISSED = "没有做"
    NOT_DUE = "未到期"


@dataclass(frozen=True, slots=True)
class CoordinationStep:
    """One step: its weight, whose it is, and from which book it comes ("" when it is only recorded by hand)."""

    id: str
    name: str
    weight: float
    who: str
    from_books: str


@dataclass(frozen=True)
class CoordinationRule:
    """The definition.

    ``late`` is the share of its weight that a late step still counts, 0 to 1. ``apart`` are steps that rest on the same
    records as the effect: they are left out where degree and effect are compared.
    """

    version: str
    name: str
    valid_from: date
    source: str
    trust: Trust
    formula: str
    late: float
    least_due: int
    apart: tuple[str, ...]
    steps: Mapping[str, CoordinationStep]


def parse_coordination(text: str, name: str = "coordination") -> CoordinationRule:
    """Read a definition from TOML; ValueError, naming the file, when a part is missing, unknown or out of range."""
    try:
        said = tomllib.loads(text)
        steps = [CoordinationStep(**step) for step in said.pop("steps")]
        values = {**said, "trust": Trust(said["trust"]), "steps": {s.id: s for s in steps}}
        rule = CoordinationRule(**{**values, "apart": tuple(said["apart"])})
    except (tomllib.TOMLDecodeError, TypeError, KeyError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error
    if len(rule.steps) != len(steps):
        raise ValueError(f"{name}: a step stands twice")
    if unknown := set(rule.apart) - set(rule.steps):
        raise ValueError(f"{name}: apart names unknown steps {', '.join(sorted(unknown))}")
    if not 0 <= rule.late <= 1 or rule.least_due < 1 or any(s.weight <= 0 for s in steps):
        raise ValueError(f"{name}: late must be 0 to 1, least_due at least 1 and every weight above 0")
    return rule


@cache
def coordination_rule() -> CoordinationRule:
    """The definition that is shipped."""
    path = resources.files("qingxi.indicator") / "coordination_steps" / "default.toml"
    return parse_coordination(path.read_text(encoding="utf-8"), path.name)


@dataclass(frozen=True, slots=True)
class Participation:
    """One unit's part in one step for one village: by when it was due, when it was done, and what says so."""

    village: str
    step: str
    unit: str
    due_on: date
    done_on: date | None
    ref: Ref
    what: str = ""

    def took(self, as_of: date) -> Took:
        """How it stands on a day; what was done after that day is not yet done."""
        if self.done_on is not None and self.done_on <= as_of:
            return Took.ON_TIME if self.done_on <= self.due_on else Took.LATE
        return Took.MISSED if self.due_on < as_of else Took.NOT_DUE


@dataclass(frozen=True)
class Degree:
    """A degree with its list. ``value`` is None where too little was due to say anything."""

    value: float | None
    due: int
    on_time: int
    late: int
    missed: int
    lines: tuple[tuple[Participation, Took], ...] = field(default=(), repr=False)


def degree(parts: Iterable[Participation], as_of: date, rule: CoordinationRule | None = None) -> Degree:
    """The degree of a set of participations; ValueError on a step that the rule does not know."""
    law = rule or coordination_rule()
    lines = []
    reached = possible = 0.0
    count = dict.fromkeys(Took, 0)
    for part in parts:
        if part.step not in law.steps:
            raise ValueError(f"step {part.step!r} is not in version {law.version} of {law.name}")
        took = part.took(as_of)
        count[took] += 1
        lines.append((part, took))
        if took is Took.NOT_DUE:
            continue
        weight = law.steps[part.step].weight
        possible += weight
        reached += weight * {Took.ON_TIME: 1.0, Took.LATE: law.late}.get(took, 0.0)
    due = len(lines) - count[Took.NOT_DUE]
    value = reached / possible if due >= law.least_due else None
    return Degree(value, due, count[Took.ON_TIME], count[Took.LATE], count[Took.MISSED], tuple(lines))


@dataclass(frozen=True, slots=True)
class Slow:
    """One unit over all villages: parts due, done late, not done, and in how many villages."""

    unit: str
    due: int
    late: int
    missed: int
    villages: int

    @property
    def behind(self) -> int:
        return self.late + self.missed


def by_unit(parts: Iterable[Participation], as_of: date) -> list[Slow]:
    """Who is late, most parts behind first; units with nothing due are left out.

    A part that the same record asks of one unit for several villages (a county meeting) counts once.
    """
    seen: dict[str, dict[tuple[str, Ref, date], Took]] = defaultdict(dict)
    where: dict[str, set[str]] = defaultdict(set)
    for part in parts:
        took = part.took(as_of)
        if took is Took.NOT_DUE:
            continue
        seen[part.unit][part.step, part.ref, part.due_on] = took
        where[part.unit].add(part.village)
    rows = [
        Slow(
            unit, len(took), sum(t is Took.LATE for t in took.values()), sum(t is Took.MISSED for t in took.values()),
            len(where[unit]),
        )
        for unit, took in seen.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda r: (-r.behind, -r.due, r.unit))
