"""Batches into the store, or, while it is down, into the spool; and out of the spool once it is back.

Rules
-----
1. A batch that the store has committed is durable.
2. When the store has been down for a while (``spool_after_s``), a batch that the spool has fsynced is durable too.
3. While the spool holds anything, batches go behind it into the spool, and from there into the store in their order.
4. Without a spool, or when the spool's disk fails as well, nothing is acknowledged and the batch is tried again.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence

from qingxi.receiver.batch import Item, Verdict, answers, judge, reread, settle, write_batch
from qingxi.receiver.limits import Limits
from qingxi.receiver.sink import Sink
from qingxi.receiver.spool import Spool
from qingxi.wire import Device
from qingxi.wire.hj212.habit import CrcHabits
from qingxi.wire.hj212.plain import Shapes

log = logging.getLogger("qingxi.receiver")

Done = tuple[list[Item], list[Verdict]]


class Keeper:
    """Used from the writing thread alone.

    Parameters
    ----------
    spool : Spool or None
        None: nothing is acknowledged while the store is down.
    """

    def __init__(
        self,
        sink: Sink,
        limits: Limits,
        spool: Spool | None = None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.sink = sink
        self.spool = spool
        self.spooled = 0
        self.replayed = 0
        self._limits = limits
        self._clock_s = clock_s
        self._shapes = Shapes()
        self._habits = CrcHabits()
        self._down_since: float | None = None
        self._try_again_s = 0.0

    @property
    def waiting(self) -> bool:
        """Whether the spool holds what is not yet in the store."""
        return self.spool is not None and not self.spool.empty

    def write(self, items: Sequence[Item], devices: Mapping[str, Device]) -> Done:
        """Make a batch durable; raises what the store raised when it could not be (RULE 4)."""
        if self.waiting and not self.replay(devices):
            return self._to_spool(items, devices)  # RULE 3
        try:
            done = write_batch(self.sink, items, devices, self._limits.clock_future_h, self._shapes)
        except Exception:
            now = self._clock_s()
            if self._down_since is None:
                self._down_since = now
            if self.spool is None or now - self._down_since < self._limits.spool_after_s:
                raise
            log.warning("the store is down: what comes goes to the spool %s", self.spool.path, exc_info=True)
            self._try_again_s = now + self._limits.retry_wait_s
            return self._to_spool(items, devices)  # RULE 2
        self._down_since = None
        return done

    def replay(self, devices: Mapping[str, Device]) -> bool:
        """Move what the spool holds into the store; True when all of it is there."""
        assert self.spool is not None
        if self._clock_s() < self._try_again_s:
            return False
        try:
            for frames, end in self.spool.batches():
                items = [Item(0, reread(frame.raw, devices), frame) for frame in frames]
                write_batch(self.sink, items, devices, self._limits.clock_future_h, self._shapes)
                self.spool.mark(end)
                self.replayed += len(items)
        except Exception:
            self._try_again_s = self._clock_s() + self._limits.retry_wait_s
            log.debug("the store is still down", exc_info=True)
            return False
        self._down_since = None
        log.warning("the store is back; the spool is empty, %d pieces moved so far", self.replayed)
        return True

    def _to_spool(self, items: Sequence[Item], devices: Mapping[str, Device]) -> Done:
        assert self.spool is not None
        read = settle(items, devices, self._shapes, self._habits)
        verdicts = answers(read, judge(read, devices, self._limits.clock_future_h))
        self.spool.append([item.received for item in read])
        self.spooled += len(read)
        return read, verdicts
