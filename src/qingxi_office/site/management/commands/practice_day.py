"""Freeze the office's clock on a day for training, or let it go again."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from qingxi_office.site.home import prepare


class Command(BaseCommand):
    help = "演练日期:把办公室的日子停在某一天(每页都会写明),或写 off 恢复"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("day", help="2026-11-22,或 off")

    def handle(self, *args: Any, day: str, **options: Any) -> None:
        try:
            frozen = None if day == "off" else date.fromisoformat(day).isoformat()
        except ValueError as error:
            raise CommandError(f"{day} 不是日期,应写成 2026-11-22 或 off") from error
        prepare(settings.HOME, practice_day=frozen)
        self.stdout.write(f"演练日期:{frozen or '无,按今天'};重开服务后生效")
