"""The doctor on the books: database, migrations, trail, backups, files, readings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection, models
from django.utils.translation import gettext as _

from qingxi_office.readings import lines
from qingxi_office.site.apps import BY_BYTES, collation
from qingxi_office.site.keeping import archive, backup, geometry, manifest, state
from qingxi_office.site.keeping.doctor import Check, Found, State
from qingxi_office.site.pages import heads
from qingxi_office.trail import clock
from qingxi_office.trail.queries import verify


def _limits() -> dict[str, float]:
    from qingxi.standard import load_table

    return {row.key: row.value for row in load_table("keeping")}


def books(deep: bool) -> Iterator[Found]:
    """The database answers and is whole."""
    title = _("账本")
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA integrity_check" if deep else "PRAGMA quick_check(5)")
                faults = [str(row[0]) for row in cursor.fetchall() if row[0] != "ok"]
                if deep and not faults:
                    cursor.execute("PRAGMA foreign_key_check")
                    faults = [f"{row[0]} {row[1]} → {row[2]}" for row in cursor.fetchall()[:5]]
            else:
                faults = []
                for table in sorted(state.tables(connection)) if deep else ["django_migrations"]:
                    cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
    except DatabaseError as error:
        yield Found("books", title, State.WRONG, str(error).strip().splitlines()[0],
                    _("库没有开,或地址不对:看 office.json 的 database,或从最近的备份还原"))  # fmt: skip
        return
    if faults:
        yield Found("books", title, State.WRONG, ";".join(faults[:3]),
                    _("账本文件坏了:停下办公室,从最近的备份还原到新的家目录"))  # fmt: skip
    else:
        yield Found("books", title, State.OK, _("%(engine)s,完整") % {"engine": "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"})  # fmt: skip
    if connection.vendor == "postgresql":
        yield from _postgresql()


def _postgresql() -> Iterator[Found]:
    sort = collation(connection)
    if sort not in BY_BYTES:
        yield Found("collation", _("排序规则"), State.WRONG, sort,
                    _("辖区按代码的字节排序:备份后还原到 --locale=C.UTF-8 建的库"))  # fmt: skip
    if not geometry.has_postgis(connection):
        yield Found("postgis", "PostGIS", State.SUSPICIOUS, _("没有装,QGIS 打不开库里的图层"),
                    _("装 postgresql-15-postgis-3,以管理员 CREATE EXTENSION postgis,再运行 qingxi office migrate"))  # fmt: skip
    else:
        yield Found("postgis", "PostGIS", State.OK, _("有,几何列由库自己算"))


def migrations(deep: bool) -> Iterator[Found]:
    """The books are at the program's state."""
    title = _("账本版本")
    strange = sorted(set(state.applied(connection)) - state.known())
    waiting = state.pending(connection)
    if strange:
        yield Found("migrations", title, State.WRONG, _("账本比程序新:%(name)s") % {"name": f"{strange[0][0]}.{strange[0][1]}"},
                    _("装上写这本账的版本"))  # fmt: skip
    elif waiting:
        yield Found("migrations", title, State.WRONG, _("有 %(n)s 个迁移没有做") % {"n": len(waiting)},
                    _("运行 qingxi office upgrade(先备份,不成就退回)"))  # fmt: skip
    else:
        yield Found("migrations", title, State.OK, _("与程序一致"))


def trail(deep: bool) -> Iterator[Found]:
    """The chain holds, and every head that a backup noted stands in it."""
    if not deep:
        return
    known = heads.known()
    report = verify(*known)
    if report.sound:
        yield Found("trail", _("留痕链"), State.OK,
                    _("%(n)s 行,与通报和备份记下的 %(m)s 个链头相符") % {"n": report.rows, "m": len(known)})  # fmt: skip
    else:
        row, why = report.faults[0]
        yield Found("trail", _("留痕链"), State.WRONG,
                    _("%(n)s 处不符,第一处在第 %(row)s 行:%(why)s") % {"n": len(report.faults), "row": row, "why": why},
                    _("有人绕过办公室改过账:不要再写,封存账本和备份,报告上级"))  # fmt: skip


def _manifests() -> list[tuple[Path, manifest.Manifest]]:
    """Manifests of this home's backups, oldest first; those that cannot be read are left out."""
    found = []
    for path in backup.folder().glob(f"*{manifest.SUFFIX}"):
        try:
            found.append((path, manifest.read(path)))
        except (manifest.Damaged, OSError):
            continue
    return sorted(found, key=lambda pair: pair[1].taken)


