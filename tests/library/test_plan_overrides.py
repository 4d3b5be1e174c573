"""Decisions of an officer: the plan is made around them, their price is shown, and what cannot be is named."""

import dataclasses

import numpy as np
import pytest
from plan_ground import plane, random_village, street_of_houses

from qingxi.plan import Override, OverrideKind, plan
from qingxi.terrain import Streets

MODE, FORBID, REQUIRE = OverrideKind.MODE, OverrideKind.FORBID_SITE, OverrideKind.REQUIRE_SITE
FORCE, SHUN = OverrideKind.FORCE_ROAD, OverrideKind.FORBID_ROAD


def said(kind, **more):
    return Override(id="甲1", kind=kind, reason="村民大会决定", officer="经办人", date="2026-11-22", **more)


def decided(village, *overrides):
    return plan(dataclasses.replace(village, overrides=tuple(overrides)))


def modes(result):
    return set(result.tables.households["mode"].astype(str))


def two_roads():
    """Ten houses along y = 60 in the west; an outlet in the east, reached by two roads: a near one and a far one."""
    x = 10.0 + 20 * np.arange(10)
    streets = Streets.from_lines(
        [[(0, 60), (220, 60)], [(220, 60), (220, 0), (400, 0)], [(220, 60), (220, 200), (400, 200), (400, 0)]],
        1, np.array(["巷", "近路", "远路"], dtype=object),
    )  # fmt: skip
    base = street_of_houses(10)
    households = dataclasses.replace(base.households, x_m=x, y_m=np.full(10, 70.0))
    return dataclasses.replace(
        base, households=households, streets=streets, elevation=plane(-0.01), outlets_m=np.array([[400.0, 0.0]])
    )


def on_street(result, y_or_x, at):
    """Metres of street sewer whose both ends lie on a line."""
    t = result.tables
    total = 0.0
    for i, kind in enumerate(t.pipes["kind"]):
        points = t.pipe_coords_m[t.pipe_offsets[i] : t.pipe_offsets[i + 1]]
        if kind != "lateral" and np.all(np.abs(points[:, y_or_x] - at) < 0.5):
            total += t.pipes["length_m"][i]
    return total


@pytest.mark.parametrize("mode", ["town_connection", "shared_plant", "onsite"])
def test_a_mode_is_kept_and_its_price_is_what_it_makes_the_plan_dearer(mode):
    village = random_village(4, houses=20)
    free = plan(village)
    result = decided(village, said(MODE, hamlet="1", mode=mode))
    assert modes(result) == {mode}
    told = result.figures["overrides"]
    more = result.figures["cost"]["present_value"] - free.figures["cost"]["present_value"]
    assert told["each"][0]["met"]
    assert told["each"][0]["price_yuan"] == pytest.approx(max(more, 0.0), abs=1.0)
    assert told["price"] == pytest.approx(told["each"][0]["price_yuan"], abs=1.0)
    assert result.tables.overrides["officer"].tolist() == ["经办人"]
    assert result.figures["bound"] <= result.figures["cost"]["present_value"]


def test_the_narrower_decision_counts_at_one_house():
    village = random_village(4, houses=20)
    house = str(village.households.id[3])
    result = decided(
        village, said(MODE, hamlet="1", mode="town_connection"),
        dataclasses.replace(said(MODE, household=house, mode="onsite"), id="甲2"),
    )  # fmt: skip
    at = result.tables.households["household_id"].astype(str) == house
    assert result.tables.households["mode"][at].tolist() == ["onsite"]
    assert set(result.tables.households["mode"][~at]) == {"town_connection"}


def test_a_site_is_shunned():
    village = dataclasses.replace(random_village(4, houses=30, outlets_m=np.zeros((0, 2))), household_units=False)
    free = plan(village)
    x, y = float(free.tables.plants["x_m"][0]), float(free.tables.plants["y_m"][0])
    result = decided(village, said(FORBID, x_m=x, y_m=y, radius_m=40.0))
    there = np.hypot(result.tables.plants["x_m"] - x, result.tables.plants["y_m"] - y)
    assert there.min() > 40.0
    assert result.figures["overrides"]["price"] >= 0


def test_a_site_is_required():
    village = random_village(4, houses=30, outlets_m=np.zeros((0, 2)))
    village = dataclasses.replace(village, household_units=False)
    # The far corner of the streets, away from every house.
    x, y = 360.0, 240.0
    result = decided(village, said(REQUIRE, x_m=x, y_m=y, radius_m=150.0))
    assert np.hypot(result.tables.plants["x_m"] - x, result.tables.plants["y_m"] - y).min() <= 150.0
    assert result.figures["overrides"]["each"][0]["met"]
    assert result.figures["overrides"]["price"] >= 0


