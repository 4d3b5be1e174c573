"""What a trench costs by surface and ground, by hand; where an arc's ground comes from; and the checker's agreement."""

import dataclasses

import numpy as np
import pytest
import shapely
from gis_village import EAST, NORTH, Village, write_vector
from plan_ground import plane

from qingxi.check import check_plan
from qingxi.cli import main
from qingxi.files import Faults, read_plan
from qingxi.files.ground import subsoil_of
from qingxi.files.layer_source import LayerSource
from qingxi.files.placing import read_layer
from qingxi.files.street_net import streets_of
from qingxi.sewer import sewer_kit, trench_class
from qingxi.standard import load_table
from qingxi.terrain import Digging, Streets, Subsoil, Surface, Surrounds, build_graph, digging_at, node_streets

KIT = sewer_kit(load_table("rural_sewer"), load_table("prices"))

# DN 200: w = 0.2 + 0.5 = 0.7 m, bedding b = 0.15 m, w·b = 0.105 m², broken width w + 0.3 = 1.0 m, pipe 130 yuan/m.
BY_HAND = [
    # A = 130 + 0.105·70 + surface; B = 0.7·(70 + 0.15·25) = 51.625; C = 0.7·25 = 17.5
    (Surface.EARTH, Digging.SOIL, 147.35, 51.625, 17.5),
    (Surface.CONCRETE, Digging.SOIL, 337.35, 51.625, 17.5),
    (Surface.ASPHALT, Digging.SOIL, 397.35, 51.625, 17.5),
    (Surface.REBUILT, Digging.SOIL, 137.35, 51.625, 17.5),
    (Surface.OFFSTREET, Digging.SOIL, 187.35, 51.625, 17.5),  # + 10 mending + 40 compensation
    (Surface.FARMLAND, Digging.SOIL, 174.35, 51.625, 17.5),  # + 12 + 25
    # Groundwater: + 50 per m, t0 = 85, t1 = 40: A = 180 + 8.925 + surface; B = 0.7·(85 + 6); C = 28
    (Surface.EARTH, Digging.WET, 198.925, 63.7, 28.0),
    (Surface.ASPHALT, Digging.WET, 448.925, 63.7, 28.0),
    # Rock: t0 = 180, t1 = 40: A = 130 + 18.9 + surface; B = 0.7·(180 + 6); C = 28
    (Surface.EARTH, Digging.ROCK, 158.9, 130.2, 28.0),
    (Surface.CONCRETE, Digging.ROCK, 348.9, 130.2, 28.0),
    (Surface.FARMLAND, Digging.ROCK, 185.9, 130.2, 28.0),
]


@pytest.mark.parametrize(("surface", "digging", "a", "b", "c"), BY_HAND)
def test_price_of_a_metre_by_hand(surface, digging, a, b, c):
    k = int(trench_class(np.int64(surface), np.int64(digging)))
    got = [KIT.trench_a[0, k], KIT.trench_b[0, k], KIT.trench_c[0, k]]
    assert got == pytest.approx([a, b, c])


def test_pressure_pipe_in_wet_farmland_by_hand():
    k = int(trench_class(np.int64(Surface.FARMLAND), np.int64(Digging.WET)))
    depth = KIT.pressure_depth_m
    assert KIT.pressure_dn_mm[0] == 65.0
    # w = 0.565 m; 110 pipe + 75 (crops and dewatering) + 12·(0.565 + 0.3) mending + digging from 0.15 m below the pipe.
    hand = 110 + 75 + 12 * 0.865 + 0.565 * (depth + 0.15) * (85 + 40 * depth)
    assert KIT.pressure_per_m[0, k] == pytest.approx(hand)


def test_the_dearest_ground_counts_and_deep_water_does_not():
    here = Subsoil(
        np.array([shapely.box(0, 0, 10, 10), shapely.box(5, 0, 15, 10), shapely.box(20, 0, 30, 10)]),
        np.array([False, True, False]),
        np.array([0.5, np.nan, 2.5]),
    )
    x = np.array([2.0, 7.0, 12.0, 17.0, 25.0])
    assert digging_at(here, x, np.full(5, 5.0), 1.8).tolist() == [1, 2, 2, 0, 0]
    assert digging_at(here, x, np.full(5, 5.0), 3.0).tolist() == [1, 2, 2, 0, 1]
    assert digging_at(None, x, x, 1.8).tolist() == [0] * 5
    with pytest.raises(ValueError, match="negative"):
        Subsoil(here.geometry, here.rock, np.array([-0.1, 0, 0]))