def last_backup(deep: bool) -> Iterator[Found]:
    """There is a backup, it is young, and it lies on another disk."""
    title, limits = _("备份"), _limits()
    known = _manifests()
    remedy = _("运行 qingxi office backup --to 另一块盘;装好的办公室由 qingxi-nightly.timer 每夜备份")
    if not known:
        yield Found("backup", title, State.WRONG, _("还没有备份过"), remedy)
        return
    age = clock.real_now() - known[-1][1].taken
    hours = age / timedelta(hours=1)
    words = _("最近一份在 %(h)s 小时前") % {"h": f"{hours:.0f}"}
    how = (
        State.WRONG
        if hours > limits["backup.wrong"]
        else State.SUSPICIOUS
        if hours > limits["backup.suspicious"]
        else State.OK
    )
    yield Found("backup", title, how, words, "" if how is State.OK else remedy)
    beside = [
        path
        for path, _m in known
        if path.with_name(path.name.removesuffix(manifest.SUFFIX) + archive.TAR).is_file()
    ]
    if len(beside) == len(known):
        yield Found("backup_disk", _("备份放在哪里"), State.SUSPICIOUS, _("都在账本同一个盘上"),
                    _("盘坏了会一起没有:把 backups 挂到另一块盘,或每周抄到移动盘"))  # fmt: skip
    for outside in backup.outside():
        yield Found("outside", _("家目录之外"), State.SUSPICIOUS, _("县域数据夹 %(path)s 不在备份里") % {"path": outside},
                    _("把它移进家目录再载入一次,或另行备份"))  # fmt: skip


def files(deep: bool) -> Iterator[Found]:
    """Every file the books name is there; what lies there has a row."""
    media, named, fields = Path(settings.MEDIA_ROOT), set(), []
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.FileField):
                fields.append(field)
                rows = models.QuerySet(model).exclude(**{field.name: ""}).exclude(**{f"{field.name}__isnull": True})
                named |= set(rows.values_list(field.name, flat=True))
    lost = sorted(name for name in named if not (media / name).is_file())
    if lost:
        yield Found("files", _("附件"), State.WRONG, _("账上有、盘上没有 %(n)s 个,如 %(name)s") % {"n": len(lost), "name": lost[0]},
                    _("从备份里把这些文件抄回 media"))  # fmt: skip
    else:
        yield Found("files", _("附件"), State.OK, _("账上的 %(n)s 个文件都在") % {"n": len(named)})
    tops = {str(f.upload_to).split("/")[0] for f in fields if isinstance(f.upload_to, str) and f.upload_to}
    before = clock.real_now().timestamp() - _limits()["orphan.age"] * 3600
    orphans = [
        path for top in sorted(tops) for path in (media / top).rglob("*")
        if path.is_file() and "thumb" not in path.as_posix() and path.stat().st_mtime < before
        and path.relative_to(media).as_posix() not in named
    ]  # fmt: skip
    if orphans:
        yield Found("orphans", _("没有账的文件"), State.SUSPICIOUS,
                    _("%(n)s 个,如 %(name)s") % {"n": len(orphans), "name": orphans[0].relative_to(media).as_posix()},
                    _("看过没有用就删去"))  # fmt: skip


def store(deep: bool) -> Iterator[Found]:
    """The readings' store opens, is whole, its days' files are there, and somebody has reported lately."""
    path, title = lines.store(), _("读数库")
    if not isinstance(path, Path):
        yield from _in_postgresql(path, title)
        return
    if not path.is_file():
        yield Found("store", title, State.OK, _("还没有读数"))
        return
    try:
        held = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
        try:
            whole = held.execute("PRAGMA integrity_check" if deep else "PRAGMA quick_check(1)").fetchone()[0]
            days = [row[0] for row in held.execute("SELECT file FROM telemetry_history")]
            frames = _frame_files(held)
            heard = held.execute("SELECT max(heard_ms) FROM telemetry_heard").fetchone()[0]
        finally:
            held.close()
    except sqlite3.Error as error:
        yield Found("store", title, State.WRONG, str(error), _("从备份里抄回 store.sqlite3"))
        return
    lost = [name for name in days + frames if not (path.with_suffix(".history") / name).is_file()]
    if whole != "ok" or lost:
        yield Found("store", title, State.WRONG, str(whole) if whole != "ok" else _("缺 %(n)s 个归档文件,如 %(name)s") % {"n": len(lost), "name": lost[0]},
                    _("从备份里抄回 store.sqlite3 和 store.history"))  # fmt: skip
        return
    yield Found("store", title, State.OK, _("完整,已归档 %(n)s 天") % {"n": len(days)})
    yield from _silent(heard)


