"""What real devices do otherwise, made on purpose: each oddity with the way to say a message in it.

The simulator speaks so, the pages show the frame, and the tests check that the parser sees each and mends none.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from qingxi.wire.hj212.crc import crc, crc_modbus
from qingxi.wire.hj212.encode import data_area, segment_of
from qingxi.wire.hj212.message import Group, Message
from qingxi.wire.hj212.oddity import Oddity


@dataclass(slots=True)
class Draft:
    """A frame in the making: what is changed before it is put together.

    Attributes
    ----------
    plain : bytes
        Data segment the checksum is taken on.
    sent : bytes
        Data segment that travels: the same, or with its data area encrypted.
    length : int or None
        What the length field says; None for the bytes sent.
    check : str
        Four characters of the checksum.
    end : bytes
    """

    plain: bytes
    sent: bytes
    length: int | None = None
    check: str = ""
    end: bytes = b"\r\n"

    def frame(self) -> bytes:
        """The bytes of the frame."""
        size = len(self.sent) if self.length is None else self.length
        return b"##%04d%b%b%b" % (size, self.sent, self.check.encode("ascii"), self.end)


@dataclass(frozen=True, slots=True)
class OddWay:
    """One way to speak oddly.

    Attributes
    ----------
    name : str
        For the command line: ``"crc-modbus"``.
    oddity : Oddity
        What the receiver flags.
    words : Callable or None
        Changes the message.
    bytes_ : Callable or None
        Changes the draft of the frame.
    """

    name: str
    oddity: Oddity
    words: Callable[[Message], Message] | None = None
    bytes_: Callable[[Draft], None] | None = None


def _swap(check: str) -> str:
    return check[2:] + check[:2]


def _lower(draft: Draft) -> None:
    draft.check = draft.check.lower()


def _swapped(draft: Draft) -> None:
    draft.check = _swap(draft.check)


def _modbus(draft: Draft) -> None:
    draft.check = f"{crc_modbus(draft.plain):04X}"


def _modbus_swapped(draft: Draft) -> None:
    draft.check = _swap(f"{crc_modbus(draft.plain):04X}")


def _ending(end: bytes) -> Callable[[Draft], None]:
    def change(draft: Draft) -> None:
        draft.end = end

    return change


def _in_characters(draft: Draft) -> None:
    for encoding in ("utf-8", "gb18030"):
        try:
            draft.length = len(draft.sent.decode(encoding))
            return
        except UnicodeDecodeError:
            continue


def _of_plaintext(draft: Draft) -> None:
    draft.length = len(draft.plain)


def _gbk(draft: Draft) -> None:
    same = draft.sent is draft.plain
    draft.plain = draft.plain.decode("utf-8").encode("gb18030")
    if same:
        draft.sent = draft.plain
    draft.check = f"{crc(draft.plain):04X}"


def _reshape(draft: Draft, change: Callable[[bytes], bytes]) -> None:
    same = draft.sent is draft.plain
    draft.plain = change(draft.plain)
    draft.sent = draft.plain if same else change(draft.sent)
    draft.check = f"{crc(draft.plain):04X}"


def _twice_in_header(draft: Draft) -> None:
    _reshape(draft, lambda segment: segment.replace(b";CN=", b";ST=21;CN=", 1))


def _number_first(draft: Draft) -> None:
    def change(segment: bytes) -> bytes:
        before, mark, after = segment.partition(b"PNUM=")
        if not mark:
            return segment
        number, _, rest = after.partition(b";")
        own, _, tail = rest.partition(b";")
        return before + own + b";PNUM=" + number + b";" + tail

    _reshape(draft, change)


def _flag_in_letters(draft: Draft) -> None:
    _reshape(draft, lambda segment: segment.replace(b";Flag=", b";Flag=0x", 1))


def _without_flag(message: Message) -> Message:
    return replace(message, flag=None)


def _chinese(message: Message) -> Message:
    return replace(message, groups=(*message.groups, (("i11001-Info", "//清洗管路//"),)))


def _values(change: Callable[[str, str], Iterable[tuple[str, str]]]) -> Callable[[Message], Message]:
    """Change the pairs of the first group that holds a value."""

    def whole(message: Message) -> Message:
        groups: list[Group] = []
        done = False
        for group in message.groups:
            if not done and any(key.endswith(("-Rtd", "-Avg")) for key, _ in group):
                group = tuple(pair for key, text in group for pair in change(key, text))
                done = True
            groups.append(group)
        return replace(message, groups=tuple(groups))

    return whole


def _filled(key: str, text: str) -> list[tuple[str, str]]:
    return [(key, "999.99" if key.endswith(("-Rtd", "-Avg")) else text)]


def _repeated(key: str, text: str) -> list[tuple[str, str]]:
    return [(key, text), (key, "19796346.00")] if key.endswith(("-Rtd", "-Avg")) else [(key, text)]


def _worded(key: str, text: str) -> list[tuple[str, str]]:
    return [(key, "--" if key.endswith(("-Rtd", "-Avg")) else text)]


def _short_number(message: Message) -> Message:
    return replace(message, qn=message.qn[:14])


def _own_header(message: Message) -> Message:
    return replace(message, extra=(*message.extra, ("Ver", "3")))


def _split_without_bit(message: Message) -> Message:
    flag = message.flag & ~2 if message.flag is not None else None
    return replace(message, flag=flag, pnum=message.pnum or 1, pno=message.pno or 1)


def _split(message: Message) -> Message:
    flag = message.flag | 2 if message.flag is not None else 6
    return replace(message, flag=flag, pnum=message.pnum or 1, pno=message.pno or 1)


def _long(message: Message) -> Message:
    return replace(message, groups=(*message.groups, *((("x", "1"),) for _ in range(260))))


def _timeless(message: Message) -> Message:
    return replace(message, groups=tuple(group for group in message.groups if group[0][0] != "DataTime"))


def _impossible_day(message: Message) -> Message:
    changed = tuple(
        tuple((key, text[:4] + "0231" + text[8:] if key == "DataTime" else text) for key, text in group)
        for group in message.groups
    )
    return replace(message, groups=changed)


_WAYS = (
    OddWay("crc-lower", Oddity.CRC_LOWER_CASE, bytes_=_lower),
    OddWay("crc-swapped", Oddity.CRC_SWAPPED, bytes_=_swapped),
    OddWay("crc-modbus", Oddity.CRC_MODBUS, bytes_=_modbus),
    OddWay("crc-modbus-swapped", Oddity.CRC_MODBUS_SWAPPED, bytes_=_modbus_swapped),
    OddWay("no-cr", Oddity.NO_CR, bytes_=_ending(b"\n")),
    OddWay("no-lf", Oddity.NO_LF, bytes_=_ending(b"\r")),
    OddWay("no-line-end", Oddity.NO_LINE_END, bytes_=_ending(b"")),
    OddWay("length-in-characters", Oddity.LENGTH_IN_CHARACTERS, _chinese, _in_characters),
    OddWay("length-of-plaintext", Oddity.LENGTH_OF_PLAINTEXT, bytes_=_of_plaintext),
    OddWay("long-segment", Oddity.LONG_SEGMENT, _long),
    OddWay("gbk", Oddity.GBK, _chinese, _gbk),
    OddWay("repeated-key", Oddity.REPEATED_KEY, _values(_repeated)),
    OddWay("repeated-header", Oddity.REPEATED_HEADER, bytes_=_twice_in_header),
    OddWay("own-header", Oddity.UNKNOWN_HEADER, _own_header),
    OddWay("pno-before-pnum", Oddity.PNO_BEFORE_PNUM, _split, _number_first),
    OddWay("split-without-bit", Oddity.SPLIT_WITHOUT_BIT, _split_without_bit),
    OddWay("no-flag", Oddity.FLAG_MISSING, _without_flag),
    OddWay("flag-in-letters", Oddity.FLAG_NOT_A_NUMBER, bytes_=_flag_in_letters),
    OddWay("short-qn", Oddity.QN_FORM, _short_number),
    OddWay("filler", Oddity.FILLER, _values(_filled)),
    OddWay("not-a-number", Oddity.NOT_A_NUMBER, _values(_worded)),
    OddWay("no-data-time", Oddity.NO_DATA_TIME, _timeless),
    OddWay("bad-data-time", Oddity.BAD_DATA_TIME, _impossible_day),
)

ODD_WAYS: Final[dict[str, OddWay]] = {way.name: way for way in _WAYS}
"""Every way to speak oddly by name; one for each :class:`~qingxi.wire.hj212.oddity.Oddity`."""


def odd_frame(message: Message, ways: Iterable[str], *, sm4_key: bytes = b"") -> bytes:
    """A message said in these odd ways; raises KeyError for a way that is not in :data:`ODD_WAYS`."""
    chosen = [ODD_WAYS[name] for name in ways]
    for way in chosen:
        if way.words is not None:
            message = way.words(message)
    area = data_area(message.groups).encode("utf-8")
    plain = sent = segment_of(message, area)
    if sm4_key:
        from qingxi.wire.hj212.sm4 import encrypt_area

        sent = segment_of(message, encrypt_area(area, sm4_key))
    draft = Draft(plain, sent, check=f"{crc(plain):04X}")
    for way in sorted(chosen, key=lambda way: way.bytes_ in (_lower, _swapped, _in_characters)):
        if way.bytes_ is not None:
            way.bytes_(draft)
    return draft.frame()
