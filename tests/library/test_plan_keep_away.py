"""A plant too large for its distance to houses is led elsewhere with its whole group, and never at a loss."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_plans import empty, kits, make_ground, make_homes, optimum, random_hamlet, random_layout

from qingxi.plan.keep_away import led_elsewhere, too_near
from qingxi.plan.layout import TOO_NEAR
from qingxi.plan.search import Search


def engine_and_plan(hamlet, layout):
    engine = Search(*hamlet, np.random.default_rng(1))
    chosen = engine.new_candidate()
    chosen.layout = layout
    engine.price(chosen)
    return engine, chosen


def row(most, far=120.0, houses=4):
    """Four houses of 0.5 m3/d at the first node of two; a plant may stand at both, of at most ``most`` m3/d at the first."""
    ground = make_ground([100.0, 99.0], [(0, 1, far)], site=[1, 1])
    ground.site_most_m3_d[:] = [most, np.inf]
    homes = make_homes([(0.5, 1e8, [(0, 2_000.0, 0.6)])] * houses)
    layout = empty(2, houses)
    layout.slot[:] = 0  # all end where they are
    return (ground, homes, *kits()), layout


def test_the_whole_group_goes_to_the_next_site():
    hamlet, layout = row(most=1.9)  # 2.0 m3/d stand where 1.9 may
    engine, chosen = engine_and_plan(hamlet, layout)
    assert too_near(engine.ground, chosen).tolist() == [True, False]
    assert chosen.cost > TOO_NEAR
    better = led_elsewhere(engine, chosen)
    assert not too_near(engine.ground, better).any()
    assert better.layout.next_node.tolist() == [1, -1]
    assert better.cost == pytest.approx(optimum(*hamlet)[0])  # by trying every plan


def test_a_plant_that_may_stand_there_is_left_alone():
    hamlet, layout = row(most=2.0)
    engine, chosen = engine_and_plan(hamlet, layout)
    assert led_elsewhere(engine, chosen) is chosen


def test_where_nothing_else_serves_them_it_stays_and_is_told():
    ground = make_ground([100.0, 100.0], [(0, 1, 50.0)], site=[1, 0])
    ground.site_most_m3_d[:] = 0.5
    homes = make_homes([(0.6, 1e8, [(0, 2_000.0, 0.6)])])
    layout = empty(2, 1)
    layout.slot[:] = 0
    engine, chosen = engine_and_plan((ground, homes, *kits()), layout)
    assert led_elsewhere(engine, chosen) is chosen
    assert too_near(engine.ground, chosen).any()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), most=st.floats(0.1, 1.5), units=st.booleans())
def test_never_dearer_and_a_plan_of_the_same_houses(seed, most, units):
    hamlet = random_hamlet(seed, nodes=5, houses=4, units=units)
    hamlet[0].site_most_m3_d[:] = np.random.default_rng(seed).choice([most, np.inf], 5)
    engine, chosen = engine_and_plan(hamlet, random_layout(np.random.default_rng(seed), *hamlet[:2]))
    before, here = chosen.cost, too_near(engine.ground, chosen)
    better = led_elsewhere(engine, chosen)
    assert better.cost <= before
    again = engine.new_candidate()
    again.layout = better.layout
    assert engine.price(again) == pytest.approx(better.cost)  # it is the price of that very layout
    if not here.any():
        assert better is chosen
