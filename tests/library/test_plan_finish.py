"""The last step of the search: exact lifts and pumps of the chosen layout; never dearer, and nothing left to gain."""

import numpy as np
import pytest
from small_plans import random_hamlet

from qingxi.plan.finish import finished, forest_of, with_best_lifts
from qingxi.plan.layout import copy_layout
from qingxi.plan.search import Search
from qingxi.sewer import choose_lifts


def first_plan(seed):
    """Everybody to the end by a chain of streets, with lifts and pumps thrown in at random: seldom a good choice."""
    ground, homes, kit, plants = random_hamlet(seed, nodes=5, houses=5, units=False)
    engine = Search(ground, homes, kit, plants, np.random.default_rng(seed))
    chosen = engine.run(0)
    rng = np.random.default_rng(seed)
    chosen.layout.lift_here[:] = rng.random(engine.nodes) < 0.3
    chosen.layout.pumped[:] = (rng.random(engine.houses) < 0.5) & (chosen.layout.slot >= 0)
    engine.price(chosen)
    return engine, chosen


@pytest.mark.parametrize("seed", range(12))
def test_the_last_step_never_costs_and_leaves_nothing(seed):
    engine, chosen = first_plan(seed)
    before = chosen.cost
    better = with_best_lifts(engine, chosen)
    assert better.cost <= before + 1e-6
    assert np.array_equal(better.layout.next_node, chosen.layout.next_node)
    assert np.array_equal(better.layout.slot, chosen.layout.slot)
    # The programme's own sum is the true cost of pipes, lifts and pumps.
    lift, pumped = better.layout.lift_here.copy(), better.layout.pumped.copy()
    cost, _ = choose_lifts(
        engine.kit, forest_of(chosen.layout, engine.ground, engine.homes), engine.homes.pump, lift, pumped
    )
    told = better.design.cost.sum() + engine.homes.pump * better.layout.pumped.sum()
    assert cost == pytest.approx(told, abs=1.0)
    last = finished(engine, chosen)
    assert last.cost <= better.cost + 1e-6
    again = engine.new_candidate()
    again.layout = copy_layout(last.layout)
    assert engine.price(again) == pytest.approx(last.cost, rel=1e-12)
    assert with_best_lifts(engine, last) is last


def test_some_plans_gain():
    gains = [1 - with_best_lifts(*case).cost / case[1].cost for case in map(first_plan, range(12))]
    assert max(gains) > 0.05
