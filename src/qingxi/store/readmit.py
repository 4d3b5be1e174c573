"""A device that called before it was registered: once it is admitted, what it said goes in after all (补录)."""

from collections.abc import Sequence
from pathlib import Path

from qingxi.store.reader import open_writer
from qingxi.store.side import Side
from qingxi.store.writer import StoreWriter
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import Message, Parser

READMITTED = ("unknown-device", "disabled-device", "not-kept", "not-allowed", "peer")
"""Reasons that may cease to hold; a bad frame or a wrong password never becomes right."""

_Piece = tuple[int, Message, Received]
"""Its number in the quarantine, what it says, and how it came."""


def _allowed(message: Message, peer: str, device: Device) -> bool:
    """Whether the register, as it is now, lets a message in."""
    return (
        (message.mn, message.pw) == (device.mn, device.password)
        and device.may_call_from(peer)
        and (not device.st_allowed or message.st in (*device.st_allowed, "91"))
        and (not device.cn_allowed or message.cn in device.cn_allowed or message.cn.startswith("901"))
    )


def readmit(store: Path | str, device: Device) -> int:
    """Put a device's quarantined messages in, with the time they came; returns how many.

    A message that the register still does not allow (password, network, ST, CN) or that no table can hold stays where it
    is. What goes in leaves the quarantine in the same transaction; its raw frame stays in the raw batch it came with.
    """
    side = Side(store)
    marks = ",".join("?" * len(READMITTED))
    rows = side.rows(
        f"SELECT id, received_ms, peer, raw FROM telemetry_quarantine WHERE mn=? AND why IN ({marks}) ORDER BY id",
        (device.mn, *READMITTED),
    )
    side.close()
    pieces = []
    for number, received_ms, peer, held in rows:
        raw = bytes(held)
        message = _read(raw, device)
        if message is not None and _allowed(message, peer, device):
            pieces.append((number, message, Received(raw, peer, received_ms)))
    hot = open_writer(store)
    try:
        hot.register({device.mn: device})
        done = _put_in(hot, pieces, device.mn)
        if not done:
            hot.release([], device.mn)
            hot.commit()
        return done
    finally:
        hot.close()


def _put_in(hot: StoreWriter, pieces: Sequence[_Piece], mn: str) -> int:
    if not pieces:
        return 0
    try:
        for _, message, received in pieces:
            hot.keep_raw(received)
            hot.put(message, received)
        hot.release([number for number, _, _ in pieces], mn)
        hot.commit()
        return len(pieces)
    except (ValueError, TypeError, OverflowError):
        hot.rollback()
        if len(pieces) == 1:
            return 0  # it cannot be kept whoever sent it, and stays where it is
    middle = len(pieces) // 2
    return _put_in(hot, pieces[:middle], mn) + _put_in(hot, pieces[middle:], mn)


def _read(raw: bytes, device: Device) -> Message | None:
    parser = Parser(lambda mn: device.sm4_key if mn == device.mn else b"")
    parser.feed(raw)
    parser.settle()
    event = parser.next_event()
    return event if isinstance(event, Message) else None
