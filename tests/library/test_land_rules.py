"""What may be built where: the table, lines judged by hand, plants by distance and scale, and the checker's own reading."""

import dataclasses

import numpy as np
import pytest
import shapely
from gis_village import EAST, NORTH, Village, write_vector
from plan_ground import plane, street_of_houses

from qingxi.check import check_plan
from qingxi.cli import main
from qingxi.files import read_plan
from qingxi.plan import plan
from qingxi.plan.land import distance_steps, most_design_m3_d
from qingxi.plan.problem import build_problem
from qingxi.sewer import sewer_kit, trench_class
from qingxi.standard import Allowed, Works, land_rules, load_table
from qingxi.terrain import (
    LANDS,
    TRENCH_WORKS,
    Digging,
    Protected,
    ProtectedKind,
    Streets,
    Surface,
    Surrounds,
    Waters,
    approvals_of,
    build_graph,
    connect_houses,
    judge_lines,
    node_streets,
)

RULES = land_rules()


def areas(*pairs):
    return Protected(np.array([g for g, _ in pairs]), np.array([k for _, k in pairs], dtype=object))


def waters(*rows):
    return Waters(
        np.array([r[0] for r in rows]), np.full(len(rows), "", dtype=object),
        np.array([r[1] for r in rows], dtype=object), np.array([r[2] for r in rows], dtype=object),
    )  # fmt: skip


def test_every_named_area_has_a_rule_for_every_work_and_a_source():
    for kind in ProtectedKind:
        for works in Works:
            assert RULES[str(kind), works].source
        assert RULES[str(kind), Works.PLANT].verdict is Allowed.FORBIDDEN
    prices = load_table("prices").under("protected")
    assert {r.price for r in RULES.values() if r.price} == set(prices) == set(LANDS[1:])


def test_a_contradictory_table_is_refused(tmp_path, monkeypatch):
    from qingxi.standard import land_rules as module_front  # the function; its module reads package files

    module = __import__("qingxi.standard.land_rules", fromlist=["resources"])
    head = "area,works,verdict,price,approval,clause,source,dated,trust,meaning\n"
    folder = tmp_path / "tables"
    folder.mkdir()
    monkeypatch.setattr(module.resources, "files", lambda name: tmp_path)
    for name, row in (
        ("a", "文物,plant,approval,,,条,源,2026-11-22,remembered,义"),
        ("b", "文物,plant,forbidden,river,,条,源,2026-11-22,remembered,义"),
        ("c", "文物,plant,forbidden,,,条,,2026-11-22,remembered,义"),
    ):
        (folder / f"{name}.csv").write_text(head + row + "\n", encoding="utf-8")
        with pytest.raises(ValueError, match=f"{name}.csv line 2"):
            module_front(name)


def test_lines_by_hand():
    box = shapely.box(10, -5, 20, 5)
    lines = np.array([shapely.LineString([(0, 0), (30, 0)]), shapely.LineString([(0, 9), (30, 9)])])
    names = approvals_of(RULES)
    for kind, works, forbidden, land, approval in (
        ("文物", Works.STREET, True, "none", ""),
        ("文物", Works.LATERAL, True, "none", ""),
        ("水源二级保护区", Works.STREET, False, "source_2", "水源保护区内建设项目审查意见（生态环境主管部门）"),
        ("水源二级保护区", Works.LATERAL, False, "none", "水源保护区内建设项目审查意见（生态环境主管部门）"),
        ("生态保护红线", Works.STREET, False, "redline", "生态保护红线内有限人为活动认定"),
        ("生态保护红线", Works.OFFSTREET, True, "none", ""),
        ("永久基本农田", Works.STREET, False, "none", ""),
        ("永久基本农田", Works.OFFSTREET, False, "farmland", "临时用地批准（涉永久基本农田，自然资源主管部门）"),
        ("河道管理范围", Works.OFFSTREET, False, "river", "涉河建设方案审批（水行政主管部门）"),
    ):
        said = judge_lines(lines, np.full(2, TRENCH_WORKS.index(works)), areas((box, kind)), None, RULES)
        assert (said.forbidden >= 0).tolist() == [forbidden, False], (kind, works)
        assert said.land.tolist() == [LANDS.index(land), 0]
        assert said.approval.tolist() == [1 << names.index(approval) if approval else 0, 0]


