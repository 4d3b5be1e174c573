"""Raw frames of one batch as one compressed piece: evidence, and the past a better parser can be run over."""

import struct
from collections.abc import Iterable

import zstandard

from qingxi.wire import Received

_HEAD = struct.Struct("<qHI")


def pack(frames: Iterable[Received]) -> bytes:
    """Frames with time and peer, compressed (zstd)."""
    parts: list[bytes] = []
    for frame in frames:
        peer = frame.peer.encode("utf-8")
        parts += (_HEAD.pack(frame.at_ms, len(peer), len(frame.raw)), peer, frame.raw)
    return zstandard.ZstdCompressor(level=1).compress(b"".join(parts))


def unpack(body: bytes) -> list[Received]:
    """The frames of :func:`pack`, in order."""
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
