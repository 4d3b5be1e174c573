"""Put every rule to every facility."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand

from qingxi_office.findings.actions import examine_all
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "按全部规则检查各设施,写入待确认的发现"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, default=None)

    def handle(self, *args: Any, as_of: date | None, **options: Any) -> None:
        done = examine_all(by=Office("命令行检查"), as_of=as_of or clock.today())
        self.stdout.write(
            f"检查设施 {done.facilities} 座,发现 {done.findings} 条(新 {done.new}),查不清 {done.undecided} 条"
        )
