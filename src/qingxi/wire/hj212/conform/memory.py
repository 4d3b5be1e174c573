"""Carries cases out against something in memory, in time that is counted and not waited for."""

from collections.abc import Iterable
from typing import Protocol

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
from qingxi.wire.hj212.conform.strict import StrictFrame, StrictStream, read_strict
from qingxi.wire.hj212.segment import split_area
from qingxi.wire.hj212.sm4 import decrypt_area, looks_encrypted


class Peer(Protocol):
    """The other side: a simulated device, or a server in a test."""

    @property
    def wake(self) -> float:
        """When ``tick`` is due."""

    def connected(self, now: float) -> bytes:
        """The line is up; bytes it sends."""

    def disconnected(self, now: float) -> None:
        """The line is down."""

    def receive(self, data: bytes, now: float) -> bytes:
        """Bytes that came; bytes it sends."""

    def tick(self, now: float) -> bytes:
        """Its time has come; bytes it sends."""


def read_on_line(raw: bytes, key: bytes) -> StrictFrame:
    """A frame read strictly, its data area decrypted where it travelled encrypted and there is a key."""
    if key:
        parts = split_area(raw.rstrip(b"\r\n")[6:-4])
        if parts is not None and looks_encrypted(parts[1]):
            return read_strict(raw, decrypt_area(parts[1], key))
    return read_strict(raw)


class MemoryLine:
    """A line to a peer in memory, with a clock that jumps."""

    def __init__(self, peer: Peer, now: float, key: bytes) -> None:
        self.peer, self.now, self.key = peer, now, key
        self.sent: list[bytes] = []
        self.came: list[bytes] = []
        self._stream = StrictStream()
        self._frames: list[bytes] = []
        self._take(peer.connected(now))

    def _take(self, data: bytes) -> None:
        self._frames += self._stream.feed(data)

    def say(self, data: bytes, pieces: int) -> None:
        """Hand bytes to the peer."""
        self.sent.append(data)
        size = pieces or max(1, len(data))
        for at in range(0, len(data), size):
            self._take(self.peer.receive(data[at : at + size], self.now))

    def hear(self, seconds: float) -> Heard:
        """The next frame; time passes until it comes."""
        until, began = self.now + seconds, self.now
        while not self._frames and self.peer.wake <= until:
            self.now = max(self.now, self.peer.wake)
            self._take(self.peer.tick(self.now))
        if not self._frames:
            self._frames += self._stream.flush()
        if not self._frames:
            self.now = until
            return Heard(None, seconds)
        raw = self._frames.pop(0)
        self.came.append(raw)
        return Heard(read_on_line(raw, self.key), self.now - began)

    def redial(self) -> None:
        """Hang up and call again."""
        self.peer.disconnected(self.now)
        self._stream, self._frames = StrictStream(), []
        self._take(self.peer.connected(self.now))


def run_in_memory(cases: Iterable[Case], setting: Setting, peer: Peer, now: float) -> list[Verdict]:
    """The verdict on every case, one after another on one peer."""
    line = MemoryLine(peer, now, setting.sm4_key)
    verdicts = []
    for case in cases:
        line.sent, line.came = [], []
        verdicts.append(_one(case, setting, line))
    return verdicts


def _one(case: Case, setting: Setting, line: MemoryLine) -> Verdict:
    result, why = Result.PASSED, ""
    answer: Heard | None = None
    script = case.run(setting)
    try:
        while True:
            step = script.send(answer)
            answer = None
            if isinstance(step, Say):
                line.say(step.data, step.pieces)
            elif isinstance(step, Hear):
                answer = line.hear(step.seconds)
            elif isinstance(step, Redial):
                line.redial()
    except (StopIteration, Failed, NotApplicable) as end:
        result, why = ended(end)
    return Verdict(case, result, why, tuple(line.sent), tuple(line.came))
