"""Bytes in, messages out: framing without a socket.

Theory
------
The stream is a row of frames with anything between them. Where a frame ends is a function of the *stream*, never of
how it was cut into reads, so a stream read whole, byte by byte or glued gives the same events. With ``start`` the
place of a ``##``:

1. Four digits after it give the claimed end. If a line end comes before it, the frame is broken there.
2. At the claimed end the checksum is tried. If it fits, the frame is whole; its line end follows.
3. If not, the frame reaches to the next ``##`` or line end. It is accepted only when its checksum fits *and* its wrong
   length has a known cause (characters counted for bytes, plain text for cipher). Otherwise it is a
   :class:`BadFrame`, and the search goes on right there: a false length never swallows the frames behind it.
4. Bytes that begin with no ``##`` are a :class:`BadFrame` up to the next ``##`` or line end.

Undecided bytes never exceed 10 KB: four digits claim at most 9999, and junk is handed out in pieces.
"""

import re
from typing import Final

from qingxi.wire.hj212.crc import crc_profile
from qingxi.wire.hj212.message import NEED_MORE, BadFrame, Message, _NeedMore
from qingxi.wire.hj212.oddity import Oddity
from qingxi.wire.hj212.segment import KeyOf, decrypted, read_segment

Event = Message | BadFrame

JUNK_CAP: Final = 10_016
"""Bytes without a ``##`` or a line end are handed out in pieces of this size: the longest frame four digits allow."""

_CRC = re.compile(rb"[0-9A-Fa-f]{4}\Z")
_PROFILES: Final = {
    "swapped": Oddity.CRC_SWAPPED,
    "modbus": Oddity.CRC_MODBUS,
    "modbus-swapped": Oddity.CRC_MODBUS_SWAPPED,
}


def _no_key(_mn: str) -> bytes:
    return b""


def _crc_oddities(sent: bytes, profile: str) -> list[Oddity]:
    found = [_PROFILES[profile]] if profile in _PROFILES else []
    return [*found, Oddity.CRC_LOWER_CASE] if sent != sent.upper() else found


