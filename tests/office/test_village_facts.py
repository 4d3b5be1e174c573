"""The village's page says what the register knows of its households, waters, costs and voices, each to whom it is for."""

from datetime import date

import pytest
from django.test import Client

from qingxi_office.facilities import actions
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.intake.models import PublicReport
from qingxi_office.trail import clock
from qingxi_office.villages import actions as villages
from qingxi_office.villages.models import HamletRecord, VillageRecord

PAGE = "/villages/999901100200/"


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def village(cast, office):
    place = cast.places["999901100200"]
    VillageRecord.objects.create(
        place=place, state="已治理", state_on=date(2025, 1, 1), state_doc="x", households=5
    )
    hamlet = HamletRecord.objects.create(key="999901100200001", place=cast.places["999901100200001"], name="主街")
    rows = [
        {
            "key": f"H{n}",
            "hamlet_id": hamlet.pk,
            "people_resident": 2,
            "toilet": "水冲" if n < 3 else "",
            "separated": n == 0,
            "connected": ("已接", "已接", "应接未接", "", "")[n],
        }
        for n in range(5)
    ]
    villages.take_in_households(rows, by=office)
    station = FacilityRecord.objects.get(key="QX-001")
    actions.add_cost(station, year=2025, kind="电费", amount_fen=360_000, by=cast.luomei)
    actions.keep_discharger(
        {"name": "老张农家乐", "kind": "农家乐", "place": place, "pretreatment": "无", "flow_m3_d": 1.5},
        by=cast.luomei,
    )
    PublicReport.objects.create(
        code="AAAA2222", facility="QX-001", text="又臭又响", received_at=clock.now(), state="reopened", followers=3
    )


def test_five_households(cast, village):
    """3 of 5 toilets known, 2 connected and 1 to be, 1 of 5 separated; 0.36 万元 in 2025; one report, three followers."""
    page = browser(cast.luomei).get(PAGE).content.decode()
    for said in (
        "已接 2 户，应接未接 1 户",
        "5 户里 1 户",
        "2025 年运行费",
        "0.36",
        "老张农家乐",
        "没有预处理",
        "1 件，3 人说同样",
        "0 件认可，1 件不认可",
    ):
        assert said in page, said


def test_who_sees_no_households_and_no_reports_sees_none_here(cast, village):
    """The foreman sees the village, not its households, and not what villagers wrote."""
    page = browser(cast.zhaoyong).get(PAGE).content.decode()
    assert "应接未接" not in page
    assert "又臭又响" not in page
    assert browser(cast.hezhi).get(PAGE).status_code == 404


def test_fields_of_a_village_are_changed_and_brought_back(cast, village):
    clerk = browser(cast.luomei)
    assert clerk.post(PAGE + "edit/", {"households": "5", "households_connected": "6"}).status_code == 400
    assert clerk.post(PAGE + "edit/", {"terrain": "山区", "no_odour": "是"}).status_code == 302
    record = VillageRecord.objects.get()
    assert (record.terrain, record.no_odour, record.state) == ("山区", True, "已治理")
    from qingxi_office.trail.models import Entry

    clerk.post(f"{PAGE}edit/undo/{Entry.objects.get(action='village.edited').pk}/")
    record.refresh_from_db()
    assert (record.terrain, record.no_odour) == ("", None)
    assert browser(cast.sunning).post(PAGE + "edit/", {"terrain": "平坝"}).status_code == 403


def test_ledgers_sort_by_the_server_and_export_what_is_shown(cast, village):
    officer = browser(cast.chenjing)
    FacilityRecord.objects.filter(key="QX-002").update(design_m3_d=80)
    for sort, first in (("design", "QX-001"), ("-design", "QX-002")):
        page = officer.get(f"/facilities/?sort={sort}").content.decode()
        assert page.find('data-href="/facilities/') == page.find(f'data-href="/facilities/{first}/"')
    lines = officer.get("/facilities/?col=design&sort=-design&as=csv").content.decode("utf-8-sig").splitlines()
    assert lines[0] == "编号,村码,规模 m³/d"
    assert lines[1] == "QX-002,999901101200,80.0"
    page = officer.get("/facilities/").content.decode()
    assert "110" in page[page.find("<tfoot>") :], "30 and 80 add up in the foot"
    assert officer.get("/villages/?col=since&sort=-households").status_code == 200
    assert officer.get("/villages/?page=99&sort=nonsense&after=xx").status_code == 200
