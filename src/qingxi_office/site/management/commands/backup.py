"""Back everything up: books, files, readings, settings."""

import json
import sqlite3
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from qingxi_office.site.keeping import archive, backup, retention


class Command(BaseCommand):
    help = "备份账本、文件、读数和设置;办公室开着也能备,备到一半断电不留残件"

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--to", type=Path, default=None, help="备到哪个目录(默认 家目录/backups;最好是另一块盘)"
        )
        parser.add_argument("--folder", action="store_true", help="写成目录,不打包")
        parser.add_argument(
            "--keep",
            nargs="?",
            default=None,
            const="",
            help="天,周,月 各留几份,例如 7,4,12(不写数:按默认表);其余旧备份删去",
        )
        parser.add_argument("--json", action="store_true", help="输出清单的要点")

    def handle(self, *args: Any, to: Path | None, folder: bool, keep: str | None, **options: Any) -> None:
        try:
            plan = None if keep is None else retention.parse(keep) if keep else retention.usual()
        except ValueError as error:
            raise CommandError(str(error)) from error
        where = (to or backup.folder()).resolve()
        target = where / (backup.name() + ("" if folder else archive.TAR))
        if target.exists():
            raise CommandError(f"{target} 已经有了:等一秒再备")
        try:
            manifest = backup.take(target, connection)
            gone = retention.thin_out(where, plan) if plan else []
        except backup.NoRoom as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(
                f"没有备成,什么也没留下:{where}:{error.strerror or error}。请腾出地方或换一块盘"
            ) from error
        except (DatabaseError, sqlite3.Error) as error:
            raise CommandError(
                f"没有备成,什么也没留下:账本读不了,或盘写满了:{str(error).strip().splitlines()[0]}"
            ) from error
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "backup": str(target), "tables": len(manifest.tables), "rows": manifest.rows,
                        "files": len(manifest.files), "bytes": manifest.bytes, "trail": manifest.trail,
                        "changed": manifest.changed, "removed": gone,
                    },
                    ensure_ascii=False,
                )
            )  # fmt: skip
        else:
            self.stdout.write(
                f"已备份到 {target}:{len(manifest.tables)} 张表 {manifest.rows} 行,{len(manifest.files)} 个文件 "
                f"{manifest.bytes / 1e6:.1f} MB,留痕 {manifest.trail.get('count', 0)} 行"
            )
            for old in gone:
                self.stdout.write(f"删去旧备份 {old}")
        for table in manifest.left_out:
            self.stderr.write(f"没有备:库里有一张不是办公室的表 {table}")
        for outside in backup.outside():
            self.stderr.write(f"没有备:县域数据夹在家目录之外,请另行备份 {outside}")
        if name := backup.readings_elsewhere():
            self.stderr.write(f"没有备:最近两天的读数在 PostgreSQL 的 {name} 库里,请由库的管理员用 pg_dump 另备")
        if manifest.changed:
            self.stderr.write(f"备份时有 {len(manifest.changed)} 个文件正在变(如 {manifest.changed[0]}):请再备一次")
            raise SystemExit(1)
