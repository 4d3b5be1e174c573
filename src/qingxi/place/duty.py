"""Who answers for what, where, and when (责任清单)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.place.code import PlaceCode


class DutyRole(StrEnum):
    """The part a unit has in a matter."""

    LEAD = "主责"
    SUPPORT = "配合"
    SUPERVISE = "监督"
    TERRITORY = "属地"


@dataclass(frozen=True, slots=True)
class Duty:
    """One row of the duty list.

    ``place`` is the place it holds for with all below it; ``matter`` its Chinese name (设施运维, 管网建设, ...);
    ``person`` may be empty: an unfilled post is a gap, and shown as one.
    """

    place: PlaceCode
    matter: str
    role: DutyRole
    unit: str
    person: str = ""
    post: str = ""
    phone: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    basis: str = ""

    def valid(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


def responsible(
    duties: Iterable[Duty], place: PlaceCode, matter: str, on: date, role: DutyRole = DutyRole.LEAD
) -> Duty | None:
    """The duty nearest to a place: its own, else its township's, else its county's; None is a gap."""
    fitting = [d for d in duties if d.matter == matter and d.role is role and d.valid(on) and place.within(d.place)]
    return max(fitting, key=lambda d: (len(d.place.text), d.valid_from or date.min), default=None)
