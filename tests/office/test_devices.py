"""Devices as the office keeps them: the register goes to the receiver, commands to its queue, callers are admitted."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingxi.receiver import Piece
from qingxi.store import Desk, HotStore, Outgoing, Position, Readings, commands_of, published_platforms
from qingxi.store.commands import Asked, claim_command, note_command
from qingxi.wire import Received
from qingxi.wire.hj212 import encode, upload
from qingxi_office.approvals.actions import SecondNeeded, answer, ask, set_weighty
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.people.rights import Denied
from qingxi_office.readings import device_queries as queries
from qingxi_office.readings import lines
from qingxi_office.readings.actions import devices as actions
from qingxi_office.readings.models import Device, DeviceCommand, UpperPlatform
from qingxi_office.site.rounds import keeping
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office
from qingxi_office.trail.models import Entry

PAGES = ("/devices/", "/devices/M1/", "/quarantine/", "/vendors/", "/forwarding/")


def browser(person) -> Client:
    client = Client()
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def device(cast):
    return Device.objects.create(
        mn="M1", password="123456", facility=FacilityRecord.objects.get(key="QX-001"), vendor="远测", every_min=60
    )


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    """What waits for the commit is done."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def frame(mn, at, pw="123456", cn="2061"):
    return upload(
        cn,
        mn=mn,
        pw=pw,
        at=at,
        values={"cod": {"Avg": 21.5, "Flag": "N"}},
        sent_at=at + timedelta(hours=1, seconds=5),
    )


def hear(mn, hours, *, hot=None):
    """Hourly means of the last hours but those named, received in time."""
    store = hot or HotStore(lines.store())
    top = clock.now().replace(minute=0, second=0, microsecond=0)
    for h in hours:
        message = frame(mn, top - timedelta(hours=h))
        received = Received(
            encode(message), "10.1.1.1:9", int((top - timedelta(hours=h - 1)).timestamp() * 1000) + 5000
        )
        store.keep_raw(received)
        store.put(message, received)
    store.commit()
    if hot is None:
        store.close()
    desk = Desk(lines.store(), Piece)
    desk.catch_up()
    desk.close()


def test_without_any_data_every_page_says_what_to_do(cast):
    mine = browser(cast.chenjing)
    for page, words in (
        ("/devices/", "还没有登记联网设备"), ("/quarantine/", "隔离区是空的"), ("/vendors/", "还没有登记联网设备"),
        ("/forwarding/", "还没有登记上级平台"),
    ):  # fmt: skip
        answer_ = mine.get(page, headers={"accept-language": "zh-hans"})
        assert answer_.status_code == 200
        assert words in answer_.content.decode()


def test_an_empty_quarantine_praises_nobody_before_anything_came(cast, device):
    officer = browser(cast.chenjing)
    assert "还没有设备来过数" in officer.get("/quarantine/").content.decode()
    hear("M1", range(3))
    assert "来的报文都认得" in officer.get("/quarantine/").content.decode()
    assert "每小时" in officer.get("/devices/M1/").content.decode()


def test_who_sees_what(cast, device):
    """The township sees its own device; only the county, its supervisors and auditors see the lines themselves."""
    assert browser(cast.luomei).get("/devices/M1/").status_code == 200
    assert browser(cast.hezhi).get("/devices/M1/").status_code == 404
    for page in ("/quarantine/", "/vendors/", "/forwarding/"):
        assert browser(cast.luomei).get(page).status_code == 404
        assert browser(cast.sunning).get(page).status_code == 200
    assert browser(cast.luomei).post("/devices/M1/order/", {"cn": "1012"}).status_code == 403
    assert browser(cast.luomei).post("/devices/M1/", {"vendor": "x"}).status_code == 403
    assert browser(cast.sunning).post("/quarantine/do/", {"mn": "X"}).status_code == 403
    assert DeviceCommand.objects.count() == 0


