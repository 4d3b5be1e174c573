"""Bad input of every kind real offices send: a clear message by file, row and rule, never a traceback.

Each case spoils the village of :mod:`gis_village` in one way and says which rule must be named, and whether a plan still
comes out of the good rest. Run with ``-s`` to read the messages.
"""

import json
import shutil

import numpy as np
import openpyxl
import pytest
import shapely
from gis_village import EAST, NORTH, Village, write_raster, write_vector

from qingxi.cli import main
from qingxi.files import Faults, read_county_folder


@pytest.fixture
def village(tmp_path):
    return Village(tmp_path)


def empty_file(v):
    args = v.write()
    (v.folder / "streets.gpkg").write_bytes(b"")
    return args


def zero_byte_geopackage(v):
    args = v.write()
    (v.folder / "households.gpkg").write_bytes(b"")
    return args


def not_a_geopackage(v):
    args = v.write()
    (v.folder / "streets.gpkg").write_bytes(b"this is no database" * 100)
    return args


def missing_file(v):
    args = v.write()
    (v.folder / "dem.tif").unlink()
    return args


def empty_layer(v):
    args = v.write()
    (v.folder / "streets.gpkg").unlink()
    write_vector(v.folder / "streets.gpkg", [None], {"id": ["1"]}, kind="LineString")
    return args


def wrong_crs(v):
    """The streets' numbers are right and their CRS is two zones off."""
    args = v.write()
    (v.folder / "streets.gpkg").unlink()
    write_vector(v.folder / "streets.gpkg", v.streets, {"id": ["1", "2", "3"]}, crs="EPSG:4546")
    return args


def degrees_called_metres(v):
    args = v.write()
    (v.folder / "households.gpkg").unlink()
    write_vector(v.folder / "households.gpkg", v.houses, v.columns, crs="EPSG:4490")
    return args


def raster_far_away(v):
    args = v.write()
    write_raster(v.folder / "dem.tif", v.heights, north=NORTH + 90_000)
    return args


def no_crs(v):
    v.write()
    write_raster(v.folder / "dem.tif", v.heights, crs=None)
    (v.folder / "households.gpkg").unlink()
    far = [shapely.Point(p.x * 1000, p.y * 1000) for p in v.houses]
    write_vector(v.folder / "households.shp", far, v.columns, crs=None)
    return v.arguments(households="households.shp")


def hole_in_the_raster(v):
    v.heights[20:40, 18:34] = -9999.0  # 20 x 16 cells over the west of the village
    args = v.write()
    write_raster(v.folder / "dem.tif", v.heights, nodata=-9999.0)
    return args


def undeclared_nodata(v):
    v.heights[:10, :10] = -32768.0
    v.heights[60:, 60:] = -3.4028235e38
    return v.write()


def spike_of_nine_kilometres(v):
    v.heights[35, 30] = 9999.0
    v.heights[45, 50] = 900.0
    return v.write()


def crossing_streets(v):
    e, n = EAST, NORTH
    v.streets.append(shapely.LineString([(e + 150, n - 60), (e + 150, n + 60)]))
    return v.write()


def streets_in_pieces(v):
    e, n = EAST, NORTH
    v.streets.append(shapely.LineString([(e, n + 300), (e + 80, n + 300)]))
    return v.write()


def duplicate_ids(v):
    v.houses.append(v.houses[0])
    v.columns = {"id": [*v.columns["id"], "H01"], "people_resident": [3.0] * 13}
    return v.write()


def negative_people(v):
    v.columns["people_resident"][4] = -3.0
    return v.write()


def absent_people(v):
    v.columns["people_resident"][4] = float("nan")
    return v.write()


def book(v, rows, heads=("户编号", "经度", "纬度", "常住人口")):
    """The households as a sheet with a merged title, in degrees."""
    v.write()
    sheet = openpyxl.Workbook()
    page = sheet.active
    page.append(["天河坝县某村住户表(虚构)"])
    page.merge_cells("A1:D1")
    page.append(list(heads))
    for row in rows:
        page.append(row)
    sheet.save(v.folder / "住户.xlsx")
    return v.arguments(households="住户.xlsx")


