"""Draft the month's bulletin."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qingxi_office.bulletins.actions import draft
from qingxi_office.trail import clock
from qingxi_office.trail.actions import Office


class Command(BaseCommand):
    help = "起草本月通报(.docx);文号、签发人由公文系统给"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, default=None)

    def handle(self, *args: Any, as_of: date | None, **options: Any) -> None:
        try:
            row = draft(by=Office("命令行起草"), as_of=as_of or clock.today())
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{row.key}《{row.title}》 {row.file.path}")
