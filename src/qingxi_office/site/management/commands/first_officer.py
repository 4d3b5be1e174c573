"""The first county officer of an empty office."""

import getpass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from qingxi_office.site.first_run import FirstRun, open_county


class Command(BaseCommand):
    help = "空的县:建县和第一位县主管;已有人能登录时拒绝"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--county", required=True, help="县名")
        parser.add_argument("--code", required=True, help="县的 6 位区划代码")
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True, help="姓名")
        parser.add_argument("--password", default=None, help="不写则提示输入")

    def handle(self, *args: Any, password: str | None, **options: Any) -> None:
        said = FirstRun(
            county_name=options["county"], county_code=options["code"], username=options["username"], name=options["name"],
            password=password or getpass.getpass("密码:"),
        )  # fmt: skip
        try:
            person = open_county(said)
        except (ValueError, ValidationError) as error:
            raise CommandError("；".join(getattr(error, "messages", [str(error)]))) from error
        self.stdout.write(f"已建:{person.scope}的{person.name}({person.username})")
