"""Publish the stations' pages and the rate."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.site.publishing import publish_rate, publish_stations
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "把设施页和治理率写入公开账"

    def handle(self, *args: Any, **options: Any) -> None:
        by = Office("命令行公开")
        try:
            self.stdout.write(f"设施页:新增或更新 {publish_stations(by=by, as_of=clock.today())} 页")
            rate = publish_rate(by=by, as_of=clock.today())
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{rate.title}:{rate.data['figures'][0]['text']}")
