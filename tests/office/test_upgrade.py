"""Books of earlier releases come to this one with nothing lost, and can go back."""

import json
import sqlite3

import pytest
from keeping_homes import BOOKS, old_home, qingxi

RELEASES = sorted(path.name.removesuffix(".sqlite3.zst") for path in BOOKS.glob("*.sqlite3.zst"))


def rows(home):
    """Every table's rows, without what Django derives from its models."""
    with sqlite3.connect(home / "office.sqlite3") as books:
        names = [
            n
            for (n,) in books.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            )
        ]
        return {n: books.execute(f"SELECT count(*) FROM {n}").fetchone()[0] for n in names}


def plain(value):
    """A value; JSON without the order of its keys, which carries no meaning (PostgreSQL does not keep it either)."""
    if isinstance(value, str) and value[:1] + value[-1:] in ("{}", "[]"):
        return json.dumps(json.loads(value), sort_keys=True, ensure_ascii=False)
    return value


def whole(home):
    """All that stands in the books, table by table."""
    with sqlite3.connect(home / "office.sqlite3") as books:
        return {
            n: sorted(repr([*map(plain, row)]) for row in books.execute(f"SELECT * FROM {n}")) for n in rows(home)
        }


@pytest.mark.parametrize("books", RELEASES)
def test_forth_and_back(tmp_path, books):
    home = old_home(tmp_path / "office", books)
    before, said = rows(home), whole(home)
    assert before["villages_householdrecord"] == 121
    done = qingxi("upgrade", "--home", home)
    assert done.returncode == 0, done.stderr
    assert "留痕完好" in done.stdout
    after = rows(home)
    lost = {name: (n, after.get(name)) for name, n in before.items() if after.get(name, 0) < n}
    assert lost == {}
    assert after["trail_entry"] == before["trail_entry"]
    assert "不用升级" in qingxi("upgrade", "--home", home).stdout

    # Not while somebody works: the running office would upgrade the books again.
    with sqlite3.connect(home / "office.sqlite3") as open_books:
        open_books.execute("INSERT INTO jobs_workerbeat (name, beat_at) VALUES ('w', datetime('now', '+1 minute'))")
    refused = qingxi("upgrade", "--back", "--home", home)
    assert refused.returncode == 2
    assert "先停下" in refused.stderr
    with sqlite3.connect(home / "office.sqlite3") as open_books:
        open_books.execute("DELETE FROM jobs_workerbeat")

    # A deed of the new program, then back: the deed is gone, everything else is as it was.
    assert qingxi("figures", "--home", home).returncode == 0
    back = qingxi("upgrade", "--back", "--home", home)
    assert back.returncode == 0, back.stderr
    assert whole(home) == said
    # What opens the office upgrades it again, after a backup of its own.
    checked = qingxi("trail", "check", "--home", home)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "升级前先备份" in checked.stderr
    assert rows(home)["trail_entry"] == before["trail_entry"]


def test_a_migration_that_fails_leaves_the_books_as_they_were(tmp_path):
    """A table of the new release's name stands in the way: the migration that makes it must fail."""
    home = old_home(tmp_path / "office")
    said = whole(home)
    with sqlite3.connect(home / "office.sqlite3") as books:
        books.execute("CREATE TABLE plans_planoverride (x)")
    done = qingxi("upgrade", "--home", home)
    assert done.returncode == 2
    assert "已退回原样" in done.stderr
    assert whole(home) == said
    assert not (home / ".way-back").exists()


def test_books_of_a_newer_program_are_not_touched(tmp_path):
    home = old_home(tmp_path / "office")
    with sqlite3.connect(home / "office.sqlite3") as books:
        books.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('villages', '0999_later', '2027-01-01')"
        )
    before = whole(home)
    for command in ("upgrade", "figures"):
        done = qingxi(command, "--home", home)
        assert done.returncode == 2
        assert "账本比程序新" in done.stderr
    assert whole(home) == before


def test_an_older_backup_is_restored_as_it_is_when_that_is_meant(tmp_path):
    home = old_home(tmp_path / "office")
    assert qingxi("backup", "--home", home, "--to", tmp_path / "b").returncode == 0
    archive = next((tmp_path / "b").glob("*.tar.zst"))
    refused = qingxi("restore", archive, "--home", tmp_path / "new")
    assert refused.returncode == 2
    assert "--older" in refused.stderr
    done = qingxi("restore", archive, "--home", tmp_path / "new", "--older", "--verify")
    assert done.returncode == 0, done.stdout + done.stderr
    assert whole(tmp_path / "new") == whole(home)  # equal books are upgraded as above
