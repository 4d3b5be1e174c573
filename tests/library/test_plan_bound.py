"""The lower bound never lies above a true cost: every plan of small hamlets, random plans, two cases by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import kits, make_ground, make_homes, optimum, price, random_hamlet, random_layout

from qingxi.plan.bound_county import county_bound
from qingxi.plan.bound_grid import level_below
from qingxi.plan.bound_lines import end_lines
from qingxi.plan.bound_options import BoundOptions
from qingxi.plan.bound_states import gravity_arc, part_graph
from qingxi.standard import load_table

# Reduced costs are floats: a bound may exceed the exact one by their rounding, which is stated and taken off.
DUST = 1e-9


def bound(hamlet, incumbent=None, **changes):
    options = replace(BoundOptions.from_table(load_table("bound")), **changes)
    return county_bound(*hamlet, options, incumbent=incumbent).value_yuan


def test_one_house_on_a_main():
    # Lateral 3,000 + joining 37,260 + 7,300 x 0.3 m3/d = 42,450 yuan, unless a unit costs less.
    ground = make_ground([100.0, 100.0], [(0, 1, 50.0)], join=[0, -1], capacity=[np.inf])
    for own, least in ((1e8, 42_450.0), (17_000.0, 17_000.0)):
        hamlet = (ground, make_homes([(0.3, own, [(0, 3_000.0, 0.6)])]), *kits())
        assert bound(hamlet) == pytest.approx(least, abs=0.02)


def test_two_houses_share_a_pipe():
    # 100 m of DN200 in an earth road on flat ground from 0.90 to 1.30 m: w = 0.7 m, A = 130 + 0.7x0.15x70 + 10x1.0
    # = 147.35, B = 0.7x(70 + 0.15x25) = 51.625, C = 0.7x25 = 17.5;
    # 100 x (147.35 + 51.625x2.2/2 + 17.5x(0.81 + 1.17 + 1.69)/3) = 22,554.58; manhole 900 + 350x0.9 = 1,215;
    # present value x (1.15x1.08 + 12.46221x0.01) = 1.3666221: 32,484.03.
    # Two laterals 6,000, joining 37,260 + 7,300 x 0.6 = 41,640: together 80,124.03. One house alone: 74,934.03.
    ground = make_ground([100.0, 100.0], [(0, 1, 100.0)], join=[-1, 0], capacity=[np.inf])
    way = [(0, 3_000.0, 0.6)]
    for own, least in ((1e8, 80_124.03), (50_000.0, 80_124.03), (40_000.0, 80_000.0)):
        hamlet = (ground, make_homes([(0.3, own, way), (0.3, own, way)]), *kits())
        assert bound(hamlet) == pytest.approx(least, abs=0.03)


def test_a_lift_where_gravity_would_be_too_deep():
    # 400 m uphill by 5 m: no gravity pipe. A lift without flow: 80,000x1.242 + 12.46221x(3,000 + 0.02x80,000)
    # = 156,686.17; 400 m of DN65 at 0.9 m: w = 0.565, A = 110 + 0.565x0.15x70 + 10x0.865 = 124.5825,
    # B = 0.565x73.75 = 41.66875, C = 14.125: 124.5825 + 37.501875 + 11.44125 = 173.525625 a m, x 400 x 1.3666221 = 94,857.58.
    # With lateral 3,000 and joining 39,450: 293,993.75; the true cost adds flow to the lift.
    ground = make_ground([100.0, 105.0], [(0, 1, 400.0)], join=[-1, 0], capacity=[np.inf])
    hamlet = (ground, make_homes([(0.3, 1e8, [(0, 3_000.0, 0.6)])]), *kits())
    assert bound(hamlet) == pytest.approx(293_993.75, abs=0.05)
    best, _ = optimum(*hamlet)
    assert 293_993.75 < best < 293_993.75 * 1.01


@pytest.mark.parametrize("seed", range(60))
def test_at_most_the_optimum_of_every_plan(seed):
    flow = (1.0, 1.0, 60.0, 2_000.0)[seed % 4]  # to DN300 and larger, and to the large flow classes
    hamlet = random_hamlet(seed, scale=flow, units=seed % 3 > 0, plant=seed % 2 > 0)
    best, tried = optimum(*hamlet)
    assert tried > 1000
    if np.isinf(best) or best > 1e8:
        return
    for step in (1.5, 0.1):
        assert bound(hamlet, level_step_m=step) <= best * (1 + DUST)
    assert bound(hamlet, level_step_m=0.3, part_houses=2) <= best * (1 + DUST)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6), nodes=st.integers(2, 40), houses=st.integers(1, 60),
    flow=st.sampled_from([0.3, 1.0, 10.0, 300.0]), units=st.booleans(), plant=st.booleans(), step=st.floats(0.05, 2.0),
    part=st.sampled_from([1, 7, 1000]), told=st.booleans(),
)  # fmt: skip
def test_at_most_any_plan(seed, nodes, houses, flow, units, plant, step, part, told):
    hamlet = random_hamlet(seed, nodes=nodes, houses=houses, scale=flow, units=units, plant=plant)
    rng = np.random.default_rng(seed)
    plans = [random_layout(rng, *hamlet[:2]) for _ in range(12)]
    cost = min(price(p, *hamlet) for p in plans)
    incumbent = plans[0] if told else None
    assert bound(hamlet, level_step_m=step, part_houses=part, incumbent=incumbent) <= cost * (1 + DUST)


@pytest.mark.parametrize("seed", range(30))
def test_at_most_the_optimum_where_old_plants_may_stay(seed):
    hamlet = random_hamlet(seed, scale=(1.0, 5.0, 60.0)[seed % 3], units=seed % 2 > 0, old=True)
    best, _ = optimum(*hamlet)
    if np.isinf(best) or best > 1e8:
        return
    assert bound(hamlet, level_step_m=0.3) <= best * (1 + DUST)
    assert bound(hamlet, level_step_m=0.3, part_houses=2) <= best * (1 + DUST)


def test_an_old_plant_that_stays_is_bounded_exactly():
    # One house of 0.3 m3/d on the plant's node: lateral 3,000 + 50,000 + 3,640 x 0.3 = 54,092; a new plant costs more.
    # With room for 0.2 m3/d only, the house pays for a new plant there: at least its fixed works.
    for room, least, most in ((0.5, 54_092.0, 54_092.0), (0.2, 54_093.0, np.inf)):
        ground = make_ground([100.0, 100.0], [(0, 1, 50.0)], site=[3, 0], stay=[(50_000.0, room), (np.inf, 0.0)])
        hamlet = (ground, make_homes([(0.3, 1e8, [(0, 3_000.0, 0.6)])]), *kits())
        best, _ = optimum(*hamlet)
        assert least - 0.02 <= best <= most + 0.02
        assert bound(hamlet) <= best + 1e-6
        if np.isfinite(most):
            assert bound(hamlet) == pytest.approx(least, abs=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_causes_add_up(seed):
    hamlet = random_hamlet(seed, nodes=30, houses=60, scale=4.0, units=False, old=seed > 3)
    ground, homes = hamlet[:2]
    layout = random_layout(np.random.default_rng(seed), ground, homes)
    cost = price(layout, *hamlet)
    options = BoundOptions.from_table(load_table("bound"))
    found = county_bound(*hamlet, options, incumbent=layout)
    causes = found.causes
    # What the bound leaves out is never negative; levels laid along the incumbent leave next to nothing of its depths.
    parts = (causes.depth_yuan, causes.lift_yuan, causes.plant_yuan, causes.trunk_yuan)
    assert min(parts) >= -1e-6
    assert causes.depth_yuan <= 0.02 * cost
    assert sum(parts) + causes.integrality_yuan == pytest.approx(cost - found.value_yuan)


def test_a_larger_pipe_that_is_cheaper_stays_in_the_graph():
    # 1,000 m of flat street from 0.9, 1.0, 1.1 m: DN200, 300, 400 arrive at 4.9, 4.0, 3.1 m, on levels 4.5, 3.0, 3.0 m. At made-up
    # prices a metre of 9,000 and 5,000 yuan more, DN400 is neither the cheapest of the smaller ones nor higher than DN300, yet no smaller pipe is
    # as cheap and as high together. Every pipe must have an arc of one not larger that costs no more and arrives no deeper.
    kit, plants = kits()
    dear = np.zeros(kit.trench_a.shape[0])
    dear[1], dear[2:] = 9_000.0, 5_000.0
    kit = kit._replace(trench_a=kit.trench_a + dear[:, None], depth_max_m=9.0)
    ground = make_ground([100.0, 100.0], [(0, 1, 1_000.0)], join=[-1, 0], capacity=[np.inf])
    homes = make_homes([(2_000.0, 1e8, [(0, 3_000.0, 0.6)])])
    lines = end_lines(plants, kit, ground, 2_000.0, ())
    levels = np.array([0.0, 0.7, 3.0, 4.5])  # 0: a pressure main that passes
    ptr, depth = np.array([0, 4, 8]), np.concatenate([levels, levels])
    nodes = np.arange(2)
    g = part_graph(
        ground, homes, kit, ptr, depth, lines.slope, lines.fixed, lines.joins, lines.stays, lines.low_m3_d, lines.largest_dn,
        nodes, nodes, np.array([0]),
    )  # fmt: skip
    seen = set()
    for j in (1, 2):
        arcs = slice(g.ptr[j], g.ptr[j + 1])
        for dn in range(int(lines.largest_dn.max()) + 1):
            cost, arrive = gravity_arc(
                kit, depth[j], 0.0, 1_000.0, int(ground.trench[0]), int(ground.crossing[0]), dn
            )
            if np.isfinite(cost):
                level = 4 + level_below(ptr, depth, 1, arrive)
                seen.add((j, dn, int(level)))
                assert (np.isfinite(cost) & (g.cost[0, arcs] <= cost) & (g.head[arcs] <= level)).any()
    assert {(1, 0, 7), (1, 1, 6), (1, 2, 6)} <= seen
