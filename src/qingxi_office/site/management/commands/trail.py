"""Prove the chain of the trail, or say its head."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qingxi_office.site.pages import heads
from qingxi_office.trail import queries


class Command(BaseCommand):
    help = "留痕:check 逐行重算哈希,并核对通报和备份清单里记下的链头;head 给出行数和链头"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("do", nargs="?", choices=["check", "head"], default="check")
        parser.add_argument(
            "--against", nargs="+", default=[], metavar="HEAD",
            help="另外核对:链头、行数:链头、备份清单(.json),或放清单的目录",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        if options["do"] == "head":
            self.stdout.write(f"{queries.count()}:{queries.head()}")
            return
        try:
            known = heads.known(options["against"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        report = queries.verify(*known)
        for row, why in report.faults:
            self.stdout.write(f"第 {row} 行:{why}")
        if not report.sound:
            self.stderr.write(f"留痕链有 {len(report.faults)} 处不符")
            raise SystemExit(1)
        self.stdout.write(f"留痕链完好:{report.rows} 行,核对了 {len(known)} 个已知链头,链头 {report.head}")
