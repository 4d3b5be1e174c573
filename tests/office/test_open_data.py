"""Open data and OGC API Features: what is published, in every form, asked in every way, and nothing else."""

import csv
import io
import json
from datetime import date
from xml.etree import ElementTree as ET

import pyogrio
import pytest
from django.core.cache import cache
from django.test import Client
from published_county import publish

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.opendata import pace, queries
from qingxi_office.opendata.models import OpenKey, OpenRule
from qingxi_office.people.rights import Denied
from qingxi_office.site import open_door
from qingxi_office.trail.models import Entry

FILES = (
    "stations.csv", "villages.csv", "rates.csv", "problems.csv", "bulletins.csv", "connected.csv", "stations.geojson", "villages.geojson",
    "problems.geojson", "open-data.gpkg", "rates.sdmx.csv", "rates.structure.xml", "catalog.jsonld", "catalog.ttl", "stations.csv-metadata.json",
    "openapi.json",
)  # fmt: skip
ITEMS = "/ogc/collections/stations/items"


@pytest.fixture(autouse=True)
def _forget():
    cache.clear()
    pace.forget()


@pytest.fixture
def county(cast, office):
    publish(cast, office)
    return cast


@pytest.fixture
def anybody():
    return Client()


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("name", FILES)
def test_every_file_answers_anybody_from_anywhere_and_spares_the_second_reading(county, anybody, name):
    answer = anybody.get(f"/open-data/{name}")
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer.content
    if name == "openapi.json":
        return
    again = anybody.get(f"/open-data/{name}", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    assert anybody.get(f"/open-data/{name}").content == answer.content


@pytest.mark.parametrize("name", [*FILES, ""])
def test_an_office_that_has_published_nothing_answers_too(cast, anybody, name):
    assert anybody.get(f"/open-data/{name}").status_code == 200


def test_what_is_published_anew_has_another_etag(county, anybody, office):
    first = anybody.get("/open-data/stations.csv")
    FacilityRecord.objects.filter(key="QX-002").update(process="MBR")
    from qingxi_office.site.publishing import publish_stations

    publish_stations(by=office, as_of=date(2026, 11, 21))
    again = anybody.get("/open-data/stations.csv", HTTP_IF_NONE_MATCH=first["ETag"])
    assert again.status_code == 200
    assert "MBR" in again.content.decode("utf-8-sig")


def test_stations_as_csv_leave_the_small_count_out(county, anybody):
    by = {r["name"]: r for r in rows(anybody.get("/open-data/stations.csv"))}
    assert (by["红岩村站"]["households_connected"], by["红岩村站"]["households_withheld"]) == ("", "true")
    table = {r["code"]: r["connected"] for r in rows(anybody.get("/open-data/connected.csv"))}
    assert table["999901100"] == ""
    assert table["999901"] == "" or by["柳湾村站"]["households_connected"] == ""


def test_csv_in_other_dresses(county, anybody):
    assert anybody.get("/open-data/stations.csv").content.startswith(b"\xef\xbb\xbf")
    assert anybody.get("/open-data/stations.csv?bom=0").content.startswith(b"code,")
    assert "红岩村站" in anybody.get("/open-data/stations.csv?encoding=gb18030").content.decode("gb18030")
    for wrong in ("encoding=latin1", "bom=x"):
        answer = anybody.get(f"/open-data/stations.csv?{wrong}")
        assert answer.status_code == 400
        assert answer.json()["description"]
    assert anybody.get("/open-data/households.csv").status_code == 404
    assert anybody.get("/open-data/rates.geojson").status_code == 404
    assert anybody.post("/open-data/stations.csv").status_code == 405


def test_rates_by_place_and_time_with_the_bound_flagged(county, anybody):
    found = {(r["REF_AREA"], r["TIME_PERIOD"]): r for r in rows(anybody.get("/open-data/rates.sdmx.csv"))}
    assert len(found) == 4  # county and township on two days
    old, new = found["999901", "2020-12-31"], found["999901", "2026-11-20"]
    assert (old["OBS_VALUE"], old["CENSORED"], old["HIGH"], old["TEXT"]) == ("", "LT", "20", "<20%")
    assert (new["OBS_VALUE"], new["DEFINITION_VERSION"], new["NUMERATOR"], new["DENOMINATOR"]) == (
        "50",
        "1",
        "1",
        "2",
    )
    flat = {(r["area_code"], r["day"]): r for r in rows(anybody.get("/open-data/rates.csv"))}
    assert (flat["999901", "2020-12-31"]["value"], flat["999901", "2020-12-31"]["bound"]) == ("", "<")
    ET.fromstring(anybody.get("/open-data/rates.structure.xml").content)


def test_old_publications_without_definitions_take_them_from_what_they_were_made_of(cast, office, anybody):
    """What stood published before definitions were part of it: two figures of two definitions do not fall into one row."""

    from qingxi_office.published.actions import put_up

    figures = [
        {"name": n, "text": t, "numerator": 1, "denominator": 2} for n, t in (("村", "50.0%"), ("组", "60.25%"))
    ]
    put_up("rate", "999901", "率", {"county": "县", "host": "局", "figures": figures, "townships": [], "villages": []}, as_of=date(2025, 1, 1),
           because=["figure:treatment_rate_village@1/999901/2025-01-01", "figure:treatment_rate_hamlet@2/999901/2025-01-01"], by=office)  # fmt: skip
    said = {(r["INDICATOR"], r["DEFINITION_VERSION"], r["OBS_VALUE"]) for r in rows(anybody.get("/open-data/rates.sdmx.csv"))}  # fmt: skip
    assert said == {("treatment_rate_village", "1", "50"), ("treatment_rate_hamlet", "2", "60.25")}


def test_the_geopackage_opens_in_gdal(county, anybody, tmp_path):
    path = tmp_path / "open.gpkg"
    path.write_bytes(anybody.get("/open-data/open-data.gpkg").content)
    assert {n for n, _ in pyogrio.list_layers(path)} == {"stations", "villages", "rates", "problems", "bulletins", "connected"}  # fmt: skip
    assert pyogrio.read_info(path, layer="stations")["features"] == 2
    bounds = pyogrio.read_info(path, layer="stations")["total_bounds"]
    assert tuple(bounds) == (104.01, 30.31, 104.05, 30.35)


def test_the_catalogue_names_files_that_are_there(county, anybody):
    graph = anybody.get("/open-data/catalog.jsonld").json()["@graph"]
    files = [n["dcat:downloadURL"][0]["@id"] for n in graph if n["@type"] == ["dcat:Distribution"]]
    assert len(files) >= 11
    for address in files:
        assert anybody.get(address.removeprefix("http://testserver")).status_code == 200, address
    sets = [n for n in graph if n["@type"] == ["dcat:Dataset"]]
    assert {n["dct:identifier"][0] for n in sets} == {"stations", "villages", "rates", "problems", "bulletins", "connected"}  # fmt: skip


def test_the_page_says_what_there_is_in_both_languages(county, anybody):
    page = anybody.get("/open-data/").content.decode()
    for words in ("6 套数据", "CC BY 4.0", "不到 5 户", "GeoPackage", "CGCS2000", "天河坝县生态环境局"):
        assert words in page, words
    english = Client()
    english.cookies["django_language"] = "en"
    said = english.get("/open-data/").content.decode()
    assert "6 data sets" in said
    assert "Counts below 5 households" in said


def test_ogc_walks_from_the_landing_page_to_a_feature(county, anybody):
    links = {(link["rel"], link["type"]): link["href"] for link in anybody.get("/ogc/").json()["links"]}
    assert anybody.get(links["service-desc", "application/vnd.oai.openapi+json;version=3.0"]).json()["openapi"] == "3.0.3"  # fmt: skip
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in anybody.get(links["conformance", "application/json"]).json()["conformsTo"]  # fmt: skip
    collections = anybody.get(links["data", "application/json"]).json()["collections"]
    assert [c["id"] for c in collections] == ["stations", "villages", "problems"]
    assert collections[0]["extent"]["spatial"]["bbox"] == [[104.01, 30.31, 104.05, 30.35]]
    found = anybody.get(ITEMS).json()
    assert (found["numberMatched"], found["numberReturned"]) == (2, 2)
    one = anybody.get(f"{ITEMS}/{found['features'][0]['id']}").json()
    assert one["geometry"]["type"] == "Point"


def test_ogc_pages_by_next_links_until_the_end(county, anybody):
    seen, address = [], f"{ITEMS}?limit=1"
    while address:
        page = anybody.get(address).json()
        seen += [f["id"] for f in page["features"]]
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "").removeprefix("http://testserver")  # fmt: skip
    assert len(seen) == len(set(seen)) == 2
    back = anybody.get(f"{ITEMS}?limit=1&offset=1").json()["links"]
    assert [link["href"] for link in back if link["rel"] == "prev"] == [
        f"http://testserver{ITEMS}?offset=0&limit=1"
    ]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ("bbox=104.0,30.3,104.02,30.32", ["红岩村站"]), ("bbox=104.0,30.3,0,104.02,30.32,900", ["红岩村站"]), ("bbox=170,-90,-170,90", []),
        ("bbox=100,30,110,31", ["柳湾村站", "红岩村站"]), ("township=溪口镇", ["红岩村站"]), ("households_withheld=true&status=in_use", None),
        ("village_code=999901101200", ["柳湾村站"]), ("status=stopped", []),
    ],
)  # fmt: skip
def test_ogc_asks_by_box_and_property(county, anybody, asked, names):
    answer = anybody.get(f"{ITEMS}?{asked}")
    assert answer.status_code == 200
    found = sorted(f["properties"]["name"] for f in answer.json()["features"])
    assert names is None or found == sorted(names)


