"""Prove the chain of the trail."""

from typing import Any

from django.core.management.base import BaseCommand

from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.trail.queries import verify


class Command(BaseCommand):
    help = "核对留痕链:逐行重算哈希,并核对通报里记下的链头"

    def handle(self, *args: Any, **options: Any) -> None:
        heads = BulletinRecord.objects.exclude(trail_head="").values_list("trail_head", flat=True)
        report = verify(*heads)
        for row, why in report.faults:
            self.stdout.write(f"第 {row} 行:{why}")
        if not report.sound:
            self.stderr.write(f"留痕链有 {len(report.faults)} 处不符")
            raise SystemExit(1)
        self.stdout.write(f"留痕链完好:{report.rows} 行,链头 {report.head}")
