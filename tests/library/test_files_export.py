"""A plan written and read back: four files that agree, a map that needs no network, a public version without houses."""

import json
import re

import numpy as np
import openpyxl
import pytest
import shapely
from gis_village import Village

from qingxi.check import check_plan
from qingxi.cli import main
from qingxi.files import LayerSource, SurveyRequest, read_plan, read_survey


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export")
    args = Village(folder).write()
    assert main(["plan", *args, "--mode", "sewer", "--out", str(folder / "full"), "--json"]) == 0
    assert main(["plan", *args, "--mode", "sewer", "--out", str(folder / "public"), "--public", "--json"]) == 0
    return folder


def test_json_is_what_the_contract_says(written):
    document = json.loads((written / "full" / "plan.json").read_text(encoding="utf-8"))
    assert {
        "level",
        "level_reason",
        "mode",
        "crs",
        "cost",
        "bound",
        "gap",
        "bound_label",
        "households",
        "pipe_m",
    } <= set(document)
    assert {
        "pumps",
        "plants",
        "excavation_m3",
        "inputs",
        "norms",
        "prices",
        "withheld",
    } <= set(document)
    assert {"capex", "works", "running_per_year", "present_value", "currency"} <= set(document["cost"])
    run = json.loads((written / "full" / "run.json").read_text(encoding="utf-8"))
    assert {"read", "graph", "layout", "design", "bound", "write"} <= set(run["seconds"])
    assert run["peak_mb"] > 0
    counts = document["households"]
    # Twelve houses, every one in exactly one count.
    assert (
        counts["all"]
        == 12
        == sum(counts[k] for k in ("connected", "clustered", "onsite", "unserved", "reuse", "controlled"))
    )
    assert [one["layer"] for one in document["inputs"]] == ["households", "streets", "elevation"]
    assert not {"seconds", "peak_mb"} & set(document)


def test_round_trip_keeps_every_column(written):
    plan = read_plan(written / "full")
    assert not check_plan(plan).violations
    assert plan.rows("households") == 12
    assert plan.rows("nodes") == plan.rows("pipes") + 1  # a tree: one node more than pipes
    assert (plan.text("pipes", "kind") == "lateral").sum() == 12
    lengths = [
        np.hypot(*np.diff(plan.pipe_coords_m[a:b], axis=0).T).sum()
        for a, b in zip(plan.pipe_offsets[:-1], plan.pipe_offsets[1:], strict=True)
    ]
    assert np.allclose(lengths, plan.numbers("pipes", "length_m"), rtol=1e-3, atol=0.05)


def test_book_has_its_sheets_and_sums(written):
    book = openpyxl.load_workbook(written / "full" / "plan.xlsx")
    assert book.sheetnames == [
        "汇总", "自然村方案比选", "系统", "工程量", "清单明细", "清单按系统", "清单按乡镇", "清单按行政村", "可承受性", "户表", "问题",
    ]  # fmt: skip
    document = json.loads((written / "full" / "plan.json").read_text(encoding="utf-8"))
    summary = {row[0].value: row[1].value for row in book["汇总"].iter_rows(min_row=4)}
    assert summary["20 年现值"] == pytest.approx(document["cost"]["present_value"] / 10_000)
    gap = sum(value for name, value in summary.items() if name.startswith("  其中 "))
    assert gap * 10_000 == pytest.approx(document["cost"]["present_value"] - document["bound"], abs=1)
    houses = list(book["户表"].iter_rows(min_row=4, values_only=True))
    assert [row[0] for row in houses] == [f"H{i + 1:02}" for i in range(12)]
    assert book["户表"]["A4"].data_type == "s"  # codes stay text
    for sheet in book:
        assert sheet.page_setup.paperSize == 9
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.freeze_panes


def test_map_is_one_file_that_asks_for_nothing(written):
    page = (written / "full" / "map.html").read_text(encoding="utf-8")
    own = page.replace("http://www.w3.org", "").replace("https://leafletjs.com", "")
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:|#)""", page.split("<script>")[0])
    assert not re.search(r"url\(\s*['\"]?(?!data:)", page.split("<script>")[0])
    assert "default-src 'none'" in page
    assert not re.search(r"//[a-z.]+\.(?:com|cn|org)/[^\"' ]*\.(?:js|css|png)", own)
    data = json.loads(re.search(r"const PLAN=(\{.*\});</script>", page)[1].replace("<\\/", "</"))
    assert len(data["houses"]["at"]) == 24
    assert len(data["pipes"]["lines"]) == len(data["pipes"]["kind"]) == len(data["pipes"]["system"])