@pytest.mark.parametrize(
    ("asked", "n"),
    [
        ("2026-11-01", 1), ("2026-10-31", 0), ("2026-11-10", 1), ("../2026-10-31", 0), ("2026-12-01/..", 1), ("2026-11-01T00:00:00Z/2026-11-02T00:00:00Z", 1), ("2000-01-01/", 1),
    ],
)  # fmt: skip
def test_ogc_asks_by_time(county, anybody, asked, n):
    """The problem was found on 1 November and is open: it holds from that day on."""
    assert anybody.get("/ogc/collections/problems/items", {"datetime": asked}).json()["numberMatched"] == n


@pytest.mark.parametrize(
    "asked",
    ["limit=0", "limit=x", "limit=-1", "offset=-1", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,5,2,4", "bbox=nan,0,1,1", "bbox=inf,0,1,1", "datetime=x", "datetime=..", "datetime=../..",
     "datetime=2026-02-30", "datetime=2026-11-02/2026-11-01", "datetime=2026-11-01T00:00:00", "nonsense=1", "f=xml", "datetime=0001-01-01T00:00:00%2B14:00/.."],
)  # fmt: skip
def test_ogc_says_what_it_did_not_understand(county, anybody, asked):
    answer = anybody.get(f"{ITEMS}?{asked}")
    assert answer.status_code == 400, answer.content
    assert answer.json()["description"]


