"""A backup of everything an office keeps: books, files, readings, settings. Taken while the office is open."""

from __future__ import annotations

import platform
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from django.conf import settings
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from qingxi_office.readings import lines
from qingxi_office.site import databases
from qingxi_office.site.keeping import archive, canonical, loading, state
from qingxi_office.site.keeping.manifest import Manifest
from qingxi_office.trail import chain, clock

STEM = "qingxi-"
_ALIAS = "keeping"
# What lies in a home and is not kept: the database (its tables are), what is made anew, what is half made.
_NOT_KEPT = ("office.sqlite3", "static", "backups", "tables", "manifest.json", "doctor.json")
_PASSING = (".log", ".pid", ".part", "-wal", "-shm", "-journal", ".sock")
_SPARE = 200 * 1024 * 1024
"""Bytes that stay free on the disk beside the backup."""


class NoRoom(Exception):
    """There is no room for it; the sentence says how much is asked and how much there is."""


def folder() -> Path:
    """Where backups go when nothing else is said."""
    return Path(settings.HOME) / "backups"


def name(now: str = "") -> str:
    """A backup's name, without the ending: sorted by name is sorted by time."""
    return STEM + (now or clock.real_now().astimezone().strftime("%Y%m%d-%H%M%S"))


def kept_files(home: Path) -> Iterator[tuple[str, Path]]:
    """Files of a home that are copied as they are, by their name below it; the readings' database is not among them."""
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home)
        top = inside.parts[0]
        if (
            top in _NOT_KEPT
            or top.startswith(("office.sqlite3", "store.sqlite3-", "."))
            or path.is_symlink()
            or not path.is_file()
        ):
            continue
        if (
            inside.parts[:2] == ("media", "making")
            or path.name.endswith(_PASSING)
            or inside.name == "store.sqlite3"
        ):
            continue
        yield inside.as_posix(), path


@contextmanager
def frozen(connection: BaseDatabaseWrapper, scratch: Path) -> Iterator[BaseDatabaseWrapper]:
    """The database as it is at this moment, while others go on writing.

    SQLite: a copy by its own backup. PostgreSQL: a read-only transaction that sees one snapshot.
    """
    if connection.vendor == "sqlite":
        copy = scratch / "books.sqlite3"
        copy_sqlite(Path(str(connection.settings_dict["NAME"])), copy)
        aside = {**connection.settings_dict, "NAME": copy, "OPTIONS": {"timeout": 20}}
    else:
        from psycopg import IsolationLevel

        options = {**connection.settings_dict["OPTIONS"], "isolation_level": IsolationLevel.REPEATABLE_READ}
        # Django's own engine: this transaction only reads, and must not keep the office from writing.
        plain = "django.db.backends.postgresql"
        aside = {**connection.settings_dict, "ENGINE": plain, "OPTIONS": options, "CONN_MAX_AGE": 0}
    connections.databases[_ALIAS] = aside
    try:
        held = connections[_ALIAS]
        with transaction.atomic(using=_ALIAS):
            if held.vendor == "postgresql":
                with held.cursor() as cursor:
                    cursor.execute("SET TRANSACTION READ ONLY")
            yield held
    finally:
        connections[_ALIAS].close()
        del connections[_ALIAS]
        del connections.databases[_ALIAS]


def copy_sqlite(source: Path, to: Path) -> None:
    """A consistent copy of an SQLite database that is in use."""
    old = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True, timeout=30)
    new = sqlite3.connect(to)
    try:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
    finally:
        new.close()
        old.close()


def room_asked(home: Path, connection: BaseDatabaseWrapper) -> int:
    """Bytes a backup may take at most: files as they are, the books twice (copy and canonical text)."""
    files = sum(path.stat().st_size for _name, path in kept_files(home))
    books = home / "office.sqlite3"
    if connection.vendor == "sqlite":
        size = books.stat().st_size if books.is_file() else 0
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = int(cursor.fetchone()[0])
    store = home / "store.sqlite3"
    return files + 2 * size + 2 * (store.stat().st_size if store.is_file() else 0)


