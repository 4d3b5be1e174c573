"""The command line's own loop: find the command, parse, run, turn errors into exit codes."""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence

import qingxi.cli
from qingxi.cli.command import INTERNAL, OK, UNUSABLE, Command, UserError
from qingxi.cli.discovery import built_in, load, registered
from qingxi.cli.parser import Parser
from qingxi.cli.told import spoken

_DESCRIPTION = """\
清溪 Qingxi：一个县的农村生活污水治理，从规划、花钱、建设到运行、监督、回应。

退出码：0 完成；1 否定的答案（如检查有违规）；2 用法或输入不可用；3 程序自身的错误。"""


def commands() -> dict[str, Command]:
    """Every command there is, built in or registered, by name; a built-in name is never taken over."""
    found = {name: c for name, point in registered().items() if (c := load(point)) is not None}
    return dict(sorted((found | built_in(qingxi.cli)).items()))


def _parser(known: dict[str, Command]) -> Parser:
    from qingxi import __version__

    parser = Parser(prog="qingxi", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=f"qingxi {__version__}", help="显示版本")
    sub = parser.add_subparsers(dest="command", metavar="命令", title="命令")
    for command in known.values():
        one = sub.add_parser(
            command.name,
            help=command.help,
            description=command.description or command.help,
            add_help=not command.own_arguments,
        )
        command.add_arguments(one)
        one.set_defaults(_run=command.run)
    return parser


def _complain(text: str) -> None:
    print(f"qingxi: {text}", file=sys.stderr)


def _guarded(command: Command, args: Namespace) -> int:
    """Run; a user never sees a traceback unless QINGXI_TRACEBACK asks for it."""
    try:
        return command.run(args)
    except UserError as error:
        _complain(str(error))
        return UNUSABLE
    except KeyboardInterrupt:
        _complain("已中断")
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        name = f" {error.filename}" if error.filename else ""
        _complain(f"读写文件失败{name}：{spoken(error)}")
        return UNUSABLE
    except Exception as error:
        if os.environ.get("QINGXI_TRACEBACK"):
            raise
        _complain(f"程序内部错误 {type(error).__name__}: {error}")
        _complain("请连同命令一起报告；设环境变量 QINGXI_TRACEBACK=1 可看到出错位置")
        return INTERNAL


def _never_fail_on_a_letter() -> None:
    """A console or file in an old encoding gets an escape for a letter it lacks, never a program error."""
    for stream in (sys.stdout, sys.stderr):
        again = getattr(stream, "reconfigure", None)
        if again is not None and (stream.encoding or "").lower().replace("-", "") != "utf8":
            again(errors="backslashreplace")


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``qingxi`` with these arguments (left out: the process's own) and give the exit code."""
    _never_fail_on_a_letter()
    words = list(sys.argv[1:] if argv is None else argv)
    known = commands()
    if words and words[0] in known and known[words[0]].own_arguments:
        return _guarded(known[words[0]], Namespace(command=words[0], rest=words[1:]))
    parser = _parser(known)
    try:
        args = parser.parse_args(words)
    except SystemExit as leaving:  # argparse has already said why
        return int(leaving.code or 0)
    if args.command is None:
        parser.print_help()
        return UNUSABLE
    return _guarded(known[args.command], args)
