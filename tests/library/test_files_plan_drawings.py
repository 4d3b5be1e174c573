"""A plan as a CAD drawing, as GeoJSON, and with styles for QGIS: what is drawn, what is withheld, the same bytes."""

import json
import re
import sqlite3
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import date
from pathlib import Path

import ezdxf
import numpy as np
import pyogrio
import pytest
from plan_hamlet import planned
from pyproj import Transformer

from qingxi.cli import main
from qingxi.files import (
    DrawingTitle,
    UnreadablePlan,
    export_plan,
    read_plan,
    read_plan_tables,
    write_plan_dxf,
    write_plan_geojson,
    write_styles,
)
from qingxi.files.plan_dxf import pipe_label
from qingxi.files.plan_styles import plan_styles

TOKENS = Path(__file__).resolve().parents[2] / "src/qingxi_office/design/static/design/tokens.css"


@pytest.fixture(scope="module")
def drawing(tmp_path_factory):
    """The sewer plan of the hamlet at L2, drawn and opened again."""
    tables, figures = read_plan_tables(planned("sewer"))
    path = tmp_path_factory.mktemp("dxf") / "plan.dxf"
    write_plan_dxf(path, tables, figures, DrawingTitle(date(2026, 11, 22), "送审稿"))
    return tables, ezdxf.readfile(path)


def of(document, kind, layer):
    return document.modelspace().query(f'{kind}[layer=="{layer}"]')


def attributes(mark):
    return {one.dxf.tag: one.dxf.text for one in mark.attribs}


def test_drawing_opens_without_errors_and_holds_everything(drawing):
    tables, document = drawing
    audit = document.audit()
    assert not audit.errors
    assert not audit.fixes
    assert document.dxfversion == "AC1027"  # R2013
    assert document.units == ezdxf.units.M
    kinds = Counter(tables.pipes["kind"].tolist())
    nodes = Counter(tables.nodes["kind"].tolist())
    assert len(of(document, "LWPOLYLINE", "污水-重力管")) == kinds["gravity"] > 0
    assert len(of(document, "LWPOLYLINE", "污水-压力管")) == kinds["pressure"] > 0
    assert len(of(document, "LWPOLYLINE", "污水-接户管")) == kinds["lateral"] > 0
    assert len(of(document, "INSERT", "污水-检查井")) == nodes["manhole"] + nodes["plant"] > 0
    assert len(of(document, "INSERT", "污水-提升泵")) == nodes["lift"] > 0
    assert len(of(document, "INSERT", "污水-户")) == len(tables.households["household_id"])
    assert {"文字-管段", "文字-节点", "文字-村名", "污水-处理站", "图签"} <= {
        layer.dxf.name for layer in document.layers
    }


def test_a_pipe_keeps_its_place_and_label(drawing):
    tables, document = drawing
    i = int(np.flatnonzero(tables.pipes["kind"] == "gravity")[0])
    course = tables.pipe_coords_m[tables.pipe_offsets[i] : tables.pipe_offsets[i + 1]]
    drawn = np.array([point[:2] for point in of(document, "LWPOLYLINE", "污水-重力管")[0].get_points()])
    assert drawn == pytest.approx(course, abs=1e-6)
    labels = {text.dxf.text for text in of(document, "TEXT", "文字-管段")}
    assert (
        f"DN{tables.pipes['dn_mm'][i]} L={tables.pipes['length_m'][i]:.1f} i={tables.pipes['slope'][i] * 1e3:.1f}‰"
        in labels
    )


def test_labels():
    assert pipe_label(200, 29.96, 0.004, "gravity") == "DN200 L=30.0 i=4.0‰"
    assert pipe_label(200, 29.96, float("nan"), "gravity") == "DN200 L=30.0"
    assert pipe_label(65, 29.96, -0.02, "pressure") == "DN65 L=30.0"


