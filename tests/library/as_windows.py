"""Runs ``qingxi`` as if this were Windows: none of the modules and calls that only POSIX has, and a loop without signals.

    python as_windows.py receive --store readings.sqlite3 ...

The standard library is loaded before, as itself; what is loaded after sees ``sys.platform == "win32"``.
"""

import asyncio
import asyncio.unix_events
import fcntl
import os
import subprocess
import sys
import sysconfig
import types

import cryptography.hazmat.primitives.ciphers
import numpy
import zstandard

_LOADED = (subprocess, cryptography, numpy, zstandard)
sysconfig.get_config_vars()  # read now: how this Python was built stands in a file named after the platform


def _locking(file: int, mode: int, size: int) -> None:
    if mode == 0:
        fcntl.lockf(file, fcntl.LOCK_UN, size, os.lseek(file, 0, os.SEEK_CUR))
    else:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, size, os.lseek(file, 0, os.SEEK_CUR))


def _none(*args: object) -> None:
    raise NotImplementedError


def main() -> int:
    """Take away what Windows lacks, then run."""
    sys.modules["msvcrt"] = types.SimpleNamespace(LK_NBLCK=2, LK_UNLCK=0, locking=_locking)  # type: ignore[assignment]
    for name in ("fcntl", "resource", "pwd", "grp"):
        sys.modules[name] = None  # type: ignore[assignment]
    for name in ("pread", "pwrite", "fork", "O_CLOEXEC", "getuid"):
        delattr(os, name)
    asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = _none  # type: ignore[assignment,method-assign]
    sys.platform = "win32"
    from qingxi.cli import main as program

    return program(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
