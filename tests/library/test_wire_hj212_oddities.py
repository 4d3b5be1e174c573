"""One table of what real devices do, each row fed three ways: whole, byte by byte, with a tail (hj212)."""

import pytest

from qingxi.wire.hj212 import NEED_MORE, BadFrame, Message, Oddity, Parser, crc, encode
from qingxi.wire.hj212.crc import crc_modbus

PLAIN = "QN=20260706103512345;ST=32;CN=2011;PW=123456;MN=A110000_0001;Flag=5;CP=&&DataTime=20260706103500;w01001-Rtd=7.10,w01001-Flag=N&&"
TAIL = encode(Message(cn="2011", mn="NEXT", qn="20260706103600000", pw="1", flag=5))


def framed(
    text: str | bytes, *, length: int | None = None, check: str | None = None, end: bytes = b"\r\n"
) -> bytes:
    segment = text.encode() if isinstance(text, str) else text
    check = f"{crc(segment):04X}" if check is None else check
    return b"##%04d%b%b%b" % (len(segment) if length is None else length, segment, check.encode(), end)


def swap(check: str) -> str:
    return check[2:] + check[:2]


def without(part: str) -> str:
    assert part in PLAIN
    return PLAIN.replace(part, "")


LOWER = "QN=20260706103512345;ST=32;CN=7777;PW=123456;MN=A;Flag=5;CP=&&a=1&&"  # checksum with letters
CHINESE = PLAIN.replace("A110000_0001", "溪口站")
MODBUS = f"{crc_modbus(PLAIN.encode()):04X}"

TOLERATED = [
    # name, frame, oddities in the order they are met
    ("as the standard has it", framed(PLAIN), ()),
    ("checksum in lower case", framed(PLAIN, check=f"{crc(PLAIN.encode()):04x}"), ()),
    ("checksum with its bytes swapped", framed(PLAIN, check=swap(f"{crc(PLAIN.encode()):04X}")), (Oddity.CRC_SWAPPED,)),
    ("checksum of MODBUS", framed(PLAIN, check=MODBUS), (Oddity.CRC_MODBUS,)),
    ("checksum of MODBUS, swapped", framed(PLAIN, check=swap(MODBUS)), (Oddity.CRC_MODBUS_SWAPPED,)),
    ("line feed only", framed(PLAIN, end=b"\n"), (Oddity.NO_CR,)),
    ("carriage return only", framed(PLAIN, end=b"\r"), (Oddity.NO_LF,)),
    ("no line end", framed(PLAIN, end=b""), (Oddity.NO_LINE_END,)),
    # 溪口站: three characters, nine bytes in UTF-8 and six in GBK
    ("UTF-8", framed(CHINESE), ()),
    ("UTF-8, length in characters", framed(CHINESE, length=len(CHINESE)), (Oddity.LENGTH_IN_CHARACTERS,)),
    ("GBK", framed(CHINESE.encode("gbk")), (Oddity.GBK,)),
    ("GBK, length in characters", framed(CHINESE.encode("gbk"), length=len(CHINESE)), (Oddity.LENGTH_IN_CHARACTERS, Oddity.GBK)),
    ("key twice in a group", framed(PLAIN.replace("-Flag=N", "-Flag=N,w01001-Rtd=9.99")), (Oddity.REPEATED_KEY,)),
    ("header field twice", framed(PLAIN.replace("ST=32;", "ST=32;ST=21;")), (Oddity.REPEATED_HEADER,)),
    ("header field of its own", framed(PLAIN.replace("ST=32;", "ST=32;Ver=3;")), (Oddity.UNKNOWN_HEADER,)),
    ("PNO before PNUM", framed(PLAIN.replace("Flag=5;", "Flag=7;PNO=1;PNUM=2;")), (Oddity.PNO_BEFORE_PNUM,)),
    ("split without its bit", framed(PLAIN.replace("Flag=5;", "Flag=5;PNUM=2;PNO=1;")), (Oddity.SPLIT_WITHOUT_BIT,)),
    ("no Flag", framed(without("Flag=5;")), (Oddity.FLAG_MISSING,)),
    ("Flag in letters", framed(PLAIN.replace("Flag=5", "Flag=A")), (Oddity.FLAG_NOT_A_NUMBER, Oddity.FLAG_MISSING)),
    ("short request number", framed(PLAIN.replace("20260706103512345;ST", "20260706;ST")), (Oddity.QN_FORM,)),
    ("off-scale filler", framed(PLAIN.replace("7.10", "999.99")), (Oddity.FILLER,)),
    ("no-value filler", framed(PLAIN.replace("7.10", "-999")), (Oddity.FILLER,)),
    ("words for a number", framed(PLAIN.replace("7.10", "--")), (Oddity.NOT_A_NUMBER,)),
    ("a number as programmers write it", framed(PLAIN.replace("7.10", "7_1")), (Oddity.NOT_A_NUMBER,)),
    ("data without a time", framed(without("DataTime=20260706103500;")), (Oddity.NO_DATA_TIME,)),
    ("a day that is none", framed(PLAIN.replace("DataTime=20260706", "DataTime=20260231")), (Oddity.BAD_DATA_TIME,)),
    ("2005 without QN and Flag", framed(without("QN=20260706103512345;").replace("Flag=5;", "")), ()),
    ("no data at all", framed(PLAIN[: PLAIN.index("CP=")] + "CP=&&&&"), ()),
    ("above 1024 bytes", framed(PLAIN.replace("w01001-Flag=N", "w01001-Flag=N;" + "x=1;" * 250)), (Oddity.LONG_SEGMENT,)),
]  # fmt: skip

