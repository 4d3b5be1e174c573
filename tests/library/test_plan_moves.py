"""Every kind of change of the local search betters a case made for it, and the outcome does not hang on threads."""

import itertools

import numpy as np
import pytest
from plan_ground import random_village
from small_plans import kits, make_ground, make_homes, price

from qingxi.plan import net_parts
from qingxi.plan.layout import Layout, empty_layout
from qingxi.plan.net_tables import fixed_of, plant_value
from qingxi.plan.problem import build_problem
from qingxi.plan.search import Search
from qingxi.treatment import plant_pv


def street(*, nodes=11, length=40.0, height=None, **ends):
    """A straight flat street of equal arcs, node 0 at one end."""
    heights = [100.0] * nodes if height is None else height
    return make_ground(heights, [(i, i + 1, length) for i in range(nodes - 1)], **ends)


def flowing(ground, homes, *ways):
    """A layout whose nodes flow along ``ways`` (lists of nodes), every house at its first slot."""
    layout = empty_layout(ground.ground_m.size, homes.own.size)
    for way in ways:
        for v, y in itertools.pairwise(way):
            arc = np.flatnonzero(
                ((ground.tail == v) & (ground.head == y)) | ((ground.tail == y) & (ground.head == v))
            )
            layout.next_node[v], layout.next_arc[v] = y, arc[0]
    layout.slot[:] = 0
    return layout


def improved(ground, homes, layout: Layout, knocks=0.0):
    kit, plants = kits()
    engine = Search(ground, homes, kit, plants, np.random.default_rng(0))
    before = price(layout, ground, homes, kit, plants)
    saved = engine.improver.improve(layout, knocks, np.random.default_rng(1))
    after = price(layout, ground, homes, kit, plants)
    assert before - after == pytest.approx(saved, abs=5.0)
    return before, after


def at(*nodes, own=1e8, flow=0.25):
    return make_homes([(flow, own, [(v, 3_000.0, 0.6)]) for v in nodes])


def ends(homes, layout):
    """Where the houses' flows end."""
    found = set()
    for h in np.flatnonzero(layout.slot >= 0):
        v = homes.node[h, layout.slot[h]]
        while layout.next_node[v] >= 0:
            v = layout.next_node[v]
        found.add(int(v))
    return sorted(found)


def test_a_plant_is_closed_and_its_sewers_turn_round():
    # Two plants 200 m apart at 94,000 each; the way between them, unused, takes 200 m of pipe at about 330 a metre.
    ground = street(site=[0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0])
    homes = at(0, 1, 8, 9)
    layout = flowing(ground, homes, [0, 1, 2], [9, 8, 7])
    before, after = improved(ground, homes, layout)
    assert after < before - 10_000
    assert len(ends(homes, layout)) == 1


def test_a_plant_is_opened_where_a_trunk_is_long():
    # 2 km of trunk for two houses; a place for a plant stands beside them.
    ground = street(nodes=51, site=[0, 0, 1] + [0] * 47 + [1])
    homes = at(0, 1)
    layout = flowing(ground, homes, list(range(51)))
    before, after = improved(ground, homes, layout)
    assert after < before - 300_000
    assert ends(homes, layout) == [2]


def test_a_plant_moves_along_its_system():
    ground = street(nodes=21, site=[0, 0, 0, 1] + [0] * 16 + [1])
    homes = at(1, 2, 4, 5)
    layout = flowing(ground, homes, list(range(1, 21)))
    before, after = improved(ground, homes, layout)
    assert after < before - 150_000
    assert ends(homes, layout) == [3]


def test_a_branch_takes_another_street():
    # From node 0 to the end 3: 60 m by node 1, 400 m by node 2.
    ground = make_ground([100.0] * 4, [(0, 1, 30.0), (1, 3, 30.0), (0, 2, 200.0), (2, 3, 200.0)], join=[-1, -1, -1, 0],
                         capacity=[np.inf])  # fmt: skip
    homes = at(0, 0)
    layout = flowing(ground, homes, [0, 2, 3])
    improved(ground, homes, layout)
    assert layout.next_node[0] == 1


def test_a_small_branch_is_emptied_house_by_house():
    # Both houses of the leaf 2 may tie in at node 1 for 2,000 more each, less than 100 m of pipe.
    ground = make_ground([100.0] * 3, [(0, 1, 40.0), (1, 2, 100.0)], join=[0, -1, -1], capacity=[np.inf])
    homes = make_homes([
        (0.25, 1e8, [(1, 3_000.0, 0.6)]), (0.25, 1e8, [(2, 3_000.0, 0.6), (1, 5_000.0, 0.6)]),
        (0.25, 1e8, [(2, 3_000.0, 0.6), (1, 5_000.0, 0.6)]),
    ])  # fmt: skip
    layout = flowing(ground, homes, [2, 1, 0])
    improved(ground, homes, layout)
    assert layout.slot.tolist() == [0, 1, 1]


def test_a_full_main_is_not_joined():
    # Room for 0.3 m³/d, and 0.25 joined already: the other house must keep its plant however dear.
    ground = street(join=[0] + [-1] * 10, site=[0] * 10 + [1], capacity=[0.3])
    homes = at(1, 9)
    layout = flowing(ground, homes, [1, 0], [9, 10])
    improved(ground, homes, layout, knocks=50.0)
    assert ends(homes, layout) == [0, 10]


@pytest.mark.parametrize("mode", ["free", "sewer"])
def test_the_outcome_does_not_hang_on_threads(mode, monkeypatch):
    problem = build_problem(random_village(5, houses=60, mode=mode))
    monkeypatch.setattr(net_parts, "PART_HOUSES", 8)
    found = []
    for workers in (1, 2, 3):
        monkeypatch.setattr(net_parts, "WORKERS", workers)
        engine = Search(problem.ground, problem.homes, problem.kit, problem.plants, np.random.default_rng(4))
        found.append(engine.run(3.0).layout)
    for other in found[1:]:
        assert all((a == b).all() for a, b in zip(found[0], other, strict=True))


def test_the_table_of_plants_prices_is_exact_to_a_few_yuan():
    _, plants = kits()
    problem = build_problem(random_village(1))
    table = fixed_of(problem.ground, problem.homes, problem.kit, plants).plant
    # Around the flow whose design is 20 m³/d another grade is asked, and the price jumps.
    flow = np.concatenate([np.linspace(0.0, 70.0, 701), 20 / 1.1 + np.array([-1e-6, 1e-6]), [300.0, 5_000.0]])
    for wet in (False, True):
        for q in flow:
            assert plant_value(q, wet, table) == pytest.approx(min(plant_pv(q, wet, plants), 1e12), abs=5.0)
