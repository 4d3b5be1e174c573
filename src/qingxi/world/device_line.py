"""One line of the simulator: what is under way on it, when it is said again, and when it is given up."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from qingxi.wire.hj212 import BadFrame, Message, Parser

HEADER = re.compile(rb"\A##\d{4}(?:QN=(\d+);)?.*?MN=([^;]*)(?:;Flag=(\d+))?")
"""QN, MN and Flag of a frame, without reading the rest of it."""

_Key = tuple[str, str]


@dataclass
class Played:
    """What came of playing frames.

    Attributes
    ----------
    sent : int
        Different frames sent at least once.
    acked : int
        Frames answered by 9013 or 9014.
    resent : int
        Sendings beyond the first.
    unasked : int
        Frames that ask for no answer (bit A not set).
    unanswered : int
        Frames that asked and were given up.
    broken : int
        Frames that are no valid frames; sent once, and no answer is waited for.
    latencies_s : list of float
        From the last sending to the answer, one a frame answered.
    """

    sent: int = 0
    acked: int = 0
    resent: int = 0
    unasked: int = 0
    unanswered: int = 0
    broken: int = 0
    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, float]:
        """Counts, seconds and the median and 99th percentile of the answers' delay in milliseconds."""
        waits = sorted(self.latencies_s)

        def percentile(share: float) -> float:
            return round(1000 * waits[min(len(waits) - 1, int(share * len(waits)))], 2) if waits else 0.0

        return {
            "sent": self.sent,
            "acked": self.acked,
            "resent": self.resent,
            "unasked": self.unasked,
            "unanswered": self.unanswered,
            "broken": self.broken,
            "seconds": round(self.seconds, 3),
            "packets_per_s": round(self.sent / self.seconds, 1) if self.seconds else 0.0,
            "ack_ms_p50": percentile(0.50),
            "ack_ms_p99": percentile(0.99),
        }


@dataclass(frozen=True, slots=True)
class Manner:
    """How a line speaks.

    Attributes
    ----------
    timeout_s, resends
        Wait for an answer, and how often to send again without one.
    window : int
        Most unanswered frames under way.
    speed : float
        Times the pace of the frames' own times; ``inf`` sends as fast as it is answered.
    patience_s : float
        How long to go on calling a server that is not there.
    """

    timeout_s: float = 10.0
    resends: int = 3
    window: int = 1
    speed: float = float("inf")
    patience_s: float = 30.0


def _is_valid(frame: bytes) -> bool:
    parser = Parser()
    parser.feed(frame)
    parser.settle()
    return isinstance(parser.next_event(), Message)


@dataclass(slots=True)
class _Waiting:
    frame: bytes
    sent_at: float
    tries: int


class Line:
    """One TCP connection and what is under way on it."""

    def __init__(
        self, address: tuple[str, int], manner: Manner, played: Played, on_ack: Callable[[str, str], None]
    ):
        self._address, self._manner, self._played, self._on_ack = address, manner, played, on_ack
        self._under_way: dict[_Key, _Waiting] = {}
        self._progress = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def _call(self) -> None:
        """Connect, and send again what was under way when the last connection broke."""
        until = time.monotonic() + self._manner.patience_s
        while True:
            try:
                reader, self._writer = await asyncio.open_connection(*self._address)
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)
        self._reading = asyncio.create_task(self._read(reader))
        for waiting in list(self._under_way.values()):
            self._say(waiting)
        await self._flush()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        parser = Parser()
        try:
            while data := await reader.read(65536):
                parser.feed(data)
                while isinstance(event := parser.next_event(), Message | BadFrame):
                    if isinstance(event, Message) and event.cn in ("9013", "9014"):
                        self._answered(event)
        except ConnectionError:
            pass
        self._progress.set()

    def _answered(self, answer: Message) -> None:
        waiting = self._under_way.pop((answer.mn, answer.qn), None)
        if waiting is not None:
            self._played.acked += 1
            self._played.latencies_s.append(time.monotonic() - waiting.sent_at)
            self._on_ack(answer.mn, answer.qn)
            self._progress.set()

    def _say(self, waiting: _Waiting) -> None:
        assert self._writer is not None
        self._played.resent += waiting.tries > 0
        waiting.tries += 1
        waiting.sent_at = time.monotonic()
        self._writer.write(waiting.frame)

    async def _flush(self) -> None:
        try:
            assert self._writer is not None
            await self._writer.drain()
        except ConnectionError:
            pass

    def _is_down(self) -> bool:
        return self._writer is None or self._writer.is_closing() or self._reading is None or self._reading.done()

    async def send(self, frame: bytes) -> None:
        """Send one frame; returns when there is room for the next."""
        if self._is_down():
            await self._call()
        self._played.sent += 1
        found = HEADER.match(frame)
        flag = int(found.group(3)) if found and found.group(3) else 0
        waiting = _Waiting(frame, time.monotonic(), 0)
        if found is None or not flag & 1:
            self._say(waiting)
            self._played.unasked += 1
        else:
            key = (found.group(2).decode("utf-8", "replace"), (found.group(1) or b"").decode())
            await self._room(lambda: key not in self._under_way)  # one QN twice: the first is settled first
            self._under_way[key] = waiting
            self._say(waiting)
        await self._flush()
        await self._room(lambda: len(self._under_way) < self._manner.window)

    async def finish(self) -> None:
        """Wait for what is under way, then hang up."""
        await self._room(lambda: not self._under_way)
        if self._writer is not None:
            self._writer.close()
        if self._reading is not None:
            await self._reading

    async def _room(self, there_is: Callable[[], bool]) -> None:
        checked = False
        while not there_is():
            if self._is_down():
                await self._call()
            self._progress.clear()
            try:
                await asyncio.wait_for(self._progress.wait(), min(0.5, self._manner.timeout_s))
                checked = False
                continue
            except TimeoutError:
                pass
            if not checked:
                self._drop_broken()
                checked = True
            self._send_overdue_again()
            await self._flush()

    def _drop_broken(self) -> None:
        """Nobody answers a frame that is none: looked at only when the line has gone quiet, because it is slow."""
        for key, waiting in list(self._under_way.items()):
            if not _is_valid(waiting.frame):
                del self._under_way[key]
                self._played.broken += 1

    def _send_overdue_again(self) -> None:
        now = time.monotonic()
        for key, waiting in list(self._under_way.items()):
            if now - waiting.sent_at < self._manner.timeout_s:
                continue
            if waiting.tries > self._manner.resends:
                del self._under_way[key]
                self._played.unanswered += 1
            else:
                self._say(waiting)
