"""Figures that the books know: a form names one as ``source``, the office reckons it, and nobody types it.

One source serves several reports; which ones stands beside it, so that a page can say so.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

FROM_RETURN = "return:"
"""A source that begins so takes the figure from returns of a shorter period: ``return:monthly.sludge_t:sum``."""
HOW = ("sum", "last")


@dataclass(frozen=True, slots=True)
class Source:
    """One figure of the books. ``stock`` is a standing at the period's end, otherwise a flow within the period.

    ``call_sheet`` is the field of the quarterly 调度表 (:mod:`qingxi.morning`) and ``bulletin`` the part of the bulletin that
    rest on the same records; empty where they do not have it.
    """

    name: str
    words: str
    unit: str
    type: str
    stock: bool
    call_sheet: str
    bulletin: str
    meaning: str

    @property
    def also_in(self) -> tuple[str, ...]:
        """The other reports that the same records serve, in words."""
        out = (f"季度调度表“{self.words}”",) if self.call_sheet else ()
        return (*out, f"通报“{self.bulletin}”") if self.bulletin else out


@cache
def _all() -> dict[str, Source]:
    path = resources.files("qingxi.filing") / "sources.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {row["name"]: Source(**{**row, "stock": row["stock"] == "1"}) for row in rows}  # type: ignore[arg-type]


def sources() -> Mapping[str, Source]:
    """Every figure that the books know, by name."""
    return _all()


@dataclass(frozen=True, slots=True)
class Carried:
    """A figure carried from the returns of shorter periods."""

    form: str
    field: str
    how: str


def carried(source: str) -> Carried | None:
    """The parts of a ``return:…`` source; None for another.

    Raises
    ------
    ValueError
        For a ``return:`` source that is not written as ``return:form.field:sum`` or ``:last``.
    """
    if not source.startswith(FROM_RETURN):
        return None
    name, _, how = source.removeprefix(FROM_RETURN).partition(":")
    form, _, field = name.partition(".")
    if not (form and field and how in HOW):
        raise ValueError(f"{source!r} is not return:form.field:sum or return:form.field:last")
    return Carried(form, field, how)
