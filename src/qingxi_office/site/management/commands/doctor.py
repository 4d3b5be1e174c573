"""Examine the office itself."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from qingxi_office.site.keeping import doctor


class Command(BaseCommand):
    help = "体检:账本、版本、磁盘、时钟、工人、备份、留痕、附件、密钥、TLS、证书…每项正常/可疑/不对,并说怎么办"
    requires_system_checks: list[str] = []  # a sick office must be examined too

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--quick", action="store_true", help="不逐行重算留痕链,不通读账本")
        parser.add_argument("--record", action="store_true", help="把结果记下来,给页面看(每夜一次)")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, quick: bool, record: bool, **options: Any) -> None:
        found = doctor.examine(deep=not quick)
        if record:
            doctor.record(found)
        counts = {state: sum(one.state is state for one in found) for state in doctor.State}
        if options["json"]:
            self.stdout.write(
                json.dumps({"counts": counts, "found": [asdict(one) for one in found]}, ensure_ascii=False)
            )
        else:
            for one in found:
                self.stdout.write(one.line())
            self.stdout.write(
                f"{len(found)} 项:{counts[doctor.State.WRONG]} 项不对,{counts[doctor.State.SUSPICIOUS]} 项可疑"
            )
        if counts[doctor.State.WRONG]:
            raise SystemExit(1)
