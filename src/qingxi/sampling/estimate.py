"""What a drawn sample says of the whole: share, variance with the finite population, design effect, interval.

Simple and stratified: Cochran (1977) sections 3.2 and 5.10. Two stages: the ratio to size of section 11.8 (eq. 11.30) and the
unbiased total of section 11.7 (eq. 11.21, 11.24). Clusters drawn by size with replacement: Hansen and Hurwitz, section 9A.
Effective n and its correction by degrees of freedom: Korn and Graubard (1998), Survey Methodology 24, 193-201.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from qingxi.sampling.design import Design, Method
from qingxi.sampling.interval import clopper_pearson, logit_t, t_quantile, wilson_share
from qingxi.sampling.weights import share_by


@dataclass(frozen=True, slots=True)
class Part:
    """What was found in one stratum or cluster: hits of n visited, of size stations in all."""

    hits: int
    n: int
    size: int

    def __post_init__(self) -> None:
        if not (0 <= self.hits <= self.n <= self.size and self.n >= 1):
            raise ValueError(f"{self.hits} of {self.n} of {self.size}: need 0 <= hits <= n <= size, n at least 1")

    @property
    def share(self) -> float:
        return self.hits / self.n

    @property
    def s2(self) -> float:
        """Variance between the stations, unbiased; 0 of one station."""
        return self.share * (1 - self.share) * self.n / (self.n - 1) if self.n > 1 else 0.0


class Ends(StrEnum):
    """How an interval is made of an estimate."""

    WILSON = "wilson"
    CLOPPER = "clopper_pearson"
    LOGIT = "logit_t"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A sampled rate.

    Attributes
    ----------
    share, variance : float
        Share 0 to 1 and the estimated variance of it.
    n, population, df : int
        Stations visited, stations in all, degrees of freedom of the variance.
    between, within : float
        The variance's parts of a two-stage sample; 0 otherwise.
    ultimate : float
        The variance as if clusters were drawn with replacement (ultimate cluster): never too small.
    assumed_effect : float
        Design effect used where the sample cannot show one (nobody or everybody hit).
    """

    share: float
    variance: float
    n: int
    population: int
    df: float
    between: float = 0.0
    within: float = 0.0
    ultimate: float | None = None
    assumed_effect: float = 1.0

    @property
    def simple_variance(self) -> float:
        """The variance of a simple sample of this size with this share."""
        if self.n < 2:
            return 0.0
        return (1 - self.n / self.population) * self.share * (1 - self.share) / (self.n - 1)

    @property
    def design_effect(self) -> float:
        """How many times the variance of a simple sample; below 1 where strata helped."""
        simple = self.simple_variance
        return self.variance / simple if simple > 0 else self.assumed_effect

    @property
    def effective_n(self) -> float:
        """As many independent draws, without a finite population, would know as much; inf when all were visited."""
        if self.n >= self.population:
            return inf
        spread = self.share * (1 - self.share)
        if spread <= 0 or self.variance <= 0:
            left = (self.population - self.n) / max(self.population - 1, 1)
            return self.n / left / max(self.assumed_effect, 1.0)
        return spread / self.variance + 1

    @property
    def corrected_n(self) -> float:
        """Effective n with Korn and Graubard's correction for few degrees of freedom."""
        if self.effective_n == inf or self.n < 2 or self.df < 1:
            return self.effective_n
        return self.effective_n * (t_quantile(self.n - 1) / t_quantile(self.df)) ** 2

    def interval(self, ends: Ends = Ends.CLOPPER, *, level: float = 0.95) -> tuple[float, float]:
        """The interval; a complete census is a point."""
        if self.effective_n == inf:
            return self.share, self.share
        n = max(self.corrected_n, 1.0)
        if ends is Ends.LOGIT and 0 < self.share < 1 and self.variance > 0:
            return logit_t(self.share, self.variance, max(self.df, 1), level=level)
        if ends is Ends.WILSON:
            return wilson_share(self.share, n, t_quantile(inf, level))
        return clopper_pearson(min(self.share * n, n), n, level=level)


def estimate_simple(hits: int, n: int, population: int) -> Estimate:
    """A simple random sample: ``v = (1 - n/N) p (1 - p) / (n - 1)``."""
    part = Part(hits, n, population)
    return Estimate(part.share, (1 - n / population) * part.s2 / n, n, population, max(n - 1, 1))


