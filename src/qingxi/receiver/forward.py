"""Forwarding to upper platforms (转发): our own HJ 212 client, each platform with a position of its own.

The receiver is not asked and does not wait: frames are read from the store behind it. The position moves on when the
platform has answered 9014; whatever was not answered is sent again, also after a crash, and the platform meets equal
data twice at most, which HJ 212 keeps once.
"""

import asyncio
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from qingxi.receiver.identity import refusal
from qingxi.standard import load_table
from qingxi.wire import Device, Received
from qingxi.wire.hj212 import BEIJING, COMMANDS, Answer, BadFrame, Message, Parser, encode, flag_of, qn_of
from qingxi.wire.platform import Platform

log = logging.getLogger("qingxi.forward")
Place = tuple[int, int]


class Frames(Protocol):
    """Where frames come from and positions are kept; every call may be slow and is made in a thread."""

    def position(self, platform: str) -> Any:
        """Where a platform stands: ``raw_id``, ``frame``, ``acked``, ``resent``, ``refused``, ``acked_ms``."""

    def keep(self, position: Any) -> None:
        """Write a position down."""

    def behind(self, raw_id: int, frame: int) -> int:
        """Frames from a position on."""

    def start(self, since_ms: int) -> int:
        """The first batch with a frame of this moment or later."""

    def after(self, raw_id: int, frame: int, batches: int = 20) -> Iterator[tuple[int, int, Received]]:
        """Frames from a position on, in order."""


@dataclass(slots=True)
class _Sent:
    """A message on its way: where it stands, how often it was said, until when it is waited for."""

    place: Place
    message: Message
    tries: int
    deadline_s: float


class _LineLost(Exception):
    """The platform has gone, or answers no more."""


def wanted(
    received: Received, devices: Mapping[str, Device], platform: Platform, key_of: Callable[[str], bytes]
) -> Message | None:
    """The message of a raw frame when a platform is to hear it: data of a known device, not from before its time,
    of the ST and CN it asks for.
    """
    if received.at_ms < platform.since_ms:
        return None
    parser = Parser(key_of)
    parser.feed(received.raw)
    parser.settle()
    event = parser.next_event()
    if not isinstance(event, Message) or not event.groups:
        return None
    known = COMMANDS.get(event.cn)
    is_data = known is not None and known.answer is Answer.DATA and event.cn.startswith("2")
    if not (event.cn in platform.cn if platform.cn else is_data):
        return None
    if platform.st and event.st not in platform.st:
        return None
    if refusal(event, devices, received.at_ms, float("inf"), received.peer) is not None:
        return None
    return event if platform.known_as(event.mn) else None


def translated(message: Message, platform: Platform, qn: str, *, again: bool) -> Message:
    """The message as the platform is to hear it: its names and edition, our request number, answer wanted."""
    marked = platform.edition >= 2025 and (again or message.resent)
    extra = tuple(pair for pair in message.extra if pair[0] != "RF")
    return replace(
        message,
        mn=platform.known_as(message.mn),
        pw=platform.password or message.pw,
        qn=qn,
        flag=flag_of(platform.edition, answer=True, split=message.pnum is not None),
        groups=tuple(group for group in message.groups if group != (("RF", "1"),)),
        extra=(*extra, ("RF", "1")) if marked else extra,
        raw=b"",
    )


