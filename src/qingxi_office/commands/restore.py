"""``qingxi office restore``: a backup into an empty place. Django is started on the half-made home, not before."""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from qingxi.cli.command import NEGATIVE, OK, UserError


def run(rest: list[str]) -> int:
    """Restore; exit code 0 when all is as the manifest says, 1 when something differs."""
    parser = ArgumentParser("qingxi office restore", description="把备份还原到空的家目录(和空的库),并与清单核对")
    parser.add_argument("backup", type=Path, help="备份:.tar.zst 或目录")
    parser.add_argument("--home", type=Path, required=True, help="还原到哪里;必须还没有,或是空的")
    parser.add_argument("--database", default=None, help="还原到这个 PostgreSQL 空库(postgresql://…);不给:SQLite")
    parser.add_argument(
        "--verify", action="store_true", help="还原后把每张表重新转储,按哈希与清单核对,并重算留痕链"
    )
    parser.add_argument("--older", action="store_true", help="备份来自更旧的版本也照原样还原")
    args = parser.parse_args(rest)
    surroundings = os.environ.get("QINGXI_DATABASE")
    from qingxi_office.site.databases import BadAddress, postgresql
    from qingxi_office.site.keeping.manifest import Damaged
    from qingxi_office.site.keeping.restore import Refused, check_home, restore

    try:
        check_home(args.home.resolve())
        if args.database:
            postgresql(args.database)
        done = restore(
            args.backup, args.home, database=args.database, verify=args.verify, older=args.older, start=_start
        )
    except (Damaged, Refused, BadAddress) as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(
            f"没有还原,什么也没留下:{error.filename or args.home}:{error.strerror or error}。请腾出地方或换一块盘"
        ) from error
    except Exception as error:
        raise _told(error) from error
    for words in done.differences:
        print(f"不符:{words}", file=sys.stderr)
    said = done.manifest
    how = "逐表按哈希核对" if done.verified else "按行数核对"
    where = "PostgreSQL" if args.database else "SQLite"
    print(
        f"已还原到 {args.home}({where}):{len(said.tables)} 张表 {said.rows} 行,{len(said.files)} 个文件;{how},"
        + (f"{len(done.differences)} 处不符" if done.differences else "全部相符")
    )
    if surroundings:
        print("注意:环境变量 QINGXI_DATABASE 会盖过还原后的设置", file=sys.stderr)
    return NEGATIVE if done.differences else OK


def _start(home: Path) -> Any:
    from qingxi_office.site.home import start

    os.environ.pop("QINGXI_DATABASE", None)  # the restored home's own setting counts
    start(home)
    from django.db import connection

    return connection


def _told(error: Exception) -> Exception:
    """The database's own refusals as one sentence; everything else is our fault and stays as it is."""
    from django.core.management import CommandError
    from django.db import DatabaseError

    from qingxi_office.site.keeping.loading import Unfit

    if isinstance(error, Unfit | CommandError):
        return UserError(str(error))
    if isinstance(error, DatabaseError):
        return UserError(f"库不能用:{str(error).strip().splitlines()[0]}")
    return error
