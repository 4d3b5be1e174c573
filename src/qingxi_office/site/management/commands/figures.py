"""Compute the county's figures by every definition."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.indicators.actions import compute
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "按各口径计算治理率并入账"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, default=None)

    def handle(self, *args: Any, as_of: date | None, **options: Any) -> None:
        try:
            figures = compute(by=Office("命令行计算"), as_of=as_of or clock.today())
        except ValueError as error:
            raise CommandError(str(error)) from error
        for figure in figures:
            self.stdout.write(f"{figure.name}:{figure.text}({figure.numerator}/{figure.denominator})")
