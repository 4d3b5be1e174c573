"""``qingxi demo``: the whole story on an invented county, by the product's own commands and actions."""

import json
import shutil
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from qingxi.cli.command import NEGATIVE, OK, Command, UserError

_MARK = ".qingxi-demo"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--size", default="county", choices=["hamlet", "county", "large"], help="县的规模(默认 county)"
    )
    parser.add_argument("--seed", type=int, default=1, help="种子:同一种子得到同一个县")
    parser.add_argument("--home", type=Path, default=Path("var/demo"), help="一切写到这里(默认 var/demo)")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")


def acts() -> list[tuple[str, Callable[[Any], str]]]:
    """The acts in order: what the table calls them, and what plays them."""
    from qingxi_office.commands import (
        acts_answer,
        acts_appraise,
        acts_build,
        acts_card,
        acts_door,
        acts_ledger,
        acts_meet,
        acts_morning,
        acts_posts,
        acts_return,
        acts_run,
        acts_sample,
        acts_together,
        acts_walk,
    )

    return [
        ("造一个县", acts_build.make_county),
        ("做规划", acts_build.make_plan),
        ("独立复核", acts_build.check_plan),
        ("入账", acts_build.fill_books),
        ("定人", acts_posts.name_deputies),
        ("三账核对", acts_morning.compare_ledgers),
        ("年度计划", acts_build.make_programme),
        ("项目移交", acts_build.build_one),
        ("设备上报", acts_run.receive_frames),
        ("读数入库", acts_run.keep_days),
        ("雨量入账", acts_run.keep_rain),
        ("查问题", acts_run.find),
        ("交办", acts_answer.open_problems),
        ("销号", acts_answer.close_one),
        ("开会", acts_meet.call_meeting),
        ("协同", acts_together.work_together),
        ("巡查上报", acts_walk.walk_rounds),
        ("乡镇办理", acts_ledger.townships_act),
        ("报表", acts_return.hand_in_returns),
        ("抽查", acts_sample.spot_check),
        ("考核", acts_appraise.appraise),
        ("算治理率", acts_answer.compute_rates),
        ("调度", acts_answer.call_over),
        ("回头看", acts_card.look_again),
        ("发通报", acts_answer.draft_bulletin),
        ("群众来说", acts_door.people_tell),
        ("公开", acts_answer.publish),
        ("开门", acts_door.open_door),
        ("溯源", acts_answer.walk_back),
        ("核留痕", acts_answer.prove_trail),
    ]


def run(args: Namespace) -> int:
    from qingxi_office.commands.story import Blemish, Broken, Story
    from qingxi_office.design.words import chinese_marks

    root = _fresh(args.home)
    console = _console(args.json)
    story = Story(root, args.size, args.seed, console.print)
    table: list[tuple[str, str, float]] = []
    began, broken, stop = time.monotonic(), "", False
    for name, act in acts():
        at = time.monotonic()
        try:
            with console.status(f"{name}…"):
                said = act(story)
        except Broken as error:
            broken, stop = f"{name}:{error}", not isinstance(error, Blemish)
            said = f"没有完成:{error}"
        table.append((name, chinese_marks(said), time.monotonic() - at))
        console.print(f"[bold]{name}[/] [dim]{table[-1][2]:.1f} 秒[/] {table[-1][1]}", highlight=False)
        if stop:
            break
    total = time.monotonic() - began
    story.facts["cpu_seconds"] = _cpu_seconds()
    if args.json:
        print(json.dumps(_as_json(story, table, total, broken), ensure_ascii=False, default=str))
    else:
        _end(console, story, table, total, broken)
    return NEGATIVE if broken else OK


def _cpu_seconds() -> float:
    """Processor time of this process and of those it started: what the story costs on a busy machine too."""
    import resource

    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return round(sum(u.ru_utime + u.ru_stime for u in used), 1)


def _fresh(root: Path) -> Path:
    """The demo's folder, emptied when an earlier demo made it; another folder with something in it is refused."""
    root = root.resolve()
    if root.exists() and any(root.iterdir()):
        if not (root / _MARK).is_file():
            raise UserError(f"{root} 不是空的,也不是以前的演示;换一个 --home")
        shutil.rmtree(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / _MARK).write_text("qingxi demo\n", encoding="utf-8")
    return root


def _console(quiet: bool) -> Any:
    from rich.console import Console

    return Console(file=sys.stderr, quiet=quiet) if quiet else Console()


def _as_json(story: Any, table: list[tuple[str, str, float]], total: float, broken: str) -> dict[str, Any]:
    return {
        "ok": not broken, "broken": broken, "seconds": round(total, 1),
        "acts": [{"act": name, "said": said, "seconds": round(s, 2)} for name, said, s in table],
        "facts": story.facts, "paths": story.paths,
    }  # fmt: skip


def _end(console: Any, story: Any, table: list[tuple[str, str, float]], total: float, broken: str) -> None:
    """The closing table: results, seconds, paths, how to open the office."""
    from rich.table import Table

    from qingxi_office.commands.demo_sign_in import PASSWORD, USERNAME

    acts_table = Table(title="清溪演示：从调查到公开页", show_lines=False)
    for heading, kind in (("一步", {}), ("结果", {"overflow": "fold"}), ("秒", {"justify": "right"})):
        acts_table.add_column(heading, **kind)
    for name, said, seconds in table:
        acts_table.add_row(name, said, f"{seconds:.1f}")
    acts_table.add_row("合计", "没有走完" if broken else "走完全程", f"{total:.1f}")
    acts_table.caption = f"处理器用时 {story.facts['cpu_seconds']} 秒"
    console.print(acts_table)
    # Plain lines, not a table: a path must stay whole to be copied.
    console.print("\n[bold]写到了哪里[/]")
    for what, path in story.paths.items():
        if what != "公开页":
            console.print(f"  {what}  {path}", soft_wrap=True, highlight=False)
    if not broken:
        console.print(
            f"\n打开办公室：[bold]make serve[/]（或 qingxi serve --home {story.home}），然后看 http://127.0.0.1:8000/",
            soft_wrap=True,
        )
        console.print(f"演示登录：用户名 [bold]{USERNAME}[/]　密码 [bold]{PASSWORD}[/]（只在演示县有效）")
        if "公开页" in story.paths:
            console.print(f"公开页（不用登录）：http://127.0.0.1:8000{story.paths['公开页']}")


command = Command(
    name="demo", help="在一个虚构的县上走完全程:规划、建设、运行、监督、公开", run=run, add_arguments=add_arguments
)
