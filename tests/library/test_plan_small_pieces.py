"""Pieces of the street graph that stand alone and are small are solved exactly; everything else is left as it is."""

import numpy as np
import pytest
from plan_enumerate import small_case
from small_plans import kits, make_ground, make_homes, price, random_layout

from qingxi.plan.layout import copy_layout, empty_layout
from qingxi.plan.net_tables import fixed_of
from qingxi.plan.small_pieces import MOST_HOUSES, small_pieces, solve_small

WAY = [(0, 3_000.0, 0.6)]


def two_hamlets(capacity=np.inf, houses=2):
    """Two copies of 100 m of street: houses at its one end (nodes 0, 2), a main of one group at the other (nodes 1, 3)."""
    g = make_ground([100.0] * 4, [(0, 1, 100.0), (2, 3, 100.0)], join=[-1, 0, -1, 0], capacity=[capacity])
    rows = [(0.3, 1e8, [(2 * k, 3_000.0, 0.6)]) for k in range(2) for _ in range(houses)]
    return g, make_homes(rows)


def solved(g, homes, layout=None):
    kit, plants = kits()
    layout = layout or empty_layout(g.ground_m.size, homes.own.size)
    saved = solve_small(layout, g, homes, fixed_of(g, homes, kit, plants))
    return layout, saved, price(layout, g, homes, kit, plants)


def test_pieces_by_hand():
    g, homes = two_hamlets()
    assert [(n.tolist(), h.tolist()) for n, h in small_pieces(g, homes)] == [([0, 1], [0, 1]), ([2, 3], [2, 3])]
    # A lateral to the other street joins the two: one piece of four nodes.
    homes.node[1, 1], homes.lateral[1, 1] = 2, 5_000.0
    assert [(n.tolist(), h.tolist()) for n, h in small_pieces(g, homes)] == [([0, 1, 2, 3], [0, 1, 2, 3])]
    # More houses than are enumerated.
    assert small_pieces(*two_hamlets(houses=MOST_HOUSES + 1)) == []


def test_two_hamlets_by_hand():
    # Each is the plan by hand of test_plan_enumerated: laterals 6,000, 100 m of DN200 32,484.03, joining 41,640: 80,124.03.
    layout, saved, cost = solved(*two_hamlets())
    assert cost == pytest.approx(2 * 80_124.03, abs=0.06)
    assert saved == pytest.approx(4e8 - cost, abs=1.0)
    assert layout.next_node.tolist() == [1, -1, 3, -1]


def test_room_of_a_main_is_taken_once():
    # Room for one of the two hamlets (0.6 m³/d each) and a house of the other.
    layout, _, _ = solved(*two_hamlets(capacity=1.0))
    assert int((layout.slot >= 0).sum()) == 3


def test_a_plant_too_near_is_not_built():
    g, homes = two_hamlets()
    g = g._replace(join=np.full(4, -1), site=np.ones(4, dtype=np.int64), site_most_m3_d=np.full(4, 0.5))
    layout, _, _ = solved(g, homes)
    # A plant takes 0.3 m³/d: at most one house each, and a house has one slot, at nodes 0 and 2.
    assert np.bincount(homes.node[layout.slot >= 0, 0], minlength=4).tolist() in ([1, 0, 1, 0], [2, 0, 2, 0])
    used = layout.slot >= 0
    assert used.sum() == 2


@pytest.mark.parametrize("seed", range(0, 60, 3))
def test_never_dearer_and_the_same_from_anywhere(seed):
    g, homes, kit, plants, words = small_case(seed)
    rng = np.random.default_rng(seed)
    ends = []
    for _ in range(3):
        start = random_layout(rng, g, homes)
        before = price(start, g, homes, kit, plants)
        _, saved, cost = solved(g, homes, copy_layout(start))
        if np.isfinite(before) and before < 1e12:
            assert cost <= before + 1.0, words
            assert saved == pytest.approx(before - cost, abs=5.0, rel=1e-6), words
        ends.append(cost)
    # From any start the same optimum: savings below a yuan are not taken, and tables round to a yuan.
    assert max(ends) - min(ends) <= 5.0, (words, ends)
