"""Put the systems of the plan in force into years within the money."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.site.programming import make
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "按资金把规划的系统排进年度,找出与其他部门工程同街的"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--years", type=int, default=4, help="从明年起几年(默认 4)")

    def handle(self, *args: Any, years: int, **options: Any) -> None:
        first = clock.today().year + 1
        try:
            made = make(by=Office("命令行排计划"), years=tuple(range(first, first + years)))
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{made.lots} 个批次,{made.spent_fen / 1e6:,.2f} 万元;同街 {made.clashes} 处;排不下 {made.waiting} 个"
        )
