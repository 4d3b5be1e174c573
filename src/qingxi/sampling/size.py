"""How many stations for a wanted margin, and how they are shared among strata."""

from collections.abc import Mapping
from math import ceil, floor, sqrt

from qingxi.sampling.interval import Z95, wilson_share


def size_normal(
    margin: float, population: int, *, share: float = 0.5, design_effect: float = 1.0, z: float = Z95
) -> int:
    """Stations needed for a half-width by the normal approximation, Cochran 1977 section 4.4 with eq. 4.2.

    ``n0 = deff z² p (1 - p) / e²``, then ``n = n0 / (1 + (n0 - 1) / N)``, rounded up.

    Parameters
    ----------
    margin : float
        Wanted half-width e, a share (0.05 is five points).
    share : float
        The share expected, 0 to 1; 0.5 asks most.
    """
    _check(margin, population, share, design_effect)
    n0 = design_effect * z * z * share * (1 - share) / margin**2
    return min(population, max(1, ceil(n0 / (1 + (n0 - 1) / population) - 1e-9)))


def size_wilson(
    margin: float, population: int, *, share: float = 0.5, design_effect: float = 1.0, z: float = Z95
) -> int:
    """Stations needed so that half the width of Wilson's interval is at most the margin, with the finite population."""
    _check(margin, population, share, design_effect)

    def half(n: int) -> float:
        if n >= population:
            return 0.0
        worth = n * (population - 1) / (population - n) / design_effect
        low, high = wilson_share(share, worth, z)
        return (high - low) / 2

    low, high = 1, population
    while low < high:
        mid = (low + high) // 2
        low, high = (low, mid) if half(mid) <= margin else (mid + 1, high)
    return low


def _check(margin: float, population: int, share: float, design_effect: float) -> None:
    if not 0 < margin < 1:
        raise ValueError(f"误差 {margin} 要在 0 和 1 之间（5 个百分点写 0.05）")
    if population < 1:
        raise ValueError("总体里至少要有一座站")
    if not 0 <= share <= 1:
        raise ValueError(f"预计的率 {share} 要在 0 和 1 之间")
    if design_effect < 1:
        raise ValueError(f"设计效应 {design_effect} 不能小于 1")


def allocate(
    n: int, sizes: Mapping[str, int], *, expected: Mapping[str, float] | None = None, least: int = 2
) -> dict[str, int]:
    """Share n among strata: proportionally, or by Neyman when expected shares are given (Cochran 1977 eq. 5.26).

    Every stratum gets at least ``least`` (all of it when it is smaller: one station a stratum has no variance) and at most
    all of it; what is left is shared by ``N_h``, or by ``N_h sqrt(p_h (1 - p_h))``, and rounded by largest remainder, ties
    by name. Expected shares are held between 0.05 and 0.95: nobody is so sure beforehand.

    Raises
    ------
    ValueError
        When n is more than there is, or the least of all strata is more than n.
    """
    total = sum(sizes.values())
    if not 0 < n <= total:
        raise ValueError(f"要抽 {n} 座，总体是 {total} 座")
    low = {h: min(least, size) for h, size in sizes.items()}
    if sum(low.values()) > n:
        raise ValueError(
            f"分了 {len(sizes)} 层，每层至少 {least} 座就要 {sum(low.values())} 座，比 {n} 座多；请少分几层或多抽"
        )

    def weight(h: str) -> float:
        if expected is None:
            return float(sizes[h])
        p = min(max(expected.get(h, 0.5), 0.05), 0.95)
        return sizes[h] * sqrt(p * (1 - p))

    weights = {h: weight(h) for h in sizes}

    def at(scale: float) -> dict[str, float]:
        return {h: min(max(scale * weights[h], low[h]), sizes[h]) for h in sizes}

    # The sum grows with the scale: halve until it is n.
    down, up = 0.0, 1.0
    while sum(at(up).values()) < n:
        up *= 2
    for _ in range(80):
        mid = (down + up) / 2
        down, up = (mid, up) if sum(at(mid).values()) < n else (down, mid)
    wanted = at(up)
    out = {h: floor(w + 1e-9) for h, w in wanted.items()}
    left = n - sum(out.values())
    for h in sorted(sizes, key=lambda h: (-(wanted[h] - out[h]), h)):
        if left and out[h] < sizes[h]:
            out[h] += 1
            left -= 1
    return out
