"""``qingxi receive``: the receiver by itself, with the readings' store behind it."""

import json
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from qingxi.cli.command import OK, UNUSABLE, Command, UserError
from qingxi.cli.told import spoken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qingxi.origin import Fault
    from qingxi.receiver import OwnSpool, Receiver
    from qingxi.store import Desk
    from qingxi.wire import Devices

_DESCRIPTION = """\
接收 HJ 212 设备数据（2005、2017、2025 三版），先落盘后应答。

  qingxi receive --store var/readings.sqlite3 --devices devices.csv
  qingxi receive --store var/readings.sqlite3 --devices county/ --port-file port.txt --until-idle 5

设备登记：CSV（MN,密码,设施编号[,监测点,协议版本,启用,上报间隔,SM4密钥]），或县域数据夹
（取 evidence/devices.csv；没有则取处理设施台账里的 MN，密码用 --password）。
不给 --devices 时用读数库里的登记（办公室的“设备”页面写进去的），改动一秒内生效，不用重启。
设备重新连上后补要缺的小时和分钟数据（新的在前），执行办公室排队的命令，每天至多一次校时；--no-talk 关掉。
绑定的端口打印在标准输出第一行。收到 SIGINT/SIGTERM 时，先提交并应答已收到的数据再退出。"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--store", metavar="文件|地址", required=True, help="读数库：SQLite 文件（没有则新建），或 postgresql://…"
    )
    parser.add_argument(
        "--devices", metavar="CSV|目录", type=Path, help="设备登记（改了自动重读）；不给则用读数库里的登记"
    )
    parser.add_argument("--password", metavar="密码", default="123456", help="台账未载密码的设备用此密码")
    parser.add_argument("--host", metavar="地址", default="127.0.0.1", help="监听地址（默认 127.0.0.1）")
    parser.add_argument("--port", metavar="N", type=int, default=0, help="端口；0 为任意空闲端口")
    parser.add_argument("--port-file", metavar="文件", type=Path, help="把绑定的端口写入此文件")
    parser.add_argument("--share-port", action="store_true", help="与其他接收进程共用端口（SO_REUSEPORT）")
    parser.add_argument("--processes", metavar="N", type=int, default=1, help="几个进程共用一个端口接收（默认 1）")
    parser.add_argument("--member", metavar="N/OF:FD", help=SUPPRESS)
    parser.add_argument(
        "--spool", metavar="目录", type=Path,
        help="读数库停用时的暂存目录（默认在读数库旁的 *.spool/；PostgreSQL 须指明才暂存）",
    )  # fmt: skip
    parser.add_argument("--metrics-port", metavar="N", type=int, help="在此端口以 Prometheus 格式给出计数")
    parser.add_argument("--until-idle", metavar="秒", type=float, help="收到过数据、又安静这么久之后自行退出")
    parser.add_argument("--any-time", action="store_true", help="不因 DataTime 超前而隔离（回放文件时用）")
    parser.add_argument("--no-talk", action="store_true", help="只收不问：不补要缺口，不下命令，不校时")
    parser.add_argument("--json", action="store_true", help="退出时以 JSON 输出计数")


def _devices(args: Namespace) -> tuple["Devices", list["Fault"]]:
    from qingxi.receiver import read_devices
    from qingxi.wire import Device, Devices

    path: Path = args.devices
    if not path.exists():
        raise UserError(f"设备登记 {path} 不存在")
    if path.is_file():
        return read_devices(path)
    own = path / "evidence" / "devices.csv"
    if own.exists():
        return read_devices(own)
    book = path / "books" / "处理设施台账.xlsx"
    if not book.exists():
        raise UserError(f"{path} 里既没有 evidence/devices.csv，也没有 books/处理设施台账.xlsx")
    from qingxi.files import read_facilities

    sheet = read_facilities(book)
    found = {row.mn: Device(row.mn, args.password, row.facility.id) for row in sheet.rows if row.mn}
    return Devices(found.values()), [fault for fault in sheet.faults if fault.field == "MN"]


def _counted(reasons: dict[str, int]) -> str:
    """How many packets were set aside, and why."""
    why = "、".join(f"{name} {count}" for name, count in reasons.items() if count)
    return f"{sum(reasons.values())}" + (f"（{why}）" if why else "")


def _say_port(args: Namespace, port: int) -> None:
    """Tell whoever waits for it which port was bound."""
    if args.port_file is not None:
        part = args.port_file.with_suffix(args.port_file.suffix + ".part")
        part.write_text(f"{port}\n", encoding="ascii")
        part.replace(args.port_file)  # whoever waits for the file never reads half of it
    print(port, flush=True)


async def _serve(receiver: "Receiver", desk: "Desk", args: Namespace) -> None:
    import asyncio
    import contextlib
    import time

    from qingxi.cli.stopping import stop_event
    from qingxi.receiver import FillLimits, Member, Talker, channel_of, serve_metrics

    stop = stop_event()
    try:
        port = await receiver.start(args.host, args.port, share_port=args.share_port)
    except OSError as error:
        raise UserError(f"不能在 {args.host}:{args.port} 上监听：{spoken(error)}") from error
    place, members = _place(args)  # one of the members keeps the gap books for all; each asks its share
    limits = FillLimits.from_table().shared(members)
    listen_only = args.no_talk or args.any_time
    talker = Talker(receiver, desk, limits=limits, listen_only=listen_only, keeps_books=place == 0)
    await talker.start()
    metrics = None
    if args.metrics_port is not None:
        metrics = await serve_metrics(
            lambda: receiver.counters.prometheus() + talker.prometheus(), args.host, args.metrics_port
        )
    member = None
    if args.member:
        member = Member(receiver, channel_of(int(args.member.partition(":")[2])), talker.talks)
        await member.join()
    else:
        _say_port(args, port)
    written = _written_at(args)
    while not stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.2 if args.until_idle else 1.0)
        written = await asyncio.to_thread(_publish_again, desk, args, written)
        quiet_s = time.monotonic() - receiver.last_heard_s
        if args.until_idle and receiver.counters.messages_total and quiet_s > args.until_idle:
            stop.set()
    if metrics is not None:
        metrics.close()
    await receiver.stop()
    await talker.stop()
    if member is not None:
        await member.leave()


def _place(args: Namespace) -> tuple[int, int]:
    """Which of how many receivers of one store this process is."""
    number, _, of = (args.member or "0/1").partition(":")[0].partition("/")
    return int(number), int(of)


def _written_at(args: Namespace) -> float:
    """When the register's file was written last; 0 for none."""
    path: Path | None = args.devices
    return path.stat().st_mtime if path is not None and path.is_file() else 0.0


