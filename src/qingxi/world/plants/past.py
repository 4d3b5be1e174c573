"""The years before the world's first day, known by their electricity bills alone: the grid company still has them (往年电费单).

Weather, people and faults of these years are drawn for themselves. What the register knows today was true then as well
where sewers were never built to the houses; everything else may have been otherwise.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from qingxi.world.chance import chance
from qingxi.world.plants.course import run_plant
from qingxi.world.plants.kinds import Alike, Episode, Kind, Likeness
from qingxi.world.plants.plant import Plant
from qingxi.world.plants.schedule import plan_episodes
from qingxi.world.plants.water import make_inflow
from qingxi.world.plants.weather import STEPS, Weather, make_weather

F64 = npt.NDArray[np.float64]

_YEAR = 365
_MOVED = 0.02, 0.04
"""People that a village had more a year earlier, as the mean and scatter of a logarithm: villages empty slowly."""
_RETUNED = 0.05
"""By how much the draw for the same water differs from year to year (air set anew, diffusers that clog), as a logarithm."""
_NEVER_BUILT_BY = 31
"""Few connected houses that begin within the first month have never been connected."""


@dataclass(frozen=True)
class Past:
    """Days before the world's first, the weather of each place in them, and what was wrong with which plant."""

    seed: int
    first: date
    days: int
    weather: tuple[Weather, ...]
    episodes: dict[int, list[Episode]]

    def energy_kwh_d(self, plant: Plant, later: list[Episode]) -> F64:
        """What a plant drew, kWh a day: float64[days], or shorter where it is not so old.

        ``later``: what is wrong with it from the world's first day on.
        """
        if plant.passive or self.days == 0:
            return np.zeros(0)
        rng = chance(self.seed, f"before-{plant.index}")
        built = (plant.facility.commissioned or self.first) - self.first
        from_day = max(0, built.days)
        if from_day >= self.days:
            return np.zeros(0)
        years = self.days / _YEAR
        more = float(np.exp(rng.normal(_MOVED[0] * years / 2, _MOVED[1] * (years / 2) ** 0.5)))
        then = replace(plant, people=plant.people * more, alike=plant.alike & {Alike.TIMER_BLOWER})
        episodes = self.episodes.get(plant.index, [])
        for each in later:
            if each.kind is Kind.STARVED and each.detail == "few-connected" and each.start < _NEVER_BUILT_BY:
                episodes = [replace(each, start=0, end=self.days, creeping=False)]
        nothing: list[Likeness] = []
        weather = self.weather[plant.place]
        inflow = make_inflow(rng, then, weather, self.first, self.days, episodes)
        course = run_plant(rng, then, weather, inflow, episodes, nothing)
        by_day = course.power.reshape(-1, STEPS).mean(axis=1) * 24
        back = np.arange(self.days - 1, -1, -1) // _YEAR
        tuned = np.exp(rng.normal(0.0, _RETUNED, int(back.max()) + 1))
        return np.asarray((by_day * tuned[back])[from_day:], dtype=np.float64)


def make_past(seed: int, plants: list[Plant], first: date, days: int, faulty_share: float) -> Past:
    """Invent ``days`` days before ``first``; as large a share of their weeks has a fault, whatever is wrong later."""
    start = first - timedelta(days=days)
    if days < 28:
        return Past(seed, first, 0, (), {})
    places = max(p.place for p in plants) + 1
    weather = tuple(make_weather(chance(seed, f"weather-before-{p}"), start, days) for p in range(places))
    episodes = plan_episodes(chance(seed, "faults-before"), plants, days, faulty_share)
    return Past(seed, start, days, weather, episodes)
