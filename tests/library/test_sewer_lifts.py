"""The exact choice of lifts and house pumps: against every choice there is on small trees, and by hand."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.sewer import Forest, choose_lifts, design_forest, new_design, sewer_kit
from qingxi.standard import load_table

KIT = sewer_kit(load_table("rural_sewer"), load_table("prices"))
PUMP = KIT.works_pv * KIT.house_pump_works + KIT.annuity * KIT.house_pump_running


def cost_of(forest, lift, pumped):
    """Pipes, manholes, lifts and house pumps of a choice, by the design in one pass."""
    out = new_design(forest.ground_m.size)
    flow = forest.house_far_m3_d
    cost = design_forest(
        KIT, forest.ground_m, forest.length_m, forest.trench, forest.crossing, forest.next_node, forest.next_arc, lift,
        forest.house_node, flow, flow, forest.house_need_m, pumped, forest.end_depth_m, out,
    )  # fmt: skip
    return cost + PUMP * pumped.sum()


def made(seed, nodes, houses, relief, reach):
    """A random tree to node 0 on ground of some relief; the houses at random nodes, some of them low."""
    rng = np.random.default_rng(seed)
    next_node = np.array([-1, *(int(rng.integers(max(0, v - 2), v)) for v in range(1, nodes))])
    return Forest(
        100 + relief * rng.normal(size=nodes), rng.uniform(10, reach, nodes), np.zeros(nodes, dtype=np.int64),
        np.zeros(nodes, dtype=np.int64), next_node, np.where(next_node >= 0, np.arange(nodes), -1),
        rng.integers(0, nodes, houses), np.full(houses, 0.24),
        np.where(rng.random(houses) < 0.5, 0.6, rng.choice([1.1, 1.8, 3.0, 4.4], houses)),
        np.full(nodes, rng.choice([0.9, 2.0, 4.0])),
    )  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000), st.sampled_from([0.3, 1.5]), st.sampled_from([60.0, 400.0]))
def test_no_choice_is_cheaper(seed, relief, reach):
    nodes, houses = 6, 4
    forest = made(seed, nodes, houses, relief, reach)
    lift, pumped = np.zeros(nodes, dtype=bool), np.zeros(houses, dtype=bool)
    cost, _ = choose_lifts(KIT, forest, PUMP, lift, pumped)
    assert cost == pytest.approx(cost_of(forest, lift, pumped), rel=1e-9)
    best = np.inf
    low = np.flatnonzero(forest.house_need_m > KIT.lateral_start_m)
    must = forest.house_need_m > KIT.depth_max_m
    for lifts in itertools.product([False, True], repeat=nodes - 1):
        here = np.array([False, *lifts])
        for pumps in itertools.product([False, True], repeat=low.size):
            pump = must.copy()
            pump[low] |= np.array(pumps, dtype=bool)
            best = min(best, cost_of(forest, here, pump))
    assert cost == pytest.approx(best, rel=1e-9)


def test_a_low_house_is_pumped_when_the_sewer_is_long():
    """One house at the head of n flat pipes asks 2.5 m. Deepening all of them costs more than its pump as soon as they are many."""

    def chain(n):
        ground = np.full(n, 100.0)
        nxt = np.append(np.arange(1, n), -1)
        whole = np.zeros(n, dtype=np.int64)
        arc = np.where(nxt >= 0, np.arange(n), -1)
        return Forest(ground, np.full(n, 30.0), whole, whole, nxt, arc, np.array([0]), np.array([0.24]), np.array([2.5]), np.full(n, 9.0))  # fmt: skip

    told = []
    for n in (2, 8):
        lift, pumped = np.zeros(n, dtype=bool), np.zeros(1, dtype=bool)
        choose_lifts(KIT, chain(n), PUMP, lift, pumped)
        told.append(bool(pumped[0]))
        other = cost_of(chain(n), lift, ~pumped)
        assert cost_of(chain(n), lift, pumped) < other
    assert told == [False, True]


def test_long_lists_stay_exact_and_short():
    """500 nodes of flat ground, 300 houses: the kept pairs are few, and the whole is no dearer than any single change."""
    forest = made(5, 500, 300, 0.05, 40.0)
    lift, pumped = np.zeros(500, dtype=bool), np.zeros(300, dtype=bool)
    cost, longest = choose_lifts(KIT, forest, PUMP, lift, pumped)
    assert cost == pytest.approx(cost_of(forest, lift, pumped), rel=1e-9)
    assert longest < 300
    rng = np.random.default_rng(1)
    for v in rng.choice(np.arange(1, 500), 60, replace=False):
        lift[v] = not lift[v]
        assert cost_of(forest, lift, pumped) >= cost - 1e-6
        lift[v] = not lift[v]
    for h in np.flatnonzero(forest.house_need_m < KIT.depth_max_m)[:60]:
        pumped[h] = not pumped[h]
        assert cost_of(forest, lift, pumped) >= cost - 1e-6
        pumped[h] = not pumped[h]
