"""How commands tell faults and measures on a terminal."""

import sys
from collections.abc import Sequence

from qingxi.origin import Fault, Severity

AT_MOST = 5
"""Rows of one rule of one file that are shown; the rest is counted."""


def print_faults(faults: Sequence[Fault], *, at_most: int = AT_MOST) -> None:
    """A table of faults, errors first, those of one rule and file together."""
    if not faults:
        return
    from rich.console import Console
    from rich.table import Table

    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in sorted(faults, key=lambda f: f.severity is not Severity.ERROR):
        groups.setdefault((fault.file, fault.code), []).append(fault)
    wrong = sum(fault.severity is Severity.ERROR for fault in faults)
    table = Table(
        title=f"输入问题 {len(faults)} 处：错误 {wrong}，提醒 {len(faults) - wrong}", title_justify="left"
    )
    for heading in ("程度", "文件", "行", "字段", "取值", "应当", "怎么办"):
        table.add_column(heading, overflow="fold")
    for group in groups.values():
        for fault in group[:at_most]:
            mark = "[red]错误[/red]" if fault.severity is Severity.ERROR else "[yellow]提醒[/yellow]"
            row = "" if fault.row is None else str(fault.row)
            cells = (fault.file, row, fault.field, fault.value, fault.rule, fault.remedy)
            table.add_row(mark, *(cell.replace("[", r"\[") for cell in cells))
        if len(group) > at_most:
            table.add_row(
                "", group[0].file.replace("[", r"\["), f"另 {len(group) - at_most} 行", "", "", "同上", ""
            )
    width = None if sys.stdout.isatty() else 160
    Console(highlight=False, width=width).print(table)


def peak_mb() -> float:
    """Peak memory of this process in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024 if sys.platform != "darwin" else peak / 1024 / 1024
