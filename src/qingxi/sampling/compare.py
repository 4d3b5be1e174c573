"""What operators report of themselves against what was found: the gap, and whether chance could have made it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb


def fisher(a: int, b: int, c: int, d: int) -> float:
    """Fisher's exact test of the table [[a, b], [c, d]], two-sided: all tables no likelier than this one."""
    if min(a, b, c, d) < 0:
        raise ValueError("counts cannot be negative")
    row, column, n = a + b, a + c, a + b + c + d
    ways = [
        comb(row, k) * comb(n - row, column - k) for k in range(max(0, column - (n - row)), min(row, column) + 1)
    ]
    own = comb(row, a) * comb(n - row, column - a)
    return min(1.0, sum(w for w in ways if w <= own) / comb(n, column))


def mcnemar(only_reported: int, only_found: int) -> float:
    """McNemar's exact test, two-sided: of the pairs that differ, could as many lean one way by a fair coin?"""
    if min(only_reported, only_found) < 0:
        raise ValueError("counts cannot be negative")
    n, k = only_reported + only_found, min(only_reported, only_found)
    return min(1.0, float(2 * sum(comb(n, i) for i in range(k + 1)) / 2**n))


def holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for how many tests there were (Holm 1979), in the same order."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    out, highest = [0.0] * len(values), 0.0
    for rank, i in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - rank) * values[i]))
        out[i] = highest
    return out


@dataclass(frozen=True, slots=True)
class Gap:
    """One operator: reported and found shares, and the test.

    ``paired``: the same stations were reported and visited (McNemar); otherwise two counts are compared (Fisher).
    ``corrected`` is p after Holm over all operators tested together. None where nothing was reported.
    """

    name: str
    n: int
    hits: int
    reported: float | None
    p: float | None
    corrected: float | None
    paired: bool

    @property
    def found(self) -> float:
        return self.hits / self.n

    @property
    def points(self) -> float | None:
        """Reported less found, in points."""
        return None if self.reported is None else (self.reported - self.found) * 100


def gaps(
    pairs: Mapping[str, Sequence[tuple[bool | None, bool]]],
    told: Mapping[str, tuple[int, int]] | None = None,
) -> list[Gap]:
    """Self-reported against found, by operator; the largest gap first.

    Parameters
    ----------
    pairs : mapping
        For each operator (reported, found) of every station visited; reported None where it said nothing of this station.
    told : mapping, optional
        Where no station was reported by itself: the operator's own count (normal, of stations), compared by Fisher.
    """
    rows = []
    for name, visited in pairs.items():
        n, hits = len(visited), sum(found for _, found in visited)
        if not n:
            continue
        both = [(said, found) for said, found in visited if said is not None]
        if both:
            p = mcnemar(sum(s and not f for s, f in both), sum(f and not s for s, f in both))
            rows.append(
                Gap(
                    name,
                    len(both),
                    sum(f for _, f in both),
                    sum(bool(s) for s, _ in both) / len(both),
                    p,
                    None,
                    True,
                )
            )
        elif told and name in told:
            good, of = told[name]
            p = fisher(good, of - good, hits, n - hits)
            rows.append(Gap(name, n, hits, good / of if of else None, p, None, False))
        else:
            rows.append(Gap(name, n, hits, None, None, None, False))
    tested = [g for g in rows if g.p is not None]
    held = dict(zip([g.name for g in tested], holm([g.p for g in tested if g.p is not None]), strict=True))
    rows = [replace(g, corrected=held.get(g.name)) for g in rows]
    return sorted(rows, key=lambda g: (-(g.points if g.points is not None else -1e9), g.name))
