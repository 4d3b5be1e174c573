"""Open311 GeoReport v2: handing in by the same law as the villager's page, and reading without what points to a person."""

from datetime import timedelta
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from published_county import publish

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake.actions import hand_in, note_answer, reply
from qingxi_office.intake.models import PublicReport
from qingxi_office.opendata import actions, queries
from qingxi_office.opendata.models import Asked
from qingxi_office.trail import clock

V2 = "/open311/v2"
NEW = f"{V2}/requests.json"


@pytest.fixture
def county(cast, office):
    cache.clear()
    publish(cast, office)
    return cast


@pytest.fixture
def code(county):
    return FacilityRecord.objects.get(key="QX-001").public_code


@pytest.fixture
def anybody():
    return Client(enforce_csrf_checks=True)


def asked(code, **more):
    return {"service_code": "smell", "description": "夜里臭得睡不着", "address_id": code, **more}


def settle(office, **change):
    said = {
        "posting": "open",
        "licence": "x",
        "licence_url": "https://x.test",
        "contact": "028-1",
        "map_number": "",
    }
    actions.settle(by=office, **(said | change))


def test_a_request_becomes_a_report_with_both_numbers(code, anybody):
    answer = anybody.post(NEW, asked(code, **{"attribute[SINCE]": "week", "phone": "13912345678", "email": "x@x.test", "first_name": "三"}))  # fmt: skip
    assert answer.status_code == 201
    (said,) = answer.json()
    report = PublicReport.objects.get()
    assert (report.facility, report.facility_name, report.village_code) == ("QX-001", "红岩村站", "999901100200")
    assert report.text == "【又臭又响】夜里臭得睡不着\n从这一周起"
    assert report.phone == "13912345678"
    assert report.code in said["service_notice"]
    assert said["service_request_id"] == queries.public_id(report)
    assert "x.test" not in str(PublicReport.objects.values().get()) + str(Asked.objects.values().get())
    (one,) = anybody.get(f"{V2}/requests/{said['service_request_id']}.json").json()
    assert (one["status"], one["service_code"], one["address_id"], one["lat"]) == ("open", "smell", code, 30.31)
    assert one["requested_datetime"].endswith("T00:00:00+08:00")
    (same,) = anybody.get(f"{V2}/tokens/{said['service_request_id']}.json").json()
    assert same == {"service_request_id": said["service_request_id"], "token": said["service_request_id"]}


def test_the_same_again_is_the_same_request(code, anybody):
    first, again = (anybody.post(NEW, asked(code)) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()[0]["service_request_id"] == again.json()[0]["service_request_id"]
    assert PublicReport.objects.count() == 1
    assert anybody.post(NEW, asked(code), REMOTE_ADDR="10.9.9.9").status_code == 201


def test_one_address_does_not_flood_and_hears_why(code, anybody):
    """Five an hour go their way, more wait for a look and are told to nobody, 121 are too many (``intake.csv``)."""
    said = [anybody.post(NEW, asked(code, description=f"臭 {n}")) for n in range(7)]
    assert [a.status_code for a in said] == [201] * 7
    assert PublicReport.objects.exclude(held="").count() == 2
    assert len(anybody.get(NEW).json()) == 5
    PublicReport.objects.bulk_create(
        [PublicReport(code=f"X{n}", text="臭", received_at=clock.now(), sender_hash=PublicReport.objects.first().sender_hash) for n in range(113)]
    )  # fmt: skip
    late = anybody.post(NEW, asked(code, description="再来"))
    assert late.status_code == 429
    assert late.json()[0]["code"] == 429


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"service_code": "moon"}, ["service_code"]), ({"description": " "}, ["description"]), ({"address_id": "NONE"}, ["站码"]), ({"address_id": ""}, ["至少给一种地方"]),
        ({"address_id": "", "lat": "91", "long": "1"}, ["lat 和 long"]), ({"address_id": "", "lat": "30.3"}, ["lat 和 long"]), ({"address_id": "", "lat": "nan", "long": "nan"}, ["lat 和 long"]),
        ({"address_id": "", "lat": "10", "long": "10"}, ["附近"]), ({"attribute[SINCE]": "never"}, ["SINCE"]), ({"description": "x" * 4001}, ["4000"]),
        ({"service_code": "", "description": "", "address_id": ""}, ["service_code", "description", "地方"]),
    ],
)  # fmt: skip
def test_everything_that_is_wrong_is_told_at_once(code, anybody, change, words):
    answer = anybody.post(NEW, asked(code, **change))
    assert answer.status_code == 400
    told = [e["description"] for e in answer.json()]
    assert all(any(w in t for t in told) for w in words), told
    assert not PublicReport.objects.exists()


