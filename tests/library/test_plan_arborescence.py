"""Arborescences on given weights: against every one there is on small graphs, and what the caller is promised."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.plan import steiner_arborescence


def cheapest(tail, head, weight, terminals, root_cost):
    """The least weight by trying every choice of an arc, an end or nothing at every node; inf where there is none."""
    n, arcs = root_cost.size, weight.size
    options = []
    for v in range(n):
        mine = [-1, *(e for e in range(arcs) if tail[e] == v)]
        options.append(mine + ([arcs] if root_cost[v] < np.inf else []))
    best = np.inf
    for choice in itertools.product(*options):
        total = sum(root_cost[v] if e == arcs else weight[e] for v, e in enumerate(choice) if e >= 0)
        if total >= best:
            continue
        for start in terminals:
            v, steps = start, 0
            while 0 <= choice[v] < arcs and steps < n:
                v, steps = head[choice[v]], steps + 1
            if choice[v] != arcs:
                break
        else:
            best = total
    return best


def weight_by_walking(tail, head, weight, terminals, root_cost, next_arc):
    """Sum over what the terminals walk on; fails where one does not arrive."""
    used = set()
    for start in terminals:
        v, steps = int(start), 0
        while next_arc[v] < weight.size:
            assert next_arc[v] >= 0
            assert tail[next_arc[v]] == v
            used.add(("arc", int(next_arc[v])))
            v, steps = int(head[next_arc[v]]), steps + 1
            assert steps <= root_cost.size
        used.add(("end", v))
    return sum(weight[i] if kind == "arc" else root_cost[i] for kind, i in used)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 100_000))
def test_between_bound_and_weight_lies_the_cheapest(seed):
    rng = np.random.default_rng(seed)
    n = 6
    pairs = np.array([(a, b) for a in range(n) for b in range(n) if a != b])
    pick = pairs[rng.choice(len(pairs), 11, replace=False)]
    weight = rng.choice([0.0, 1.0, 2.0, 3.5, 7.0], 11)
    root = np.where(rng.random(n) < 0.4, rng.choice([0.0, 3.0, 8.0], n), np.inf)
    terminals = rng.choice(n, 3, replace=False)
    got = steiner_arborescence(pick[:, 0], pick[:, 1], weight, terminals, root, rounds=4)
    reached = np.setdiff1d(terminals, got.unreached)
    best = cheapest(pick[:, 0], pick[:, 1], weight, reached, root)
    assert got.bound <= best + 1e-9
    assert got.weight == pytest.approx(
        weight_by_walking(pick[:, 0], pick[:, 1], weight, reached, root, got.next_arc)
    )
    assert got.weight >= best - 1e-9
    # Who is said not to reach an end does not.
    for lost in got.unreached:
        assert cheapest(pick[:, 0], pick[:, 1], weight, [lost], root) == np.inf


def grid(side, seed):
    """A square net of streets, one way dearer than the other, with one given outlet and dear ends elsewhere."""
    rng = np.random.default_rng(seed)
    node = np.arange(side * side).reshape(side, side)
    pairs = np.concatenate(
        [
            np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], 1),
            np.stack([node[:-1].ravel(), node[1:].ravel()], 1),
        ]
    )
    tail, head = np.concatenate([pairs, pairs[:, ::-1]]).T
    length = np.tile(rng.uniform(20, 60, len(pairs)), 2)
    weight = length * np.where(rng.random(2 * len(pairs)) < 0.2, 5.0, 1.0)
    root = np.full(node.size, 400.0)
    root[0] = 0.0
    terminals = rng.choice(node.size, node.size // 3, replace=False)
    return tail, head, weight, terminals, root


def test_rounds_help_and_chance_is_seeded():
    case = grid(20, 3)
    plain, more = steiner_arborescence(*case), steiner_arborescence(*case, rounds=12)
    assert more.weight <= plain.weight
    assert more.bound >= plain.bound
    assert 0 <= more.gap < 0.03
    again = steiner_arborescence(*case, rounds=12)
    assert np.array_equal(again.next_arc, more.next_arc)
    assert again.bound == more.bound
    assert more.weight == pytest.approx(weight_by_walking(*case, more.next_arc))


def test_an_end_is_moved_where_turning_the_flow_costs_less():
    """Three terminals on a line 0 → 1 → 2; ending costs 10 at node 2 and 1 at node 0, the line costs 1 a step either way.

    Shortest paths alone open node 0 for itself at 1; all three through it cost 1 + 1 + 1 = 3.
    """
    got = steiner_arborescence(
        np.array([0, 1, 1, 2]),
        np.array([1, 0, 2, 1]),
        np.ones(4),
        np.array([0, 1, 2]),
        np.array([1.0, np.inf, 10.0]),
    )
    assert got.weight == got.bound == 3.0
    assert got.next_arc.tolist() == [4, 1, 3]


@pytest.mark.parametrize(
    ("weight", "head", "word"), [(-1.0, 1, "negative"), (np.nan, 1, "negative"), (1.0, 7, "head")]
)
def test_nonsense_is_refused(weight, head, word):
    with pytest.raises(ValueError, match=word):
        steiner_arborescence(
            np.array([0]), np.array([head]), np.array([weight]), np.array([0]), np.array([np.inf, 0.0])
        )
