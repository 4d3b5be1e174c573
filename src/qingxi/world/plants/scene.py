"""A world of village plants by seed: one plant after the other, with its truth and with what can be known at each level."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from qingxi.facility import EvidenceLevel, Facility
from qingxi.finding import Evidence
from qingxi.finding.evidence import Event, EventKind
from qingxi.reading import Bill, DailySeries, LabResult, Samples, Visit, day_start_s
from qingxi.world.chance import chance
from qingxi.world.plants.course import Course, run_plant
from qingxi.world.plants.instruments import STEP_S, Seen, observe
from qingxi.world.plants.kinds import FAULTY_SHARE, Alike, Episode, Kind, Likeness
from qingxi.world.plants.likeness import draw_likenesses
from qingxi.world.plants.papers import make_bills, make_labs, make_visits
from qingxi.world.plants.past import Past, make_past
from qingxi.world.plants.plant import Plant, draw_plant
from qingxi.world.plants.schedule import plan_episodes
from qingxi.world.plants.truth import Truth, find_truth
from qingxi.world.plants.water import Inflow, make_inflow, present, starved_load
from qingxi.world.plants.weather import STEPS, Weather, make_weather

_PLANTS_A_PLACE = 40
BILLED_BEFORE_DAYS = 730
"""The grid company hands out the bills of three years: those of the year that is looked at and of two before it."""
_QUALITY = (
    Kind.EFFLUENT_WORSE,
    Kind.ABOVE_LIMIT,
    Kind.DILUTE,
    Kind.FOREIGN,
    Kind.HUGGING,
    Kind.IMPOSSIBLE,
    Kind.COPIED,
)
"""Planted only where analysers stand; a plant sampled by hand stays as an honest look-alike."""


class Level(StrEnum):
    """How much is known of a plant (证据等级)."""

    PAPERS = "papers"  # bills, visits, tests
    METER = "meter"  # and power every 15 minutes
    DEVICE = "device"  # and flow, quality, oxygen, level every 15 minutes


_LEVELS = {
    Level.PAPERS: EvidenceLevel.PAPER,
    Level.METER: EvidenceLevel.REMOTE_METER,
    Level.DEVICE: EvidenceLevel.HJ212,
}


@dataclass(frozen=True)
class Scene:
    """One plant: what is true and what is known.

    Attributes
    ----------
    inflow, course : Inflow, Course
        The truth every quarter-hour.
    """

    plant: Plant
    inflow: Inflow
    course: Course
    truth: Truth
    seen: Seen
    bills: tuple[Bill, ...]
    labs: tuple[LabResult, ...]
    visits: tuple[Visit, ...]
    events: tuple[Event, ...]
    rain: DailySeries
    rain_samples: Samples
    people: DailySeries | None

    def facility(self, level: Level) -> Facility:
        """The register's row as a county of this level has it."""
        if level is Level.METER and self.plant.passive:
            return replace(self.plant.facility, evidence=EvidenceLevel.PAPER)
        return replace(self.plant.facility, evidence=_LEVELS[level])

    def evidence(self, level: Level) -> Evidence:
        """What a county of this level knows; the truth is the same for all three."""
        papers = Evidence(
            bills=self.bills,
            labs=self.labs,
            visits=self.visits,
            people=self.people,
            events=self.events,
            rain=self.rain,
        )
        if level is Level.PAPERS:
            return papers
        samples, series = self.seen.samples, self.seen.series
        if level is Level.METER:
            samples = {k: v for k, v in samples.items() if k == "power"}
            series = {k: v for k, v in series.items() if k == "energy" or (k == "clock_offset" and samples)}
        heard = self.seen.last_heard_s if samples else None
        return replace(
            papers,
            samples=samples,
            series=series,
            rain_samples=self.rain_samples,
            last_heard_at=None if heard is None else _beijing(heard),
        )


def _beijing(at_s: int) -> datetime:
    """Moment as a naive Beijing time, as visits carry it."""
    return (datetime.fromtimestamp(at_s, UTC) + timedelta(hours=8)).replace(tzinfo=None)


