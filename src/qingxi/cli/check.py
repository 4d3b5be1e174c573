"""``qingxi check``: recompute every rule and cost of an exported plan."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from qingxi.cli.command import NEGATIVE, OK, UNUSABLE, Command, UserError

if TYPE_CHECKING:
    from qingxi.check import CheckReport

_DESCRIPTION = """\
独立复核一个规划成果：只读成果目录里的 plan.gpkg 与 plan.json（以及它们写明的输入图层），
把每一条约束、每一项造价重新算一遍，与规划程序不共用代码。有任何违规退出码为 1。

  qingxi check 县域数据夹/plan"""

_AT_MOST = 8


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="目录", type=Path, help="规划成果目录（或含 plan/ 的县域数据夹）")
    parser.add_argument("--json", action="store_true", help="输出 JSON")
    parser.add_argument("--all", action="store_true", help="逐条列出，不省略")


def _run(args: Namespace) -> int:
    from qingxi.check import check_plan
    from qingxi.files import UnreadablePlan, read_plan

    folder: Path = args.folder
    if not (folder / "plan.json").is_file() and (folder / "plan" / "plan.json").is_file():
        folder = folder / "plan"
    began = time.perf_counter()
    try:
        plan = read_plan(folder)
        report = check_plan(plan)
    except UnreadablePlan as error:
        return _refused(args, folder, str(error), error)
    except FileNotFoundError as error:
        name = Path(str(error.filename or error)).stem
        return _refused(args, folder, f"成果所用的单价表、标准表或工艺表 {name} 不存在", error)
    if args.json:
        print(json.dumps({"folder": str(folder)} | report.as_json(), ensure_ascii=False))
    else:
        _print(report, time.perf_counter() - began, at_most=10**9 if args.all else _AT_MOST)
    return NEGATIVE if report.violations else OK


def _refused(args: Namespace, folder: Path, why: str, error: Exception) -> int:
    """Say that there is nothing to check: in JSON where JSON was asked for."""
    if not args.json:
        raise UserError(why) from error
    print(json.dumps({"folder": str(folder), "error": why}, ensure_ascii=False))
    return UNUSABLE


def _print(report: CheckReport, seconds: float, *, at_most: int) -> None:
    from qingxi.check import RULES

    by_rule = report.by_rule()
    for rule, meaning in RULES.items():
        found = by_rule.get(rule, [])
        count = report.checked.get(rule, 0)
        if not found:
            print(f"  合格  {rule:<12} {meaning}（{count:,} 项）" if count else f"  未核  {rule:<12} {meaning}")
            continue
        print(f"✗ 违规  {rule:<12} {meaning}：{len(found):,} 处")
        for one in found[:at_most]:
            print(f"        {one.what} {one.id} {one.message}".rstrip())
        if len(found) > at_most:
            print(f"        另 {len(found) - at_most:,} 处（--all 列全）")
    for words in report.withheld:
        print(f"注：{words}")
    total = len(report.violations)
    words = f"共 {total:,} 处违规" if total else "没有违规"
    print(f"{words}；复核 {sum(report.checked.values()):,} 项，用时 {seconds:.1f} 秒")


command = Command("check", "独立复核规划成果：每条约束、每项造价", _run, _arguments, _DESCRIPTION)
