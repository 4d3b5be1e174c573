"""``qingxi serve``: open the office in the browser."""

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from qingxi.cli.command import OK, UNUSABLE, Command

DEMO_HOME = Path("var/demo/office")
OWN_HOME = Path("var/office")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--home", type=Path, default=None, help="办公室的家目录(默认:演示县 var/demo/office)")
    parser.add_argument("--host", default="127.0.0.1", help="监听地址(默认 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8000, help="端口(默认 8000)")
    parser.add_argument("--workers", type=int, default=2, help="进程数(默认 2)")
    parser.add_argument("--no-worker", action="store_true", help="不带做长任务的进程(另用 qingxi office work)")
    parser.add_argument("--new", action="store_true", help="开一个空的县(默认家目录 var/office)")


def run(args: Namespace) -> int:
    from qingxi_office.site.home import has_books

    home = args.home or (OWN_HOME if args.new else DEMO_HOME)
    if not args.new and not has_books(home):
        print(
            f"{home} 里还没有账本。先运行 `qingxi demo`(演示县),或 `qingxi serve --new`(空的县)。", file=sys.stderr
        )
        return UNUSABLE
    from qingxi_office.site.databases import PAGE_WAIT_S
    from qingxi_office.site.home import open_office

    waits = os.environ.setdefault(
        "QINGXI_WAIT_S", str(PAGE_WAIT_S)
    )  # before the settings are read, which happens here
    open_office(home)
    from django.conf import settings
    from django.db import connections

    _greet(args, settings.QINGXI_DEMO)
    connections.close_all()
    del os.environ["QINGXI_WAIT_S"]  # the worker waits as long as a command does
    if not args.no_worker:
        _start_worker(home)
    os.environ["QINGXI_WAIT_S"] = waits
    from gunicorn.app.wsgiapp import run as gunicorn

    os.environ["DJANGO_SETTINGS_MODULE"] = "qingxi_office.site.settings"
    sys.argv = [
        "gunicorn", "qingxi_office.site.wsgi:application", "--bind", f"{args.host}:{args.port}",
        "--workers", str(args.workers), "--threads", "4", "--worker-class", "gthread", "--log-level", "warning",
        "--no-control-socket",
    ]  # fmt: skip
    gunicorn()
    return OK


def _start_worker(home: Path) -> None:
    """The worker that makes plans, in a process of its own; it leaves when this one ends, however it ends."""
    line = "from qingxi.cli import main; raise SystemExit(main())"
    subprocess.Popen(
        [
            sys.executable,
            "-c",
            line,
            "office",
            "work",
            "--home",
            str(home),
            "--keep",
            "--with-parent",
            str(os.getpid()),
        ],
        stdin=subprocess.DEVNULL,
    )


def _greet(args: Namespace, is_demo: bool) -> None:
    from qingxi_office.people import queries

    print(f"清溪办公室:http://{args.host}:{args.port}/")
    if is_demo:
        from qingxi_office.commands.demo_sign_in import PASSWORD, USERNAME

        print(f"演示登录:用户名 {USERNAME},密码 {PASSWORD}(只在演示县有效)")
    elif not queries.any_officer():
        print(
            "还没有人能登录。建第一位县主管:qingxi office first_officer --home 家目录,或打开上面的网址按提示填写。"
        )
    print("按 Ctrl+C 停止。", flush=True)


command = Command(name="serve", help="打开办公室(浏览器)", run=run, add_arguments=add_arguments)
