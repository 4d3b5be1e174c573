"""One child process of the worker: it tells its progress line by line, and can be ended at once."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_MAIN = "from qingxi.cli import main; raise SystemExit(main())"
_TICK_S = 0.4
_GRACE_S = 0.8
"""A cancelled child is asked politely, and ended this long afterwards: with a tick, under two seconds in all."""


@dataclass
class Ended:
    """How a child ended: its exit code, whether it was stopped on request, what it printed, what it complained of."""

    code: int
    stopped: bool
    printed: str
    said: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """What it printed as the one JSON object that ``--json`` promises; empty when it printed none."""
        try:
            told = json.loads(self.printed)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


def run_child(
    arguments: Sequence[str], *, log: Path, on_progress: Callable[[str, float], None], go_on: Callable[[], bool]
) -> Ended:
    """Run ``qingxi`` with these arguments.

    Parameters
    ----------
    log : Path
        Where its standard output goes (read back at the end).
    on_progress : callable
        Told ``(stage, share)`` for each progress line on its standard error.
    go_on : callable
        Asked every tick; False ends the child within two seconds.
    """
    environment = {k: v for k, v in os.environ.items() if k not in ("DJANGO_SETTINGS_MODULE",)}
    with log.open("wb") as out:
        child = subprocess.Popen(
            [sys.executable, "-c", _MAIN, *arguments], stdin=subprocess.PIPE, stdout=out, stderr=subprocess.PIPE,
            env=environment, start_new_session=True,
        )  # fmt: skip
    said: list[str] = []
    stopped, ended = False, False
    try:
        for line in _lines(child):
            if line is not None:
                _hear(line, said, on_progress)
            elif not go_on():
                stopped = True
                break
        ended = not stopped
    finally:
        _end(child, at_once=not ended)
    return Ended(child.returncode, stopped, log.read_text(encoding="utf-8", errors="replace"), said)


def _lines(child: subprocess.Popen[bytes]) -> Any:
    """Lines of its standard error; None at every tick."""
    assert child.stderr is not None
    os.set_blocking(child.stderr.fileno(), False)
    held, next_tick = b"", time.monotonic()
    with selectors.DefaultSelector() as wait:
        wait.register(child.stderr, selectors.EVENT_READ)
        while True:
            if wait.select(max(0.0, next_tick - time.monotonic())):
                chunk = child.stderr.read()
                if chunk == b"":
                    break
                *whole, held = (held + (chunk or b"")).split(b"\n")
                for line in whole:
                    yield line.decode("utf-8", "replace")
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + _TICK_S
                yield None
    if held:
        yield held.decode("utf-8", "replace")


def _hear(line: str, said: list[str], on_progress: Callable[[str, float], None]) -> None:
    try:
        told = json.loads(line)
        on_progress(str(told["stage"]), float(told["share"]))
    except (ValueError, TypeError, KeyError):
        if line.strip():
            said.append(line.strip())
            del said[:-40]


def _end(child: subprocess.Popen[bytes], *, at_once: bool) -> None:
    """Wait for a child that has closed its lines; end one that must stop, politely and then surely."""
    if at_once and child.poll() is None:
        _signal(child, signal.SIGTERM)
    try:
        child.wait(_GRACE_S if at_once else 30.0)
    except subprocess.TimeoutExpired:
        _signal(child, signal.SIGKILL)
        child.wait()
    for pipe in (child.stdin, child.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _signal(child: subprocess.Popen[bytes], which: signal.Signals) -> None:
    """To the child and whatever it started: it leads a session of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, which)
