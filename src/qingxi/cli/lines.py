"""Progress as lines for another program: one JSON object a line, and an end when nobody listens any more."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ORPHANED = 3


@contextmanager
def progress_lines() -> Iterator[Callable[[str, float], None]]:
    """Tell ``{"stage": …, "share": …}`` on standard error, at most once a hundredth of a stage.

    Whoever started this process holds its standard input open; when it is closed (that program has died) the process
    ends itself with code 3, so that no planner runs on for nobody.
    """
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    last: dict[str, int] = {}

    def tell(stage: str, share: float) -> None:
        hundredth = int(share * 100)
        if last.get(stage) == hundredth:
            return
        last[stage] = hundredth
        try:
            print(json.dumps({"stage": stage, "share": round(share, 4)}), file=sys.stderr, flush=True)
        except OSError:
            os._exit(_ORPHANED)

    yield tell


def _end_with_the_caller() -> None:
    try:
        while os.read(sys.stdin.fileno(), 4096):
            pass
    except (OSError, ValueError, AttributeError):
        return
    os._exit(_ORPHANED)