def take(target: Path, connection: BaseDatabaseWrapper, *, home: Path | None = None, why: str = "") -> Manifest:
    """Write a backup to ``target`` (an archive when it ends in .tar.zst, else a folder).

    Raises NoRoom when the disk is too full, OSError when it fills up meanwhile; then nothing is left behind.
    """
    home = home or Path(settings.HOME)
    target.parent.mkdir(parents=True, exist_ok=True)
    asked, free = room_asked(home, connection) + _SPARE, shutil.disk_usage(target.parent).free
    if free < asked:
        raise NoRoom(
            f"{target.parent} 只剩 {free / 1e6:.0f} MB,备份最多要 {asked / 1e6:.0f} MB:请腾出地方,或用 --to 备到别的盘"
        )
    with tempfile.TemporaryDirectory(prefix=".taking-", dir=target.parent) as scratch_name:
        scratch = Path(scratch_name)
        with archive.writing(target) as sink:
            manifest = Manifest(
                taken_at=clock.real_now().astimezone().isoformat(timespec="seconds"),
                office=_office_name(home),
                versions={
                    "qingxi": version("qingxi"),
                    "python": platform.python_version(),
                    "django": version("django"),
                },
                engine=connection.vendor,
                why=why,
            )
            with frozen(connection, scratch) as held:
                _books(held, manifest, sink, scratch)
            _files(home, manifest, sink, scratch)
            sink.put_text("manifest.json", manifest.text())
    if target.name.endswith(archive.TAR):
        _leave(archive.manifest_beside(target), manifest)
    if target.parent != folder() and home == Path(settings.HOME):
        # The checker of the trail and the doctor know every backup by its manifest, wherever the backup lies.
        folder().mkdir(parents=True, exist_ok=True)
        _leave(folder() / archive.manifest_beside(target.parent / (target.name.removesuffix(archive.TAR) + archive.TAR)).name, manifest)  # fmt: skip
    return manifest


def _leave(path: Path, manifest: Manifest) -> None:
    path.write_text(manifest.text(), encoding="utf-8")
    path.chmod(0o600)


def _office_name(home: Path) -> str:
    import json

    path = home / "office.json"
    said = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(said.get("county") or home.name)


def _books(held: BaseDatabaseWrapper, manifest: Manifest, sink: archive.Sink, scratch: Path) -> None:
    manifest.migrations = [list(node) for node in state.applied(held)]
    manifest.left_out = state.unknown_tables(held)
    manifest.sequences = dict(sorted(loading.sequences(held).items()))
    for model in state.models(held):
        table = model._meta.db_table
        file = scratch / "table.jsonl"
        with file.open("wb") as out:
            dumped = canonical.dump(model, held, out)
        sink.put(f"tables/{table}.jsonl", file)
        manifest.tables[table] = {"rows": dumped.rows, "sha256": dumped.sha256}
    with held.cursor() as cursor:
        if "trail_entry" in manifest.tables:
            cursor.execute("SELECT hash FROM trail_entry ORDER BY id DESC LIMIT 1")
            last = cursor.fetchone()
            manifest.trail = {
                "count": manifest.tables["trail_entry"]["rows"],
                "head": last[0] if last else chain.GENESIS,
            }


def _files(home: Path, manifest: Manifest, sink: archive.Sink, scratch: Path) -> None:
    """Files after the books: whatever the books name is there, unless it was taken away meanwhile."""
    store = home / "store.sqlite3"
    if store.is_file():
        copy_sqlite(store, scratch / "store.sqlite3")
        size, digest, _still = sink.put("store.sqlite3", scratch / "store.sqlite3")
        manifest.files["store.sqlite3"] = {"bytes": size, "sha256": digest}
    for inside, path in list(kept_files(home)):
        try:
            size, digest, still = sink.put(inside, path)
        except FileNotFoundError:
            manifest.changed.append(inside)
            continue
        manifest.files[inside] = {"bytes": size, "sha256": digest}
        if not still:
            manifest.changed.append(inside)


def outside() -> list[str]:
    """Folders the books point to that lie outside the home, and so in no backup."""
    from django.db import DatabaseError

    from qingxi_office.places.models import County

    try:
        said = list(County.objects.exclude(source_folder="").values_list("source_folder", flat=True))
    except DatabaseError:  # books of an earlier state may not have the column
        return []
    home = Path(settings.HOME).resolve()
    return [text for text in said if Path(text).is_dir() and not Path(text).resolve().is_relative_to(home)]


def readings_elsewhere() -> str:
    """Name of the database that holds the newest readings, when it is PostgreSQL: their history is in a backup, it is not."""
    store = lines.store()
    return "" if isinstance(store, Path) else str(databases.postgresql(store)["NAME"])
