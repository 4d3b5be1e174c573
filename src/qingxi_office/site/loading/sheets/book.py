"""What a book of the office is to a table: its rows in the table's words, who may write which, and how they are taken in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qingxi.files.office_tables import OfficeTable
from qingxi_office.site.loading.sheets.scope import Scope
from qingxi_office.trail.actions import Doer, TakenIn

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a row may not go in as it is: the field, what had to hold, what to do, a stable code; ``asks`` for a reason."""

    field: str
    rule: str
    remedy: str
    code: str
    asks: bool = False


@dataclass(frozen=True)
class Book:
    """One table's book.

    Attributes
    ----------
    here : callable
        Rows that this person sees now, in the table's plain values.
    object_to : callable
        What stands against a row, given the row that is there now (None for a new one).
    take : callable
        Takes whole rows in; told how many of them are new.
    cover : callable or None
        The part of the book that a row belongs to: rows missing from a part that the file covers are named as gone.
        None: the book only grows and nothing is ever missing.
    label : callable
        What a row is called on a page.
    known : tuple
        Fields that only say what a row is about; they are never changed by a table.
    """

    table: OfficeTable
    here: Callable[[Any], Sequence[Row]]
    object_to: Callable[[Scope, Row, Row | None], list[Objection]]
    take: Callable[[Scope, Sequence[Row], int, Doer, str], TakenIn]
    label: Callable[[Row], str]
    cover: Callable[[Row], str] | None = None
    known: tuple[str, ...] = ()

    def key(self, row: Row) -> tuple[Any, ...]:
        """The fields that tell rows apart."""
        return tuple(row.get(field) for field in self.table.key)

    def compared(self) -> tuple[str, ...]:
        """Fields that a table may change."""
        return tuple(
            c.field for c in self.table.columns if c.field not in self.known and c.field not in self.table.key
        )

    def blank(self) -> dict[str, Any]:
        """A new row of which nothing is said."""
        from qingxi.files.office_tables import plain_value

        return {c.field: plain_value(c.default) for c in self.table.columns}


def text(value: Any) -> str:
    return "" if value is None else str(value)
