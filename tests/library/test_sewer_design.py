"""A chain of two pipes designed by hand, and when a lift comes."""

import numpy as np
import pytest

from qingxi.sewer import design_forest, new_design, sewer_kit, trench_works
from qingxi.standard import load_table

KIT = sewer_kit(load_table("rural_sewer"), load_table("prices"))
EARTH = 0


def chain(ground, *, need=0.6, lift=(), lengths=30.0, end_depth=4.0, flow=0.24):
    """Nodes 0 → 1 → … → last, one house at node 0 on an earth road."""
    n = len(ground)
    z = np.asarray(ground, dtype=float)
    nxt = np.append(np.arange(1, n), -1)
    arc = np.append(np.arange(n - 1), -1)
    here = np.zeros(n, dtype=bool)
    here[list(lift)] = True
    out = new_design(n)
    cost = design_forest(
        KIT, z, np.full(n - 1, float(lengths)), np.zeros(n - 1, dtype=np.int64), np.zeros(n - 1, dtype=np.int64), nxt,
        arc, here, np.array([0]), np.array([flow]), np.array([flow]), np.array([need]), np.array([False]), np.full(n, end_depth), out,
    )  # fmt: skip
    return cost, out


def works(d1, d2):
    return trench_works(30.0, d1, d2, KIT.trench_a[0, EARTH], KIT.trench_b[0, EARTH], KIT.trench_c[0, EARTH])


def test_flat_ground_gains_the_least_slope():
    # Flat: 0.9 → 0.9 + 0.004·30 = 1.02 → 1.14. Manholes 900 + 350·0.9 and 900 + 350·1.02.
    cost, out = chain([100, 100, 100])
    assert out.depth_m[:2] == pytest.approx([0.9, 1.02])
    assert out.arrive_m[:2] == pytest.approx([1.02, 1.14])
    hand = works(0.9, 1.02) + works(1.02, 1.14) + 2 * 900 + 350 * (0.9 + 1.02)
    assert cost == pytest.approx(hand * KIT.sewer_pv)


def test_falling_ground_is_followed_at_least_cover():
    _, out = chain([100, 99, 98])
    assert out.depth_m[:2] == pytest.approx([0.9, 0.9])
    assert out.arrive_m[:2] == pytest.approx([0.9, 0.9])


def test_a_low_house_deepens_the_sewer():
    _, out = chain([100, 100, 100], need=1.5)
    assert out.depth_m[0] == pytest.approx(1.5)
    assert out.arrive_m[1] == pytest.approx(1.74)


def test_rising_ground_ends_in_a_lift_and_one_pressure_main_over_the_hill():
    # 0.9 + 2 + 0.12 = 3.02; next 5.14 > 4.0: lift at node 1, pressure over two rising arcs, gravity from node 3.
    _, out = chain([100, 102, 104, 106, 105])
    assert out.way.tolist() == [1, 2, 3, 1, 4]
    # Head: from the inlet at 102 − 3.02 = 98.98 to 106 − 0.9 = 105.1 is 6.12 m, 2 m local, friction of a trickle ~ 0.
    assert out.head_m[1] == pytest.approx(6.12 + 2.0, abs=1e-3)
    assert out.depth_m[3] == pytest.approx(0.9)


def test_a_wanted_lift_is_placed_where_gravity_would_do():
    plain, _ = chain([100, 100, 100])
    lifted, out = chain([100, 100, 100], lift=[1])
    assert out.way.tolist() == [1, 2, 4]
    assert lifted > plain


def test_an_end_above_the_arrival_has_a_lift_of_its_own():
    # Arrives at 1.02 + … = 1.14 at a main whose invert lies 0.9 deep: head 0.24 + 2.
    _, out = chain([100, 100, 100], end_depth=0.9)
    assert out.head_m[2] == pytest.approx(2.24)


def test_an_empty_house_adds_no_flow():
    _, out = chain([100, 100, 100], flow=0.0)
    assert out.flow_m3_d.sum() == 0
    assert out.houses[2] == 1
