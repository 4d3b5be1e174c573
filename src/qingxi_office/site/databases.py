"""Which database holds the books: SQLite in the home, or PostgreSQL when one setting names it. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

_SCHEMES = ("postgresql", "postgres")
FORM = "postgresql://用户:密码@主机:5432/库名,或 postgresql:///库名?host=/var/run/postgresql"


class BadAddress(ValueError):
    """The address of the database cannot be used; the sentence says what it must look like."""


WAIT_S = 120.0
"""How long a command or a round waits for its turn to write. Pages wait ``PAGE_WAIT_S``: a person is waiting too."""
PAGE_WAIT_S = 20.0


def sqlite(file: Path, wait_s: float = WAIT_S) -> dict[str, Any]:
    """Django's settings of the books in a file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "CONN_MAX_AGE": 600,  # seconds; opening anew for every page costs more than many a page
        "OPTIONS": {
            # Writers queue at the start of their transaction instead of failing in its middle.
            "transaction_mode": "IMMEDIATE",
            "timeout": wait_s,
            "init_command": (
                "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-32000;"
                "PRAGMA temp_store=MEMORY;PRAGMA mmap_size=134217728;"
            ),
        },
    }


def postgresql(address: str, wait_s: float = WAIT_S) -> dict[str, Any]:
    """Django's settings of the books in PostgreSQL.

    Parameters
    ----------
    address : str
        ``postgresql://user:password@host:port/name``; what libpq takes besides (``host`` of a socket, ``sslmode``)
        follows as ``?name=value&…``. Parts are percent-encoded.
    wait_s : float
        Seconds after which a writer who waits for their turn gives up, unless the address says another ``lock_timeout``.

    Raises
    ------
    BadAddress
        When it is no such address.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"数据库地址“{_hidden(address)}”不对:应为 {FORM}") from error
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in _SCHEMES or not name or "/" in name:
        raise BadAddress(f"数据库地址“{_hidden(address)}”不对:应为 {FORM}")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "") or unquote(parts.hostname or "")
    if "lock_timeout" not in options.get("options", ""):
        options["options"] = f"{options.get('options', '')} -c lock_timeout={round(wait_s * 1000)}".strip()
    return {
        "ENGINE": "qingxi_office.site.engine.postgresql",  # one writer at a time
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or options.pop("port", "") or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": 600,  # seconds; a thread of the server keeps its connection
        "CONN_HEALTH_CHECKS": True,
    }


def chosen(address: str | None, file: Path, wait_s: float = WAIT_S) -> dict[str, Any]:
    """The books' settings: the address when there is one, else the home's file."""
    return postgresql(address, wait_s) if address else sqlite(file, wait_s)


def store(address: str, file: Path) -> Path | str:
    """Where devices' readings lie: the address when there is one, else the home's file, which backups know.

    Raises
    ------
    BadAddress
        When it is neither the address of a database nor that file.
    """
    if not address or Path(address) == file:
        return file
    postgresql(address)
    return address


def _hidden(address: str) -> str:
    """The address without its password, for words that people read."""
    head, at, tail = address.rpartition("@")
    scheme, sep, login = head.partition("://")
    return f"{scheme}{sep}{login.partition(':')[0]}:***{at}{tail}" if at else address