def test_approvals_add_up_and_the_last_price_counts():
    line = np.array([shapely.LineString([(0, 0), (30, 0)])])
    both = areas((shapely.box(0, -1, 9, 1), "河道管理范围"), (shapely.box(12, -1, 20, 1), "生态保护红线"))
    river = waters((shapely.LineString([(5, -9), (5, 9)]), "river", ""))
    said = judge_lines(line, np.zeros(1, dtype=np.int64), both, river, RULES)
    assert LANDS[said.land[0]] == "redline"
    assert bin(said.approval[0]).count("1") == 2  # river (twice the same) and red line


def test_price_of_priced_land_by_hand():
    kit = sewer_kit(load_table("rural_sewer"), load_table("prices"))
    k = int(trench_class(np.int64(Surface.FARMLAND), np.int64(Digging.ROCK), np.int64(LANDS.index("farmland"))))
    # Rock under a field is 185.9 at no depth (test_trench_classes); 50 more for basic farmland.
    assert kit.trench_a[0, k] == pytest.approx(235.9)
    assert kit.trench_b[0, k] == pytest.approx(130.2)
    k = int(trench_class(np.int64(Surface.ASPHALT), np.int64(Digging.SOIL), np.int64(LANDS.index("redline"))))
    assert kit.trench_a[0, k] == pytest.approx(397.35 + 80)


def test_graph_leaves_out_forbidden_arcs_and_says_of_which_area():
    streets = Streets.from_lines([[(0, 0), (90, 0)], [(90, 0), (90, 60)]])
    heritage = areas((shapely.box(40, -2, 50, 2), "文物"))
    g = build_graph(node_streets(streets, 3.0), Surrounds(plane(), 30, 0.3, protected=heritage))
    assert g.arcs == 4
    assert g.refused_m == {"文物": pytest.approx(30.0)}


def test_a_house_connection_goes_round_a_stream_or_is_not_offered():
    streets = Streets.from_lines([[(0, 0), (300, 0)], [(0, 60), (300, 60)]])
    g = build_graph(node_streets(streets, 3.0), Surrounds(plane(), 30, 0.3))
    x, y = np.array([150.0]), np.array([10.0])

    def across(house, node):  # a stream at y = 5
        return (y[house] - 5) * (g.y_m[node] - 5) < 0

    free, _ = connect_houses(g, x, y, 60.0)
    assert g.y_m[free[0, 0]] == 0.0
    node, run = connect_houses(g, x, y, 60.0, None, across)
    assert (g.y_m[node[0][node[0] >= 0]] == 60.0).all()
    assert run[0, 0] == pytest.approx(50.0)
    node, _ = connect_houses(g, x, y, 40.0, None, across)
    assert (node == -1).all()


def test_distance_to_houses_by_scale():
    norms = load_table("rural_sewer")
    assert distance_steps(norms) == [(0.0, 20.0), (100.0, 50.0), (500.0, 100.0)]
    most = most_design_m3_d(np.array([19.9, 20.0, 49.9, 50.0, 99.0, 100.0, np.inf]), norms)
    assert most.tolist() == [-1.0, 100.0, 100.0, 500.0, 500.0, np.inf, np.inf]


def test_no_plant_on_forbidden_land_and_the_reason_names_the_rule():
    field = areas((shapely.box(-600, -600, 900, 600), "永久基本农田"))
    given = street_of_houses(10, outlet=False, protected=field, effort=0.05)
    problem = build_problem(given)
    assert not (problem.ground.site > 0).any()
    told = plan(given).tables.hamlets["why_not_shared_plant"][0]
    assert "永久基本农田（土地管理法" in told
    crowded = street_of_houses(10, outlet=False, effort=0.05, gap_m=10.0)
    refused = build_problem(crowded).ends.refused
    assert (refused >= 0).any()


def test_no_plant_beside_a_water_that_takes_no_outfall():
    clean = waters((shapely.LineString([(-400, -150), (900, -150)]), "stream", "II"))
    problem = build_problem(street_of_houses(10, outlet=False, waters=clean))
    near = np.abs(problem.graph.y_m + 150) <= 200
    assert near.any()
    assert not (problem.ground.site[near] > 0).any()


