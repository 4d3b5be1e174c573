"""The water that comes to a plant: households after the pattern of the day, the seasons, rain in a leaky sewer, ground water.

The build-up follows the influent generator of the benchmark simulation models (Gernaey and others: households, seasons,
infiltration, rain, each apart); rain enters by three triangular unit hydrographs (RTK).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from scipy.signal import oaconvolve

from qingxi.world.plants.festivals import days_from, long_holiday, spring, tourist, weekend, year_wave
from qingxi.world.plants.kinds import Episode, Kind
from qingxi.world.plants.noise import wander
from qingxi.world.plants.plant import Plant
from qingxi.world.plants.schedule import ramp
from qingxi.world.plants.weather import STEPS, Weather

F64 = npt.NDArray[np.float64]

_WORKDAY = (0.42, 0.30, 0.22, 0.18, 0.20, 0.42, 1.05, 1.70, 1.62, 1.20, 1.02, 1.22,
            1.45, 1.15, 0.88, 0.82, 0.95, 1.28, 1.72, 1.90, 1.70, 1.30, 0.92, 0.58)  # fmt: skip
_FREE = (0.48, 0.34, 0.24, 0.19, 0.20, 0.34, 0.72, 1.25, 1.68, 1.55, 1.28, 1.30,
         1.45, 1.20, 0.95, 0.90, 1.00, 1.28, 1.66, 1.82, 1.66, 1.30, 0.98, 0.66)  # fmt: skip
"""Share of the mean by hour; two peaks and a quiet night, later on free days."""
_GROUND_COD, _GROUND_NH3N = 12.0, 0.8


@dataclass(frozen=True)
class Inflow:
    """What arrives, every quarter-hour.

    Attributes
    ----------
    sewage, rain, ground, foreign : float64[n]
        m3/d; rain-derived, ground water and what a workshop or farm lets in.
    cod, nh3n : float64[n]
        mg/L of the mixture; what lies in the pipe where nothing flows.
    ph_shift : float64[n]
    people : float64[days]
        People really present.
    """

    sewage: F64
    rain: F64
    ground: F64
    foreign: F64
    cod: F64
    nh3n: F64
    ph_shift: F64
    people: F64

    @property
    def total(self) -> F64:
        """m3/d."""
        return np.asarray(self.sewage + self.rain + self.ground + self.foreign, dtype=np.float64)


def present(plant: Plant, first: date, days: int, episodes: list[Episode]) -> F64:
    """People whose water comes, by day; without episodes: who is at home in the villages it was built for."""
    dates = days_from(first, days)
    feast, free = spring(dates), long_holiday(dates)
    people = plant.people * (1 + plant.swell * feast) * (1 + 0.10 * free + 0.04 * year_wave(dates, 205))
    if plant.tourist:
        season = tourist(dates, plant.tourist == "summer")
        people = plant.people * (plant.tourist_low + (1 - plant.tourist_low) * season)
    for episode in episodes:
        if episode.kind is Kind.STARVED:
            left = starved_load(episode) * plant.facility.design_m3_d / plant.usual_m3_d
            people = people * (1 - (1 - left) * ramp(episode, days, 1))
        elif episode.kind is Kind.OVERLOADED:  # another village is connected
            more = (1.25 + 0.35 * episode.severity) * plant.facility.design_m3_d / plant.usual_m3_d
            people = people * (1 + (more - 1) * ramp(episode, days, 1))
    return np.asarray(people, dtype=np.float64)


def starved_load(episode: Episode) -> float:
    """Sewage that is left as a share of the design: 0.45 where it is mild, 0.10 where it is severe."""
    return 0.10 + 0.35 * (1 - episode.severity) / 0.65


def _pattern(plant: Plant, dates: list[date]) -> F64:
    hours = np.arange(24) + 0.5
    at = (np.arange(STEPS) + 0.5) / 4
    shapes = []
    for table in (_WORKDAY, _FREE):
        shape = np.interp((at - plant.diurnal_shift) % 24, hours, np.array(table), period=24)
        shape = shape**plant.diurnal_sharp
        shapes.append(shape / shape.mean())
    free = weekend(dates) | (long_holiday(dates) > 0) | (spring(dates) > 0.5)
    return np.asarray(np.where(free[:, None], shapes[1], shapes[0]).ravel(), dtype=np.float64)


def _triangles(fast: float) -> F64:
    """Three triangular unit hydrographs as one kernel that sums to 1; ``fast`` is the share of the quick one."""
    kernel = np.zeros(STEPS * 4)
    for share, peak_h, recede in ((fast, 0.75, 1.5), (0.6 * (1 - fast), 4.0, 2.0), (0.4 * (1 - fast), 14.0, 3.0)):
        rise, fall = peak_h * 4, peak_h * 4 * recede
        t = np.arange(kernel.size) + 0.5
        shape = np.clip(np.minimum(t / rise, (rise + fall - t) / fall), 0.0, None)
        kernel += share * shape / shape.sum()
    return kernel


def _rain_derived(plant: Plant, weather: Weather, episodes: list[Episode], days: int) -> F64:
    """m3/d that rain brings in."""
    share = np.full(days * STEPS, plant.r_share)
    fast = 0.5
    for episode in episodes:
        if episode.kind is Kind.RDII:
            share = share + (0.015 + 0.065 * episode.severity) * ramp(episode, days, STEPS)
            fast = 0.35 + 0.4 * episode.severity
    wet = 0.55 + 0.9 * np.repeat(weather.wetness, STEPS)
    entering = weather.rain_mm / 1000 * plant.sewered_m2 * share * wet  # m3 in each quarter-hour
    out = oaconvolve(entering, _triangles(fast))[: entering.size] * STEPS
    return np.clip(np.asarray(out, dtype=np.float64), 0.0, None)


def _ground(plant: Plant, weather: Weather, episodes: list[Episode], days: int) -> F64:
    share = np.full(days, plant.base_share)
    for episode in episodes:
        if episode.kind is Kind.INFILTRATION:
            share = share + (0.35 + 0.60 * episode.severity) * ramp(episode, days, 1)
        elif episode.kind is Kind.DILUTE and episode.detail == "stream":  # a brook or a ditch runs into the sewer
            share = share + (2.4 + 1.0 * episode.severity) * ramp(episode, days, 1)
    table = (
        0.8 + 0.8 * np.convolve(weather.wetness, np.full(15, 1 / 15))[:days]
    )  # the ground-water table follows slowly
    return np.repeat(share * table * plant.usual_m3_d, STEPS)


def _foreign(
    rng: np.random.Generator, plant: Plant, dates: list[date], episodes: list[Episode]
) -> tuple[F64, float, float, float]:
    """m3/d of the workshop or farm, its COD, NH3-N and pH shift."""
    flow = np.zeros(len(dates) * STEPS)
    cod = nh3n = shift = 0.0
    for episode in episodes:
        if episode.kind is not Kind.FOREIGN:
            continue
        workshop = episode.detail == "workshop"
        cod = float(rng.uniform(1800, 4000)) if workshop else float(rng.uniform(2000, 3500))
        nh3n = float(rng.uniform(5, 25)) if workshop else float(rng.uniform(350, 700))
        shift = float(rng.uniform(-1.6, -0.7)) if workshop else float(rng.uniform(0.1, 0.4))
        strength = (0.4 + 0.8 * episode.severity) * plant.usual_m3_d
        for day in range(episode.start, min(episode.end, len(dates))):
            if workshop and (dates[day].weekday() == 6 or rng.random() < 0.15):
                continue
            if not workshop and rng.random() < 0.45:
                continue
            hour = float(rng.normal(14.5, 0.8)) if workshop else float(rng.uniform(21.0, 23.5))
            lasts = int(rng.integers(10, 20)) if workshop else int(rng.integers(6, 14))
            at = day * STEPS + int(np.clip(hour * 4, 0, STEPS - 1))
            flow[at : at + lasts] += strength * float(rng.uniform(0.7, 1.3))
    return flow, cod, nh3n, shift


def make_inflow(
    rng: np.random.Generator, plant: Plant, weather: Weather, first: date, days: int, episodes: list[Episode]
) -> Inflow:
    """All that arrives at the plant, before its own capacity cuts it off."""
    n = days * STEPS
    dates = days_from(first, days)
    people = present(plant, first, days, episodes)
    noise = min(0.6, 2.2 / np.sqrt(max(plant.people, 4.0)))  # few households make a ragged course
    daily = np.exp(wander(rng, days, 0.45, 0.07))
    ragged = np.exp(wander(rng, n, 0.75, noise) - noise * noise / 2)
    sewage = np.repeat(people * plant.l_per_person / 1000 * daily, STEPS) * _pattern(plant, dates) * ragged
    rain = _rain_derived(plant, weather, episodes, days)
    ground = _ground(plant, weather, episodes, days)
    foreign, f_cod, f_nh3n, shift = _foreign(rng, plant, dates, episodes)
    weak_cod = weak_nh3n = np.ones(days)
    for episode in episodes:
        if (
            episode.kind is Kind.DILUTE and episode.detail != "stream"
        ):  # septic tanks hold the organic matter back, wash water goes by them
            weak = ramp(episode, days, 1)
            weak_cod = 1 - weak * (1 - (0.24 - 0.12 * episode.severity))
            weak_nh3n = 1 - weak * 0.45
    swing = 0.80 + 0.20 * _pattern(plant, dates)
    day_cod = plant.cod_in * weak_cod * np.exp(wander(rng, days, 0.6, 0.10))
    day_nh3n = plant.nh3n_in * weak_nh3n * np.exp(wander(rng, days, 0.6, 0.08))
    cod_s = np.repeat(day_cod, STEPS) * swing * np.exp(wander(rng, n, 0.9, 0.10))
    nh3n_s = np.repeat(day_nh3n, STEPS) * swing * np.exp(wander(rng, n, 0.9, 0.08))
    total = sewage + rain + ground + foreign
    clear = rain + ground
    cod = (sewage * cod_s + foreign * f_cod + clear * _GROUND_COD) / np.maximum(total, 1e-9)
    nh3n = (sewage * nh3n_s + foreign * f_nh3n + clear * _GROUND_NH3N) / np.maximum(total, 1e-9)
    return Inflow(sewage, rain, ground, foreign, cod, nh3n, shift * foreign / np.maximum(total, 1e-9), people)
