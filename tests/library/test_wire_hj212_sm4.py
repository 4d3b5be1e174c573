"""The encrypted data area of HJ 212-2025 (hj212)."""

from datetime import datetime

import pytest

from qingxi.wire.hj212 import BEIJING, NEED_MORE, Oddity, Parser, crc, encode, upload
from qingxi.wire.hj212.sm4 import _run, decrypt_area, encrypt_area

KEY = b"0" * 16  # the key of the standard's examples, as transcribed: 16 x 0x30
NOON = datetime(2026, 7, 6, 12, tzinfo=BEIJING)


def message():
    values = {"cod": {"Rtd": "45.2", "Flag": "N"}, "nh3n": {"Rtd": "3.10", "Flag": "N"}}
    return upload("2011", mn="A110000_0001", pw="123456", at=NOON, values=values, edition=2025)


def read(raw, key=KEY):
    parser = Parser(key_of=lambda mn: key if mn == "A110000_0001" else b"")
    parser.feed(raw)
    return parser.next_event()


def test_hj212_sm4_known_answer_of_gb_t_32907():
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert _run(key, key, encrypt=True).hex() == "681edf34d206965e86b3e94f536e4246"


def test_hj212_sm4_there_and_back():
    raw = encode(message(), sm4_key=KEY)
    assert b"DataTime" not in raw
    got = read(raw)
    assert got.groups == message().groups
    assert got.encrypted
    assert got.oddities == ()


def test_hj212_sm4_checksum_is_of_the_plain_text():
    plain, sent = encode(message()), encode(message(), sm4_key=KEY)
    assert plain[-6:] == sent[-6:]
    assert int(sent[-6:-2], 16) == crc(plain[6:-6])


@pytest.mark.parametrize("size", [10**6, 1])
def test_hj212_sm4_length_of_the_plain_text_is_tolerated_and_flagged(size):
    plain, sent = encode(message()), encode(message(), sm4_key=KEY)
    raw = plain[:6] + sent[6:]  # as the standard's examples have it
    parser = Parser(key_of=lambda mn: KEY)
    events = []
    for at in range(0, len(raw), size):
        parser.feed(raw[at : at + size])
        while (event := parser.next_event()) is not NEED_MORE:
            events.append(event)
    assert [event.oddities for event in events] == [(Oddity.LENGTH_OF_PLAINTEXT,)]


def test_hj212_sm4_wrong_or_missing_key_is_named():
    raw = encode(message(), sm4_key=KEY)
    assert read(raw, b"1" * 16).why == "crc"
    assert read(raw, b"").why == "sm4"


def test_hj212_sm4_tail_below_a_block_stays_plain():
    # 20 bytes: one block of 16 under the key, "ghij" plain behind it
    area = encrypt_area(b"0123456789abcdefghij", KEY)
    assert area.endswith(b"}ghij")
    assert area.count(b"0x") == 16
    assert decrypt_area(area, KEY) == b"0123456789abcdefghij"
    assert encrypt_area(b"short", KEY) == b"short"
    assert decrypt_area(b"{0x01,0x02}", KEY) is None
