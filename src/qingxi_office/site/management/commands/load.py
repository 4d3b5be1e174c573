"""Take a county folder, and a plan, into the books."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.site.loading import load, load_plan
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "把县域数据夹(和规划成果)载入账本;再载一次不会重复"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--plan", type=Path, default=None, help="规划成果目录(plan.json、plan.gpkg)")

    def handle(self, *args: Any, folder: Path, plan: Path | None, **options: Any) -> None:
        by = Office("命令行载入")
        try:
            job = load(folder, by=by, tell=lambda what: self.stderr.write(f"… {what}"))
        except ValueError as error:
            raise CommandError(str(error)) from error
        for fault in job.faults.all()[:200]:
            where = fault.file + (f" 第 {fault.row} 行" if fault.row else "")
            self.stdout.write(
                f"[{'错误' if fault.severity == 'error' else '提醒'}] {where} {fault.field} {fault.rule}。{fault.remedy}"
            )
        self.stdout.write(f"已载入:{job.result['counts']};问题 {job.result['faults']} 条")
        if plan is not None:
            try:
                self.stdout.write(f"规划:{load_plan(plan, by=by)}")
            except ValueError as error:
                raise CommandError(str(error)) from error