def test_the_fleet_by_state_with_coverage_and_a_fixed_number_of_queries(cast, device, settings):
    hear(
        "M1", [h for h in range(2, 42) if h not in (10, 11)]
    )  # the newest begins two hours ago and ended one hour ago
    now = clock.now()
    quiet = Device.objects.create(mn="M2", facility=device.facility, vendor="江仪")
    (one, two) = sorted(queries.fleet(cast.chenjing), key=lambda r: r.mn)
    # 40 hours from the first on, two of them missing; which others are due depends on the minute of the clock
    assert (one.state, two.state, two.share) == ("live", "silent", None)
    assert one.open in (2, 3)
    assert 37 / 40 < one.share < 1
    assert one.last <= now
    client = browser(cast.chenjing)
    with CaptureQueriesContext(connection) as few:
        said = client.get("/devices/").content.decode()
    assert "M1" in said
    for n in range(20):
        Device.objects.create(mn=f"Z{n}", facility=device.facility)
    with CaptureQueriesContext(connection) as many:
        client.get("/devices/")
    assert len(many) <= len(few)
    assert (
        client.get("/devices/?state=silent&sort=-share&q=m2").content.decode().count('data-href="/devices/M') == 1
    )
    assert client.get("/devices/?as=csv").content.decode("utf-8-sig").splitlines()[0].startswith("MN,")
    assert quiet.mn in client.get("/devices/?vendor=江仪").content.decode()
    page = client.get("/devices/M1/").content.decode()
    assert "v-all" in page
    assert "123456" not in page  # never in full


def test_a_change_of_the_record_reaches_the_receiver_and_the_trail_never_the_password(cast, device, commits):
    client = browser(cast.chenjing)
    with commits():
        said = client.post(
            "/devices/M1/",
            {"vendor": "远测", "password": "geheim", "every_min": "5", "point": "进水", "protocol": "2025", "st_allowed": "32，44",
             "cn_allowed": "", "peers": "10.0.0.0/8", "sm4_key": "30" * 16, "behind_cloud": "否", "enabled": "是", "note": "", "because": "换了"},
        )  # fmt: skip
    assert said.status_code == 302
    desk = Desk(lines.store(), Piece)
    there = desk.devices()["M1"]
    desk.close()
    assert (there.password, there.every_min, there.point, there.edition) == ("geheim", 5, "influent", 2025)
    assert (there.st_allowed, there.peers, there.sm4_key) == (("32", "44"), ("10.0.0.0/8",), b"0" * 16)
    entry = Entry.objects.get(action="device.kept")
    assert "geheim" not in str(entry.after) + str(entry.before)
    assert entry.after["secrets"] == ["password", "sm4_key"]
    wrong = client.post(
        "/devices/M1/", {"peers": "irgendwo", "point": "出水", "protocol": "2017", "every_min": "9999"}
    )
    assert wrong.status_code == 400
    assert "1440" in wrong.content.decode()
    client.post("/devices/M1/", {"peers": "irgendwo", "point": "出水", "protocol": "2017", "enabled": "是"})
    device.refresh_from_db()
    assert device.peers == "10.0.0.0/8"  # an address that is none was refused


def test_a_caller_is_admitted_with_one_click_and_what_it_said_goes_in(cast, commits):
    hot = HotStore(lines.store())
    now = clock.now()
    for n in range(5):
        message = frame("NEW1", now - timedelta(hours=n + 2), pw="geheim")
        hot.quarantine(
            Received(encode(message), "10.2.2.2:7", int(now.timestamp() * 1000) + n), "unknown-device", "", "NEW1"
        )
    hot.quarantine(Received(b"##0010junk", "10.2.2.3:7", 1), "crc", "x", "")
    hot.commit()
    hot.close()
    client = browser(cast.chenjing)
    page = client.get("/quarantine/?mn=NEW1&why=unknown-device").content.decode()
    assert "NEW1" in page
    assert "PW=••••" in page
    assert "geheim" not in page
    assert client.post("/quarantine/do/", {"mn": "GHOST", "facility": "QX-001"}).status_code == 404
    client.post("/quarantine/do/", {"mn": "NEW1", "facility": "QX-999", "do": "admit"})
    assert not Device.objects.exists()
    said = client.post(
        "/quarantine/do/", {"mn": "NEW1", "facility": "QX-002", "every_min": "60", "vendor": "远测", "do": "admit"}
    )
    assert said.url == "/devices/NEW1/"
    row = Device.objects.get()
    assert (row.password, row.every_min, row.facility.key) == ("geheim", 60, "QX-002")
    with Readings(lines.store()) as readings:
        assert readings.counts()["packets"] == 5
        assert [q.why for q in readings.quarantine()] == ["crc"]
    assert [e.after for e in Entry.objects.filter(action="device.readmitted")] == [{"packets": 5}]
    with pytest.raises(ValueError, match="已经登记"):
        actions.admit("NEW1", row.facility, {}, by=cast.chenjing)
    with pytest.raises(Denied):
        actions.admit("NEW2", row.facility, {}, by=cast.luomei)


