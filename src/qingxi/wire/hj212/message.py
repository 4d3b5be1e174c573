"""What is said on the wire: a message, and a frame that could not be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from qingxi.wire.hj212.oddity import Oddity

Group = tuple[tuple[str, str], ...]
"""One group of the data area: what stands between two semicolons, as (key, value) in the order sent."""

_EDITIONS: Final = {0: 2005, 1: 2017, 2: 2025}


@dataclass(frozen=True, slots=True)
class Message:
    """One message, as sent; values stay the text that was sent.

    Attributes
    ----------
    cn : str
        Command (CN), see :data:`qingxi.wire.hj212.COMMANDS`.
    mn : str
        Device (MN).
    qn : str
        Request number, ``YYYYMMDDhhmmsszzz``; empty where a 2005 device sends none.
    st : str
        System code.
    pw : str
        Password; kept to compare it, never shown.
    flag : int or None
        ``version << 2 | split << 1 | answer wanted``; None when it was not sent.
    pnum, pno : int or None
        Number of packets and number of this one, when split.
    groups : tuple of Group
        The data area.
    extra : Group
        Header fields the standard does not know.
    encrypted : bool
        The data area travelled under SM4.
    oddities : tuple of Oddity
        What was tolerated while reading it.
    raw : bytes
        The frame as it came, from ``##`` to its line end; empty on a message not read from a wire.
    """

    cn: str
    mn: str
    qn: str = ""
    st: str = "32"
    pw: str = field(default="", repr=False)
    flag: int | None = None
    pnum: int | None = None
    pno: int | None = None
    groups: tuple[Group, ...] = ()
    extra: Group = ()
    encrypted: bool = False
    oddities: tuple[Oddity, ...] = field(default=(), compare=False)
    raw: bytes = field(default=b"", compare=False, repr=False)

    @property
    def edition(self) -> int:
        """2005, 2017 or 2025 by the version bits; a message without Flag is 2005; a newer version counts as 2025."""
        return _EDITIONS.get(self.flag >> 2, 2025) if self.flag is not None else 2005

    @property
    def answer_wanted(self) -> bool:
        """Bit A of Flag."""
        return self.flag is not None and bool(self.flag & 1)

    @property
    def resent(self) -> bool:
        """Marked as sent again by ``RF=1`` (2025)."""
        return self.get("RF") == "1" or ("RF", "1") in self.extra

    @property
    def data_time(self) -> str:
        """The first ``DataTime`` of the data area, as sent; empty when there is none."""
        return self.get("DataTime")

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every (key, value) of the data area in order, repeated keys included."""
        for group in self.groups:
            yield from group

    def get(self, key: str, default: str = "") -> str:
        """First value of a key in the data area."""
        for name, value in self.pairs():
            if name == key:
                return value
        return default


@dataclass(frozen=True, slots=True)
class BadFrame:
    """Bytes that are no valid frame, with the reason; the stream goes on behind them.

    Attributes
    ----------
    raw : bytes
        The bytes as they came, at most 10 KB.
    why : str
        Key of :data:`qingxi.wire.hj212.WHY`.
    detail : str
        What was met and what was due.
    """

    raw: bytes
    why: str
    detail: str = ""


class _NeedMore:
    """Nothing more to say until more bytes come; there is one of it."""

    def __repr__(self) -> str:
        return "NEED_MORE"


NEED_MORE: Final = _NeedMore()

WHY: Final[Mapping[str, str]] = {
    "junk": "不是数据包的字节",
    "length-field": "## 之后不是四位长度",
    "length": "长度与数据段不符",
    "crc": "CRC 校验错误",
    "grammar": "数据段结构不符合规定",
    "no-mn": "缺少 MN",
    "no-cn": "缺少 CN",
    "encoding": "字符既非 UTF-8 也非 GBK",
    "sm4": "数据区已加密而无法解密",
    "truncated": "连接结束时数据包不完整",
}
"""Reasons of a :class:`BadFrame`, in words for a page."""
