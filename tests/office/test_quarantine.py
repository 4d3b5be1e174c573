"""The quarantine's lists go to Excel, and an admission that is refused keeps what was typed."""

from datetime import timedelta

import pytest
from django.test import Client

from qingxi.store import HotStore
from qingxi.wire import Received
from qingxi.wire.hj212 import encode, upload
from qingxi_office.readings import lines
from qingxi_office.readings.models import Device
from qingxi_office.trail import clock


def browser(person) -> Client:
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(person, backend="qingxi_office.people.backends.OfficeBackend")
    return client


@pytest.fixture
def callers(cast):
    """Two strangers, NEW1 of three packets and NEW2 of one; and two packets of nobody with a wrong checksum."""
    hot = HotStore(lines.store())
    now = clock.now()
    ms = int(now.timestamp() * 1000)
    for n, mn in enumerate(("NEW1", "NEW1", "NEW1", "NEW2")):
        said = upload("2061", mn=mn, pw="geheim", at=now - timedelta(hours=n + 2), values={"cod": {"Avg": 21.5}})
        hot.quarantine(Received(encode(said), "10.2.2.2:7", ms + n), "unknown-device", "", mn)
    for n in (1, 2):
        hot.quarantine(Received(b"##0010junk", "10.2.2.3:7", ms + n), "crc", "=1+1", "")
    hot.commit()
    hot.close()


def rows(client, of):
    text = client.get("/quarantine/", {"as": "csv", "of": of}).content.decode("utf-8-sig").splitlines()
    return [dict(zip(text[0].split(","), line.split(","), strict=True)) for line in text[1:]]


def test_both_lists_go_away_as_tables(cast, callers):
    client = browser(cast.chenjing)
    assert [(r["MN"], r["ST"], r["来过几包"], r["从哪里来"]) for r in rows(client, "callers")] == [
        ("NEW2", "32", "1", "10.2.2.2:7"), ("NEW1", "32", "3", "10.2.2.2:7"),
    ]  # fmt: skip
    (held,) = rows(client, "held")
    assert (held["为什么"], held["个数"], held["细节"]) == ("校验码错", "2", "'=1+1")  # no formula of a stranger's
    page = client.get("/quarantine/").content.decode()
    for of in ("callers", "held"):
        assert f"/quarantine/?as=xlsx&amp;of={of}" in page
        answer = client.get("/quarantine/", {"as": "xlsx", "of": of})
        assert answer.content[:2] == b"PK"
    assert browser(cast.luomei).get("/quarantine/", {"as": "csv", "of": "callers"}).status_code == 404


def test_an_empty_list_offers_no_export(cast):
    assert "as=xlsx" not in browser(cast.chenjing).get("/quarantine/").content.decode()


TYPED = {
    "mn": "NEW1",
    "do": "admit",
    "facility": "QX-999",
    "every_min": "15",
    "vendor": "江仪<b>",
    "st_allowed": "32,44",
}


@pytest.mark.parametrize(
    ("change", "words"),
    [({}, "没有准入 NEW1：选一座有登记的设施"), ({"facility": "QX-001", "every_min": "alle 5"}, "0 到 1440"),
     ({"facility": "QX-001", "every_min": "1441"}, "0 到 1440")],
)  # fmt: skip
def test_a_refused_admission_keeps_what_was_typed_and_says_why_beside_it(cast, callers, change, words):
    typed = TYPED | change
    answer = browser(cast.chenjing).post("/quarantine/do/", typed)
    assert answer.status_code == 400
    assert not Device.objects.exists()
    other, mine = answer.content.decode().split("<b>NEW1</b>")  # NEW2 was heard last and stands first
    assert words in mine
    for name in ("facility", "every_min", "st_allowed"):
        assert f'name="{name}"' in mine
        assert f'value="{typed[name]}"' in mine
    assert 'value="江仪&lt;b&gt;"' in mine
    assert mine.count('aria-invalid="true"') == 1
    assert words not in other
    assert "江仪" not in other
    assert 'aria-invalid="true"' not in other


def test_what_was_refused_is_put_right_and_goes_in(cast, callers):
    client = browser(cast.chenjing)
    assert client.post("/quarantine/do/", TYPED).status_code == 400
    assert client.post("/quarantine/do/", TYPED | {"facility": "QX-001", "every_min": ""}).url == "/devices/NEW1/"
    row = Device.objects.get()
    assert (row.every_min, row.vendor, row.st_allowed) == (0, "江仪<b>", "32,44")
    assert client.get("/quarantine/do/").url == "/quarantine/"


@pytest.mark.parametrize("mn", ["NEW/1", "N" * 41])
def test_a_number_that_no_address_or_column_takes_is_not_admitted(cast, mn):
    """A caller writes its own number; with a sign of addresses in it the list of devices could not be drawn for anybody."""
    now = clock.now()
    said = encode(upload("2061", mn=mn, pw="geheim", at=now, values={"cod": {"Avg": 21.5}}))
    hot = HotStore(lines.store())
    hot.quarantine(Received(said, "10.2.2.2:7", int(now.timestamp() * 1000)), "unknown-device", "", mn)
    hot.commit()
    hot.close()
    client = browser(cast.chenjing)
    answer = client.post("/quarantine/do/", TYPED | {"mn": mn, "facility": "QX-001"})
    assert answer.status_code == 400
    assert "请让厂家把设备的 MN 改对" in answer.content.decode()
    assert not Device.objects.exists()
    assert client.get("/devices/").status_code == 200