@dataclass(frozen=True)
class PlantWorld:
    """Plants, weather and planned faults; the courses are computed as they are asked for."""

    seed: int
    first: date
    days: int
    plants: tuple[Plant, ...]
    weather: tuple[Weather, ...]
    episodes: dict[int, list[Episode]]
    past: Past

    def scene(self, index: int) -> Scene:
        """Plant number ``index`` with all that is known of it; the same whenever and in whatever order it is asked."""
        plant = self.plants[index]
        weather = self.weather[plant.place]
        rng = chance(self.seed, f"plant-{index}")
        episodes = self.episodes.get(index, [])
        likenesses = draw_likenesses(rng, plant, self.first, self.days)
        inflow = make_inflow(rng, plant, weather, self.first, self.days, episodes)
        course = run_plant(rng, plant, weather, inflow, episodes, likenesses)
        seen = observe(rng, plant, inflow, course, self.first, episodes, likenesses)
        bills, estimated = make_bills(rng, plant, course, self.first, self.past.energy_kwh_d(plant, episodes))
        visits = make_visits(rng, plant, inflow, course, self.first, episodes)
        labs, swapped = make_labs(rng, plant, weather, inflow, course, self.first)
        likenesses += [*estimated, *swapped]
        truth = find_truth(plant, inflow, course, episodes, likenesses)
        fid = plant.facility.id
        ones = np.ones(self.days)
        people = None
        if plant.people_known:
            # Counted once a week by the village, to a few per cent; what is wrong with the sewer does not show in it.
            told = np.repeat(present(plant, self.first, self.days, [])[::7], 7)[: self.days] * float(
                np.exp(rng.normal(0, 0.04))
            )
            people = DailySeries(fid, "people", self.first, np.round(told), ones)
        gauge = weather.gauge_mm
        rain = DailySeries(fid, "rain", self.first, np.round(weather.day_mm, 1), ones)
        at_s = day_start_s(self.first) + np.arange(gauge.size, dtype=np.int64) * STEP_S
        rain_samples = Samples(fid, "rain", "minute", at_s, gauge, np.ones(gauge.size, dtype=np.bool_), STEP_S)
        events = self._events(plant, likenesses)
        return Scene(plant, inflow, course, truth, seen, bills, labs, visits, events, rain, rain_samples, people)

    def scenes(self) -> Iterator[Scene]:
        """Every plant in turn."""
        for index in range(len(self.plants)):
            yield self.scene(index)

    def _events(self, plant: Plant, likenesses: list[Likeness]) -> tuple[Event, ...]:
        kinds = {
            Alike.POWER_CUT: (EventKind.POWER_CUT, "供电所通知停电"),
            Alike.SENSOR_REPLACED: (EventKind.SENSOR_REPLACED, "更换仪表"),
            Alike.DECLARED_STOP: (EventKind.DECLARED_STOP, "报备停机检修"),
        }
        out = []
        for like in likenesses:
            if like.kind in kinds and like.known:
                kind, said = kinds[like.kind]
                a, b = (
                    self.first + timedelta(days=at // STEPS) for at in (like.start, max(like.start, like.end - 1))
                )
                out.append(Event(plant.facility.id, kind, a, b, "", said))
        return tuple(sorted(out, key=lambda e: e.first))


def make_plants(
    seed: int,
    facilities: int = 400,
    *,
    first: date = date(2025, 1, 1),
    days: int = 365,
    faulty_share: float = FAULTY_SHARE,
    billed_before: int = BILLED_BEFORE_DAYS,
) -> PlantWorld:
    """Invent a world of village plants.

    Parameters
    ----------
    facilities : int
        1 or more; forty share a rain gauge.
    faulty_share : float
        Of facility-weeks that have a planted fault, 0 to 1.
    billed_before : int
        Days before ``first`` of which there are electricity bills, and nothing else; below 28: none.

    Returns
    -------
    PlantWorld
        The same seed and sizes give the same world.

    Raises
    ------
    ValueError
        On fewer than 1 facility or 28 days, or a share outside 0 to 1.
    """
    if facilities < 1 or days < 28 or not 0 <= faulty_share <= 1:
        raise ValueError(f"{facilities} facilities, {days} days, share {faulty_share}: need 1, 28, and 0 to 1")
    rng = chance(seed, "plants")
    places = -(-facilities // _PLANTS_A_PLACE)
    plants = [draw_plant(rng, i, i // _PLANTS_A_PLACE, first) for i in range(facilities)]
    episodes = plan_episodes(chance(seed, "faults"), plants, days, faulty_share)
    county: npt.NDArray[np.float64] = chance(seed, "county-days").random(days)
    weather = tuple(make_weather(chance(seed, f"weather-{p}"), first, days, county) for p in range(places))
    fitted = tuple(_fit(rng, plant, episodes.get(plant.index, []), first) for plant in plants)
    past = make_past(seed, list(fitted), first, billed_before, faulty_share)
    return PlantWorld(seed, first, days, fitted, weather, episodes, past)


def _fit(rng: np.random.Generator, plant: Plant, episodes: list[Episode], first: date) -> Plant:
    """Make the plant one at which its fault can happen, and its register tell what a register tells."""
    for episode in episodes:
        facility = plant.facility
        if episode.kind in _QUALITY and Alike.MANUAL_ONLY in plant.alike:
            plant = replace(plant, alike=plant.alike - {Alike.MANUAL_ONLY})
        if episode.kind is Kind.STARVED and episode.detail == "few-connected":
            share = starved_load(episode) * facility.design_m3_d / plant.usual_m3_d
            plant = replace(
                plant,
                facility=replace(
                    facility, households_connected=max(1, round(facility.households_connected * share))
                ),
            )
        if episode.kind is Kind.DECAY:
            age = timedelta(days=int(rng.integers(600, 900)))
            born = first + timedelta(days=episode.start) - age
            plant = replace(plant, facility=replace(facility, commissioned=born))
    return plant
