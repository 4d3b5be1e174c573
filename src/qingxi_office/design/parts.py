"""What a page hands to the templates: figures with their provenance, states, steps, bars.

A figure is never a bare number here. It carries what it means, what it is divided by, its date, who measured it
and where "how do we know" leads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["good", "watch", "bad", "unknown", "info", "plain"]

ICON_OF_KIND: dict[str, str] = {
    "good": "circle-check",
    "watch": "alert-triangle",
    "bad": "alert-octagon",
    "unknown": "help-circle",
    "info": "player-play",
    "plain": "",
}


@dataclass(frozen=True)
class State:
    """A judgement shown as icon, word and colour together; ``unknown`` is hatched and is not good."""

    kind: Kind
    word: str
    icon: str = ""

    @property
    def sign(self) -> str:
        return self.icon or ICON_OF_KIND.get(self.kind, "")


@dataclass(frozen=True)
class Way:
    """A link out of a pop-over or a row: the words and the address."""

    words: str
    href: str


@dataclass(frozen=True)
class Provenance:
    """What stands behind a figure: rows of (term, text) and the ways on."""

    title: str
    rows: Sequence[tuple[str, str]]
    ways: Sequence[Way] = ()


@dataclass(frozen=True)
class RateBar:
    """A rate on its scale from 0 to 100 %: filled to the value, a tick at the target, a band for an interval."""

    value_pct: float | None
    target_pct: float | None = None
    low_pct: float | None = None
    high_pct: float | None = None


@dataclass(frozen=True)
class Figure:
    """One cell of the figure strip."""

    label: str
    value: str
    small: str = ""
    captions: Sequence[str] = ()
    provenance: Provenance | None = None
    bar: RateBar | None = None
    unknown: bool = False


@dataclass(frozen=True)
class Step:
    """A station on the line of steps: done, passed by without being done, now or later."""

    word: str
    when: str = ""
    state: Literal["done", "skip", "now", ""] = ""


@dataclass(frozen=True)
class CostBar:
    """One way to serve a village on the common scale: construction solid, running cost pale."""

    name: str
    build: float | None
    run: float | None
    colour: str
    why: str = ""
    chosen: bool = False

    @property
    def total(self) -> float | None:
        return None if self.build is None else self.build + (self.run or 0.0)


@dataclass(frozen=True)
class Share:
    """A part of a whole on a stacked bar: money by source, households by mode."""

    name: str
    value: float
    colour: str
    note: str = ""


@dataclass(frozen=True)
class NavItem:
    word: str
    href: str
    on: bool = False


@dataclass(frozen=True)
class Shell:
    """What stands around every page: the county, the person, the day, the way about."""

    county: str = ""
    as_of: str = ""
    drill: bool = False
    nav: Sequence[NavItem] = field(default_factory=tuple)
    who: str = ""
    unit: str = ""
    empty: bool = False
    unread: int = 0  # notices of this person
    help: str = ""  # the chapter of the manual that this page has
