"""The exact design on a grid: against every design there is on small trees, and on the case of Li & Matthew."""

import itertools
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from li_matthew_check import violations_of

from qingxi.sewer import ExactCosts, ExactRules, ExactTree, design_exactly, fall_limits, fill_of, velocity_at

ROOT = Path(__file__).resolve().parents[2]
STEP = 0.25
DIAMETERS = np.array([0.25, 0.5])
DEEPEST = 1.75


def price(pieces, depth):
    for upto, a, b, c in pieces:
        if depth <= upto:
            return a + b * depth + c * depth * depth
    raise AssertionError(depth)


def depths(tree, rules, p, choice):
    """Depths to the invert of a pipe's ends, or None where a rule of the pipe alone is broken."""
    d, up, down, _ = choice
    above = rules.above_invert_m[d]
    if min(tree.ground_up_m[p] - up, tree.ground_down_m[p] - down) < rules.least_depth_m[d] - 1e-9:
        return None
    h1, h2 = tree.ground_up_m[p] - up + above, tree.ground_down_m[p] - down + above
    if max(h1, h2) > rules.greatest_depth_m + 1e-9 or up > tree.level_most_m[p] + 1e-9:
        return None
    within = rules.least_fall_m[p, d] - 1e-9 <= up - down <= rules.greatest_fall_m[p, d] + 1e-9
    return (h1, h2) if within else None


def cost_of(tree, rules, costs, design):
    """Cost of one design (diameter, upper and lower level, pump a pipe), or None where a rule is broken."""
    total = 0.0
    for p, choice in enumerate(design):
        d, up, _, pump = choice
        ends = depths(tree, rules, p, choice)
        heads = [design[k] for k in range(len(design)) if tree.next_pipe[k] == p]
        if ends is None or (pump and not heads):
            return None
        if any(head[0] > d or (not pump and head[2] < up - 1e-9) for head in heads):
            return None
        h1, h2 = ends
        total += tree.length_m[p] * (price(costs.pipe[d], (h1 + h2) / 2) + costs.spread[d] * (h1 - h2) ** 2)
        total += price(costs.manhole[d], h1) + (costs.pump[p] if pump else 0.0)
        if tree.next_pipe[p] < 0:
            total += price(costs.end_manhole[d], h2)
    return total


def levels(ground):
    top = np.floor(ground / STEP)
    return [float((top - j) * STEP) for j in range(8)]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_agrees_with_every_design_of_two_pipes(seed, crowns, pumps):
    rng = np.random.default_rng(seed)
    nodes = rng.choice(np.arange(99.0, 102.01, 0.25), 3)
    tree = ExactTree(
        np.array([1, -1]), rng.choice([10.0, 40.0], 2), nodes[:2], nodes[1:], np.array([np.inf, rng.choice([99.5, 1e9])])
    )  # fmt: skip
    falls = rng.choice([-0.25, 0.0, 0.25, 0.5], (2, 2))
    rules = ExactRules(
        DIAMETERS if crowns else np.zeros(2), np.array([0.5, 0.5]) if crowns else np.array([0.75, 1.0]), DEEPEST,
        falls, falls + rng.choice([0.25, 2.0], (2, 2)),
    )  # fmt: skip
    pieces = rng.uniform(0, 20, (2, 2, 4))
    pieces[:, 0, 0], pieces[:, 1, 0] = 1.4, np.inf
    costs = ExactCosts(
        pieces, rng.choice([0.0, 3.0], 2), 10 * pieces, 20 * pieces, np.full(2, rng.uniform(0, 500) if pumps else np.inf)
    )  # fmt: skip
    every = [
        [
            option
            for option in itertools.product(
                range(2), levels(tree.ground_up_m[p]), levels(tree.ground_down_m[p]), (False, True)[: 1 + pumps * p]
            )
            if depths(tree, rules, p, option)
        ]
        for p in range(2)
    ]
    found = [cost_of(tree, rules, costs, choice) for choice in itertools.product(*every)]
    best = min((c for c in found if c is not None), default=np.inf)
    got = design_exactly(tree, rules, costs, STEP)
    assert got.cost == pytest.approx(best, rel=1e-9)
    if np.isfinite(best):
        above = rules.above_invert_m[got.diameter]
        choice = list(
            zip(got.diameter, got.invert_up_m + above, got.invert_down_m + above, got.pumped, strict=True)
        )
        assert cost_of(tree, rules, costs, choice) == pytest.approx(best, rel=1e-9)


