"""The demo's story: where it plays, what it has found so far, and how it calls the product's own commands."""

import contextlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from qingxi.cli.command import NEGATIVE, OK


class Broken(RuntimeError):
    """An act did not end as it must; the sentence says which and why."""


class Blemish(Broken):
    """An act that must be shown as failed, and after which the story can go on."""


@dataclass
class Story:
    """One run of the demo.

    ``facts`` are the results by name, as ``--json`` gives them; ``paths`` what was written, by what it is.
    """

    root: Path
    size: str
    seed: int
    tell: Callable[[str], None]
    facts: dict[str, Any] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    as_of: date | None = None
    cast: Any = None

    @property
    def county(self) -> Path:
        return self.root / "county"

    @property
    def plan(self) -> Path:
        return self.root / "plan"

    @property
    def home(self) -> Path:
        return self.root / "office"

    @property
    def store(self) -> Path:
        return self.home / "store.sqlite3"

    def day(self) -> date:
        """The day the story plays on."""
        if self.as_of is None:
            raise Broken("还没有造出县")
        return self.as_of


def command(*argv: object) -> str:
    """Run a ``qingxi`` command in this process; gives what it printed, raises Broken when it failed."""
    from qingxi.cli import main

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(a) for a in argv])
    if code == NEGATIVE:
        raise Blemish(f"qingxi {argv[0]}:{' '.join(out.getvalue().strip().splitlines()[-2:])}")
    if code != OK:
        said = (err.getvalue() or out.getvalue()).strip().splitlines()
        raise Broken(f"qingxi {argv[0]} 退出码 {code}:{' '.join(said[-3:])}")
    return out.getvalue()


def command_json(*argv: object) -> dict[str, Any]:
    """The same with ``--json``; the object it printed."""
    printed = command(*argv, "--json")
    start = printed.index("{")
    found: dict[str, Any] = json.loads(printed[start:])
    return found


def start(*argv: object) -> subprocess.Popen[str]:
    """Start a ``qingxi`` command as a process of its own."""
    code = "import sys; from qingxi.cli import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.Popen(
        [sys.executable, "-c", code, *(str(a) for a in argv)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(what: Callable[[], Any], seconds: float, why: str) -> Any:
    """Ask until there is an answer; raises Broken after so many seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = what()
        if answer:
            return answer
        time.sleep(0.05)
    raise Broken(why)
