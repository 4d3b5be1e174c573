"""What figures beyond the treatment rate are computed from: plain facts of one day, each with the records that say so."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from qingxi.origin import Ref


@dataclass(frozen=True, slots=True)
class StationFact:
    """A facility on the day.

    Attributes
    ----------
    place : str
        Code of the village (or township) it stands in.
    status : str
        in_use, trial, stopped, joined, scrapped.
    design_m3_d : float
    reported : bool or None
        Whether its last round by whom it is run said that it ran, on ``reported_on``; None without one.
    complies : bool or None
        What the limit of its class says of its last effluent sample, taken on ``sampled_on``; None when that cannot be
        decided, and ``sample_why`` says why. ``limit_verified``: the limit was read in the standard itself.
    volume_m3, days : float
        Water through it, m³, on so many measured days of the period that was asked.
    """

    key: str
    name: str
    place: str
    status: str
    design_m3_d: float
    reported: bool | None = None
    reported_on: date | None = None
    reported_ref: Ref | None = None
    sampled_on: date | None = None
    complies: bool | None = None
    sample_why: str = ""
    sample_ref: Ref | None = None
    limit_verified: bool = True
    volume_m3: float = 0.0
    days: int = 0
    flow_ref: Ref | None = None

    @property
    def ref(self) -> Ref:
        return Ref("facility", self.key)


@dataclass(frozen=True, slots=True)
class HouseFact:
    """What the households of a natural village add up to; a number of households each, 0 where nobody asked."""

    code: str
    name: str
    place: str  # code of its village
    houses: int = 0
    connected: int = 0
    to_connect: int = 0
    toilet_known: int = 0
    sanitary: int = 0
    separation_known: int = 0
    separated: int = 0

    @property
    def ref(self) -> Ref:
        return Ref("hamlet", self.code)


@dataclass(frozen=True, slots=True)
class SeatFact:
    """The seat of a township (乡镇政府驻地): whether its sewage goes to a plant, and whether that ran when looked at."""

    place: str  # code of the township
    name: str
    served: bool | None = None
    runs: bool | None = None
    why: str = ""
    because: tuple[Ref, ...] = ()

    @property
    def ref(self) -> Ref:
        return Ref("place", self.place)


@dataclass(frozen=True, slots=True)
class DigFact:
    """A place where a road or another trench and a sewer want the same ground: dug once or not."""

    key: str
    name: str
    place: str
    state: str

    @property
    def ref(self) -> Ref:
        return Ref("clash", self.key)


@dataclass(frozen=True, slots=True)
class CaseFact:
    """A problem of the ledger with its deadline and the day it was closed."""

    key: str
    name: str
    place: str
    due_on: date
    closed_on: date | None = None

    @property
    def ref(self) -> Ref:
        return Ref("issue", self.key)


@dataclass(frozen=True)
class Facts:
    """All of them, of one place."""

    stations: tuple[StationFact, ...] = ()
    houses: tuple[HouseFact, ...] = ()
    seats: tuple[SeatFact, ...] = ()
    digs: tuple[DigFact, ...] = ()
    cases: tuple[CaseFact, ...] = ()

    def within(self, place: str) -> "Facts":
        """Only what lies in a place, by its code."""
        kept: dict[str, Any] = {
            f.name: tuple(x for x in getattr(self, f.name) if x.place.startswith(place)) for f in fields(self)
        }
        return Facts(**kept)
