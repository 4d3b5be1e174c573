"""Where the static door lies and what was last written there."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from qingxi_office.public.plain import MANIFEST, Written, write


@dataclass(frozen=True, slots=True)
class Lies:
    """A written door: how many files, how many bytes, when the last of them changed."""

    files: int
    size: int
    at: dt.datetime


def folder() -> Path:
    """``QINGXI_DOOR``, or ``static-door`` in the home: a web server or a copy to the portal takes it from there."""
    return Path(settings.QINGXI_DOOR) if settings.QINGXI_DOOR else Path(settings.HOME) / "static-door"


def manifest() -> Lies | None:
    at = folder() / MANIFEST
    try:
        told = json.loads(at.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return None
    when = dt.datetime.fromtimestamp(at.stat().st_mtime, tz=dt.UTC)
    return Lies(len(told), sum(f["bytes"] for f in told.values()), when)


def write_door(into: Path | None = None) -> Written:
    """Write the door; reports on it lead to the office's own address where it has one."""
    return write(into or folder(), settings.QINGXI_URL)
