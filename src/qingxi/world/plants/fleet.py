"""How long the plants of a fleet last: lives by process and operator, some of which fail in their second and third year."""

from dataclasses import dataclass

import numpy as np

from qingxi.finding import Life, decaying
from qingxi.sampling import wilson
from qingxi.world.chance import chance

_OPERATORS = {
    "甲运维公司（虚构）": 0.35,
    "乙运维公司（虚构）": 0.25,
    "丙运维公司（虚构）": 0.2,
    "村委会自管（虚构）": 0.2,
}
_BREAK_FROM, _BREAK_TO = 1.5, 3.5
"""Years of age in which a badly kept plant gives up: the study of Jiangxi villages names the second to third year."""
_USUAL, _LATER = 0.03, 0.04
"""Yearly chance of stopping for good, ordinary plants: before and after the third year."""
_WORSE = (4.0, 9.0)
"""How many times likelier a badly kept group stops between those ages."""
_OBSERVED_YEARS = 6.0


@dataclass(frozen=True)
class Fleet:
    """Lives by operator, and which operators' plants truly fail early."""

    lives: tuple[Life, ...]
    bad: frozenset[str]


def make_fleet(seed: int, plants: int = 300) -> Fleet:
    """Invent a fleet watched for up to six years; each operator's plants fail early with a chance of one in four."""
    rng = chance(seed, "fleet")
    names = list(_OPERATORS)
    worse = {name: float(rng.uniform(*_WORSE)) if rng.random() < 0.25 else 1.0 for name in names}
    lives = []
    for i in range(plants):
        operator = str(rng.choice(names, p=list(_OPERATORS.values())))
        watched = float(rng.uniform(0.5, _OBSERVED_YEARS))
        need = float(rng.exponential())
        years = _age_at(need, worse[operator])
        lives.append(Life(f"FL-{i:05d}", operator, round(min(years, watched), 3), years <= watched))
    return Fleet(tuple(lives), frozenset(name for name, times in worse.items() if times > 1))


def _age_at(need: float, worse: float) -> float:
    """Age at which the summed yearly chances reach ``need``."""
    age = 0.0
    for until, rate in ((_BREAK_FROM, _USUAL), (_BREAK_TO, _USUAL * worse), (np.inf, _LATER)):
        span = until - age
        if need <= rate * span:
            return age + need / rate
        need -= rate * span
        age = until
    return float(age)


@dataclass
class FleetTally:
    """Groups the fleet rule names, against those that truly fail early."""

    hit: int = 0
    false: int = 0
    missed: int = 0
    fleets: int = 0

    def add(self, fleet: Fleet) -> None:
        """Put the rule to one fleet, over the first four years of life."""
        named = {each.group for each in decaying(fleet.lives, 4.0)}
        self.hit += len(named & fleet.bad)
        self.false += len(named - fleet.bad)
        self.missed += len(fleet.bad - named)
        self.fleets += 1

    def as_row(self) -> dict[str, object]:
        """Figures; rates with Wilson intervals, None where nothing was named or is there."""

        def rate(n: int) -> list[float] | None:
            return None if n == 0 else [round(x, 4) for x in (self.hit / n, *wilson(self.hit, n))]

        return {
            "fleets": self.fleets,
            "hit": self.hit,
            "false": self.false,
            "missed": self.missed,
            "precision": rate(self.hit + self.false),
            "recall": rate(self.hit + self.missed),
        }
