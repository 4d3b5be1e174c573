"""Recognition of effect (治理成效认定): county's self-assessment, city's check, province's sample.

Not completion acceptance: a project may be accepted and its village not recognised, and the reverse where a village
was treated before. Only recognition puts a village into the treatment rate, and it can be lost.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from qingxi.origin import Ref
from qingxi.project.project import NotYet


class Level(StrEnum):
    """Who has looked."""

    COUNTY = "县自评"
    CITY = "市核查"
    PROVINCE = "省抽查"


_ORDER = tuple(Level)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a village: passed or not, on which paper."""

    level: Level
    on: date
    passed: bool
    document: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recognition:
    """How a village's effect has been judged so far."""

    village: str
    looks: tuple[Look, ...] = ()
    because: tuple[Ref, ...] = ()

    @property
    def standing(self) -> frozenset[Level]:
        """Levels whose pass still holds. A refusal sends the village back: it and every lower level must look again."""
        held: set[Level] = set()
        for seen in self.looks:
            if seen.passed:
                held.add(seen.level)
            else:
                held -= set(_ORDER[: _ORDER.index(seen.level) + 1])
        return frozenset(held)

    @property
    def recognised(self) -> bool:
        """Whether it counts: county and city have passed it and nobody has refused it since."""
        return {Level.COUNTY, Level.CITY} <= self.standing


def look(recognition: Recognition, new: Look) -> Recognition:
    """Add a look.

    Raises
    ------
    NotYet
        When a higher level looks before the lower one passed it, the date falls, the document is missing, or a refusal
        gives no reason.
    """
    if recognition.looks and new.on < recognition.looks[-1].on:
        raise NotYet(f"日期 {new.on} 早于上一次 {recognition.looks[-1].on}")
    if not new.document:
        raise NotYet("没有认定文件号")
    if not new.passed and not new.reason.strip():
        raise NotYet("不通过要写原因")
    for lower in _ORDER[: _ORDER.index(new.level)]:
        if lower not in recognition.standing:
            raise NotYet(f"{lower} 还没有通过，不能{new.level}")
    return replace(recognition, looks=(*recognition.looks, new))