def _frame_files(held: Any) -> list[str]:
    """Files of raw frames that the manifest names; none in a store that an earlier program made."""
    from qingxi.store.side import unmade  # the store's engines are heavy to import

    try:
        return [row[0] for row in held.execute("SELECT file FROM telemetry_frames").fetchall()]
    except Exception as error:
        if unmade(error):
            return []
        raise


def _in_postgresql(address: str, title: str) -> Iterator[Found]:
    """The same of readings in PostgreSQL, whose own keeper looks after the database."""
    import psycopg

    from qingxi.store import Readings, archive_folder, store_exists  # heavy to import

    try:
        if not store_exists(address):
            yield Found("store", title, State.OK, _("还没有读数"))
            return
        with Readings(address, "") as held:
            days = [row[0] for row in held.database.execute("SELECT file FROM telemetry_history")]
            frames = _frame_files(held.database)
            heard = held.database.execute("SELECT max(heard_ms) FROM telemetry_heard").fetchone()[0]
    except psycopg.Error as error:
        yield Found("store", title, State.WRONG, _("连不上读数的 PostgreSQL:%(why)s") % {"why": str(error).splitlines()[0] if str(error) else type(error).__name__},
                    _("看数据库是否开着、QINGXI_STORE 的地址对不对"))  # fmt: skip
        return
    folder = archive_folder(address)
    if lost := [name for name in days + frames if not (folder / name).is_file()]:
        yield Found("store", title, State.WRONG, _("缺 %(n)s 个归档文件,如 %(name)s") % {"n": len(lost), "name": lost[0]},
                    _("从备份里抄回 store.history"))  # fmt: skip
        return
    yield Found("store", title, State.OK, _("PostgreSQL,已归档 %(n)s 天") % {"n": len(days)})
    if name := backup.readings_elsewhere():
        yield Found("store_backup", _("读数的备份"), State.SUSPICIOUS, _("%(name)s 库不在清溪的备份里,历史文件在") % {"name": name},
                    _("由库的管理员每天用 pg_dump 备份它"))  # fmt: skip
    yield from _silent(heard)


def _silent(heard: int | None) -> Iterator[Found]:
    """Whether no device at all has reported lately; ``heard`` is when one did, ms."""
    if heard:
        quiet = clock.real_now() - datetime.fromtimestamp(heard / 1000, UTC)
        if quiet > timedelta(hours=_limits()["silent.readings"]):
            yield Found("silent", _("设备上传"), State.SUSPICIOUS, _("%(n)s 小时没有任何设备上传") % {"n": f"{quiet / timedelta(hours=1):.0f}"},
                        _("看 qingxi-receiver 是否开着、端口是否放行"))  # fmt: skip


def engine(deep: bool) -> Iterator[Found]:
    """Where a Spark cluster is to compute readings: what is needed for it is here, and it answers."""
    master, title = settings.QINGXI_ENGINE, _("算读数的集群")
    if master in ("", "duckdb"):
        return
    from qingxi.store.spark import lacking  # heavy to import

    remedies = {
        "address": _("写成 spark://主机:7077;用本机算就清空"),
        "pyspark": _("在本机 pip install 'qingxi[cluster]'"),
        "java": _("在本机装 Java 17(openjdk-17-jre-headless),或设 JAVA_HOME"),
        "master": _("看集群的 master 起了没有、端口放行没有;要先用本机算,把 engine 一项清空"),
    }
    said = {
        "address": _("%(master)s 不是集群的地址") % {"master": master},
        "pyspark": _("没有 PySpark"),
        "java": _("没有 Java"),
        "master": _("%(master)s 没有应答") % {"master": master},
    }
    if what := lacking(master):
        yield Found("engine", title, State.WRONG, said[what], remedies[what])
    else:
        yield Found("engine", title, State.OK, master)


CHECKS: tuple[Check, ...] = (books, migrations, trail, last_backup, files, store, engine)