def test_two_arms_meet_by_hand():
    """Two heads on flat ground meet in one pipe: it starts as low as the lower of the two arrives.

    Cover 1 m to the crown of the one diameter 0.5 m: inverts 1.5 m deep at the heads. Arm 0 falls 0.25 m, arm 1 0.5 m: the trunk
    starts 2.0 m deep and falls 0.25 m more to 2.25 m. A metre of pipe costs 1 + its mean depth: 10·(1 + 1.625) + 10·(1 + 1.75) +
    10·(1 + 2.125) = 85; manholes cost their depth: 1.5 + 1.5 + 2.0, at the end 2.25.
    """
    ground = np.full(3, 100.0)
    tree = ExactTree(np.array([2, 2, -1]), np.full(3, 10.0), ground, ground, np.full(3, np.inf))
    rules = ExactRules(
        np.array([0.5]), np.array([1.0]), 4.0, np.array([[0.25], [0.5], [0.25]]), np.full((3, 1), 9.0)
    )
    line = np.array([[[np.inf, 1.0, 1.0, 0.0]]])
    depth = np.array([[[np.inf, 0.0, 1.0, 0.0]]])
    got = design_exactly(tree, rules, ExactCosts(line, np.zeros(1), depth, depth, np.full(3, np.inf)), STEP)
    assert got.cost == pytest.approx(85 + 5 + 2.25)
    assert got.invert_up_m == pytest.approx([98.5, 98.5, 98.0])
    assert got.invert_down_m == pytest.approx([98.25, 98.0, 97.75])


def test_a_case_without_a_design_says_so():
    tree = ExactTree(np.array([-1]), np.array([10.0]), np.array([100.0]), np.array([105.0]), np.array([np.inf]))
    rules = ExactRules(np.zeros(1), np.ones(1), 3.0, np.array([[0.1]]), np.array([[9.0]]))
    line = np.array([[[np.inf, 1.0, 1.0, 0.0]]])
    got = design_exactly(tree, rules, ExactCosts(line, np.zeros(1), line, line, np.array([np.inf])), STEP)
    assert got.cost == np.inf
    assert got.diameter[0] == -1
    with pytest.raises(ValueError, match="circle"):
        design_exactly(tree._replace(next_pipe=np.array([0])), rules, ExactCosts(line, np.zeros(1), line, line, np.array([np.inf])), STEP)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.floats(0.2, 400), st.sampled_from([0.2, 0.3, 0.5, 1.0]))
def test_falls_are_just_within_the_rules(flow_l_s, diameter):
    """At the least fall one rule binds and none is broken; a tenth less breaks one. Fill and speed from the other module."""
    flow, most, slow = flow_l_s / 1000, 0.7, 0.7
    least, greatest = fall_limits(
        np.array([flow]), np.array([100.0]), np.array([diameter]), np.array([most]), np.array([slow]), manning=0.013,
        velocity_max_m_s=5.0,
    )  # fmt: skip
    low, high = least[0, 0] / 100, greatest[0, 0] / 100
    if low > high:
        # Too much flow for the section at any speed allowed.
        assert velocity_at(flow, diameter, low, 0.013) > 5.0 - 1e-6
        return

    def keeps(slope):
        fill = fill_of(flow, diameter, slope, 0.013)
        speed = velocity_at(flow, diameter, slope, 0.013)
        return fill <= most + 1e-6 and slow - 1e-6 <= speed <= 5 + 1e-6

    assert keeps(low)
    assert keeps(high)
    assert not keeps(0.9 * low)
    assert not keeps(1.1 * high)


def test_li_and_matthew():
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import li_matthew

    if not li_matthew.DATA.exists():
        pytest.skip(f"no {li_matthew.DATA}: the published case is not here")
    found = li_matthew.case()
    for pumps, most in ((False, 1.63e6), (True, 1.53e6)):
        got = li_matthew.design(found, pumps, 0.02)
        told = violations_of(
            li_matthew.DATA / "li_matthew_pipes.csv", li_matthew.DIAMETERS[got.diameter], got.invert_up_m,
            got.invert_down_m, got.pumped,
        )  # fmt: skip
        assert told.violations == []
        assert told.cost_yuan == pytest.approx(got.cost, rel=1e-9)
        assert got.cost <= most
        # The checker is not blind: a pipe a centimetre too high at its end breaks a rule, and so does one size less.
        thin = li_matthew.DIAMETERS[np.maximum(got.diameter - 1, 0)]
        assert violations_of(li_matthew.DATA / "li_matthew_pipes.csv", thin, got.invert_up_m, got.invert_down_m, got.pumped).violations  # fmt: skip
