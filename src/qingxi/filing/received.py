"""Expected against received: what every unit owed, when it came, what never came; and the county's figures out of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from qingxi.calendar import WorkingDays
from qingxi.filing.form import Form, FormField
from qingxi.filing.law import HANDED_IN, Return
from qingxi.filing.period import Period


class Received(StrEnum):
    """Whether a return came in time. The first submission counts: one that was sent back and came again is not late for it."""

    NOT_YET = "未到期"
    ON_TIME = "按时"
    LATE = "迟报"
    NEVER = "逾期未报"


def due_on(form: Form, period: Period, days: WorkingDays) -> date:
    """The last day on which the return is in time: so many working days after the period's last day."""
    return days.add(period.last_day, form.due_working_days)


def received(due: date, first_submitted_on: date | None, today: date) -> Received:
    """How a return stands against its day."""
    if first_submitted_on is None:
        return Received.NOT_YET if today <= due else Received.NEVER
    return Received.ON_TIME if first_submitted_on <= due else Received.LATE


@dataclass(frozen=True, slots=True)
class Tally:
    """How many returns were expected, and how each stands; the four add up to ``expected``."""

    expected: int
    on_time: int
    late: int
    never: int
    not_yet: int

    @property
    def received(self) -> int:
        return self.on_time + self.late


def tally(standings: Iterable[Received]) -> Tally:
    """Counts of the standings."""
    all_ = list(standings)
    return Tally(
        len(all_), all_.count(Received.ON_TIME), all_.count(Received.LATE), all_.count(Received.NEVER), all_.count(Received.NOT_YET)
    )  # fmt: skip


@dataclass(frozen=True)
class Total:
    """The county's figure of one field: the sum, by unit, and the units that are not in it. None where nothing came."""

    field: FormField
    value: float | None
    parts: tuple[tuple[str, float], ...]
    missing: tuple[str, ...]


def roll_up(form: Form, returns: Sequence[Return]) -> tuple[Total, ...]:
    """Add up what was handed in. A unit that has not handed in is named, and is never counted as 0."""
    out = []
    for field in form.fields:
        if field.add != "sum" or field.is_text:
            continue
        parts, missing = [], []
        for ret in returns:
            value = ret.value(field.id)
            if ret.state in HANDED_IN and isinstance(value, float | int):
                parts.append((ret.unit, float(value)))
            else:
                missing.append(ret.unit)
        total = round(sum(v for _, v in parts), 9) if parts else None
        out.append(Total(field, total, tuple(parts), tuple(missing)))
    return tuple(out)
