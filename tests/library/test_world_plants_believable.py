"""The invented series beside real ones and beside the figures of the domain papers."""

import csv
from pathlib import Path

import numpy as np
import pytest

from qingxi.world.plants import Alike, Level, make_plants
from qingxi.world.plants.fleet import FleetTally, make_fleet
from qingxi.world.plants.scene import Scene

SEWER = Path(__file__).resolve().parents[3] / "shared" / "data" / "flow" / "sewer_flow"
STEPS = 96
F64 = np.ndarray


def after(values: F64, lag: int) -> float:
    """Correlation with itself ``lag`` steps later, holes left out."""
    a, b = values[:-lag], values[lag:]
    both = ~np.isnan(a) & ~np.isnan(b)
    return float(np.corrcoef(a[both], b[both])[0, 1])


def in_runs(values: F64, least: int = 4) -> float:
    """Share of readings that stand in runs of at least so many equal ones."""
    known = values[~np.isnan(values)]
    cuts = np.flatnonzero(np.concatenate([[True], np.diff(known) != 0, [True]]))
    lengths = np.diff(cuts)
    return float(lengths[lengths >= least].sum() / known.size)


def grid(scene: Scene, quantity: str) -> F64:
    samples = scene.evidence(Level.DEVICE).samples[quantity]
    out = np.full(scene.course.through.size, np.nan)
    out[(samples.at_s - samples.at_s[0]) // 900] = samples.values
    return out


@pytest.fixture(scope="module")
def sound() -> list[Scene]:
    return [s for s in make_plants(21, 36, days=240, faulty_share=0.0).scenes() if not s.plant.tourist]


def even(scenes: list[Scene]) -> list[Scene]:
    """Larger plants without a pump cycle: the ones a metered town sewer can be compared with."""
    return [
        s for s in scenes
        if s.plant.pump_m3 == 0 and s.plant.facility.design_m3_d >= 20 and Alike.DECLARED_STOP not in s.plant.alike
    ]  # fmt: skip


def test_flow_keeps_its_memory_as_a_real_sewer_does(sound: list[Scene]) -> None:
    kept = [after(grid(s, "flow"), 1) for s in even(sound)]
    assert 0.95 < np.median(kept) < 0.999
    if not SEWER.is_dir():
        pytest.skip("the real sewer is not here")
    with (SEWER / "Flow_Monitor.csv").open(encoding="utf-8") as file:
        real = np.array([float(row["Flow_mgd"] or "nan") for row in csv.DictReader(file)])
    # Measured: 0.992 for the real sewer; it serves a town and is smoother than a village.
    assert abs(after(real, 1) - np.median(kept)) < 0.03
    assert in_runs(real) < 0.001
    assert max(in_runs(grid(s, "flow")) for s in even(sound) if s.plant.flow_step < 1) < 0.02


def test_a_probe_of_a_hundredth_rests_as_often_as_a_real_one(sound: list[Scene]) -> None:
    # Measured on a real pH probe at 0.01: 36 % of readings in runs of four and more.
    shares = [in_runs(grid(s, "ph")) for s in sound]
    assert 0.25 < np.median(shares) < 0.5


def test_the_day_has_two_peaks_and_a_quiet_night(sound: list[Scene]) -> None:
    for scene in even(sound):
        hours = np.nanmean(grid(scene, "flow").reshape(-1, STEPS), axis=0).reshape(24, 4).mean(axis=1)
        hours /= hours.mean()
        assert hours.argmin() in range(1, 6)
        assert 0.1 < hours.min() < 0.5
        assert hours[6:12].max() > 1.2
        assert hours[17:22].max() > 1.3


def test_water_strength_and_energy_lie_where_the_papers_put_them(sound: list[Scene]) -> None:
    cod = np.array([s.inflow.cod.mean() for s in sound])
    nh3n = np.array([s.inflow.nh3n.mean() for s in sound])
    # South-west: COD 150-400, NH3-N 20-50 mg/L; here as means of a year, ground water included.
    assert cod.min() > 130
    assert cod.max() < 400
    assert nh3n.min() > 18
    assert nh3n.max() < 55
    assert all(40 <= s.plant.l_per_person <= 160 for s in sound)
    active = [s for s in sound if not s.plant.passive]
    per_m3 = [s.course.power.mean() * 24 / s.course.through.mean() for s in active]
    # 0.3 to 1.5 kWh/m3 for small plants; one that rests for repair may draw more for its little water.
    assert np.quantile(per_m3, 0.05) > 0.3
    assert np.quantile(per_m3, 0.95) < 1.7


def test_rain_is_that_of_a_wet_county_and_falls_in_storms(sound: list[Scene]) -> None:
    rain = make_plants(22, 1, days=365, faulty_share=0.0).scene(0).rain.values
    assert 900 < rain.sum() < 2000
    assert 0.2 < (rain > 0.5).mean() < 0.5
    assert rain.max() > 40


def test_people_come_home_for_the_feast_or_leave(sound: list[Scene]) -> None:
    # 29 January 2025 is day 28; by day 100 everybody has gone back.
    for scene in sound:
        ratio = scene.inflow.people[28] / scene.inflow.people[100]
        if Alike.SPRING_RETURN in scene.plant.alike:
            assert ratio > 1.15
        elif Alike.SPRING_EMPTY in scene.plant.alike:
            assert ratio < 0.6


def test_fleets_fail_early_where_they_are_said_to() -> None:
    tally = FleetTally()
    for seed in range(30, 36):
        fleet = make_fleet(seed, 400)
        assert all(life.years > 0 for life in fleet.lives)
        tally.add(fleet)
    assert tally.fleets == 6
    assert tally.hit >= tally.false
    assert make_fleet(3, 50) == make_fleet(3, 50)
