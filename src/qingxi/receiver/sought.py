"""Reading and writing at a place in a file, on POSIX and on Windows, which has no ``pread`` and ``pwrite``.

On Windows the file is sought first: only one thread may have it.
"""

import os
import sys
from pathlib import Path

_MODE = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def open_private(path: Path) -> int:
    """A descriptor for reading and writing; a file that is made is for this user alone."""
    return os.open(path, _MODE, 0o600)


if sys.platform == "win32":

    def read_at(file: int, size: int, at: int) -> bytes:
        """Up to ``size`` bytes from ``at``."""
        os.lseek(file, at, os.SEEK_SET)
        parts: list[bytes] = []
        while size > 0 and (got := os.read(file, size)):
            parts.append(got)
            size -= len(got)
        return b"".join(parts)

    def write_at(file: int, data: bytes, at: int) -> int:
        """Write at ``at``; how many bytes went."""
        os.lseek(file, at, os.SEEK_SET)
        return os.write(file, data)

else:

    def read_at(file: int, size: int, at: int) -> bytes:
        """Up to ``size`` bytes from ``at``."""
        return os.pread(file, size, at)

    def write_at(file: int, data: bytes, at: int) -> int:
        """Write at ``at``; how many bytes went."""
        return os.pwrite(file, data, at)
