"""The room of problems: its guards in the database stand whenever no migration is running."""

from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


def _away(using: str, **_: Any) -> None:
    from qingxi_office.issues import guards

    guards.remove(connections[using])


def _back(using: str, **_: Any) -> None:
    from qingxi_office.issues import guards

    guards.install(connections[using])


class IssuesConfig(AppConfig):
    name = "qingxi_office.issues"
    label = "issues"

    def ready(self) -> None:
        pre_migrate.connect(_away, sender=self, dispatch_uid="issues.guards.away")
        post_migrate.connect(_back, sender=self, dispatch_uid="issues.guards.back")
