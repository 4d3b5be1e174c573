"""Check that every figure walks back to its records and is given by them again."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.site.walk_check import check


class Command(BaseCommand):
    help = "核对溯源:每个数的出处都在、按名单重算还是它、没有悄悄改过的;列出不对的"

    def handle(self, *args: Any, **options: Any) -> None:
        report = check()
        n = report.looked
        self.stdout.write(
            f"看了指标 {n['figure']} 个（其中 {n['again']} 个按现在的账重算）、调度快照 {n['callover']} 份、通报 {n['bulletin']} 份（印出的数 {n['printed']} 处）、"
            f"公布 {n['publication']} 份，出处 {n['reference']} 条"
        )
        for said in report.faults:
            self.stdout.write(f"不对  {said}")
        if not report.sound:
            raise CommandError(f"有 {len(report.faults)} 处不对")
        self.stdout.write("每个数都走得回去，重算都对得上。")
