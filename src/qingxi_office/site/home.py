"""An office's home directory: made once, then only read."""

import json
import os
import secrets
import sys
from pathlib import Path


def prepare(home: Path, **office: object) -> Path:
    """Make the home with its secret key; ``office`` values (practice_day, demo) are written to office.json.

    Values already in office.json stay unless named again. Call before Django starts.
    """
    home = home.resolve()
    for folder in ("media", "static"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    key = home / "secret.key"
    if not key.is_file():
        # The file is made readable by its owner only, from the first byte.
        with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(secrets.token_urlsafe(48))
    path = home / "office.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if office or not path.is_file():
        path.write_text(json.dumps({**known, **office}, ensure_ascii=False, indent=1), encoding="utf-8")
    return home


def has_books(home: Path) -> bool:
    """Whether an office was opened here before: books in the home, or a setting that says where they are."""
    if (home / "office.sqlite3").is_file() or os.environ.get("QINGXI_DATABASE"):
        return True
    path = home / "office.json"
    return path.is_file() and bool(json.loads(path.read_text(encoding="utf-8")).get("database"))


def start(home: Path, **office: object) -> None:
    """Prepare the home and start Django on it; the books stay as they are."""
    home = prepare(home, **office)
    os.environ["QINGXI_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingxi_office.site.settings")
    import django

    django.setup()


def open_office(home: Path, **office: object) -> None:
    """Start Django on the home with books that this program can use: new ones are made, old ones upgraded.

    Old books are backed up before they are changed and put back when the change fails. Raises UserError when
    the books are newer than the program, cannot be upgraded, or the database cannot be reached.
    """
    from qingxi.cli.command import UserError

    start(home, **office)
    from django.db import DatabaseError, connection

    from qingxi_office.site.keeping.backup import NoRoom
    from qingxi_office.site.keeping.upgrade import NotUpgraded, upgrade

    try:
        done = upgrade(connection, lambda words: print(words, file=sys.stderr))  # noqa: T201  the command's own voice
    except (NotUpgraded, NoRoom) as error:
        raise UserError(str(error)) from error
    except DatabaseError as error:
        raise UserError(f"账本打不开:{str(error).strip().splitlines()[0]}") from error
    if done.backup is not None:
        print(f"账本已升级({len(done.applied)} 个迁移)", file=sys.stderr)  # noqa: T201
