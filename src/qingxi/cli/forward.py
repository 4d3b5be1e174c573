"""``qingxi forward``: what devices said, to the upper platforms."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qingxi.cli.command import OK, UNUSABLE, Command, UserError

if TYPE_CHECKING:
    from qingxi.store import Side

_DESCRIPTION = """\
把读数库里的设备数据以 HJ 212 转发给上级平台，一家平台一个自己的进度，断线续传，不拖累接收。

  qingxi forward --store var/store.sqlite3
  qingxi forward --store var/store.sqlite3 --until-done

平台名单由办公室的“转发”页面写进读数库；--platforms 也可给一个 JSON 文件
（[{"name": "市平台", "host": "10.0.0.9", "port": 9002, "edition": 2017}]）。"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--store", metavar="文件", required=True, help="读数库（SQLite 文件或 postgresql://…）")
    parser.add_argument("--platforms", metavar="JSON", type=Path, help="平台名单；给了就写进读数库")
    parser.add_argument("--until-done", action="store_true", help="没有要转发的就退出")


def _load(side: "Side", path: Path) -> None:
    import json

    from qingxi.store import publish_platforms
    from qingxi.wire.platform import Platform

    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        found = [Platform.load(json.dumps({"sm4_key": "", "st": [], "cn": [], "mns": {}} | row)) for row in rows]
    except (OSError, ValueError, TypeError) as error:
        raise UserError(f"平台名单 {path} 读不懂：{error}") from error
    publish_platforms(side, found)


async def _forward(side: "Side", until_done: bool) -> None:
    import asyncio
    import contextlib

    from qingxi.receiver.forward import Forwarder
    from qingxi.store import Outgoing, published_devices, published_platforms, register_version

    frames = Outgoing(side)
    held: dict[str, Any] = {"version": -1, "devices": {}}

    def devices() -> Any:
        version = register_version(side)
        if version != held["version"]:
            held["devices"], held["version"] = published_devices(side), version
        return held["devices"]

    running: dict[str, tuple[Any, asyncio.Task[None]]] = {}
    try:
        while True:
            wished = {p.name: p for p in await asyncio.to_thread(published_platforms, side) if p.enabled}
            for name, (platform, task) in list(running.items()):
                if wished.get(name) != platform or task.done():
                    if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                        raise error
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
                    if not until_done:
                        del running[name]
            for name, platform in wished.items():
                if name not in running:
                    run = Forwarder(platform, frames, devices).run(until_done=until_done)
                    running[name] = (platform, asyncio.create_task(run))
            if until_done:
                await asyncio.gather(*(task for _, task in running.values()))
                return
            await asyncio.sleep(2)
    finally:
        for _, task in running.values():
            task.cancel()


def _run(args: Namespace) -> int:
    import asyncio
    import contextlib

    from qingxi.store import is_postgres, open_side, published_platforms

    if not is_postgres(args.store) and not Path(args.store).exists():
        raise UserError(f"读数库 {args.store} 不存在")
    side = open_side(args.store)
    if args.platforms is not None:
        _load(side, args.platforms)
    if args.until_done and not published_platforms(side):
        print("没有登记上级平台")
        return UNUSABLE
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_forward(side, args.until_done))
    side.close()
    return OK


command = Command("forward", "把设备数据转发给上级平台", _run, _arguments, _DESCRIPTION)
