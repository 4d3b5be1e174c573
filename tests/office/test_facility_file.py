"""The file of a facility: fields, state, end, costs, code; what a scan opens; a round by thumb."""

from datetime import date

import pytest
from django.test import Client

from qingxi_office.facilities import actions
from qingxi_office.facilities.models import FacilityCost, FacilityEvent, FacilityRecord
from qingxi_office.intake.code import whole
from qingxi_office.people.rights import Denied
from qingxi_office.published import actions as published
from qingxi_office.published.queries import latest
from qingxi_office.readings.models import VisitRow
from qingxi_office.trail.models import Entry

DAY = date(2026, 11, 20)


def browser(person) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def station(cast):
    return FacilityRecord.objects.get(key="QX-001")


def test_fields_are_changed_and_brought_back(cast, station):
    """The operator's name finds its unit again: rights hang on the unit, not on the name."""
    clerk, address = browser(cast.luomei), "/facilities/QX-001/file/"
    assert (
        clerk.post(
            address, {"name": "红岩站", "design_m3_d": "40", "operator": "别的公司", "actual_m3_d": "12.5"}
        ).status_code
        == 302
    )
    station.refresh_from_db()
    assert (station.name, station.design_m3_d, station.operator_unit_id, station.actual_m3_d) == (
        "红岩站",
        40.0,
        None,
        12.5,
    )
    assert browser(cast.zhaoyong).get("/facilities/QX-001/").status_code == 404, "no longer his firm's"
    event = FacilityEvent.objects.get()
    assert event.old == {"name": "红岩村站", "design_m3_d": 30.0, "operator": "清源运维公司", "actual_m3_d": None,
                         "operator_unit_id": cast.units["清源运维公司"].pk}  # fmt: skip
    assert clerk.post(address + "undo/", {"event": event.pk}).status_code == 302
    station.refresh_from_db()
    assert (station.name, station.operator_unit_id) == ("红岩村站", cast.units["清源运维公司"].pk)
    assert browser(cast.zhaoyong).get("/facilities/QX-001/").status_code == 200
    wrong = clerk.post(address, {"name": "", "design_m3_d": "-1"})
    assert wrong.status_code == 400
    assert "名称要填" in wrong.content.decode()
    assert browser(cast.zhaoyong).post(address, {"name": "x"}).status_code == 403


def test_a_stop_names_its_class_and_can_be_undone(cast, station):
    with pytest.raises(actions.Refused, match="四类"):
        actions.set_status(station, "stopped", by=cast.luomei, on=DAY, reason="风机坏")
    event = actions.set_status(station, "stopped", by=cast.luomei, on=DAY, reason="风机坏", fault_class="停运破损")
    station.refresh_from_db()
    assert (station.status, station.fault_class) == ("stopped", "停运破损")
    actions.undo(event, by=cast.luomei)
    station.refresh_from_db()
    assert (station.status, station.fault_class) == ("in_use", "")
    with pytest.raises(ValueError, match="没有可以撤销"):
        actions.undo(event, by=cast.luomei)
    assert Entry.objects.filter(action="facility.status").count() == 2
    with pytest.raises(Denied):
        actions.set_status(station, "stopped", by=cast.hezhi, on=DAY, reason="x", fault_class="停运破损")


def test_scrapping_needs_consent_and_is_final(cast, station):
    actions.set_status(station, "stopped", by=cast.luomei, on=DAY, reason="并网了", fault_class="规模与需求不符")
    said = {"on": "2026-11-19", "reason": "并网", "document": "财资〔2026〕3号", "book_value": "12.34"}
    assert browser(cast.luomei).post("/facilities/QX-001/file/scrap/", said).status_code == 403, "the county's deed"
    browser(cast.chenjing).post("/facilities/QX-001/file/scrap/", {**said, "document": ""})
    station.refresh_from_db()
    assert station.status == "stopped"
    browser(cast.chenjing).post("/facilities/QX-001/file/scrap/", said)
    station.refresh_from_db()
    # 12.34 万元 are 123,400 元, 12,340,000 分
    assert (station.status, station.book_value_fen, station.scrapped_on) == (
        "scrapped",
        12_340_000,
        date(2026, 11, 19),
    )
    with pytest.raises(actions.Refused, match="之后只能是"):
        actions.set_status(station, "in_use", by=cast.chenjing, on=DAY, reason="x")