def test_ogc_limit_above_the_most_is_the_most(county, anybody):
    assert anybody.get(f"{ITEMS}?limit=999999").status_code == 200


def test_ogc_has_plain_pages_for_people(county, anybody):
    for address in ("/ogc/", "/ogc/conformance", "/ogc/collections", "/ogc/collections/stations", ITEMS):
        by_word = anybody.get(address + "?f=html")
        by_accept = anybody.get(address, HTTP_ACCEPT="text/html,application/xhtml+xml")
        assert "<h1" in by_word.content.decode()
        assert by_accept["Content-Type"].startswith("text/html")
    code = anybody.get(ITEMS).json()["features"][0]["id"]
    assert "红岩村" in anybody.get(f"{ITEMS}/{code}?f=html").content.decode()
    for missing in ("/ogc/collections/households", "/ogc/collections/households/items", f"{ITEMS}/none"):
        assert anybody.get(missing).status_code == 404


def test_questions_do_not_grow_with_rows_and_the_second_reading_asks_two(
    county, anybody, office, django_assert_max_num_queries
):

    from qingxi_office.published.actions import put_up

    for n in range(30):
        put_up("station", f"X{n}", "站", {"key": f"X-{n}", "name": f"站{n}", "status": "in_use"}, as_of=date(2026, 11, 20), because=["facility:x"], by=office)  # fmt: skip
    for address in ("/open-data/stations.csv", f"{ITEMS}?limit=5", "/open-data/catalog.jsonld", "/open-data/open-data.gpkg"):  # fmt: skip
        cache.clear()
        pace.forget()
        with django_assert_max_num_queries(16):
            tag = anybody.get(address)["ETag"]
        with django_assert_max_num_queries(2):
            anybody.get(address, HTTP_IF_NONE_MATCH=tag)