def test_wells_and_title_block_carry_their_data(drawing):
    tables, document = drawing
    row = int(np.flatnonzero(tables.nodes["kind"] == "manhole")[0])
    wells = {attributes(mark)["编号"]: attributes(mark) for mark in of(document, "INSERT", "污水-检查井")}
    assert wells[f"N{tables.nodes['node_id'][row]}"]["管底标高"] == f"{tables.nodes['invert_m'][row]:.2f}"
    title = attributes(of(document, "INSERT", "图签")[0])
    assert title["图名"] == "天河坝县农村生活污水治理规划平面图"
    assert (title["数据等级"], title["日期"], title["阶段"], title["不予给出"]) == (
        "L2",
        "2026-11-22",
        "送审稿",
        "无",
    )
    assert "EPSG:4544" in title["坐标系"]


def test_withheld_levels_are_not_drawn(tmp_path):
    tables, figures = read_plan_tables(planned("sewer", level="L1"))
    document = ezdxf.readfile(write_plan_dxf(tmp_path / "plan.dxf", tables, figures))
    assert not document.audit().errors
    assert all(" i=" not in text.dxf.text for text in of(document, "TEXT", "文字-管段"))
    # Lifts are told as a count only: none is marked on the sheet.
    assert (tables.lifts["node_id"] == -1).any()
    assert not of(document, "INSERT", "污水-提升泵")
    assert {attributes(mark)["管底标高"] for mark in of(document, "INSERT", "污水-检查井")} == {"不予给出"}
    title = attributes(of(document, "INSERT", "图签")[0])
    assert "管底标高" in title["不予给出"]
    assert title["日期"] == "待填"


def test_public_drawing_has_no_houses(tmp_path):
    tables, figures = read_plan_tables(planned("sewer", public=True))
    document = ezdxf.readfile(write_plan_dxf(tmp_path / "plan.dxf", tables, figures))
    assert not of(document, "INSERT", "污水-户")
    assert not of(document, "LWPOLYLINE", "污水-接户管")
    assert of(document, "LWPOLYLINE", "污水-重力管")


def test_same_plan_same_bytes(tmp_path):
    tables, figures = read_plan_tables(planned("free"))
    first, second = (write_plan_dxf(tmp_path / f"{i}.dxf", tables, figures) for i in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_geojson_says_the_same_in_degrees(tmp_path):
    tables, figures = read_plan_tables(planned("sewer"))
    paths = {path.stem: path for path in write_plan_geojson(tmp_path, tables, figures)}
    back = Transformer.from_crs("EPSG:4490", figures["crs"], always_xy=True)
    pipes = json.loads(paths["pipes"].read_text(encoding="utf-8"))
    assert (pipes["type"], pipes["level"], pipes["secrecy"]) == ("FeatureCollection", "L2", "内部")
    assert len(pipes["features"]) == len(tables.pipes["pipe_id"])
    line = np.array(pipes["features"][3]["geometry"]["coordinates"])
    x, y = back.transform(line[:, 0], line[:, 1])
    # Seven digits of a degree are about a centimetre.
    course = tables.pipe_coords_m[tables.pipe_offsets[3] : tables.pipe_offsets[4]]
    assert np.column_stack([x, y]) == pytest.approx(course, abs=0.02)
    assert pipes["features"][3]["properties"]["dn_mm"] == tables.pipes["dn_mm"][3]
    assert pyogrio.read_info(paths["households"])["features"] == len(tables.households["household_id"])
    systems = json.loads(paths["systems"].read_text(encoding="utf-8"))
    assert systems["features"][0]["geometry"] is None


def test_geojson_of_withheld_is_null_and_old_layers_go(tmp_path):
    (tmp_path / "households.geojson").write_text("old", encoding="utf-8")
    tables, figures = read_plan_tables(planned("sewer", level="L1", public=True))
    paths = {path.stem: path for path in write_plan_geojson(tmp_path, tables, figures)}
    assert not (tmp_path / "households.geojson").exists()
    text = paths["pipes"].read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text)["features"][0]["properties"]["invert_up_m"] is None


