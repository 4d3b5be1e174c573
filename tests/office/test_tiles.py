"""Vector tiles: what is written here, the ``mapbox-vector-tile`` package reads as it was meant; each tile by its rights."""

import mapbox_vector_tile
import numpy as np
import pytest
import shapely
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.site.tiles import mvt
from qingxi_office.villages import actions as villages
from qingxi_office.villages.models import HamletRecord, VillageRecord

HERE = (104.05, 30.34)


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def tile_at(z, lon=HERE[0], lat=HERE[1]):
    x, y = mvt.to_world(np.array([[lon, lat]]))[0] * (1 << z)
    return int(x), int(y)


def read(body, name):
    """Features of a layer, y downwards as written; an empty body has none."""
    return (
        mapbox_vector_tile.decode(body, default_options={"y_coord_down": True}).get(name, {"features": []})[
            "features"
        ]
        if body
        else []
    )


def test_points_lines_and_areas_come_back():
    """A point at (10, 20); a line of two parts; a square of 100 with a hole of 20: 100² − 20² = 9600."""
    point = mvt.layer_of_points(
        "p", np.array([[10.0, 20.0], [9999.0, 0.0]]), {"n": [1, 2], "s": ["甲", "乙"], "x": [None, None]}
    )
    assert [(f["geometry"]["coordinates"], f["properties"]) for f in read(point, "p")] == [
        ([10, 20], {"n": 1, "s": "甲"})
    ]
    lines = shapely.MultiLineString([[(0, 0), (10, 0), (10, 0), (10, 10)], [(50, 50), (60, 40)]])
    body = mvt.layer_of_shapes(
        "l", [lines, shapely.linestrings([(1, 1), (2, -3)])], {"dn": [200.5, -3], "ok": [True, False]}
    )
    first, second = read(body, "l")
    assert first["geometry"]["coordinates"] == [[[0, 0], [10, 0], [10, 10]], [[50, 50], [60, 40]]]
    assert second["geometry"]["coordinates"] == [[1, 1], [2, -3]]
    assert (first["properties"], second["properties"]) == ({"dn": 200.5, "ok": True}, {"dn": -3, "ok": False})
    square = shapely.box(100, 100, 200, 200).difference(shapely.box(140, 140, 160, 160))
    (area,) = read(mvt.layer_of_shapes("a", [square], {}), "a")
    assert shapely.geometry.shape(area["geometry"]).area == pytest.approx(9600)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(-60, 4150), st.integers(-60, 4150)), min_size=2, max_size=9),
        min_size=1,
        max_size=6,
    )
)
def test_any_lines_come_back_point_by_point(lines):
    """Inside the tile nothing is clipped, so the reader gives the written points but for repeated ones."""
    clean = [[p for i, p in enumerate(line) if i == 0 or p != line[i - 1]] for line in lines]
    kept = [(n, line) for n, line in enumerate(clean) if len(line) > 1]
    body = mvt.layer_of_shapes("l", [shapely.linestrings(line) for line in lines], {"n": list(range(len(lines)))})
    got = {f["properties"]["n"]: f["geometry"] for f in read(body, "l")}
    assert sorted(got) == [n for n, _ in kept]
    for n, line in kept:
        parts = got[n]["coordinates"] if got[n]["type"] == "MultiLineString" else [got[n]["coordinates"]]
        assert shapely.MultiLineString(parts).length == pytest.approx(shapely.linestrings(line).length)


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=30))
def test_varints_are_those_of_the_format(values):
    body, starts = mvt._varints(np.array(values))
    assert body == b"".join(mvt._varint(v) for v in values)
    assert starts[-1] == len(body)


def test_what_lies_beyond_the_border_is_cut():
    (far,) = read(mvt.layer_of_shapes("l", [shapely.linestrings([(-5000, 10), (9000, 10)])], {}), "l")
    assert far["geometry"]["coordinates"] == [[-64, 10], [4160, 10]]
    assert mvt.layer_of_shapes("l", [shapely.linestrings([(9000, 0), (9000, 10)])], {}) == b""


@pytest.fixture
def houses(cast, office):
    """20 houses in a row in 红岩村 of 溪口镇, a metre apart (1e-5 degrees)."""
    VillageRecord.objects.create(place=cast.places["999901100200"], state="未完成")
    hamlet = HamletRecord.objects.create(key="999901100200001", place=cast.places["999901100200001"], name="主街")
    rows = [
        {
            "key": f"H{n}",
            "hamlet_id": hamlet.pk,
            "people_resident": 3,
            "mode": "onsite",
            "lon": HERE[0] + n * 1e-5,
            "lat": HERE[1],
        }
        for n in range(20)
    ]
    villages.take_in_households(rows, by=office)
    FacilityRecord.objects.filter(key="QX-001").update(lon=HERE[0], lat=HERE[1])


@pytest.mark.parametrize("z", [13, 14, 16])
def test_houses_are_for_whom_households_are(cast, houses, z):
    """The clerk of 溪口镇 gets every dot once; 岚坪镇's an empty tile; the foreman has no such layer at all."""
    x, y = tile_at(z)
    address = f"/tiles/houses/{z}/{x}/{y}.mvt"
    answer = browser(cast.luomei).get(address)
    assert len(read(answer.content, "houses")) == 20
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    again = browser(cast.luomei).get(address, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = browser(cast.hezhi).get(address)
    assert (other.status_code, other.content) == (204, b"")
    assert browser(cast.zhaoyong).get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert len(read(browser(cast.chenjing).get(address).content, "houses")) == 20


def test_one_rule_for_tile_and_list(cast, houses):
    """What a person's list of stations shows is what their tile shows, and nothing else."""
    x, y = tile_at(10)
    for person, expected in ((cast.luomei, ["QX-001"]), (cast.zhaoyong, ["QX-001"]), (cast.hezhi, [])):
        body = browser(person).get(f"/tiles/facilities/10/{x}/{y}.mvt").content
        assert [f["properties"]["key"] for f in read(body, "facilities")] == expected


@pytest.mark.parametrize("address", ["/tiles/secrets/10/1/1.mvt", "/tiles/houses/19/1/1.mvt", "/tiles/houses/2/1/1.mvt", "/tiles/pipes/8/999/1.mvt",
                                     "/tiles/pipes/13/6465/3370.mvt?version=none"])  # fmt: skip
def test_no_such_tile(cast, address):
    assert browser(cast.chenjing).get(address).status_code == 404


def test_county_without_a_plan_has_empty_pipes(cast):
    x, y = tile_at(13)
    assert browser(cast.chenjing).get(f"/tiles/pipes/13/{x}/{y}.mvt").status_code == 204