def test_a_road_is_taken_or_shunned():
    village = two_roads()
    free = decided(village, said(MODE, hamlet="1", mode="town_connection"))
    assert on_street(free, 1, 0.0) > 150  # the near road
    assert on_street(free, 1, 200.0) == 0
    town = said(MODE, hamlet="1", mode="town_connection")
    for one in (said(FORCE, street="远路"), said(SHUN, street="近路")):
        result = decided(village, town, dataclasses.replace(one, id="甲2"))
        assert on_street(result, 1, 200.0) > 150, one
        # The price of the road: 140 m up, 180 along, 200 m down instead of 60 and 180.
        assert result.figures["overrides"]["each"][1]["price_yuan"] > 50_000
    assert on_street(decided(village, town, dataclasses.replace(said(SHUN, street="近路"), id="甲2")), 1, 0.0) == 0


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (said(MODE, hamlet="没有", mode="onsite"), "override-target"),
        (said(MODE, hamlet="1", mode="controlled"), "override-mode-impossible"),
        (said(MODE, hamlet="1", mode="reuse"), "override-mode-impossible"),
        (said(REQUIRE, x_m=9e5, y_m=9e5), "override-site-impossible"),
        (said(FORCE, street="没有"), "override-street"),
    ],
)
def test_what_cannot_be_met_is_named_and_the_rest_goes_on(one, code):
    village = random_village(4, houses=12)
    kept = dataclasses.replace(said(MODE, hamlet="1", mode="onsite"), id="甲2")
    result = decided(village, one, *([] if one.mode == "controlled" or one.mode == "reuse" else [kept]))
    assert code in [f.code for f in result.faults]
    assert not result.figures["overrides"]["each"][0]["met"]
    assert result.figures["households"]["all"] == 12
    if len(result.figures["overrides"]["each"]) > 1:
        assert result.figures["overrides"]["each"][1]["met"]
        assert modes(result) == {"onsite"}


def test_two_decisions_that_clash():
    village = random_village(4, houses=12)
    result = decided(
        village, said(MODE, hamlet="1", mode="onsite"),
        dataclasses.replace(said(MODE, hamlet="1", mode="town_connection"), id="甲2"),
    )  # fmt: skip
    assert [f.code for f in result.faults if f.file == "overrides"] == ["override-clash"]
    assert modes(result) == {"onsite"}


def test_a_decision_asked_as_what_if_is_the_plan_made_with_it():
    village = random_village(4, houses=20)
    one = said(MODE, hamlet="1", mode="shared_plant")
    standing = plan(village).standing
    answer = standing.what_if(overrides=[one])
    made = decided(village, one)
    after = answer.difference["cost"]["present_value"]["after"]
    assert after == pytest.approx(made.figures["cost"]["present_value"], rel=0.005)
    # And taken back: nothing is left of it.
    back = answer.standing.what_if(overrides=[]).difference["cost"]["present_value"]["after"]
    assert back == pytest.approx(standing.told.money["present_value"], rel=0.005)


def table_of(tmp_path, *rows):
    """A county folder of one street with a table of decisions."""
    import json

    x = [20.0 * i + 10 for i in range(10)]
    (tmp_path / "houses.csv").write_text(
        "id,hamlet,people,x,y\n" + "\n".join(f"H{i},G1,3,{440000 + v},{3340010}" for i, v in enumerate(x)), "utf-8"
    )
    line = {"type": "LineString", "coordinates": [[440000.0, 3340000.0], [440200.0, 3340000.0]]}
    street = {"type": "Feature", "properties": {"id": "S1", "surface": "concrete"}, "geometry": line}
    (tmp_path / "streets.geojson").write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [street],
                "crs": {"type": "name", "properties": {"name": "EPSG:4544"}},
            }
        )
    )
    heads = "编号,种类,自然村编号,户编号,街巷编号,模式,x,y,半径,理由,经办人,日期"
    (tmp_path / "decided.csv").write_text("\n".join((heads, *rows)), "utf-8")
    layers = "\n".join(
        f'[layers.{name}]\npath = "{path}"\ncrs = "EPSG:4544"\nsource = "测"\ndate = "2026-01-01"\nsecrecy = "公开"'
        for name, path in (
            ("households", "houses.csv"),
            ("streets", "streets.geojson"),
            ("overrides", "decided.csv"),
        )
    )
    (tmp_path / "county.toml").write_text(
        f'[county]\nname = "试"\ncode = "999901"\ncrs = "EPSG:4544"\n{layers}\n', "utf-8"
    )
    from qingxi.files import Faults, SurveyRequest, read_county_folder
    from qingxi.files.override_rows import read_overrides
    from qingxi.files.placing import Reading, place_households

    faults = Faults()
    folder = read_county_folder(tmp_path, faults)
    reading = Reading(SurveyRequest(layers=folder.layers, crs=folder.crs), faults)
    place_households(reading)
    return read_overrides(reading), faults


