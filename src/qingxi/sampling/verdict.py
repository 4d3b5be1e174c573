"""The official verdict, by the official rule: the point value against the required share. Uncertainty stands beside it."""

from dataclasses import dataclass

from qingxi.sampling.estimate import Ends, Estimate
from qingxi.sampling.interval import needed_n
from qingxi.sampling.kind import Kind, refuse_rate
from qingxi.standard import load_table


@dataclass(frozen=True, slots=True)
class Verdict:
    """A rate beside its requirement; shares 0 to 1.

    ``meets`` is the official word (point value). ``low``, ``high`` and ``proven`` (the lower end reaches the requirement) are
    for officers and the download; public pages print n and interval, and no second verdict.
    """

    share: float
    required: float
    low: float
    high: float

    @property
    def meets(self) -> bool:
        return self.share >= self.required

    @property
    def proven(self) -> bool:
        return self.low >= self.required

    @property
    def would_prove(self) -> int | None:
        """From how many independent stations on such a share would be proof; None when none would."""
        return needed_n(self.share, self.required) if self.share > 0 else None


def verdict(kind: Kind, estimate: Estimate, required: float, *, ends: Ends = Ends.CLOPPER) -> Verdict:
    """Judge a rate; raises NoRate for a check that is not a random sample."""
    refuse_rate(kind)
    return Verdict(estimate.share, required, *estimate.interval(ends))


def required_share() -> float:
    """The share of effectively running stations that is asked for, from ``standard/tables/sampling.csv``."""
    return load_table("sampling")["required.share"]
