"""How long devices go on speaking: lives by hand, shares by vendor, months, and the page in every state."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingxi.store import HotStore
from qingxi.store.side import Side
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings import lasting, lines
from qingxi_office.readings.models import Device
from qingxi_office.trail import clock

PAGE = "/devices/lasting/"
pytestmark = pytest.mark.django_db


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


def lived(mn, first, last, *, vendor="远测", key="QX-001", enabled=True):
    """A device heard of first and last so many days ago; None for never."""
    Device.objects.create(
        mn=mn, facility=FacilityRecord.objects.get(key=key), vendor=vendor, every_min=60, enabled=enabled
    )
    if first is None:
        return
    HotStore(lines.store()).close()
    now = clock.now()
    since, until = (int((now - timedelta(days=ago)).timestamp()) for ago in (first, last))
    side = Side(lines.store())
    side.run("INSERT INTO telemetry_line (mn, kind, since_s, last_s, step_s, learned) VALUES (?, 'hour', ?, ?, 3600, 1)", (mn, since, until))  # fmt: skip
    side.run("INSERT INTO telemetry_heard (mn, heard_ms, data_s, edition, packets) VALUES (?, ?, ?, 2017, 9)", (mn, until * 1000, until))  # fmt: skip
    side.close()


def test_lives_and_shares_are_those_by_hand(cast):
    lived("A1", 800, 0)
    lived("A2", 800, 600)  # 200 days
    lived("A3", 400, 29)
    lived("A4", 400, 30)  # thirty days are silence
    lived("B1", 100, 0, vendor="江仪", key="QX-002")
    lived("B2", None, None, vendor="江仪", key="QX-002")
    lived("B3", 500, 400, vendor="江仪", key="QX-002", enabled=False)
    every = lasting.lasting(cast.chenjing)
    assert {d.mn: (d.silent_days, d.gone) for d in every} == {
        "A1": (0, False), "A2": (600, True), "A3": (29, False), "A4": (30, True), "B1": (0, False), "B2": (None, False),
    }  # fmt: skip
    whole, first, second = lasting.groups(every)
    assert [(g.vendor, g.devices, g.gone, g.mute) for g in (whole, first, second)] == [
        (None, 6, 2, 1), ("远测", 4, 2, 0), ("江仪", 2, 0, 1),
    ]  # fmt: skip
    # 远测: four begin; one ends after 200 d (3 of 4 go on), one after 370 d (when A1, A3 and A4 were still watched: 2 of 3)
    half, one, two, three = first.at
    assert half[0] == 1.0
    assert one[0] == pytest.approx(3 / 4)
    assert two[0] == pytest.approx(3 / 4 * 2 / 3)
    assert three is None  # nobody was watched for three years
    assert second.at == [None, None, None, None]
    seen = lasting.months(every)
    assert len(seen) == 12
    # A1 and B1 speak today; A3 spoke 29 days ago and A4 thirty: in this month only at its very end
    day = clock.today().day
    assert (seen[-1].begun, seen[-1].heard) == (5, 2 + (day > 29) + (day > 30))
    assert all(0 < m.heard <= m.begun for m in seen)


def test_a_vendor_whose_devices_stop_sooner_is_named_and_one_of_few_is_not(cast):
    for n in range(20):
        lived(f"G{n:02d}", 900, 0, vendor="好表")
        lived(f"S{n:02d}", 900, 900 - 300 - n, vendor="短命")
    for n in range(3):
        lived(f"F{n:02d}", 900, 700, vendor="少数")
    named = {g.vendor: g.sooner for g in lasting.groups(lasting.lasting(cast.chenjing))}
    assert named == {None: False, "好表": False, "短命": True, "少数": False}


def test_the_page_in_every_state(cast, settings):
    mine = browser(cast.chenjing)
    said = mine.get(PAGE).content.decode()
    assert "还没有登记联网设备" in said
    lived("M0", None, None)
    assert "登记了 1 台设备，都还没有来过数" in mine.get(PAGE).content.decode()
    lived("M1", 90, 0)
    assert "来过数的 1 台设备，近 30 天都还有声息" in mine.get(PAGE).content.decode()
    lived("M2", 400, 143)
    page = mine.get(PAGE).content.decode()
    assert "来过数的 2 台设备里，1 台已有 30 天以上没有声息，最久的 143 天" in page
    assert re.findall(r'data-href="/devices/(\w+)/"', page) == ["M2", "M0"]
    rows = mine.get(PAGE + "?as=csv").content.decode("utf-8-sig").splitlines()
    assert rows[0].startswith("MN,")
    assert len(rows) == 3
    assert PAGE in mine.get("/devices/").content.decode()
    with CaptureQueriesContext(connection) as few:
        mine.get(PAGE)
    for n in range(30):
        lived(f"N{n:02d}", 300, 100 + n)
    with CaptureQueriesContext(connection) as many:
        mine.get(PAGE)
    assert len(many) <= len(few)
    assert browser(cast.hezhi).get(PAGE).content.decode().count("data-href=") == 0
