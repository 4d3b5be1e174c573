"""``qingxi county``: write the folder of an invented county."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from qingxi.cli.command import OK, Command, UserError


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--size",
        choices=("hamlet", "county", "large", "province"),
        default="county",
        help="规模：hamlet 一个村，county 一个县，large 一个大县，province 一个省（不含户）（默认 county）",
    )
    parser.add_argument(
        "--recipe",
        choices=("hills", "ring", "valley", "delta"),
        default="hills",
        help="地形与聚落：hills 丘陵（默认），ring 环形村，valley 河谷带状，delta 平原水网；后三种供规划对照",
    )
    parser.add_argument("--households", metavar="N", type=int, default=None, help="户数（约），不写按规模")
    parser.add_argument("--seed", metavar="N", type=int, default=1, help="种子：同一种子得到同样的县")
    parser.add_argument("--out", metavar="文件夹", type=Path, required=True, help="写到哪个文件夹")
    parser.add_argument("--json", action="store_true", help="只输出一个 JSON 对象")


def _run(args: Namespace) -> int:
    import json

    from qingxi.world import write_county

    if args.households is not None and args.households < 1:
        raise UserError(f"--households 是 {args.households}，要是正整数")
    if args.seed < 0:
        raise UserError(f"--seed 是 {args.seed}，要是不为负的整数")
    try:
        written = write_county(
            args.out,
            size=args.size,
            seed=args.seed,
            households=args.households,
            recipe="" if args.recipe == "hills" else args.recipe,
        )
    except ValueError as error:
        raise UserError(f"没有写成：{error}") from error
    if args.json:
        print(json.dumps({"folder": str(written.folder), "counts": written.counts, "seconds": written.seconds}))
        return OK
    words = {
        "townships": "乡镇", "villages": "行政村", "hamlets": "自然村", "households": "户", "streets": "街段",
        "facilities": "村级站", "town_plants": "城镇污水厂站", "works": "其他部门工程", "frames": "HJ 212 报文",
    }  # fmt: skip
    told = "，".join(f"{words.get(key, key)} {count:,}" for key, count in written.counts.items())
    print(f"天河坝县（虚构）：{told}")
    print(f"写到 {written.folder}，用时 {sum(written.seconds.values()):.1f} 秒")
    return OK


command = Command(
    name="county",
    help="生成一个虚构的县（GIS 文件、Excel 台账、证据）",
    run=_run,
    add_arguments=_arguments,
)
