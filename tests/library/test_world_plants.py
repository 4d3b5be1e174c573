"""The labelled world of village plants: the same by seed, faults of the stated share, a truth that the water bears out."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from qingxi.world.plants import ALIKES, KINDS, Alike, Episode, Kind, Level, make_plants, quarter_edges, week_edges
from qingxi.world.plants.festivals import SPRING_FESTIVAL, days_from, spring
from qingxi.world.plants.scene import PlantWorld, Scene

STEPS = 96


def with_fault(kind: Kind, *, detail: str = "", start: int = 60, end: int = 130, severity: float = 0.8) -> Scene:
    """A plant of a year that has one fault from day 60 to 130."""
    world = make_plants(5, 12, days=210, faulty_share=0.0)
    index = next(
        i
        for i, p in enumerate(world.plants)
        if not p.passive and not p.tourist and Alike.MANUAL_ONLY not in p.alike
    )
    planted = {index: [Episode(kind, start, end, severity, False, detail)]}
    return replace(world, episodes=planted).scene(index)


@pytest.fixture(scope="module")
def world() -> PlantWorld:
    return make_plants(3, 60)


def test_the_same_seed_gives_the_same_evidence_in_any_order(world: PlantWorld) -> None:
    again = make_plants(3, 60)
    late, early = again.scene(41), world.scene(41)
    for level in Level:
        a, b = early.evidence(level), late.evidence(level)
        assert a.bills == b.bills
        assert a.visits == b.visits
        assert a.labs == b.labs
        assert a.samples.keys() == b.samples.keys()
        assert all(np.array_equal(a.samples[q].values, b.samples[q].values, equal_nan=True) for q in a.samples)
    assert make_plants(4, 60).scene(41).bills != early.bills


def test_three_per_cent_of_facility_weeks_are_planted() -> None:
    worlds = [make_plants(seed, 400) for seed in range(1, 9)]
    weeks = sum(
        (e.end - e.start) / 7 * (0.35 if e.kind is Kind.RDII else 1.0)
        for w in worlds
        for many in w.episodes.values()
        for e in many
    )
    assert weeks / (8 * 400 * 52) == pytest.approx(0.03, rel=0.1)
    kinds = {e.kind for w in worlds for many in w.episodes.values() for e in many}
    assert kinds == set(Kind)


def test_spring_festival_is_the_real_one() -> None:
    # 2025-01-29 and 2026-02-17 are the first days of the lunar year.
    assert SPRING_FESTIVAL[2025] == date(2025, 1, 29)
    home = spring(days_from(date(2026, 1, 1), 90))
    assert home[(date(2026, 2, 17) - date(2026, 1, 1)).days] > 0.9
    assert home[0] < 0.01
    assert home[-1] < 0.01


def test_levels_show_less_of_the_same_truth(world: PlantWorld) -> None:
    scene = next(s for s in world.scenes() if not s.plant.passive and Alike.MANUAL_ONLY not in s.plant.alike)
    papers, meter, device = (scene.evidence(level) for level in Level)
    assert not papers.samples and not papers.series  # noqa: PT018
    assert set(meter.samples) == {"power"}
    assert set(device.samples) == {
        "flow", "power", "cod", "nh3n", "ph", "do", "level", "cod_in", "nh3n_in", "water_temp"
    }  # fmt: skip
    assert papers.bills == device.bills
    assert device.series["energy"].values[40] == pytest.approx(
        float(scene.course.power[40 * STEPS : 41 * STEPS].mean()) * 24, rel=0.05, abs=0.3
    )


def test_bills_add_up_to_the_power_that_was_drawn(world: PlantWorld) -> None:
    scene = next(
        s for s in world.scenes()
        if sum(b.month.year == 2025 for b in s.bills) == 12 and Alike.SHARED_ACCOUNT not in s.plant.alike and not s.truth.alike[ALIKES.index(Alike.ESTIMATED_BILL)].any()
    )  # fmt: skip
    read = scene.plant.read_day
    a, b = ((date(2025, month, read) - date(2025, 1, 1)).days for month in (1, 12))
    drawn = float(scene.course.power[a * STEPS : b * STEPS].mean()) * 24 * (b - a)
    year = [b.kwh for b in scene.bills if b.month > date(2025, 1, 1)]  # January's begins in December
    assert sum(year) == pytest.approx(drawn, abs=6)  # whole kWh, eleven bills


def test_bills_go_back_two_years_and_no_further_than_the_plant(world: PlantWorld) -> None:
    for scene in world.scenes():
        if scene.plant.passive:
            assert not scene.bills
            continue
        months, built = [b.month for b in scene.bills], scene.facility(Level.PAPERS).commissioned
        assert months == sorted(set(months))
        assert min(months) > max(date(2023, 1, 1), built or date.min)
        # 35 whole months between reading days of three years; of thirty-four one may be lost in a hundred.
        if built and built < date(2022, 12, 1):
            assert 31 <= len(months) <= 35
    bare = make_plants(3, 60, billed_before=0).scene(0)
    assert all(b.month.year == 2025 for b in bare.bills)


def test_houses_that_were_never_connected_were_not_connected_before() -> None:
    world = make_plants(5, 12, days=365, faulty_share=0.0)
    plant = next(
        p
        for p in world.plants
        if p.kwh_m3 and p.blower != "timer" and (p.facility.commissioned or date.max) < date(2022, 1, 1)
    )
    full = world.past.energy_kwh_d(plant, [])
    always, later = (
        world.past.energy_kwh_d(plant, [Episode(Kind.STARVED, start, 300, 0.9, False, detail)])
        for start, detail in ((0, "few-connected"), (60, "few-connected"))
    )
    assert always.mean() < 0.75 * full.mean()
    assert later.mean() == full.mean()  # they were, and something happened since
    broken = world.past.energy_kwh_d(plant, [Episode(Kind.STARVED, 0, 365, 0.9, False, "pipe-broken")])
    assert broken.mean() == full.mean()


def test_truth_is_the_planted_time_by_week_and_quarter() -> None:
    scene = with_fault(Kind.STOPPED)
    row = scene.truth.periods(week_edges(210))[KINDS.index(Kind.STOPPED)]
    # Days 60 to 129: week 8 (56-62) has 3 of 7 days: grey; weeks 9 to 17 (63-125) whole; week 18 (126-132) 4 of 7.
    assert row[8] == -1
    assert (row[9:19] == 1).all()
    assert not row[:8].any()
    assert not row[19:].any()
    # Quarters from 2025-01-01: days 0-89, 90-180: 30 of 90 grey, 40 of 91 grey.
    quarters = scene.truth.periods(quarter_edges(date(2025, 1, 1), 210))[KINDS.index(Kind.STOPPED)]
    assert quarters.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("kind", "flows", "turns"),
    [
        (Kind.STOPPED, False, False),
        (Kind.IDLE, False, False),
        (Kind.FAKE_POWER, False, True),
        (Kind.FAKE_FLOW, True, False),
    ],
)
def test_the_water_and_the_power_do_what_the_label_says(kind: Kind, flows: bool, turns: bool) -> None:
    scene = with_fault(kind)
    during = slice(66 * STEPS, 126 * STEPS)
    flow, power = scene.course.through[during].mean(), scene.course.power[during].mean()
    assert (flow > 0.3 * scene.plant.facility.design_m3_d) == flows
    assert (power > 5 * scene.plant.standby_kw) == turns
    assert (power == 0) == (kind is Kind.STOPPED)


def test_worse_effluent_is_worse_and_a_starved_plant_gets_little() -> None:
    worse = with_fault(Kind.EFFLUENT_WORSE)
    days = slice(70 * STEPS, 120 * STEPS)
    assert worse.course.cod[days].mean() > 1.2 * worse.inflow.cod[days].mean()
    starved = with_fault(Kind.STARVED, detail="pipe-broken")
    # severity 0.8: 0.10 + 0.35 * 0.2 / 0.65 = 0.208 of the design
    assert starved.course.through[days].mean() / starved.plant.facility.design_m3_d == pytest.approx(
        0.208, rel=0.25
    )


def test_a_leaky_sewer_brings_water_with_the_rain_and_a_sound_one_does_not() -> None:
    leaky = with_fault(Kind.RDII, start=0, end=210, severity=0.9)
    share = leaky.truth.rain_m3.sum() / (leaky.truth.other_m3.sum() + leaky.truth.ground_m3.sum())
    sound = with_fault(Kind.CLOCK, detail="2700")
    assert share > 0.05
    assert sound.truth.rain_m3.sum() / sound.truth.other_m3.sum() < 0.03
    wet = leaky.rain.values > 10
    assert leaky.truth.rain_m3[wet].mean() > 5 * leaky.truth.rain_m3[leaky.rain.values == 0].mean()


@pytest.mark.parametrize("detail", ["day", "days3", "replay"])
def test_copied_blocks_are_equal_to_the_last_digit(detail: str) -> None:
    scene = with_fault(Kind.COPIED, detail=detail, start=100, end=114)
    flow = np.full(210 * STEPS, np.nan)
    samples = scene.seen.samples["cod"]
    at = (samples.at_s - samples.at_s[0]) // 900
    flow[at] = samples.values
    back = {"day": 1, "days3": 3, "replay": 14}[detail] * STEPS
    part = slice(104 * STEPS, 113 * STEPS)
    before = slice(104 * STEPS - back, 113 * STEPS - back)
    known = ~np.isnan(flow[part]) & ~np.isnan(flow[before])
    assert known.mean() > 0.8
    assert (flow[part][known] == flow[before][known]).mean() > 0.999


def test_a_silent_device_says_nothing_and_a_wrong_clock_stamps_elsewhere() -> None:
    silent = with_fault(Kind.SILENT)
    heard = silent.seen.series["flow"].coverage
    assert not heard[60:130].any()
    assert heard[:60].mean() > 0.9
    fast = with_fault(Kind.CLOCK, detail="28800")
    offset = fast.seen.series["clock_offset"].values
    assert np.nanmedian(offset[60:130]) == pytest.approx(28800, abs=600)
    assert abs(np.nanmedian(offset[:60])) < 600
    stamps = fast.seen.samples["flow"].at_s
    assert (np.diff(stamps) > 0).all()


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match="need 1, 28"):
        make_plants(1, 0)
    with pytest.raises(ValueError, match="need 1, 28"):
        make_plants(1, 10, faulty_share=1.5)
