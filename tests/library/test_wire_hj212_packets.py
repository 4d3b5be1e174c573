"""Packets of real devices, whole, byte by byte and glued together (hj212)."""

import pytest
from hj212_packets import real_packets

from qingxi.wire.hj212 import (
    NEED_MORE,
    BadFrame,
    Message,
    Oddity,
    Parser,
    answer_data,
    crc,
    device_time,
    encode,
    observations,
)


def events_of(*chunks: bytes) -> list[Message | BadFrame]:
    parser = Parser()
    found = []
    for chunk in chunks:
        parser.feed(chunk)
        while (event := parser.next_event()) is not NEED_MORE:
            found.append(event)
    return found


def test_hj212_official_vectors_of_the_checksum():
    # HJ 212-2017 Annex A, and the A.1 example of 2025.
    assert (
        crc(
            b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
        )
        == 0x1C80
    )
    assert crc(b"QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&") == 0x2200


def test_hj212_table_equals_the_bit_loop_of_annex_a():
    def bit_loop(data: bytes) -> int:
        register = 0xFFFF
        for byte in data:
            register = (register >> 8) ^ byte
            for _ in range(8):
                register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
        return register

    for data in (b"", b"\x00", b"\xff" * 40, bytes(range(256)), "污水".encode()):
        assert crc(data) == bit_loop(data)


def test_hj212_fifteen_real_packets_parse_whole():
    good, _ = real_packets()
    assert len(good) == 15
    for raw in good:
        (event,) = events_of(raw)
        assert isinstance(event, Message), event
        assert event.raw == raw


def test_hj212_fifteen_real_packets_parse_byte_by_byte():
    good, _ = real_packets()
    stream = b"".join(good)
    assert [e.raw for e in events_of(*(bytes([byte]) for byte in stream))] == good


def test_hj212_fifteen_real_packets_parse_glued_together():
    good, _ = real_packets()
    assert events_of(b"".join(good)) == [events_of(raw)[0] for raw in good]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
def test_hj212_broken_packets_are_named_and_the_stream_goes_on(size):
    good, bad = real_packets()
    assert len(bad) == 2
    stream = good[0] + bad[0] + good[1] + bad[1] + good[2]
    events = events_of(*(stream[at : at + size] for at in range(0, len(stream), size)))
    assert [e.raw for e in events] == [good[0], bad[0], good[1], bad[1], good[2]]
    assert [type(e) for e in events] == [Message, BadFrame, Message, BadFrame, Message]
    # The first claims 428 and has 431 bytes, the second claims 462 and has 452.
    assert [(e.why, "428" in e.detail, "462" in e.detail) for e in events if isinstance(e, BadFrame)] == [
        ("length", True, False),
        ("length", False, True),
    ]


def test_hj212_editions_and_flags_of_the_real_packets():
    good, _ = real_packets()
    messages = [events_of(raw)[0] for raw in good]
    # In the file's order: only Flag=8 is 2025; without Flag it is 2005.
    assert [m.edition for m in messages] == [
        *(2017,) * 5, 2005, 2005, 2017, 2017, 2017, 2025, 2005, 2017, 2017, 2017,
    ]  # fmt: skip
    assert [m.answer_wanted for m in messages] == [
        True, False, True, True, False, False, False, False, True, False, False, False, False, True, True,
    ]  # fmt: skip
    split = messages[11]
    assert (split.pnum, split.pno) == (2, 2)
    assert Oddity.PNO_BEFORE_PNUM in split.oddities
    assert Oddity.FLAG_MISSING in split.oddities


def test_hj212_repeated_key_keeps_the_first_and_shows_both():
    good, _ = real_packets()
    message = events_of(good[3])[0]
    assert Oddity.REPEATED_KEY in message.oddities
    (observation,) = observations(message)
    flow = {v.statistic: v.text for v in observation.values if v.code == "w00000"}
    # The second w00000-Avg, 19796346.00, is the meter's totaliser and not a flow.
    assert flow == {"Cou": "237.91", "Avg": "66.09", "Min": "392.51", "Max": "403.98"}
    assert [value for key, value in message.pairs() if key == "w00000-Avg"] == ["66.09", "19796346.00"]


def test_hj212_filler_is_kept_as_text_and_is_no_number():
    good, _ = real_packets()
    message = events_of(good[6])[0]
    assert Oddity.FILLER in message.oddities
    (observation,) = observations(message)
    by_code = {v.code: v for v in observation.values}
    assert (by_code["011"].text, by_code["011"].number) == ("999.99", None)
    assert by_code["060"].number == 30.18
    assert observation.at.isoformat() == "2015-04-30T05:58:30+00:00"  # 13:58:30 in Beijing


def test_hj212_encoder_writes_the_real_packets_byte_for_byte():
    good, _ = real_packets()
    written = [encode(events_of(raw)[0]) for raw in good]
    # One packet sends PNO before PNUM; the encoder keeps the standard's order.
    assert [a == b for a, b in zip(written, good, strict=True)] == [True] * 11 + [False] + [True] * 3


def test_hj212_the_official_9014_comes_out_byte_exact():
    good, _ = real_packets()
    ack = b"##0087QN=20160801085000001;ST=91;CN=9014;PW=123456;MN=010000A8900016F000169DC0;Flag=4;CP=&&&&C241\r\n"
    assert ack in good
    upload = Message(
        cn="2011",
        mn="010000A8900016F000169DC0",
        qn="20160801085000001",
        pw="123456",
        flag=5,
        groups=((("DataTime", "20160801085000"),),),
    )
    assert encode(answer_data(upload)) == ack


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("20150430135830", "2015-04-30T05:58:30+00:00"),
        ("20160801085857223", "2016-08-01T00:58:57+00:00"),  # a QN, with milliseconds
        ("20150231000000", None),
        ("00010101000000", None),  # before the year 1 in UTC
        ("2015043013583", None),
        ("２０１５０４３０１３５８３０", None),
        ("", None),
    ],
)
def test_hj212_time_of_a_device_or_none(text, utc):
    at = device_time(text)
    assert (at.isoformat() if at else None) == utc
