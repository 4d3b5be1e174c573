"""One device's line: bytes to events, and back-pressure."""

import asyncio
from typing import TYPE_CHECKING

from qingxi.receiver.batch import Item
from qingxi.wire import Received
from qingxi.wire.hj212 import BadFrame, Event, Message, Parser

if TYPE_CHECKING:
    from qingxi.receiver.server import Receiver


class Connection(asyncio.Protocol):
    """The receiving end of one TCP connection."""

    def __init__(self, receiver: "Receiver", number: int) -> None:
        self.number = number
        self.mns: set[str] = set()
        self._receiver = receiver
        self._parser = Parser(receiver.key_of)
        self._transport: asyncio.Transport | None = None
        self._peer = ""
        self._quiet: asyncio.TimerHandle | None = None
        self.paused = False
        self._bad = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A device has called."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._peer = f"{peer[0]}:{peer[1]}" if isinstance(peer, tuple) else str(peer)
        self._receiver.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone; what it said and was not yet answered stays in the batch."""
        if self._quiet is not None:
            self._quiet.cancel()
        self._parser.settle()
        self._drain()
        rest = self._parser.close()
        if rest is not None:
            self._take(rest)
        self._receiver.closed(self)

    def data_received(self, data: bytes) -> None:
        """Bytes, cut as the network pleased."""
        self._receiver.counters.bytes_total += len(data)
        self._parser.feed(data)
        self._drain()
        if self._quiet is not None:
            self._quiet.cancel()
            self._quiet = None
        if self._parser.waiting:
            loop = asyncio.get_running_loop()
            self._quiet = loop.call_later(self._receiver.limits.line_quiet_s, self._line_is_quiet)

    def _line_is_quiet(self) -> None:
        self._parser.settle()
        self._drain()

    def _drain(self) -> None:
        while isinstance(event := self._parser.next_event(), Message | BadFrame):
            self._take(event)

    def _take(self, event: Event) -> None:
        self._bad = self._bad + 1 if isinstance(event, BadFrame) else 0
        if self._bad > self._receiver.limits.bad_in_a_row:
            self._receiver.counters.hung_up_total += self._bad == self._receiver.limits.bad_in_a_row + 1
            self.hang_up()
            return
        received = Received(event.raw, self._peer, self._receiver.now_ms())
        self._receiver.take(self, Item(self.number, event, received))

    def send(self, data: bytes) -> None:
        """Answers; to a line that has gone they go nowhere, and the device sends its data again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

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
