"""Short cuts off the street and chambers in yards: by hand, beside a slow way that must agree, and in whole plans."""

import dataclasses

import numpy as np
import pytest
import shapely
from hypothesis import given as fed
from hypothesis import settings
from hypothesis import strategies as st
from plan_ground import plane, street_of_houses
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from qingxi.plan import plan
from qingxi.plan.shortcuts import off_street_surface, with_shortcuts
from qingxi.plan.yards import with_yards
from qingxi.sewer import sewer_kit
from qingxi.standard import load_table
from qingxi.terrain import (
    Land,
    Protected,
    Streets,
    Surface,
    Surrounds,
    Waters,
    build_graph,
    connect_houses,
    far_by_net,
    node_streets,
    spanner,
)
from qingxi.village import Households

BY = Surrounds(plane(), 30, 0.3)
NORMS, KIT = load_table("rural_sewer"), sewer_kit(load_table("rural_sewer"), load_table("prices"))


def norms(**changed):
    rows = dict(NORMS.rows)
    for key, value in changed.items():
        rows[key.replace("_", ".", 1)] = dataclasses.replace(rows[key.replace("_", ".", 1)], value=float(value))
    return dataclasses.replace(NORMS, rows=rows)


def graph_of(lines):
    return build_graph(node_streets(Streets.from_lines(lines), 3.0), BY)


def two_lanes(gap=40.0):
    """Two lanes side by side, joined 300 m away."""
    return [[(0, 0), (300, 0)], [(0, gap), (300, gap)], [(300, 0), (300, gap)]]


def added(before, after):
    return shapely.linestrings(
        after.coords_m[after.offsets[before.arcs] :],
        indices=np.repeat(np.arange(after.arcs - before.arcs), np.diff(after.offsets[before.arcs :])),
    )


