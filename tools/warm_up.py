"""Compile every numba kernel, at set-up, so that no user waits for the compiler.

Earlier compilations are thrown away first: numba keeps a kernel whose own file is unchanged even when a kernel that it
calls, in another file, has changed.
"""

import sys
import tempfile
from pathlib import Path

SRC = Path(__file__).resolve().parent.parent / "src" / "qingxi"


def main() -> int:
    for kept in SRC.rglob("__pycache__/*.nb[ci]"):
        kept.unlink()
    from qingxi.cli import warm_up
    from qingxi.world import write_county

    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        write_county(Path(folder) / "county", size="hamlet", seed=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
