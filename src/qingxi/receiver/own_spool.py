"""Whose spool is whose: one process a file, and what an ended one left behind is taken over.

Rules
-----
1. A file belongs to the process that holds the lock beside it; the system gives the lock back when the process ends,
   however it ends. Two receivers of one store never write to one file.
2. What lies in a file that no process of this store would take (fewer processes than before, another process ended for
   good) was acknowledged: the first process moves it into its own.
"""

import contextlib
import logging
import os
import sys
from pathlib import Path

from qingxi.receiver.spool import Spool

log = logging.getLogger("qingxi.receiver")

_ENDING = ".frames"
_MOST = 1000

if sys.platform == "win32":
    import msvcrt

    def _locked(file: int) -> bool:
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _locked(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def _lock(path: Path) -> int | None:
    """The lock of a spool's file; None when another process has it. The lock's own file stays."""
    file = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    if _locked(file):
        return file
    os.close(file)
    return None


class OwnSpool:
    """A process's spool in a folder of spools, locked until it is closed or the process ends.

    Parameters
    ----------
    folder : Path
        Where the spools of one store lie; made where it is missing.
    number, of : int
        Which of how many processes that were started together; a process by itself is 0 of 1, and several such may run.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """

    def __init__(self, folder: Path, number: int = 0, of: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for turn in range(_MOST):
            path = folder / f"{number + turn * of}{_ENDING}"  # another's turn is never a sibling's number
            lock = _lock(path)
            if lock is not None:
                break
        else:
            raise OSError(f"all {_MOST} spools in {folder} are taken")
        self._held = lock
        self.spool = Spool(path)
        if number == 0:
            for other in sorted(folder.glob(f"*{_ENDING}")):
                if other != path and not (other.stem.isdigit() and 0 < int(other.stem) < of):
                    with contextlib.suppress(OSError):
                        self._take_over(other)

    def _take_over(self, path: Path) -> None:
        """Move what an ended process left into this one's spool (RULE 2); met twice after a crash, kept once."""
        lock = _lock(path)
        if lock is None:
            return
        try:
            left = Spool(path)
            waiting = list(left.batches())
            for frames, _ in waiting:
                self.spool.append(frames)
            if waiting:
                left.mark(waiting[-1][1])
                moved = sum(len(frames) for frames, _ in waiting)
                log.warning("%d pieces that another process had spooled in %s are taken over", moved, path)
            left.close()
        finally:
            os.close(lock)

    def close(self) -> None:
        """Give the file and its lock back."""
        self.spool.close()
        os.close(self._held)
