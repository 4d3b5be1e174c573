"""Flip prices: by hand from the costs, and found by planning hamlets again alone at 2 % on either side.

``QINGXI_FLIP_HAMLETS`` sets how many hamlets are planned again (10; up to five a seed of the example county).
"""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plan_ground import random_village

from qingxi.files import Faults, SurveyRequest, read_county_folder, read_survey
from qingxi.plan import plan
from qingxi.plan.flip import flip_alone, flips_by_cost, hamlet_alone, mode_at, turning_point
from qingxi.plan.problem import build_problem
from qingxi.world import write_county

HAMLETS = int(os.environ.get("QINGXI_FLIP_HAMLETS", "10"))
MODES = ("town_connection", "shared_plant", "onsite", "reuse")


def one(mode, now, end_now=0.0, town_m=np.nan, main=500.0, **costs):
    """Flips of one hamlet; costs are (present value, of it the end) by mode."""
    pv = {m: np.array([costs.get(m, (np.nan, 0.0))[0]]) for m in MODES}
    end = {m: np.array([costs.get(m, (np.nan, 0.0))[1]]) for m in MODES[:2]}
    return flips_by_cost(
        np.array([mode], dtype=object), np.array([now]), np.array([end_now]), pv, end, np.array([town_m]), main
    )


def test_unit_against_a_shared_plant():
    # 100,000 of units against 90,000 of sewers and 60,000 of plant: units x 1.5, sewers x 40/90, plant x 10/60.
    f = one("onsite", 100_000.0, onsite=(100_000.0, 0.0), shared_plant=(150_000.0, 60_000.0))
    assert f.runner_up.tolist() == ["shared_plant"]
    assert f.factor["unit"][0] == pytest.approx(1.5)
    assert f.factor["pipe"][0] == pytest.approx(40 / 90)
    assert f.factor["plant"][0] == pytest.approx(10 / 60)
    assert np.isnan(f.factor["town"][0])


def test_a_town_connection_against_a_plant_turns_with_distance():
    # Joining 200,000 of which 50,000 at the end, 300 m away; a plant 230,000 of which 100,000. Sewers 150,000 and 130,000:
    # f x 20,000 = 50,000, x 2.5; fee x 80/50; plant x 70/100; 30,000 yuan are 60 m at 500 a metre.
    f = one(
        "town_connection", 200_000.0, 50_000.0, 300.0, town_connection=(200_000.0, 50_000.0),
        shared_plant=(230_000.0, 100_000.0),
    )  # fmt: skip
    assert f.factor["pipe"][0] == pytest.approx(2.5)
    assert f.factor["town"][0] == pytest.approx(1.6)
    assert f.factor["plant"][0] == pytest.approx(0.7)
    assert f.distance_m[0] == pytest.approx(360.0)


def test_reuse_against_units_and_what_neighbours_decide():
    # A mixed hamlet: its own mode has no figure for the whole. 80,000 against 100,000: reuse x 1.25, units x 0.8.
    f = one("reuse", 80_000.0, onsite=(100_000.0, 0.0))
    assert (f.factor["reuse"][0], f.factor["unit"][0]) == (pytest.approx(1.25), pytest.approx(0.8))
    # A cheaper mode in the table would need the neighbours to go along: no flip is told.
    assert one("onsite", 80_000.0, shared_plant=(70_000.0, 30_000.0)).runner_up.tolist() == [""]


@given(
    st.floats(1e4, 1e6), st.floats(0, 1e6), st.floats(1e4, 1e6), st.floats(0, 1e6), st.sampled_from(MODES[:2])
)  # fmt: skip
def test_at_a_flip_both_modes_cost_the_same(unit, pipe, end, more, mode):
    f = one("onsite", unit, **{mode: (unit + more + pipe + end, end), "onsite": (unit, 0.0)})
    other = unit + more + pipe + end
    for lever, part in (("pipe", other - end), ("plant" if mode == "shared_plant" else "town", end)):
        x = f.factor[lever][0]
        if np.isfinite(x):
            assert other - part + x * part == pytest.approx(unit, rel=1e-6)
    assert f.factor["unit"][0] * unit == pytest.approx(other)


@given(st.floats(0.13, 7.9))
def test_the_turning_point_is_found_to_half_a_per_cent(at):
    assert turning_point(lambda f: f > at) == pytest.approx(at, rel=0.006)


def test_no_turning_point_is_none():
    assert np.isnan(turning_point(lambda f: True))
    assert np.isnan(turning_point(lambda f: False))
    # Unsteady: sewered somewhere below, not sewered just above.
    assert np.isnan(turning_point(lambda f: 1.59 < f < 1.605))


@pytest.fixture(scope="module")
def hamlets(tmp_path_factory):
    found = []
    for seed in range(1, 2 + (HAMLETS - 1) // 5):
        folder = tmp_path_factory.mktemp(f"county{seed}")
        write_county(folder, size="hamlet", seed=seed)
        read = read_county_folder(folder, Faults())
        survey = read_survey(SurveyRequest(layers=read.layers, crs=read.crs, norms=read.norms, prices=read.prices))
        own = build_problem(survey.given).own.hamlet
        found += [(survey.given, own, int(h)) for h in np.unique(own)]
    return found[:HAMLETS]


def test_planned_again_alone_a_hamlet_turns_at_its_flip_price(hamlets):
    turned = 0
    for told, own, which in hamlets:
        factor = flip_alone(told, own, which)
        if np.isnan(factor):
            continue
        again = build_problem(hamlet_alone(told, own, which))
        assert mode_at(again, 1.02 * factor), which
        assert not mode_at(again, 0.98 * factor), which
        turned += 1
    assert turned >= 0.8 * len(hamlets)


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000))
def test_the_plan_tells_its_flip(seed):
    table = plan(random_village(seed)).tables.hamlets
    alone = float(table["flip_alone_factor"][0])
    sewered = table["mode"][0] in ("town_connection", "shared_plant")
    assert np.isnan(alone) or sewered == (alone < 1)
    if np.isfinite(alone):
        assert f"{alone:.2f} 倍" in table["reason"][0]
        assert f"x {alone:.2f}" in table["reason_en"][0]
