"""The parser of the command line: usage, headings and complaints in Chinese."""

import re
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Iterable
from typing import Any, NoReturn

_KINDS = {"int": "整数", "float": "数", "fromisoformat": "日期（如 2026-11-22）"}
_SAYINGS = (
    (r"argument (.+?): invalid choice: '(.*)' \(choose from (.*)\)", r"\1 没有 “\2”，可选 \3"),
    (r"argument (.+?): invalid (\w+) value: '(.*)'", r"\1 的取值 “\3” 不是\2"),
    (r"argument (.+?): expected one argument", r"\1 后面要跟一个值（负数写作 \1=-1）"),
    (r"argument (.+?): expected at least one argument", r"\1 后面至少要跟一个值"),
    (r"argument (.+?): ignored explicit argument '(.*)'", r"\1 不带值，却写了 “\2”"),
    (r"argument (.+?): not allowed with argument (.+)", r"\1 不能与 \2 同用"),
    (r"the following arguments are required: (.+)", r"缺少 \1"),
    (r"one of the arguments (.+) is required", r"\1 之中要写一个"),
    (r"unrecognized arguments: (.+)", r"不认识 \1"),
    (r"ambiguous option: (.+) could match (.+)", r"\1 写得不全，可能是 \2"),
)
"""What the standard library's parser complains of, and how it is said here."""


def in_chinese(message: str) -> str:
    """A complaint of the standard library's parser in Chinese; one that is not known stays as it is."""
    for pattern, words in _SAYINGS:
        if found := re.fullmatch(pattern, message, re.DOTALL):
            said = found.expand(words)
            for name, kind in _KINDS.items():
                said = re.sub(rf"不是{name}$", f"不是{kind}", said)
            return said.replace("'", "")
    return message


class _Formatter(RawDescriptionHelpFormatter):
    """The usual layout with 用法 in place of usage."""

    def add_usage(
        self, usage: str | None, actions: Iterable[Any], groups: Iterable[Any], prefix: Any = None
    ) -> None:
        super().add_usage(usage, actions, groups, "用法：" if prefix is None else prefix)


class Parser(ArgumentParser):
    """An argument parser that speaks Chinese; its subparsers do too.

    Parameters are those of :class:`argparse.ArgumentParser`.
    """

    def __init__(self, **more: Any) -> None:
        add_help = more.pop("add_help", True)
        super().__init__(**{"formatter_class": _Formatter, **more, "add_help": False})
        self._positionals.title = "参数"
        self._optionals.title = "选项"
        if add_help:
            self.add_argument("-h", "--help", action="help", help="显示这份说明")

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments and where help is; exit code 2."""
        self.exit(2, f"qingxi: {in_chinese(message)}；用法见 {self.prog} --help\n")
