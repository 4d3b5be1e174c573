"""Write the static door."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.public.plain import NotOurs
from qingxi_office.site.static_door import folder, write_door


class Command(BaseCommand):
    help = "把公开的内容写成静态页"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("folder", nargs="?", help="写到哪个目录;不写就是家目录下的 static-door")

    def handle(self, *args: Any, **options: Any) -> None:
        into = Path(options["folder"]) if options["folder"] else folder()
        try:
            done = write_door(into)
        except (NotOurs, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{into}:写了 {len(done.changed)} 个,没变 {done.same} 个,去掉 {len(done.gone)} 个;打开 index.html 就能看"
        )
