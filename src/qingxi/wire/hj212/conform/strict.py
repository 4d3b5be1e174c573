"""A slow, strict reading of one frame, written from the standard's text and from nothing else of this package.

The parser of the receiver bears with what devices do; a judge must not. Here every rule of HJ 212-2017 tables 2 and 3
and Annex A is looked at by itself, the checksum by the loop over bits that the Annex prints.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from qingxi.wire.hj212.tongues import Said, said

_ORDER = ("QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO", "RF")
_VERSIONS = {0: 2005, 1: 2017, 2: 2025}


@dataclass(frozen=True, slots=True)
class StrictFrame:
    """A frame as the standard reads it.

    Attributes
    ----------
    raw : bytes
    header : dict
        Fields in front of CP.
    area : str
        What stands between ``CP=&&`` and ``&&``.
    faults : tuple of str
        What the standard does not allow in it, each a sentence in Chinese and English with its clause and the bytes it speaks of (counted from 1).
    """

    raw: bytes
    header: dict[str, str]
    area: str
    faults: tuple[str, ...]

    @property
    def cn(self) -> str:
        """Command; empty where it has none."""
        return self.header.get("CN", "")

    @property
    def flag(self) -> int:
        """Flag as a number; -1 where it is none."""
        text = self.header.get("Flag", "")
        return int(text) if text.isascii() and text.isdigit() else -1

    @property
    def wants_answer(self) -> bool:
        """Bit A of Flag."""
        return self.flag >= 0 and bool(self.flag & 1)

    @property
    def edition(self) -> int:
        """By the version bits; 0 where there is no Flag or a version nobody has published."""
        return _VERSIONS.get(self.flag >> 2, 0) if self.flag >= 0 else 0

    def pairs(self) -> list[tuple[str, str]]:
        """(key, value) of the data area in order."""
        cells = [cell for group in self.area.split(";") for cell in group.split(",") if cell]
        return [(key, value) for key, _, value in (cell.partition("=") for cell in cells)]

    def get(self, key: str) -> str:
        """First value of a key of the data area, or empty."""
        return next((value for name, value in self.pairs() if name == key), "")


def annex_a(segment: bytes) -> str:
    """The checksum of Annex A by its loop over bits, as four upper-case hex digits."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            carry = register & 1
            register >>= 1
            if carry:
                register ^= 0xA001
    return f"{register:04X}"


def _crc_fault(check: bytes, due: str, segment: bytes, length: int) -> Said:
    """A wrong checksum, and the usual mistake behind it where it is one: what an engineer would look for first."""
    told = check.decode("latin-1")
    modbus = _modbus(segment)
    hint = {
        due.lower(): said("：字母须大写", ": letters must be upper case", "crc-case"),
        due[2:] + due[:2]: said("：高低字节颠倒了", ": its two bytes are swapped", "crc-swapped"),
        modbus: said("：这是 CRC-16/MODBUS 的值，附录 A 的算法不同", ": this is CRC-16/MODBUS; Annex A computes otherwise", "crc-modbus"),
        modbus[2:] + modbus[:2]: said(
            "：这是高低字节颠倒的 CRC-16/MODBUS", ": this is CRC-16/MODBUS with its bytes swapped", "crc-modbus"
        ),
    }.get(told, said("", "", "crc"))  # fmt: skip
    return said(
        "CRC 为 {told}，应为 {due}（第 {at}–{end} 字节，2017 附录 A）{hint}",
        "CRC is {told}, due is {due} (bytes {at}–{end}, 2017 Annex A){hint}",
        hint.codes[0], told=told, due=due, at=length - 3, end=length, hint=hint,
    )  # fmt: skip


def _modbus(segment: bytes) -> str:
    """CRC-16/MODBUS, which many take for the checksum of Annex A."""
    register = 0xFFFF
    for byte in segment:
        register ^= byte
        for _ in range(8):
            register = (register >> 1) ^ 0xA001 if register & 1 else register >> 1
    return f"{register:04X}"


