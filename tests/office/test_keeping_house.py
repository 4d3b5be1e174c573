"""A backup of an office and back again, into SQLite and PostgreSQL; and what must be refused, in words."""

import json
import os
import resource
import shutil
import sqlite3
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from keeping_homes import old_home, qingxi

import postgres
from qingxi_office.site.keeping import retention


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The demo county of an earlier release, brought to this one."""
    home = old_home(tmp_path_factory.mktemp("keeping") / "office")
    done = qingxi("upgrade", "--home", home)
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def backup(home):
    """A backup of it; gives the archive."""
    to = home.parent / "elsewhere"
    done = qingxi("backup", "--home", home, "--to", to, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["files"] == 4  # office.json, secret.key, the photo, the store
    return next(to.glob("qingxi-*.tar.zst"))


@pytest.fixture(scope="module")
def server():
    why = postgres.missing()
    if why:
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    cluster = postgres.Cluster()
    yield cluster
    cluster.stop()


def manifest(archive):
    return json.loads(archive.with_name(archive.name.replace(".tar.zst", ".manifest.json")).read_text())


def test_a_backup_says_what_is_in_it(home, backup):
    said = manifest(backup)
    with sqlite3.connect(home / "office.sqlite3") as books:
        count, head = books.execute("SELECT count(*), (SELECT hash FROM trail_entry ORDER BY id DESC LIMIT 1) FROM trail_entry").fetchone()  # fmt: skip
        villages = books.execute("SELECT count(*) FROM villages_householdrecord").fetchone()[0]
    assert said["trail"] == {"count": count, "head": head}
    assert said["tables"]["villages_householdrecord"]["rows"] == villages == 121
    assert "django_session" not in said["tables"]
    assert said["changed"] == said["left_out"] == []
    assert backup.stat().st_mode & 0o077 == 0
    # The office knows of a backup that lies elsewhere, and its checker finds the head in it.
    assert (home / "backups" / backup.name.replace(".tar.zst", ".manifest.json")).is_file()
    checked = qingxi("trail", "check", "--home", home)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_the_same_hashes_in_sqlite_and_in_postgresql_and_back(home, backup, server, tmp_path):
    """SQLite → backup → PostgreSQL → backup → SQLite → backup: three manifests with equal hashes of every table."""
    server.sql("postgres", "CREATE DATABASE county")
    to_postgres = qingxi(
        "restore", backup, "--home", tmp_path / "p", "--database", server.address("county"), "--verify"
    )
    assert to_postgres.returncode == 0, to_postgres.stdout + to_postgres.stderr
    assert "全部相符" in to_postgres.stdout
    assert not (tmp_path / "p" / "office.sqlite3").exists()
    # QGIS's view of it, by the database's own words.
    seen = server.sql(
        "county", "SELECT count(*) FROM places_place WHERE geom IS NOT NULL AND ST_AsText(geom) LIKE '%(%'"
    )
    assert int(seen) > 0

    again = qingxi("backup", "--home", tmp_path / "p", "--to", tmp_path / "b")
    assert again.returncode == 0, again.stderr
    second = next((tmp_path / "b").glob("*.tar.zst"))
    to_sqlite = qingxi("restore", second, "--home", tmp_path / "s", "--verify")
    assert to_sqlite.returncode == 0, to_sqlite.stdout + to_sqlite.stderr
    third = qingxi("backup", "--home", tmp_path / "s", "--to", tmp_path / "c", "--folder")
    assert third.returncode == 0, third.stderr
    last = json.loads(next((tmp_path / "c").glob("qingxi-*/manifest.json")).read_text())
    assert manifest(backup)["tables"] == manifest(second)["tables"] == last["tables"]
    assert manifest(backup)["trail"] == manifest(second)["trail"] == last["trail"]
    assert manifest(backup)["sequences"] == manifest(second)["sequences"] == last["sequences"]
    photo = "media/issues/照片.jpg"
    assert (tmp_path / "s" / photo).read_bytes() == (home / photo).read_bytes()
    assert (tmp_path / "s" / "store.sqlite3").is_file()

    full = qingxi("restore", backup, "--home", tmp_path / "q", "--database", server.address("county"))
    assert full.returncode == 2
    assert "已有" in full.stderr
    assert not (tmp_path / "q").exists()


def test_what_is_not_whole_is_refused(backup, tmp_path):
    body = bytearray(backup.read_bytes())
    body[len(body) // 2] ^= 0xFF
    (tmp_path / "bent.tar.zst").write_bytes(body)
    (tmp_path / "cut.tar.zst").write_bytes(backup.read_bytes()[:-2000])
    (tmp_path / "not.tar.zst").write_bytes(b"no archive at all")
    for name in ("bent", "cut", "not", "nothing"):
        done = qingxi("restore", tmp_path / f"{name}.tar.zst", "--home", tmp_path / "home")
        assert done.returncode == 2, (name, done.stdout)
        assert "qingxi:" in done.stderr
        assert not (tmp_path / "home").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["bent.tar.zst", "cut.tar.zst", "not.tar.zst"]


@pytest.fixture
def folder(home, tmp_path):
    """A backup as a folder, which a test may change."""
    assert qingxi("backup", "--home", home, "--to", tmp_path / "f", "--folder").returncode == 0
    return next((tmp_path / "f").glob("qingxi-*"))


def _change(folder, **values):
    path = folder / "manifest.json"
    said = json.loads(path.read_text())
    said.update({k: v(said[k]) for k, v in values.items()})
    path.write_text(json.dumps(said))


def test_a_newer_an_unknown_and_a_forged_one_are_refused(folder, tmp_path):
    for n, (change, words) in enumerate(
        [
            ({"migrations": lambda old: [*old, ["villages", "0999_later"]]}, "更新的版本"),
            ({"format": lambda old: 7}, "格式"),
        ]
    ):
        copy = tmp_path / f"copy{n}"
        shutil.copytree(folder, copy)
        _change(copy, **change)
        done = qingxi("restore", copy, "--home", tmp_path / "home")
        assert done.returncode == 2
        assert words in done.stderr
    table = folder / "tables" / "people_user.jsonl"
    table.write_text(table.read_text().replace("chenjing", "zhangsan"))
    done = qingxi("restore", folder, "--home", tmp_path / "home")
    assert done.returncode == 2
    assert "people_user" in done.stderr
    assert not (tmp_path / "home").exists()


def test_only_into_an_empty_place(backup, tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "keep.txt").write_text("mine")
    done = qingxi("restore", backup, "--home", tmp_path / "home")
    assert done.returncode == 2
    assert "不是空的" in done.stderr
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["keep.txt"]


def test_a_disk_that_fills_up_leaves_nothing_behind(home, tmp_path):
    """No file may grow beyond 20 kB: the operating system refuses as a full disk does, in the middle of writing."""
    small = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))}
    done = qingxi("backup", "--home", home, "--to", tmp_path / "b", **small)
    assert done.returncode == 2, done.stdout
    assert "没有备成" in done.stderr
    assert list((tmp_path / "b").iterdir()) == []


def test_mistakes_are_sentences(home, tmp_path):
    for argv in (
        ("backup", "--home", tmp_path / "nowhere"),
        ("backup", "--home", home, "--keep", "many"),
        ("restore", tmp_path / "x", "--home", tmp_path / "y", "--database", "mysql://a/b"),
    ):
        done = qingxi(*argv)
        assert done.returncode == 2, argv
        assert done.stderr.strip()


def test_retention_by_hand():
    """Two days, two weeks, one month, from 22 November 2026 (a Sunday, week 47)."""
    names = [
        f"qingxi-{day}-010000.tar.zst"
        for day in ("20261122", "20261121", "20261120", "20261115", "20261108", "20261031")
    ]
    names += ["qingxi-20261122-230000.tar.zst", "notes.txt"]
    assert retention.stays(names, 2, 2, 1) == {
        "notes.txt",
        "qingxi-20261122-230000.tar.zst",  # newest of the 22nd, of week 47, of November
        "qingxi-20261121-010000.tar.zst",  # newest of the second day
        "qingxi-20261115-010000.tar.zst",  # newest of week 46
    }


_TIMES = st.datetimes(datetime(2024, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001  names carry the machine's own time


@given(st.lists(_TIMES, min_size=1, max_size=40), st.integers(0, 9), st.integers(0, 9), st.integers(0, 9))
def test_retention_keeps_the_newest_and_not_too_many(times, days, weeks, months):
    names = {f"qingxi-{at:%Y%m%d-%H%M%S}.tar.zst" for at in times}
    kept = retention.stays(names, days, weeks, months)
    assert max(names) in kept
    assert kept <= names
    assert len(kept) <= max(1, days + weeks + months)
    assert retention.stays(kept, days, weeks, months) == kept
