"""Streets as they come: crossing without a node, stopping short, in pieces."""

import numpy as np
import pytest
import shapely
from plan_ground import plane

from qingxi.terrain import Protected, Streets, Surface, Surrounds, Waters, build_graph, connect_houses, node_streets


def graph_of(lines, gap_m=3.0, surface=Surface.CONCRETE, **more):
    return build_graph(node_streets(Streets.from_lines(lines, surface), gap_m), Surrounds(plane(), 30, 0.3, **more))


def test_streets_that_cross_without_a_node_get_one():
    noded = node_streets(Streets.from_lines([[(-50, 0), (50, 0)], [(0, -50), (0, 50)]]), 3.0)
    assert len(noded.pieces) == 4
    assert noded.crossings == 1
    assert len(noded.bridges_m) == 0


def test_a_small_gap_is_bridged_and_told_a_large_one_is_not():
    near = node_streets(Streets.from_lines([[(-50, 0), (50, 0)], [(0, 2.0), (0, 50)]]), 3.0)
    assert near.bridges_m == pytest.approx(np.array([[0.0, 0.975, 2.0]]), abs=0.01)
    g = graph_of([[(-50, 0), (50, 0)], [(0, 2.0), (0, 50)]])
    assert g.piece.max() == 0
    g = graph_of([[(-50, 0), (50, 0)], [(0, 5.0), (0, 50)]])
    assert g.piece.max() == 1


def test_a_line_that_runs_a_hand_past_another_is_no_gap():
    noded = node_streets(Streets.from_lines([[(-50, 0), (50, 0)], [(0, -0.05), (0, 50)]]), 3.0)
    assert len(noded.bridges_m) == 0
    assert len(noded.pieces) == 3


def test_arcs_are_at_most_the_spacing_and_add_up():
    # 100 m in arcs of at most 30 m: 4 of 25 m; nodes 5.
    g = graph_of([[(0, 0), (100, 0)]])
    assert g.length_m == pytest.approx([25.0] * 4)
    assert g.nodes == 5
    assert np.diff(g.indptr).tolist().count(2) == 3


def test_a_bent_street_keeps_its_course_and_length():
    # 60 m east then 60 m north: 120 m in 4 arcs of 30 m; the corner is inside no arc's ends but at a cut here.
    g = graph_of([[(0, 0), (60, 0), (60, 60)]])
    assert g.length_m.sum() == pytest.approx(120.0)
    courses = [g.coords_m[a:b] for a, b in zip(g.offsets[:-1], g.offsets[1:], strict=True)]
    assert sum(shapely.length(shapely.LineString(c)) for c in courses) == pytest.approx(120.0)
    # 50 + 50: cuts at 25, 50 (the corner), 75; moved: 70 + 50 = 120, cuts at 30, 60, 90, the corner inside the third arc.
    g = graph_of([[(0, 0), (70, 0), (70, 50)]])
    assert sorted(np.diff(g.offsets).tolist()) == [2, 2, 2, 3]


def test_surface_follows_the_street():
    g = graph_of([[(0, 0), (100, 0)], [(50, 0), (50, 60)]], surface=[Surface.EARTH, Surface.ASPHALT])
    on_x = np.abs(g.y_m[g.tail]) + np.abs(g.y_m[g.head]) < 1e-9
    assert (g.surface[on_x] == Surface.EARTH).all()
    assert (g.surface[~on_x] == Surface.ASPHALT).all()


def test_waters_are_crossed_at_a_price_and_hard_protection_not_at_all():
    river = Waters(
        np.array([shapely.LineString([(40, -10), (40, 10)])]),
        np.array(["清溪"]),
        np.array(["river"]),
        np.array(["III"]),
    )
    g = graph_of([[(0, 0), (100, 0)]], waters=river)
    assert (g.crossing > 0).sum() == 1
    box = shapely.box(60, -10, 70, 10)
    source = Protected(np.array([box]), np.array(["水源一级保护区"]))
    g = graph_of([[(0, 0), (100, 0)]], protected=source)
    assert g.dropped_m == pytest.approx(25.0)  # the arc from 50 to 75
    farmland = Protected(np.array([box]), np.array(["永久基本农田"]))
    assert graph_of([[(0, 0), (100, 0)]], protected=farmland).dropped_m == 0


def test_a_house_sees_its_nearest_node_and_one_on_another_street():
    g = graph_of([[(0, 0), (90, 0)], [(0, 40), (90, 40)]])
    node, distance = connect_houses(g, np.array([30.0, 500.0]), np.array([10.0, 0.0]), 100.0)
    assert distance[0, 0] == pytest.approx(10.0)
    assert distance[0, 1] == pytest.approx(30.0)
    assert g.y_m[node[0, 1]] == pytest.approx(40.0)
    assert (node[1] == -1).all()