def test_errors_in_xml_have_the_standards_form(code, anybody):
    root = ET.fromstring(anybody.post(f"{V2}/requests.xml", asked(code, service_code="moon")).content)
    assert root.tag == "errors"
    assert root.findtext("error/code") == "400"
    assert "service_code" in root.findtext("error/description")


def test_a_point_is_the_station_close_by_else_the_village(county, anybody):
    """45 m north of 红岩村站 (0.0004° × 111,320 m); then 1.1 km off, where only the village's point is near."""
    anybody.post(NEW, {"service_code": "overflow", "description": "冒水", "lat": "30.3104", "long": "104.01"})
    anybody.post(NEW, {"service_code": "overflow", "description": "冒水了", "lat": "30.3", "long": "104.001"})
    first, second = PublicReport.objects.order_by("pk")
    assert (first.facility, second.facility, second.village_code) == ("QX-001", "", "999901100200")
    shown = anybody.get(NEW).json()
    assert {(r["lat"], r["long"]) for r in shown} == {(30.31, 104.01), (30.3, 104.0)}, (
        "never where the sender stood"
    )


def test_an_address_in_words_finds_its_village(county, anybody):
    anybody.post(NEW, {"service_code": "road", "description": "路没有复原", "address_string": "溪口镇红岩村3组"})
    report = PublicReport.objects.get()
    assert report.village_code == "999901100200"
    assert report.place == "溪口镇红岩村3组"
    assert report.channel == "api"


def test_a_photo_loses_its_place_and_is_not_shown(code, anybody):
    picture, exif = BytesIO(), Image.Exif()
    exif[0x010E] = "GPS 104.05"
    Image.new("RGB", (40, 30), "red").save(picture, "JPEG", exif=exif)
    photo = picture.getvalue()
    assert b"GPS" in photo
    answer = anybody.post(NEW, asked(code, media=SimpleUploadedFile("a.jpg", photo)))
    assert answer.status_code == 201
    assert b"GPS" not in PublicReport.objects.get().photo.read()
    assert anybody.get(NEW).json()[0]["media_url"] is None
    wrong = anybody.post(NEW, asked(code, description="另一件", media=SimpleUploadedFile("a.jpg", b"GIF89a")))
    assert wrong.status_code == 400


def test_a_county_may_want_a_key_or_close_the_door(code, anybody, office):
    row, secret = actions.make_key("市民热线平台", by=office)
    settle(office, posting="key")
    for wrong in ({}, {"api_key": "qk_wrong"}):
        assert anybody.post(NEW, asked(code, **wrong)).status_code == 403
    assert anybody.post(NEW, asked(code, api_key=secret)).status_code == 201
    assert Asked.objects.get().key == row
    for n in range(8):  # one platform hands in for many: each device has its own measure
        assert anybody.post(NEW, asked(code, api_key=secret, device_id=f"d{n}", description=f"臭{n}")).status_code == 201  # fmt: skip
    actions.revoke_key(row, by=office)
    assert anybody.post(NEW, asked(code, api_key=secret, description="又")).status_code == 403
    settle(office, posting="closed")
    assert anybody.post(NEW, asked(code)).status_code == 403
    assert anybody.get(NEW).status_code == 200


def test_a_platform_has_its_limit(code, anybody, office, monkeypatch):
    _row, secret = actions.make_key("平台", by=office)
    monkeypatch.setattr(actions, "load_table", lambda name: {"key.per_hour": 2})
    said = [anybody.post(NEW, asked(code, api_key=secret, device_id=str(n), description=f"臭{n}")).status_code for n in range(3)]  # fmt: skip
    assert said == [201, 201, 429]


