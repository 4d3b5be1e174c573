"""What a machine gives back after it was told something: what to say, and what happened.

The machines of both ends (:mod:`upper <qingxi.wire.hj212.upper>`, :mod:`device_end <qingxi.wire.hj212.device_end>`)
have no socket and no clock. They are told bytes or messages together with the moment, and answer with a
:class:`Turn`; their ``deadline`` says when ``tick`` is due. Moments are seconds since 1970 UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from qingxi.wire.hj212.dialogue import Exchange
from qingxi.wire.hj212.encode import BEIJING, encode, qn_of
from qingxi.wire.hj212.flow import links, must_encrypt
from qingxi.wire.hj212.message import BadFrame, Message
from qingxi.wire.hj212.split import SplitRun

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=BEIJING) + timedelta(hours=8)


def beijing(now: float) -> datetime:
    """A moment as Beijing's wall clock, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=round(now * 1000))


def moment(at: datetime) -> float:
    """Seconds since 1970 UTC of a time with a zone."""
    return (at - _EPOCH).total_seconds()


@dataclass(frozen=True, slots=True)
class Timing:
    """How long is waited and how often said again (HJ 212-2017, table 1).

    Attributes
    ----------
    timeout_s : float
        Wait for 9011, 9013 or 9014 before it is said again.
    resends : int
        Sayings beyond the first.
    execute_s : float
        Wait after 9011, and after each packet of data, for what follows; then the request has failed.
    """

    timeout_s: float = 10.0
    resends: int = 3
    execute_s: float = 10.0

    @classmethod
    def of_link(cls, name: str) -> "Timing":
        """The defaults of a kind of line: ``"GPRS"``, ``"ADSL"``, ...; raises KeyError for one that is not in table 1."""
        link = links()[name]
        return cls(link.timeout_s, link.resends, link.timeout_s)


class What(StrEnum):
    """What happened."""

    DATA = "收到数据"
    NOTICE = "收到通知"
    REQUEST = "收到请求"
    SETTLED = "一次交互结束"
    ACKNOWLEDGED = "数据得到应答"
    GIVEN_UP = "重发已尽，无应答"
    STRAY = "没有人等的应答"
    BAD = "坏包"
    SPLIT = "拆包收齐，或不齐而止"


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened.

    Attributes
    ----------
    what : What
    message : Message or None
        The message it is about.
    exchange : Exchange or None
        With ``SETTLED``: how it ended.
    frame : BadFrame or None
        With ``BAD``.
    split : SplitRun or None
        With ``SPLIT``: which packets came and which are missing.
    """

    what: What
    message: Message | None = None
    exchange: Exchange | None = None
    frame: BadFrame | None = None
    split: SplitRun | None = None


@dataclass(slots=True)
class Turn:
    """What to say now, in order, and what happened."""

    say: list[Message] = field(default_factory=list)
    happened: list[Happened] = field(default_factory=list)

    def add(self, other: "Turn") -> "Turn":
        """This turn with another one behind it."""
        self.say += other.say
        self.happened += other.happened
        return self

    def frames(self, sender: str, sm4_key: bytes = b"") -> list[bytes]:
        """What to say as frames; ``sender`` is ``"upper"`` or ``"device"`` and decides what a key encrypts."""
        return [
            encode(said, sm4_key=sm4_key if sm4_key and must_encrypt(said.cn, sender) else b"") for said in self.say
        ]


class Numbers:
    """Request numbers (QN) that never repeat, whatever the clock does."""

    def __init__(self) -> None:
        self._last_ms = 0

    def next(self, now: float) -> str:
        """The number of this moment, or the next free millisecond behind the last one given within the same second."""
        ms = round(now * 1000)
        if self._last_ms - 60_000 < ms <= self._last_ms:
            ms = self._last_ms + 1
        self._last_ms = ms
        return qn_of(beijing(ms / 1000))


def answered_qn(said: Message) -> str:
    """QN of the message that an answer answers: in the header, or as HJ/T 212-2005 has it in the data area."""
    return said.qn or said.get("QN")


Clock = Callable[[], float]
"""Seconds since 1970 UTC."""
