"""The quick reading of plain frames says what the full reading says, or leaves the frame to it (hj212)."""

import itertools
import json
import random
from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qingxi.receiver.batch import settle
from qingxi.receiver.checksum import checksums
from qingxi.receiver.connection import Connection
from qingxi.receiver.limits import Limits
from qingxi.store.body import dump, packets
from qingxi.store.form import Form
from qingxi.wire import Device, Devices
from qingxi.wire.hj212 import BEIJING, BadFrame, Message, Parser, crc, encode, upload
from qingxi.wire.hj212.crc import crc_modbus
from qingxi.wire.hj212.encode import frame as framed
from qingxi.wire.hj212.plain import PLAIN, Plain, Shapes, shape_of

AT = datetime(2026, 10, 1, 8, 0, tzinfo=BEIJING)
VALUES = {
    "flow": {"Rtd": "0.50", "Flag": "N"},
    "cod": {"Min": "40.0", "Max": "45", "Avg": "42.10", "Flag": "N"},
    "ph": {"Rtd": "-7.10", "Flag": "M", "EFlag": "A01"},
    "d30401": {"Rtd": "1.5"},
    "d30402": {"Rtd": "2.5", "Cou": "12.5", "Flag": "N"},
    "a34004": {"Rtd": "0"},
}
DEVICES = Devices([Device("M1", "pw", "QX-001"), Device("M2", "pw", "QX-002")])


def plain_of(raw: bytes) -> Plain:
    found = PLAIN.match(raw.decode("ascii"))
    assert found is not None
    return Plain(raw, *found.groups())


class Ears:
    """A receiver that only writes down what its lines bring."""

    def __init__(self) -> None:
        self.limits = Limits.from_table()
        self.counters = SimpleNamespace(bytes_total=0, hung_up_total=0)
        self.buffer = memoryview(bytearray(65536))
        self.items: list = []

    def now_ms(self):
        return 0

    def key_of(self, mn):
        return b""

    def take(self, connection, items):
        self.items += items

    def unquiet(self, connection):
        pass

    def opened(self, connection):
        pass

    def closed(self, connection):
        pass


def by_line(chunks: list[bytes]) -> list:
    """What a connection makes of a stream, read in full behind it: the messages and bad frames."""
    ears = Ears()
    line = Connection(ears, 1)
    for chunk in chunks:
        line.get_buffer(-1)[: len(chunk)] = chunk
        line.buffer_updated(len(chunk))
    line.connection_lost(None)
    items = settle(ears.items, DEVICES, Shapes())
    return [item.event.message() if isinstance(item.event, Plain) else item.event for item in items]


def by_parser(stream: bytes) -> list:
    parser = Parser()
    parser.feed(stream)
    parser.settle()
    found = []
    while isinstance(event := parser.next_event(), Message | BadFrame):
        found.append(event)
    rest = parser.close()
    return found + ([rest] if rest else [])


def seen(events: list) -> list:
    return [
        (event, event.raw, event.oddities) if isinstance(event, Message) else (event.raw, event.why, event.detail)
        for event in events
    ]


def frames(count: int) -> list[bytes]:
    made = []
    for number in range(count):
        at = AT + timedelta(minutes=15 * number)
        values = dict(list(VALUES.items())[: 1 + number % len(VALUES)])
        made.append(encode(upload("2011", mn=f"M{1 + number % 3}", pw="pw", at=at, values=values)))
    return made


GOOD = frames(24)
ODD = [
    GOOD[0].rstrip(b"\r\n"),
    GOOD[1][:-2] + b"\n",
    GOOD[2][:-6] + GOOD[2][-6:].lower(),
    GOOD[3][:-6] + b"%04X\r\n" % crc_modbus(GOOD[3][6:-6]),
    GOOD[4].replace(b"0.50", b"0.51"),
    GOOD[5].replace(b"##0", b"##1"),
    b"##0004junk",
    b"noise\r\n",
    b"\r\n",
    b"#",
    GOOD[6][:100],
    encode(upload("2011", mn="M1", pw="pw", at=AT, values={"cod": {"Rtd": "999.99", "Flag": "T"}})),
    encode(upload("2011", mn="M1", pw="pw", at=AT, values={"cod": {"Rtd": "1e5", "Flag": "T"}})),
    encode(upload("2011", mn="M1", pw="密码", at=AT, values={"cod": {"Rtd": "1"}})),
    framed(GOOD[7][6:-6].replace(b"DataTime=2026", b"DataTime=9926", 1).replace(b"QN=2026", b"QN=x026")),
    framed(GOOD[0][6:-6] + b"##"),
]


@given(
    st.lists(st.one_of(st.sampled_from(GOOD), st.sampled_from(GOOD), st.sampled_from(ODD)), max_size=12),
    st.integers(0, 2**32),
    st.lists(st.integers(0, 3000), max_size=12),
)
def test_hj212_a_line_reads_what_a_parser_reads_however_it_is_cut(pieces, seed, cuts):
    stream = bytearray(b"".join(pieces))
    chance = random.Random(seed)
    if stream and chance.random() < 0.3:
        stream[chance.randrange(len(stream))] = chance.randrange(256)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    chunks = [bytes(stream[a:b]) for a, b in itertools.pairwise(edges)]
    assert seen(by_line(chunks)) == seen(by_parser(bytes(stream)))