REFUSED = [
    # name, bytes, reason
    ("wrong checksum", framed(PLAIN, check="0000" if crc(PLAIN.encode()) else "0001"), "crc"),
    ("length too long", framed(PLAIN, length=len(PLAIN) + 4), "length"),
    ("length too short", framed(PLAIN, length=len(PLAIN) - 3), "length"),
    ("length nine thousand", framed(PLAIN, length=9999), "length"),
    ("length of letters", framed(PLAIN).replace(b"##0", b"##x"), "length-field"),
    ("cut off before its end", framed(PLAIN)[:60] + b"\r\n", "length"),
    ("cut off without a line end", framed(PLAIN)[:60], "length"),
    ("no MN", framed(without("MN=A110000_0001;")), "no-mn"),
    ("no CN", framed(without("CN=2011;")), "no-cn"),
    ("no data area", framed(PLAIN.replace("CP=&&", "CP=")), "grammar"),
    ("header without equals", framed(PLAIN.replace("ST=32", "ST32")), "grammar"),
    ("neither UTF-8 nor GBK", framed(PLAIN.encode().replace(b"7.10", b"\xff\xff")), "encoding"),
    ("encrypted without a key", framed(PLAIN.replace("DataTime=20260706103500", "{0xE4,0x3E}").replace("&&{", "&&{")), "sm4"),
    ("noise", b"\x00\xff\x00 noise\r\n", "junk"),
    ("another protocol", b"GET / HTTP/1.1\r\n", "junk"),
    ("only marks", b"##\r\n", "length-field"),
    ("a stray mark glued to a frame", b"#", "length-field"),
]  # fmt: skip


def fed(stream: bytes, size: int) -> list:
    parser = Parser()
    found = []

    def drain() -> None:
        while (event := parser.next_event()) is not NEED_MORE:
            found.append(event)

    for at in range(0, len(stream), size):
        parser.feed(stream[at : at + size])
        drain()
    parser.settle()
    drain()
    if (rest := parser.close()) is not None:
        found.append(rest)
    return found


@pytest.mark.parametrize("size", [10**6, 1, 5])
@pytest.mark.parametrize(("name", "raw", "oddities"), TOLERATED, ids=[row[0] for row in TOLERATED])
def test_hj212_tolerated_and_flagged(name, raw, oddities, size):
    if name == "checksum in lower case":
        oddities = (Oddity.CRC_LOWER_CASE,) if any(c in "ABCDEF" for c in f"{crc(PLAIN.encode()):04X}") else ()
    for tail in (b"", TAIL):
        events = fed(raw + tail, size)
        assert isinstance(events[0], Message), events[0]
        assert events[0].oddities == oddities
        assert events[0].raw == raw
        assert [e.mn for e in events[1:]] == (["NEXT"] if tail else [])


@pytest.mark.parametrize("size", [10**6, 1, 5])
@pytest.mark.parametrize(("name", "raw", "why"), REFUSED, ids=[row[0] for row in REFUSED])
def test_hj212_refused_with_its_reason_and_the_next_frame_is_read(name, raw, why, size):
    events = fed(raw + TAIL, size)
    assert isinstance(events[0], BadFrame), events[0]
    assert events[0].why == why
    assert isinstance(events[-1], Message)
    assert events[-1].mn == "NEXT"
    assert b"".join(e.raw for e in events) == raw + TAIL  # every byte is accounted for


def test_hj212_lower_case_checksum_is_flagged():
    check = f"{crc(LOWER.encode()):04x}"
    assert check != check.upper(), "choose a text whose checksum has letters"
    (event,) = fed(framed(LOWER, check=check), 10**6)
    assert event.oddities == (Oddity.CRC_LOWER_CASE,)


def test_hj212_a_frame_waits_for_its_line_end_until_the_line_is_quiet():
    parser = Parser()
    parser.feed(framed(PLAIN, end=b""))
    assert parser.next_event() is NEED_MORE
    parser.settle()
    assert parser.next_event().oddities == (Oddity.NO_LINE_END,)


def test_hj212_the_end_of_the_stream_names_what_is_left():
    parser = Parser()
    parser.feed(framed(PLAIN)[:40])
    parser.settle()
    assert parser.next_event() is NEED_MORE
    assert parser.close().why == "truncated"
    assert parser.close() is None


def test_hj212_every_oddity_has_a_case():
    shown = {oddity for _, _, oddities in TOLERATED for oddity in oddities}
    # Shown by tests of their own: lower case above, plain-text length in the SM4 tests.
    elsewhere = {Oddity.CRC_LOWER_CASE, Oddity.LENGTH_OF_PLAINTEXT}
    assert shown | elsewhere == set(Oddity)


@pytest.mark.parametrize(
    ("area", "encoding", "read"),
    [
        # In GBK 溪 is CF AA, 微 is CE A2: as UTF-8 both are one Greek or Coptic letter, 溪微 is two
        ("i11001-Info=//溪微//", "gbk", "//溪微//"),
        ("i11001-Info=//清洗管路//", "gbk", "//清洗管路//"),
        ("i11001-Info=//清洗管路//", "utf-8", "//清洗管路//"),
        ("i11001-Info=25°C 3µg/m³", "utf-8", "25°C 3µg/m³"),  # signs, each alone, are UTF-8
        ("i11001-Info=溪微°, 25℃", "utf-8", "溪微°"),
    ],
)
def test_hj212_chinese_in_gbk_is_known_also_where_it_is_valid_utf_8(area, encoding, read):
    raw = framed(PLAIN.replace("w01001-Flag=N", "w01001-Flag=N;" + area).encode(encoding))
    (event,) = fed(raw, 10**6)
    assert event.get("i11001-Info") == read
    assert (Oddity.GBK in event.oddities) == (encoding == "gbk")
