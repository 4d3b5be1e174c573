"""An office's home directory: made once, then only read."""

import json
import os
import secrets
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


def open_office(home: Path, **office: object) -> None:
    """Prepare the home and start Django on it, with every migration applied."""
    home = prepare(home, **office)
    os.environ["QINGXI_HOME"] = str(home)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qingxi_office.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