def in_degrees(v):
    from pyproj import Transformer

    to = Transformer.from_crs("EPSG:4544", "EPSG:4490", always_xy=True)
    return [to.transform(p.x, p.y) for p in v.houses]


def numbers_as_text(v):
    return book(v, [[f"H{i}", str(lon), str(lat), "3"] for i, (lon, lat) in enumerate(in_degrees(v))])


def words_for_numbers(v):
    return book(v, [[f"H{i}", lon, lat, "三人" if i == 2 else 3] for i, (lon, lat) in enumerate(in_degrees(v))])


def latitude_first(v):
    return book(v, [[f"H{i}", lat, lon, 3] for i, (lon, lat) in enumerate(in_degrees(v))])


def table_without_places(v):
    return book(v, [[f"H{i}", "溪口", 3, 3] for i in range(12)], heads=("户编号", "地址", "户籍人口", "常住人口"))


def picture_for_streets(v):
    v.write()
    return v.arguments(streets="dem.tif")


def lines_for_houses(v):
    v.write()
    return v.arguments(households="streets.gpkg")


def lines_for_heights(v):
    v.write()
    return v.arguments(elevation="streets.gpkg")


def gbk_dbf(v):
    """A Shapefile as many Chinese programs write it: GBK names and no .cpg."""
    args = v.write()
    columns = {"户编号": [f"溪口{i}" for i in range(12)], "常住人口": v.columns["people_resident"]}
    write_vector(v.folder / "住户.shp", v.houses, columns, encoding="GBK")
    (v.folder / "住户.cpg").unlink(missing_ok=True)
    with (v.folder / "住户.dbf").open("r+b") as file:
        file.seek(29)
        file.write(b"\x00")  # no language byte either
    return v.arguments(households="住户.shp") if args else args


def wrong_cpg(v):
    args = gbk_dbf(v)
    (v.folder / "住户.cpg").write_text("UTF-8")
    return args


def house_outside_the_raster(v):
    v.houses[5] = shapely.Point(EAST + 900, NORTH - 12)
    return v.write()


def null_geometry(v):
    v.houses[3] = None
    return v.write()


def mixed_kinds(v):
    v.houses[3] = shapely.LineString([(EAST, NORTH), (EAST + 5, NORTH)])
    args = v.write()
    (v.folder / "households.gpkg").unlink()
    write_vector(v.folder / "households.gpkg", v.houses, v.columns, kind="Unknown")
    return args


def roofs_that_cross_themselves(v):
    def roof(p, bow):
        x, y = p.x, p.y
        ring = [(x - 4, y - 4), (x + 4, y + 4), (x + 4, y - 4), (x - 4, y + 4)] if bow else [(x - 4, y - 4), (x + 4, y - 4), (x + 4, y + 4), (x - 4, y + 4)]  # fmt: skip
        return shapely.Polygon(ring)

    v.houses = [roof(p, i == 2) for i, p in enumerate(v.houses)]
    return v.write()


def points_with_height(v):
    v.houses = [shapely.Point(p.x, p.y, 500.0) for p in v.houses]
    args = v.write()
    (v.folder / "households.gpkg").unlink()
    write_vector(v.folder / "households.gpkg", v.houses, v.columns, kind="Point Z")
    return args


def shapefile_without_shx(v):
    v.write()
    write_vector(v.folder / "roads.shp", v.streets, {"id": ["1", "2", "3"]})
    (v.folder / "roads.shx").unlink()
    return v.arguments(streets="roads.shp")


def outlet_in_another_country(v):
    return [*v.write()[:-3], "--outlet=12.5,41.9"]


def outlet_of_words(v):
    return [*v.write()[:-3], "--outlet=村口"]


