"""A part of the work in a process beside this one, where there is a second core and it is safe.

Threads help where compiled code runs; where the interpreter itself is busy only another process does. The copy starts with everything
that is in memory here, so nothing is sent but the answer. Whoever asks must be able to do the work himself: elsewhere than on Linux, in
a thread, on one core, or when the copy dies, there is no answer.
"""

import ctypes
import gc
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

MOST = 1 << 20  # bytes read at a time
END_WITH_PARENT = 1  # PR_SET_PDEATHSIG: a plan that is cancelled leaves nobody behind who writes files


class Beside:
    """A copy of this process at work, where it is ``worth`` one; leaving the ``with`` ends it."""

    def __init__(self, work: Callable[[], Any], worth: bool = True) -> None:
        self._pid, self._pipe = -1, -1
        if not (worth and _possible()):
            return
        here, there = os.pipe()
        first = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            os.close(here)
            os.close(there)
            return
        if pid == 0:
            _work_and_end(work, there, first)
        os.close(there)
        self._pid, self._pipe = pid, here

    def answer(self) -> Any | None:
        """What the work gave, waiting for it; None where the asker must do it himself."""
        if self._pipe < 0:
            return None
        parts = []
        while part := os.read(self._pipe, MOST):
            parts.append(part)
        os.close(self._pipe)
        self._pipe = -1
        _, status = os.waitpid(self._pid, 0)
        self._pid = -1
        return pickle.loads(b"".join(parts)) if status == 0 else None

    def __enter__(self) -> "Beside":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, what: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        if self._pid > 0:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = -1


def _possible() -> bool:
    if sys.platform != "linux" or threading.current_thread() is not threading.main_thread():
        return False
    return len(os.sched_getaffinity(0)) > 1


def _work_and_end(work: Callable[[], Any], pipe: int, first: int) -> None:
    """In the copy: nothing of the first process is tidied up, closed or said; it ends when that one does."""
    status = 1
    try:
        ctypes.CDLL(None).prctl(END_WITH_PARENT, int(signal.SIGKILL))
        if os.getppid() != first:
            return
        gc.disable()
        left = memoryview(pickle.dumps(work(), protocol=pickle.HIGHEST_PROTOCOL))
        while left:
            left = left[os.write(pipe, left) :]
        status = 0
    finally:
        os._exit(status)
