"""The three ledgers every county has, line by line, with what stands in each cell.

A line keeps its cells as they were written, so that a conflict can be laid before the officer on the very rows it comes
from; what could be read of them stands in the fields. A code is kept as text, damaged or not: :mod:`qingxi.morning.matching`
says which village is meant.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from qingxi.morning.state import State


class Book(StrEnum):
    """Which of the three."""

    VILLAGES = "villages"
    FACILITIES = "facilities"
    ISSUES = "issues"

    @property
    def words(self) -> str:
        return {"villages": "行政村治理台账", "facilities": "处理设施台账", "issues": "问题整改台账"}[self.value]


@dataclass(frozen=True, slots=True)
class CellSaid:
    """One cell as it was written: our name of its column ("" for a column nobody asked for), its heading, its text."""

    field: str
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A row of a ledger: file, sheet, row as Excel counts it, and its cells."""

    book: Book
    file: str
    sheet: str
    row: int
    cells: tuple[CellSaid, ...] = ()

    @property
    def mark(self) -> str:
        """What the row says, without its place and serial number: the same row next quarter has the same mark."""
        said = [
            self.book.value,
            *(f"{c.field or c.heading}={c.text}" for c in self.cells if c.field != "serial" and c.text),
        ]
        return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

    def said(self, name: str) -> str:
        """The text of the cell of a field; empty when the row has none."""
        return next((c.text for c in self.cells if c.field == name), "")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A cell that could not be read: field, text, and the rule it breaks (Chinese)."""

    field: str
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class VillageLine:
    """One line of 行政村治理台账. Households and people: None where not said; ``state`` None where not to be read."""

    written: Written
    code: str = ""
    name: str = ""
    township: str = ""
    kind: str = ""
    households: int | None = None
    households_treated: int | None = None
    people: int | None = None
    state: State | None = None
    mode: str = ""
    facility_status: str = ""
    recognised_on: date | None = None
    document: str = ""
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class FacilityLine:
    """One line of 处理设施台账; ``status`` as :class:`qingxi.facility.Facility`, "" where not to be read; m³/d."""

    written: Written
    id: str = ""
    name: str = ""
    code: str = ""
    village: str = ""
    township: str = ""
    design_m3_d: float | None = None
    status: str = ""
    commissioned: date | None = None
    tested_on: date | None = None
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class IssueLine:
    """One line of 问题整改台账."""

    written: Written
    id: str = ""
    title: str = ""
    code: str = ""
    village: str = ""
    township: str = ""
    facility: str = ""
    closed: bool = False
    found_on: date | None = None
    due_on: date | None = None
    closed_on: date | None = None
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True)
class TotalLine:
    """The 合计 row of a ledger: what it says for each summed field."""

    written: Written
    values: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Ledgers:
    """All that was read out of the three files."""

    villages: tuple[VillageLine, ...] = ()
    facilities: tuple[FacilityLine, ...] = ()
    issues: tuple[IssueLine, ...] = ()
    totals: tuple[TotalLine, ...] = field(default=())