CASES = [
    # spoil, rule that must be named, exit code, households that are still planned
    (empty_file, "file-empty", 2, None),
    (zero_byte_geopackage, "file-empty", 2, None),
    (not_a_geopackage, "file-unreadable", 2, None),
    (missing_file, "file-missing", 2, None),
    (empty_layer, "layer-empty", 2, None),
    (wrong_crs, "layers-apart", 2, None),
    (degrees_called_metres, "crs-impossible", 2, None),
    (raster_far_away, "layers-apart", 2, None),
    (no_crs, "no-crs", 2, None),
    (hole_in_the_raster, "height-hole", 0, 12),
    (undeclared_nodata, "height-nodata", 0, 12),
    (spike_of_nine_kilometres, "height-spike", 0, 12),
    (spike_of_nine_kilometres, "height-absurd", 0, 12),
    (crossing_streets, "street-crossing", 0, 12),
    (streets_in_pieces, "street-pieces", 0, 12),
    (duplicate_ids, "id-duplicate", 0, 12),
    (negative_people, "people-negative", 0, 11),
    (absent_people, "people-absent", 0, 12),
    (numbers_as_text, "number-as-text", 0, 12),
    (words_for_numbers, "number-text", 0, 12),
    (latitude_first, "axes-swapped", 2, None),
    (table_without_places, "column-missing", 2, None),
    (picture_for_streets, "file-unreadable", 2, None),
    (lines_for_houses, "geometry-kind", 2, None),
    (lines_for_heights, "file-unreadable", 2, None),
    (gbk_dbf, "encoding-guessed", 0, 12),
    (wrong_cpg, "encoding-wrong", 0, 12),
    (house_outside_the_raster, "point-outside-raster", 0, 12),
    (null_geometry, "geometry-null", 0, 11),
    (mixed_kinds, "geometry-kind", 0, 11),
    (mixed_kinds, "geometry-mixed", 0, 11),
    (roofs_that_cross_themselves, "geometry-invalid", 0, 12),
    (points_with_height, "geometry-z", 0, 12),
    (shapefile_without_shx, "shapefile-part", 2, None),
    (outlet_in_another_country, "outlet-apart", 2, None),
    (outlet_of_words, "outlet-shape", 2, None),
]


@pytest.mark.parametrize(
    ("spoil", "rule", "code", "planned"), CASES, ids=[f"{c[0].__name__}-{c[1]}" for c in CASES]
)
def test_bad_input(village, spoil, rule, code, planned, capsys):
    args = spoil(village)
    out = village.folder / "out"
    given = main(["plan", *args, "--out", str(out), "--effort", "0", "--json"])
    heard = capsys.readouterr()
    assert "Traceback" not in heard.out + heard.err
    said = json.loads(heard.out)
    named = [fault for fault in said["faults"] if fault["code"] == rule]
    assert named, [fault["code"] for fault in said["faults"]]
    for fault in named[:1]:
        row = "" if fault["row"] is None else f" 第 {fault['row']} 行"
        print(f"\n{fault['file']}{row} {fault['field']}={fault['value']}:{fault['rule']}。{fault['remedy']}")
        assert fault["file"]
        assert fault["rule"]
        assert fault["remedy"]
    assert given == code, heard.err
    if planned is not None:
        assert said["households"]["all"] == planned
        assert main(["check", str(out)]) == 0, capsys.readouterr().out


def test_faults_come_all_at_once(village, capsys):
    """Three faults in three files are three messages of one run; the row is the user's own."""
    v = village
    v.columns["people_resident"][4] = -3.0
    v.heights[:10, :10] = -32768.0
    args = crossing_streets(v)
    main(["plan", *args, "--out", str(v.folder / "out"), "--effort", "0", "--json"])
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert {"people-negative", "height-nodata", "street-crossing"} <= {fault["code"] for fault in faults}
    (negative,) = [fault for fault in faults if fault["code"] == "people-negative"]
    assert (negative["file"], negative["row"], negative["value"]) == ("households.gpkg", 5, "-3")


def test_faults_are_a_table_on_a_terminal(village, capsys):
    v = village
    v.columns["people_resident"][4] = -3.0
    assert main(["plan", *v.write(), "--out", str(v.folder / "out"), "--effort", "0"]) == 0
    told = capsys.readouterr().out
    assert "人数不能为负" in told
    assert "households.gpkg" in told