@pytest.fixture(scope="module")
def around(tmp_path_factory):
    """A village with a river across its main street, fields, a red line, and a heritage site between a house and its street."""
    folder = tmp_path_factory.mktemp("land")
    v = Village(folder)
    args = v.write()
    e, n = EAST, NORTH
    kinds = {
        "河道管理范围": shapely.box(e + 140, n - 200, e + 160, n + 200),
        "生态保护红线": shapely.box(e + 105, n - 20, e + 125, n + 20),
        "永久基本农田": shapely.box(e + 220, n - 30, e + 290, n + 30),
        "文物": shapely.box(e + 15, n - 8, e + 25, n - 4),
    }
    write_vector(folder / "p.gpkg", list(kinds.values()), {"kind": list(kinds)})
    river = [shapely.LineString([(e + 155, n - 200), (e + 155, n + 200)])]
    write_vector(folder / "w.gpkg", river, {"kind": ["river"], "name": ["清溪"], "function_class": [""]})
    out = folder / "plan"
    layers = ["--protected", str(folder / "p.gpkg"), "--waters", str(folder / "w.gpkg")]
    assert main(["plan", *args, *layers, "--mode", "sewer", "--out", str(out), "--json"]) == 0
    return read_plan(out)


def test_checker_agrees_on_land_crossings_and_approvals(around):
    assert [str(v) for v in check_plan(around).violations] == []
    street = around.text("pipes", "kind") != "lateral"
    assert {"river", "redline"} <= set(around.text("pipes", "land")[street])
    assert "river" in around.text("pipes", "crossing")
    told = {one["approval"]: one for one in around.figures["approvals"]}
    assert set(told) == {
        "涉河建设方案审批（水行政主管部门）",
        "生态保护红线内有限人为活动认定",
        "临时用地批准（涉永久基本农田，自然资源主管部门）",
    }
    assert (
        told["临时用地批准（涉永久基本农田，自然资源主管部门）"]["pipes"] == 0
    )  # along the street a field is not touched
    assert told["临时用地批准（涉永久基本农田，自然资源主管部门）"]["laterals"] >= 1
    ids = around.whole("pipes", "pipe_id")[np.char.find(around.text("pipes", "approval").astype(str), "涉河") >= 0]
    assert set(told["涉河建设方案审批（水行政主管部门）"]["pipe_ids"]) <= set(ids.tolist())


def test_the_house_behind_the_heritage_site_is_led_round_it(around):
    heritage = shapely.box(EAST + 15, NORTH - 8, EAST + 25, NORTH - 4)
    index = np.repeat(np.arange(around.rows("pipes")), np.diff(around.pipe_offsets))
    lines = shapely.linestrings(around.pipe_coords_m, indices=index)
    assert not shapely.intersects(lines, heritage).any()
    assert (around.text("households", "mode") != "unserved").all()


def edited(read, column, at, value):
    layers = {name: dict(columns) for name, columns in read.layers.items()}
    values = layers["pipes"][column].copy()
    values[at] = value
    layers["pipes"][column] = values
    return dataclasses.replace(read, layers=layers)


def test_checker_finds_what_was_changed(around):
    priced = int(np.flatnonzero(around.text("pipes", "land") == "redline")[0])
    crossed = int(np.flatnonzero(around.text("pipes", "crossing") == "river")[0])
    plain = int(
        np.flatnonzero((around.text("pipes", "land") == "none") & (around.text("pipes", "approval") == ""))[0]
    )
    for column, at, value in (
        ("land", priced, "none"),
        ("land", plain, "source_2"),
        ("approval", priced, ""),
        ("approval", plain, "生态保护红线内有限人为活动认定"),
        ("crossing", crossed, "none"),
        ("crossing", plain, "stream"),
    ):
        rules = {v.rule for v in check_plan(edited(around, column, at, value)).violations}
        assert "protected" in rules, (column, value)


def test_checker_finds_a_pipe_that_was_moved_onto_the_heritage_site(around):
    coords = around.pipe_coords_m.copy()
    at = int(np.flatnonzero(around.text("pipes", "kind") == "lateral")[0])
    coords[around.pipe_offsets[at]] = [EAST + 20, NORTH - 12]
    coords[around.pipe_offsets[at] + 1] = [EAST + 20, NORTH]
    found = check_plan(dataclasses.replace(around, pipe_coords_m=coords)).by_rule()["protected"]
    assert any("文物" in v.message for v in found)
