"""Random cuts and junk: never an exception, never a lost frame (hj212)."""

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from qingxi.wire.hj212 import NEED_MORE, BadFrame, Message, Parser, encode

WORD = st.text(alphabet="ABCdef019_-.溪口", min_size=1, max_size=12)
MESSAGES = st.builds(
    Message,
    cn=st.sampled_from(["2011", "2051", "2061", "2031", "9015", "7777"]),
    mn=WORD,
    qn=st.sampled_from(["", "20260706103512345"]),
    pw=WORD,
    flag=st.sampled_from([None, 0, 1, 4, 5, 8, 9]),
    groups=st.lists(st.lists(st.tuples(WORD, WORD), min_size=1, max_size=4).map(tuple), max_size=4).map(tuple),
)
# Junk may hold marks and line ends; a piece ends at a line end so that it cannot claim the frame behind it as its own.
JUNK = st.one_of(st.binary(max_size=60), st.sampled_from([b"##", b"##9999", b"##0010QN=", b"#", b"&&1C80"])).map(
    lambda piece: piece + b"\r\n"
)


def fed(stream: bytes, cuts: list[int]) -> list:
    parser = Parser()
    found = []
    places = [0, *sorted({cut % (len(stream) + 1) for cut in cuts}), len(stream)]
    for start, end in pairwise(places):
        parser.feed(stream[start:end])
        while (event := parser.next_event()) is not NEED_MORE:
            found.append(event)
    parser.settle()
    while (event := parser.next_event()) is not NEED_MORE:
        found.append(event)
    if (rest := parser.close()) is not None:
        found.append(rest)
    return found


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(JUNK | st.just(b""), MESSAGES), max_size=6), st.lists(st.integers(0, 10**6), max_size=12))
def test_hj212_no_cut_and_no_junk_loses_a_frame(parts, cuts):
    stream = b"".join(junk + encode(message) for junk, message in parts)
    messages = [event for event in fed(stream, cuts) if isinstance(event, Message)]
    sent = [message for _, message in parts]
    # Junk of random bytes may by chance be a frame itself; every frame sent must be there, in order.
    found = iter(messages)
    assert all(any(got == wanted for got in found) for wanted in sent)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=400), st.lists(st.integers(0, 10**6), max_size=8))
def test_hj212_any_bytes_give_the_same_events_however_they_are_cut(stream, cuts):
    assert fed(stream, cuts) == fed(stream, [])


@settings(deadline=None, max_examples=100)
@given(MESSAGES, st.integers(0, 10**6), st.integers(0, 255), st.lists(st.integers(0, 10**6), max_size=4))
def test_hj212_one_damaged_frame_never_takes_the_next_one_with_it(message, place, byte, cuts):
    raw = bytearray(encode(message))
    raw[place % (len(raw) - 2)] = byte  # any byte but the line end
    following = encode(Message(cn="2011", mn="NEXT", flag=5))
    events = fed(bytes(raw) + following, cuts)
    assert events[-1] == Message(cn="2011", mn="NEXT", flag=5)


def test_hj212_a_million_bytes_of_damaged_stream():
    chance = random.Random(20260101)
    sent, stream = 0, bytearray()
    while len(stream) < 1_000_000:
        kind = chance.random()
        raw = encode(
            Message(
                cn="2011",
                mn=f"M{sent:06d}",
                qn="20260706103512345",
                flag=5,
                groups=((("a-Rtd", "1" * chance.randrange(300)),),),
            )
        )
        if kind < 0.15:
            stream += chance.randbytes(chance.randrange(80)) + b"\n"
        elif kind < 0.25:
            stream += raw[: chance.randrange(len(raw) - 6)]  # cut off before its checksum, glued to what follows
            stream += b"" if chance.random() < 0.5 else b"\r\n"
        else:
            stream += raw
            sent += 1
    parser = Parser()
    got, bad, at = [], 0, 0
    while at < len(stream):
        size = chance.randrange(1, 3000)
        parser.feed(bytes(stream[at : at + size]))
        at += size
        while (event := parser.next_event()) is not NEED_MORE:
            if isinstance(event, BadFrame):
                bad += 1
            else:
                got.append(event.mn)
        assert parser.waiting < 10_100
    assert got == [f"M{i:06d}" for i in range(sent)]
    assert bad > 0


def test_hj212_junk_without_end_is_handed_out_in_pieces():
    parser = Parser()
    parser.feed(b"x" * 50_000)
    pieces = []
    while (event := parser.next_event()) is not NEED_MORE:
        pieces.append(event)
    assert all(isinstance(piece, BadFrame) and piece.why == "junk" for piece in pieces)
    assert parser.waiting < 10_100