def _publish_again(desk: "Desk", args: Namespace, before: float) -> float:
    """Take the register's file again when it was written since; one that cannot be read changes nothing."""
    from qingxi.store import publish

    written = _written_at(args)
    if written and written != before:
        devices, faults = _devices(args)
        for fault in faults:
            print(fault, file=sys.stderr)
        if devices:
            publish(desk.side, devices)
    return written


def _spool(args: Namespace) -> "OwnSpool | None":
    """The spool of this process; None for a database elsewhere when no place was named."""
    from qingxi.receiver import OwnSpool
    from qingxi.store import is_postgres

    if args.spool is None and is_postgres(args.store):
        return None
    folder = args.spool or Path(args.store).with_suffix(".spool")
    try:
        return OwnSpool(folder, *_place(args))
    except OSError as error:
        raise UserError(f"暂存目录 {folder} 用不了：{spoken(error)}") from error


async def _lead(args: Namespace, desk: "Desk") -> dict[str, object]:
    """Start the members and wait; what all of them counted."""
    import asyncio
    import contextlib
    import socket
    import time

    from qingxi.cli.stopping import stop_event
    from qingxi.receiver import Fleet, serve_metrics
    from qingxi.receiver.fleet import python_command

    stop = stop_event()
    with socket.socket() as place:  # holds the port for the members; never listens itself
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            place.bind((args.host, args.port))
        except OSError as error:
            raise UserError(f"不能在 {args.host}:{args.port} 上监听：{spoken(error)}") from error
        port = place.getsockname()[1]
        words = ["receive", "--store", str(args.store), "--host", args.host, "--port", str(port), "--share-port"]
        words += ["--any-time"] * args.any_time + ["--no-talk"] * args.no_talk
        words += ["--spool", str(args.spool)] if args.spool else []
        fleet = Fleet(
            lambda n, fd: python_command(*words, "--member", f"{n}/{args.processes}:{fd}"), args.processes
        )
        try:
            await fleet.start()
        except OSError as error:
            raise UserError("接收进程未能启动，原因见上面的输出") from error
        metrics = None
        if args.metrics_port is not None:
            metrics = await serve_metrics(
                lambda: fleet.counters().prometheus() + fleet.talks().prometheus() + desk.gauges(time.time()),
                args.host,
                args.metrics_port,
            )
        _say_port(args, port)
        heard, quiet_since, written = 0, time.monotonic(), _written_at(args)
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 0.2)
            written = await asyncio.to_thread(_publish_again, desk, args, written)
            messages = fleet.counters().messages_total
            if messages != heard:
                heard, quiet_since = messages, time.monotonic()
            if args.until_idle and heard and time.monotonic() - quiet_since > args.until_idle + 1:
                stop.set()
        if metrics is not None:
            metrics.close()
        await fleet.stop()
    return fleet.counters().as_json() | {"processes": args.processes, "started_again": fleet.started_again}


