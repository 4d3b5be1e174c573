"""What came while the store was down: one append-only file, durable when ``append`` has returned (暂存).

A record is a head (length and CRC-32) and frames with their time and peer. A record cut short by the loss of the
process or the machine was never acknowledged: reading stops before it, and the next record takes its place.
"""

import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from qingxi.keeping.on_disk import keep_names
from qingxi.receiver.sought import open_private, read_at, write_at
from qingxi.wire import Received

_MAGIC = b"QXSPOOL1"
_START = struct.Struct("<8sQ")  # magic, and from where the records are not yet in the store
_HEAD = struct.Struct("<II")
_FRAME = struct.Struct("<qHI")


class Spool:
    """One process's spool. Raises OSError when its disk is full or broken; then nothing of the record is acknowledged.

    Parameters
    ----------
    path : Path
        The file, made when first needed and emptied when all of it is in the store.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._done = _START.size
        self._end = _START.size
        if path.exists():
            self._open()

    @property
    def empty(self) -> bool:
        """Whether everything is in the store."""
        return self._done >= self._end

    @property
    def waiting_bytes(self) -> int:
        """Bytes that are not yet in the store."""
        return max(0, self._end - self._done)

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = not self.path.exists()
        self._file = open_private(self.path)
        start = read_at(self._file, _START.size, 0)
        if len(start) < _START.size or not start.startswith(_MAGIC):
            if len(start) == _START.size:
                raise OSError(f"{self.path} is no spool")
            write_at(self._file, _START.pack(_MAGIC, _START.size), 0)
            os.fsync(self._file)
        else:
            _, self._done = _START.unpack(start)
        if made:  # the name, too, must survive
            keep_names(self.path.parent)
        self._end = self._done
        for _, end in self._records(self._done):
            self._end = end

    def append(self, frames: Sequence[Received]) -> None:
        """Keep a batch; on the disk when this returns."""
        if self._file < 0:
            self._open()
        parts: list[bytes] = []
        for raw, peer, at_ms in frames:
            name = peer.encode("utf-8")
            parts += (_FRAME.pack(at_ms, len(name), len(raw)), name, raw)
        body = b"".join(parts)
        record = _HEAD.pack(len(body), zlib.crc32(body)) + body
        at = self._end
        try:
            written = 0
            while written < len(record):
                written += write_at(self._file, record[written:], at + written)
            os.fsync(self._file)
        except OSError:
            os.ftruncate(self._file, at)
            raise
        self._end = at + len(record)

    def batches(self) -> Iterator[tuple[list[Received], int]]:
        """The batches that wait, in the order they came, each with what :meth:`mark` takes once it is in the store."""
        if self._file >= 0:
            for body, end in self._records(self._done):
                yield _frames(body), end

    def mark(self, end: int) -> None:
        """All before is in the store. Losing this to a crash only means that equal packets are met again."""
        self._done = end
        if self.empty:
            os.ftruncate(self._file, _START.size)
            self._done = self._end = _START.size
        write_at(self._file, _START.pack(_MAGIC, self._done), 0)

    def close(self) -> None:
        """Give the file back; an empty one is removed."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
            if self.empty:
                self.path.unlink(missing_ok=True)

    def _records(self, at: int) -> Iterator[tuple[bytes, int]]:
        while True:
            head = read_at(self._file, _HEAD.size, at)
            if len(head) < _HEAD.size:
                return
            size, checksum = _HEAD.unpack(head)
            body = read_at(self._file, size, at + _HEAD.size)
            if len(body) < size or zlib.crc32(body) != checksum or not size:
                return
            at += _HEAD.size + size
            yield body, at


def _frames(body: bytes) -> list[Received]:
    found = []
    at = 0
    while at < len(body):
        at_ms, peer_size, raw_size = _FRAME.unpack_from(body, at)
        at += _FRAME.size
        peer = body[at : at + peer_size].decode("utf-8")
        at += peer_size
        found.append(Received(body[at : at + raw_size], peer, at_ms))
        at += raw_size
    return found
