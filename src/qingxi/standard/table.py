"""Reading a table of figures with source, date and degree of trust (可信度)."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources


class Trust(StrEnum):
    """How far a figure may be relied on."""

    OFFICIAL = "official"  # read in the text of the standard itself
    SOURCED = "sourced"  # found in a named public source, not the standard itself
    REMEMBERED = "remembered"  # general professional knowledge, not verified
    ASSUMPTION = "assumption"  # ours, to be replaced by the county

    @property
    def verified(self) -> bool:
        """Only a figure read in the standard itself carries a verdict without a remark."""
        return self is Trust.OFFICIAL


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes
    ----------
    key : str
        Name within its table, lower case with dots: ``"trench.base"``.
    value : float
    unit : str
    low, high : float or None
        The range seen elsewhere, in the same unit.
    source : str
        Clause, DOI or named page; for an assumption, what it was rounded from.
    dated : date
        When the figure was valid or taken down.
    trust : Trust
    meaning : str
        Chinese wording for pages and documents.
    """

    key: str
    value: float
    unit: str
    low: float | None
    high: float | None
    source: str
    dated: date
    trust: Trust
    meaning: str


@dataclass(frozen=True)
class Table:
    """Figures by key; a missing key is a fault of the table, named with the table."""

    name: str
    rows: dict[str, Row]

    def __getitem__(self, key: str) -> float:
        return self.row(key).value

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def row(self, key: str) -> Row:
        try:
            return self.rows[key]
        except KeyError:
            raise KeyError(f"table {self.name}: no row {key!r}; it has {', '.join(sorted(self.rows))}") from None

    def under(self, prefix: str) -> dict[str, Row]:
        """Rows whose key starts with ``prefix.``, keyed by what follows."""
        cut = len(prefix) + 1
        return {key[cut:]: row for key, row in self.rows.items() if key.startswith(prefix + ".")}


_BASE = "# base:"


def _number(text: str) -> float | None:
    return float(text) if text.strip() else None


@cache
def load_table(name: str) -> Table:
    """Load ``tables/<name>.csv`` (columns key,value,unit,low,high,source,dated,trust,meaning).

    A file that begins with ``# base: other`` holds only rows that replace those of table ``other``.

    Raises
    ------
    FileNotFoundError
        When no such table is shipped.
    ValueError
        When a row lacks source, date or trust, a key stands twice, or replaces nothing; the message names the line.
    """
    path = resources.files("qingxi.standard") / "tables" / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    under: dict[str, Row] = {}
    first = 2
    if text.startswith(_BASE):
        head, text = text.split("\n", 1)
        under, first = load_table(head.removeprefix(_BASE).strip()).rows, 3
    rows: dict[str, Row] = {}
    for line, cells in enumerate(csv.DictReader(io.StringIO(text)), start=first):
        try:
            row = Row(
                key=cells["key"],
                value=float(cells["value"]),
                unit=cells["unit"],
                low=_number(cells["low"]),
                high=_number(cells["high"]),
                source=cells["source"],
                dated=date.fromisoformat(cells["dated"]),
                trust=Trust(cells["trust"]),
                meaning=cells["meaning"],
            )
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(f"{name}.csv line {line}: {error}") from error
        if not row.source:
            raise ValueError(f"{name}.csv line {line}: {row.key} has no source")
        if row.key in rows:
            raise ValueError(f"{name}.csv line {line}: {row.key} stands twice")
        if under and row.key not in under:
            raise ValueError(f"{name}.csv line {line}: {row.key} replaces no row of its base")
        rows[row.key] = row
    return Table(name, {**under, **rows})