def test_folder_without_county_toml(tmp_path, capsys):
    assert main(["plan", str(tmp_path)]) == 2
    assert "county.toml" in capsys.readouterr().out


def test_county_toml_with_faults(village, capsys):
    """Wrong types, unknown keys and a missing file are all told; the rest is planned."""
    v = village
    v.write()
    (v.folder / "county.toml").write_text(
        '[county]\nname = "溪口村"\ncode = "9999"\nnear_year = "后年"\n'
        '[layers.households]\npath = "households.gpkg"\nsource = "调查"\ndate = 2025-06-30\nsecrecy = "机密"\n'
        '[layers.streets]\npath = "streets.gpkg"\n[layers.elevation]\npath = "dem.tif"\nvertical_error_m = 0.1\n'
        '[layers.waters]\npath = "no.gpkg"\n[layers.lamps]\npath = "x.gpkg"\n',
        encoding="utf-8",
    )
    assert main(["plan", str(v.folder), "--effort", "0", "--json"]) == 0
    codes = {fault["code"] for fault in json.loads(capsys.readouterr().out)["faults"]}
    assert {
        "code-shape",
        "toml-value",
        "secrecy-unknown",
        "source-missing",
        "file-missing",
        "toml-unknown",
    } <= codes


def test_broken_toml(tmp_path, capsys):
    (tmp_path / "county.toml").write_text("[county\nname = 溪口\n", encoding="utf-8")
    assert main(["plan", str(tmp_path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["faults"][0]["code"] == "toml-syntax"


def test_wrong_names_and_numbers(village, capsys):
    args = village.write()
    assert main(["plan", *args, "--prices", "no-such-table"]) == 2
    assert main(["plan", *args, "--people", "-2"]) == 2
    assert main(["plan"]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".geojson"])
def test_formats_and_systems_give_one_plan(village, suffix, capsys):
    """The same village in three formats and three CRSs costs the same (to a thousandth: transformed back and forth)."""
    from pyproj import Transformer

    v = village
    args = v.write()
    assert main(["plan", *args, "--out", str(v.folder / "a"), "--effort", "0", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    target = {".gpkg": "EPSG:4490", ".shp": "EPSG:32648", ".geojson": "EPSG:4326"}[suffix]
    to = Transformer.from_crs("EPSG:4544", target, always_xy=True)

    def moved(geometry):
        return shapely.transform(geometry, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1])))

    write_vector(v.folder / f"s{suffix}", [moved(g) for g in v.streets], {"id": ["1", "2", "3"]}, crs=target)
    args = v.arguments(streets=f"s{suffix}")
    assert main(["plan", *args, "--out", str(v.folder / "b"), "--effort", "0", "--json"]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["cost"]["present_value"] == pytest.approx(first["cost"]["present_value"], rel=1e-3)
    assert second["inputs"][1]["crs"] == target
    shutil.rmtree(v.folder / "b")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--norms", "nosuch"], "没有名为 nosuch 的标准表"),
        (["--prices", "rural_sewer"], "rural_sewer 不是单价表"),
        (["--crs", "EPSG:99999999"], "不是认识的坐标系"),
        (["--effort", "nan"], "要是不为负的数"),
        (["--effort", "-3"], "要是不为负的数"),
        (["--seed", "-5"], "要是不为负的整数"),
        (["--people", "-1"], "要是不为负的数"),
        (["--people", "nan"], "要是不为负的数"),
    ],
)
def test_switch_that_cannot_be(village, words, said, capsys):
    """Each was met as a path inside the package, an internal error or silence."""
    assert main(["plan", *village.write(), *words, "--out", str(village.folder / "out")]) == 2
    heard = capsys.readouterr()
    assert said in heard.err
    assert "/" not in heard.err


