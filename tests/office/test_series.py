"""The numbers behind a facility's chart: who may have them, from the devices' store and from the books."""

import sqlite3
from datetime import date

import pytest
from django.urls import reverse
from tests.office.test_strangers import browser

from qingxi.reading import day_start_s
from qingxi.store import HotStore
from qingxi.wire import Device, Devices
from qingxi_office.readings.models import DailyRow

DAY = day_start_s(date(2026, 11, 19))


@pytest.fixture
def store(settings, tmp_path):
    settings.QINGXI_STORE = tmp_path / "store.sqlite3"
    hot = HotStore(settings.QINGXI_STORE)
    hot.register(Devices([Device("M1", "", "QX-001", every_min=60)]))
    hot.close()
    with sqlite3.connect(settings.QINGXI_STORE) as db:
        for hour, flow in ((0, 10.0), (1, 30.0), (5, 20.0)):
            db.execute(
                "INSERT INTO telemetry_packet (mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw)"
                " VALUES ('M1', '2011', ?, 1, 'rtd', ?, 0, 'live', '', 2017, '', '')",
                (DAY + hour * 3600, f'{{"flow":{{"Rtd":{flow},"Flag":"N"}}}}'),
            )
    return settings.QINGXI_STORE


def asked(person, **query):
    return browser(person).get(reverse("facility_series", args=["QX-001"]), query)


def test_the_pieces_of_a_day_with_their_source_and_the_rules_trust(cast, store):
    from qingxi_office.facilities.models import FacilityRecord

    station = FacilityRecord.objects.get(key="QX-001")
    DailyRow.objects.create(facility=station, quantity="energy", day=date(2026, 11, 19), value=7.5, source="vendor")
    DailyRow.objects.create(facility=station, quantity="flow", day=date(2026, 11, 19), value=99.0, source="vendor")
    got = asked(cast.luomei, **{"from": "2026-11-19", "to": "2026-11-20", "px": 12}).json()
    assert (got["from"], got["to"], got["step_s"]) == (
        "2026-11-19T00:00:00+08:00",
        "2026-11-20T00:00:00+08:00",
        7200,
    )
    # Two hours a piece: 10 and 30 in the first, 20 in the third. Flow comes from the device, not from the books.
    flow = got["series"]["flow"]
    assert (flow["i"], flow["n"], flow["low"], flow["mean"], flow["high"]) == (
        [0, 2],
        [2, 1],
        [10, 20],
        [20, 20],
        [30, 20],
    )
    assert (flow["source"], flow["unit"]) == ("hj212", "m3/d")
    assert got["series"]["energy"]["mean"] == [7.5]
    assert got["series"]["energy"]["source"] == "vendor"
    assert {rule["key"]: rule["trust"] for rule in got["rules"]}["hour.valid_minutes"] == "assumption"


def test_what_cannot_be_asked_is_said(cast, store):
    for query in (
        {"from": "gestern"},
        {"px": "0"},
        {"px": "viele"},
        {"q": "gold"},
        {"point": "roof"},
        {"from": "2026-11-20", "to": "2026-11-19"},
    ):
        answer = asked(cast.luomei, **query)
        assert answer.status_code == 400, query
        assert answer.json()["error"]


def test_without_a_store_the_books_answer_and_a_stranger_gets_nothing(cast, settings, tmp_path):
    settings.QINGXI_STORE = tmp_path / "none.sqlite3"
    from qingxi_office.facilities.models import FacilityRecord

    station = FacilityRecord.objects.get(key="QX-001")
    DailyRow.objects.create(facility=station, quantity="flow", day=date(2026, 11, 19), value=9.0, source="vendor")
    got = asked(cast.luomei, **{"from": "2026-11-10", "to": "2026-11-20", "px": 10, "q": "flow"}).json()
    assert (got["series"]["flow"]["i"], got["series"]["flow"]["mean"]) == ([9], [9.0])
    assert asked(cast.luomei, px=0).status_code == 400
    assert asked(cast.hezhi).status_code == 404


def test_each_packet_with_its_mark_its_versions_and_how_late(cast, store):
    """Flow at 00:00 was 10, then corrected to 12 (version 2); at 00:15 the device marked its 30 as maintenance (M)."""
    with sqlite3.connect(store) as db:
        db.execute("DELETE FROM telemetry_packet")
        for at, version, body, received in (
            (0, 1, '{"flow":{"Rtd":10.0,"Flag":"N"}}', 1),
            (0, 2, '{"flow":{"Rtd":12.0,"Flag":"N"}}', 2),
            (900, 1, '{"flow":{"Rtd":30.0,"Flag":"M"}}', 900 + 7200),
        ):
            db.execute(
                "INSERT INTO telemetry_packet (mn, cn, data_s, version, kind, body, received_ms, source, qn, edition, oddities, raw)"
                " VALUES ('M1', '2011', ?, ?, 'rtd', ?, ?, 'live', '', 2017, '', '')",
                (DAY + at, version, body, (DAY + received) * 1000),
            )
    address = reverse("facility_packets", args=["QX-001"])
    got = browser(cast.luomei).get(address, {"from": "2026-11-19", "to": "2026-11-20", "q": "flow,cod"}).json()
    assert set(got["series"]) == {"flow"}
    flow = got["series"]["flow"]
    assert [at - DAY for at in flow["at"]] == [0, 0, 900]
    assert flow["value"] == [10, 12, 30]
    assert (flow["flag"], flow["version"]) == (["N", "N", "M"], [1, 2, 1])
    assert (flow["newest"], flow["valid"]) == ([False, True, True], [True, True, False])
    assert flow["late"] == [1, 2, 7200]
    # From 00:15 on only the third; three days at once are refused with a word.
    later = browser(cast.luomei).get(address, {"from": "2026-11-19T00:15", "to": "2026-11-20"}).json()
    assert later["series"]["flow"]["value"] == [30]
    refused = browser(cast.luomei).get(address, {"from": "2026-11-17", "to": "2026-11-20"})
    assert refused.status_code == 400
    assert "两天" in refused.json()["error"]
    # The newest reading is told with the pieces: an hour's look ends there.
    assert asked(cast.luomei, **{"from": "2026-11-19", "to": "2026-11-20"}).json()["newest"] is None