def estimate_stratified(strata: Mapping[str, Part]) -> Estimate:
    """A stratified sample: ``p = Σ W p_h``, ``v = Σ W² (1 - f_h) s²_h / n_h``.

    A stratum of which only one of several stations was seen has no variance of its own; the pooled one of the others is
    put in its place (half of the worst, 1/4, when there are no others).
    """
    if not strata:
        raise ValueError("no stratum")
    whole, n = sum(p.size for p in strata.values()), sum(p.n for p in strata.values())
    several = [p for p in strata.values() if p.n > 1]
    free = sum(p.n - 1 for p in several)
    pooled = sum(p.s2 * (p.n - 1) for p in several) / free if free else 0.25
    share = sum(p.size * p.share for p in strata.values()) / whole
    variance = sum(
        (p.size / whole) ** 2 * (1 - p.n / p.size) * (p.s2 if p.n > 1 else pooled) / p.n for p in strata.values()
    )
    return Estimate(share, variance, n, whole, max(n - len(strata), 1))


def estimate_two_stage(
    drawn: Sequence[Part], clusters: int, population: int, *, unbiased: bool = False
) -> Estimate:
    """Clusters drawn with equal chance, stations in them.

    Parameters
    ----------
    drawn : sequence of Part
        What was found in each drawn cluster; ``size`` is all its stations.
    clusters, population : int
        Clusters and stations in all.
    unbiased : bool
        The unbiased total over the known N, which swings with the sizes of the clusters; left out: the ratio to size, which
        is slightly biased and much steadier.
    """
    m = len(drawn)
    if not 2 <= m <= clusters:
        raise ValueError(f"{m} clusters of {clusters}: at least 2 are needed")
    mean_size = population / clusters if unbiased else sum(p.size for p in drawn) / m
    totals = [p.size * p.share for p in drawn]
    if unbiased:
        share = clusters / m * sum(totals) / population
        mean = sum(totals) / m
        spread = sum((t - mean) ** 2 for t in totals)
    else:
        share = sum(totals) / sum(p.size for p in drawn)
        spread = sum((p.size * (p.share - share)) ** 2 for p in drawn)
    f1 = m / clusters
    ultimate = spread / (m - 1) / m / mean_size**2
    within = f1 / m**2 / mean_size**2 * sum(p.size**2 * (1 - p.n / p.size) * p.s2 / p.n for p in drawn)
    between = (1 - f1) * ultimate
    return Estimate(
        min(share, 1.0) if not unbiased else share, between + within, sum(p.n for p in drawn), population, m - 1,
        between, within, ultimate, 1.5,
    )  # fmt: skip


def estimate_by_size(drawn: Sequence[Part], population: int) -> Estimate:
    """Clusters drawn by size with replacement: the mean of the clusters' shares, and the variance between them.

    A cluster drawn twice stands twice, each time with its own stations.
    """
    m = len(drawn)
    if m < 2:
        raise ValueError("at least 2 draws of clusters are needed")
    share = sum(p.share for p in drawn) / m
    variance = sum((p.share - share) ** 2 for p in drawn) / (m - 1) / m
    return Estimate(
        share, variance, sum(p.n for p in drawn), population, m - 1, variance, 0.0, variance, 1.5
    )  # fmt: skip


def estimate_by(design: Design, found: Mapping[str, tuple[int, int]], sizes: Mapping[str, int]) -> Estimate:
    """The estimate that belongs to a design; its share is that of :func:`share_by`, rounded once.

    Parameters
    ----------
    found : mapping
        Hits and stations seen by part, as ``draw_by`` named the parts.
    sizes : mapping
        Stations in all by stratum or cluster; of a simple sample under "".

    Raises
    ------
    ValueError
        When a stratum has no station seen, or fewer than two clusters.
    """
    seen = {part: pair for part, pair in found.items() if pair[1]}
    if not seen:
        raise ValueError("还没有一座站的结果")
    return replace(_estimate_by(design, seen, sizes), share=float(share_by(design, seen, sizes)))


def _estimate_by(design: Design, seen: Mapping[str, tuple[int, int]], sizes: Mapping[str, int]) -> Estimate:
    whole = sum(sizes.values())
    if design.method is Method.SIMPLE:
        hits, n = (sum(pair[i] for pair in seen.values()) for i in (0, 1))
        return estimate_simple(hits, n, whole)
    if design.method is Method.STRATIFIED:
        empty = sorted(set(sizes) - set(seen))
        if empty:
            raise ValueError(f"这些层一座都没查成，全体的率没有依据：{'、'.join(empty[:5])}")
        return estimate_stratified({h: Part(*seen[h], sizes[h]) for h in seen})
    if design.method is Method.TWO_STAGE:
        return estimate_two_stage([Part(*seen[c], sizes[c]) for c in sorted(seen)], len(sizes), whole)
    return estimate_by_size([Part(*seen[c], sizes[c.split(":", 1)[1]]) for c in sorted(seen)], whole)