def test_numbers_of_a_csv_are_no_fault(village, capsys):
    """A CSV holds nothing but text; there is nothing to mend in Excel."""
    args = village.write()
    rows = [f"H{i},{p.x},{p.y},3" for i, p in enumerate(village.houses)]
    (village.folder / "h.csv").write_text("\n".join(["户编号,X,Y,常住人口", *rows]), encoding="utf-8")
    args[args.index("--households") + 1] = str(village.folder / "h.csv")
    args += ["--crs", "EPSG:4544", "--out", str(village.folder / "out"), "--effort", "0", "--json"]
    main(["plan", *args])
    said = json.loads(capsys.readouterr().out)
    assert "number-as-text" not in {fault["code"] for fault in said["faults"]}
    assert said["households"]["all"] == len(village.houses)


def test_points_without_streets_are_no_plan_of_pipes(village, capsys):
    """What cannot be said is not printed as nought."""
    args = village.write()
    folder = village.folder
    households = args[args.index("--households") + 1]
    assert main(["plan", "--households", households, "--out", str(folder / "out")]) == 0
    heard = capsys.readouterr().out
    assert "L0" in heard
    assert "没有齐" in heard
    assert "重力管" not in heard
    assert "100.00" not in heard


def village_table(folder):
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["行政村代码", "行政村", "户数", "户籍人口", "常住人口"])
    book.active.append(["999901100200", "大坪村", 120, 400, 260])
    folder.mkdir()
    book.save(folder / "村表.xlsx")
    return folder


def test_county_of_a_village_table_alone(village, capsys):
    """L0: no layer, no coordinate system, only the table that every county has."""
    folder = village_table(village.folder / "county")
    told = '[county]\nname = "天河坝县"\ncode = "999901"\n[books]\nvillages = "村表.xlsx"\n'
    (folder / "county.toml").write_text(told, encoding="utf-8")
    assert main(["plan", str(folder), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["level"], said["households"]["all"]) == ("L0", 120)
    assert main(["check", str(folder)]) == 0


def test_streets_beside_a_village_table_are_measured_in_metres(village, capsys):
    """Without households nothing names a zone; taken in degrees every street is millimetres long."""
    args = village.write()
    table = village_table(village.folder / "county") / "村表.xlsx"
    streets = args[args.index("--streets") + 1]
    words = ["--villages", str(table), "--streets", streets, "--out", str(village.folder / "out"), "--json"]
    assert main(["plan", *words]) == 0
    assert "street-short" not in {fault["code"] for fault in json.loads(capsys.readouterr().out)["faults"]}


def test_county_of_nothing_says_what_it_needs(tmp_path, capsys):
    (tmp_path / "county.toml").write_text('[county]\nname = "天河坝县"\ncode = "999901"\n', encoding="utf-8")
    assert main(["plan", str(tmp_path)]) == 2
    assert "要有住户点图层" in capsys.readouterr().out


def test_refusal_is_one_json_object_and_keeps_the_faults(tmp_path, capsys):
    """A misspelt key and an unknown table at once: both are told, in the form that was asked for."""
    told = '[county]\nname = "天河坝县"\ncode = "999901"\nnorms = "rural"\nnear_yaer = 2030\n[road]\n'
    (tmp_path / "county.toml").write_text(told, encoding="utf-8")
    assert main(["plan", str(tmp_path), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert said["error"] == "没有名为 rural 的标准表"
    assert {fault["code"] for fault in said["faults"]} == {"toml-unknown"}
    assert main(["plan", str(tmp_path)]) == 2
    heard = capsys.readouterr()
    assert "county.near_yaer" in heard.out
    assert "road" in heard.out
    assert "没有名为 rural 的标准表" in heard.err


def test_unknown_secrecy_is_taken_for_the_strictest(tmp_path):
    """绝密 is above 秘密: read as 内部 it could be served by a networked office."""
    told = '[county]\nname = "天河坝县"\ncode = "999901"\n[layers.waters]\npath = "w.gpkg"\nsecrecy = "绝密"\n'
    (tmp_path / "county.toml").write_text(told, encoding="utf-8")
    faults = Faults()
    folder = read_county_folder(tmp_path, faults)
    assert faults.has("secrecy-unknown")
    assert str(folder.layers["waters"].secrecy) == "秘密"