def test_an_arc_takes_the_ground_of_its_middle():
    rock = Subsoil(np.array([shapely.box(-5, -5, 40, 5)]), np.array([True]), np.array([np.nan]))
    streets = Streets.from_lines([[(0, 0), (90, 0)]])
    g = build_graph(node_streets(streets, 3.0), Surrounds(plane(), 30, 0.3, subsoil=rock, wet_depth_m=1.8))
    middle = (g.x_m[g.tail] + g.x_m[g.head]) / 2
    assert sorted(middle.round()) == [15, 45, 75]
    assert (g.digging == np.where(middle < 40, 2, 0)).all()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A village whose streets have every surface, half of it in rock, a strip of it wet."""
    folder = tmp_path_factory.mktemp("mixed")
    v = Village(folder)
    args = v.write()
    e, n = EAST, NORTH
    lines = [
        [(e, n), (e + 100, n)],
        [(e + 100, n), (e + 150, n)],
        [(e + 150, n), (e + 200, n)],
        [(e + 200, n), (e + 300, n)],
        [(e + 100, n), (e + 100, n + 130)],
        [(e + 200, n), (e + 200, n + 130)],
    ]
    surface = ["沥青", "水泥", "农地", "庭院", "土", "水泥"]
    rebuild = ["", "", "", "", "", "2029"]
    columns = {"id": list("123456"), "路面": surface, "计划改建": rebuild}
    write_vector(folder / "streets.gpkg", [shapely.LineString(line) for line in lines], columns)
    ground = [shapely.box(e - 50, n - 50, e + 120, n + 200), shapely.box(e + 110, n - 50, e + 180, n + 200)]
    told = {"地层": ["岩石", "地下水"], "地下水埋深": [float("nan"), 1.2]}
    write_vector(folder / "ground.gpkg", ground, told)
    # A pond between the lanes and one before them keep the plan on its streets.
    ponds = [shapely.box(e + 130, n + 20, e + 190, n + 150), shapely.box(e + 20, n + 20, e + 85, n + 150)]
    ponds.append(shapely.box(e + 225, n + 20, e + 290, n + 150))
    write_vector(folder / "w.gpkg", ponds, {"kind": ["pond"] * 3, "name": [""] * 3, "function_class": [""] * 3})
    out = folder / "plan"
    more = [
        "--ground",
        str(folder / "ground.gpkg"),
        "--waters",
        str(folder / "w.gpkg"),
        "--mode",
        "sewer",
        "--out",
        str(out),
        "--json",
    ]
    assert main(["plan", *args, *more]) == 0
    return read_plan(out)


def test_checker_agrees_on_every_class(mixed):
    gravity = mixed.text("pipes", "kind") == "gravity"
    assert set(mixed.text("pipes", "ground")[gravity]) == {"soil", "wet", "rock"}
    assert len(set(mixed.text("pipes", "surface")[gravity])) >= 4
    report = check_plan(mixed)
    assert [str(v) for v in report.violations] == []


@pytest.mark.parametrize(("column", "other"), [("ground", "wet"), ("surface", "farmland")])
def test_checker_finds_a_class_that_was_changed(mixed, column, other):
    layers = {name: dict(columns) for name, columns in mixed.layers.items()}
    values = layers["pipes"][column].copy()
    at = int(np.flatnonzero((mixed.text("pipes", "kind") == "gravity") & (values != other))[0])
    values[at] = other
    layers["pipes"][column] = values
    rules = {v.rule for v in check_plan(dataclasses.replace(mixed, layers=layers)).violations}
    assert "money" in rules


def test_a_road_rebuilt_before_the_layer_was_drawn_keeps_its_surface(tmp_path):
    words = ["2029", "2019", "是", "否", "", "也许"]
    lines = [shapely.LineString([(EAST, NORTH + 50 * i), (EAST + 90, NORTH + 50 * i)]) for i in range(len(words))]
    write_vector(tmp_path / "s.gpkg", lines, {"id": list("123456"), "路面": ["沥青"] * 6, "计划改建": words})
    faults = Faults()
    layer = read_layer(LayerSource("streets", tmp_path / "s.gpkg", date="2025-08-15"), "", faults)
    streets = streets_of(layer, faults)
    assert streets.surface.tolist() == [3, 2, 3, 2, 2, 2]
    told = [(f.code, f.row) for f in faults if f.code.startswith("rebuild")]
    assert told == [("rebuild-past", 2), ("rebuild-unknown", 6)]


def test_ground_rows_with_a_fault_are_named_and_the_others_stay(tmp_path):
    boxes = [shapely.box(EAST, NORTH, EAST + 10, NORTH + 10)] * 4
    columns = {"地层": ["岩石", "地下水", "花岗", "土"], "地下水埋深": [float("nan"), float("nan"), 0.4, -1.0]}
    write_vector(tmp_path / "g.gpkg", boxes, columns)
    faults = Faults()
    layer = read_layer(LayerSource("ground", tmp_path / "g.gpkg"), "", faults)
    ground = subsoil_of(layer, faults)
    assert ground.rock.tolist() == [True, False, False]
    np.testing.assert_array_equal(ground.water_depth_m, [np.nan, 0.0, 0.4])
    assert [(f.code, f.row) for f in faults] == [("value-negative", 4), ("value-unknown", 3)]
