"""A device that called before it was registered: once it is admitted, what it said goes in after all (补录)."""

from pathlib import Path

from qingxi.store.reader import open_writer
from qingxi.store.side import Side
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import Message, Parser

READMITTED = ("unknown-device", "disabled-device", "not-kept", "not-allowed", "peer")
"""Reasons that may cease to hold; a bad frame or a wrong password never becomes right."""


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

    A message that the register still does not allow (password, network, ST, CN) stays where it is. One transaction: on
    failure all stays as it was. What goes in leaves the quarantine; its raw frame stays in the raw batch it came with.
    """
    side = Side(store)
    marks = ",".join("?" * len(READMITTED))
    rows = side.rows(
        f"SELECT id, received_ms, peer, raw FROM telemetry_quarantine WHERE mn=? AND why IN ({marks}) ORDER BY id",
        (device.mn, *READMITTED),
    )
    side.close()
    hot = open_writer(store)
    try:
        hot.register({device.mn: device})
        done: list[int] = []
        for number, received_ms, peer, held in rows:
            raw = bytes(held)
            message = _read(raw, device)
            if message is None or not _allowed(message, peer, device):
                continue
            received = Received(raw, peer, received_ms)
            hot.keep_raw(received)
            hot.put(message, received)
            done.append(number)
        hot.release(done, device.mn)
        hot.commit()
        return len(done)
    finally:
        hot.close()


def _read(raw: bytes, device: Device) -> Message | None:
    parser = Parser(lambda mn: device.sm4_key if mn == device.mn else b"")
    parser.feed(raw)
    parser.settle()
    event = parser.next_event()
    return event if isinstance(event, Message) else None