def _run(args: Namespace) -> int:
    import asyncio
    from dataclasses import replace

    from qingxi.receiver import Limits, Receiver, raise_socket_limit
    from qingxi.receiver.backfill import Piece
    from qingxi.store import Desk, is_postgres, open_writer, publish

    if sys.platform == "win32" and (args.processes > 1 or args.share_port):
        raise UserError("Windows 上几个进程不能共用一个端口：请去掉 --processes、--share-port，一个进程够一个省用")
    if args.devices is not None:
        devices, faults = _devices(args)
        for fault in faults:
            print(fault, file=sys.stderr)
        if not devices:
            print("没有一台可用的设备登记", file=sys.stderr)
            return UNUSABLE
    if not is_postgres(args.store):
        Path(args.store).parent.mkdir(parents=True, exist_ok=True)
    try:
        # A store that is locked for longer than this is down: the spool takes over.
        store = open_writer(args.store, timeout_s=2)
    except Exception as error:
        raise UserError(f"读数库 {args.store} 打不开：{error}") from error
    desk = Desk(args.store, Piece)
    if args.devices is not None:
        publish(desk.side, devices)
    if args.processes > 1:
        store.close()
        counted = asyncio.run(_lead(args, desk))
        desk.close()
        return _tell(args, counted)
    limits = Limits.from_table()
    limits = replace(limits, connections=raise_socket_limit(limits.connections))
    if args.any_time:
        limits = replace(limits, clock_future_h=float("inf"))
    own = _spool(args)
    receiver = Receiver(store, desk.devices(), limits=limits, spool=own.spool if own is not None else None)
    asyncio.run(_serve(receiver, desk, args))
    desk.close()
    if own is not None:
        own.close()
    said = receiver.counters.as_json() | {"stored": {k.value: n for k, n in store.outcomes.items()}}
    store.close()
    return OK if args.member else _tell(args, said)


def _tell(args: Namespace, said: "Mapping[str, object]") -> int:
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        reasons = cast("dict[str, int]", said["quarantined"])
        print(
            f"收到 {said['messages']} 条，入库 {said['kept']}，应答 {said['acknowledged']}，隔离 {_counted(reasons)}"
        )
    return OK


command = Command("receive", "接收 HJ 212 设备数据", _run, _arguments, _DESCRIPTION)
