"""The open door tells what was published and nothing of the living books: every address of it, walked by a stranger."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse
from published_county import publish

from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.findings.models import FindingRecord
from qingxi_office.intake.actions import follow, hand_in, note_answer
from qingxi_office.intake.models import PublicReport
from qingxi_office.issues.models import IssueRecord
from qingxi_office.opendata import queries, urls
from qingxi_office.opendata.models import Asked
from qingxi_office.opendata.sets import PLACED, SETS
from qingxi_office.site import rules
from qingxi_office.trail import clock
from qingxi_office.villages.models import HamletRecord, HouseholdRecord

MARK = re.compile(
    "ZQ(?:operator|name|key|CODE|station|issue|title|finding|statement|hamlet|house|door|words|answer|mark)"
)


@pytest.fixture
def county(cast, office):
    """The published county, and beside it living records that nobody published, each with a mark."""
    cache.clear()
    publish(cast, office)
    village, station = cast.places["999901100200"], FacilityRecord.objects.get(key="QX-001")
    FacilityRecord.objects.filter(key="QX-002").update(operator="ZQoperator", name="ZQname")
    FacilityRecord.objects.create(key="ZQkey", public_code="ZQCODE", name="ZQstation", place=village, design_m3_d=1)
    IssueRecord.objects.create(
        key="ZQissue", title="ZQtitle", klass="一般", place=village, facility=station, found_on="2026-11-20", assigned_on="2026-11-20", due_on="2026-11-20",
        state="交办", because=[],
    )  # fmt: skip
    FindingRecord.objects.create(
        key="ZQfinding", facility=station, rule="idle", rule_name="闲置", period_from="2026-11-20", period_to="2026-11-20", confidence="较高",
        statement="ZQstatement", found_on="2026-11-20", because=["facility:QX-001"],
    )  # fmt: skip
    hamlet = HamletRecord.objects.create(
        key="999901100200001", place=cast.places["999901100200001"], name="ZQhamlet"
    )
    HouseholdRecord.objects.create(key="ZQhouse", hamlet=hamlet, door="ZQdoor", lon=104.0, lat=30.0)
    report = hand_in("ZQwords 我叫王五,电话13900005678", address="10.1.1.1", facility="QX-001", facility_name="红岩村站", phone="13900005678")  # fmt: skip
    note_answer(report, "ZQanswer 王五家修好了")
    follow(report, address="10.1.1.2")
    Asked.objects.create(report=report, service="smell", lon=104.1234567, lat=30.7654321, mark="ZQmark", at=clock.now())  # fmt: skip
    return cast


def addresses():
    """Every address of the open door, with what it takes filled in."""
    report, station = PublicReport.objects.get(), FacilityRecord.objects.get(key="QX-001").public_code
    number = queries.public_id(report)
    takes = {
        "open_data_file": [(n, "csv") for n in SETS] + [(n, "geojson") for n in PLACED], "open_data_catalog": [("jsonld",), ("ttl",)],
        "open_data_csvw": [(n,) for n in SETS], "ogc_collection": [(n,) for n in PLACED], "ogc_items": [(n,) for n in PLACED], "ogc_item": [("stations", station), ("villages", "999901100200")],
        "open311_services": [("json",), ("xml",)], "open311_service": [("smell", "json"), ("smell", "xml")], "open311_requests": [("json",), ("xml",)],
        "open311_request": [(number, "json"), (number, "xml")], "open311_token": [(number, "json")], "open311_discovery": [("json",), ("xml",)],
    }  # fmt: skip
    for entry in urls.urlpatterns:
        for args in takes.get(entry.name, [()]):
            yield entry.name, reverse(entry.name, args=args)


def test_no_answer_tells_a_living_record_or_a_person(county):
    report = PublicReport.objects.get()
    asked = set()
    for name, address in addresses():
        for also in ("", "?f=html") if name.startswith("ogc_") and name != "ogc_api" else ("",):
            answer = Client().get(address + also)
            assert answer.status_code == 200, address
            asked.add(name)
            text = b"".join(answer).decode("utf-8", "replace") if answer.streaming else answer.content.decode("utf-8", "replace")  # fmt: skip
            assert not MARK.findall(text), f"{address} tells {MARK.findall(text)}"
            for secret in ("王五", "5678", report.code, report.sender_hash, "104.1234", "30.7654", "罗梅", "赵勇"):
                assert secret not in text, f"{address} tells {secret}"
    assert asked == {entry.name for entry in urls.urlpatterns}


def test_every_address_of_the_open_door_is_open_and_nothing_else_is(county):
    own = {entry.name for entry in urls.urlpatterns}
    assert all(rules.RULES[name].open for name in own)
    officers = {"open_settings", "open_key_revoke"}
    assert all(not rules.RULES[name].open for name in officers)
    prefixes = ("open-data/", "ogc/", "open311/")
    found = {name for name, pattern in rules.addresses() if pattern.lstrip("^").startswith(prefixes)}
    assert found == own | officers
    assert get_resolver() is not None


def test_a_deed_of_a_stranger_changes_nothing(county):
    before = list(PublicReport.objects.values())
    for _name, address in addresses():
        for method in ("post", "put", "patch", "delete"):
            assert getattr(Client(), method)(address).status_code in (400, 405), address
    assert list(PublicReport.objects.values()) == before


def test_the_true_counts_behind_withheld_ones_are_nowhere(county):
    """红岩村站 has 3 households; its township and village the same."""
    for form in ("csv", "geojson"):
        text = Client().get(f"/open-data/stations.{form}").content.decode("utf-8-sig")
        assert not re.search(r'"households_connected": 3\b', text)
        assert ",3,true" not in text
    assert ",3,true" not in Client().get("/open-data/connected.csv").content.decode("utf-8-sig")
