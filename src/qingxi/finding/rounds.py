"""What dated rounds tell of the day on which something began or ended (巡查定起止日).

A bill says in which month a plant fell still, a round says that it stood on that day. Rounds err and some are written
without looking, so the day is the one that the fewest rounds speak against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qingxi.finding.look import Look
from qingxi.finding.stopped_by_paper import runs


@dataclass(frozen=True, slots=True)
class Seen:
    """A round that tells whether it ran: index of its day, and whether it stood."""

    day: int
    stood: bool


def rounds_of(look: Look) -> tuple[Seen, ...]:
    """Every telling round up to the last day of the look, in order."""
    told = ((v.visited_at.date(), runs(v)) for v in look.evidence.visits)
    return tuple(
        sorted((Seen(look.index(d), not r) for d, r in told if r is not None and d <= look.last), key=_day)
    )


def _day(seen: Seen) -> int:
    return seen.day


def first_still_day(seen: Sequence[Seen], guess: int, reach: int) -> int:
    """The day from which on it stood, ``reach`` days around a guess; of equally good ones the nearest to the guess.

    Fewest rounds that ran on it or later, or stood before it.
    """
    return _turn([(s.day, s.stood) for s in seen], guess, reach)


def last_still_day(seen: Sequence[Seen], guess: int, reach: int) -> int:
    """The last day on which it stood, as :func:`first_still_day`."""
    return _turn([(s.day, not s.stood) for s in seen], guess + 1, reach) - 1


def _turn(told: Sequence[tuple[int, bool]], guess: int, reach: int) -> int:
    near = [(day, after) for day, after in told if abs(day - guess) <= reach]
    if not near:
        return guess

    def against(turn: int) -> tuple[int, int]:
        return sum(after != (day >= turn) for day, after in near), abs(turn - guess)

    return min(range(guess - reach, guess + reach + 1), key=against)


def meter_stands(look: Look, least_kwh_d: float) -> list[tuple[int, int]]:
    """Stretches between meter readings of rounds in which the meter hardly moved (``least_kwh_d`` a day or less): first
    and last day; neighbouring ones are one."""
    read = [
        (look.index(v.visited_at.date()), v.meter_kwh)
        for v in sorted(look.evidence.visits, key=lambda v: v.visited_at)
        if v.meter_kwh is not None and v.visited_at.date() <= look.last
    ]
    out: list[tuple[int, int]] = []
    for (a, low), (b, high) in pairwise(read):
        if b > a and 0 <= high - low <= least_kwh_d * (b - a):
            out.append((out.pop()[0], b) if out and out[-1][1] == a else (a, b))
    return out
