"""双随机: drawing licensed officers for an enterprise, at least two, without those who must stand back."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

LEAST = 2


@dataclass(frozen=True, slots=True)
class Officer:
    """One officer of the list: ``licence`` is the enforcement licence's number, ``until`` its last day."""

    id: str
    name: str
    licence: str
    until: date
    unit: str = ""


def able(pool: Iterable[Officer], on: date, recused: Collection[str] = ()) -> list[Officer]:
    """Officers whose licence is valid on a day and who need not stand back."""
    return [o for o in pool if o.licence and o.until >= on and o.id not in recused]


def draw_officers(
    pool: Iterable[Officer], subject: str, seed: str, on: date, *, recused: Collection[str] = (), n: int = LEAST
) -> tuple[Officer, ...]:
    """Draw n officers for one enterprise; after a recusal the same seed gives the next in rank.

    Raises
    ------
    ValueError
        When n is below two, or fewer than n are left.
    """
    if n < LEAST:
        raise ValueError(f"执法检查人员至少 {LEAST} 人")
    there = able(pool, on, recused)
    if len(there) < n:
        raise ValueError(f"“{subject}”可派的持证人员只有 {len(there)} 人，不足 {n} 人")
    rank = sorted(there, key=lambda o: hashlib.sha256(f"{seed}\n{subject}\n{o.id}".encode()).hexdigest())
    return tuple(rank[:n])


def share_out(
    ids: Iterable[str], teams: Iterable[str], seed: str, barred: Collection[tuple[str, str]] = ()
) -> dict[str, str]:
    """Give stations to teams by chance and evenly: team by station; ``barred`` (team, station) pairs are kept apart.

    Raises
    ------
    ValueError
        When every team is barred from a station.
    """
    names = sorted(teams)
    load = dict.fromkeys(names, 0)
    out: dict[str, str] = {}
    for station in sorted(ids, key=lambda i: hashlib.sha256(f"{seed}\nturn\n{i}".encode()).hexdigest()):
        free = [t for t in names if (t, station) not in barred]
        if not free:
            raise ValueError(f"{station} 没有一个组可以去，都要回避；请加一个组")
        key = min(free, key=lambda t: (load[t], hashlib.sha256(f"{seed}\n{t}\n{station}".encode()).hexdigest()))
        out[station] = key
        load[key] += 1
    return out
