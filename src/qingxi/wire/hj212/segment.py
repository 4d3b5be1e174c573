"""From a data segment to a message: the grammar, and what real devices make of it.

HJ 212-2017 6.3.3: ``字段名=值`` joined by ``;``; inside the data area fields of one factor are joined by ``,`` and
factors by ``;``. Values hold neither of these.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from qingxi.wire.hj212.message import BadFrame, Group, Message
from qingxi.wire.hj212.observation import time_oddities
from qingxi.wire.hj212.oddity import FILLERS, NUMBER, Oddity
from qingxi.wire.hj212.sm4 import decrypt_area, looks_encrypted

KeyOf = Callable[[str], bytes]
"""SM4 key of a device by MN; empty bytes when it has none."""

_HEADER = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO")
_QN = re.compile(r"\d{17}\Z")
_STATISTICS = ("Rtd", "Avg", "Min", "Max", "Cou")
_MN = re.compile(rb"(?:^|;)MN=([^;]*)")
_CP = b"CP=&&"


def split_area(segment: bytes) -> tuple[bytes, bytes] | None:
    """Header and data area of a segment, or None when it has no ``CP=&&...&&`` at its end."""
    at = segment.find(_CP)
    if at < 0 or (at and segment[at - 1 : at] != b";") or not segment.endswith(b"&&") or len(segment) < at + 7:
        return None
    return segment[: at - 1 if at else 0], segment[at + len(_CP) : -2]


def mn_of(header: bytes) -> str:
    """MN of a header, before anything else of it is believed."""
    found = _MN.search(header)
    return found.group(1).decode("ascii", "replace") if found else ""


def decrypted(segment: bytes, key_of: KeyOf) -> bytes | None:
    """The segment with its data area in plain text; the segment itself when it was plain; None when it cannot be."""
    parts = split_area(segment)
    if parts is None or not looks_encrypted(parts[1]):
        return segment
    key = key_of(mn_of(parts[0]))
    area = decrypt_area(parts[1], key) if key else None
    return None if area is None else parts[0] + b";" + _CP + area + b"&&"


_TWO_BYTES = re.compile("[\x80-\u07ff]+")
_IDEOGRAPHS = re.compile("[\u4e00-\u9fff]+\\Z")


def _looks_like_gbk(text: str, raw: bytes) -> bool:
    """Whether bytes that happen to be UTF-8 are Chinese in GBK.

    One Chinese word of two letters in fifty is valid UTF-8 too, and reads as Greek, Cyrillic or Hebrew then. Devices
    send no such words; single signs (° µ ² ·) they do.
    """
    runs = [run for run in _TWO_BYTES.findall(text) if len(run) > 1]
    if not runs or any(letter > "\u07ff" for letter in text):
        return False
    try:
        return all(_IDEOGRAPHS.match(run.encode("utf-8").decode("gb18030")) for run in runs)
    except UnicodeDecodeError:
        return False


def _text(raw: bytes, oddities: list[Oddity]) -> str | None:
    if raw.isascii():
        return raw.decode("ascii")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if not _looks_like_gbk(text, raw):
            return text
    try:
        text = raw.decode("gb18030")
    except UnicodeDecodeError:
        return None
    oddities.append(Oddity.GBK)
    return text


def _groups(area: str, oddities: list[Oddity]) -> tuple[Group, ...]:
    groups: list[Group] = []
    for part in area.split(";"):
        if not part:
            continue
        pairs: list[tuple[str, str]] = []
        seen: set[str] = set()
        for cell in part.split(","):
            key, _, value = cell.partition("=")
            if key in seen:
                oddities.append(Oddity.REPEATED_KEY)
            seen.add(key)
            if key.rpartition("-")[2] in _STATISTICS:
                if value in FILLERS:
                    oddities.append(Oddity.FILLER)
                elif not NUMBER.match(value):
                    oddities.append(Oddity.NOT_A_NUMBER)
            pairs.append((key, value))
        groups.append(tuple(pairs))
    return tuple(groups)


def _whole_number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 9 else None


def read_segment(segment: bytes, raw: bytes, seen: list[Oddity], *, encrypted: bool) -> Message | BadFrame:
    """The message of a plain data segment whose length and checksum are settled; never raises.

    ``seen`` are the oddities of the envelope; those of the segment are added behind them.
    """
    oddities = list(seen)
    parts = split_area(segment)
    if parts is None:
        return BadFrame(raw, "grammar", "没有 CP=&&…&&")
    header_text, area_text = _text(parts[0], oddities), _text(parts[1], oddities)
    if header_text is None or area_text is None:
        return BadFrame(raw, "encoding")
    header: dict[str, str] = {}
    extra: list[tuple[str, str]] = []
    for cell in header_text.split(";"):
        key, equals, value = cell.partition("=")
        if not equals:
            if cell:
                return BadFrame(raw, "grammar", f"包头 {cell[:40]!r} 没有等号")
        elif key in header:
            oddities.append(Oddity.REPEATED_HEADER)
        elif key in _HEADER:
            if key == "PNUM" and "PNO" in header:
                oddities.append(Oddity.PNO_BEFORE_PNUM)
            header[key] = value
        else:
            if key != "RF":
                oddities.append(Oddity.UNKNOWN_HEADER)
            extra.append((key, value))
    if not header.get("MN"):
        return BadFrame(raw, "no-mn")
    if not header.get("CN"):
        return BadFrame(raw, "no-cn")
    flag = _whole_number(header.get("Flag"))
    if flag is None and "Flag" in header:
        oddities.append(Oddity.FLAG_NOT_A_NUMBER)
    if flag is None and header.get("QN"):
        oddities.append(Oddity.FLAG_MISSING)
    if header.get("QN") and not _QN.match(header["QN"]):
        oddities.append(Oddity.QN_FORM)
    pnum, pno = _whole_number(header.get("PNUM")), _whole_number(header.get("PNO"))
    if pno is not None and not (flag is not None and flag & 2):
        oddities.append(Oddity.SPLIT_WITHOUT_BIT)
    if len(segment) > 1024:
        oddities.append(Oddity.LONG_SEGMENT)
    groups = _groups(area_text, oddities)
    message = Message(
        cn=header["CN"],
        mn=header["MN"],
        qn=header.get("QN", ""),
        st=header.get("ST", ""),
        pw=header.get("PW", ""),
        flag=flag,
        pnum=pnum,
        pno=pno,
        groups=groups,
        extra=tuple(extra),
        encrypted=encrypted,
        oddities=tuple(dict.fromkeys(oddities)),
        raw=raw,
    )
    late = time_oddities(message)
    return replace(message, oddities=message.oddities + late) if late else message