def test_what_a_registered_device_said_while_it_was_not_allowed_goes_in_once_it_is(cast, device):
    hot = HotStore(lines.store())
    for cn in ("2061", "2051"):
        message = frame("M1", clock.now() - timedelta(hours=3), cn=cn)
        hot.quarantine(Received(encode(message), "10.2.2.2:7", 9), "not-allowed", f"CN={cn}", "M1")
    hot.commit()
    hot.close()
    Device.objects.filter(pk=device.pk).update(cn_allowed="2061")
    client = browser(cast.chenjing)
    assert 'value="readmit"' in client.get("/quarantine/").content.decode()
    client.post("/quarantine/do/", {"mn": "M1", "do": "readmit"})
    with Readings(lines.store()) as readings:
        assert readings.counts()["packets"] == 1
        assert [q.detail for q in readings.quarantine()] == ["CN=2051"]  # still not allowed
    assert client.post("/quarantine/do/", {"mn": "GHOST", "do": "readmit"}).status_code == 404


def test_a_stranger_is_dismissed_until_it_calls_again(cast):
    hot = HotStore(lines.store())
    message = frame("NEW1", clock.now())
    for n in (1, 2):
        hot.quarantine(Received(encode(message), "10.2.2.2:7", n), "unknown-device", "", "NEW1")
        hot.commit()
        assert [c.candidate.mn for c in queries.quarantine(cast.chenjing)[0]] == ["NEW1"]
        browser(cast.chenjing).post("/quarantine/do/", {"mn": "NEW1", "do": "dismiss"})
        assert queries.quarantine(cast.chenjing)[0] == []
    hot.close()
    assert Entry.objects.filter(action="device.dismissed").count() == 2


def test_a_command_goes_to_the_queue_and_its_outcome_comes_back(cast, device, commits):
    with commits():
        browser(cast.chenjing).post(
            "/devices/M1/order/",
            {"cn": "2061", "BeginTime": "2026-11-18T00:00", "EndTime": "2026-11-19T00:00", "why": "补"},
        )
    row = DeviceCommand.objects.get()
    assert row.handed_over
    desk = Desk(lines.store(), Piece)
    (queued,) = commands_of(desk.side, "M1")
    assert (queued.cn, queued.fields, queued.asked_by) == (
        "2061", {"BeginTime": "20261118000000", "EndTime": "20261119000000"}, "陈静",
    )  # fmt: skip
    assert actions.hand_over() == 0
    claim_command(desk.side, queued.id, "20261120000000000", 1)
    assert actions.withdraw(row, by=cast.chenjing) is False
    note_command(desk.side, queued.id, Asked.FAILED, 100, {}, 2)
    assert "100" in browser(cast.chenjing).get("/devices/M1/").content.decode()
    assert actions.settle_commands() == 1
    assert actions.settle_commands() == 0
    row.refresh_from_db()
    assert (row.state, row.code) == ("failed", 100)
    assert [e.action for e in Entry.objects.filter(subject_id="M1").order_by("id")] == [
        "command.ordered",
        "command.settled",
    ]
    desk.close()


