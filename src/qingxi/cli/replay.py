"""``qingxi replay``: play recorded HJ 212 frames to a server, with real answers."""

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from qingxi.cli.command import NEGATIVE, OK, Command, UserError
from qingxi.cli.told import spoken

_DESCRIPTION = """\
把 HJ 212 数据包文件（每包以回车换行结束，可用 zstd 压缩）按顺序发给服务器，等待应答，超时重发。

  qingxi replay county/evidence/hj212.frames.zst --to 127.0.0.1:9000
  qingxi replay frames.txt --to 10.0.0.5:9000 --devices --speed 60

有数据包始终得不到应答时退出码为 1。"""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", metavar="文件", type=Path, help="数据包文件（.zst 为 zstd 压缩）")
    parser.add_argument("--to", metavar="主机:端口", required=True, help="服务器")
    parser.add_argument("--speed", metavar="N|max", default="max", help="按数据包自身时间的 N 倍速发送;max 为尽快")
    parser.add_argument("--devices", action="store_true", help="每台设备一条连接（默认全部经一条连接）")
    parser.add_argument(
        "--window", metavar="N", type=int, help="每条连接未应答的最多包数（默认：max 时 64，否则 1）"
    )
    parser.add_argument("--timeout", metavar="秒", type=float, help="应答超时（默认按标准 10 秒）")
    parser.add_argument("--resends", metavar="N", type=int, help="超时后重发次数（默认按标准 3 次）")
    parser.add_argument("--limit", metavar="N", type=int, help="只发前 N 包")
    parser.add_argument("--json", action="store_true", help="输出 JSON")


def frames_of(data: bytes) -> list[bytes]:
    """Frames of a file, each with its line end; comments (``# ``) and blank lines are left out."""
    return [
        line.rstrip(b"\r\n") + b"\r\n"
        for line in data.split(b"\n")
        if line.strip() and (line.startswith(b"##") or not line.startswith(b"#"))
    ]


def _read(path: Path) -> bytes:
    import zstandard

    try:
        data = path.read_bytes()
        if data[:4] == b"\x28\xb5\x2f\xfd":
            with zstandard.ZstdDecompressor().stream_reader(data) as stream:
                return stream.read()
    except FileNotFoundError:
        raise UserError(f"数据包文件 {path} 不存在") from None
    except (OSError, zstandard.ZstdError) as error:
        raise UserError(f"数据包文件 {path} 读不出：{error}") from error
    return data


def _run(args: Namespace) -> int:
    import asyncio

    from qingxi.standard import load_table
    from qingxi.world.devices import Manner, play

    host, colon, port = args.to.rpartition(":")
    if not colon or not port.isdigit():
        raise UserError(f"--to 为 {args.to!r}，须写成 主机:端口")
    try:
        speed = float("inf") if args.speed == "max" else float(args.speed)
    except ValueError:
        speed = 0.0
    if not speed > 0:
        raise UserError(f"--speed 为 {args.speed!r}，须为大于 0 的数或 max")
    frames = frames_of(_read(args.file))[: args.limit]
    if not frames:
        raise UserError(f"{args.file} 里没有数据包")
    table = load_table("hj212")
    manner = Manner(
        timeout_s=args.timeout if args.timeout is not None else table["answer.timeout"],
        resends=args.resends if args.resends is not None else int(table["answer.resends"]),
        window=args.window or (64 if args.speed == "max" else 1),
        speed=speed,
    )
    try:
        played = asyncio.run(play(frames, host, int(port), manner=manner, line_per_device=args.devices))
    except OSError as error:
        raise UserError(f"连不上 {args.to}：{spoken(error)}") from error
    said = played.as_json()
    if args.json:
        print(json.dumps(said, ensure_ascii=False))
    else:
        print(
            f"发出 {played.sent} 包，得到应答 {played.acked}，重发 {played.resent}，不求应答 {played.unasked}，"
            f"坏包 {played.broken}，无应答 {played.unanswered}，用时 {played.seconds:.1f} 秒"
        )
    return NEGATIVE if played.unanswered else OK


command = Command("replay", "把 HJ 212 数据包文件发给服务器", _run, _arguments, _DESCRIPTION)
