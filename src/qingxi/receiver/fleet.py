"""Several receivers behind one port: processes that share it, and a parent that starts them and passes word on.

The kernel shares the lines out (SO_REUSEPORT); the store takes the members' batches in turn. Two things must be known
across members, and go as lines of JSON through a pair of sockets: that a device has called anew, so that its older line
elsewhere is hung up; and the counters, of what came and of what was asked, so that one page tells all of them.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict

from qingxi.receiver.counters import Counters
from qingxi.receiver.server import Receiver
from qingxi.receiver.talks import Talks

log = logging.getLogger("qingxi.receiver")

_COUNTERS_S = 1.0
"""A member tells its counters so often."""


class Member:
    """A receiver's end of the word that goes round.

    Parameters
    ----------
    channel : socket
        To the parent.
    talks : callable or None
        How the talk with its devices stands (:meth:`qingxi.receiver.Talker.talks`).
    """

    def __init__(
        self, receiver: Receiver, channel: socket.socket, talks: Callable[[], Talks] | None = None
    ) -> None:  # fmt: skip
        self._receiver = receiver
        self._talks = talks or Talks
        self._channel = channel
        self._writer: asyncio.StreamWriter | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self) -> None:
        """Begin to listen and to tell."""
        self._channel.setblocking(False)
        reader, self._writer = await asyncio.open_connection(sock=self._channel, limit=1 << 20)
        self._receiver.on_met = self._met
        self._tasks = [asyncio.create_task(self._listen(reader)), asyncio.create_task(self._tell())]

    async def leave(self) -> None:
        """Tell the last counters."""
        for task in self._tasks:
            task.cancel()
        if self._writer is not None:
            self._say_counters()
            self._writer.close()
            with contextlib.suppress(OSError):
                await self._writer.wait_closed()

    def _met(self, mn: str, at_s: float) -> None:
        self._say({"met": mn, "at": at_s})

    def _say(self, word: dict[str, object]) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(json.dumps(word).encode() + b"\n")

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            word = json.loads(line)
            self._receiver.supersede(word["met"], word["at"])

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(_COUNTERS_S)
            self._say_counters()

    def _say_counters(self) -> None:
        self._say({"counters": asdict(self._receiver.counters), "talks": asdict(self._talks())})


class Fleet:
    """The parent: starts members, starts a lost one again, passes word on, adds the counters up.

    Parameters
    ----------
    command : callable
        The command line of the number-th member, given the file descriptor of its channel.
    """

    def __init__(self, command: Callable[[int, int], Sequence[str]], members: int) -> None:
        self._command = command
        self._members = members
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        self._writers: dict[int, asyncio.StreamWriter] = {}
        self._counters: dict[int, Counters] = {}
        self._talks: dict[int, Talks] = {}
        self._gone, self._gone_talks = Counters(), Talks()
        self._stopping = False
        self._ready: dict[int, asyncio.Event] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self.started_again = 0

    def counters(self) -> Counters:
        """All members' counters in one, those of lost ones included."""
        total = Counters()
        for each in (self._gone, *self._counters.values()):
            total.add(each)
        return total

    def talks(self) -> Talks:
        """All members' talk with their devices in one, the totals of lost ones included."""
        return Talks.together(self._talks.values(), self._gone_talks)

    @property
    def pids(self) -> tuple[int, ...]:
        """The members' processes."""
        return tuple(run.pid for run in self._running.values())

    async def start(self) -> None:
        """Start all members; returns when each has told its first counters, and so listens."""
        for number in range(self._members):
            self._ready[number] = asyncio.Event()
            self._tasks[number] = asyncio.create_task(self._keep(number))
        coming = asyncio.ensure_future(_all_of(list(self._ready.values())))
        done, _ = await asyncio.wait([coming, *self._tasks.values()], return_when=asyncio.FIRST_COMPLETED)
        if coming not in done:
            coming.cancel()
            await self.stop()
            raise OSError("a member of the fleet could not start")

    async def stop(self) -> None:
        """Tell all members to commit, answer and leave; wait until they have."""
        self._stopping = True
        for run in self._running.values():
            if run.poll() is None:
                run.send_signal(signal.SIGTERM)
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _keep(self, number: int) -> None:
        while True:
            ours, theirs = socket.socketpair()
            run = subprocess.Popen(
                list(self._command(number, theirs.fileno())), pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL
            )
            theirs.close()
            self._running[number] = run
            ours.setblocking(False)
            reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
            self._writers[number] = writer
            begun = time.monotonic()
            await self._hear(number, reader)  # ends with the member
            writer.close()
            code = await asyncio.to_thread(run.wait)
            self._gone.add(self._counters.pop(number, Counters()))
            self._gone.connections_open = self._gone.pending = 0
            ended = self._talks.pop(number, Talks())
            self._gone_talks = Talks.together([ended], self._gone_talks).gone()
            if self._stopping or not self._ready[number].is_set():
                return  # one that never came up: starting it again would not help
            self.started_again += 1
            log.error("member %d of the fleet ended with %d and is started again", number, code)
            await asyncio.sleep(max(0.0, 1.0 - (time.monotonic() - begun)))

    async def _hear(self, number: int, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                word = json.loads(line)
                if "counters" in word:
                    self._counters[number] = Counters.from_json(word["counters"])
                    self._talks[number] = Talks.from_json(word["talks"])
                    self._ready[number].set()
                else:
                    for other, writer in self._writers.items():
                        if other != number and not writer.is_closing():
                            writer.write(line)


async def _all_of(events: Sequence[asyncio.Event]) -> None:
    for event in events:
        await event.wait()


def channel_of(descriptor: int) -> socket.socket:
    """A member's end of its channel, inherited by number."""
    os.set_inheritable(descriptor, False)
    return socket.socket(fileno=descriptor)


def python_command(*words: str) -> list[str]:
    """This very program with other words."""
    return [sys.executable, "-c", "import sys; from qingxi.cli import main; sys.exit(main())", *words]
