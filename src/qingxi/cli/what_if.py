"""``qingxi what-if``: change a price, a share or a decision of a plan that is there, and see the difference in seconds."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qingxi.cli.command import NEGATIVE, OK, UNUSABLE, Command, UserError

if TYPE_CHECKING:
    from qingxi.origin import Fault
    from qingxi.plan import Answer, Override, Standing

_DESCRIPTION = """\
测算：改一项单价、折现率、分担标准或一条人工调整，几秒内看清谁变了、变多少。

  qingxi what-if 成果目录/ --set prices.pipe.*=+10% --set prices.discount=0.06
  qingxi what-if 成果目录/ --set lever.unit=x1.2 --out 新成果/
  qingxi what-if 成果目录/ --set afford.pay.county_yuan_y=60
  qingxi what-if 成果目录/ --overrides 人工调整.xlsx

一项写作 表.键=值：表为 prices（单价）、processes（工艺）、afford（分担），值可写 120、+10%、-10%、x1.1；
键里的 * 代表同类各项（只改以元计的）；lever 为 pipe（管网）、unit（户用设施）、reuse（资源利用）、plant（处理站）、town（接入）。
在原方案上只重算受影响的部分；改后方案不贵于“照旧方案按新价”。"""

_MODES = {
    "town_connection": "近纳管",
    "shared_plant": "聚集中",
    "onsite": "散分户",
    "reuse": "资源利用",
    "controlled": "管控",
    "unserved": "未落实",
}
_SHOWN = 12


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="成果目录", type=Path, help="qingxi plan 写出的目录，里面有 standing.npz")
    parser.add_argument("--set", metavar="表.键=值", action="append", default=[], dest="words", help="可多次")
    parser.add_argument("--overrides", metavar="文件", type=Path, help="人工调整表，替换原有的全部人工调整")
    parser.add_argument("--no-overrides", action="store_true", help="撤去全部人工调整")
    parser.add_argument("--bound", action="store_true", help="下界也重求（慢），否则按系数折算并注明")
    parser.add_argument("--out", metavar="目录", type=Path, help="把改后方案写成一套新成果")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")


def _run(args: Namespace) -> int:
    from qingxi.files import read_standing
    from qingxi.plan import read_changes

    if args.out is not None and args.out.resolve() == args.folder.resolve():
        raise UserError("--out 要是另一个目录，原成果不覆盖")
    began = time.perf_counter()
    try:
        standing = read_standing(args.folder)
    except (FileNotFoundError, ValueError) as error:
        raise UserError(str(error)) from error
    opened = time.perf_counter()
    changes, faults = read_changes(args.words, standing.tables)
    told: list[Fault] = list(faults)
    decided: tuple[Override, ...] | None = None
    if args.no_overrides:
        decided = ()
    elif args.overrides is not None:
        decided, more = _decisions(args)
        told += more
    if told and (faults or decided is None):
        return _refused(args, told)
    answer = standing.what_if(changes, overrides=decided)
    told += answer.faults
    document = answer.difference | {
        "seconds": {"open": round(opened - began, 3), "solve": round(time.perf_counter() - opened, 3)}
    }
    if args.out is not None or args.bound:
        document |= _written(args, standing, answer, told)
    document["faults"] = [f.as_json() for f in told]
    if args.json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        _print(document, told)
    # Like a finding: something was asked for that cannot be.
    return NEGATIVE if any(str(f.severity) == "error" for f in told) else OK


def _refused(args: Namespace, faults: list[Fault]) -> int:
    from qingxi.cli.told import print_faults

    if args.json:
        print(json.dumps({"error": "所改项不可用", "faults": [f.as_json() for f in faults]}, ensure_ascii=False))
    else:
        print_faults(faults)
        sys.stdout.flush()
        print("qingxi: 所改项不可用，没有测算", file=sys.stderr)
    return UNUSABLE


def _decisions(args: Namespace) -> tuple[tuple[Override, ...] | None, list[Fault]]:
    from qingxi.files import Faults, read_decisions

    faults = Faults()
    return read_decisions(args.overrides, args.folder, faults), list(faults)


def _written(args: Namespace, standing: Standing, answer: Answer, faults: list[Fault]) -> dict[str, Any]:
    """The plan after, in full, as a new set of files; and its bound."""
    from dataclasses import replace

    from qingxi.files import Background, ExportOptions, plan_inputs, write_plan
    from qingxi.plan import result_of

    result = result_of(answer.standing, bound=args.bound)
    figures = result.figures | {"what_if": {"changes": answer.difference["changes"], "of": str(args.folder.name)}}
    more: dict[str, Any] = {
        "bound": answer.difference["bound"] | {"after": figures["bound"], "label": figures["bound_label"]}
    }
    more["gap"] = figures["gap"] if figures["bound"] > 0 else None
    if args.out is None:
        return more
    name, crs, inputs = plan_inputs(args.folder)
    given = standing.problem.given
    _, paths = write_plan(
        args.out, replace(result, figures=figures), ExportOptions(f"{name}（测算）", crs), inputs=inputs,
        faults=(*result.faults, *faults), level_reason="", background=Background(given.streets, given.waters),
    )  # fmt: skip
    return more | {"files": {kind: str(path) for kind, path in paths.items()}}


def _print(document: dict[str, Any], faults: list[Fault]) -> None:
    from rich.console import Console
    from rich.table import Table

    from qingxi.cli.told import print_faults

    print_faults(faults)
    console = Console(highlight=False)
    for row in document["changes"][:_SHOWN]:
        console.print(
            f"{row['meaning']}（{row['key']}）：{row['before']:g} → {row['after']:g} {row['unit']}", markup=False
        )
    if len(document["changes"]) > _SHOWN:
        console.print(f"等共 {len(document['changes'])} 项")
    for one in document["overrides"]:
        price = one.get("price_yuan")
        words = "" if price is None else f"，代价 {price / 1e4:,.2f} 万元"
        console.print(
            f"人工调整 {one['id']} {one['target']}：{'满足' if one['met'] else '不能满足'}{words}", markup=False
        )
    table = Table(title="改前与改后", title_justify="left", box=None)
    for head in ("", "改前", "照旧方案按新价", "改后", "差"):
        table.add_column(head, justify="left" if not head else "right", no_wrap=True)
    for key, words, unit in (
        ("present_value", "现值", "万元"),
        ("capex", "总投资", "万元"),
        ("running_per_year", "年运行费", "万元/年"),
    ):
        row = document["cost"][key]
        table.add_row(
            f"{words}（{unit}）", *(f"{row[k] / 1e4:,.2f}" for k in ("before", "same_plan", "after")),
            f"{row['difference'] / 1e4:+,.2f}",
        )  # fmt: skip
    for mode, words in _MODES.items():
        row = document["modes"][mode]
        if row["before"] or row["after"]:
            table.add_row(
                f"{words}（户）",
                f"{row['before']:,}",
                "",
                f"{row['after']:,}",
                f"{row['after'] - row['before']:+,}",
            )
    console.print(table)
    hamlets = document["hamlets"]
    moved = [h for h in hamlets if h["changed"]]
    console.print(
        f"{document['households']['changed']:,} 户改模式，{len(moved)} 个自然村；{len(hamlets)} 个自然村的费用有变"
    )
    for h in moved[:_SHOWN]:
        more = (h["present_value_after"] - h["present_value_before"]) / 1e4
        console.print(
            f"  {h['name']} {h['changed']}/{h['households']} 户：{_MODES[h['mode_before']]} → {_MODES[h['mode_after']]}，现值 {more:+,.2f} 万元",
            markup=False,
        )
    if len(moved) > _SHOWN:
        console.print(f"  等共 {len(moved)} 个（--json 全列）")
    paid = document["affordability"]["unfunded"]
    if paid["before"] != paid["after"]:
        console.print(f"运行费缺口：{paid['before'] / 1e4:,.2f} → {paid['after'] / 1e4:,.2f} 万元")
    gap = document["gap"]
    said = "没有下界" if gap is None else f"离最省最多 {gap * 100:.2f} %"
    console.print(f"{said}（{document['bound']['label']}）", style="dim", markup=False)
    seconds = document["seconds"]
    console.print(f"用时（秒） 打开 {seconds['open']:.1f} · 重算 {seconds['solve']:.1f}", style="dim")
    for path in document.get("files", {}).values():
        print(path)


command = Command("what-if", "测算：改价、改分担、改人工调整，看差别", _run, _arguments, _DESCRIPTION)
