"""SensorThings 1.1: the same readings and the same rights as the pages, by hand and by a client that others wrote."""

import json
import sqlite3
from datetime import date

import pytest
from tests.office.test_strangers import browser

from qingxi.reading import day_start_s
from qingxi.store import HotStore, compact
from qingxi.wire import Device, Devices
from qingxi_office.facilities.models import FacilityRecord

ROOT = "/api/sensorthings/v1.1/"
START = day_start_s(date(2026, 11, 18))


@pytest.fixture
def store(cast, settings, tmp_path):
    """48 hours of flow and COD of one plant, the first day filed; one reading in maintenance."""
    FacilityRecord.objects.filter(key="QX-001").update(lon=104.5, lat=25.1)
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    hot = HotStore(settings.QINGXI_STORE)
    hot.register(Devices([Device("M1", "", "QX-001", every_min=60)]))
    hot.close()
    with sqlite3.connect(settings.QINGXI_STORE) as db:
        for hour in range(48):
            body = {
                "flow": {"Rtd": 10.0 + hour, "Flag": "M" if hour == 3 else "N"},
                "cod": {"Rtd": 45.5, "Flag": "N"},
            }
            db.execute(
                "INSERT INTO telemetry_packet (mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw)"
                " VALUES ('M1', '2011', ?, 1, 'rtd', ?, 0, 'live', '', 2017, '', '')",
                (START + hour * 3600, json.dumps(body)),
            )
        db.execute(
            "INSERT INTO telemetry_newest (mn, part, data_s, turn, body) VALUES ('M1', '', ?, 1, ?)",
            (START + 47 * 3600, json.dumps(body)),
        )
    compact(settings.QINGXI_STORE, date(2026, 11, 18), 1)


def asked(person, path, **query):
    return browser(person).get(ROOT + path, query)


def test_every_way_leads_where_it_says(cast, store):
    ask = lambda path, **query: asked(cast.luomei, path, **query).json()  # noqa: E731
    assert {each["name"] for each in ask("")["value"]} >= {"Things", "Datastreams", "Observations"}
    thing = ask("Things('QX-001')")
    assert (thing["@iot.id"], thing["name"]) == ("QX-001", FacilityRecord.objects.get(key="QX-001").name)
    client = browser(cast.luomei)
    streams = client.get(thing["Datastreams@iot.navigationLink"]).json()["value"]
    assert [each["@iot.id"] for each in streams] == ["QX-001:effluent:cod", "QX-001:effluent:flow"]
    for row in (thing, *streams, ask("Observations", **{"$top": 1})["value"][0], ask("Locations('QX-001')"), ask("Sensors('QX-001:effluent')"), ask("ObservedProperties('cod')")):  # fmt: skip
        assert client.get(row["@iot.selfLink"]).json() == row
        for name, link in row.items():
            if name.endswith("@iot.navigationLink"):
                assert client.get(link).status_code == 200, link
    assert ask("Locations('QX-001')")["location"]["coordinates"] == [104.5, 25.1]
    assert [row["@iot.id"] for row in ask("ObservedProperties")["value"]] == ["cod", "flow"]


def test_observations_by_time_by_pages_and_counted(cast, store):
    ask = lambda **query: asked(cast.luomei, "Datastreams('QX-001:effluent:flow')/Observations", **query).json()  # noqa: E731
    first = ask(**{"$top": "5", "$count": "true"})
    assert first["@iot.count"] == 48
    # 2026-11-18 in Beijing begins at 16:00 UTC the day before.
    assert [row["phenomenonTime"] for row in first["value"][:2]] == ["2026-11-17T16:00:00Z", "2026-11-17T17:00:00Z"]
    assert [row["result"] for row in first["value"]] == [10, 11, 12, 13, 14]
    assert [row["resultQuality"] for row in first["value"]] == ["valid"] * 3 + ["not valid", "valid"]
    second = browser(cast.luomei).get(first["@iot.nextLink"]).json()
    assert [row["result"] for row in second["value"]] == [15, 16, 17, 18, 19]
    newest = ask(**{"$orderby": "phenomenonTime desc", "$top": "2"})
    assert [row["result"] for row in newest["value"]] == [57, 56]
    # 10:00 to 12:00 of the second day, the end not in it: hours 34 and 35
    some = ask(
        **{"$filter": "phenomenonTime ge 2026-11-19T10:00:00+08:00 and phenomenonTime lt 2026-11-19T04:00:00Z"}
    )
    assert [row["result"] for row in some["value"]] == [44, 45]
    bare = ask(**{"$top": "1", "$select": "result,phenomenonTime"})["value"]
    assert bare == [{"phenomenonTime": "2026-11-17T16:00:00Z", "result": 10}]
    open_ = asked(
        cast.luomei, "Datastreams('QX-001:effluent:flow')", **{"$expand": "Thing,ObservedProperty"}
    ).json()
    assert (open_["Thing"]["@iot.id"], open_["ObservedProperty"]["@iot.id"]) == ("QX-001", "flow")


