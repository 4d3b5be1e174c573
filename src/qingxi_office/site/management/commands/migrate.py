"""Django's own ``migrate``, in half its time (``site.keeping.migrating``)."""

from typing import Any

from django.core.management.commands import migrate

from qingxi_office.site.keeping.migrating import lean


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> Any:
        with lean():
            return super().handle(*args, **options)