def test_the_list_is_filtered_by_kind_state_and_day(code, anybody):
    anybody.post(NEW, asked(code))
    anybody.post(NEW, asked(code, service_code="damaged", description="井盖丢了"))
    old = hand_in("去年的事", address="10.0.0.1", facility="QX-002")
    PublicReport.objects.filter(pk=old.pk).update(received_at=clock.now() - timedelta(days=200))
    closed = PublicReport.objects.get(text__contains="井盖")
    note_answer(closed, "补上了")

    def found(**question):
        return sorted(r["service_code"] for r in anybody.get(NEW, question).json())

    assert found() == ["damaged", "smell"]
    assert found(service_code="smell,road") == ["smell"]
    assert found(status="closed") == ["damaged"]
    assert found(status="open,closed") == ["damaged", "smell"]
    day = (clock.now() - timedelta(days=201)).date().isoformat()
    assert found(start_date=day) == ["other"]
    assert found(start_date="2026-11-19T00:00:00Z", end_date="2026-11-22T00:00:00Z") == ["damaged", "smell"]
    both = ",".join(r["service_request_id"] for r in anybody.get(NEW).json())
    assert found(service_request_id=both) == ["damaged", "smell"]
    reply(PublicReport.objects.get(pk=closed.pk), False)
    assert found(status="open") == ["damaged", "smell"]
    for wrong in ({"status": "lost"}, {"start_date": "x"}, {"start_date": "2025-01-01", "end_date": "2026-01-01"}, {"start_date": "2026-01-02", "end_date": "2026-01-01"}, {"end_date": "0001-01-01"}):  # fmt: skip
        assert anybody.get(NEW, wrong).status_code == 400, wrong


def test_a_made_up_number_is_404(county, anybody):
    report = hand_in("臭", address="10.0.0.1", facility="QX-001")
    for wrong in (report.code, str(report.pk), f"{report.pk}-0000000000", "x", "٣-a", "9" * 30):
        assert anybody.get(f"{V2}/requests/{wrong}.json").status_code == 404, wrong
        assert anybody.get(f"{V2}/tokens/{wrong}.xml").status_code == 404


def test_the_same_words_in_xml_and_in_english(county, anybody):
    root = ET.fromstring(anybody.get(f"{V2}/services.xml").content)
    assert (root.tag, root[0].tag) == ("services", "service")
    assert [s.findtext("service_code") for s in root] == [s["service_code"] for s in anybody.get(f"{V2}/services.json").json()]  # fmt: skip
    definition = ET.fromstring(anybody.get(f"{V2}/services/smell.xml").content)
    assert definition.findtext("attributes/attribute/code") == "SINCE"
    assert len(definition.findall("attributes/attribute/values/value")) == 4
    english = anybody.get(f"{V2}/services.json", HTTP_ACCEPT_LANGUAGE="en").json()
    assert english[0]["service_name"] == "Smell or noise"
    assert anybody.get(f"{V2}/services/moon.json").status_code == 404


def test_discovery_names_the_endpoint(county, anybody, office):
    settle(office, posting="key")
    said = anybody.get("/open311/discovery.json").json()
    assert said["endpoints"][0]["url"] == "http://testserver/open311/v2"
    assert "028-1" in said["key_service"]
    root = ET.fromstring(anybody.get(f"{V2}/discovery.xml").content)
    assert root.findtext("endpoints/endpoint/specification") == "http://wiki.open311.org/GeoReport_v2"
    assert [f.text for f in root.findall("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]


def test_another_countys_jurisdiction_is_404_and_ours_is_not(county, anybody):
    assert anybody.get(f"{V2}/services.json?jurisdiction_id=510000").status_code == 404
    assert anybody.get(f"{V2}/services.json?jurisdiction_id=999901").status_code == 200
    assert anybody.post(f"{V2}/services.json").status_code == 405


def test_questions_do_not_grow_with_requests(county, anybody, django_assert_max_num_queries):
    for n in range(20):
        hand_in(f"臭{n}", address=f"10.0.1.{n}", facility="QX-001")
    with django_assert_max_num_queries(6):
        assert len(anybody.get(NEW).json()) == 20


def test_what_intake_holds_back_is_not_told(county, anybody):
    report = hand_in("臭", address="10.0.0.1", facility="QX-001")
    PublicReport.objects.filter(pk=report.pk).update(held="填得太快")
    assert anybody.get(NEW).json() == []
    assert anybody.get(f"{V2}/requests/{queries.public_id(report)}.json").status_code == 404