def test_what_is_not_understood_is_refused_with_a_reason(cast, store):
    for query in ({"$filter": "result gt 5"}, {"$expand": "Thing/Nothing"}, {"$expand": "Thing($top=x)"}, {"$expand": "Thing(($top=1)"}, {"$orderby": "result"}, {"$filter": "name eq"}, {"$filter": "(name eq 'x'"}, {"$filter": "sqrt(name) eq 2"}, {"$filter": "phenomenonTime gt 2026-99-01"}, {"$filter": "name ge 'a' name"}, {"$select": "gold"}, {"$resultFormat": "dataArray"}, {"$resultFormat": "csv"}, {"$top": "-1"}, {"$apply": "x"}, {"$expand": "Nothing"}, {"$count": "ja"}):  # fmt: skip
        answer = asked(cast.luomei, "Datastreams", **query)
        assert answer.status_code == 400, query
        assert answer.json()["detail"]
    for path in ("Tings", "Things('none')", "Things('QX-001')/Nothing", "Datastreams('QX-001:effluent:tn')", "Observations('QX-001:effluent:cod:5:rtd')", "Things/Datastreams", "Things('QX-001')/name/none", "Things('QX-001')/Datastreams('QX-002:effluent:cod')", "/".join(["Things('QX-001')", "Datastreams"] * 9)):  # fmt: skip
        assert asked(cast.luomei, path).status_code == 404, path


def test_rows_are_told_by_any_property_and_through_what_they_lead_to(cast, store):
    def ask(path, text):
        return [row["@iot.id"] for row in asked(cast.luomei, path, **{"$filter": text}).json()["value"]]

    assert ask("Datastreams", "ObservedProperty/id eq 'cod'") == ["QX-001:effluent:cod"]
    assert ask("Datastreams", "substringof('flow', id) or Thing/name eq 'x'") == ["QX-001:effluent:flow"]
    assert ask("Datastreams", "not endswith(tolower(id), 'flow') and length(id) gt 5") == ["QX-001:effluent:cod"]
    design = FacilityRecord.objects.get(key="QX-001").design_m3_d
    assert "QX-001" in ask("Things", f"properties/design_m3_d eq {design} and properties/nothing eq null")
    assert "QX-001" not in ask("Things", f"properties/design_m3_d gt {design}")
    flow = "Datastreams('QX-001:effluent:flow')/Observations"
    # Flow is 10 + hour: greater than 55 are hours 46 and 47; the one in maintenance is hour 3.
    rows = asked(cast.luomei, flow, **{"$filter": "result gt 55", "$count": "true"}).json()
    assert (rows["@iot.count"], [row["result"] for row in rows["value"]]) == (2, [56, 57])
    rows = asked(cast.luomei, flow, **{"$filter": "resultQuality ne 'valid' and result lt 20"}).json()["value"]
    assert [row["result"] for row in rows] == [13]
    # Half an hour past: what is later than it begins with the next hour, 17:00 UTC of the 17th is hour 1.
    rows = asked(cast.luomei, flow, **{"$filter": "phenomenonTime gt 2026-11-17T16:30:00.5Z and resultTime le '2026-11-17T18:00:00Z'"}).json()["value"]  # fmt: skip
    assert [row["result"] for row in rows] == [11, 12]
    both = asked(cast.luomei, "Datastreams", **{"$orderby": "ObservedProperty/id desc,name"}).json()["value"]
    assert [row["@iot.id"] for row in both] == ["QX-001:effluent:flow", "QX-001:effluent:cod"]


