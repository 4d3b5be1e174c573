"""Names of files made durable: a file that was moved or made is there after the machine lost its power, under its name."""

import os
import sys
from pathlib import Path


def keep_names(*folders: Path) -> None:
    """Bring the names in folders to the disk, the innermost first. Raises OSError where a folder is not there or the disk is full.

    On Windows nothing is done: there a file's own flush keeps its name too.
    """
    if sys.platform == "win32":
        return
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
