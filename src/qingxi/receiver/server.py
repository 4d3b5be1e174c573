"""The receiver: many lines in, one batch after another into the sink, answers only for what is durable.

Group commit clocks itself: while one batch is being written, the next one gathers. At low load a packet is
committed alone and at once; at high load a batch grows to thousands and the cost of a commit is shared.
"""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from qingxi.receiver.batch import Item, Verdict
from qingxi.receiver.connection import Connection
from qingxi.receiver.counters import Counters
from qingxi.receiver.keeper import Keeper
from qingxi.receiver.limits import Limits
from qingxi.receiver.sink import Sink
from qingxi.receiver.sockets import keep_alive
from qingxi.receiver.spool import Spool
from qingxi.wire import Device
from qingxi.wire.hj212 import BadFrame, Message
from qingxi.wire.hj212.plain import Plain

log = logging.getLogger("qingxi.receiver")

_READ_BYTES = 262_144
"""Bytes taken from a line at once."""


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
    spool : Spool or None
        Where batches go while the sink is down; None: nothing is acknowledged then.
    """

    def __init__(
        self,
        sink: Sink,
        devices: Mapping[str, Device],
        *,
        limits: Limits | None = None,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        spool: Spool | None = None,
    ) -> None:
        self.sink = sink
        self.devices = devices
        self.limits = limits or Limits.from_table()
        self.now_ms = now_ms
        self.counters = Counters()
        self.last_heard_s = time.monotonic()
        self.keeper = Keeper(sink, self.limits, spool)
        self.buffer = memoryview(bytearray(_READ_BYTES))
        self._pending: deque[Item] = deque()
        self._unquiet: dict[Connection, None] = {}
        self._connections: dict[int, Connection] = {}
        self._sessions: dict[str, Connection] = {}
        self._numbers = 0
        self._something = asyncio.Event()
        self._stopping = False
        self._server: asyncio.Server | None = None
        self._writer: asyncio.Task[None] | None = None
        self._sweeper: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "qingxi-sink")
        # Beside the hot path (back-fill, commands): told of a device's line, and of what the watched ones said.
        self.on_line: Callable[[str], None] | None = None
        self.on_kept: Callable[[Message], None] | None = None
        self.watched: set[str] = set()
        self.on_met: Callable[[str, float], None] | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0, *, share_port: bool = False) -> int:
        """Listen; the port that was bound. ``share_port`` lets several processes listen on one (SO_REUSEPORT)."""
        loop = asyncio.get_running_loop()
        self._writer = asyncio.create_task(self._write_batches())
        self._sweeper = asyncio.create_task(self._sweep())
        self._server = await loop.create_server(
            self._new_connection, host, port, reuse_port=share_port or None, backlog=4096, start_serving=False
        )
        for listener in self._server.sockets:
            keep_alive(listener, self.limits.line_alive_s)
        await self._server.start_serving()
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening, commit and answer what has been received, then hang up."""
        if self._server is not None:
            self._server.close()
        self._stopping = True
        if self._sweeper is not None:
            self._sweeper.cancel()
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

    def unquiet(self, connection: Connection) -> None:
        """Called by a connection that holds undecided bytes: it is told when the line has been quiet for a while."""
        connection.quiet_since = time.monotonic()
        self._unquiet[connection] = None

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self.limits.line_quiet_s / 4)
            before = time.monotonic() - self.limits.line_quiet_s
            for connection in [each for each in self._unquiet if not each.waiting or each.quiet_since <= before]:
                del self._unquiet[connection]
                connection.line_is_quiet()

    def take(self, connection: Connection, items: list[Item]) -> None:
        """Called by a connection with what it read; pauses it when too much waits for the store."""
        self.last_heard_s = time.monotonic()
        self._pending.extend(items)
        self.counters.pending = len(self._pending)
        self.counters.messages_total += sum(isinstance(item.event, Plain | Message) for item in items)
        self._something.set()
        if len(self._pending) >= self.limits.pending_packets:
            self.counters.paused_total += not connection.paused
            connection.pause()

    async def _write_batches(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._come()
            while self._pending:
                size = min(len(self._pending), self.limits.batch_packets)
                batch = list(islice(self._pending, size))
                try:
                    read, verdicts = await loop.run_in_executor(
                        self._thread, self.keeper.write, batch, self.devices
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
                self._answer(read, verdicts)
            if self.keeper.waiting and not self._stopping:
                await loop.run_in_executor(self._thread, self.keeper.replay, self.devices)
                self.counters.replayed_total = self.keeper.replayed
            if self._stopping and not self._pending:
                return

    async def _come(self) -> None:
        """Wait for something to write; while the spool holds anything, not for long."""
        if self.keeper.waiting:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._something.wait(), self.limits.retry_wait_s)
        else:
            await self._something.wait()
        self._something.clear()

    def _answer(self, batch: list[Item], verdicts: list[Verdict]) -> None:
        """Runs only after the commit of this batch has returned."""
        counters = self.counters
        counters.commits_total += 1
        counters.pending = len(self._pending)
        counters.spooled_total = self.keeper.spooled
        counters.replayed_total = self.keeper.replayed
        replies: dict[int, list[bytes]] = {}
        waited: dict[int, int] = {}
        now = self.now_ms()
        for (number, event, received), (why, reply) in zip(batch, verdicts, strict=True):
            if why:
                counters.quarantined[why] = counters.quarantined.get(why, 0) + 1
                continue
            counters.kept_total += 1
            if not isinstance(event, BadFrame):
                self._meet(number, event)
            if reply:
                replies.setdefault(number, []).append(reply)
                waited[received.at_ms] = waited.get(received.at_ms, 0) + 1
        for at_ms, count in waited.items():
            counters.waited(max(0, now - at_ms) / 1000, count)  # a clock may be stepped back
        for number, parts in replies.items():
            counters.acknowledged_total += len(parts)
            connection = self._connections.get(number)
            if connection is not None:
                connection.send(b"".join(parts))
        if len(self._pending) < self.limits.pending_packets // 2:
            for connection in self._connections.values():
                if connection.paused:
                    connection.resume()

    def _meet(self, number: int, event: Message | Plain) -> None:
        """What a kept message tells of its line; the newest line of a device wins."""
        mn = event.mn
        if isinstance(event, Message):
            for oddity in event.oddities:
                self.counters.oddities[oddity.name] = self.counters.oddities.get(oddity.name, 0) + 1
        if self.on_kept is not None and (mn in self.watched or event.cn == "1013"):  # 1013: it asks for the time
            self.on_kept(event if isinstance(event, Message) else event.message())
        connection = self._connections.get(number)
        older = self._sessions.get(mn)
        if connection is None or older is connection:
            return
        if mn not in connection.mns:
            connection.mns = (*connection.mns, mn)
        if older is not None and older.number > connection.number:
            return  # a late batch of the older line
        self._sessions[mn] = connection
        if self.on_line is not None:
            self.on_line(mn)
        if self.on_met is not None:
            self.on_met(mn, connection.made_s)
        if older is not None and older.mns == (mn,):  # a line that speaks for several devices is left alone
            older.hang_up()

    def supersede(self, mn: str, at_s: float) -> None:
        """A device has called another process at ``at_s`` (monotonic): an older line of it here is hung up."""
        here = self._sessions.get(mn)
        if here is not None and here.made_s < at_s and here.mns == (mn,):
            here.hang_up()
