"""What several processes of a test run share (``-n 2``): made by the first that asks, while the others wait.

``QINGXI_TEST_SHARED`` names a folder that several runs share: ``make test`` and ``make test-wide`` make one demo between
them. Whoever gives it takes it away.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

DEMO = "import sys; from qingxi.cli import main; sys.exit(main(sys.argv[1:]))"


def once_a_run(tmp_path_factory: Any, name: str, make: Callable[[Path], object]) -> Path:
    """A directory that ``make`` fills, once for all processes of a run; nobody may change what lies in it."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / f"once-{name}"
    return made_once(root, make)


def made_once(root: Path, make: Callable[[Path], object]) -> Path:
    """The directory ``root``, filled by the first process that asks for it."""
    root.mkdir(exist_ok=True, parents=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (root / "made").exists():
            make(root)
            (root / "made").touch()
    return root


def demo(tmp_path_factory: Any, size: str) -> Path:
    """What ``qingxi demo`` makes of a county (seed 1), and ``said.json``, what it said; to be read, or copied."""

    def make(root: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-c", DEMO, "demo", "--size", size, "--seed", "1", "--home", str(root / "demo"), "--json"],
            capture_output=True, text=True, check=False, timeout=280,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        (root / "said.json").write_text(done.stdout[done.stdout.index("{") :], encoding="utf-8")

    if shared := os.environ.get("QINGXI_TEST_SHARED"):
        return made_once(Path(shared) / f"demo-{size}", make)
    return once_a_run(tmp_path_factory, f"demo-{size}", make)