def test_costs_stand_by_year(cast, station):
    clerk = browser(cast.luomei)
    for kind, amount in (("电费", "0.36"), ("运维费", "1.20")):
        clerk.post(
            "/facilities/QX-001/file/cost/", {"year": "2025", "kind": kind, "amount": amount, "source": "县财政"}
        )
    assert sum(FacilityCost.objects.values_list("amount_fen", flat=True)) == 1_560_000
    assert "2025 年运行花了 1.56 万元" in clerk.get("/facilities/QX-001/file/").content.decode()
    clerk.post("/facilities/QX-001/file/cost/", {"year": "25", "kind": "电费", "amount": "x"})
    assert FacilityCost.objects.count() == 2


def test_a_stolen_sign_says_so_and_the_new_one_works(cast, station, office):
    old = station.public_code
    data = {"key": "QX-001", "name": station.name, "village": "红岩村", "village_code": "999901100200", "township": "溪口镇", "status": "in_use",
            "visit": None, "process": "", "design_m3_d": 30, "commissioned": None, "operator": "", "status_word": "", "households_connected": 1,
            "village_households": None, "answer": "", "lab": None, "duties": [], "money": None, "hotline": "", "host": "", "lon": None, "lat": None}  # fmt: skip
    published.put_up("station", old, station.name, data, as_of=DAY, because=["facility:QX-001"], by=office)
    assert browser(None).get(f"/s/{old}/").status_code == 200
    new = actions.reissue_code(station, by=cast.luomei, why="牌子被偷").code
    assert whole(new)
    gone = browser(None).get(f"/s/{old}/")
    assert gone.status_code == 410
    assert "作废" in gone.content.decode()
    assert new not in gone.content.decode(), "who carried the sign away must not learn the new code"
    assert browser(None).get(f"/s/{new}/").status_code == 200
    assert latest("station", old) is None
    assert "抄错" in browser(None).get(f"/s/{new[:-1]}{'2' if new[-1] != '2' else '3'}/").content.decode()


def test_a_scan_opens_the_work_of_who_is_signed_in(cast, station, office):
    from qingxi_office.people import actions as people
    from qingxi_office.people.models import Role, User

    people.cast_demo(
        [("zhoude", "周德", Role.INSPECTOR, cast.places["999901100"], None, "护林员")], "qingxi-demo", by=office
    )
    inspector = User.objects.select_related("scope", "unit").get(username="zhoude")
    address = f"/s/{station.public_code}/"
    leads = {
        person: browser(person).get(address).get("Location")
        for person in (inspector, cast.zhaoyong, cast.luomei, cast.chenjing)
    }
    assert list(leads.values()) == [
        "/facilities/QX-001/visit/",
        "/issues/?mine=1",
        "/facilities/QX-001/file/",
        "/facilities/QX-001/",
    ]
    assert browser(cast.hezhi).get(address).status_code == 404, "nothing is published, and the station is not his"
    phone = browser(inspector)
    assert phone.get("/facilities/QX-001/visit/")["Location"] == "/rounds-today/#/QX-001"
    assert phone.get("/facilities/QX-001/visit/?form=1").status_code == 200
    assert phone.post("/facilities/QX-001/visit/", {}).status_code == 400
    assert (
        phone.post("/facilities/QX-001/visit/", {"blower": "off", "smell": "坏话", "meter": "1234.5"}).status_code
        == 302
    )
    visit = VisitRow.objects.get()
    assert (visit.answers, visit.meter_kwh, visit.by_name) == ({"blower": "off"}, 1234.5, "周德")


def test_labels_are_whole_and_only_of_ones_own(cast):
    page = browser(cast.luomei).get("/labels/?size=90x130").content.decode()
    assert "红岩村站" in page
    assert "柳湾村站" not in page
    assert page.count("<svg") >= 1
    rows = browser(cast.chenjing).get("/labels/?as=csv").content.decode("utf-8-sig").splitlines()
    assert len(rows) == 3
    assert all(whole(row.split(",")[4]) and f"/s/{row.split(',')[4]}/" in row for row in rows[1:])
