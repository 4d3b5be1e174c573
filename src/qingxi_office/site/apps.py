"""The office as a Django app: what happens around migrations."""

import os
from typing import Any

from django.apps import AppConfig, apps
from django.core.signals import request_started
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate


class SiteConfig(AppConfig):
    name = "qingxi_office.site"
    label = "site"
    verbose_name = "办公室"

    def ready(self) -> None:
        from qingxi_office.intake.actions import unsolved
        from qingxi_office.issues.reopening import reopen
        from qingxi_office.site.keeping import geometry

        if reopen not in unsolved:
            unsolved.append(reopen)

        # Once a run, not once an app; Django names only apps with models as senders.
        once = apps.get_app_config("trail")
        pre_migrate.connect(_sorts_by_bytes, sender=once)
        post_migrate.connect(geometry.after_migrate, sender=once)
        connection_created.connect(_note_file)
        request_started.connect(_same_file)


_FILE = "_qingxi_file"


def _which(connection: Any) -> tuple[int, int] | None:
    try:
        found = os.stat(connection.settings_dict["NAME"])
    except (OSError, TypeError):
        return None
    return found.st_dev, found.st_ino


def _note_file(connection: Any, **_: Any) -> None:
    """Which file these books were opened from."""
    if connection.vendor == "sqlite":
        setattr(connection, _FILE, _which(connection))


def _same_file(**_: Any) -> None:
    """A thread keeps its connection from page to page; books that were put in the place of others are opened anew."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        kept = connection.vendor == "sqlite" and connection.connection is not None
        if kept and not connection.in_atomic_block and getattr(connection, _FILE, None) != _which(connection):
            connection.close()


def _sorts_by_bytes(sender: Any, using: str = "default", **_: Any) -> None:
    """Refuse a PostgreSQL that sorts by a language: a subtree of places is a range of text (``places.queries.under``)."""
    from django.core.management import CommandError
    from django.db import connections

    connection = connections[using]
    if connection.vendor == "postgresql" and (sort := collation(connection)) not in BY_BYTES:
        raise CommandError(
            f"这个库按 {sort} 排序,辖区范围会算错。请用 createdb -T template0 -E UTF8 --locale=C.UTF-8 新建一个库"
        )


BY_BYTES = frozenset({"C", "POSIX", "C.UTF-8", "C.utf8", "ucs_basic"})


def collation(connection: Any) -> str:
    """How this PostgreSQL database sorts text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT datcollate FROM pg_database WHERE datname = current_database()")
        return str(cursor.fetchone()[0])
