"""The doctor on the machine: disk, clock, versions, the worker."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from qingxi_office.jobs import queries as jobs
from qingxi_office.jobs.models import Job
from qingxi_office.site.keeping import backup
from qingxi_office.site.keeping.checks_books import _limits
from qingxi_office.site.keeping.doctor import Check, Found, State
from qingxi_office.trail import clock


def disk(deep: bool) -> Iterator[Found]:
    """There is room on the disks of the home and of the backups."""
    limits = _limits()
    places = {_("磁盘"): Path(settings.HOME)}
    if backup.folder().is_dir() and backup.folder().stat().st_dev != Path(settings.HOME).stat().st_dev:
        places[_("备份的磁盘")] = backup.folder()
    for title, path in places.items():
        use = shutil.disk_usage(path)
        free = use.free / 1e9
        how = (
            State.WRONG
            if free < limits["disk.wrong"]
            else State.SUSPICIOUS
            if free < limits["disk.suspicious"]
            else State.OK
        )
        yield Found("disk", title, how, _("剩 %(free)s GB,共 %(all)s GB") % {"free": f"{free:.1f}", "all": f"{use.total / 1e9:.0f}"},
                    "" if how is State.OK else _("删旧备份、清日志,或换大盘"))  # fmt: skip


def clock_right(deep: bool) -> Iterator[Found]:
    """The clock is not behind the newest file, is kept by somebody, and the zone is Beijing's."""
    now, home = clock.real_now(), Path(settings.HOME)
    # The database's own files may be written this very second; a file of the future is what tells.
    newest = max((p.stat().st_mtime for p in home.iterdir()), default=0.0)
    ahead = newest - now.timestamp()
    if ahead > _limits()["clock.ahead"]:
        yield Found("clock", _("时钟"), State.WRONG, _("比家目录里最新的文件还早 %(n)s 分钟") % {"n": f"{ahead / 60:.0f}"},
                    _("校准机器的时间(timedatectl set-ntp true)"))  # fmt: skip
    elif (kept := _kept_by_ntp()) is False:
        yield Found(
            "clock",
            _("时钟"),
            State.SUSPICIOUS,
            _("没有和时间服务器对时"),
            _("timedatectl set-ntp true,内网用县里的时间服务器"),
        )
    else:
        yield Found("clock", _("时钟"), State.OK, _("%(now)s,已对时") % {"now": f"{timezone.localtime(now):%Y-%m-%d %H:%M}"} if kept else f"{timezone.localtime(now):%Y-%m-%d %H:%M}")  # fmt: skip
    offset = timezone.localtime(now).utcoffset()
    if offset != timedelta(hours=8):
        yield Found(
            "zone", _("时区"), State.WRONG, str(settings.TIME_ZONE), _("期限和通报按北京时间:设为 Asia/Shanghai")
        )
    else:
        yield Found("zone", _("时区"), State.OK, str(settings.TIME_ZONE))


def _kept_by_ntp() -> bool | None:
    """Whether the machine keeps its clock by the network; None where nobody can tell."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    try:
        said = subprocess.run(
            [program, "show", "-p", "NTPSynchronized", "--value"],
            capture_output=True,
            text=True,
            timeout=3,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(said.stdout.strip())


def worker(deep: bool) -> Iterator[Found]:
    """Somebody does the long work."""
    there = jobs.workers_there()
    waiting = Job.objects.filter(state=Job.State.WAITING).count()
    title = _("做长任务的工人")
    if there:
        yield Found("worker", title, State.OK, _("%(n)s 个在") % {"n": there})
    else:
        yield Found("worker", title, State.WRONG if waiting else State.SUSPICIOUS,
                    _("一个也不在,%(n)s 件任务在等") % {"n": waiting},
                    _("systemctl start qingxi-worker;没有装成服务时运行 qingxi office work"))  # fmt: skip


def versions(deep: bool) -> Iterator[Found]:
    """Program, language and database are recent enough."""
    if connection.vendor == "sqlite":
        engine, well = f"SQLite {sqlite3.sqlite_version}", sqlite3.sqlite_version_info >= (3, 31)
    else:
        connection.ensure_connection()
        number = connection.pg_version  # type: ignore[attr-defined]
        engine, well = f"PostgreSQL {number // 10000}.{number % 10000}", number >= 140000
    well = well and sys.version_info >= (3, 11)
    words = f"Python {platform.python_version()} · {engine}"
    yield Found("versions", _("版本"), State.OK if well else State.WRONG, words,
                "" if well else _("要 Python 3.11、SQLite 3.31 或 PostgreSQL 14 以上"))  # fmt: skip


def practice(deep: bool) -> Iterator[Found]:
    """The county lives in the present."""
    if settings.QINGXI_PRACTICE_DAY and not settings.QINGXI_DEMO:
        yield Found("practice", _("演练日期"), State.SUSPICIOUS, str(settings.QINGXI_PRACTICE_DAY),
                    _("演练完了运行 qingxi office practice_day off"))  # fmt: skip
    if hasattr(os, "getloadavg") and (load := os.getloadavg()[2]) > 4 * (os.cpu_count() or 1):
        yield Found("load", _("负荷"), State.SUSPICIOUS, f"{load:.1f}", _("机器太忙:把大的编制放到夜里"))


CHECKS: tuple[Check, ...] = (disk, clock_right, worker, versions, practice)
