"""Be the office's worker: do long work that was asked for on a page."""

from typing import Any

from django.core.management.base import BaseCommand

from qingxi_office.site.working import keep_working, work


class Command(BaseCommand):
    help = "做页面上交办的长任务(编制规划等);`qingxi serve` 会自己带一个"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--until-idle", action="store_true", help="排队的都做完就结束")
        parser.add_argument("--with-parent", type=int, default=None, help="这个进程不再是父进程时结束")

        parser.add_argument("--keep", action="store_true", help="工人被杀掉就再来一个(要有 --with-parent)")

    def handle(self, *args: Any, until_idle: bool, with_parent: int | None, keep: bool, **options: Any) -> None:
        if keep and with_parent is not None:
            keep_working(with_parent)
            return
        done = work(until_idle=until_idle, with_parent=with_parent, tell=lambda words: self.stderr.write(words))
        if until_idle:
            self.stdout.write(f"做完 {done} 件任务")
