"""Homes for the tests of keeping: an office of an earlier release, and the commands as people run them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import zstandard

BOOKS = Path(__file__).parent / "old_books"
CODE = "import sys; from qingxi.cli import main; sys.exit(main(sys.argv[1:]))"


def qingxi(*argv, **kwargs):
    """``qingxi office …`` in a process of its own; never a traceback."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("QINGXI_")} | kwargs.pop("env", {})
    done = subprocess.run(
        [sys.executable, "-c", CODE, "office", *map(str, argv)],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        **kwargs,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def old_home(home: Path, books: str = "first-office") -> Path:
    """A home with the books of an earlier release, a file, and a store of readings."""
    from qingxi.store import HotStore

    home.mkdir(parents=True)
    packed = (BOOKS / f"{books}.sqlite3.zst").read_bytes()
    (home / "office.sqlite3").write_bytes(zstandard.ZstdDecompressor().decompress(packed))
    (home / "office.json").write_text(json.dumps({"demo": True, "county": "天河坝县"}), encoding="utf-8")
    (home / "secret.key").write_text("k" * 64)
    (home / "secret.key").chmod(0o600)
    (home / "media" / "issues").mkdir(parents=True)
    (home / "media" / "issues" / "照片.jpg").write_bytes(bytes(range(256)) * 40)
    HotStore(home / "store.sqlite3").close()
    return home
