"""The walk back ends at the bytes: a device's packets of a day, hot or filed, each with the frame it was read from."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qingxi.origin import Ref
from qingxi.receiver import Piece
from qingxi.store import Desk, HotStore, Side, compact, file_frames
from qingxi.wire import Received
from qingxi.wire.hj212 import BEIJING, Parser, encode, upload
from qingxi.wire.hj212.encode import frame as envelope
from qingxi_office.facilities.models import FacilityRecord
from qingxi_office.readings import lines
from qingxi_office.readings.models import Device
from qingxi_office.site.pages.raw_text import raw_text, verdict
from qingxi_office.site.pages.walk import href_of
from qingxi_office.trail import clock

DAY = date(2026, 11, 19)  # the day before the cast's today
NINE = datetime(2026, 11, 19, 9, tzinfo=BEIJING)
PAGE = "/devices/M1/packets/2026-11-19/"


def browser(person) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def device(cast):
    return Device.objects.create(
        mn="M1", password="geheim", facility=FacilityRecord.objects.get(key="QX-001"), every_min=60
    )


def frame(at, cod, flag="N", cn="2061"):
    statistic = "Rtd" if cn == "2011" else "Avg"
    values = {"cod": {statistic: cod, "Flag": flag}, "flow": {statistic: 0.5, "Flag": "N"}}
    return encode(upload(cn, mn="M1", pw="geheim", at=at, values=values))


def hear(*frames, late=timedelta(seconds=5)):
    """Frames as they come off the line, each ``late`` after its own time."""
    hot = HotStore(lines.store())
    for raw in frames:
        parser = Parser()
        parser.feed(raw)
        parser.settle()
        message = parser.next_event()
        at = datetime.strptime(message.data_time, "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
        received = Received(raw, "10.1.1.1:9", int((at + late).timestamp() * 1000))
        hot.keep_raw(received)
        hot.put(message, received)
    hot.commit()
    hot.close()


def key(at, version=1, cn="2061"):
    return f"{cn}-{int(at.timestamp())}-{version}"


def lower(raw):
    return raw[:-6] + raw[-6:-2].lower() + raw[-2:]


@pytest.fixture
def said(device):
    """Nine o'clock, said twice; ten o'clock under maintenance and six hours late; eleven with an odd checksum."""
    odd = next(raw for n in range(99) if lower(raw := frame(NINE + timedelta(hours=2), 40.0 + n)) != raw)
    hear(frame(NINE, 21.5))
    hear(frame(NINE, 25.0))
    hear(frame(NINE + timedelta(hours=1), 30.0, "M"), late=timedelta(hours=6))
    hear(lower(odd))


def test_a_hot_day_packet_by_packet_down_to_the_bytes(cast, said):
    client = browser(cast.chenjing)
    page = client.get(PAGE).content.decode()
    # four rows are kept: 21.5 is replaced by 25.0, ten o'clock came 6 h after its time, eleven has a small-letter checksum
    assert "在 2026-11-19 有 4 个报文；1 个后来被更正；1 个是补来的；1 个与标准不一样。" in page
    assert "2061 <span" in page
    assert "上传污染物小时数据" in page
    assert "第 1 版，已被更正" in page
    assert "第 2 版，更正后" in page
    assert "6 h 0 min 后" in page
    assert "M 维护" in page
    assert "CRC 为小写字母" in page
    assert "43.2 m³/d" in page  # 0.5 L/s × 86.4
    assert "geheim" not in page
    assert page.count("看原文") == 4
    raw = client.get(PAGE, {"at": key(NINE, 2)}).content.decode()
    (shown,) = re.findall(r'<pre class="q-raw"[^>]*>(.*?)</pre>', raw, re.S)
    sent = frame(NINE, 25.0).decode().replace("PW=geheim", "PW=••••").replace("\r\n", r"\x0d\x0a")
    assert shown == sent.replace("&", "&amp;")
    assert "校验码对" in raw
    assert "2026-11-19 09:00:05 收到" in raw
    assert "10.1.1.1:9" in raw
    assert f"{len(frame(NINE, 25.0))} 字节" in raw
    assert "21.5 mg/L" in raw.split('id="raw"')[1]  # the version that it replaced stands beside it
    assert (
        f'rel="prev" href="?at={key(NINE)}#raw"' in raw
    )  # from bytes to bytes: the version before, ten o'clock after
    assert f'rel="next" href="?at={key(NINE + timedelta(hours=1))}#raw"' in raw
    assert "不在这一天里" in client.get(PAGE, {"at": "2061-1-1"}).content.decode()


def test_fewer_of_them_and_sorted(cast, said):
    client = browser(cast.chenjing)

    def rows(**asked):
        return re.findall(r'<tr data-href="[^"]*at=2061-(\d+)-(\d)', client.get(PAGE, asked).content.decode())

    nine, ten, eleven = (str(int((NINE + timedelta(hours=h)).timestamp())) for h in (0, 1, 2))
    assert rows(show="corrected") == [(nine, "1"), (nine, "2")]
    assert rows(show="late") == [(ten, "1")]
    assert rows(show="odd") == [(eleven, "1")]
    assert rows(sort="-at") == [(eleven, "1"), (ten, "1"), (nine, "1"), (nine, "2")]
    assert rows(cn="2061")
    assert rows(cn="2011") == []


def test_a_filed_day_shows_the_same_and_reads_oddities_from_the_frame(cast, said):
    compact(lines.store(), DAY, 1)
    client = browser(cast.chenjing)
    page = client.get(PAGE).content.decode()
    assert "有 4 个报文；1 个后来被更正；1 个是补来的。" in page
    assert "这一天已归档" in page
    assert "已归档，看原文" in page
    raw = client.get(PAGE, {"at": key(NINE + timedelta(hours=2))}).content.decode().split('id="raw"')[1]
    assert "CRC 为小写字母" in raw
    assert "校验码对" in raw
    assert "PW=••••" in raw


def test_bytes_that_are_let_go_after_their_time_are_said_to_be_gone(cast, said, monkeypatch):
    """The table keeps frames for 1,827 days. A second before so many are full since 9:00:05, and a second after."""
    side = Side(lines.store())
    side.run("DELETE FROM telemetry_raw")
    side.close()
    client = browser(cast.chenjing)
    for now, words in (
        (NINE + timedelta(days=1827, seconds=4), "原文不在读数库里：这一包收到至今 1,826 天，原文该保存 1,827 天"),
        (NINE + timedelta(days=1827, seconds=6), "原文已过保存期：这一包收到至今 1,827 天，原文保存 1,827 天"),
    ):
        monkeypatch.setattr(clock, "real_now", lambda now=now: now)
        answer = client.get(PAGE, {"at": key(NINE)})
        assert answer.status_code == 200
        assert words in answer.content.decode()


def test_bytes_that_lie_in_a_file_of_frames_are_shown_as_well(cast, said):
    file_frames(lines.store(), int((NINE + timedelta(days=40)).timestamp() * 1000), 1)
    side = Side(lines.store())
    assert side.rows("SELECT count(*) FROM telemetry_raw") == [
        (1,)
    ]  # the newest piece stays: its number is the last given
    side.close()
    raw = browser(cast.chenjing).get(PAGE, {"at": key(NINE, 2)}).content.decode().split('id="raw"')[1]
    assert "w01018-Avg=25" in raw
    assert "校验码对" in raw


def test_who_sees_the_device_sees_its_packets_and_others_meet_404(cast, said):
    assert browser(cast.luomei).get(PAGE, {"at": key(NINE)}).status_code == 200
    assert browser(cast.sunning).get(PAGE).status_code == 200
    for address in (
        PAGE,
        PAGE + "?as=csv",
        "/devices/M1/packets/2026-13-01/",
        "/devices/GHOST/packets/2026-11-19/",
    ):
        assert browser(cast.hezhi).get(address).status_code == 404
    assert "M1" not in browser(cast.hezhi).get("/devices/M1/packets/2026-13-01/").content.decode()


def test_a_full_day_is_paged_goes_away_whole_and_asks_no_more_of_the_books(cast, device):
    client = browser(cast.chenjing)
    hear(frame(NINE, 21.5, cn="2011"))
    client.get(PAGE)
    with CaptureQueriesContext(connection) as few:
        client.get(PAGE)
    hear(*[frame(NINE + timedelta(seconds=30 * n), float(n), cn="2011") for n in range(1, 150)])
    with CaptureQueriesContext(connection) as many:
        page = client.get(PAGE, {"at": key(NINE, cn="2011")}).content.decode()
    assert len(many) == len(few) <= 6
    assert "有 150 个报文" in page
    assert page.count("<tr data-href") == 60
    assert client.get(PAGE, {"page": "3"}).content.decode().count("<tr data-href") == 30
    lines_ = client.get(PAGE, {"as": "csv"}).content.decode("utf-8-sig").splitlines()
    assert len(lines_) == 151
    first = dict(zip(lines_[0].split(","), lines_[1].split(","), strict=True))
    assert first["数据时间"] == "2026-11-19 09:00:00"
    assert (first["化学需氧量 mg/L"], first["化学需氧量的标记"], first["流量 m³/d"]) == ("21.5", "N", "43.2")
    assert first["离数据时间（秒）"] == "5"
    assert client.get(PAGE, {"as": "xlsx"}).content[:2] == b"PK"


def test_a_day_without_packets_leads_to_the_nearest_and_a_day_that_is_none_says_so(cast, said):
    client = browser(cast.chenjing)
    for address in ("/devices/M1/packets/2026-11-17/", "/devices/M1/packets/2026-11-20/"):
        page = client.get(address).content.decode()
        assert "没有报文" in page
        assert PAGE in page
    assert 'rel="next"' not in client.get("/devices/M1/packets/2026-11-20/").content.decode()
    for wrong in ("2026-13-01", "20261119", "heute"):
        answer = client.get(f"/devices/M1/packets/{wrong}/")
        assert answer.status_code == 404
        assert "不是日期" in answer.content.decode()
    assert client.get(PAGE, {"day": "2026-11-18"}).url == "/devices/M1/packets/2026-11-18/"


def test_before_anything_came_the_page_stands_empty(cast, device):
    assert "没有报文" in browser(cast.chenjing).get(PAGE).content.decode()


def test_the_walk_and_the_device_lead_here(cast, said):
    desk = Desk(lines.store(), Piece)
    desk.catch_up()
    desk.close()
    assert href_of(Ref("packets", "M1/2026-11-19")) == PAGE
    assert PAGE in browser(cast.chenjing).get("/devices/M1/").content.decode()
    assert browser(cast.chenjing).get("/walk/packets/M1/2026-11-19/").status_code == 200


def test_bytes_as_text_and_what_their_checksum_says():
    raw = frame(NINE, 21.5)
    assert verdict(raw)[0].kind == "good"
    assert verdict(lower(raw) if lower(raw) != raw else raw[:-2])[1]
    assert verdict(raw.replace(b"21.5", b"22.5"))[0] == verdict(raw.replace(b"21.5", b"23.5"))[0]
    assert verdict(raw.replace(b"21.5", b"22.5"))[0].kind == "bad"
    assert verdict(raw[:40])[0].kind == "bad"
    assert verdict(raw, "no key")[0].kind == "good"
    assert raw_text("名=水;PW=x".encode("gb18030") + b"\x00") == r"名=水;PW=••••"
    assert len(raw_text(b"x" * 5000)) == 1200


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b";CN=2011\xbbPW=123456;MN=1;", r";CN=2011\xbbPW=••••;MN=1;"),  # a bit flipped in the sign before it
        (b"pw=123456;MN=1;", "pw=••••;MN=1;"),
        (b"Pw =123456;PW=123456", "Pw =••••;PW=••••"),
        ("名;PW=123456;水".encode("gb18030"), "名;PW=••••;水"),
        ("名;PW=123456;水".encode(), "名;PW=••••;水"),
        (b"CP=&&NewPW=123456;x=1&&", "CP=&&NewPW=••••;x=1&&"),
        (b"CP=&&NewPW=123456&&C2A1", "CP=&&NewPW=••••&&C2A1"),
    ],
)
def test_a_password_is_hidden_however_it_is_written(raw, shown):
    assert raw_text(raw) == shown


def test_a_device_s_own_words_are_no_formula_and_its_new_password_no_value(cast, device):
    """Codes that the house does not know are headings of the file; a message without factors shows its fields."""
    begin = b"QN=20261119090000000;ST=32;CN=%b;PW=geheim;MN=M1;Flag=4;CP=&&DataTime=20261119090000;%b&&"
    hear(envelope(begin % (b"2061", b"+cmd|' /C calc'!A0-Avg=1")), envelope(begin % (b"3020", b"NewPW=topsecret")))
    client = browser(cast.chenjing)
    page = client.get(PAGE).content.decode()
    assert "NewPW=••••" in page
    assert "topsecret" not in page + client.get(PAGE, {"as": "csv"}).content.decode()
    head = client.get(PAGE, {"as": "csv"}).content.decode("utf-8-sig").splitlines()[0].split(",")
    assert "'+cmd|' /C calc'!A0" in head
    assert not [word for word in head if word.startswith(("+", "=", "-", "@"))]
    assert client.get(PAGE, {"as": "xlsx"}).content[:2] == b"PK"


def test_from_a_moment_of_the_facility_to_its_packet(device, cast):
    """The axis knows the facility and the moment; of two packets of 9:00 the asked kind is taken, and the newest version."""
    hear(frame(NINE, "40.0"), frame(NINE, "41.0", cn="2011"))
    hear(frame(NINE, "42.0"))
    page, at = browser(cast.chenjing), int(NINE.timestamp())
    way = "/facilities/QX-001/packets/2026-11-19/"
    assert page.get(way).url == PAGE
    assert page.get(f"{way}?at={at}&kind=hour").url == f"{PAGE}?at={key(NINE, 2)}#raw"
    assert page.get(f"{way}?at={at}&kind=rtd").url == f"{PAGE}?at={key(NINE, 1, '2011')}#raw"
    assert page.get(f"{way}?at={at + 1}&kind=rtd").url == PAGE  # nothing was said then
    assert page.get(f"{way}?at=nine").url == PAGE
    assert page.get("/facilities/QX-002/packets/2026-11-19/").status_code == 404  # no device
    assert page.get("/facilities/QX-999/packets/2026-11-19/").status_code == 404
    Device.objects.create(mn="A0", point="influent", facility=device.facility)
    assert page.get(way).url == PAGE  # the effluent's, though the other's number comes first
    # Another township's clerk sees neither facility nor device.
    assert browser(cast.hezhi).get(way).status_code == 404


def test_a_day_that_is_none_is_told_by_the_devices_page(device, cast):
    answer = browser(cast.chenjing).get("/facilities/QX-001/packets/gestern/", follow=True)
    assert answer.status_code == 404