def test_who_asks_too_fast_is_told_to_wait(county, anybody, monkeypatch):
    from qingxi_office.opendata import answers

    monkeypatch.setattr(answers, "load_table", lambda name: {"asks.window": 60, "asks.most": 3})
    said = [anybody.get("/open-data/openapi.json").status_code for _ in range(5)]
    assert said == [200, 200, 200, 429, 429]
    late = anybody.get("/open-data/openapi.json")
    assert int(late["Retry-After"]) > 0
    assert anybody.get("/open-data/openapi.json", REMOTE_ADDR="10.0.0.9").status_code == 200


def test_settling_the_door_is_an_officers_deed(cast):
    said = {"posting": "key", "licence": "署名", "licence_url": "https://x.test/l", "contact": "028-1", "map_number": "审1"}  # fmt: skip
    for person in (cast.luomei, cast.zhaoyong, cast.sunning):
        with pytest.raises(Denied):
            open_door.settle(by=person, **said)
        with pytest.raises(Denied):
            open_door.make_key("平台", by=person)
    open_door.settle(by=cast.chenjing, **said)
    assert queries.rule().licence == "署名"
    assert OpenRule.objects.count() == 1
    for wrong in ({"licence_url": "javascript:x"}, {"posting": "x"}, {"licence": " "}):
        with pytest.raises(ValueError, match=r"许可|值"):
            open_door.settle(by=cast.chenjing, **{**said, **wrong})
    row, secret = open_door.make_key("市民热线平台", by=cast.chenjing)
    assert queries.by_key(secret) == row
    assert secret not in json.dumps(list(OpenKey.objects.values()), default=str, ensure_ascii=False)
    open_door.revoke_key(row, by=cast.chenjing)
    assert queries.by_key(secret) is None
    assert {"open_data.settled", "open_key.made", "open_key.revoked"} <= set(Entry.objects.values_list("action", flat=True))  # fmt: skip


def test_the_settings_page(cast):
    def browser(person):
        client = Client()
        client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
        return client

    officer = browser(cast.chenjing)
    assert "谁都可以交" in officer.get("/open-data/settings/").content.decode()
    page = officer.post("/open-data/settings/", {"part": "key", "name": "市民热线平台"}).content.decode()
    assert "qk_" in page
    assert "qk_" not in officer.get("/open-data/settings/").content.decode().replace(
        OpenKey.objects.get().begins, ""
    )
    officer.post("/open-data/settings/", {"posting": "closed", "licence": "x", "licence_url": "https://x.test"})
    assert queries.rule().posting == "closed"
    officer.post(f"/open-data/keys/{OpenKey.objects.get().pk}/revoke/")
    assert OpenKey.objects.get().revoked_at
    assert browser(cast.luomei).get("/open-data/settings/").status_code == 404
    assert browser(cast.sunning).get("/open-data/settings/").status_code == 403
    assert Client().get("/open-data/settings/").status_code == 302


def test_an_unset_rule_is_not_written_by_reading(cast, anybody):
    anybody.get("/open-data/")
    assert not OpenRule.objects.exists()
    assert queries.rule().posting == "open"


def test_two_processes_count_one_address_together(db):
    from qingxi_office.opendata.models import Pace

    begin = 1_000_000 * 300.0  # the first second of a window of 300 s
    pace.forget()
    # 100 a window: a process tells the books every second asking (100 / 50).
    assert [pace.seconds_to_wait("a" * 16, 100, 300, begin) for _ in range(60)] == [0] * 60
    assert Pace.objects.get().n == 60
    pace.forget()  # another process, which has heard nothing yet
    allowed = 0
    while pace.seconds_to_wait("a" * 16, 100, 300, begin + 10) == 0:
        allowed += 1
    assert 38 <= allowed <= 42  # 100 less 60, give or take what was untold
    assert pace.seconds_to_wait("a" * 16, 100, 300, begin + 10) == 290
    assert pace.seconds_to_wait("b" * 16, 100, 300, begin + 10) == 0, "another address is another"
    # A new window: free again, and windows of before the last are taken away.
    assert pace.seconds_to_wait("a" * 16, 100, 300, begin + 900) == 0
    pace.seconds_to_wait("a" * 16, 100, 300, begin + 900)
    assert set(Pace.objects.values_list("window", flat=True)) == {1_000_003}
    pace.forget()
    # Who asks a few times costs no writing.
    assert pace.seconds_to_wait("c" * 16, 600, 300, begin) == 0
    assert not Pace.objects.filter(who="c" * 16).exists()
    pace.forget()
