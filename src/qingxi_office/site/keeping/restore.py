"""A backup back into an empty place, on SQLite or PostgreSQL, and held against its manifest.

Nothing is touched that was there before: a home must be empty, a database must have no tables.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Set
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from qingxi_office.site.keeping import archive
from qingxi_office.site.keeping.manifest import NAME, Manifest

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


class Refused(Exception):
    """The backup may not go there; the sentence says why and what to do."""


@dataclass(frozen=True)
class Restored:
    """What was put back, and every way in which it differs from the manifest (empty: none)."""

    manifest: Manifest
    differences: list[str]
    verified: bool


def check_home(home: Path) -> None:
    """Raise Refused unless the home does not exist yet or is empty."""
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise Refused(f"{home} 不是空的:还原只写进空的地方,请另给一个 --home,或先把它移开")


def check_age(manifest: Manifest, known: Set[tuple[str, str]], older: bool) -> None:
    """Raise Refused for books of a newer program; of an older one unless ``older`` says that this is meant."""
    said = {(app, name) for app, name in manifest.migrations}
    newer = sorted(said - known)
    if newer:
        raise Refused(
            f"备份来自更新的版本(清溪 {manifest.versions.get('qingxi')},本程序不认得 {len(newer)} 个迁移,如 {newer[0][0]}.{newer[0][1]}):"
            "请先装上那一版或更新的版本再还原"
        )
    ahead = sorted(node for node in known if node[0] in {app for app, _ in said} and node not in said)
    if ahead and not older:
        raise Refused(
            f"备份来自更旧的版本(清溪 {manifest.versions.get('qingxi')},缺 {len(ahead)} 个迁移,如 {ahead[0][0]}.{ahead[0][1]}):"
            "加 --older 照原样还原,再运行 qingxi office upgrade 升级"
        )


def into_database(connection: BaseDatabaseWrapper, manifest: Manifest, tables: Path) -> None:
    """Fill an empty database with the tables of an unpacked backup, at the backup's own state of migration."""
    from qingxi_office.site.keeping import geometry, loading, state

    if there := state.tables(connection):
        raise Refused(f"库里已有 {len(there)} 张表(如 {sorted(there)[0]}):还原只写进空的库,请另建一个")
    try:
        state.migrate_to(connection, [(app, name) for app, name in manifest.migrations])
        kept = [model for model in state.models(connection) if model._meta.db_table in manifest.tables]
        missing = set(manifest.tables) - {model._meta.db_table for model in kept}
        if missing:
            raise Refused(f"本程序没有备份里的表:{'、'.join(sorted(missing))}")
        read = [(model, tables / f"{model._meta.db_table}.jsonl") for model in kept]
        loading.fill(read, connection, manifest.sequences)
        geometry.ensure(connection)
    except BaseException:
        empty(connection)
        raise


def empty(connection: BaseDatabaseWrapper) -> None:
    """Remove every table of the office from a database."""
    from qingxi_office.site.keeping import state

    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        tail = " CASCADE" if connection.vendor == "postgresql" else ""
        for table in sorted(state.tables(connection)):
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)}{tail}")


def differences(connection: BaseDatabaseWrapper, manifest: Manifest, *, hashes: bool) -> list[str]:
    """Where the database differs from the manifest: rows of every table and, when asked, its canonical hash."""
    from qingxi_office.site.keeping import canonical, state

    found = []
    for model in state.models(connection):
        table = model._meta.db_table
        said = manifest.tables.get(table)
        if said is None:
            found.append(f"{table}:清单里没有这张表")
            continue
        if hashes:
            dumped = canonical.dump(model, connection)
            rows, same = dumped.rows, dumped.sha256 == said["sha256"]
        else:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
                rows, same = int(cursor.fetchone()[0]), True
        if rows != said["rows"]:
            found.append(f"{table}:清单 {said['rows']} 行,库里 {rows} 行")
        elif not same:
            found.append(f"{table}:内容的哈希与清单不符")
    if hashes:
        found += _trail(connection, manifest)
    return found


def _trail(connection: BaseDatabaseWrapper, manifest: Manifest) -> list[str]:
    """The chain recomputed, where the trail is at this program's own state."""
    from django.db import DEFAULT_DB_ALIAS

    from qingxi_office.site.keeping import state
    from qingxi_office.trail.queries import Known, verify

    if connection.alias != DEFAULT_DB_ALIAS or any(app == "trail" for app, _name in state.pending(connection)):
        return []
    report = verify(*([Known(manifest.trail["head"], manifest.trail["count"], "清单")] if manifest.trail else []))
    return [f"留痕第 {row} 行:{why}" for row, why in report.faults[:10]]


def restore(
    backup: Path,
    home: Path,
    *,
    database: str | None = None,
    verify: bool = True,
    older: bool = False,
    start: Callable[[Path], BaseDatabaseWrapper],
) -> Restored:
    """Put a backup into an empty home (and an empty PostgreSQL database, when one is named).

    ``start`` starts Django on the half-made home and gives its connection; the home takes its name when all is in.
    Raises Damaged, Refused, loading.Unfit, OSError; then neither home nor tables are left behind.
    """
    home = home.resolve()
    check_home(home)
    home.parent.mkdir(parents=True, exist_ok=True)
    _check_room(backup, home.parent)
    staging = home.parent / f".{home.name}.restoring"
    archive.discard(staging)
    try:
        staging.mkdir(mode=0o700)
        manifest = archive.unpack(backup, staging)
        _settle(staging, database)
        connection = start(staging)
        from qingxi_office.site.keeping import state

        check_age(manifest, state.known(), older)
        into_database(connection, manifest, staging / "tables")
        found = differences(connection, manifest, hashes=verify)
        connection.close()
        shutil.rmtree(staging / "tables")
        (staging / NAME).unlink()
        for folder in ("media", "static"):
            (staging / folder).mkdir(exist_ok=True)
        staging.rename(home)
    except BaseException:
        archive.discard(staging)
        raise
    return Restored(manifest, found, verify)


def _settle(staging: Path, database: str | None) -> None:
    """The restored settings name the database they were restored into."""
    path = staging / "office.json"
    said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    said.pop("database", None)
    if database:
        said["database"] = database
    path.write_text(json.dumps(said, ensure_ascii=False, indent=1), encoding="utf-8")
    path.chmod(0o600)
    key = staging / "secret.key"
    if key.is_file():
        key.chmod(0o600)


def _check_room(backup: Path, where: Path) -> None:
    """A cheap look before the work: what the manifest beside tells, else the archive's own size."""
    beside = archive.manifest_beside(backup)
    size = backup.stat().st_size if backup.is_file() else 0
    if beside.is_file():
        from qingxi_office.site.keeping.manifest import read

        size = max(size, read(beside).bytes)
    free = shutil.disk_usage(where).free
    if free < 2 * size:
        raise OSError(28, os.strerror(28), str(where))
