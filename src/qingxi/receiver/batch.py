"""One batch into the sink: all of it durable, or none of it answered."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, cast

from qingxi.receiver.checksum import checksums
from qingxi.receiver.identity import claimed_mn, refusal
from qingxi.receiver.sink import PlainSink, Sink
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import (
    Answer,
    BadFrame,
    Event,
    Message,
    Parser,
    answer_data,
    answer_notice,
    answer_owed,
    encode,
)
from qingxi.wire.hj212.habit import CrcHabits
from qingxi.wire.hj212.plain import ENVELOPE, Plain, Shapes

_CANNOT_BE_KEPT = (ValueError, TypeError, OverflowError)  # UnicodeError is a ValueError


class Item(NamedTuple):
    """One event of one connection with its bytes."""

    connection: int
    event: Event | Plain
    received: Received


class Verdict(NamedTuple):
    """What became of an item: ``why`` it was quarantined (empty when kept), and the answer owed (empty for none)."""

    why: str
    reply: bytes


def _reply_to(event: Event) -> bytes:
    if isinstance(event, BadFrame):
        return b""
    owed = answer_owed(event)
    if owed is Answer.NONE:
        return b""
    answer = answer_data(event) if owed is Answer.DATA else answer_notice(event)
    try:
        return encode(answer)
    except ValueError:  # a header that would break our own frame is not echoed
        return b""


@lru_cache(maxsize=65536)
def _answer_behind_qn(cn: str, pw: str, mn: str, flag: str) -> str:
    """The segment of a plain frame's answer from behind its QN; empty when none is owed."""
    bits = int(flag)
    owed = answer_owed(Message(cn, mn, pw=pw, flag=bits))
    return (
        f";ST=91;CN={owed.value};PW={pw};MN={mn};Flag={bits >> 2 << 2};CP=&&&&" if owed is not Answer.NONE else ""
    )


def reread(raw: bytes, devices: Mapping[str, Device]) -> Event:
    """What a piece turns out to be when read in full, as when it first came."""

    def key_of(mn: str) -> bytes:
        device = devices.get(mn)
        return device.sm4_key if device is not None else b""

    parser = Parser(key_of)
    parser.feed(raw)
    parser.settle()
    event = parser.next_event()
    if isinstance(event, Message | BadFrame):
        return event
    return parser.close() or BadFrame(raw, "junk")


def _against_habit(plain: Plain, read: Event, shapes: Shapes, habits: CrcHabits) -> Event:
    """A frame whose checksum fits another rule than its device always used is more likely damaged than converted."""
    if isinstance(read, BadFrame):
        return read
    if shapes.knows(plain.mn, plain.cn):
        habits.know(plain.mn, "hj212")
    if not habits.heard(read.mn, read.oddities):
        return read
    return BadFrame(plain.raw, "crc", f"收到 {plain.sent_crc}，只合别的算法；此设备一向用 {habits.of(read.mn)}")


