"""New program, old books: a backup first, then the migration, then a look; back to where it was when that fails."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from qingxi_office.readings import lines
from qingxi_office.site.keeping import archive, backup, restore, state
from qingxi_office.site.keeping.manifest import SUFFIX, Damaged, Manifest, read
from qingxi_office.trail import clock
from qingxi_office.trail.queries import Known, verify

STEM = "before-upgrade-"
ASIDE = "before-going-back-"
_STAY = 3


class NotUpgraded(Exception):
    """The upgrade failed and the books are as they were; the sentence says why."""


@dataclass(frozen=True)
class Upgraded:
    """What was done: migrations applied, the backup taken before, rows of every table before and after."""

    applied: list[state.Node]
    backup: Path | None
    rows_before: int
    rows_after: int
    shrunk: list[str]


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One process at a time migrates a home; the others wait and then find nothing to do."""
    with (home / ".upgrade.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def newer(connection: BaseDatabaseWrapper) -> list[state.Node]:
    """Migrations in the books that this program does not know: they were written by a newer one."""
    return sorted(set(state.applied(connection)) - state.known())


def upgrade(connection: BaseDatabaseWrapper, tell: Callable[[str], None]) -> Upgraded:
    """Bring the books to this program's state, or leave them as they were.

    Raises NotUpgraded when the books are newer than the program or the migration fails; backup.NoRoom or OSError when there
    is no room for the backup, in which case nothing was begun.
    """
    home = Path(settings.HOME)
    with alone(home):
        if unknown := newer(connection):
            raise NotUpgraded(
                f"账本比程序新(程序不认得 {unknown[0][0]}.{unknown[0][1]} 等 {len(unknown)} 个迁移):请装上写它的那一版"
            )
        waiting = state.pending(connection)
        _readings(lines.store())
        if not waiting:
            return Upgraded([], None, 0, 0, [])
        if not state.applied(connection):
            call_command("migrate", verbosity=0, interactive=False, database=connection.alias)
            return Upgraded(waiting, None, 0, 0, [])
        target = backup.folder() / (STEM + backup.name().removeprefix(backup.STEM) + archive.TAR)
        tell(f"升级前先备份:{target}")
        before = backup.take(target, connection, why="upgrade")
        _thin_out()
        try:
            call_command("migrate", verbosity=0, interactive=False, database=connection.alias)
            after, shrunk = _compare(connection, before)
        except Exception as error:
            tell("迁移没有成功,退回升级前的账本…")
            back(connection, target)
            raise NotUpgraded(f"升级没有做成,账本已退回原样:{type(error).__name__}:{error}") from error
        return Upgraded(waiting, target, before.rows, after, shrunk)


class _Lost(Exception):
    """A migration lost what must not be lost."""


def _compare(connection: BaseDatabaseWrapper, before: Manifest) -> tuple[int, list[str]]:
    """Rows afterwards; tables that have fewer than before. Raises when the trail is not what it was."""
    total, shrunk = 0, []
    with connection.cursor() as cursor:
        for table in state.tables(connection) - state.PASSING:
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
            rows = int(cursor.fetchone()[0])
            total += rows
            had = int(before.tables.get(table, {"rows": 0})["rows"])
            if rows < had:
                shrunk.append(f"{table}:{had} → {rows} 行")
    report = verify(*([Known(before.trail["head"], before.trail["count"], "升级前")] if before.trail else []))
    if not report.sound:
        raise _Lost("升级后留痕链不完整")
    return total, sorted(shrunk)


def back(connection: BaseDatabaseWrapper, taken: Path) -> Manifest:
    """Put the books (not the files) back as a backup has them."""
    home = Path(settings.HOME)
    unpacked = home / ".way-back"
    archive.discard(unpacked)
    unpacked.mkdir(mode=0o700)
    try:
        manifest = archive.unpack(taken, unpacked)
        if connection.vendor == "sqlite":
            _back_sqlite(connection, manifest, unpacked)
        else:
            restore.empty(connection)
            restore.into_database(connection, manifest, unpacked / "tables")
        wrong = restore.differences(connection, manifest, hashes=True)
        if wrong:
            raise restore.Refused("退回后与备份不符:" + ";".join(wrong[:5]))
    finally:
        archive.discard(unpacked)
    return manifest


def _back_sqlite(connection: BaseDatabaseWrapper, manifest: Manifest, unpacked: Path) -> None:
    """The old books are made whole beside the present ones and take their place in one step."""
    books = Path(str(connection.settings_dict["NAME"]))
    fresh = unpacked / "books.sqlite3"
    connections.databases["way_back"] = {**connection.settings_dict, "NAME": fresh}
    try:
        restore.into_database(connections["way_back"], manifest, unpacked / "tables")
        with connections["way_back"].cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections["way_back"].close()
    finally:
        del connections["way_back"]
        del connections.databases["way_back"]
    connection.close()
    for tail in ("-wal", "-shm"):
        books.with_name(books.name + tail).unlink(missing_ok=True)
    os.replace(fresh, books)


def set_aside_later(manifest: Manifest) -> int:
    """Manifests that know more deeds than the books now hold no longer count as proof; gives how many were set aside.

    Going back takes later deeds out of the books on purpose. The checker of the trail would call that a cut end.
    """
    later = 0
    for path in backup.folder().glob(f"*{SUFFIX}"):
        try:
            knows = read(path).trail.get("count", 0)
        except (Damaged, OSError):
            continue
        if knows > manifest.trail.get("count", 0):
            path.rename(path.with_name(path.name + ".set-aside"))
            later += 1
    return later


def latest() -> Path | None:
    """The newest backup taken before an upgrade."""
    found = sorted(backup.folder().glob(f"{STEM}*{archive.TAR}"))
    return found[-1] if found else None


def _thin_out() -> None:
    for old in sorted(backup.folder().glob(f"{STEM}*{archive.TAR}"))[:-_STAY]:
        archive.manifest_beside(old).unlink(missing_ok=True)
        old.unlink()


def _readings(store: Path | str) -> None:
    """The devices' store in this program's shape: its tables there, days of an earlier layout filed anew. Cheap when it is.

    In PostgreSQL there never was an earlier layout, and the receiver makes what is missing.
    """
    if not isinstance(store, Path) or not store.is_file():
        return
    with sqlite3.connect(store, timeout=30) as db:
        there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        old = (
            "telemetry_history" in there
            and db.execute("SELECT 1 FROM telemetry_history WHERE file LIKE 'date=%' LIMIT 1").fetchone()
        )
    if {"telemetry_level", "telemetry_gap"} <= there and not old:
        return
    from qingxi.store import bring_up  # heavy to import

    bring_up(store, int(clock.real_now().timestamp() * 1000))