def test_public_version_shows_no_house_and_no_level(written):
    folder = written / "public"
    page = (folder / "map.html").read_text(encoding="utf-8")
    data = json.loads(re.search(r"const PLAN=(\{.*\});</script>", page)[1].replace("<\\/", "</"))
    assert data["houses"] is None
    assert 2 not in data["pipes"]["kind"]  # no lateral: it would point at the house
    assert "户表" not in openpyxl.load_workbook(folder / "plan.xlsx").sheetnames
    from qingxi.files.plan_gpkg import read_plan_layer

    assert read_plan_layer(folder / "plan.gpkg", "households")[0]["household_id"].size == 0
    nodes, _ = read_plan_layer(folder / "plan.gpkg", "nodes")
    assert "house" not in set(nodes["kind"])
    assert np.isnan(nodes["invert_m"].astype(float)).all()
    assert main(["check", str(folder)]) == 2


def test_secret_layer_marks_the_plan_and_hides_houses(written, capsys):
    """The command line plans with 秘密 data and says so; its map shows no more than the public one."""
    toml = '[county]\nname = "溪口村"\ncode = "999901"\n'
    for name, file in (("households", "households.gpkg"), ("streets", "streets.gpkg"), ("elevation", "dem.tif")):
        secrecy = "秘密" if name == "elevation" else "内部"
        toml += f'[layers.{name}]\npath = "{file}"\nsource = "测量"\ndate = 2025-06-30\nsecrecy = "{secrecy}"\n'
    (written / "county.toml").write_text(toml, encoding="utf-8")
    assert main(["plan", str(written), "--effort", "0", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["secrecy"] == "秘密"
    page = (written / "plan" / "map.html").read_text(encoding="utf-8")
    assert json.loads(re.search(r"const PLAN=(\{.*\});</script>", page)[1])["houses"] is None


def test_level_zero_needs_only_a_village_table(tmp_path, capsys):
    rows = [
        "行政村代码,行政村,乡镇,村庄分类,户数,户籍人口,常住人口",
        "999901100201,溪口村,清溪镇,集聚提升,120,400,300",
    ]
    (tmp_path / "村.csv").write_bytes("\r\n".join(rows).encode("gbk"))
    (tmp_path / "county.toml").write_text(
        '[county]\nname = "天河坝县"\ncode = "999901"\ncrs = "EPSG:4544"\n[layers.villages]\npath = "村.csv"\n',
        encoding="utf-8",
    )
    assert main(["plan", str(tmp_path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["level"] == "L0"
    assert document["level_reason"]
    assert document["withheld"]
    assert main(["check", str(tmp_path)]) == 0


def test_degrees_in_china_are_computed_in_their_zone(tmp_path):
    """103.97° east lies nearest to the meridian 105: zone EPSG:4544; the source CRS is noted."""
    from pyproj import Transformer

    v = Village(tmp_path)
    to = Transformer.from_crs("EPSG:4544", "EPSG:4490", always_xy=True)
    v.write()
    from gis_village import write_vector

    write_vector(
        tmp_path / "d.geojson",
        [shapely.Point(*to.transform(p.x, p.y)) for p in v.houses],
        v.columns,
        crs="EPSG:4490",
    )
    files = {"households": "d.geojson", "streets": "streets.gpkg", "elevation": "dem.tif"}
    survey = read_survey(SurveyRequest({name: LayerSource(name, tmp_path / file) for name, file in files.items()}))
    assert survey.crs.to_epsg() == 4544
    assert survey.inputs[0]["crs"] in ("EPSG:4490", "EPSG:4326")
    assert np.allclose(survey.given.households.x_m, [p.x for p in v.houses], atol=0.01)


def test_outlets_layer_and_empty_protected_layer(written, capsys):
    """An outlet as a layer in another CRS does what --outlet does; nothing protected is an answer, not a fault that stops."""
    from gis_village import EAST, NORTH, write_vector
    from pyproj import Transformer

    args = [a for a in Village(written).arguments() if not a.startswith("--outlet")]
    lon, lat = Transformer.from_crs("EPSG:4544", "EPSG:4490", always_xy=True).transform(EAST + 300, NORTH)
    write_vector(written / "outlet.geojson", [shapely.Point(lon, lat)], {"name": ["村口"]}, crs="EPSG:4326")
    write_vector(written / "none.gpkg", [shapely.box(0, 0, 1, 1)], {"kind": ["文物"]})
    import sqlite3

    with sqlite3.connect(written / "none.gpkg") as db:
        db.execute("DROP TRIGGER IF EXISTS rtree_none_geom_delete")
        db.execute("DELETE FROM none")
    extra = ["--outlets", str(written / "outlet.geojson"), "--protected", str(written / "none.gpkg")]
    assert main(["plan", *args, *extra, "--mode", "sewer", "--out", str(written / "layer"), "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert "layer-blank" in {fault["code"] for fault in plan["faults"]}
    full = json.loads((written / "full" / "plan.json").read_text(encoding="utf-8"))
    assert plan["households"] == full["households"]
    assert plan["cost"]["works"] == pytest.approx(full["cost"]["works"], rel=1e-6)