def settle(
    items: Sequence[Item], devices: Mapping[str, Device], shapes: Shapes, habits: CrcHabits | None = None
) -> list[Item]:
    """Try the checksums of the plain frames in one stroke and take their values; what fails is read in full.

    With ``habits`` a registered device's odd checksum is held against what it always sent.
    """
    frames = [item.event for item in items if isinstance(item.event, Plain)]
    right = iter(checksums([plain.raw[ENVELOPE // 2 : -ENVELOPE // 2] for plain in frames]))
    done = []
    for item in items:
        plain = item.event
        if isinstance(plain, Plain):
            good = next(right) == int(plain.sent_crc, 16)
            known = plain.mn in devices
            if not (good and (plain.shape is not None or shapes.take(plain, known=known))):
                read: Event = plain.message() if good else reread(plain.raw, devices)
                if not good and known and habits is not None:
                    read = _against_habit(plain, read, shapes, habits)
                learned = good and known and isinstance(read, Message) and shapes.learn(read, plain)
                if not learned:
                    item = Item(item.connection, read, item.received)
        done.append(item)
    return done


def judge(items: Sequence[Item], devices: Mapping[str, Device], future_h: float) -> list[tuple[str, str]]:
    """(reason, detail) by item for which it goes to quarantine; the reason is empty for what is kept."""
    found = []
    for _, event, (_, peer, at_ms) in items:
        if isinstance(event, BadFrame):
            found.append((event.why, event.detail))
        else:
            found.append(refusal(event, devices, at_ms, future_h, peer) or ("", ""))
    return found


def answers(items: Sequence[Item], judged: Sequence[tuple[str, str]]) -> list[Verdict]:
    """The answers owed for what is durable; checksums of the plain ones in one stroke."""
    verdicts: list[Verdict] = []
    places: list[int] = []
    segments: list[bytes] = []
    for (_, event, _), (why, _) in zip(items, judged, strict=True):
        if why:
            verdicts.append(Verdict(why, b""))
        elif isinstance(event, Plain):
            behind = _answer_behind_qn(event.cn, event.pw, event.mn, event.flag)
            if behind:
                places.append(len(verdicts))
                segments.append(f"QN={event.qn}{behind}".encode("ascii"))
            verdicts.append(_KEPT)
        else:
            verdicts.append(Verdict("", _reply_to(event)))
    for at, segment, checksum in zip(places, segments, checksums(segments), strict=True):
        verdicts[at] = Verdict("", b"##%04d%b%04X\r\n" % (len(segment), segment, checksum))
    return verdicts


_KEPT = Verdict("", b"")


def _put_all(sink: Sink, items: Sequence[Item], judged: Sequence[tuple[str, str]], at: list[int], end: int) -> None:
    plainly = sink.put_plain if isinstance(sink, PlainSink) else None
    for number in range(at[0], end):
        (_, event, received), (why, detail) = items[number], judged[number]
        at[0] = number
        sink.keep_raw(received)
        if why:
            mn = claimed_mn(event.raw) if isinstance(event, BadFrame) else event.mn
            sink.quarantine(received, why, detail, mn)
        elif isinstance(event, Plain):
            if plainly is not None:
                plainly(event, received)
            else:
                sink.put(event.message(), received)
        else:
            sink.put(cast(Message, event), received)


def write_batch(
    sink: Sink, items: Sequence[Item], devices: Mapping[str, Device], future_h: float, shapes: Shapes | None = None
) -> tuple[list[Item], list[Verdict]]:
    """Keep a batch and commit it; the answers are safe to send when this has returned.

    Gives the items as they were read, and what became of each. A batch that the sink refuses for what is in it is
    halved until the item is found that it refuses: that one goes to quarantine, the others are kept.

    Raises
    ------
    Exception
        What the sink raised when it is down; the batch is rolled back and may be given again as it is. What was
        committed of it before (halves of a refused batch) is then met again as duplicates.
    """
    items = settle(items, devices, shapes if shapes is not None else Shapes())
    judged = judge(items, devices, future_h)
    _keep(sink, items, judged, 0, len(items))
    return list(items), answers(items, judged)


def _keep(sink: Sink, items: Sequence[Item], judged: list[tuple[str, str]], first: int, end: int) -> None:
    """Commit the items from ``first`` to ``end``; marks in ``judged`` those that cannot be kept."""
    at = [first]
    while True:
        at[0] = first
        try:
            _put_all(sink, items, judged, at, end)
            at[0] = -1
            sink.commit()
            return
        except _CANNOT_BE_KEPT as error:
            sink.rollback()
            if at[0] < 0 and end - first > 1:  # the commit refused it, and does not say which
                middle = (first + end) // 2
                _keep(sink, items, judged, first, middle)
                _keep(sink, items, judged, middle, end)
                return
            number = max(at[0], first)
            if judged[number][0] == "not-kept":
                raise  # not even its quarantine can be kept: the sink is broken, not the message
            judged[number] = ("not-kept", str(error).partition("\n")[0][:200])
        except BaseException:
            sink.rollback()
            raise
