"""What the ledgers are held against: register, quarter, the office's own books, limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from qingxi.morning.quarter import Quarter
from qingxi.morning.register import Register
from qingxi.standard import load_table

RUNNING = frozenset({"in_use", "trial"})
STILL = frozenset({"stopped", "scrapped"})


@dataclass(frozen=True, slots=True)
class Limits:
    """The thresholds of table ``morning``: m³/d from which tests are owed, litres a person and day that are too many."""

    tested_from_m3_d: float
    most_l_person_d: float
    first_year: int

    @classmethod
    def usual(cls) -> Limits:
        table = load_table("morning")
        return cls(table["test.from"], table["oversize.most"], int(table["date.first_year"]))


@dataclass(frozen=True)
class Setting:
    """All that the rules ask besides the ledgers.

    Attributes
    ----------
    on : date
        The day of the check; a date after it is impossible for what has happened.
    statuses : mapping
        Status of each facility in the office's own register, by number.
    tests : mapping
        Day of the last sample of each facility in the office's own readings.
    """

    register: Register
    quarter: Quarter
    on: date
    limits: Limits
    statuses: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, date] = field(default_factory=dict)

    def name(self, code: str) -> str:
        """A village's name for a sentence; a code the register does not know stands as it is."""
        village = self.register.by_code.get(code)
        return village.name if village else code

    def town(self, code: str) -> str:
        village = self.register.by_code.get(code)
        return village.township if village else ""

    def choices(self, codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """Candidates as a decision offers them: code, and name with the code's tail."""
        return tuple((c, f"{self.name(c)}（{self.town(c)} {c[-3:]}）") for c in codes)
