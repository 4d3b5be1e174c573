"""A bad line for the parser and the receiver's quick path, and what was found on it (hj212).

    python tests/library/hj212_bad_line.py --bytes 10000000 --seed 1     # prints bytes, packets said, found, lost

Random cuts, junk, truncation, gluing, turned bits, false lengths, a stammering line; valid packets between, one in sixteen
in one of the odd ways of real devices. Exit code 1 when a valid packet is lost, doubled or out of order.
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from qingxi.receiver.batch import settle
from qingxi.receiver.connection import Connection
from qingxi.receiver.counters import Counters
from qingxi.receiver.limits import Limits
from qingxi.wire import Device
from qingxi.wire.hj212 import BEIJING, NEED_MORE, BadFrame, Message, Parser, encode, upload
from qingxi.wire.hj212.odd import ODD_WAYS, odd_frame
from qingxi.wire.hj212.plain import Shapes

START = datetime(2026, 10, 1, tzinfo=BEIJING)
CODES = ("w00000", "w01018", "w21003", "w21011", "w21001", "w01001", "w01010", "w01012")
# Odd ways that end in a line end; one without has to wait for what follows, and what follows here may be junk.
ODD = [name for name in ODD_WAYS if name not in ("no-line-end", "no-lf", "length-of-plaintext")]


class BadLine:
    """A stream of valid packets with everything between them that lines, modems and cheap firmware bring."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.sent: list[str] = []
        self.lately: list[bytes] = []

    def packet(self, mn: str) -> Message:
        chance = self.chance
        values = {
            code: {"Rtd": f"{chance.random() * 100:.{chance.randrange(4)}f}", "Flag": chance.choice("NNNNFMDT")}
            for code in CODES[: chance.randrange(1, 9)]
        }
        at = START + timedelta(seconds=len(self.sent))
        return upload("2011", mn=mn, pw="123456", at=at, values=values, answer=chance.random() < 0.8)

    def valid(self) -> bytes:
        mn = f"OK{len(self.sent):08d}"
        self.sent.append(mn)
        if self.chance.random() < 0.06:
            raw = odd_frame(self.packet(mn), [self.chance.choice(ODD)])
        else:
            raw = encode(self.packet(mn))
        self.lately = [*self.lately[-8:], raw]
        return raw

    def junk(self) -> bytes:
        chance = self.chance
        broken = encode(self.packet("BROKEN"))
        kind = chance.randrange(10)
        if kind == 0:
            return chance.randbytes(chance.randrange(1, 200)) + chance.choice([b"", b"\n", b"\r\n"])
        if kind == 1:
            return broken[: chance.randrange(1, len(broken) - 8)]  # torn off, glued to what follows
        if kind == 2:
            return broken[: chance.randrange(1, len(broken) - 8)] + b"\r\n"
        if kind == 3:
            return broken[chance.randrange(2, len(broken)) :]  # the beginning lost
        if kind == 4:
            at = chance.randrange(2, len(broken) - 2)
            return broken[:at] + bytes([broken[at] ^ 1 << chance.randrange(8)]) + broken[at + 1 :]  # a bit turned
        if kind == 5:
            return b"##%04d" % chance.randrange(10_000) + broken[6:]  # a false length
        if kind == 6:
            return chance.choice(
                [b"#", b"##", b"###", b"##0", b"##9999", b"##0087", b"&&", b"&&1C80", b"\r", b"\n", b"\0" * 30]
            )
        if kind == 7:
            return b"AT+CSQ\r\r\n+CSQ: 17,99\r\n\r\nOK\r\n"  # what a modem says by itself
        if kind == 8:
            a, b = sorted((chance.randrange(len(broken)), chance.randrange(len(broken))))
            return broken[:a] + broken[b:]  # a piece lost in the middle
        return broken[: len(broken) // 2] * chance.randrange(1, 5)  # a stammering line

    def stream(self, size: int) -> bytes:
        out = bytearray()
        while len(out) < size:
            out += self.junk() if self.chance.random() < 0.25 else self.valid()
        return bytes(out + self.valid())


def cuts(stream: bytes, chance: random.Random):
    at = 0
    while at < len(stream):
        size = chance.choice((1, 7, 64, 536, 1460, 4096, 20_000))
        yield stream[at : at + size]
        at += size


class _Receiver:
    """What a connection asks of its receiver."""

    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(65_536))
        self.counters = Counters()
        self.limits = Limits.from_table()
        self.items: list = []

    def now_ms(self) -> int:
        return 0

    def key_of(self, mn: str) -> bytes:
        return b""

    def take(self, connection, items) -> None:
        self.items += items

    def unquiet(self, connection) -> None:
        pass


class _All(dict):
    """A register in which everybody stands."""

    def __contains__(self, mn: object) -> bool:
        return True

    def get(self, mn, default=None):
        return Device(mn, "123456", "F")


@dataclass
class Found:
    """What one reading of a stream found: valid packets in their order, bad pieces, and the bytes of both."""

    packets: list[str]
    bad: int = 0
    given_out: int = 0
    most_waiting: int = 0
    longest_bad: int = 0


def by_parser(stream: bytes, chance: random.Random) -> Found:
    """The stream through :class:`Parser`, cut at random."""
    parser, found = Parser(), Found([])
    for piece in cuts(stream, chance):
        parser.feed(piece)
        while (event := parser.next_event()) is not NEED_MORE:
            found.given_out += len(event.raw)
            if isinstance(event, BadFrame):
                found.bad += 1
                found.longest_bad = max(found.longest_bad, len(event.raw))
            elif event.mn.startswith("OK"):
                found.packets.append(event.mn)
        found.most_waiting = max(found.most_waiting, parser.waiting)
    return found


def by_receiver(stream: bytes, chance: random.Random) -> Found:
    """The stream through a connection of the receiver and its quick path, cut at random."""
    receiver, found = _Receiver(), Found([])
    connection = Connection(receiver, 1)
    for piece in cuts(stream, chance):
        receiver.buffer[: len(piece)] = piece
        connection.buffer_updated(len(piece))
    shapes = Shapes()
    for at in range(0, len(receiver.items), 500):
        for item in settle(receiver.items[at : at + 500], _All(), shapes):
            if isinstance(item.event, BadFrame):
                found.bad += 1
            elif item.event.mn.startswith("OK"):
                found.packets.append(item.event.mn)
    return found


def main() -> int:
    """Read a bad line both ways and print what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--bytes", type=int, default=10_000_000)
    asked.add_argument("--seed", type=int, default=20261122)
    args = asked.parse_args()
    line = BadLine(args.seed)
    stream = line.stream(args.bytes)
    print(f"seed {args.seed}: {len(stream):,} bytes, {len(line.sent):,} valid packets among junk")
    lost_any = False
    for name, read in (("parser", by_parser), ("receiver", by_receiver)):
        began = time.process_time()
        found = read(stream, random.Random(args.seed + 1))
        lost = len(set(line.sent) - set(found.packets))
        print(
            f"{name:8}: {len(found.packets):,} found, {lost} lost, {len(found.packets) - len(set(found.packets))} doubled,"
            f" {found.bad:,} bad pieces named, in order: {'yes' if found.packets == line.sent else 'NO'},"
            f" {time.process_time() - began:.1f} CPU-s"
        )
        lost_any |= found.packets != line.sent
    return 1 if lost_any else 0


if __name__ == "__main__":
    sys.exit(main())
