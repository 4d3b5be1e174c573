"""Raw frames of one batch as one compressed piece: evidence, and the past a better parser can be run over."""

import logging
import struct
from collections.abc import Iterable

import zstandard

from qingxi.wire import Received

log = logging.getLogger("qingxi.store")

_HEAD = struct.Struct("<qHI")

_PRIMED = b"\x01"
"""Before a piece that was compressed with :data:`_PRIMER`; a piece without it begins with zstd's own magic."""

_PRIMER = zstandard.ZstdCompressionDict(
    b"".join(
        b"##0342QN=20261001000000000;ST=32;CN=%b;PW=123456;MN=;Flag=5;CP=&&DataTime=20261001000000;" % cn
        + b"".join(
            b";".join(b"%b-%b=,%b-Flag=N" % (code, statistic, code) for statistic in (b"Min", b"Max", b"Avg", b"Cou", b"Rtd"))
            + b";"
            for code in (
                b"d30401", b"w01014", b"w01009", b"w01010", b"w01001", b"w01012", b"w21001", b"w21011", b"w21003", b"w01018",
                b"w00000",
            )
        )
        + b"&&0000\r\n"
        for cn in (b"2031", b"2051", b"2061", b"2011")
    ),
    dict_type=zstandard.DICT_TYPE_RAWCONTENT,
)  # fmt: skip
"""What frames look like: a batch of one packet has no neighbour to be short by. Never to be changed, only followed."""


def pack(frames: Iterable[Received]) -> bytes:
    """Frames with time and peer, compressed (zstd)."""
    parts: list[bytes] = []
    for raw, at, at_ms in frames:
        peer = at.encode("utf-8")
        parts += (_HEAD.pack(at_ms, len(peer), len(raw)), peer, raw)
    joined = b"".join(parts)
    # With a primer that is known beforehand; for long pieces it only costs time.
    if len(joined) > 65536:
        return zstandard.ZstdCompressor(level=1).compress(joined)
    return _PRIMED + zstandard.ZstdCompressor(level=3, dict_data=_PRIMER).compress(joined)


def unpack(body: bytes) -> list[Received]:
    """The frames of :func:`pack`, in order."""
    if body[:1] == _PRIMED:
        data = zstandard.ZstdDecompressor(dict_data=_PRIMER).decompress(body[1:])
    else:
        data = zstandard.ZstdDecompressor().decompress(body)
    frames: list[Received] = []
    at = 0
    while at < len(data):
        at_ms, peer_size, raw_size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        peer = data[at : at + peer_size].decode("utf-8")
        at += peer_size
        frames.append(Received(data[at : at + raw_size], peer, at_ms))
        at += raw_size
    return frames


def readable(number: int, body: bytes) -> list[Received]:
    """The frames of a stored piece; none of one that cannot be read, which the log names by its number."""
    try:
        return unpack(body)
    except (ValueError, struct.error, zstandard.ZstdError) as error:
        log.error("raw frames %d cannot be read and stay in the database: %s", number, error)
        return []
