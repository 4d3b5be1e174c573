"""Bound and plan raise each other: still below every plan, never a dearer plan, grown layouts that can be built."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import kits, make_ground, make_homes, optimum, price, random_hamlet, random_layout

from qingxi.plan import bound_county
from qingxi.plan.bound_breaks import breaks_by_sizes
from qingxi.plan.bound_county import CountyBound
from qingxi.plan.bound_guide import guide_of
from qingxi.plan.bound_lines import class_line, useful_layers
from qingxi.plan.bound_options import BoundOptions
from qingxi.plan.bound_rounds import raise_together
from qingxi.plan.search import Search
from qingxi.standard import load_table
from qingxi.treatment import plant_pv

DUST = 1e-9


def options(houses, certify=False, **changes):
    return replace(BoundOptions.from_table(load_table("bound"), 1.0, houses, certify), **changes)


def engine_and_plan(hamlet, seed):
    ground, homes = hamlet[:2]
    engine = Search(*hamlet, np.random.default_rng(seed))
    chosen = engine.new_candidate()
    chosen.layout = random_layout(np.random.default_rng(seed), ground, homes)
    engine.price(chosen)
    return engine, chosen


@pytest.mark.parametrize("seed", range(40))
def test_at_most_the_optimum_whatever_the_options(seed):
    """From a random plan, with certifying work, many classes, several parts, old plants, mains: below every plan there is."""
    flow = (1.0, 5.0, 60.0, 2_000.0)[seed % 4]
    hamlet = random_hamlet(seed, scale=flow, units=seed % 3 > 0, old=seed % 5 == 0, plant=seed % 2 > 0)
    best, _ = optimum(*hamlet)
    if np.isinf(best) or best > 1e8:
        return
    engine, chosen = engine_and_plan(hamlet, seed)
    if chosen.cost > 1e8:
        return
    before = chosen.cost
    told = options(4, certify=seed % 2 > 0, part_houses=(2, 1000)[seed % 7 > 0], class_breaks=seed % 5)
    chosen, found = raise_together(engine, chosen, told)
    assert found.value_yuan <= best * (1 + DUST)
    assert best * (1 - DUST) <= chosen.cost <= before


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10**6), nodes=st.integers(2, 40), houses=st.integers(1, 60),
    flow=st.sampled_from([0.3, 1.0, 10.0, 300.0]), units=st.booleans(), plant=st.booleans(), old=st.booleans(),
    part=st.sampled_from([1, 7, 1000]), breaks=st.integers(0, 4),
)  # fmt: skip
def test_grown_layouts_can_be_built_and_cost_no_less(seed, nodes, houses, flow, units, plant, old, part, breaks):
    hamlet = random_hamlet(seed, nodes=nodes, houses=houses, scale=flow, units=units, plant=plant, old=old)
    ground, homes = hamlet[:2]
    rng = np.random.default_rng(seed)
    plans = [random_layout(rng, ground, homes) for _ in range(6)]
    found = CountyBound(*hamlet, options(houses, part_houses=part, class_breaks=breaks), plans[0])
    value = 0.0
    for i, step in enumerate((0.7, 0.3, 0.15)):
        steps = np.full(found.parts, step)
        steps[1::2] = np.inf if i == 1 else step  # some parts only
        grown = found.ascend(plans[i], steps, grow=1.0 + 0.25 * i)
        assert found.value_yuan >= value  # each part keeps its best pass
        value = found.value_yuan
        plans.append(grown)
        for h in np.flatnonzero(grown.slot >= 0):
            v, steps_down = homes.node[h, grown.slot[h]], 0
            while grown.next_node[v] >= 0:
                arc = grown.next_arc[v]
                assert {ground.tail[arc], ground.head[arc]} == {v, grown.next_node[v]}
                v, steps_down = grown.next_node[v], steps_down + 1
                assert steps_down <= nodes  # no circle
            assert ground.site[v] > 0 or ground.join[v] >= 0
    assert value <= min(price(p, *hamlet) for p in plans) * (1 + DUST)


def test_duals_grow_the_best_plan_where_all_is_paid():
    # Two houses and one main, 100 m of street: nothing else can be done, so the bound grows this plan, and costs 80,124.03
    # (worked out in test_plan_bound.py).
    ground = make_ground([100.0, 100.0], [(0, 1, 100.0)], join=[-1, 0], capacity=[np.inf])
    way = [(0, 3_000.0, 0.6)]
    hamlet = (ground, make_homes([(0.3, 1e8, way), (0.3, 1e8, way)]), *kits())
    found = CountyBound(*hamlet, options(2), None)
    grown = found.ascend(None, np.full(found.parts, 0.2))
    assert grown.slot.tolist() == [0, 0]
    assert grown.next_node.tolist() == [1, -1]
    assert price(grown, *hamlet) == pytest.approx(80_124.03, abs=0.02)
    assert found.value_yuan == pytest.approx(80_124.03, abs=0.03)


def test_a_good_plan_guides_to_a_better_bound():
    """Over some hamlets without units: cuts left once by a polished plan are raised first, and the sum of bounds is higher."""
    sums = np.zeros(2)
    for seed in range(12):
        hamlet = random_hamlet(seed, nodes=60, houses=60, scale=1.0, units=False)
        engine, chosen = engine_and_plan(hamlet, seed)
        engine.polish(chosen)
        for i in range(2):
            with pytest.MonkeyPatch.context() as patch:
                if i == 0:  # levels along the plan, but no guide
                    patch.setattr(bound_county, "guide_of", blank)
                found = CountyBound(*hamlet, options(60, class_breaks=0), None)
                found.ascend(chosen.layout, np.full(found.parts, 0.1))
            sums[i] += found.value_yuan
    assert sums[1] > sums[0] * 1.001


def blank(*told):
    known = guide_of(*told)
    return type(known)(np.full_like(known.next_state, -1), np.full_like(known.house_state, -1))


def test_breaks_raise_the_lowest_line():
    """Against no breaks at all, and against other pairs: the lowest line under plants of these sizes is nowhere as high."""
    _, plants = kits()
    sizes = np.random.default_rng(3).lognormal(2.0, 1.2, 80)
    most = 900.0
    changes = np.flatnonzero(np.diff(plants.step_grade[0])) + 1
    steps = [float(q) / plants.margin for q in plants.step_m3_d[changes]]

    def lost(breaks):
        lines = [class_line(plants, False, a, b) for a, b in pairwise(sorted({0.0, most, *breaks, *steps}))]
        total = 0.0
        for factor in (0.5, 1.0, 2.0, 4.0):
            for q in np.minimum(sizes * factor, most):
                total += plant_pv(q, False, plants) - min(f + m * q for f, m in filter(None, lines))
        return total

    found = breaks_by_sizes(plants, sizes, most, 2)
    least = lost(found)
    # The sizes are rounded to a tenth of a logarithm before they are counted.
    for other in ((), (1.5,), (6.0, 60.0), (3.0, 30.0), (10.0, 200.0)):
        assert least <= lost(other) * 1.01
    assert lost(breaks_by_sizes(plants, sizes, most, 4)) <= least * 1.01
    assert breaks_by_sizes(plants, np.zeros(3), most, 2) == ()


def test_layers_that_a_part_needs():
    # An end in layer 1; layer 0 leads out more cheaply; layer 2 no more cheaply than 0; layer 3 no dearer but takes larger pipes;
    # layer 4 leads nowhere.
    ends = np.array([False, True, False, False, False])
    roots = np.array([True, True, True, True, False])
    kept = useful_layers(ends, roots, np.array([1.0, 5.0, 1.0, 3.0, 0.5]), np.array([0, 1, 0, 2, 3]))
    assert kept.tolist() == [True, True, False, True, False]
