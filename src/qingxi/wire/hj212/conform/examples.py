"""The standard's own examples as data: Annex C of 2017 (C.1 to C.50, read in its text) and of 2025 (A.1, C.1 to C.63).

Obvious slips of print are set right (a comma for a semicolon in C.22, C.23, C.41 and C.48, a missing semicolon in C.19, blanks
within data areas) and ``…`` is left out. Of 2025 the order of the examples and what is new in them was read in public
code transcribed from the standard; those that it took over from 2017 differ in dates and Flag and are drawn from
there. The counts of their Flags (118 of 8, 65 of 9, 2 of 10, 2 of 11) agree with a published count of the printed ones
(119, 70, 2, 2, Annex A included) but for one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import groupby

from qingxi.wire.hj212.flow import table_rows
from qingxi.wire.hj212.message import Group, Message

MN = "010000A8900016F000169DC0"
PW = "123456"
_DAY_0 = {2017: datetime(2016, 8, 1), 2025: datetime(2024, 6, 1)}  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Said:
    """One step of an example: who says what."""

    sender: str
    message: Message


@dataclass(frozen=True, slots=True)
class Example:
    """One example of an Annex.

    Attributes
    ----------
    edition : int
    clause : str
        ``"C.14"``, ``"A.1"``.
    steps : tuple of Said
    """

    edition: int
    clause: str
    steps: tuple[Said, ...]

    @property
    def first(self) -> Said:
        """What begins it."""
        return self.steps[0]

    @property
    def name(self) -> str:
        """``"2017 C.14"``."""
        return f"{self.edition} {self.clause}"


def _groups(area: str) -> tuple[Group, ...]:
    if not area:
        return ()
    cells = [[cell.partition("=") for cell in group.split(",")] for group in area.split(";")]
    return tuple(tuple((key, value) for key, _, value in group) for group in cells)


def _number(text: str) -> int | None:
    return int(text) if text else None


@cache
def examples() -> tuple[Example, ...]:
    """Every example, in the standard's order."""
    found = []
    for (edition, clause), rows in groupby(table_rows("examples"), key=lambda row: (row["edition"], row["clause"])):
        steps = tuple(
            Said(
                row["sender"],
                Message(
                    row["cn"], MN, qn=row["qn"], st=row["st"], pw=PW, flag=_number(row["flag"]),
                    pnum=_number(row["pnum"]), pno=_number(row["pno"]), groups=_groups(row["area"]),
                ),
            )
            for row in rows
        )  # fmt: skip
        found.append(Example(int(edition), clause, steps))
    return tuple(found)


def moved(example: Example, message: Message, today: datetime) -> Message:
    """A message of an example with its times moved by whole days, so that the example's day is yesterday.

    A live server may rightly refuse data of 2016; hours and minutes of the example stay as printed.
    """
    days = today.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None) - _DAY_0[example.edition]
    shift = days - timedelta(days=1)
    return replace(message, groups=_each_time(message.groups, lambda at: at + shift))


def _each_time(groups: tuple[Group, ...], change: Callable[[datetime], datetime]) -> tuple[Group, ...]:
    def value(text: str) -> str:
        if len(text) not in (14, 17) or not text.isdigit():
            return text
        try:
            at = datetime.strptime(text[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007
        except ValueError:
            return text
        return f"{change(at):%Y%m%d%H%M%S}{text[14:]}"

    return tuple(tuple((key, value(text)) for key, text in group) for group in groups)