def _moment(text: str) -> bool:
    try:
        datetime.strptime(text[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007
    except ValueError:
        return False
    return True


def read_strict(raw: bytes, plain_area: bytes | None = None) -> StrictFrame:
    """Read one frame; never raises.

    Parameters
    ----------
    raw : bytes
        From ``##`` to its line end.
    plain_area : bytes or None
        The data area in plain text where it travelled encrypted: the checksum is of the plain text (2025 A.2).
    """
    faults: list[str] = []
    if not raw.startswith(b"##"):
        faults.append(
            said(
                "包头不是 ##（第 1–2 字节，2017 表 2）", "does not begin with ## (bytes 1–2, 2017 Table 2)", "head"
            )
        )
    if not raw.endswith(b"\r\n"):
        faults.append(
            said(
                "包尾不是回车换行 0D 0A，收到 {end}（最后两个字节，2017 表 2）",
                "does not end with CR LF 0D 0A, came {end} (last two bytes, 2017 Table 2)",
                "end",
                end=raw[-2:].hex(" ").upper(),
            )
        )
    body = raw.rstrip(b"\r\n")
    length, segment, check = body[2:6], body[6:-4], body[-4:]
    if not re.fullmatch(rb"[0-9]{4}", length):
        faults.append(
            said(
                "长度 {length} 不是四位数字（第 3–6 字节，2017 表 2）",
                "length {length} is not four digits (bytes 3–6, 2017 Table 2)",
                "length",
                length=repr(length.decode("latin-1")),
            )
        )
    elif int(length) != len(segment):
        faults.append(
            said(
                "长度写作 {told}，数据段有 {there} 字节（第 3–6 字节，2017 表 2）",
                "length says {told}, the data segment has {there} bytes (bytes 3–6, 2017 Table 2)",
                "length",
                told=int(length),
                there=len(segment),
            )
        )
    if len(segment) > 1024 and plain_area is None:
        faults.append(
            said(
                "数据段 {n} 字节，超过 1024（2017 表 2）",
                "data segment of {n} bytes, more than 1024 (2017 Table 2)",
                "long",
                n=len(segment),
            )
        )
    head, mark, tail = segment.partition(b"CP=&&")
    if not mark or not tail.endswith(b"&&"):
        faults.append(said("没有 CP=&&…&&（2017 表 3）", "has no CP=&&…&& (2017 Table 3)", "area"))
    area = tail[:-2] if tail.endswith(b"&&") else tail
    due = annex_a(segment if plain_area is None else head + mark + plain_area + b"&&")
    if check != due.encode("ascii"):
        faults.append(_crc_fault(check, due, segment, len(body)))
    try:
        text = head.decode("ascii")
        shown = (area if plain_area is None else plain_area).decode("utf-8")
    except UnicodeDecodeError:
        faults.append(
            said(
                "包头不是 ASCII，或数据区汉字不是 UTF-8（2017 6.3）",
                "header is not ASCII, or Chinese in the data area is not UTF-8 (2017 6.3)",
                "letters",
            )
        )
        text, shown = head.decode("latin-1"), area.decode("latin-1")
    header: dict[str, str] = {}
    seen: list[str] = []
    for cell in text.split(";"):
        if not cell:
            continue
        key, equals, value = cell.partition("=")
        if not equals:
            faults.append(
                said(
                    "包头 {cell} 没有等号（2017 6.3.3）",
                    "{cell} in the header has no = (2017 6.3.3)",
                    "header",
                    cell=repr(cell),
                )
            )
        elif key in header:
            faults.append(
                said(
                    "包头 {key} 出现两次（2017 表 3）",
                    "{key} stands twice in the header (2017 Table 3)",
                    "header",
                    key=key,
                )
            )
        else:
            header[key] = value
            seen.append(key)
    return StrictFrame(raw, header, shown, (*faults, *_header_faults(header, seen)))


def _header_faults(header: dict[str, str], seen: list[str]) -> list[str]:
    faults: list[str] = []
    for key in seen:
        if key not in _ORDER:
            faults.append(
                said(
                    "包头 {key} 不在表 3 中（2017 表 3）",
                    "{key} in the header is not in Table 3 (2017)",
                    "header",
                    key=key,
                )
            )
    known = [key for key in seen if key in _ORDER]
    if known != sorted(known, key=_ORDER.index):
        faults.append(
            said(
                "包头次序为 {there}，应为 {due}（2017 表 3）",
                "header in the order {there}, due is {due} (2017 Table 3)",
                "order",
                there=";".join(known),
                due=";".join(k for k in _ORDER if k in known),
            )
        )
    for key, pattern in (
        ("QN", r"[0-9]{17}"),
        ("ST", r"[0-9A-Z]{2}"),
        ("CN", r"[0-9]{4}"),
        ("Flag", r"[0-9]{1,3}"),
    ):
        value = header.get(key)
        if value is None:
            faults.append(said("缺少 {key}（2017 表 3）", "{key} is missing (2017 Table 3)", "header", key=key))
        elif not re.fullmatch(pattern, value):
            faults.append(
                said(
                    "{key}={value} 的形式不对（2017 表 3）",
                    "{key}={value} has the wrong form (2017 Table 3)",
                    "header",
                    key=key,
                    value=value,
                )
            )
        elif key == "QN" and not _moment(value):
            faults.append(
                said(
                    "QN={value} 不是有效时间（2017 表 3）",
                    "QN={value} is no valid time (2017 Table 3)",
                    "qn-time",
                    value=value,
                )
            )
    for key in ("PW", "MN"):
        if key not in header:
            faults.append(said("缺少 {key}（2017 表 3）", "{key} is missing (2017 Table 3)", "header", key=key))
    flag = header.get("Flag", "")
    if flag.isdigit():
        numbered = "PNUM" in header or "PNO" in header
        if bool(int(flag) & 2) != numbered:
            faults.append(
                said(
                    "Flag={flag} 的拆分位与 PNUM、PNO 不一致（2017 表 3）",
                    "the split bit of Flag={flag} does not agree with PNUM, PNO (2017 Table 3)",
                    "flag",
                    flag=flag,
                )
            )
        if int(flag) >> 2 not in _VERSIONS:
            faults.append(
                said(
                    "Flag={flag} 的版本位没有对应的标准（2025 表 3）",
                    "no standard has the version bits of Flag={flag} (2025 Table 3)",
                    "flag",
                    flag=flag,
                )
            )
    if header.get("RF", "1") != "1":
        faults.append(
            said(
                "RF={rf}，只可为 1 或不写（2025 表 3）",
                "RF={rf}, may only be 1 or absent (2025 Table 3)",
                "rf",
                rf=header["RF"],
            )
        )
    return faults


class StrictStream:
    """Cuts a stream into frames for :func:`read_strict`: at line ends, and before each ``##`` followed by a digit."""

    _CUT = re.compile(rb"(?<=\n)|(?=##[0-9]{4}[A-Z])")

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Whole pieces; what has no line end yet stays."""
        pieces = [piece for piece in self._CUT.split(self._rest + data) if piece]
        self._rest = b""
        if pieces and not pieces[-1].endswith(b"\n"):
            self._rest = pieces.pop()
        return [piece for piece in pieces if piece.strip(b"\r\n")]

    def flush(self) -> list[bytes]:
        """What is left when the line has gone quiet."""
        rest, self._rest = self._rest, b""
        return [rest] if rest.strip(b"\r\n") else []