def test_plan_opens_styled_in_qgis():
    """The table as QGIS writes it itself: one default style a layer with geometry, each well-formed."""
    gpkg = planned("free") / "plan.gpkg"
    link = sqlite3.connect(gpkg)
    rows = link.execute(
        "SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles"
    ).fetchall()
    registered = link.execute("SELECT data_type FROM gpkg_contents WHERE table_name = 'layer_styles'").fetchall()
    link.close()
    assert {row[0] for row in rows} == {"hamlets", "households", "nodes", "pipes", "lifts", "plants"}
    assert all((row[1], row[2]) == ("geom", 1) for row in rows)
    assert registered == [("attributes",)]
    for layer, _, _, qml in rows:
        root = ET.fromstring(qml)
        renderer = root.find("renderer-v2")
        column = renderer.get("attr")
        named = {s.get("name") for s in renderer.find("symbols")}
        used = {c.get("symbol") for c in renderer.iter() if c.tag in ("category", "range")} or {"0"}
        assert named == used
        fields = {str(name) for name in pyogrio.read_info(gpkg, layer=layer)["fields"]}
        assert column is None or column in fields
        labels = root.find("labeling")
        assert labels is None or labels.find("settings/text-style").get("fieldName") in fields
    # The plan itself is read as before.
    assert "layer_styles" not in read_plan(planned("free")).layers


def test_every_kind_in_the_plan_has_a_category():
    tables, _ = read_plan_tables(planned("sewer"))
    for layer, column, left_out in (
        ("pipes", "kind", set()),
        ("nodes", "kind", {"house"}),
        ("households", "mode", set()),
    ):
        _, qml = plan_styles()[layer]
        shown = {c.get("value") for c in ET.fromstring(qml).iter("category")}
        assert set(getattr(tables, layer)[column]) - left_out <= shown


def test_colours_are_the_design_tokens():
    css = TOKENS.read_text(encoding="utf-8")
    _, qml = plan_styles()["hamlets"]
    symbols = ET.fromstring(qml).find("renderer-v2/symbols")
    drawn = [s.find("layer/Option/Option[@name='color']").get("value") for s in symbols]
    tokens = [
        re.search(rf"--q-{name}: (#\w+);", css)[1]
        for name in ("m-join", "m-central", "m-single", "m-reuse", "m-none", "bad")
    ]
    assert drawn == [",".join(str(int(t[i : i + 2], 16)) for i in (1, 3, 5)) + ",255" for t in tokens]


def test_styles_are_written_once_and_alike(tmp_path):
    gpkg = tmp_path / "plan.gpkg"
    gpkg.write_bytes((planned("free") / "plan.gpkg").read_bytes())
    write_styles(gpkg)
    write_styles(gpkg)
    link, first = sqlite3.connect(gpkg), sqlite3.connect(planned("free") / "plan.gpkg")
    query = "SELECT id, f_table_name, styleName, styleQML, update_time FROM layer_styles"
    assert link.execute(query).fetchall() == first.execute(query).fetchall()
    link.close()
    first.close()


def test_commands(tmp_path, capsys):
    assert main(["export", str(planned("free")), "--to", "dxf,geojson", "--out", str(tmp_path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["files"]) == {"dxf", "geojson"}
    assert (tmp_path / "plan.dxf").is_file()
    assert main(["export", str(tmp_path), "--to", "dxf"]) == 2
    assert "不是规划成果" in capsys.readouterr().err
    assert main(["export", str(planned("free")), "--to", "dwg"]) == 2
    assert "dwg" in capsys.readouterr().err
    with pytest.raises(UnreadablePlan):
        export_plan(tmp_path, ["dxf"])


def test_plan_writes_them_beside(tmp_path, capsys):
    from gis_village import Village

    args = [*Village(tmp_path).write(), "--vertical-error", "4", "--mode", "sewer", "--effort", "0"]
    out = tmp_path / "plan"
    assert main(["plan", *args, "--out", str(out), "--also", "dxf,swmm", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (out / "plan.dxf").is_file()
    assert set(told["files"]) == {"gpkg", "json", "xlsx", "map", "run", "standing", "dxf"}
    # Public elevation gives no levels; the plan is written all the same.
    assert "标高未给出" in told["refused"]["swmm"]
    assert main(["plan", *args, "--also", "dwg"]) == 2
