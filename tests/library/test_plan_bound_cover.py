"""Duals of regions whose old plants are too small: worth what is claimed by hand, and never above any plan."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import empty, kits, make_ground, make_homes, optimum, price, random_hamlet, random_layout

from qingxi.plan import bound_county
from qingxi.plan.bound_options import BoundOptions
from qingxi.standard import load_table
from qingxi.treatment import plant_pv

DUST = 1e-9


def bound(hamlet, incumbent, **changes):
    options = replace(BoundOptions.from_table(load_table("bound")), **changes)
    return bound_county.county_bound(*hamlet, options, incumbent=incumbent).value_yuan


def on_one_node(own=1e8, room=0.5):
    """Two houses of 0.3 m3/d on a node with an old plant for 0.5, and beside it, 50 m on flat ground, a site for a new one."""
    ground = make_ground(
        [100.0, 100.0], [(0, 1, 50.0)], site=[3, 1], stay=[(50_000.0, room), (np.inf, 0.0)], end_depth=[4.0, 4.0]
    )
    return ground, make_homes([(0.3, own, [(0, 3_000.0, 0.6)])] * 2), *kits()


def all_at_the_node():
    layout = empty(2, 2)
    layout.slot[:] = 0
    return layout


def test_two_houses_that_fill_more_than_the_old_plant():
    # Both would fit into the old plant alone: laterals 6,000 + 50,000 + 3,640 x 0.6 = 58,184 is all that single houses tell.
    # Together they need 0.6 of its 0.5 m3/d: one of them leaves, by a new plant at least, and the best is one for both on the spot.
    hamlet = on_one_node()
    best, _ = optimum(*hamlet)
    assert best == pytest.approx(6_000.0 + plant_pv(0.6, False, hamlet[3]))  # 107,370.47
    assert bound(hamlet, None) == pytest.approx(58_184.0, abs=0.02)
    assert best - 0.02 <= bound(hamlet, all_at_the_node()) <= best


def test_nothing_is_raised_where_everybody_fits():
    hamlet = on_one_node(room=0.6 * (1 + 1e-12))
    layout = all_at_the_node()
    assert price(layout, *hamlet) == pytest.approx(58_184.0)
    assert bound(hamlet, layout) == pytest.approx(58_184.0, abs=0.02)


def test_houses_that_serve_themselves_may_leave_the_region():
    # The first house pays its lateral, the old plant and its flow: 54,092 of the 60,000 it would cost by itself. So the region is raised
    # by what is left, 5,908, to 58,184 + 5,908. At 30,000 a house pays all of that, and nothing is left.
    for own, best, least in ((60_000.0, 107_370.47, 64_092.0), (30_000.0, 60_000.0, 58_184.0)):
        hamlet = on_one_node(own=own)
        assert optimum(*hamlet)[0] == pytest.approx(best, abs=0.01)
        assert bound(hamlet, all_at_the_node()) == pytest.approx(least, abs=0.03)


def test_what_one_region_took_from_a_house_another_does_not_take_again():
    # An old plant for 0.45 m3/d; X with 0.3 beside it, a and b with 0.2 each a few metres away. The incumbent leads X there and builds new plants for
    # a and b: two regions, each of which takes X in. In the best plan X serves itself for 50,000 and a and b fill the plant:
    # 6,000 + 50,000 + 3,640 x 0.4 = 57,456 and two short pipes. a pays for the old plant first, so all of X's 50,000 but its lateral and flow is left to be taken, once.
    ground = make_ground(
        [100.0, 100.0, 100.0], [(0, 1, 2.0), (0, 2, 2.0)], site=[3, 1, 1],
        stay=[(50_000.0, 0.45), (np.inf, 0.0), (np.inf, 0.0)],
    )  # fmt: skip
    rows = [(0.2, 1e8, [(1, 3_000.0, 0.6)]), (0.2, 1e8, [(2, 3_000.0, 0.6)]), (0.3, 50_000.0, [(0, 3_000.0, 0.6)])]
    hamlet = (ground, make_homes(rows), *kits())
    incumbent = empty(3, 3)
    incumbent.slot[:] = 0
    best, _ = optimum(*hamlet)
    assert 107_456.0 < best < 114_000.0
    assert 0.98 * best < bound(hamlet, incumbent) <= best


def crowded(seed):
    """Five houses on two to four nodes close together, most with an old plant too small for them, and sometimes a main at the last."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 5))
    arcs = [(int(rng.integers(0, v)), v, rng.choice([2.0, 20.0, 60.0, 120.0])) for v in range(1, n)]
    site = np.where(rng.random(n) < 0.6, 3, rng.integers(0, 2, n))
    site[0] = 3
    stay = [(rng.uniform(5_000, 80_000), rng.uniform(0.05, 0.6)) if s == 3 else (np.inf, 0.0) for s in site]
    join = np.full(n, -1)
    if rng.random() < 0.6:
        join[n - 1] = 0
    ground = make_ground(100 + rng.uniform(0, 0.5, n), arcs, site=site, join=join, stay=stay, capacity=[np.inf])
    own = rng.choice([40_000.0, 90_000.0, 1e8])
    rows = [
        (rng.uniform(0.1, 0.4), own * rng.uniform(0.5, 1) if own < 1e8 else own, [(int(rng.integers(n)), rng.uniform(1_000, 4_000), 0.6)])
        for _ in range(5)
    ]  # fmt: skip
    return ground, make_homes(rows), *kits()