def test_lanes_that_meet_far_away_are_joined_where_they_are_near():
    g = graph_of(two_lanes())
    wider = with_shortcuts(street_of_houses(2), g, norms(), BY)
    assert wider.nodes > g.nodes  # 40 m is cut in two
    np.testing.assert_array_equal(wider.x_m[: g.nodes], g.x_m)
    np.testing.assert_array_equal(wider.tail[: g.arcs], g.tail)
    new = added(g, wider)
    assert set(wider.surface[g.arcs :]) == {int(Surface.OFFSTREET)}
    assert shapely.length(new).sum() == pytest.approx(40.0 * (len(new) // 2))
    # At most 120 m from one lane to the other: with a way across at x = 0 it is 100 m at 30, but 160 m at 60, and so on.
    assert len(new) // 2 == 5
    assert with_shortcuts(street_of_houses(2), g, norms(shortcut_use=0), BY) is g


def test_no_short_cut_past_a_house_through_water_or_protected_land():
    g = graph_of(two_lanes())
    wall = Households.at(np.arange(-10, 311, 6.0), np.full(54, 20.0))
    none = np.array([""], dtype=object)
    stream = Waters(
        np.array([shapely.LineString([(-50, 20), (290, 20)])]), none, np.array(["stream"], dtype=object), none
    )
    field = Protected(np.array([shapely.box(-50, 15, 310, 25)]), np.array(["永久基本农田"], dtype=object))
    for more in ({"households": wall}, {"waters": stream}, {"protected": field}):
        shut = with_shortcuts(street_of_houses(2, **more), g, norms(), BY)
        assert shut.arcs == g.arcs, more


def test_a_short_cut_over_a_field_pays_for_crops():
    field = Land(np.array([shapely.box(-50, 10, 310, 30)]), np.array(["paddy"], dtype=object), np.array([np.nan]))
    g = graph_of(two_lanes())
    wider = with_shortcuts(street_of_houses(2, land=field), g, norms(), BY)
    assert set(wider.surface[g.arcs :]) == {int(Surface.FARMLAND)}
    lines = np.array([shapely.LineString([(0, 0), (0, 40)]), shapely.LineString([(0, 100), (0, 140)])])
    assert off_street_surface(lines, field).tolist() == [int(Surface.FARMLAND), int(Surface.OFFSTREET)]


def test_the_graph_grows_no_more_than_it_may():
    lines = [[(0, 40.0 * i), (2000, 40.0 * i)] for i in range(4)] + [[(2000, 0), (2000, 120)]]
    g = graph_of(lines)
    free = with_shortcuts(street_of_houses(2), g, norms(), BY)
    tight = with_shortcuts(street_of_houses(2), g, norms(shortcut_few=0, shortcut_growth=0.02), BY)
    assert free.arcs > tight.arcs > g.arcs
    assert tight.arcs - g.arcs <= 0.02 * g.arcs


@settings(max_examples=30, deadline=None)
@fed(st.integers(0, 10_000))
def test_spanner_keeps_every_pair_near_as_a_full_search_of_the_net_says(seed):
    rng = np.random.default_rng(seed)
    n = 14
    xy = rng.uniform(0, 300, (n, 2))
    lines = [[tuple(xy[i]), tuple(xy[i + 1])] for i in range(n - 1)]
    g = graph_of(lines)
    here = np.column_stack([g.x_m, g.y_m])
    a, b = np.triu_indices(g.nodes, 1)
    air = np.hypot(*(here[a] - here[b]).T)
    near = (air < 100) & (air > 0)
    a, b, air = a[near], b[near], air[near]
    net = (g.indptr, g.neighbour, g.arc, g.length_m)

    def distances(extra_a, extra_b, extra):
        rows = (np.concatenate([g.tail, extra_a]), np.concatenate([g.head, extra_b]))
        # Parallel arcs are summed by the matrix: keep the shorter.
        best = {}
        for i, j, d in zip(*rows, np.concatenate([g.length_m, extra]), strict=True):
            key = (min(i, j), max(i, j))
            best[key] = min(best.get(key, np.inf), d)
        i, j = np.array(list(best)).T
        return dijkstra(
            coo_array((np.array(list(best.values())), (i, j)), shape=(g.nodes, g.nodes)), directed=False
        )

    none = np.zeros(0, dtype=np.int64)
    limit = np.maximum(2 * air, air + 80)
    np.testing.assert_array_equal(
        far_by_net(*net, a, b, air, 2.0, 80.0), distances(none, none, np.zeros(0))[a, b] > limit
    )
    taken = spanner(*net, g.x_m, g.y_m, a, b, air, 2.0, 80.0)
    after = distances(a[taken], b[taken], air[taken])
    assert (after[a, b] <= limit + 1e-6).all()


def back_row(count=8, deep=60.0):
    """Houses in a close row 60 m behind the street, one behind the other: each lateral alone is long."""
    x = np.concatenate([np.full(count, 100.0), [20.0, 40.0]])
    y = np.concatenate([deep + 12.0 * np.arange(count), [10.0, 10.0]])
    return street_of_houses(2, households=Households.at(x, y, people_resident=3.0), mode="sewer", effort=0.2)


def test_a_row_behind_the_street_shares_a_pipe_past_the_neighbours():
    given = back_row()
    g = graph_of([[(0, 0), (200, 0)]])
    node, run = connect_houses(g, given.households.x_m, given.households.y_m, 300.0)
    yards = with_yards(given, g, node, run, KIT, norms(yard_offset=3.0), BY)
    assert yards.node.size >= 1
    assert yards.graph.arcs > g.arcs
    told = yards.graph.y_m[yards.node]
    assert (told >= 55).all()  # no chamber for the two houses beside the street
    # The pipe from chamber to street keeps off the houses of others.
    lines = added(g, yards.graph)
    far = shapely.distance(lines[:, None], shapely.points(given.households.x_m, given.households.y_m)[None, :])
    assert (np.sort(far, axis=1)[:, 2] >= 4.0 - 1e-9).all()


def test_sharing_a_pipe_past_the_neighbours_makes_the_row_cheaper(monkeypatch):
    given = back_row()
    shared = plan(given)
    alone = dict(NORMS.rows)
    monkeypatch.setitem(NORMS.rows, "yard.use", dataclasses.replace(alone["yard.use"], value=0.0))
    apart = plan(given)
    assert shared.figures["cost"]["present_value"] < 0.97 * apart.figures["cost"]["present_value"]
    assert shared.figures["pipe_m"]["lateral"] < 0.7 * apart.figures["pipe_m"]["lateral"]
    off = shared.tables.pipes["surface"] == "offstreet"
    assert off[shared.tables.pipes["kind"] == "gravity"].any()
    assert not (apart.tables.pipes["surface"] == "offstreet").any()


def test_one_house_alone_gets_no_chamber():
    given = street_of_houses(2, households=Households.at([100.0], [80.0], people_resident=3.0))
    g = graph_of([[(0, 0), (200, 0)]])
    node, run = connect_houses(g, given.households.x_m, given.households.y_m, 300.0)
    assert with_yards(given, g, node, run, KIT, norms(), BY).node.size == 0


def test_gaps_of_our_own_ways_are_not_told_as_gaps_of_the_streets():
    lines = [[(0, 0), (100, 0)], [(50, 2.0), (50, 60)], [(80, 1.5), (80, 40)]]
    every = node_streets(Streets.from_lines(lines), 3.0)
    assert np.sort(every.bridges_m[:, 2]) == pytest.approx([1.5, 2.0])
    told = node_streets(Streets.from_lines(lines), 3.0, 2)
    assert told.bridges_m[:, 2] == pytest.approx([2.0])
