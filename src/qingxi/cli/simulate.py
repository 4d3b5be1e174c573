"""``qingxi simulate``: HJ 212 devices that are not there."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from qingxi.cli.command import NEGATIVE, OK, UNUSABLE, Command, UserError

if TYPE_CHECKING:
    from qingxi.receiver.simulated import Fleet
    from qingxi.wire.hj212.simulator import DevicePlan

_DESCRIPTION = """\
模拟 HJ 212 数采仪：连到服务器，按时上报，记得历史，回应各种命令。

  qingxi simulate --to 127.0.0.1:9000 --devices 20
  qingxi simulate --to 127.0.0.1:9000 --devices 100 --speed 600 --for 60 --outage 3600-25200
  qingxi simulate --to 10.0.0.5:9000 plants.toml

--register 先写出设备登记（给 qingxi receive --devices 用）。停电、断线、钟差、加密、各种怪癖见 docs/hj212/simulator.md。
按 Ctrl-C 结束并打印计数；有数据重发已尽仍无应答时退出码为 1。"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("plans", metavar="文件", type=Path, nargs="?", help="设备的 TOML（不写则用 --devices）")
    parser.add_argument("--to", metavar="主机:端口", help="服务器")
    parser.add_argument("--devices", metavar="N", type=int, default=1, help="一样的设备 N 台（默认 1）")
    parser.add_argument("--mn", metavar="前缀", default="QXSIM", help="MN 前缀，后接四位序号（默认 QXSIM）")
    parser.add_argument("--password", metavar="密码", default="123456", help="访问密码 PW（默认 123456）")
    parser.add_argument("--edition", metavar="年", type=int, default=2017, choices=(2005, 2017, 2025), help="版本")
    parser.add_argument("--st", metavar="ST", default="32", help="系统编码（默认 32；用电 44，工况 45）")
    parser.add_argument("--rtd", metavar="秒", type=int, default=60, help="实时数据间隔；0 为不报（默认 60）")
    parser.add_argument("--minutes", metavar="分", type=int, default=10, help="分钟数据间隔；0 为不报（默认 10）")
    parser.add_argument("--heartbeat", metavar="秒", type=int, default=0, help="心跳 9015 间隔（2025；默认不发）")
    parser.add_argument("--clock-offset", metavar="秒", type=float, default=0.0, help="设备时钟快多少秒")
    parser.add_argument(
        "--outage", metavar="起-止", action="append", default=[], help="断线，自开始起的秒数，可多次"
    )
    parser.add_argument(
        "--dead", metavar="起-止", action="append", default=[], help="停电（无线路也无测值），可多次"
    )
    parser.add_argument("--resends", action="store_true", help="断线后自行补发（2025 带 RF=1）；默认等服务器来取")
    parser.add_argument("--oddity", metavar="名", action="append", default=[], help="怪癖，可多次；list 列出全部")
    parser.add_argument("--sm4-key", metavar="HEX", default="", help="2025 数据区加密的密钥，32 位十六进制")
    parser.add_argument("--refuse", metavar="CN", action="append", default=[], help="拒绝的命令；3 为全部 3xxx")
    parser.add_argument("--speed", metavar="N", type=float, default=1.0, help="时间走快 N 倍（默认 1）")
    parser.add_argument(
        "--for", metavar="秒", dest="seconds", type=float, help="运行多少（真实的）秒；默认直到 Ctrl-C"
    )
    parser.add_argument("--register", metavar="CSV", type=Path, help="写出设备登记；不给 --to 则写完就退出")
    parser.add_argument("--json", action="store_true", help="以 JSON 输出计数")


def _span(text: str) -> tuple[float, float]:
    begin, dash, end = text.partition("-")
    try:
        found = float(begin), float(end)
    except ValueError:
        found = (0.0, -1.0)
    if not dash or found[1] <= found[0]:
        raise UserError(f"{text!r} 须写成 起-止，如 3600-7200（秒）")
    return found


_MEASURED = {"44": ("energy",), "45": ("do", "energy")}
"""What a device of electricity and one of process conditions tell: the air's power, and the oxygen it makes."""


def _plans(args: Namespace) -> list["DevicePlan"]:
    from qingxi.receiver.plans import read_plans
    from qingxi.wire.hj212.simulator import fleet

    if args.plans is not None:
        try:
            plans, faults = read_plans(args.plans)
        except OSError as error:
            raise UserError(f"{args.plans} 读不出：{error.strerror}") from error
        for fault in faults:
            print(fault, file=sys.stderr)
        return plans
    try:
        return fleet(
            args.devices, prefix=args.mn, pw=args.password, edition=args.edition, st=args.st, rtd_s=args.rtd,
            sensors=_MEASURED.get(args.st, ("flow", "cod", "nh3n", "ph")),
            minutes=args.minutes, heartbeat_s=args.heartbeat, clock_offset_s=args.clock_offset,
            outages=tuple(_span(text) for text in args.outage), dead=tuple(_span(text) for text in args.dead),
            recovers="resends" if args.resends else "waits", oddities=tuple(args.oddity),
            sm4_key=bytes.fromhex(args.sm4_key), refuses=tuple(args.refuse),
        )  # fmt: skip
    except ValueError as error:
        raise UserError(str(error)) from error


def _write_register(path: Path, plans: list["DevicePlan"]) -> None:
    lines = ["MN,密码,设施编号,监测点,协议版本,启用,上报间隔,SM4密钥"]
    for number, plan in enumerate(plans, start=1):
        every = plan.minutes or 60
        lines.append(f"{plan.mn},{plan.pw},SIM-{number:04d},出水,{plan.edition},是,{every},{plan.sm4_key.hex()}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


async def _live(fleet: "Fleet", seconds: float | None) -> None:
    from qingxi.cli.stopping import stop_event

    await fleet.run(seconds, stop=stop_event())


def _run(args: Namespace) -> int:
    import asyncio
    import time

    from qingxi.receiver.simulated import Fleet
    from qingxi.wire.hj212.odd import ODD_WAYS

    if {"?", "list"} & set(args.oddity):
        print("\n".join(f"{way.name:22} {way.oddity.value}" for way in ODD_WAYS.values()))
        return OK
    plans = _plans(args)
    if not plans:
        print("没有一台可以模拟的设备", file=sys.stderr)
        return UNUSABLE
    if args.register is not None:
        _write_register(args.register, plans)
        if args.to is None:
            return OK
    host, colon, port = (args.to or "").rpartition(":")
    if not colon or not port.isdigit():
        raise UserError(f"--to 为 {args.to!r}，须写成 主机:端口")
    if not args.speed > 0:
        raise UserError(f"--speed 为 {args.speed:g}，须大于 0")
    # A fast fleet with an end arrives at the present, so that no receiver refuses its times as future.
    ahead = args.seconds * (args.speed - 1) if args.seconds else 0.0
    fleet = Fleet(plans, host, int(port), speed=args.speed, began=time.time() - max(0.0, ahead))
    asyncio.run(_live(fleet, args.seconds))
    said = fleet.counts()
    if args.json:
        print(json.dumps(said))
    else:
        print(
            f"设备 {said['devices']}，连接 {said['calls']}（失败 {said['failed_calls']}），发出 {said.get('said', 0)}，"
            f"得到应答 {said.get('acknowledged', 0)}，收到命令 {said.get('request', 0)}，无应答 {said.get('given_up', 0)}"
        )
    return NEGATIVE if said.get("given_up") or not said["calls"] else OK


command = Command("simulate", "模拟 HJ 212 数采仪", _run, _arguments, _DESCRIPTION)
