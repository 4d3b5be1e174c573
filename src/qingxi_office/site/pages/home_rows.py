"""One line of a list on the home page."""

from __future__ import annotations

from dataclasses import dataclass, field

from qingxi_office.design.parts import State


@dataclass
class Row:
    """One line of a list that asks for something: the words, what is known besides, and one verb."""

    lead: str
    title: str
    href: str
    detail: str
    verb: str
    filled: bool = False
    spark: list[float | None] = field(default_factory=list)
    spark_kind: str = "line"
    mark_from: int | None = None
    floor: float = 0.0
    alt: str = ""
    late: str = ""
    state: State | None = None
