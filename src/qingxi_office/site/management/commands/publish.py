"""Publish all that the books hold: stations, rate, villages with the map, plans, the disclosure list."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.site.owing import publish_list
from qingxi_office.site.publishing import publish_rate, publish_stations
from qingxi_office.site.publishing_door import publish_plans, publish_villages
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "把设施页、村页、地图、规划、治理率和公开目录写入公开账"

    def handle(self, *args: Any, **options: Any) -> None:
        by, today = Office("命令行公开"), clock.today()
        try:
            self.stdout.write(f"设施页:新增或更新 {publish_stations(by=by, as_of=today)} 页")
            rate = publish_rate(by=by, as_of=today)
            self.stdout.write(f"村页和地图:新增或更新 {publish_villages(by=by, as_of=today)} 页")
            self.stdout.write(f"规划:新增或更新 {publish_plans(by=by, as_of=today)} 版")
            publish_list(by=by, as_of=today)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{rate.title}:{rate.data['figures'][0]['text']}")
