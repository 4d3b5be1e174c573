"""Sinks that remember, block or fail, and a small client for tests of the receiver."""

import asyncio
import threading
from dataclasses import replace
from datetime import datetime, timedelta

from qingxi.receiver import Limits, Receiver
from qingxi.wire import Device, Devices
from qingxi.wire.hj212 import BEIJING, Message, Parser, encode, upload

START = datetime(2026, 10, 1, tzinfo=BEIJING)
NOW_MS = int((START + timedelta(days=1)).timestamp() * 1000)
DEVICES = Devices(
    [Device("M1", "pw", "QX-001"), Device("M2", "pw", "QX-002"), Device("OFF", "pw", "QX-003", enabled=False)]
)
QUICK = replace(Limits.from_table(), line_quiet_s=0.05, retry_wait_s=0.01)


class Memory:
    """A sink that writes down every call; ``gate`` closed makes commit wait, ``failures`` makes it fail so often."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []
        self.batch: list[tuple] = []
        self.kept: list[Message] = []
        self.quarantined: list[tuple[str, str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.in_commit = threading.Event()
        self.failures = 0
        self.refuse: set[str] = set()

    def keep_raw(self, received):
        self.batch.append(("raw", received.raw))

    def put(self, message, received):
        if message.qn in self.refuse:
            raise ValueError("cannot be kept")
        self.batch.append(("put", message))

    def quarantine(self, received, why, detail="", mn=""):
        self.batch.append(("quarantine", why, mn))

    def commit(self):
        self.in_commit.set()
        self.gate.wait(20)
        if self.failures:
            self.failures -= 1
            raise OSError("disk full")
        self.calls += [*self.batch, ("commit",)]
        self.kept += [call[1] for call in self.batch if call[0] == "put"]
        self.quarantined += [(call[1], call[2]) for call in self.batch if call[0] == "quarantine"]
        self.batch = []

    def rollback(self):
        self.calls.append(("rollback",))
        self.batch = []


def frame(number: int, mn: str = "M1", pw: str = "pw", **more) -> bytes:
    """The number-th quarter of an hour of a device, asking for an answer."""
    return encode(message(number, mn, pw, **more))


def message(number: int, mn: str = "M1", pw: str = "pw", **more) -> Message:
    at = START + timedelta(minutes=15 * number)
    return upload("2011", mn=mn, pw=pw, at=at, values={"cod": {"Rtd": "45.2", "Flag": "N"}}, **more)


class Client:
    """A device's end of the line."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.parser = Parser()

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    async def say(self, *frames: bytes) -> None:
        self.writer.write(b"".join(frames))
        await self.writer.drain()

    async def answers(self, count: int) -> list[Message]:
        """The next answers; fails loudly when the line closes before."""
        found: list[Message] = []
        while len(found) < count:
            event = self.parser.next_event()
            if isinstance(event, Message):
                found.append(event)
                continue
            data = await asyncio.wait_for(self.reader.read(65536), 20)
            assert data, f"line closed after {len(found)} of {count} answers"
            self.parser.feed(data)
        return found

    async def hears_nothing(self) -> bool:
        """Whether nothing came, given the server a moment to be wrong."""
        try:
            return not await asyncio.wait_for(self.reader.read(1), 0.15)
        except TimeoutError:
            return True


def run(sink, scene, *, devices=DEVICES, limits=QUICK) -> Receiver:
    """Start a receiver on a free port, play a scene against it, stop it."""

    async def whole() -> Receiver:
        receiver = Receiver(sink, devices, limits=limits, now_ms=lambda: NOW_MS)
        port = await receiver.start()
        try:
            await scene(receiver, port)
        finally:
            gate = getattr(sink, "gate", None)
            if gate is not None:
                gate.set()
            await receiver.stop()
        return receiver

    return asyncio.run(whole())
