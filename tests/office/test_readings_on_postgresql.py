"""Readings in PostgreSQL behind the office: the same pages, the same rounds, and a plain word while the database is away."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from test_devices import browser, hear

import postgres
from qingxi.store import (
    GapBook,
    archive_folder,
    damaged,
    hot_days,
    open_side,
    open_writer,
    published_devices,
    register_version,
)
from qingxi.wire import Received
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings import lines
from qingxi_office.readings.models import DailyRow, Device
from qingxi_office.site.keeping import backup
from qingxi_office.site.keeping.checks_books import store as doctor
from qingxi_office.site.rounds import keeping
from qingxi_office.trail import clock

pytestmark = pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing())


@pytest.fixture(scope="module")
def cluster():
    found = postgres.Cluster()
    yield found
    found.stop()


@pytest.fixture
def store(cluster, settings, request, tmp_path, monkeypatch):
    name = f"r{abs(hash(request.node.name))}"
    cluster.sql("postgres", f"CREATE DATABASE {name}")
    monkeypatch.setenv("QINGXI_HISTORY", str(tmp_path / "store.history"))
    settings.QINGXI_STORE = cluster.address(name)
    return settings.QINGXI_STORE


@pytest.fixture
def device(cast):
    return Device.objects.create(
        mn="M1", password="123456", facility=FacilityRecord.objects.get(key="QX-001"), vendor="远测", every_min=60
    )


def pages():
    chart = reverse("facility_series", args=["QX-001"])
    today = clock.now().date()
    days = f"?from={today - timedelta(days=20)}&to={today + timedelta(days=1)}&px=800&q=cod"
    return (
        reverse("facility", args=["QX-001"]), chart + days, "/devices/", "/devices/M1/", "/quarantine/", "/vendors/",
        "/forwarding/", reverse("devices_lasting"), "/facilities/", "/api/sensorthings/v1.1/Datastreams",
    )  # fmt: skip


def test_before_any_device_called_every_page_says_what_to_do(cast, store):
    """A database without a table is an office whose receiver was never started."""
    mine = browser(cast.chenjing)
    for page, words in (("/devices/", "还没有登记联网设备"), ("/quarantine/", "隔离区是空的"), ("/forwarding/", "还没有登记上级平台")):  # fmt: skip
        answer = mine.get(page, headers={"accept-language": "zh-hans"})
        assert (answer.status_code, words in answer.content.decode()) == (200, True), page
    assert keeping.readings("测试", clock.now()) == []
    assert [one.state.name for one in doctor(False)] == ["OK"]


def test_the_pages_and_the_rounds_with_real_packets(cast, store, device, office):
    hot = open_writer(store)
    hot.register({"M1": lines.as_wire(device, "QX-001")})
    hear("M1", [h for h in range(2, 24 * 4) if h not in (10, 11)], hot=hot)
    hot.quarantine(Received(b"junk\xff", "10.9.9.9:1", 1), "unknown-device", "没有登记", "NEW-1")
    hot.commit()
    hot.close()
    client = browser(cast.chenjing)
    bodies = {}
    for page in pages():
        answer = client.get(page, headers={"accept-language": "zh-hans"})
        assert answer.status_code == 200, page
        bodies[page.partition("?")[0]] = answer.content.decode()
    assert "NEW-1" in bodies["/quarantine/"]
    assert "M1" in bodies["/devices/"]
    assert "QX-001:effluent:cod" in bodies["/api/sensorthings/v1.1/Datastreams"]
    series = client.get(pages()[1]).json()["series"]["cod"]
    assert (sum(series["n"]), set(series["mean"])) == (24 * 4 - 2 - 2, {21.5})
    # The hour's round takes days in, the night's files them; the chart is the same, and so are the gaps.
    keeping.readings(office, clock.now())
    known = list(DailyRow.objects.filter(quantity="cod").values_list("day", "value"))
    assert known
    assert {value for _, value in known} == {21.5}
    before = len(hot_days(store))
    assert keeping.compaction(office, clock.now())[0].startswith("归档")
    assert len(hot_days(store)) < before
    assert list(archive_folder(store).glob("level=raw/*/*.parquet"))
    assert damaged(store) == []
    after = client.get(pages()[1]).json()["series"]["cod"]
    assert (sum(after["n"]), set(after["mean"])) == (sum(series["n"]), {21.5})
    assert list(DailyRow.objects.filter(quantity="cod").values_list("day", "value")) == known
    side = open_side(store)
    book = GapBook(side)
    (line,) = book.lines("M1")
    begins = [gap.first_s for gap in book.gaps(line, clock.now().timestamp()) if gap.slots == 2]
    side.close()
    top = clock.now().replace(minute=0, second=0, microsecond=0)
    assert begins[0] == int((top - timedelta(hours=11)).timestamp())  # the hours that never came, in one gap
    told = {one.key: one.state.name for one in doctor(False)}
    assert told["store"] == "OK"
    assert told["store_backup"] == "SUSPICIOUS"
    assert re.fullmatch(r"r\d+", backup.readings_elsewhere())


def test_what_is_registered_while_the_database_is_away_reaches_the_receiver_later(
    cast, store, device, settings, office, django_capture_on_commit_callbacks
):
    client = browser(cast.chenjing)
    there = settings.QINGXI_STORE
    open_side(there).close()  # a receiver made its tables
    settings.QINGXI_STORE = "postgresql://qingxi@/readings?host=/nowhere"
    values = {"vendor": "远测", "every_min": "5", "point": "进水", "protocol": "2017", "behind_cloud": "否", "enabled": "是", "password": "654321"}  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        assert (
            client.post("/devices/M1/", values | {"because": "换了"}).status_code == 302
        )  # it stands in the books
    device.refresh_from_db()
    assert device.every_min == 5
    settings.QINGXI_STORE = there
    side = open_side(there)
    assert published_devices(side) == {}
    open_writer(there).close()
    keeping.commands(office, clock.now())
    assert published_devices(side)["M1"].every_min == 5
    version = register_version(side)
    keeping.commands(office, clock.now())
    assert register_version(side) == version  # nothing is told twice
    side.close()


def test_while_the_database_is_away_a_page_says_when_to_come_again(cast, settings, device, tmp_path, monkeypatch):
    one = postgres.Cluster()
    try:
        one.sql("postgres", "CREATE DATABASE readings")
        monkeypatch.setenv("QINGXI_HISTORY", str(tmp_path / "store.history"))
        settings.QINGXI_STORE = one.address("readings")
        hot = open_writer(settings.QINGXI_STORE)
        hot.register({"M1": lines.as_wire(device, "QX-001")})
        hear("M1", range(2, 30), hot=hot)
        hot.close()
        client = Client(raise_request_exception=False, headers={"Accept": "text/html"})
        client.force_login(cast.chenjing, backend="qingxi_office.people.backends.OfficeBackend")
        chart = reverse("facility_series", args=["QX-001"])
        assert client.get("/devices/").status_code == 200
        assert client.get(chart).status_code == 200
    finally:
        one.stop()
    for page in ("/devices/", "/quarantine/", "/vendors/", chart):
        answer = client.get(page)
        assert (answer.status_code, answer["Retry-After"]) == (503, "30"), page
    assert "请等半分钟" in client.get("/devices/", headers={"accept-language": "zh-hans"}).content.decode()
    assert client.get("/issues/").status_code == 200  # the books are there
    (found,) = doctor(False)
    assert (found.key, found.state.name) == ("store", "WRONG")
