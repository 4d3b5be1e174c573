"""Plants and household units: hand sums, monotone curves, limits."""

import csv
from pathlib import Path

import numpy as np
import pytest

from qingxi.sewer import annuity_of
from qingxi.standard import Trust, load_table
from qingxi.treatment import asked_grade, household_unit, plant_choice, plant_kit, plant_pv, shared_processes

NORMS, PRICES, PROCESSES = load_table("rural_sewer"), load_table("prices"), load_table("processes")
KIT = plant_kit(PROCESSES, NORMS, PRICES, 1.242, annuity_of(PRICES))
DOMAIN = Path(__file__).resolve().parents[3] / "shared" / "domain"


def test_a_wetland_by_hand():
    # 10 m³/d flow, design 11: 40,000 + 3,600·11^0.95 (= 3,600·9.7571 = 35,125.5) + 60·(30 + 132) = 9,720 → 84,845.
    wetland = next(p for p in shared_processes(PROCESSES) if p.key == "wetland")
    assert wetland.works_yuan(11.0, 60.0) == pytest.approx(84_845, abs=30)
    # Running 3,000 + 365·0.35·10 = 4,277.5, and 1 % of works.
    assert wetland.running_yuan_y(11.0, 10.0, 60.0) == pytest.approx(4_277.5 + 848.45, abs=1)


def test_plants_cost_more_when_larger_and_beside_a_water():
    flows = np.concatenate([np.linspace(0.1, 30, 300), np.linspace(31, 2000, 300)])
    cost = np.array([plant_pv(q, False, KIT) for q in flows])
    assert np.isfinite(cost).all()
    assert (np.diff(cost) > 0).all()
    assert all(plant_pv(q, True, KIT) >= plant_pv(q, False, KIT) for q in (1.0, 10.0, 100.0))


def test_the_scale_decides_the_grade_and_the_process():
    # Below 20 m³/d of design grade 3, a wetland will do; from there grade 2.
    rows = shared_processes(PROCESSES)
    assert rows[plant_choice(18.0, False, KIT)[0]].key == "wetland"  # design 19.8
    assert rows[plant_choice(18.2, False, KIT)[0]].key == "ao_wetland"  # design 20.02
    assert rows[plant_choice(5.0, True, KIT)[0]].grade <= 1
    assert [asked_grade(19.9, False, KIT), asked_grade(20.0, False, KIT), asked_grade(5.0, True, KIT)] == [3, 2, 1]


def test_a_household_unit_by_hand():
    # 3 people: works 7,000 + 2,100 = 9,100; running 260 + 365·0.6·0.24 + 2 % of 9,100 = 260 + 52.56 + 182 = 494.56.
    unit = household_unit("unit", PROCESSES)
    assert unit.works_yuan(np.array([3.0])) == pytest.approx([9_100])
    assert unit.running_yuan_y(np.array([3.0]), np.array([0.24])) == pytest.approx([494.56])


@pytest.mark.parametrize("table", [NORMS, PRICES, PROCESSES], ids=lambda t: t.name)
def test_every_figure_lies_in_the_range_seen_and_says_what_it_is(table):
    for row in table:
        assert row.meaning
        assert row.unit
        if row.low is not None and row.high is not None:
            assert row.low <= row.value <= row.high, row.key
        if row.source.startswith("自定"):
            assert row.trust is Trust.ASSUMPTION, row.key


def test_pipe_prices_stand_near_the_figures_seen():
    path = DOMAIN / "pipe_costs.csv"
    if not path.exists():
        pytest.skip(f"no {path}: the cross-check figures are not here")
    seen = {(r["item"], r["spec"]): float(r["price"]) for r in csv.DictReader(path.open(encoding="utf-8"))}
    for dn in (200, 300, 400, 600):
        ours = PRICES[f"pipe.dn{dn}"]
        assert 0.5 * seen["pipe_installed", f"DN{dn}"] <= ours <= 1.5 * seen["pipe_installed", f"DN{dn}"]


def test_plant_costs_stand_near_the_curve_seen():
    path = DOMAIN / "facility_scale_cost_curve.csv"
    if not path.exists():
        pytest.skip(f"no {path}: the cross-check figures are not here")
    rows = {p.key: p for p in shared_processes(PROCESSES)}
    for r in csv.DictReader(path.open(encoding="utf-8")):
        scale, unit = float(r["scale_m3d"]), float(r["capex_yuan_per_m3d"])
        if 10 <= scale <= 500:
            one = rows["wetland" if scale < 20 else "ao_wetland"].works_yuan(scale, 0.0)
            assert 0.4 * unit * scale <= one <= 2.0 * unit * scale