@pytest.mark.parametrize("seed", range(40))
def test_at_most_the_optimum_where_regions_share_their_ways_out(seed):
    hamlet = crowded(seed)
    best, _ = optimum(*hamlet)
    if best > 1e8:
        return
    rng = np.random.default_rng(seed)
    for _ in range(6):
        assert bound(hamlet, random_layout(rng, *hamlet[:2]), level_step_m=0.3) <= best * (1 + DUST)


@pytest.mark.parametrize("seed", range(40))
def test_at_most_the_optimum(seed):
    hamlet = random_hamlet(seed, scale=(1.0, 5.0, 60.0, 0.3)[seed % 4], units=seed % 3 == 0, old=True)
    best, _ = optimum(*hamlet)
    if np.isinf(best) or best > 1e8:
        return
    rng = np.random.default_rng(seed)
    plans = sorted((random_layout(rng, *hamlet[:2]) for _ in range(30)), key=lambda p: price(p, *hamlet))
    for plan in (plans[0], plans[1], plans[-1]):
        assert bound(hamlet, plan, level_step_m=0.3) <= best * (1 + DUST)
        assert bound(hamlet, plan, level_step_m=0.1, part_houses=2) <= best * (1 + DUST)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6), nodes=st.integers(3, 40), houses=st.integers(3, 60),
    flow=st.sampled_from([0.3, 1.0, 10.0]), units=st.booleans(), part=st.sampled_from([3, 1000]), worst=st.booleans(),
    states=st.sampled_from([5, 100_000]),
)  # fmt: skip
def test_at_most_any_plan(seed, nodes, houses, flow, units, part, worst, states):
    hamlet = random_hamlet(seed, nodes=nodes, houses=houses, scale=flow, units=units, old=True)
    rng = np.random.default_rng(seed)
    plans = sorted((random_layout(rng, *hamlet[:2]) for _ in range(20)), key=lambda p: price(p, *hamlet))
    cost = price(plans[0], *hamlet)
    guide = plans[-1 if worst else 0]
    found = bound(hamlet, guide, level_step_m=0.3, part_houses=part, cover_states=states)
    assert found <= cost * (1 + DUST)


def test_regions_raise_the_bound_of_a_hamlet_with_small_plants(monkeypatch):
    gained = []
    raised = bound_county.raise_covers

    def seen(*words):
        more, settled = raised(*words)
        gained.append(more.sum())
        return more, settled

    monkeypatch.setattr(bound_county, "raise_covers", seen)
    for seed in range(20):
        hamlet = random_hamlet(seed, nodes=20, houses=40, units=False, old=True)
        rng = np.random.default_rng(seed)
        plans = sorted((random_layout(rng, *hamlet[:2]) for _ in range(20)), key=lambda p: price(p, *hamlet))
        bound(hamlet, plans[0])
    assert min(gained) >= 0.0
    assert sum(g > 0 for g in gained) >= 3