def test_a_table_of_decisions_is_read(tmp_path):
    rows, faults = table_of(
        tmp_path,
        "1,定模式,G1,,,散分户,,,,群众要求,甲,2026-11-01",
        "2,不许建站,,,,,440100,3340000,80,紧邻水井,乙,2026年11月2日",
        "3,须走此路,,,S1,,,,,与道路改建同步,乙,2026-11-02",
    )
    assert not [f for f in faults if f.code.startswith("override")]
    assert [(o.id, str(o.kind), o.target) for o in rows] == [
        ("1", "mode", "G1"), ("2", "forbid_site", "(440100,3340000)"), ("3", "force_road", "S1")
    ]  # fmt: skip
    assert rows[0].mode == "onsite"
    assert (rows[1].radius_m, rows[1].date, rows[1].row) == (80.0, "2026-11-02", 3)


@pytest.mark.parametrize(
    ("row", "code", "name"),
    [
        ("1,随便,G1,,,散分户,,,,理由,甲,2026-11-01", "override-kind", "种类"),
        ("1,定模式,G1,,,大管网,,,,理由,甲,2026-11-01", "override-mode", "模式"),
        ("1,定模式,,,,散分户,,,,理由,甲,2026-11-01", "override-whom", "自然村编号"),
        ("1,定模式,G1,,,散分户,,,,,甲,2026-11-01", "override-because", "理由"),
        ("1,定模式,G1,,,散分户,,,,理由,,2026-11-01", "override-because", "经办人"),
        ("1,定模式,G1,,,散分户,,,,理由,甲,昨天", "override-because", "日期"),
        ("1,须建站,G1,,,,,,,理由,甲,2026-11-01", "override-whom", "geometry"),
        ("1,须走此路,,,,,,,,理由,甲,2026-11-01", "override-whom", "街巷编号"),
        ("2,定模式,G1,,,散分户,,,,理由,甲,2026-11-01", "override-id", "id"),
    ],
)
def test_a_bad_row_is_named_with_its_cell_and_the_good_one_stays(tmp_path, row, code, name):
    rows, faults = table_of(tmp_path, "2,定模式,G1,,,散分户,,,,群众要求,甲,2026-11-01", row)
    assert [(f.code, f.row, f.field) for f in faults if f.code.startswith("override")] == [(code, 3, name)]
    assert [o.id for o in rows] == ["2"]


def written(tmp_path, village, *overrides):
    """A plan around decisions, written and read back as the checker reads it."""
    from qingxi.files import ExportOptions, read_plan, write_plan

    result = decided(village, *overrides)
    write_plan(
        tmp_path, result, ExportOptions("试", "EPSG:4544"), inputs=[], faults=result.faults, level_reason="",
    )  # fmt: skip
    return result, read_plan(tmp_path)


def breaches(read):
    from qingxi.check import check_plan

    return [v for v in check_plan(read).violations if v.rule == "overrides"]


def test_what_is_kept_stands_in_the_files_and_the_checker_agrees(tmp_path):
    import openpyxl

    town = said(MODE, hamlet="1", mode="town_connection")
    rest = [
        Override("甲2", FORCE, street="远路", reason="与道路改建同步", officer="经办人", date="2026-11-22"),
        Override("甲3", SHUN, street="近路", reason="路面刚做", officer="经办人", date="2026-11-22"),
        Override("甲4", FORBID, x_m=100.0, y_m=60.0, reason="水井", officer="经办人", date="2026-11-22"),
    ]
    _, read = written(tmp_path, two_roads(), town, *rest)
    assert breaches(read) == []
    sheet = openpyxl.load_workbook(tmp_path / "plan.xlsx")["人工调整"]
    assert [row[0].value for row in sheet.iter_rows(min_row=4, max_row=7)] == ["甲1", "甲2", "甲3", "甲4"]
    assert sheet.cell(8, 2).value == "合计"


@pytest.mark.parametrize("what", ["mode", "plant", "road", "exceptions"])
def test_the_checker_finds_a_decision_that_is_not_kept(tmp_path, what):
    town = said(MODE, hamlet="1", mode="town_connection")
    road = Override("甲2", FORCE, street="远路", reason="理由", officer="经办人", date="2026-11-22")
    _, read = written(tmp_path, two_roads(), town, road)
    layers = {k: {c: v.copy() for c, v in columns.items()} for k, columns in read.layers.items()}
    if what == "mode":
        layers["households"]["mode"][0] = "onsite"
    elif what == "exceptions":
        layers["overrides"]["exceptions"][0] = 3
    elif what == "road":
        layers["overrides"]["place"][1] = "LINESTRING (0 -50, 400 -50)"
    else:
        layers["overrides"]["kind"][1], layers["overrides"]["place"][1] = "require_site", "POINT (100 60)"
        layers["overrides"]["radius_m"][1] = 50.0
    found = breaches(dataclasses.replace(read, layers=layers))
    assert [v.id for v in found] == ["甲1" if what in ("mode", "exceptions") else "甲2"]