def test_a_command_not_yet_sent_is_withdrawn(cast, device, commits):
    with commits():
        row = actions.order(device, "1012", {}, by=cast.chenjing)
    client = browser(cast.chenjing)
    client.post("/devices/M1/order/", {"withdraw": row.token})
    row.refresh_from_db()
    assert row.state == "withdrawn"
    assert client.post("/devices/M1/order/", {"withdraw": "nonsense"}).status_code == 404


@pytest.mark.parametrize(
    ("cn", "fields", "why"),
    [("1062", {"RtdInterval": "5"}, "30 到 3600"), ("1072", {}, "没有这个命令"), ("2061", {"BeginTime": "gestern"}, "日期"),
     ("2061", {"BeginTime": "2026-11-02T00:00", "EndTime": "2026-11-01T00:00"}, "早于"), ("3012", {"PolId": "w01018"}, "为什么"),
     ("3012", {"PolId": "a;b=c"}, "因子")],
)  # fmt: skip
def test_commands_that_cannot_be_given(cast, device, cn, fields, why):
    with pytest.raises(ValueError, match=why):
        actions.order(device, cn, fields, by=cast.chenjing)
    assert not DeviceCommand.objects.exists()


def test_what_moves_equipment_needs_two_unless_the_county_says_otherwise(cast, device, commits):
    order = lambda by: actions.order(device, "3012", {"PolId": "w01018"}, by=by, why="比对")  # noqa: E731
    with pytest.raises(SecondNeeded) as needed:
        order(cast.chenjing)
    waiting = ask(needed.value, by=cast.chenjing)
    with pytest.raises(SecondNeeded):
        order(cast.chenjing)
    answer(waiting, True, by=cast.zhouwei)
    row = order(cast.chenjing)
    assert row.second
    with pytest.raises(SecondNeeded):  # one look, one command
        order(cast.chenjing)
    said = browser(cast.chenjing).post("/devices/M1/order/", {"cn": "3012", "PolId": "w01018", "why": "比对"})
    assert said.url.startswith("/approvals/")
    set_weighty("move_equipment", False, by=cast.chenjing, basis="单人值守")
    assert order(cast.chenjing).second == ""


