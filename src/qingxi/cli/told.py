"""How commands tell faults and measures on a terminal."""

import errno
import sys
from collections.abc import Iterator, Sequence

from qingxi.origin import Fault, Severity

AT_MOST = 5
"""Rows of one rule of one file that are shown; the rest is counted."""
WIDE = 120
"""Columns of a terminal from which on faults are a table; below, seven columns would be slivers."""

_ERRNO = {
    errno.ENOENT: "没有这个文件或目录",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许",
    errno.EEXIST: "已有同名的文件",
    errno.ENOTDIR: "路径中有一段不是目录",
    errno.EISDIR: "是目录，不是文件",
    errno.ENOSPC: "磁盘已满",
    errno.EROFS: "磁盘是只读的",
    errno.EADDRINUSE: "端口已被占用",
    errno.ECONNREFUSED: "对方没有在听",
}


def spoken(error: OSError) -> str:
    """What the system says of a file or a line, in Chinese where it is a common case."""
    number = error.errno if error.errno is not None else getattr(error.__cause__, "errno", None)
    return _ERRNO.get(number or 0) or error.strerror or str(error)


def print_faults(faults: Sequence[Fault], *, at_most: int = AT_MOST, width: int | None = None) -> None:
    """Faults on standard output, errors first, those of one rule and file together.

    Parameters
    ----------
    at_most : int
        Rows of one rule of one file that are shown.
    width : int, optional
        Columns; left out: the terminal's own, or 160 where there is none. Below ``WIDE`` each fault is a
        paragraph in place of a row of a table.
    """
    if not faults:
        return
    from rich.console import Console

    if width is None and not sys.stdout.isatty():
        width = 160
    console = Console(highlight=False, width=width)
    wrong = sum(fault.severity is Severity.ERROR for fault in faults)
    title = f"输入问题 {len(faults)} 处：错误 {wrong}，提醒 {len(faults) - wrong}"
    groups = _groups(faults)
    if console.width < WIDE:
        console.print(title, markup=False)
        for line in _paragraphs(groups, at_most):
            console.print(line, soft_wrap=False)
    else:
        console.print(_table(title, groups, at_most))


def _groups(faults: Sequence[Fault]) -> list[list[Fault]]:
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in sorted(faults, key=lambda f: f.severity is not Severity.ERROR):
        groups.setdefault((fault.file, fault.code), []).append(fault)
    return list(groups.values())


def _mark(fault: Fault) -> str:
    return "[red]错误[/red]" if fault.severity is Severity.ERROR else "[yellow]提醒[/yellow]"


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _paragraphs(groups: list[list[Fault]], at_most: int) -> Iterator[str]:
    for group in groups:
        for fault in group[:at_most]:
            where = fault.file + (f" 第 {fault.row} 行" if fault.row is not None else "")
            what = " ".join(part for part in (where, fault.field, fault.value) if part)
            yield f"{_mark(fault)} {_plain(what)}\n     {_plain(fault.rule)}。{_plain(fault.remedy)}。"
        if len(group) > at_most:
            yield f"     {_plain(group[0].file)} 另 {len(group) - at_most} 行同上"


def _table(title: str, groups: list[list[Fault]], at_most: int) -> "object":
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for heading in ("程度", "文件", "行", "字段", "取值", "应当", "怎么办"):
        table.add_column(heading, overflow="fold")
    for group in groups:
        for fault in group[:at_most]:
            row = "" if fault.row is None else str(fault.row)
            cells = (fault.file, row, fault.field, fault.value, fault.rule, fault.remedy)
            table.add_row(_mark(fault), *(_plain(cell) for cell in cells))
        if len(group) > at_most:
            table.add_row("", _plain(group[0].file), f"另 {len(group) - at_most} 行", "", "", "同上", "")
    return table


def peak_mb() -> float:
    """Peak memory of this process in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024
