"""Intervals of a sampled rate, and the n a claim needs."""

from math import exp, inf, log, sqrt

Z95 = 1.959963984540054  # two-sided 95 % of the normal distribution


def wilson(hits: int, n: int, *, design_effect: float = 1.0, z: float = Z95) -> tuple[float, float]:
    """Wilson score interval of a sampled rate.

    Parameters
    ----------
    hits, n : int
        0 ≤ hits ≤ n, n at least 1.
    design_effect : float
        1 for a simple random sample; above 1 where teams drew townships first and stations then, for stations of
        one township are alike: n counts as ``n / design_effect``. At least 1.
    z : float
        Normal quantile; left out: 95 % two-sided.

    Returns
    -------
    (float, float)
        Shares, 0 to 1.

    References
    ----------
    Wilson (1927), doi:10.1080/01621459.1927.10502953.
    """
    if not 0 <= hits <= n or n < 1:
        raise ValueError(f"{hits} hits of {n}: need 0 <= hits <= n and n at least 1")
    if design_effect < 1:
        raise ValueError(f"design_effect is {design_effect}, must be at least 1")
    low, high = wilson_share(hits / n, n / design_effect, z)
    # The ends are exact there; the formula leaves a last bit.
    return 0.0 if hits == 0 else low, 1.0 if hits == n else high


def wilson_share(p: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's interval of a share that n independent draws would give; n need not be whole (effective n)."""
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low, high = max(0.0, centre - half), min(1.0, centre + half)
    return 0.0 if p == 0 else low, 1.0 if p == 1 else high


def clopper_pearson(hits: float, n: float, *, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's interval; hits and n need not be whole (Korn and Graubard 1998 put effective ones in)."""
    from scipy.special import betaincinv

    if not 0 <= hits <= n or n <= 0:
        raise ValueError(f"{hits} hits of {n}: need 0 <= hits <= n and n above 0")
    tail = (1 - level) / 2
    low = 0.0 if hits <= 0 else float(betaincinv(hits, n - hits + 1, tail))
    high = 1.0 if hits >= n else float(betaincinv(hits + 1, n - hits, 1 - tail))
    return low, high


def logit_t(p: float, variance: float, df: float, *, level: float = 0.95) -> tuple[float, float]:
    """Interval on the logit scale with Student's t, for a share between 0 and 1 and the degrees of freedom of its design.

    Raises
    ------
    ValueError
        At 0 or 1, where the logit ends: use Clopper-Pearson there.
    """
    if not 0 < p < 1:
        raise ValueError("the logit interval needs a share between 0 and 1")
    half = t_quantile(df, level) * sqrt(variance) / (p * (1 - p))
    at = log(p / (1 - p))
    return 1 / (1 + exp(-(at - half))), 1 / (1 + exp(-(at + half)))


def t_quantile(df: float, level: float = 0.95) -> float:
    """Two-sided quantile of Student's t; of the normal distribution when df is infinite."""
    from scipy.special import ndtri, stdtrit

    if df == inf:
        return float(ndtri((1 + level) / 2))
    if df < 1:
        raise ValueError(f"df is {df}, must be at least 1")
    return float(stdtrit(df, (1 + level) / 2))


def needed_n(share: float, at_least: float, *, z: float = Z95) -> int | None:
    """Smallest n at which the lower end of the interval of this share reaches a requirement.

    The share is held as printed (0.904 of 57 need not be a whole number of hits). None when no n is enough,
    because the share is not above the requirement.
    """
    if not 0 < share <= 1 or not 0 < at_least < 1:
        raise ValueError(f"share {share} and requirement {at_least} must lie between 0 and 1")
    if share <= at_least:
        return None
    low, high = 1, 2
    while wilson_share(share, high, z)[0] < at_least:
        low, high = high, high * 2
    # The lower end grows with n for a fixed share above it, so halving finds the first.
    while low < high:
        mid = (low + high) // 2
        if wilson_share(share, mid, z)[0] >= at_least:
            high = mid
        else:
            low = mid + 1
    return low
