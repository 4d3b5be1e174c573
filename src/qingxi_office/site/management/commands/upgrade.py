"""Bring old books to this program, with a way back."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from qingxi_office.jobs import queries as jobs
from qingxi_office.site.keeping import archive, backup, upgrade
from qingxi_office.site.keeping.manifest import Damaged
from qingxi_office.site.keeping.restore import Refused


class Command(BaseCommand):
    help = "升级账本:先备份,再迁移,再体检;不成就退回原样。--back 退回上次升级以前"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--back", action="store_true", help="把账本退回上次升级以前(其后记的都不在了,先另备一份)"
        )
        parser.add_argument("--from", dest="taken", type=Path, default=None, help="退回到这一份备份")

    def handle(self, *args: Any, back: bool, taken: Path | None, **options: Any) -> None:
        try:
            if back:
                self._back(taken)
            else:
                self._forth()
        except (upgrade.NotUpgraded, backup.NoRoom, Damaged, Refused) as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"账本读不了:{str(error).strip().splitlines()[0]}") from error
        except OSError as error:
            raise CommandError(f"没有动账本:{error.filename or ''} {error.strerror or error}") from error

    def _forth(self) -> None:
        from qingxi_office.site.keeping import doctor

        done = upgrade.upgrade(connection, self.stdout.write)
        if not done.applied:
            self.stdout.write("账本已是本版,不用升级")
        elif done.backup is None:
            self.stdout.write(f"新账本建好了({len(done.applied)} 个迁移)")
        else:
            self.stdout.write(
                f"账本已升级:{len(done.applied)} 个迁移,{done.rows_before} 行 → {done.rows_after} 行,留痕完好。"
                f"要退回:qingxi office upgrade --back --from {done.backup}"
            )
        for words in done.shrunk:
            self.stdout.write(f"行数变少:{words}")
        for found in doctor.examine(deep=True):
            if found.state is not doctor.State.OK:
                self.stdout.write(found.line())

    def _back(self, taken: Path | None) -> None:
        target = taken or upgrade.latest()
        if target is None:
            raise CommandError("没有升级前的备份可退")
        if jobs.workers_there():
            raise CommandError(
                "办公室还开着,退回去它又会升级:先停下(systemctl stop qingxi-web qingxi-worker,或关掉 serve),过 15 秒再退"
            )
        with upgrade.alone(Path(settings.HOME)):
            self._back_alone(target)

    def _back_alone(self, target: Path) -> None:
        aside = backup.folder() / (upgrade.ASIDE + backup.name().removeprefix(backup.STEM) + archive.TAR)
        backup.take(aside, connection, why="before going back")
        manifest = upgrade.back(connection, target)
        later = upgrade.set_aside_later(manifest)
        self.stdout.write(
            f"账本已退回 {manifest.taken_at} 的样子({manifest.rows} 行,与备份逐表核对相符)。退回前的账本在 {aside}。"
            + (f"{later} 份更晚的备份不再用来核对留痕(清单改名 .set-aside)。" if later else "")
            + f"请装回清溪 {manifest.versions.get('qingxi')} 那一版再开办公室;用本版打开会再次升级"
        )
