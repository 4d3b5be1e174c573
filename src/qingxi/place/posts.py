"""Standard duties by level, and what is missing of them (空岗和漏项).

The standard list is data (``qingxi.standard``, table ``duties``): the county responsible, the township carrying out, the village
helping. A county may write its own list in its place.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from qingxi.place.code import PlaceCode
from qingxi.place.duty import Duty, DutyRole, Party


@dataclass(frozen=True, slots=True)
class StandardDuty:
    """One line of the standard list: at every place of ``level`` (or every facility) somebody answers for ``matter``.

    ``needed`` lines are gaps where nobody is named; the others are offered only.
    """

    level: str
    matter: str
    role: DutyRole
    party: Party
    needed: bool
    meaning: str
    source: str


@cache
def standard_duties() -> tuple[StandardDuty, ...]:
    """The standard list as it is shipped."""
    path = resources.files("qingxi.standard") / "tables" / "duties.csv"
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    return tuple(
        StandardDuty(
            row["level"], row["matter"], DutyRole(row["role"]), Party(row["party"]), row["needed"] == "yes",
            row["meaning"], row["source"],
        )
        for row in rows
    )  # fmt: skip


class GapKind(StrEnum):
    """Why nobody answers."""

    NEVER = "没有定人"  # the standard list asks for it and no duty was ever written
    EMPTY = "空岗"  # the post is there, nobody in it and no deputy
    EXPIRED = "到期没有接"  # the last duty has ended and none followed
    STOPPED = "单位已撤销"  # the post is filled by a unit that is no more


@dataclass(frozen=True, slots=True)
class Gap:
    """One post in which nobody answers on a day; ``duty`` is its last row, None when there never was one."""

    place: PlaceCode
    matter: str
    role: DutyRole
    kind: GapKind
    duty: Duty | None = None
    since: date | None = None


def gaps(
    places: Mapping[PlaceCode, str],
    duties: Iterable[Duty],
    on: date,
    standard: Iterable[StandardDuty] | None = None,
    excused: Collection[PlaceCode] = (),
) -> tuple[Gap, ...]:
    """What is missing on a day, by place and matter.

    Parameters
    ----------
    places : mapping of PlaceCode to str
        Living places and their level (``"county"``, ``"township"``, ``"village"``).
    duties : iterable of Duty
        All rows of these places, ended ones too; a duty for one thing only counts by itself.
    excused : collection of PlaceCode
        Places of which the standard list asks nothing while no post was ever written there: urban communities (居委会) that
        no signed list counts in. A post that somebody wrote there is asked for as anywhere.
    """
    asked: dict[str, list[StandardDuty]] = defaultdict(list)
    for line in standard_duties() if standard is None else standard:
        if line.needed:
            asked[line.level].append(line)
    rows: dict[tuple[PlaceCode, str, str, DutyRole], list[Duty]] = defaultdict(list)
    for duty in duties:
        if duty.place in places and (duty.valid_from is None or duty.valid_from <= on):
            rows[duty.place, duty.subject, duty.matter, duty.role].append(duty)
    out = []
    for (place, _, matter, role), held in rows.items():
        now = [d for d in held if d.valid(on)]
        if any(d.filled(on) for d in now):
            continue
        if now:
            last = max(now, key=lambda d: d.valid_from or date.min)
            gone = last.unit_to is not None and last.unit_to <= on
            kind = GapKind.STOPPED if gone and (last.person or last.deputy) else GapKind.EMPTY
            out.append(
                Gap(place, matter, role, kind, last, last.unit_to if kind is GapKind.STOPPED else last.valid_from)
            )
        else:
            last = max(held, key=lambda d: d.valid_to or date.min)
            out.append(Gap(place, matter, role, GapKind.EXPIRED, last, last.valid_to))
    named = {(place, matter, role) for place, _, matter, role in rows}
    free = set(excused) - {place for place, _, _, _ in rows}
    for place, level in places.items():
        if place in free:
            continue
        for line in asked.get(level, ()):
            if (place, line.matter, line.role) not in named:
                out.append(Gap(place, line.matter, line.role, GapKind.NEVER))
    return tuple(sorted(out, key=lambda g: (g.place, g.matter, g.role)))
