"""Clients that others wrote read the served office: OWSLib the features, georeport the requests, GDAL the GeoJSON."""

import json

import pytest
from django.core.cache import cache
from georeport import GeoReport
from owslib.ogcapi.features import Features
from published_county import publish
from served import while_served

from qingxi_office.intake.actions import hand_in
from qingxi_office.intake.models import PublicReport
from qingxi_office.opendata import pace


@pytest.fixture
def county(cast, office):
    cache.clear()
    pace.forget()
    publish(cast, office)
    return cast


def test_owslib_reads_the_features(county):
    def work(address):
        told = Features(f"{address}/ogc/")
        assert told.api()["openapi"].startswith("3.0")
        assert any(c.endswith("/conf/core") for c in told.conformance()["conformsTo"])
        assert told.feature_collections() == ["stations", "villages", "problems"]
        about = told.collection("stations")
        assert about["id"] == "stations"
        everything = told.collection_items("stations")
        near = told.collection_items("stations", bbox=[104.0, 30.3, 104.02, 30.32], limit=10)
        late = told.collection_items("problems", datetime_="2026-12-01/..")
        one = told.collection_item("stations", everything["features"][0]["id"])
        return everything, near, late, one

    everything, near, late, one = while_served(work)
    assert everything["numberMatched"] == 2
    assert [f["properties"]["name"] for f in near["features"]] == ["红岩村站"]
    assert late["numberReturned"] == 1
    assert one["type"] == "Feature"


def test_gdal_reads_the_geojson(county, tmp_path):
    import pyogrio
    from django.test import Client

    path = tmp_path / "stations.geojson"
    path.write_bytes(Client().get("/open-data/stations.geojson").content)
    _meta, table = pyogrio.read_arrow(path)
    assert sorted(table["name"].to_pylist()) == ["柳湾村站", "红岩村站"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_services_and_requests(county, form):
    """The client library's own requests and its own parsing, at an address of ours instead of a city that it knows."""
    report = hand_in(
        "又臭又响,我叫张三,电话 139 1234 5678", address="10.1.2.3", facility="QX-001", facility_name="红岩村站"
    )
    hand_in("井盖丢了", address="10.1.2.4", facility="QX-002", facility_name="柳湾村站")
    PublicReport.objects.filter(pk=report.pk).update(state="answered", answer="张三家的管子修好了", answered_at=report.received_at)  # fmt: skip

    def work(address):
        client = GeoReport(f"{address}/open311/v2", jurisdiction="999901", output_format=form)
        services = client.get_service_list()
        definition = client.get_service_definition("smell")
        listed = client.get_service_requests()
        closed = client.get_service_requests(status="closed")
        closed = closed if isinstance(closed, list) else [closed]
        one = client.get_service_request(closed[0]["service_request_id"])
        return services, definition, listed, closed, one

    services, definition, listed, closed, one = while_served(work)
    assert {"smell", "overflow", "other"} <= {s["service_code"] for s in services}
    assert definition["service_code"] == "smell"
    assert len(listed) == 2
    assert [r["address"] for r in closed] == ["红岩村 红岩村站"]
    assert one["status"] == "closed"
    assert float(one["lat"]) == 30.31
    said = json.dumps([listed, closed, one], ensure_ascii=False)
    for secret in ("张三", "139", "5678", "又臭", "井盖丢了", report.code, "管子修好"):
        assert secret not in said, secret


def test_georeport_with_another_jurisdiction_meets_404(county):
    import requests

    def work(address):
        with pytest.raises(requests.HTTPError, match="404"):
            GeoReport(f"{address}/open311/v2", jurisdiction="chicago").get_service_list()

    while_served(work)
