"""Simulated devices on real TCP lines: many in one process, each calling, waiting and calling again as a logger does.

The law of a device is :class:`qingxi.wire.hj212.simulator.SimulatedDevice`; here are only sockets and the clock. With
``speed`` above 1 a day passes in minutes; the waits for answers stay what they are in real seconds.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from qingxi.wire.hj212.simulator import DevicePlan, SimulatedDevice
from qingxi.wire.hj212.turn import Timing

log = logging.getLogger("qingxi.simulate")

CALL_AGAIN_S = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Real seconds between attempts to call a server that is not there."""


class _Line(asyncio.Protocol):
    """One device's connection and its alarm clock."""

    def __init__(self, fleet: "Fleet", device: SimulatedDevice) -> None:
        self.fleet, self.device = fleet, device
        self._transport: asyncio.Transport | None = None
        self._calling: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._tries = 0
        self._next_call = 0.0

    def wake(self) -> None:
        """Do what is due, call or hang up as the plan says, and set the alarm anew."""
        fleet, device = self.fleet, self.device
        if fleet.stopping:
            return
        now = fleet.now()
        up = device.line_up(now)
        if not up and self._transport is not None:
            self._transport.abort()
            self._gone()
        loop = asyncio.get_running_loop()
        if up and self._transport is None and self._calling is None and loop.time() >= self._next_call:
            self._calling = loop.create_task(self._call())
        self._write(device.tick(now))
        self._set_alarm(now)

    def _set_alarm(self, now: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        device = self.device
        loop = asyncio.get_running_loop()
        wait_s = (min(device.wake, device.next_edge(now)) - now) / self.fleet.speed
        if self._transport is None and self._calling is None and device.line_up(now):
            wait_s = min(wait_s, max(0.0, self._next_call - loop.time()))
        self._alarm = loop.call_later(min(max(wait_s, 0.001), 3600.0), self.wake)

    async def _call(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self, self.fleet.host, self.fleet.port)
            self._tries = 0
        except OSError as error:
            self._next_call = loop.time() + CALL_AGAIN_S[min(self._tries, len(CALL_AGAIN_S) - 1)]
            self._tries += 1
            self.fleet.failed_calls += 1
            log.debug("%s: %s", self.device.plan.mn, error)
        finally:
            self._calling = None
        self.wake()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The server has answered the call."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.fleet.calls += 1
        self.fleet.open_lines += 1
        self._write(self.device.connected(self.fleet.now()))

    def data_received(self, data: bytes) -> None:
        """Answers and commands."""
        now = self.fleet.now()
        self._write(self.device.receive(data, now))
        self._set_alarm(now)

    def connection_lost(self, exc: Exception | None) -> None:
        """The server, the network or the plan has hung up."""
        if self._transport is not None:
            self._gone()
            loop = asyncio.get_running_loop()
            self._next_call = loop.time() + CALL_AGAIN_S[0]
            self.wake()

    def _gone(self) -> None:
        self._transport = None
        self.fleet.open_lines -= 1
        self.device.disconnected(self.fleet.now())

    def _write(self, data: bytes) -> None:
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def stop(self) -> None:
        """Hang up and stay silent."""
        if self._alarm is not None:
            self._alarm.cancel()
        if self._calling is not None:
            self._calling.cancel()
        if self._transport is not None:
            self._transport.abort()
            self._transport = None


class Fleet:
    """Simulated devices that call one server.

    Parameters
    ----------
    plans : sequence of DevicePlan
    speed : float
        Simulated seconds in a real one.
    began : float or None
        Simulated moment of the start, seconds since 1970 UTC; None for the present.
    keep_acknowledged : bool
        Keep every answered upload on its device, for tests.
    """

    def __init__(
        self,
        plans: Sequence[DevicePlan],
        host: str,
        port: int,
        *,
        speed: float = 1.0,
        began: float | None = None,
        keep_acknowledged: bool = False,
    ) -> None:
        self.host, self.port, self.speed = host, port, speed
        self.began = time.time() if began is None else began
        self.calls = self.failed_calls = self.open_lines = 0
        self.stopping = False
        self._since: float | None = None
        self.devices = [
            SimulatedDevice(
                replace(plan, timing=_scaled(plan.timing, speed)), self.began, keep_acknowledged=keep_acknowledged
            )
            for plan in plans
        ]
        self._lines = [_Line(self, device) for device in self.devices]

    def now(self) -> float:
        """The simulated moment."""
        if self._since is None:
            return self.began
        return self.began + (time.monotonic() - self._since) * self.speed

    async def run(self, seconds: float | None = None, *, stop: asyncio.Event | None = None) -> None:
        """Let them live for so many real seconds, or until ``stop`` is set; then hang up."""
        self._since = time.monotonic()
        for line in self._lines:
            line.wake()
        ended = stop or asyncio.Event()
        try:
            await asyncio.wait_for(ended.wait(), seconds)
        except TimeoutError:
            pass
        finally:
            self.stopping = True
            for line in self._lines:
                line.stop()
            await asyncio.sleep(0)

    def counts(self) -> dict[str, int]:
        """What happened on all devices together."""
        found = {"devices": len(self.devices), "calls": self.calls, "failed_calls": self.failed_calls}
        for device in self.devices:
            for name, number in device.counts.items():
                found[name.lower()] = found.get(name.lower(), 0) + number
        return found


def _scaled(timing: Timing, speed: float) -> Timing:
    return Timing(timing.timeout_s * speed, timing.resends, timing.execute_s * speed)
