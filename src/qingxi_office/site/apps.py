"""The office as a Django app: what happens around migrations."""

from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate, pre_migrate


class SiteConfig(AppConfig):
    name = "qingxi_office.site"
    label = "site"
    verbose_name = "办公室"

    def ready(self) -> None:
        from qingxi_office.site.keeping import geometry

        # Once a run, not once an app; Django names only apps with models as senders.
        once = apps.get_app_config("trail")
        pre_migrate.connect(_sorts_by_bytes, sender=once)
        post_migrate.connect(geometry.after_migrate, sender=once)


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