def test_what_is_expanded_has_its_own_options_and_paths_go_deep(cast, store):
    inner = "Datastreams($filter=endswith(id,'flow');$expand=Observations($orderby=phenomenonTime desc;$top=2;$select=result),ObservedProperty)"
    thing = asked(cast.luomei, "Things('QX-001')", **{"$expand": inner + ",Locations/HistoricalLocations"}).json()
    (stream,) = thing["Datastreams"]
    assert [row["result"] for row in stream["Observations"]] == [57, 56]
    assert stream["ObservedProperty"]["@iot.id"] == "flow"
    assert set(stream["Observations"][0]) == {"result"}
    client = browser(cast.luomei)
    assert len(client.get(stream["Observations@iot.nextLink"]).json()["value"]) == 46
    assert thing["Locations"][0]["HistoricalLocations"][0]["@iot.id"] == "QX-001"
    deep = "Things('QX-001')/Datastreams('QX-001:effluent:flow')/ObservedProperty"
    assert asked(cast.luomei, deep).json()["@iot.id"] == "flow"
    assert (
        asked(cast.luomei, deep + "/name/$value").content.decode()
        == asked(cast.luomei, deep + "/name").json()["name"]
    )
    links = asked(cast.luomei, "Things('QX-001')/Datastreams/$ref").json()["value"]
    assert [list(row) for row in links] == [["@iot.selfLink"]] * 2


def test_observations_as_arrays_and_what_is_conformed_to(cast, store):
    said = asked(
        cast.luomei, "Observations", **{"$resultFormat": "dataArray", "$top": "50", "$count": "true"}
    ).json()
    # 48 of COD, then the first two of flow; 96 in all.
    assert said["@iot.count"] == 96
    assert [part["dataArray@iot.count"] for part in said["value"]] == [48, 2]
    flow = said["value"][1]
    assert flow["components"][:4] == ["id", "phenomenonTime", "resultTime", "result"]
    assert flow["dataArray"][0][1:4] == ["2026-11-17T16:00:00Z", "2026-11-17T16:00:00Z", 10]
    assert browser(cast.luomei).get(flow["Datastream@iot.navigationLink"]).status_code == 200
    following = browser(cast.luomei).get(said["@iot.nextLink"]).json()["value"]
    assert [part["dataArray@iot.count"] for part in following] == [46]
    bare = asked(
        cast.luomei, "Observations", **{"$resultFormat": "dataArray", "$select": "result", "$top": "1"}
    ).json()
    assert bare["value"][0]["dataArray"] == [[45.5]]
    assert any(
        one.endswith("/data-array/data-array")
        for one in asked(cast.luomei, "").json()["serverSettings"]["conformance"]
    )
    assert browser(cast.luomei).post(ROOT + "Things", {}).status_code == 405


def test_a_stranger_sees_nothing_of_it_and_no_one_unsigned_anything(cast, store, client):
    assert client.get(ROOT + "Things").status_code == 401
    for path in ("Things('QX-001')", "Datastreams('QX-001:effluent:cod')", "Datastreams('QX-001:effluent:cod')/Observations", "Locations('QX-001')", "Sensors('QX-001:effluent')", f"Observations('QX-001:effluent:cod:{START}:rtd')"):  # fmt: skip
        assert asked(cast.hezhi, path).status_code == 404, path
        assert asked(cast.luomei, path).status_code == 200, path
    for name in ("Datastreams", "Observations", "Sensors", "ObservedProperties"):
        assert asked(cast.hezhi, name).json()["value"] == []
    assert "QX-001" not in asked(cast.hezhi, "Things").content.decode()


def test_a_client_that_others_wrote_reads_it(cast, store, monkeypatch):
    """The client of the service FROST, its requests handed to the office in this process."""
    frost = pytest.importorskip("frost_sta_client", reason="frost-sta-client is not installed")
    import requests

    inside = browser(cast.luomei)

    def handed(_method, url, params=None, **_):
        got = inside.get(str(url).removeprefix("http://testserver"), params or {})
        answer = requests.Response()
        answer.status_code, answer._content, answer.url = got.status_code, got.content, str(url)
        answer.encoding = "utf-8"
        return answer

    monkeypatch.setattr(requests, "request", handed)
    service = frost.SensorThingsService("http://testserver" + ROOT)
    assert "QX-001" in [thing.id for thing in service.things().query().list()]
    thing = service.things().find("QX-001")
    stream = next(each for each in thing.get_datastreams().query().list() if each.id.endswith("flow"))
    rows = stream.get_observations().query().orderby("phenomenonTime", "desc").top(3).list()
    assert [row.result for row in rows.entities] == [57, 56, 55]
