"""Who is in charge here, as a page shows it: the one law of ``qingxi.place`` asked for a village, a station, a project, a problem."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from qingxi.place import Answer, Post
from qingxi_office.design.parts import State
from qingxi_office.people import queries as people
from qingxi_office.places.models import Place
from qingxi_office.site.templatetags.places import word_of

_SHOWN = 9


@dataclass(frozen=True)
class Who:
    """One line: the matter and role, the person to call, and what to know about the post."""

    answer: Answer
    chip: State | None

    @property
    def above(self) -> str:
        """Whom to call instead, of an empty post."""
        one = self.answer.above
        return f"{one.person or one.deputy} {one.unit}" if one else ""


def lines(answers: Iterable[Answer]) -> list[Who]:
    """Answers as lines, with a chip where the post is not simply filled."""
    chips = {Post.EMPTY: State("unknown", word_of("空岗")), Post.DEPUTY: State("watch", word_of("副手代"))}
    return [Who(answer, chips.get(answer.post)) for answer in answers]


def of_place(place: Place) -> list[Who]:
    return lines(people.in_charge(place))[:_SHOWN]


def of_thing(place: Place, ref: str, units: Iterable[Any]) -> list[Who]:
    """``units`` are names of units, or units, that run, own or mend the thing; empty ones are left out."""
    names = {unit if isinstance(unit, str) else unit.name for unit in units if unit}
    return lines(people.in_charge(place, ref=ref, units=names))[:_SHOWN]
