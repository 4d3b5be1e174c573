"""``qingxi office ...``: the office's own commands, and Django's."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from qingxi.cli.command import OK, UNUSABLE, Command, UserError

_HELP = """\
qingxi office 命令 [参数] [--home 家目录(默认环境变量 QINGXI_HOME,否则 var/office)]

  load 目录 [--plan 规划目录]    把县域数据夹(和规划成果)载入账本
  examine                       按全部规则检查各设施,写入待确认的发现
  programme [--years N]         按资金把规划排进年度
  figures                       计算各口径的治理率并入账
  publish                       把设施、村庄、地图、规划、治理率等写入公开账
  static_door [目录]             把公开的内容写成静态页(只写变了的;默认家目录下 static-door)
  bulletin                      起草本月通报(.docx)
  first_officer                 建第一位县主管(空的县)
  trail_check                   核对留痕链
  walk-check                    核对溯源:每个数走得回去、重算对得上
  practice_day 日期|off         把日子停在某一天供演练,或恢复
  work [--until-idle]           做页面上交办的长任务(编制规划);serve 自己带一个
  receive-mqtt                  订阅厂家平台的 MQTT(设置在“厂家接入”页)
  round [名字]                   现在就跑一个定时任务;不写名字就列出全部和上次结果
  serve [--new]                 打开办公室(--new:空的县)

  backup [--to 目录] [--keep 7,4,12]      备份账本、文件、读数、设置
  restore 备份 --home 空目录 [--database postgresql://…] [--verify]   还原到空的地方并核对
  upgrade [--back]              升级账本(先备份;不成就退回);--back 退回升级以前
  doctor [--json]               体检:账本、迁移、磁盘、时钟、工人、备份、留痕、密钥、TLS…
  其余为 Django 自己的命令,例如 migrate、shell、check。"""


# These look at the books as they are, or change them in their own way.
_AS_THEY_ARE = frozenset({"backup", "upgrade", "doctor", "migrate"})


def _take(rest: list[str], name: str) -> str | None:
    """Take ``--name value`` or ``--name=value`` out of the arguments."""
    for i, arg in enumerate(rest):
        if arg == name and i + 1 < len(rest):
            value = rest[i + 1]
            del rest[i : i + 2]
            return value
        if arg.startswith(name + "="):
            del rest[i]
            return arg.partition("=")[2]
    return None


def run(args: Namespace) -> int:
    rest = list(args.rest)
    if not rest or rest[0] in ("-h", "--help", "help"):
        print(_HELP)
        return OK
    if rest[0] == "serve":
        from qingxi.cli import main

        return main(rest)
    if rest[0] == "restore":
        from qingxi_office.commands import restore

        return restore.run(rest[1:])
    home = Path(_take(rest, "--home") or os.environ.get("QINGXI_HOME") or "var/office")
    from qingxi_office.site.home import open_office, start

    if rest[0] in _AS_THEY_ARE:
        if rest[0] not in ("migrate", "upgrade") and not (home / "office.json").is_file():
            raise UserError(f"{home} 里没有办公室:用 --home 指到家目录")
        start(home)
    else:
        open_office(home)
    from django.core.management import CommandError, get_commands
    from django.core.management.base import SystemCheckError

    rest[0] = rest[0].replace("-", "_")  # walk-check, static-door and receive-mqtt are written as people write them
    if rest[0] not in get_commands():
        print(f"没有这个命令:{rest[0]}\n\n{_HELP}", file=sys.stderr)
        return UNUSABLE
    from django.core.management import ManagementUtility

    utility = ManagementUtility(["qingxi office", *rest])
    try:
        # Django ends the process by itself on a CommandError, unless it is asked for the traceback.
        utility.fetch_command(rest[0]).run_from_argv(["qingxi office", *rest, "--traceback"])
    except (CommandError, SystemCheckError) as error:
        raise UserError(str(error)) from error
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else OK
    return OK


command = Command(name="office", help="办公室的命令:载入、检查、公开、开服务", run=run, own_arguments=True)