class Parser:
    """The receiving side of one connection.

    Feed bytes, then take events until :data:`NEED_MORE`. Nothing here raises, whatever comes in.

    Parameters
    ----------
    key_of : callable
        SM4 key by MN, empty for none.
    """

    def __init__(self, key_of: KeyOf = _no_key) -> None:
        self._buffer = bytearray()
        self._key_of = key_of
        self._settled = False  # no more bytes are waited for behind a whole frame

    def feed(self, data: bytes) -> None:
        """Keep bytes; reads nothing yet."""
        self._buffer += data
        if data:
            self._settled = False

    @property
    def waiting(self) -> int:
        """Bytes fed and not yet given out."""
        return len(self._buffer)

    def settle(self) -> None:
        """The line has gone quiet: give out a whole frame that still waits for its line end.

        Bytes that are no whole frame stay; more of them may come.
        """
        self._settled = True

    def close(self) -> BadFrame | None:
        """End of the stream, after :meth:`settle` and the last event: what is left over, or None."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return BadFrame(rest, "truncated") if rest.strip(b"\r\n") else None

    def give_back(self) -> bytes:
        """The bytes that are undecided; the parser forgets them. Fed again with what follows, they give the same events."""
        rest = bytes(self._buffer)
        self._buffer.clear()
        return rest

    def next_event(self) -> Event | _NeedMore:
        """The next message or bad frame, or :data:`NEED_MORE`."""
        buffer = self._buffer
        blank = 0
        while blank < len(buffer) and buffer[blank] in b"\r\n":
            blank += 1
        if blank:
            del buffer[:blank]
        if not buffer.startswith(b"##"):
            return self._junk("junk", 0)
        if len(buffer) < 6:
            return self._need_or_broken()
        digits = bytes(buffer[2:6])
        if not (digits.isascii() and digits.isdigit()):
            return self._junk("length-field", 1)
        claimed_end = 6 + int(digits) + 4
        line_end = buffer.find(b"\n", 0, claimed_end)
        if line_end >= 0:
            return self._by_delimiter(claimed_end)
        if len(buffer) < claimed_end:
            return NEED_MORE
        segment, sent = bytes(buffer[6 : claimed_end - 4]), bytes(buffer[claimed_end - 4 : claimed_end])
        if not segment.endswith(b"&&") or not _CRC.match(sent):
            return self._by_delimiter(claimed_end)
        plain = decrypted(segment, self._key_of)
        profile = crc_profile(plain, int(sent, 16)) if plain is not None else None
        if plain is None or profile is None:
            return self._by_delimiter(claimed_end)
        ending = self._line_end(claimed_end)
        if ending is None:
            return NEED_MORE
        end, oddities = ending
        raw = self._take(end)
        return read_segment(plain, raw, _crc_oddities(sent, profile) + oddities, encrypted=plain is not segment)

    def _need_or_broken(self) -> Event | _NeedMore:
        return self._junk("length-field", 1) if b"\n" in self._buffer else NEED_MORE

    def _take(self, size: int) -> bytes:
        raw = bytes(self._buffer[:size])
        del self._buffer[:size]
        return raw

    def _line_end(self, at: int) -> tuple[int, list[Oddity]] | None:
        """End of the frame with its line end, and what was odd about that; None while it may still come."""
        after = bytes(self._buffer[at : at + 2])
        if after == b"\r\n":
            return at + 2, []
        if after[:1] == b"\n":
            return at + 1, [Oddity.NO_CR]
        if after == b"\r" and not self._settled:
            return None
        if after[:1] == b"\r":
            return at + 1, [Oddity.NO_LF]
        if not after and not self._settled:
            return None
        return at, [Oddity.NO_LINE_END]

    def _delimiter(self, start: int) -> int | None:
        """End of what cannot be a whole frame: before the next ``##``, behind the next line end, or at the cap."""
        buffer = self._buffer
        marks = [at for at in (buffer.find(b"##", start), buffer.find(b"\n") + 1 or -1) if at > 0]
        end = min(marks, default=-1)
        if 0 < end <= JUNK_CAP:
            return end
        return JUNK_CAP if len(buffer) > JUNK_CAP else None

    def _junk(self, why: str, start: int) -> Event | _NeedMore:
        end = self._delimiter(start)
        if end is None:
            return NEED_MORE
        return BadFrame(self._take(end), why)

    def _by_delimiter(self, claimed_end: int) -> Event | _NeedMore:
        """A frame whose claimed end does not hold (RULES 1 and 3)."""
        end = self._delimiter(2)
        if end is None:
            return NEED_MORE
        whole = bytes(self._buffer[:end])
        text = whole.rstrip(b"\r\n")
        segment, sent = text[6:-4], text[-4:]
        claimed = claimed_end - 10
        if len(text) < 14 or not _CRC.match(sent) or not segment.endswith(b"&&"):
            return BadFrame(self._take(end), "length", f"长度字段 {claimed}，数据段没有在此结束")
        plain = decrypted(segment, self._key_of)
        if plain is None:
            return BadFrame(self._take(end), "sm4")
        profile = crc_profile(plain, int(sent, 16))
        if profile is None:
            if len(segment) == claimed:
                return BadFrame(self._take(end), "crc", f"收到 {sent.decode()}，长度 {claimed}")
            return BadFrame(
                self._take(end), "length", f"长度字段 {claimed}，数据段 {len(segment)} 字节，CRC 也不符"
            )
        cause = _length_cause(claimed, segment, plain)
        if cause is None:
            return BadFrame(self._take(end), "length", f"长度字段 {claimed}，数据段 {len(segment)} 字节")
        ending = self._line_end(len(text))
        if ending is None:
            return NEED_MORE
        raw = self._take(ending[0])
        oddities = [cause, *_crc_oddities(sent, profile), *ending[1]]
        return read_segment(plain, raw, oddities, encrypted=plain is not segment)


def _length_cause(claimed: int, segment: bytes, plain: bytes) -> Oddity | None:
    """Why a frame with a fitting checksum has another length than it claims; None when there is no known reason."""
    if plain is not segment and claimed == len(plain):
        return Oddity.LENGTH_OF_PLAINTEXT
    for encoding in ("utf-8", "gb18030"):
        try:
            if claimed == len(segment.decode(encoding)):
                return Oddity.LENGTH_IN_CHARACTERS
        except UnicodeDecodeError:
            continue
    return None
