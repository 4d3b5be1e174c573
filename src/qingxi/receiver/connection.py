"""One device's line: bytes to events, and back-pressure."""

import asyncio
import time
from typing import TYPE_CHECKING

from qingxi.receiver.batch import Item
from qingxi.wire import Received
from qingxi.wire.hj212 import BadFrame, Event, Message, Parser
from qingxi.wire.hj212.plain import ENVELOPE, LONGEST, PLAIN, Plain

if TYPE_CHECKING:
    from qingxi.receiver.server import Receiver

_MOST_PENDING = ENVELOPE + LONGEST
"""More bytes than that, and still no frame: the parser knows what to make of them."""

_MOST_UNREAD = 1 << 20
"""Bytes of answers that a line may leave unread here, besides what the system holds for it."""


class Connection(asyncio.BufferedProtocol):
    """The receiving end of one TCP connection.

    Plain frames are taken out of what the line brought by one expression; all else goes to a parser. What that leaves
    undecided is taken back, so that behind an odd frame the plain ones are quick again.
    """

    __slots__ = (
        "_bad",
        "_peer",
        "_receiver",
        "_rest",
        "_transport",
        "made_s",
        "mns",
        "number",
        "paused",
        "quiet_since",
    )

    def __init__(self, receiver: "Receiver", number: int) -> None:
        self.number = number
        self.mns: tuple[str, ...] = ()
        self.paused = False
        self.quiet_since = 0.0  # when the undecided bytes came; told by the receiver's sweep
        self.made_s = 0.0  # monotonic, the same clock for all processes of a machine
        self._receiver = receiver
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._rest = b""
        self._bad = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A device has called."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.made_s = time.monotonic()
        transport.set_write_buffer_limits(high=_MOST_UNREAD)
        peer = transport.get_extra_info("peername")
        self._peer = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else str(peer)
        self._receiver.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone; what it said and was not yet answered stays in the batch."""
        if self._rest:
            self._read_in_full(settled=True)
        if self._rest.strip(b"\r\n"):
            self._take(BadFrame(self._rest, "truncated"))
        self._rest = b""
        self._receiver.closed(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """One buffer serves all lines: what is in it is read before the next line is."""
        return self._receiver.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes, cut as the network pleased."""
        receiver = self._receiver
        receiver.counters.bytes_total += nbytes
        data = bytes(receiver.buffer[:nbytes])
        if self._rest:
            data = self._rest + data
            self._rest = b""
        left = self._take_plain(data)
        if left == len(data):
            return
        self._rest = data[left:] if left else data
        if not self._rest.startswith(b"##") or b"\n" in self._rest or len(self._rest) > _MOST_PENDING:
            self._read_in_full(settled=False)
        if self._rest:
            receiver.unquiet(self)

    def _take_plain(self, data: bytes) -> int:
        """Give out the plain frames at the beginning; how many bytes they were."""
        if not data.isascii():
            return 0
        text = data.decode("ascii")
        at = 0
        match = PLAIN.match
        peer, number, receiver = self._peer, self.number, self._receiver
        now_ms = receiver.now_ms()
        found = []
        while (frame := match(text, at)) is not None:
            end = frame.end()
            size = end - at - ENVELOPE
            if size != int(frame[1]) or size > LONGEST:
                break
            raw = data[at:end]
            found.append(Item(number, Plain(raw, *frame.groups()), Received(raw, peer, now_ms)))
            at = end
        if found:
            self._bad = 0
            receiver.take(self, found)
        return at

    @property
    def waiting(self) -> bool:
        """Whether undecided bytes wait for more."""
        return bool(self._rest)

    def line_is_quiet(self) -> None:
        """No line end will come any more."""
        if self._rest:
            self._read_in_full(settled=True)

    def _read_in_full(self, *, settled: bool) -> None:
        """Let a parser have what is undecided, and take back what it leaves so."""
        parser = Parser(self._receiver.key_of)
        parser.feed(self._rest)
        if settled:
            parser.settle()
        while isinstance(event := parser.next_event(), Message | BadFrame):
            self._take(event)
        self._rest = parser.give_back()

    def _take(self, event: Event) -> None:
        self._bad = self._bad + 1 if isinstance(event, BadFrame) else 0
        if self._bad > self._receiver.limits.bad_in_a_row:
            self._receiver.counters.hung_up_total += self._bad == self._receiver.limits.bad_in_a_row + 1
            self.hang_up()
            return
        received = Received(event.raw, self._peer, self._receiver.now_ms())
        self._receiver.take(self, [Item(self.number, event, received)])

    def send(self, data: bytes) -> None:
        """Answers; to a line that has gone they go nowhere, and the device sends its data again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def pause_writing(self) -> None:
        """It says and says and never listens: its answers would fill the memory. It may call anew."""
        if self._transport is not None:
            self._receiver.counters.hung_up_total += 1
            self._transport.abort()

    def pause(self) -> None:
        """Read no more until the store has caught up."""
        if not self.paused and self._transport is not None and not self._transport.is_closing():
            self.paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self.paused and self._transport is not None:
            self.paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()

    def hang_up(self) -> None:
        """Close once what was written has gone out."""
        if self._transport is not None:
            self._transport.close()
