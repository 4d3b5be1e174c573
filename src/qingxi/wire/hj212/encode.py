"""Messages to bytes, and the server's answers.

Frame: ``##`` + length of the data segment in four decimal digits + segment + four upper-case hex digits + CR LF.
Length counts bytes. Segment: ``QN;ST;CN;PW;MN;Flag[;PNUM;PNO];CP=&&...&&`` (HJ 212-2017, 6.3).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from qingxi.quantity import wire_code
from qingxi.wire.hj212.crc import crc
from qingxi.wire.hj212.message import Group, Message

_VERSION = {2005: 0, 2017: 1, 2025: 2}
_FORBIDDEN = ("\r", "\n", "##", "&&")


def flag_of(edition: int, *, answer: bool = False, split: bool = False) -> int:
    """Flag of an edition (2005, 2017, 2025) with bits A (answer wanted) and D (split)."""
    return _VERSION[edition] << 2 | int(split) << 1 | int(answer)


def data_area(groups: Sequence[Group]) -> str:
    """Groups as they stand between ``CP=&&`` and ``&&``."""
    return ";".join(",".join(f"{key}={value}" for key, value in group) for group in groups)


def segment_of(message: Message, area: bytes) -> bytes:
    """Data segment around a data area; fields that were not given are left out."""
    parts = [f"QN={message.qn}"] if message.qn else []
    parts += [f"ST={message.st}", f"CN={message.cn}", f"PW={message.pw}", f"MN={message.mn}"]
    if message.flag is not None:
        parts.append(f"Flag={message.flag}")
    if message.pnum is not None:
        parts.append(f"PNUM={message.pnum}")  # as in C.49 and C.50, without leading zeros
    if message.pno is not None:
        parts.append(f"PNO={message.pno}")
    parts += [f"{key}={value}" for key, value in message.extra]
    return ";".join(parts).encode("utf-8") + b";CP=&&%b&&" % area


def frame(segment: bytes) -> bytes:
    """Envelope around a data segment of at most 9999 bytes; raises ValueError beyond."""
    if len(segment) > 9999:
        raise ValueError(f"data segment has {len(segment)} bytes, four digits hold at most 9999")
    return b"##%04d%b%04X\r\n" % (len(segment), segment, crc(segment))


def encode(message: Message, *, sm4_key: bytes = b"") -> bytes:
    """The message as one frame.

    Parameters
    ----------
    sm4_key : bytes
        16 bytes: encrypt the data area as HJ 212-2025 does (needs the package ``cryptography``).

    Raises
    ------
    ValueError
        When a text holds a line end, ``##`` or ``&&``, or the segment is too long.
    """
    area = data_area(message.groups)
    header = (
        message.qn,
        message.st,
        message.cn,
        message.pw,
        message.mn,
        *(v for pair in message.extra for v in pair),
    )
    for text in (*header, area):
        for mark in _FORBIDDEN:
            if mark in text:
                raise ValueError(f"{mark!r} may not stand in {text!r}: it would break the frame")
    plain_area = area.encode("utf-8")
    plain = segment_of(message, plain_area)
    if not sm4_key:
        return frame(plain)
    from qingxi.wire.hj212.sm4 import encrypt_area

    # By the examples of HJ 212-2025 the checksum is taken on the plain text; the length here counts what is sent.
    sent = segment_of(message, encrypt_area(plain_area, sm4_key))
    return b"##%04d%b%04X\r\n" % (len(sent), sent, crc(plain))


BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Devices write Beijing time without a zone; it has had no summer time since 1992."""


def _beijing(at: datetime) -> datetime:
    return at.astimezone(BEIJING) if at.tzinfo is not None else at


def qn_of(at: datetime) -> str:
    """Request number of a moment, to the millisecond."""
    return f"{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}"


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.10g}"


def upload(
    cn: str,
    *,
    mn: str,
    pw: str,
    at: datetime,
    values: Mapping[str, Mapping[str, float | str]],
    st: str = "32",
    edition: int = 2017,
    answer: bool = True,
    sent_at: datetime | None = None,
    resent: bool = False,
) -> Message:
    """A data message as a device sends it: 2011 real time, 2051 minutes, 2061 hour, 2031 day.

    Parameters
    ----------
    at : datetime
        DataTime; without a zone it is Beijing's wall clock.
    values : mapping
        By factor code of the wire (``"w01018"``) or house code (``"cod"``), then by statistic:
        ``{"flow": {"Rtd": 0.61, "Flag": "N"}}``. Numbers in the **wire's** unit (flow in L/s, Cou in m3); text goes
        out as it is, which keeps a sensor's own resolution (``"7.10"``).
    sent_at : datetime or None
        Moment of the request number; left out: ``at``.
    resent : bool
        Mark with ``RF=1`` in the header (2025, table 3); a message of an older edition has no such mark.
    """
    at, sent_at = _beijing(at), _beijing(sent_at or at)
    groups: list[Group] = [(("DataTime", f"{at:%Y%m%d%H%M%S}"),)]
    for code, statistics in values.items():
        try:
            name = wire_code(code, edition)
        except KeyError:
            name = code
        groups.append(tuple((f"{name}-{statistic}", _text(value)) for statistic, value in statistics.items()))
    has_flag = edition > 2005
    return Message(
        cn=cn,
        mn=mn,
        qn=qn_of(sent_at) if has_flag else "",
        st=st,
        pw=pw,
        flag=flag_of(edition, answer=answer) if has_flag else None,
        groups=tuple(groups),
        extra=(("RF", "1"),) if resent and edition >= 2025 else (),
    )


def _answer(message: Message, cn: str, groups: tuple[Group, ...] = ()) -> Message:
    version = message.flag >> 2 if message.flag is not None else 0
    return Message(cn, message.mn, qn=message.qn, st="91", pw=message.pw, flag=version << 2, groups=groups)


def answer_request(message: Message, qn_rtn: int) -> Message:
    """9011 请求应答: QN of the message answered, ST=91, Flag of the device's version, QnRtn as in the table."""
    return _answer(message, "9011", ((("QnRtn", str(qn_rtn)),),))


def answer_result(message: Message, exe_rtn: int) -> Message:
    """9012 执行结果."""
    return _answer(message, "9012", ((("ExeRtn", str(exe_rtn)),),))


def answer_notice(message: Message) -> Message:
    """9013 通知应答."""
    return _answer(message, "9013")


def answer_data(message: Message) -> Message:
    """9014 数据应答: says that the data are kept; send it only once they are."""
    return _answer(message, "9014")
