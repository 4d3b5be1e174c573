"""The devices' end for measuring: as little work as can be, so that what is measured is the receiver.

Frames are made beforehand and joined by line. A line keeps ``window`` frames unanswered, sends as many as were answered
in one piece, and counts answers by their line ends. Every answer's delay is taken per piece.
"""

import selectors
import socket
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass
class Played:
    """What came of it: frames sent and answered, wall seconds, and delays as (seconds, how many)."""

    sent: int = 0
    acked: int = 0
    seconds: float = 0.0
    cpu_s: float = 0.0
    delays: list[tuple[float, int]] = field(default_factory=list)

    def delay_ms(self, share: float) -> float:
        """A percentile of the answers' delay."""
        wanted = share * sum(count for _, count in self.delays)
        for seconds, count in sorted(self.delays):
            wanted -= count
            if wanted <= 0:
                return round(1000 * seconds, 2)
        return 0.0

    def as_json(self) -> dict[str, float]:
        """The figures for a table."""
        return {
            "sent": self.sent, "acked": self.acked, "seconds": round(self.seconds, 3),
            "packets_per_s": round(self.acked / self.seconds, 1), "ack_ms_p50": self.delay_ms(0.5),
            "ack_ms_p95": self.delay_ms(0.95), "ack_ms_p99": self.delay_ms(0.99),
            "generator_cpu_us_per_packet": round(1e6 * self.cpu_s / max(1, self.acked), 1),
        }  # fmt: skip


class _Line:
    __slots__ = ("behind", "edges", "next", "sock", "stream", "under_way", "unsent")

    def __init__(self, sock: socket.socket, frames: list[bytes]) -> None:
        self.sock = sock
        self.stream = b"".join(frames)
        self.edges = [0]
        for frame in frames:
            self.edges.append(self.edges[-1] + len(frame))
        self.next = 0  # the first frame not yet sent
        self.under_way: deque[tuple[float, int]] = deque()
        self.unsent = b""

    def send(self, count: int, now: float) -> int:
        """Send up to so many frames; how many there were left to send."""
        count = min(count, len(self.edges) - 1 - self.next)
        if count > 0:
            piece = self.unsent + self.stream[self.edges[self.next] : self.edges[self.next + count]]
            self.next += count
            self.under_way.append((now, count))
            self.unsent = piece[self.sock.send(piece) :]
        return count


def play(lines: list[list[bytes]], port: int, *, window: int, patience_s: float = 60.0) -> Played:
    """Play each line's frames, ``window`` under way, as fast as they are answered."""
    played = Played()
    found = selectors.DefaultSelector()
    for frames in lines:
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        found.register(sock, selectors.EVENT_READ, _Line(sock, frames))
    total = sum(map(len, lines))
    begun, cpu = time.perf_counter(), time.process_time()
    for key in found.get_map().values():
        played.sent += key.data.send(window, begun)
    while played.acked < total:
        ready = found.select(patience_s)
        if not ready:
            break
        now = time.perf_counter()
        for key, _ in ready:
            line: _Line = key.data
            if line.unsent:
                line.unsent = line.unsent[line.sock.send(line.unsent) :]
            answers = line.sock.recv(65536)
            if not answers:
                raise OSError("the receiver hung up")
            count = left = answers.count(b"\n")
            played.acked += count
            while left:
                at, some = line.under_way[0]
                taken = min(some, left)
                played.delays.append((now - at, taken))
                left -= taken
                if taken == some:
                    line.under_way.popleft()
                else:
                    line.under_way[0] = (at, some - taken)
            played.sent += line.send(count, now)
    played.seconds = time.perf_counter() - begun
    played.cpu_s = time.process_time() - cpu
    for key in list(found.get_map().values()):
        key.data.sock.close()
    found.close()
    return played


def play_at_pace(lines: list[list[bytes]], port: int, packets_s: float) -> Played:
    """Send one frame after another over the lines in turn, at a total rate, whatever the answers do."""
    played = Played()
    found = selectors.DefaultSelector()
    socks = []
    for frames in lines:
        sock = socket.create_connection(("127.0.0.1", port))
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line = _Line(sock, frames)
        found.register(sock, selectors.EVENT_READ, line)
        socks.append(line)
    total = sum(map(len, lines))
    begun, cpu = time.perf_counter(), time.process_time()
    while played.acked < total:
        now = time.perf_counter()
        while played.sent < total and begun + played.sent / packets_s <= now:
            played.sent += socks[played.sent % len(socks)].send(1, now)
        wait = max(0.0, begun + played.sent / packets_s - now) if played.sent < total else 10.0
        ready = found.select(wait)
        if not ready and played.sent >= total:
            break
        now = time.perf_counter()
        for key, _ in ready:
            line = key.data
            count = line.sock.recv(65536).count(b"\n")
            for _ in range(count):
                at, _ = line.under_way.popleft()
                played.delays.append((now - at, 1))
            played.acked += count
    played.seconds = time.perf_counter() - begun
    played.cpu_s = time.process_time() - cpu
    for line in socks:
        line.sock.close()
    return played