class Forwarder:
    """One upper platform's line.

    Parameters
    ----------
    platform : Platform
    frames : Frames
    devices : callable
        The register as it is now.
    timeout_s, retry_s : float or None
        Wait for a 9014 before it is said again; wait before a lost line is made anew. None: the table's.
    """

    def __init__(
        self,
        platform: Platform,
        frames: Frames,
        devices: Callable[[], Mapping[str, Device]],
        *,
        timeout_s: float | None = None,
        retry_s: float | None = None,
    ) -> None:
        table = load_table("hj212")
        self.platform, self.frames, self.devices = platform, frames, devices
        self.timeout_s = table["answer.timeout"] if timeout_s is None else timeout_s
        self.retry_s = table["forward.retry"] if retry_s is None else retry_s
        self.window = int(table["forward.window"])
        self.resends = int(table["answer.resends"])
        self.position: Any = None
        self._open: OrderedDict[str, _Sent] = OrderedDict()
        self._next: Place = (0, 0)
        self._caution = 0
        self._last_qn_ms = 0
        self._kept_at = 0.0

    async def run(self, *, until_done: bool = False) -> None:
        """Forward for ever, or until nothing is left (``until_done``)."""
        self.position = await asyncio.to_thread(self.frames.position, self.platform.name)
        if self.position.at_ms == 0:
            first = await asyncio.to_thread(self.frames.start, self.platform.since_ms)
            self.position = replace(self.position, raw_id=first)
        else:
            self._caution = self.window  # so many may have been sent before the last end
        while True:
            try:
                await self._line(until_done)
                return
            except (OSError, _LineLost, asyncio.IncompleteReadError) as error:
                await self._keep("down", str(error) or type(error).__name__)
                await asyncio.sleep(self.retry_s)

    async def _line(self, until_done: bool) -> None:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(self.platform.host, self.platform.port), self.timeout_s
        )
        self._caution = max(self._caution, len(self._open))
        self._open.clear()
        self._next = (self.position.raw_id, self.position.frame)
        await self._keep("up", "")
        answers = asyncio.create_task(self._listen(reader))
        try:
            while not answers.done():
                moved = await self._send_some(writer)
                self._resend(writer)
                await writer.drain()
                await self._keep("up", "", now_and_then=True)
                if not moved:
                    if until_done and not self._open and self.position.behind == 0:
                        return
                    await asyncio.wait({answers}, timeout=0.02 if self._open else 0.5)
            answers.result()
        finally:
            answers.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, _LineLost):
                await answers
            writer.close()
            await self._keep("down" if not until_done else "rest", "")

    async def _send_some(self, writer: asyncio.StreamWriter) -> bool:
        """Fill the window; gives whether frames were looked at."""
        if len(self._open) >= self.window // 2:
            return False
        found = await asyncio.to_thread(self._read, self.window - len(self._open))
        now = asyncio.get_running_loop().time()
        for place, message in found:
            self._next = (place[0], place[1] + 1)
            if message is None:
                continue
            qn = self._qn()
            again, self._caution = self._caution > 0, max(0, self._caution - 1)
            out = translated(message, self.platform, qn, again=again)
            try:
                data = encode(out, sm4_key=self.platform.sm4_key)
            except ValueError as error:  # cannot be said in a frame: nobody may be stopped by it
                log.warning("platform %s: a frame cannot be forwarded: %s", self.platform.name, error)
                self.position = replace(self.position, refused=self.position.refused + 1)
                continue
            self.position = replace(self.position, resent=self.position.resent + again)
            self._open[qn] = _Sent(place, message, 0, now + self.timeout_s)
            writer.write(data)
        self._advance()
        return bool(found)

    def _read(self, most: int) -> list[tuple[Place, Message | None]]:
        devices = self.devices()
        found: list[tuple[Place, Message | None]] = []
        messages = 0
        for raw_id, at, received in self.frames.after(*self._next):
            message = wanted(received, devices, self.platform, lambda mn: _key(devices, mn))
            found.append(((raw_id, at), message))
            messages += message is not None
            if messages >= most or len(found) >= 5000:
                break
        return found

    def _resend(self, writer: asyncio.StreamWriter) -> None:
        now = asyncio.get_running_loop().time()
        for qn, sent in list(self._open.items()):
            if now < sent.deadline_s:
                continue
            if sent.tries >= self.resends:
                raise _LineLost(f"{self.resends + 1} 次没有等到 9014")
            sent.tries, sent.deadline_s = sent.tries + 1, now + self.timeout_s
            self.position = replace(self.position, resent=self.position.resent + 1)
            writer.write(
                encode(translated(sent.message, self.platform, qn, again=True), sm4_key=self.platform.sm4_key)
            )

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        parser = Parser(lambda mn: self.platform.sm4_key)
        while True:
            data = await reader.read(65536)
            if not data:
                raise _LineLost("对方关闭了连接")
            parser.feed(data)
            while isinstance(event := parser.next_event(), Message | BadFrame):
                if not isinstance(event, Message) or event.cn not in ("9014", "9013"):
                    continue
                if event.qn in self._open:
                    del self._open[event.qn]
                    self.position = replace(self.position, acked=self.position.acked + 1, acked_ms=_now_ms())
            self._advance()

    def _advance(self) -> None:
        """The position: behind everything answered, before the oldest that is not."""
        place = min((sent.place for sent in self._open.values()), default=self._next)
        self.position = replace(self.position, raw_id=place[0], frame=place[1])

    async def _keep(self, state: str, said: str, *, now_and_then: bool = False) -> None:
        now = time.monotonic()
        if now_and_then and now - self._kept_at < 1.0 and self._open:
            return
        self._kept_at = now
        behind = await asyncio.to_thread(self.frames.behind, self.position.raw_id, self.position.frame)
        self.position = replace(self.position, behind=behind, state=state, said=said[:200], at_ms=_now_ms())
        await asyncio.to_thread(self.frames.keep, self.position)

    def _qn(self) -> str:
        ms = self._last_qn_ms = max(_now_ms(), self._last_qn_ms + 1)
        return qn_of(datetime.fromtimestamp(ms / 1000, BEIJING))


def _key(devices: Mapping[str, Device], mn: str) -> bytes:
    device = devices.get(mn)
    return device.sm4_key if device is not None else b""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
