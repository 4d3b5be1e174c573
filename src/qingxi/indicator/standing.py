"""How a village or natural village stands: the three states, and the dated events by which it came to them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise

from qingxi.origin import Ref
from qingxi.place import VillageKind


class State(StrEnum):
    """State of a village's sewage; the three are never added silently."""

    TREATED = "已治理"
    CONTROLLED = "已管控"
    OPEN = "未完成"


@dataclass(frozen=True, slots=True)
class ThreeBasics:
    """三基本: no sewage seen running, no stench, no complaints heard; None where nobody has looked."""

    no_sewage_seen: bool | None = None
    no_stench: bool | None = None
    no_complaints: bool | None = None

    @property
    def met(self) -> bool | None:
        """All three hold; None while one has not been looked at and none has failed."""
        answers = (self.no_sewage_seen, self.no_stench, self.no_complaints)
        if False in answers:
            return False
        return None if None in answers else True


@dataclass(frozen=True, slots=True)
class Turn:
    """A village came into a state on a day (认定, 退出), with its paper or reason."""

    on: date
    state: State
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VillageStanding:
    """An administrative village as it stands on the day of the register.

    Attributes
    ----------
    code : str
        12 digits.
    township : str
        Name of the township; ``township_code`` its 9 digits.
    recognised_on : date or None
        Day of 认定; a village that is 已治理 without one counts, and is named as lacking its paper.
    lost_on : date or None
        Day it left the numerator (stopped facility, 返黑返臭), with ``lost_reason``.
    households, households_connected : int
    people_resident : int
        常住人口; 0 where it is not known.
    turns : tuple of Turn
        Its whole history in order of the days, where it is kept; it then says the state on any day.
    """

    code: str
    name: str
    township: str
    kind: VillageKind
    state: State
    township_code: str = ""
    recognised_on: date | None = None
    document: str = ""
    lost_on: date | None = None
    lost_reason: str = ""
    households: int = 0
    households_connected: int = 0
    basics: ThreeBasics = ThreeBasics()
    because: tuple[Ref, ...] = ()
    people_resident: int = 0
    turns: tuple[Turn, ...] = ()

    def __post_init__(self) -> None:
        if self.households < 0 or self.households_connected < 0:
            raise ValueError(f"village {self.code}: households are negative")
        if any(a.on > b.on for a, b in pairwise(self.turns)):
            raise ValueError(f"village {self.code}: its turns are not in order of their days")

    def state_on(self, on: date) -> State:
        """State on a day, with the register's state as the last word.

        Before its 认定 a village is 未完成; from 认定 until it was lost it was 已治理; from then on it is what the
        register says, and 未完成 where the register still says 已治理. Where its history is kept, the history speaks.
        """
        if self.turns:
            return next((turn.state for turn in reversed(self.turns) if turn.on <= on), State.OPEN)
        if self.recognised_on is not None and on < self.recognised_on:
            return State.OPEN
        if self.lost_on is None:
            return self.state
        if on < self.lost_on:
            return State.TREATED
        return State.OPEN if self.state is State.TREATED else self.state

    def losses(self, on: date) -> tuple[Turn, ...]:
        """The turns up to a day by which it left 已治理."""
        if not self.turns:
            gone = self.lost_on is not None and self.lost_on <= on
            return (Turn(self.lost_on, self.state_on(on), self.lost_reason),) if gone and self.lost_on else ()
        return tuple(
            new
            for old, new in pairwise(self.turns)
            if old.state is State.TREATED and new.state is not State.TREATED and new.on <= on
        )

    @property
    def ref(self) -> Ref:
        return Ref("village", self.code)


@dataclass(frozen=True, slots=True)
class HamletStanding:
    """A natural village: households in all, treated, and effectively controlled.

    ``deductible`` names the reason why it may be taken out of the denominator (可核减), empty when it may not.
    """

    code: str
    name: str
    village: str
    households: int
    households_treated: int = 0
    households_controlled: int = 0
    deductible: str = ""
    because: tuple[Ref, ...] = ()

    def __post_init__(self) -> None:
        if min(self.households, self.households_treated, self.households_controlled) < 0:
            raise ValueError(f"natural village {self.code}: households are negative")
        if self.households_treated + self.households_controlled > self.households:
            raise ValueError(
                f"natural village {self.code}: {self.households_treated} treated and "
                f"{self.households_controlled} controlled of {self.households} households"
            )

    @property
    def ref(self) -> Ref:
        return Ref("hamlet", self.code)
