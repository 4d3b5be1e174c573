"""Run one of the office's rounds now, or say how they stand."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.rounds.queries import last_runs
from qingxi_office.site.rounds import ROUNDS, run_by_hand
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "现在就跑一个定时任务;不写名字就列出全部"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("name", nargs="?", default="")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        if not name:
            last = last_runs()
            for key, law in ROUNDS.items():
                run = last.get(key)
                told = f"{run.started_at:%Y-%m-%d %H:%M} {run.get_state_display()}" if run else "还没有跑过"
                self.stdout.write(f"{key:12}{law.when.every.value:10}{law.word}  ({told})")
            return
        if name not in ROUNDS:
            raise CommandError(f"没有这个定时任务:{name};有的是 {'、'.join(ROUNDS)}")
        run = run_by_hand(name, by=Office("命令行"))
        self.stdout.write("\n".join(run.said) or "没有要说的")
        if run.state == "failed":
            raise CommandError("没有跑完")
