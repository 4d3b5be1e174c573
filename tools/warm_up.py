"""Compile every numba kernel once, at set-up, so that no user waits for the compiler."""

import importlib.util
import sys


def main() -> int:
    if importlib.util.find_spec("qingxi.plan") is None:
        return 0
    from qingxi.cli import warm_up

    warm_up()
    return 0


if __name__ == "__main__":
    sys.exit(main())