def test_a_device_behind_its_vendors_cloud_takes_no_command_and_says_so(cast, device):
    device.behind_cloud = True
    device.save()
    with pytest.raises(ValueError, match="厂家平台"):
        actions.order(device, "1012", {}, by=cast.chenjing)
    page = browser(cast.chenjing).get("/devices/M1/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "请在厂家平台上操作" in page


def test_platforms_are_published_and_their_state_is_told(cast, commits):
    client = browser(cast.chenjing)
    form = {"name": "市平台", "host": "10.0.0.9", "port": "9002", "edition": "2025", "password": "geheim", "sm4_key": "31" * 16,
            "mns": "M1=UP1\nM2", "st": "32", "cn": "", "enabled": "1"}  # fmt: skip
    for wrong in ({"port": "x"}, {"port": "70000"}, {"edition": "1999"}, {"sm4_key": "zz"}, {"sm4_key": "31"}):
        assert client.post("/forwarding/", form | wrong).status_code == 400
    assert not UpperPlatform.objects.exists()
    with commits():
        assert client.post("/forwarding/", form).status_code == 302
    row = UpperPlatform.objects.get()
    with lines.writing() as side:
        (there,) = published_platforms(side)
        assert (there.known_as("M1"), there.known_as("M2"), there.known_as("M3"), there.password) == (
            "UP1",
            "M2",
            "",
            "geheim",
        )
        assert there.since_ms == int(row.since.timestamp() * 1000)
        Outgoing(side).keep(Position("市平台", 1, 0, 7, 0, 0, 12, "down", "对方关闭了连接", 5, 4))
    page = client.get(f"/forwarding/?platform={row.pk}", headers={"accept-language": "zh-hans"}).content.decode()
    assert "市平台没有连上" in page
    assert "geheim" not in page
    assert "geheim" not in str(Entry.objects.get(action="platform.kept").after)
    assert client.post("/forwarding/", form | {"name": "市平台"}).status_code == 400  # a second one of the name
    with commits():
        client.post("/forwarding/", form | {"pk": row.pk, "enabled": "", "password": ""})
    row.refresh_from_db()
    assert (row.enabled, row.password) == (False, "geheim")
    assert browser(cast.sunning).post("/forwarding/", form).status_code == 403


def test_vendors_by_bad_packets(cast, device):
    hot = HotStore(lines.store())
    now_ms = int(clock.now().timestamp() * 1000)
    for n in range(3):
        hot.quarantine(Received(b"x", "10.1.1.1:1", now_ms - n), "crc", "", "M1")
    hot.quarantine(Received(b"x", "10.1.1.1:1", now_ms - 40 * 86_400_000), "crc", "", "M1")  # before the month
    hot.commit()
    hear("M1", range(2, 9), hot=hot)
    hot.close()
    (row,) = queries.fleet(cast.chenjing)
    assert (row.bad_frames, row.refused, row.packets) == (3, 0, 7)
    page = browser(cast.chenjing).get("/vendors/", headers={"accept-language": "zh-hans"}).content.decode()
    assert "每万包 3000.0 个" in page  # 3 of 10
    heads, told = browser(cast.chenjing).get("/vendors/?as=csv").content.decode("utf-8-sig").splitlines()[:2]
    said = dict(zip(heads.split(","), told.split(","), strict=True))
    assert (said["厂家"], said["收下的包"], said["坏包"], float(said["坏包占比"])) == ("远测", "7", "3", 0.3)


def test_a_differing_value_is_a_new_version_with_a_row_in_the_trail_and_on_the_page(cast, device):
    """Also for a day that was filed before the correction came; and never told twice."""
    by = Office("钟点")
    top = clock.now().replace(minute=0, second=0, microsecond=0)
    old = top - timedelta(days=4)

    def said(at, value, *, flag="N"):
        store = HotStore(lines.store())
        message = upload(
            "2061", mn="M1", pw="123456", at=at, values={"cod": {"Avg": value, "Flag": flag}}, sent_at=top
        )
        received = Received(encode(message), "10.1.1.1:9", int(top.timestamp() * 1000))
        store.keep_raw(received)
        store.put(message, received)
        store.commit()
        store.close()

    def trail_rows():
        return [row for row in Entry.objects.order_by("pk") if row.action == "reading.corrected"]

    said(old, 21.5)
    said(top, 30.0)
    keeping.readings(by, clock.now())  # no device is in the store's register yet: nothing to count, and no error
    lines.publish_register()
    keeping.compaction(by, clock.now())  # the old day is in its file now
    assert not trail_rows()
    said(top, 30.0)  # the same again is no correction
    said(top, 33.0)
    assert "设备更正了 1 个读数，已记入留痕" in keeping.readings(by, clock.now())
    assert keeping.readings(by, clock.now()) == []
    said(old, 25.0)
    keeping.readings(by, clock.now())  # still a packet of its own: its day lies in a file
    keeping.compaction(by, clock.now())
    keeping.compaction(by, clock.now())
    name = "小时 化学需氧量 均值"
    assert [(row.before, row.after) for row in trail_rows()] == [
        ({f"{top:%Y-%m-%d %H:%M:%S} {name}": 30.0}, {f"{top:%Y-%m-%d %H:%M:%S} {name}": 33.0}),
        ({f"{old:%Y-%m-%d %H:%M:%S} {name}": 21.5}, {f"{old:%Y-%m-%d %H:%M:%S} {name}": 25.0}),
    ]
    page = browser(cast.chenjing).get("/devices/M1/").content.decode()
    assert "设备更正过的数" in page
    assert "<s>21.5</s>" in page
    said(top, 30.0)  # the old packet sent once more undoes nothing
    keeping.readings(by, clock.now())
    said(top, 34.0)
    keeping.readings(by, clock.now())
    assert [row.after for row in trail_rows()][2:] == [{f"{top:%Y-%m-%d %H:%M:%S} {name}": 34.0}]
