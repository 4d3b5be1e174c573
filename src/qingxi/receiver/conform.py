"""Runs the conformance cases of :mod:`qingxi.wire.hj212.conform` on real TCP lines."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime

from qingxi.wire.hj212 import BEIJING
from qingxi.wire.hj212.conform.memory import read_on_line
from qingxi.wire.hj212.conform.script import (
    Case,
    Failed,
    Hear,
    Heard,
    NotApplicable,
    Redial,
    Result,
    Say,
    Setting,
    Verdict,
    ended,
)
from qingxi.wire.hj212.conform.strict import StrictFrame, StrictStream

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class NobodyThere(Exception):
    """No line could be had: the server is not there, or no device has called in time."""


class Line:
    """A line to the other side; ``dial`` makes a new one.

    Parameters
    ----------
    dial : callable
        Gives reader and writer of a new connection; raises OSError or TimeoutError.
    """

    def __init__(self, dial: Callable[[], Awaitable[Streams]], key: bytes = b"") -> None:
        self._dial = dial
        self.key = key
        self.sent: list[bytes] = []
        self.came: list[bytes] = []
        self._streams: Streams | None = None
        self._cutter = StrictStream()
        self._frames: list[bytes] = []

    async def open(self) -> None:
        """Make sure that there is a line."""
        if self._streams is None:
            try:
                self._streams = await self._dial()
            except (OSError, TimeoutError) as error:
                raise NobodyThere(str(error)) from error
            self._cutter, self._frames = StrictStream(), []

    async def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._streams[1].wait_closed()
        self._streams = None

    async def say(self, data: bytes, pieces: int) -> None:
        """Send; on a line that has broken, after calling again."""
        await self.open()
        assert self._streams is not None
        self.sent.append(data)
        writer = self._streams[1]
        size = pieces or max(1, len(data))
        try:
            for at in range(0, len(data), size):
                writer.write(data[at : at + size])
                await writer.drain()
                if pieces:
                    await asyncio.sleep(0.001)  # so that the system sends each by itself
        except OSError:
            self._streams = None

    async def hear(self, seconds: float) -> Heard:
        """The next frame within so many seconds."""
        began = time.monotonic()
        hung_up = False
        while not self._frames:
            left = seconds - (time.monotonic() - began)
            if left <= 0:
                self._frames += self._cutter.flush()
                break
            if self._streams is None:
                await asyncio.sleep(min(left, 0.1))
                with contextlib.suppress(NobodyThere):
                    await asyncio.wait_for(self.open(), max(left, 0.1))
                continue
            try:
                data = await asyncio.wait_for(self._streams[0].read(65536), left)
            except TimeoutError:
                continue
            except OSError:
                data = b""
            if not data:
                self._frames += self._cutter.flush()
                await self.close()
                hung_up = True
                if not self._frames:
                    continue
            self._frames += self._cutter.feed(data)
        took = time.monotonic() - began
        if not self._frames:
            return Heard(None, max(took, seconds), hung_up)
        raw = self._frames.pop(0)
        self.came.append(raw)
        return Heard(read_on_line(raw, self.key), took)


async def run_cases(
    cases: Iterable[Case], setting: Setting, line: Line, *, told: Callable[[Verdict], None] = lambda one: None
) -> list[Verdict]:
    """The verdict on every case, one after another; ``told`` is called with each as it falls.

    Raises
    ------
    NobodyThere
        When there is no line at the start, or none can be had again.
    """
    await line.open()
    verdicts = []
    for case in cases:
        line.sent, line.came = [], []
        verdict = await _one(case, setting.at(datetime.now(BEIJING)), line)
        verdicts.append(verdict)
        told(verdict)
    await line.close()
    return verdicts


async def _one(case: Case, setting: Setting, line: Line) -> Verdict:
    answer: Heard | None = None
    script = case.run(setting)
    result, why = Result.PASSED, ""
    try:
        while True:
            step = script.send(answer)
            answer = None
            if isinstance(step, Say):
                await line.say(step.data, step.pieces)
            elif isinstance(step, Hear):
                answer = await line.hear(step.seconds)
            elif isinstance(step, Redial):
                await line.close()
                await line.open()
    except (StopIteration, Failed, NotApplicable) as end:
        result, why = ended(end)
    return Verdict(case, result, why, tuple(line.sent), tuple(line.came))


def to_server(host: str, port: int, key: bytes = b"") -> Line:
    """A line that calls a server."""
    return Line(lambda: asyncio.wait_for(asyncio.open_connection(host, port), 10), key)


class Waiting:
    """Listens until the device under test calls."""

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._called: asyncio.Queue[Streams] = asyncio.Queue()
        self._server: asyncio.Server | None = None

    async def listen(self, host: str, port: int) -> int:
        """The port that was bound; OSError when it cannot be."""

        async def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._called.put((reader, writer))

        self._server = await asyncio.start_server(called, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def _take(self) -> Streams:
        streams = await asyncio.wait_for(self._called.get(), self._patience_s)
        while not self._called.empty():  # the newest call is the live one
            streams[1].close()
            streams = self._called.get_nowait()
        return streams

    def line(self, key: bytes = b"") -> Line:
        """A line that waits for the device's call."""
        return Line(self._take, key)

    async def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()


class OtherEdition(Exception):
    """The device speaks an edition that the suite has no cases for."""


async def learn(line: Line, setting: Setting, seconds: float) -> tuple[Setting, StrictFrame]:
    """MN, PW, ST and edition from the first frame of a device that speaks of its own accord, and that frame.

    Raises
    ------
    NobodyThere
        When nothing readable came.
    OtherEdition
        When it has no Flag, or one of 2005.
    """
    await line.open()
    heard = await line.hear(seconds)
    frame: StrictFrame | None = heard.frame
    if frame is None or not frame.header.get("MN"):
        raise NobodyThere("设备没有说话，认不出 MN；请用 --mn、--password、--edition 写明")
    header = frame.header
    if frame.edition == 2005 or (not frame.edition and "Flag" not in header):
        raise OtherEdition(header["MN"])
    learnt = replace(
        setting,
        mn=header["MN"],
        pw=header.get("PW", setting.pw),
        st=header.get("ST", setting.st),
        edition=frame.edition or setting.edition,
    )
    return learnt, frame
