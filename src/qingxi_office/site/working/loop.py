"""The worker's round: take the oldest job, do it, and be seen to be alive."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from qingxi_office.jobs import actions as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.patrols.actions import look_at_photos
from qingxi_office.patrols.queries import photos_are_coming
from qingxi_office.readings import lines
from qingxi_office.site.rounds import run_due, send_messages
from qingxi_office.site.searching import keep_spelled
from qingxi_office.site.working.filing import run_files
from qingxi_office.site.working.folders import sweep
from qingxi_office.site.working.morning import run_morning
from qingxi_office.site.working.planning import run_plan
from qingxi_office.site.working.sheets import run_sheet, run_take
from qingxi_office.site.working.trying import run_try

log = logging.getLogger(__name__)
KINDS: dict[str, Callable[[Job, Callable[[], bool]], None]] = {
    "plan": run_plan,
    "files": run_files,
    "try": run_try,
    "sheet": run_sheet,
    "sheet_take": run_take,
    "morning": run_morning,
}
"""What a worker can do: kind of job, and who does it."""
_IDLE_S = 1.0
_LOOK_S = 20.0
"""How often an idle worker looks at the clock: rounds that are due, messages to send."""


class _Leave(Exception):
    """The worker is asked to go (a signal)."""


def work(
    *, until_idle: bool = False, with_parent: int | None = None, tell: Callable[[str], None] | None = None
) -> int:
    """Do jobs until told to leave; gives how many were done.

    Parameters
    ----------
    until_idle : bool
        Come back when nothing waits any more.
    with_parent : int, optional
        Leave when this process is no longer the parent (the office that started the worker has ended).
    """
    name = f"{socket.gethostname()}:{os.getpid()}"
    say = tell or (lambda words: None)
    held = {sign: signal.signal(sign, _raise_leave) for sign in (signal.SIGTERM, signal.SIGINT)}
    done, looked = 0, time.monotonic() - _LOOK_S

    def stay() -> bool:
        jobs.here(name)
        return with_parent is None or os.getppid() == with_parent

    try:
        while stay():
            for number in jobs.lose_silent():
                say(f"任务 {number} 的工人没有声息,记为中断")
            sweep()
            job = jobs.claim(name)
            if job is None:
                if until_idle:
                    break
                if time.monotonic() - looked >= _LOOK_S:
                    _look_round(name, stay, say)
                    looked = time.monotonic()
                time.sleep(_IDLE_S)
                continue
            say(f"任务 {job.pk}:{job.title}")
            _do(job, stay)
            done += 1
    except _Leave:
        pass
    finally:
        jobs.gone(name)
        for sign, handler in held.items():
            signal.signal(sign, handler)
    return done


def _look_round(worker: str, stay: Callable[[], bool], say: Callable[[str], None]) -> None:
    """What the clock asks for. A fault in it is logged and never ends the worker."""
    try:
        for run in run_due(worker, go_on=stay):
            say(f"{run.name} {run.period}：{'；'.join(run.said) or '没有要说的'}")
        send_messages()
        keep_spelled()
        while stay() and look_at_photos(20) and not photos_are_coming():
            pass  # while many phones send, the processors are theirs: a few photographs a round are looked at
    except _Leave:
        raise
    except Exception:
        log.exception("the clock's round failed")


def keep_working(with_parent: int) -> None:
    """See to it that there is a worker as long as the office runs: one that was killed is followed by another."""
    line = "from qingxi.cli import main; raise SystemExit(main())"
    while os.getppid() == with_parent:
        child = subprocess.Popen(
            [sys.executable, "-c", line, "office", "work", "--home", str(lines.beside()),
             "--with-parent", str(os.getpid())],
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        while child.poll() is None and os.getppid() == with_parent:
            time.sleep(_IDLE_S)
        if child.poll() is None:
            child.terminate()
            child.wait()
        time.sleep(_IDLE_S)


def _do(job: Job, stay: Callable[[], bool]) -> None:
    handler = KINDS.get(job.kind)
    try:
        if handler is None:
            jobs.finish(job, {"error": f"没有人会做“{job.kind}”"}, failed=True)
        else:
            handler(job, stay)
    except _Leave:
        jobs.lose(job)
        raise
    except Exception as error:  # a broken job must not end the worker; what it was stands in the log
        log.exception("job %s failed", job.pk)
        jobs.say(job, f"出错:{type(error).__name__}:{error}")
        jobs.finish(job, {"error": "程序出错,没有做完;日志最后一行是原因,请报告"}, failed=True)


def _raise_leave(*_: Any) -> None:
    raise _Leave
