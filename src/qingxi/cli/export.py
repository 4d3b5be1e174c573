"""``qingxi export``: drawings and models out of a plan that is already there."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qingxi.cli.command import NEGATIVE, OK, UNUSABLE, Command, UserError

if TYPE_CHECKING:
    from qingxi.files import SwmmVerdict

_DESCRIPTION = """\
从已有的规划成果导出 CAD 图纸、EPA SWMM 水力模型、GeoJSON、水力计算表。

  qingxi export 县域数据夹/plan --to dxf,swmm,geojson,sheets
  qingxi export 县域数据夹/plan --to swmm --run

SWMM 模型每个接管系统一个，各管段同时处于设计流量；没有给出标高的成果(L1)不能导出。
--run 用 EPA SWMM 演算每个模型(须另装 swmm-toolkit)，有冒溢、满管或连续性误差过大的，退出码为 1。"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="目录", type=Path, help="规划成果目录（或含 plan/ 的县域数据夹）")
    parser.add_argument(
        "--to",
        metavar="格式",
        default="dxf,swmm,geojson,sheets",
        help="逗号分隔：dxf、swmm、geojson、sheets（水力计算表）",
    )
    parser.add_argument("--out", metavar="目录", type=Path, help="写到哪里（默认成果目录）")
    parser.add_argument("--one", action="store_true", help="全县一个 SWMM 模型")
    parser.add_argument("--run", action="store_true", help="用 EPA SWMM 演算导出的模型")
    parser.add_argument(
        "--date", metavar="日期", type=date.fromisoformat, help="图签日期，如 2026-11-22（默认待填）"
    )
    parser.add_argument("--state", metavar="阶段", default="初稿", help="图签阶段：初稿、征求意见稿、送审稿…")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")


def _run(args: Namespace) -> int:
    from qingxi.files import DrawingTitle, NoEngine, UnreadablePlan, export_plan, run_swmm

    folder: Path = args.folder
    if not (folder / "plan.json").is_file() and (folder / "plan" / "plan.json").is_file():
        folder = folder / "plan"
    try:
        done = export_plan(
            folder,
            [kind.strip() for kind in args.to.split(",") if kind.strip()],
            out=args.out,
            title=DrawingTitle(args.date, args.state),
            one_model=args.one,
        )
        models = [path for path in done.paths.get("swmm", ()) if path.suffix == ".inp"]
        verdicts = [run_swmm(path) for path in models] if args.run else []
    except (UnreadablePlan, ValueError, NoEngine) as error:
        raise UserError(str(error)) from error
    if args.json:
        told = {
            "files": {kind: [str(p) for p in paths] for kind, paths in done.paths.items()},
            "refused": done.refused,
            "swmm": [_as_json(v) for v in verdicts],
        }
        print(json.dumps(told, ensure_ascii=False))
    else:
        print_exported(done.paths, done.refused)
        _print_verdicts(verdicts)
    if any(not v.good for v in verdicts):
        return NEGATIVE
    return UNUSABLE if done.refused and not done.paths else OK


def print_exported(paths: dict[str, tuple[Path, ...]], refused: dict[str, str]) -> None:
    """One line a file, or a line of how many where there are many; refusals go to the other stream."""
    for kind, files in paths.items():
        models = [path for path in files if path.suffix == ".inp"]
        if kind == "swmm" and len(models) != 1:
            print(f"{files[-1].parent}（SWMM 模型 {len(models):,} 个，对照表 {files[-1].name}）")
        elif kind == "geojson":
            print(f"{files[0].parent}（GeoJSON {len(files)} 层）" if files else "GeoJSON：没有可写的图层")
        else:
            for path in files:
                print(path)
    for kind, why in refused.items():
        print(f"没有导出 {kind}：{why}", file=sys.stderr)


def _as_json(v: SwmmVerdict) -> dict[str, object]:
    return {
        "model": v.model, "good": v.good, "continuity_percent": round(v.continuity_percent, 4),
        "flooded": list(v.flooded), "surcharged": list(v.surcharged),
    }  # fmt: skip


def _print_verdicts(verdicts: list[SwmmVerdict]) -> None:
    if not verdicts:
        return
    for v in verdicts:
        if not v.good:
            print(
                f"✗ {v.model}:连续性误差 {v.continuity_percent:.2f} %，冒溢 {len(v.flooded)} 处"
                f" {' '.join(v.flooded[:5])}，满管 {len(v.surcharged)} 处 {' '.join(v.surcharged[:5])}"
            )
    good = sum(v.good for v in verdicts)
    worst = max(abs(v.continuity_percent) for v in verdicts)
    print(f"EPA SWMM 演算 {len(verdicts):,} 个模型：合格 {good:,}，连续性误差最大 {worst:.2f} %")


command = Command(
    "export", "从规划成果导出 CAD 图纸、SWMM 模型、GeoJSON、水力计算表", _run, _arguments, _DESCRIPTION
)