def test_hj212_plain_frames_are_found_plain():
    ears = Ears()
    line = Connection(ears, 1)
    stream = b"".join(GOOD)
    for at in range(0, len(stream), 700):
        chunk = stream[at : at + 700]
        line.get_buffer(-1)[: len(chunk)] = chunk
        line.buffer_updated(len(chunk))
    shapes = Shapes()
    settled = settle(ears.items, DEVICES, shapes)
    # M3 is not registered: nothing is learned from it, and what only M3 sends is read in full.
    assert [isinstance(item.event, Plain) for item in settled] == [number % 3 != 2 for number in range(24)]


@given(st.lists(st.binary(max_size=1100), max_size=20))
def test_hj212_many_checksums_at_once_are_those_one_by_one(segments):
    assert checksums(segments) == [crc(segment) for segment in segments]


def test_hj212_many_checksums_at_once_on_known_vectors():
    # HJ 212-2025 A.1 -> 2200; long enough together that the quick way is taken
    segment = b"QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&"
    assert checksums([segment] * 9) == [0x2200] * 9


def test_hj212_a_form_fills_in_what_the_full_reading_makes():
    raw = encode(upload("2011", mn="M1", pw="pw", at=AT, values=VALUES))
    plain = plain_of(raw)
    message = plain.message()
    shape = shape_of(message)
    assert shape is not None
    assert shape.take(plain)
    form = Form(shape)
    (packet,) = packets(message, 0)
    assert json.loads(form.body(plain.values)) == packet.body == json.loads(dump(packet.body))
    # flow 0.50 L/s x 86.4 = 43.2 m3/d; the sensor's 42.10 stays as it was written
    assert form.body(plain.values).startswith('{"flow":{"Rtd":43.2,"Flag":"N"},"cod":{"Min":40.0,"Flag":"N",')
    assert '"Avg":42.10' in form.body(plain.values)
    assert form.part == "flow,cod,ph,energy,energy@d30402,a34004"


def test_hj212_one_value_without_a_flag_is_a_form_too():
    raw = encode(upload("2051", mn="M1", pw="pw", at=AT, values={"cod": {"Avg": "42.10"}}))
    plain = plain_of(raw)
    shape = shape_of(plain.message())
    assert shape is not None
    assert shape.take(plain)
    assert Form(shape).body(plain.values) == '{"cod":{"Avg":42.10}}'


@pytest.mark.parametrize(
    "area",
    [
        "DataTime=20261001080000;w01018-Rtd=007",  # no JSON number
        "DataTime=20261001080000;w01018-Rtd=1,w01018-Rtd=2",  # repeated: the first counts
        "DataTime=20261001080000;w01018-Rtd=-999",  # a filler
        "DataTime=20261301080000;w01018-Rtd=1",  # no such month
        "w01018-Rtd=1;DataTime=20261001080000",
        "DataTime=20261001080000;w01018-Rtd=1;DataTime=20261001081500;w01018-Rtd=2",
        "DataTime=20261001080000;w01018-Rtd=1,w01018-Info=xx",
        "w01018-Rtd=1",
        "",
    ],
)
def test_hj212_what_is_not_plain_has_no_shape(area):
    raw = framed(f"QN=20261001080000000;ST=32;CN=2011;PW=pw;MN=M1;Flag=5;CP=&&{area}&&".encode())
    plain = plain_of(raw)
    assert not Shapes().learn(plain.message(), plain)


def test_hj212_numbers_change_and_shapes_stay():
    shapes = Shapes()
    first = plain_of(GOOD[0])
    assert not shapes.take(first, known=True)
    assert shapes.learn(first.message(), first)
    for number in (6, 12, 18):  # the same device and the same keys
        plain = plain_of(GOOD[number])
        assert shapes.take(plain, known=True)
        assert plain.data_time == plain.message().data_time
        assert plain.edition == plain.message().edition == 2017
    odd = plain_of(encode(upload("2011", mn="M1", pw="pw", at=AT, values={"flow": {"Rtd": "999.99", "Flag": "N"}})))
    assert not shapes.take(odd, known=True)


def test_hj212_a_stranger_is_read_by_the_shape_of_others_and_not_remembered():
    shapes = Shapes()
    first = plain_of(GOOD[0])  # M1
    assert shapes.learn(first.message(), first)
    for known in (False, True):
        other = plain_of(GOOD[0].replace(b"MN=M1", b"MN=M9"))  # the checksum is not tried here
        assert shapes.take(other, known=known)
        assert (("M9", "2011") in shapes._of) is known
    assert not shapes.take(plain_of(GOOD[0].replace(b"CN=2011", b"CN=2051")), known=True)  # another command


def test_hj212_strangers_cannot_fill_the_memory():
    shapes = Shapes(most=10)
    for number in range(50):
        plain = plain_of(encode(upload("2011", mn=f"M{number}", pw="pw", at=AT, values={"cod": {"Rtd": "1"}})))
        assert shapes.learn(plain.message(), plain)
    assert len(shapes._of) <= 10


@pytest.mark.parametrize("in_area", [False, True])
def test_hj212_resent_by_mark_is_known(in_area):
    raw = encode(upload("2011", mn="M1", pw="pw", at=AT, values={"cod": {"Rtd": "1"}}, edition=2025, resent=True))
    if in_area:
        raw = framed(raw[6:-6].replace(b"RF=1;CP=&&", b"CP=&&RF=1;"))
    plain = plain_of(raw)
    assert plain.message().resent
    assert Shapes().learn(plain.message(), plain)
    assert plain.resent
