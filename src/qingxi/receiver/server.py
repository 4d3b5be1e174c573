"""The receiver: many lines in, one batch after another into the sink, answers only for what is durable.

Group commit clocks itself: while one batch is being written, the next one gathers. At low load a packet is
committed alone and at once; at high load a batch grows to thousands and the cost of a commit is shared.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from qingxi.receiver.batch import Item, Verdict, write_batch
from qingxi.receiver.connection import Connection
from qingxi.receiver.counters import Counters
from qingxi.receiver.limits import Limits
from qingxi.receiver.sink import Sink
from qingxi.wire import Device
from qingxi.wire.hj212 import Message

log = logging.getLogger("qingxi.receiver")


class Receiver:
    """A TCP server for HJ 212 devices.

    Parameters
    ----------
    sink : Sink
        Where messages become durable. Used from one worker thread.
    devices : mapping
        Known devices by MN; read anew for every message, so it may be replaced by assigning :attr:`devices`.
    limits : Limits or None
        None takes the defaults of the house.
    now_ms : callable
        The clock, in milliseconds since 1970 UTC.
    """

    def __init__(
        self,
        sink: Sink,
        devices: Mapping[str, Device],
        *,
        limits: Limits | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.sink = sink
        self.devices = devices
        self.limits = limits or Limits.from_table()
        self.now_ms = now_ms
        self.counters = Counters()
        self.last_heard_s = time.monotonic()
        self._pending: deque[Item] = deque()
        self._connections: dict[int, Connection] = {}
        self._sessions: dict[str, Connection] = {}
        self._numbers = 0
        self._something = asyncio.Event()
        self._stopping = False
        self._server: asyncio.Server | None = None
        self._writer: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "qingxi-sink")
        # Beside the hot path (back-fill, commands): told of a device's line, and of what the watched ones said.
        self.on_line: Callable[[str], None] | None = None
        self.on_kept: Callable[[Message], None] | None = None
        self.watched: set[str] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0, *, share_port: bool = False) -> int:
        """Listen; the port that was bound. ``share_port`` lets several processes listen on one (SO_REUSEPORT)."""
        loop = asyncio.get_running_loop()
        self._writer = asyncio.create_task(self._write_batches())
        self._server = await loop.create_server(
            self._new_connection, host, port, reuse_port=share_port or None, backlog=1024
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, commit and answer what has been received, then hang up."""
        if self._server is not None:
            self._server.close()
        self._stopping = True
        for connection in self._connections.values():
            connection.pause()
        self._something.set()
        if self._writer is not None:
            await self._writer
        for connection in list(self._connections.values()):
            connection.hang_up()
        await asyncio.sleep(0)
        self._thread.shutdown(wait=True)

    def key_of(self, mn: str) -> bytes:
        """SM4 key of a device, empty for none."""
        device = self.devices.get(mn)
        return device.sm4_key if device is not None else b""

    def online(self) -> tuple[str, ...]:
        """Devices with a live line to this process."""
        return tuple(self._sessions)

    def has_line(self, mn: str) -> bool:
        """Whether a device has a live line to this process."""
        return mn in self._sessions

    def send_to(self, mn: str, data: bytes) -> bool:
        """Say something to a device; False when it has no line here."""
        connection = self._sessions.get(mn)
        if connection is None:
            return False
        connection.send(data)
        return True

    def _new_connection(self) -> Connection:
        self._numbers += 1
        return Connection(self, self._numbers)

    def opened(self, connection: Connection) -> None:
        """Called by a connection when it is made."""
        if len(self._connections) >= self.limits.connections or self._stopping:
            self.counters.connections_refused += 1
            connection.hang_up()
            return
        self.counters.connections_total += 1
        self._connections[connection.number] = connection
        self.counters.connections_open = len(self._connections)

    def closed(self, connection: Connection) -> None:
        """Called by a connection when it is lost."""
        self._connections.pop(connection.number, None)
        self.counters.connections_open = len(self._connections)
        for mn in connection.mns:
            if self._sessions.get(mn) is connection:
                del self._sessions[mn]

    def take(self, connection: Connection, item: Item) -> None:
        """Called by a connection for each event; pauses it when too much waits for the store."""
        self.last_heard_s = time.monotonic()
        self._pending.append(item)
        self.counters.pending = len(self._pending)
        self.counters.messages_total += isinstance(item.event, Message)
        self._something.set()
        if len(self._pending) >= self.limits.pending_packets:
            self.counters.paused_total += not connection.paused
            connection.pause()

    async def _write_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._something.wait()
            self._something.clear()
            while self._pending:
                size = min(len(self._pending), self.limits.batch_packets)
                batch = [self._pending[at] for at in range(size)]
                try:
                    verdicts = await loop.run_in_executor(
                        self._thread, write_batch, self.sink, batch, self.devices, self.limits.clock_future_h
                    )
                except Exception:
                    self.counters.commit_failures_total += 1
                    log.exception("a batch of %d could not be kept; nothing of it is acknowledged", size)
                    if self._stopping:
                        return  # the devices send it again
                    await asyncio.sleep(self.limits.retry_wait_s)
                    continue
                for _ in range(size):
                    self._pending.popleft()
                self._answer(batch, verdicts)
            if self._stopping:
                return

    def _answer(self, batch: list[Item], verdicts: list[Verdict]) -> None:
        """Runs only after the commit of this batch has returned."""
        counters = self.counters
        counters.commits_total += 1
        counters.pending = len(self._pending)
        replies: dict[int, list[bytes]] = {}
        now = self.now_ms()
        for item, verdict in zip(batch, verdicts, strict=True):
            if verdict.why:
                counters.quarantined[verdict.why] = counters.quarantined.get(verdict.why, 0) + 1
                continue
            counters.kept_total += 1
            if isinstance(item.event, Message):
                self._meet(item)
                if item.event.mn in self.watched and self.on_kept is not None:
                    self.on_kept(item.event)
                for oddity in item.event.oddities:
                    counters.oddities[oddity.name] = counters.oddities.get(oddity.name, 0) + 1
            if verdict.reply:
                replies.setdefault(item.connection, []).append(verdict.reply)
                counters.acknowledged_total += 1
                counters.waited((now - item.received.at_ms) / 1000)
        for number, parts in replies.items():
            connection = self._connections.get(number)
            if connection is not None:
                connection.send(b"".join(parts))
        if len(self._pending) < self.limits.pending_packets // 2:
            for connection in self._connections.values():
                if connection.paused:
                    connection.resume()

    def _meet(self, item: Item) -> None:
        """One live line a device, the newest wins; a line that speaks for several devices is left alone."""
        assert isinstance(item.event, Message)
        mn = item.event.mn
        connection = self._connections.get(item.connection)
        if connection is None:
            return
        older = self._sessions.get(mn)
        if older is connection:
            return
        connection.mns.add(mn)
        if older is not None and older.number > connection.number:
            return  # a late batch of the older line
        self._sessions[mn] = connection
        if self.on_line is not None:
            self.on_line(mn)
        if older is not None and older.mns == {mn}:
            older.hang_up()
