"""What a phone's clock was worth: the office's time of something that a phone dated by its own clock, perhaps days ago."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Settled:
    """The office's time of a round.

    Attributes
    ----------
    at : datetime
        As the office counts; never after it was received nor before what the same phone counted before it.
    offset_s : float
        Seconds added to the phone's own time, before the order was put right.
    wrong : bool
        The phone's clock was off by more than ``clock.wrong``.
    moved : bool
        It was set between the last contact and now, or its order contradicts its counter: ``at`` is uncertain.
    """

    at: datetime
    offset_s: float
    wrong: bool
    moved: bool


def settle(
    phone_at: datetime,
    received_at: datetime,
    offset_now_s: float,
    *,
    offset_contact_s: float | None = None,
    contact_at: datetime | None = None,
    floor: datetime | None = None,
    ceiling: datetime | None = None,
    shift_s: float = 0.0,
) -> Settled:
    """Put the phone's time right.

    Parameters
    ----------
    phone_at : datetime
        What the phone's clock showed; aware.
    received_at : datetime
        When the office got it, by its own clock.
    offset_now_s, offset_contact_s : float
        Office minus phone in seconds, as measured on arrival and at the last contact before the round.
    contact_at : datetime, optional
        When that last contact was, by the office's clock: the round lies after it.
    floor, ceiling : datetime, optional
        Settled times of the rounds that the same phone counted just before and just after.
    shift_s : float
        Seconds by which the office's clock stands elsewhere on purpose (a day of training): a phone that
        shows that day or the true one is right.

    A clock that ran with one error throughout is put right exactly. Where the two measurements differ, the clock was
    set between: the offset is believed under which the round lies after the last contact and before it was received;
    when both or neither do, the newer. The counter decides the order, and the last contact lies before the round: a time
    that contradicts them is moved to the nearest time that does not.
    """
    table = load_table("patrol")
    low = contact_at
    chosen, moved = offset_now_s, False
    if offset_contact_s is not None and abs(offset_contact_s - offset_now_s) > table["clock.moved"]:
        moved = True
        slack = timedelta(seconds=table["clock.moved"])

        def possible(offset: float) -> bool:
            at = phone_at + timedelta(seconds=offset)
            return at <= received_at + slack and (low is None or at >= low - slack)

        if possible(offset_contact_s) and not possible(offset_now_s):
            chosen = offset_contact_s
    at = phone_at + timedelta(seconds=chosen)
    right = at
    if low is not None:
        floor = low if floor is None else max(floor, low)
    if floor is not None and right < floor:
        right = floor
    if ceiling is not None and right > ceiling and (floor is None or ceiling >= floor):
        right = ceiling
    right = min(right, received_at)
    moved = moved or abs((right - at).total_seconds()) > table["clock.moved"]
    return Settled(right, chosen, min(abs(chosen), abs(chosen - shift_s)) > table["clock.wrong"], moved)
