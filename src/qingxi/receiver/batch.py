"""One batch into the sink: all of it durable, or none of it answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qingxi.receiver.identity import claimed_mn, refusal
from qingxi.receiver.sink import Sink
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import Answer, BadFrame, Event, answer_data, answer_notice, answer_owed, encode

_CANNOT_BE_KEPT = (ValueError, TypeError, OverflowError)  # UnicodeError is a ValueError


@dataclass(frozen=True, slots=True)
class Item:
    """One event of one connection with its bytes."""

    connection: int
    event: Event
    received: Received


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an item: ``why`` it was quarantined (empty when kept), and the answer owed (empty for none)."""

    why: str
    reply: bytes


def _reply_to(item: Item) -> bytes:
    if isinstance(item.event, BadFrame):
        return b""
    owed = answer_owed(item.event)
    if owed is Answer.NONE:
        return b""
    answer = answer_data(item.event) if owed is Answer.DATA else answer_notice(item.event)
    try:
        return encode(answer)
    except ValueError:  # a header that would break our own frame is not echoed
        return b""


def _keep(
    sink: Sink, item: Item, devices: Mapping[str, Device], future_h: float, refused: set[int], at: int
) -> Verdict:
    sink.keep_raw(item.received)
    event = item.event
    if isinstance(event, BadFrame):
        sink.quarantine(item.received, event.why, event.detail, claimed_mn(event.raw))
        return Verdict(event.why, b"")
    why = (
        ("not-kept", "")
        if at in refused
        else refusal(event, devices, item.received.at_ms, future_h, item.received.peer)
    )
    if why is not None:
        sink.quarantine(item.received, why[0], why[1], event.mn)
        return Verdict(why[0], b"")
    sink.put(event, item.received)
    return Verdict("", _reply_to(item))


def write_batch(sink: Sink, items: Sequence[Item], devices: Mapping[str, Device], future_h: float) -> list[Verdict]:
    """Keep a batch and commit it; the answers are safe to send when this has returned.

    Raises
    ------
    Exception
        What the sink raised when it is down; the batch is rolled back and may be given again as it is.
    """
    refused: set[int] = set()
    while True:
        at = 0
        try:
            verdicts = []
            for at, item in enumerate(items):
                verdicts.append(_keep(sink, item, devices, future_h, refused, at))
        except _CANNOT_BE_KEPT:
            sink.rollback()
            if at in refused:
                raise  # not even its quarantine can be kept: the sink is broken, not the message
            refused.add(at)
            continue
        except BaseException:
            sink.rollback()
            raise
        try:
            sink.commit()
        except BaseException:
            sink.rollback()
            raise
        return verdicts
