"""What dated rounds tell of the day on which something began or ended (巡查定起止日).

A bill says in which month a plant fell still, a round says that it stood on that day. Rounds err and some are written
without looking, so the day is the one that the fewest rounds speak against.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from qingxi.finding.look import Look
from qingxi.finding.stopped_by_paper import runs
from qingxi.finding.thresholds import threshold
from qingxi.reading import Visit


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


@dataclass(frozen=True, slots=True)
class Scanty:
    """A stretch in which rounds now and then saw no water come or leave though the plant ran: first and last day, how
    many of how many rounds, and the log of how much likelier that is with little water than by mistakes."""

    first: int
    last: int
    empty: int
    rounds: int
    sure: float


def scanty(look: Look, *, nothing_too: bool = False) -> Scanty | None:
    """The stretch of rounds that speaks most for little water; None where none does.

    Where few people let water go, minutes lie between two flushes and the pump rests for an hour: now and then who comes by
    sees nothing come or nothing leave. Where enough comes, only mistakes say so; where none comes, nearly every round
    does, and that is another matter unless ``nothing_too``. It began before the first such round and ended after the
    last by as much as usually lies between two of them.
    """
    seen = waters(look)
    empty = [e for _, e in seen]
    now_and_then, often, nothing = (
        _likeliest(empty, threshold(f"starved.round_{key}")) for key in ("empty", "often", "nothing")
    )
    sure, a, b = max(now_and_then, often, *([nothing] if nothing_too else ()))
    if sure <= 0 or (not nothing_too and sure <= nothing[0]):
        return None
    if not nothing_too:
        _, a, b = now_and_then  # the longer of the two: rounds that saw water between are no objection
    first, last, count = seen[a][0], seen[b][0], sum(empty[a : b + 1])
    apart = (last - first) // max(1, count - 1)
    return Scanty(max(0, first - apart), min(look.days - 1, last + apart), count, b - a + 1, sure)


def waterless(look: Look, i: int, j: int) -> bool:
    """Whether the rounds between two days rather say that it turned with no water at all, for most of the time, than with
    little or enough."""
    empty = [e for day, e in waters(look) if i <= day <= j]
    little = max(_likeliest(empty, threshold(f"starved.round_{key}"))[0] for key in ("empty", "often"))
    nothing, a, b = _likeliest(empty, threshold("starved.round_nothing"))
    return nothing > max(little, threshold("starved.round_waterless")) and 2 * (b - a + 1) >= len(empty)


def dry_for_a_time(look: Look, i: int, j: int) -> bool:
    """Whether the rounds between two days rather say that for some of the time it turned with no water at all than that
    little came all along."""
    empty = [e for day, e in waters(look) if i <= day <= j]
    little = max(_likeliest(empty, threshold(f"starved.round_{key}"))[0] for key in ("empty", "often"))
    nothing = _likeliest(empty, threshold("starved.round_nothing"))[0]
    return nothing > max(little + threshold("little.dry_rather"), threshold("starved.round_waterless"))


def sees_no_water(visit: Visit) -> bool:
    """Whether a round saw no water come, or none leave."""
    return "no" in {visit.answers.get("inflow"), visit.answers.get("outflow")}


def waters(look: Look) -> list[tuple[int, bool]]:
    """In order, the rounds that did not find it standing: index of the day, and whether no water was seen to come or to leave."""
    return sorted(
        (look.index(v.visited_at.date()), sees_no_water(v))
        for v in look.evidence.visits
        if v.visited_at.date() <= look.last and v.answers.get("blower") != "off"
    )


def _worth(share: float) -> tuple[float, float]:
    """What a round that saw water and one that did not add to the log of the likelihood ratio of such a share against
    mistakes."""
    errs = threshold("starved.round_errs")
    return log((1 - share) / (1 - errs)), log(share / errs)


def _likeliest(empty: Sequence[bool], share: float) -> tuple[float, int, int]:
    """The stretch for which it speaks most that such a share of rounds sees no water, rather than only mistakes: the log
    of the likelihood ratio, first and last index."""
    yes, no = _worth(share)
    best, total, start = (0.0, 0, 0), 0.0, 0
    for k, each in enumerate(empty):
        if total <= 0:
            start, total = k, 0.0
        total += no if each else yes
        best = max(best, (total, start, k))
    return best
