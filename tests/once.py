"""What several processes of a test run share (``-n 2``): made by the first that asks, while the others wait."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any


def once_a_run(tmp_path_factory: Any, name: str, make: Callable[[Path], object]) -> Path:
    """A directory that ``make`` fills, once for all processes of a run; nobody may change what lies in it."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"once-{name}"
    root.mkdir(exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "made").exists():
            make(root)
            (root / "made").touch()
    return root
