"""Turns at a store's file, on POSIX and on Windows.

POSIX has ``flock``, first come, first served. Windows locks the first byte of the lock's file, asked for again until it is free.
"""

import os
import sys
import time
from pathlib import Path

_ASK_S = 0.005
"""Seconds between two askings where the system cannot queue them."""

if sys.platform == "win32":
    import msvcrt

    def _take(file: int) -> None:
        while True:
            os.lseek(file, 0, os.SEEK_SET)
            try:
                msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            except OSError:
                time.sleep(_ASK_S)
            else:
                return

    def _give(file: int) -> None:
        os.lseek(file, 0, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _give(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


class Turn:
    """A turn that several processes take on a file; giving back one that is not held is no fault."""

    def __init__(self, path: Path | str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o644)
        self._held = False

    def take(self) -> None:
        """Wait until it is ours."""
        _take(self._file)
        self._held = True

    def give(self) -> None:
        """Let the next one have it."""
        if self._held:
            _give(self._file)
            self._held = False

    def close(self) -> None:
        """Give the file back."""
        self.give()
        os.close(self._file)
