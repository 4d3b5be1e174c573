"""``qingxi conform``: does a server, or a device, speak HJ 212 as the standard has it?"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qingxi.cli.command import NEGATIVE, OK, Command, UserError
from qingxi.cli.told import spoken

if TYPE_CHECKING:
    from qingxi.wire.hj212.conform import Case, Setting, Verdict
    from qingxi.wire.hj212.conform.strict import StrictFrame

_DESCRIPTION = """\
HJ 212 符合性检验：附录 C 的示例（2017 的 C.1–C.50，2025 的 A.1、C.1–C.63），及应答、校验、拆包等规矩。

  qingxi conform server 127.0.0.1:9000 --mn 010000A8900016F000169DC0
  qingxi conform device --listen 0.0.0.0:9000

server：我们当设备，去连服务器（MN、密码须是服务器登记过的一台试验设备）。
device：我们当服务器，等设备来连；MN、密码、版本从它说的第一包认出。
默认不改设备设置、不动作仪器；允许时加 --settings、--control。
退出码：0 全部通过；1 有不通过（建议项只在 --strict 时算）；2 连不上或参数不对。
报告的末尾“要改的”把同样的毛病归在一起，写明怎样改。每例的依据、应当怎样见 docs/hj212/conformance.md。
HJ/T 212-2005 没有例：只检验 2017 和 2025 两版。

In English: the report with --lang en; every option in docs/hj212/conformance.en.md."""


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("side", metavar="server|device", choices=("server", "device"), help="被检验的一方")
    parser.add_argument("address", metavar="主机:端口", nargs="?", help="服务器（检验 server 时）")
    parser.add_argument("--listen", metavar="[主机:]端口", help="在此等设备来连（检验 device 时）")
    parser.add_argument("--mn", metavar="MN", help="设备编码（检验 device 时可不写）")
    parser.add_argument("--password", metavar="密码", default="123456", help="访问密码 PW（默认 123456）")
    parser.add_argument("--edition", metavar="年", type=int, choices=(2017, 2025), default=2017, help="登记的版本")
    parser.add_argument("--st", metavar="ST", default="32", help="系统编码（默认 32）")
    parser.add_argument("--sm4-key", metavar="HEX", default="", help="SM4 密钥，32 位十六进制（2025）")
    parser.add_argument("--timeout", metavar="秒", type=float, help="等应答多久（默认按标准表 1，10 秒）")
    parser.add_argument("--quiet", metavar="秒", type=float, default=2.0, help="不该有应答处听多久（默认 2）")
    parser.add_argument(
        "--wait", metavar="秒", type=float, default=120.0, help="等设备来连、等它上报多久（默认 120）"
    )
    parser.add_argument("--settings", action="store_true", help="允许改设备的间隔、时钟、密码（改后恢复）")
    parser.add_argument("--control", action="store_true", help="允许 3xxx 命令动作仪器")
    parser.add_argument(
        "--only", metavar="编号", action="append", help="只做这一例；末尾加 * 为编号以此开头的各例；可多次"
    )
    parser.add_argument("--strict", action="store_true", help="建议项不通过也算不通过")
    parser.add_argument("--lang", choices=("zh", "en"), default="zh", help="报告的语言 language of the report")
    parser.add_argument("--whole", action="store_true", help="通过的例也显示收发的包")
    parser.add_argument("--format", choices=("text", "json", "junit"), default="text", help="结果的格式")
    parser.add_argument("--out", metavar="文件", type=Path, help="结果写入文件（默认标准输出）")


def _address(text: str | None, option: str) -> tuple[str, int]:
    host, _, port = (text or "").rpartition(":")
    if not port.isdigit():
        raise UserError(f"{option} 为 {text!r}，须写成 主机:端口")
    return host or "0.0.0.0", int(port)


def _setting(args: Namespace) -> "Setting":
    from qingxi.standard import load_table
    from qingxi.wire.hj212.conform import Setting

    try:
        key = bytes.fromhex(args.sm4_key)
    except ValueError as error:
        raise UserError(f"--sm4-key 须为 32 位十六进制：{error}") from error
    if key and len(key) != 16:
        raise UserError(f"--sm4-key 有 {len(key)} 字节，须为 16 字节（32 位十六进制）")
    return Setting(
        mn=args.mn or "", pw=args.password, st=args.st, edition=args.edition, sm4_key=key,
        timeout_s=args.timeout if args.timeout is not None else load_table("hj212")["answer.timeout"],
        quiet_s=args.quiet, settings=args.settings, control=args.control, upload_s=args.wait,
    )  # fmt: skip


def _progress(lang: str) -> "Callable[[Verdict], None]":
    from qingxi.wire.hj212.conform import result_word

    return lambda one: print(f"{result_word(one.result, lang):4} {one.case.id}", file=sys.stderr, flush=True)


async def _server(args: Namespace, setting: "Setting") -> list["Verdict"]:
    from qingxi.receiver.conform import run_cases, to_server
    from qingxi.wire.hj212.conform import server_cases

    host, port = _address(args.address, "服务器地址")
    return await run_cases(
        _chosen(args, server_cases()), setting, to_server(host, port, setting.sm4_key), told=_progress(args.lang)
    )


async def _device(args: Namespace, setting: "Setting") -> list["Verdict"]:
    from qingxi.receiver.conform import Waiting, learn, run_cases
    from qingxi.wire.hj212.conform import device_cases
    from qingxi.wire.hj212.tongues import said

    waiting = Waiting(args.wait)
    host, port = _address(args.listen, "--listen")
    try:
        bound = await waiting.listen(host, port)
    except OSError as error:
        raise UserError(f"不能在 {host}:{port} 上监听：{spoken(error)}") from error
    waits = said(
        "在 {host}:{port} 等设备来连，最多 {s:g} 秒", "waiting at {host}:{port} for the device to call, at most {s:g} s",
        host=host, port=bound, s=args.wait,
    )  # fmt: skip
    print(_told(waits, args), file=sys.stderr, flush=True)
    line = waiting.line(setting.sm4_key)
    heard: list[StrictFrame] = []
    try:
        if not setting.mn:
            setting, first = await learn(line, setting, args.wait)
            heard.append(first)
            found = said(
                "设备 MN={mn}，ST={st}，{e} 版", "device MN={mn}, ST={st}, edition {e}",
                mn=setting.mn, st=setting.st, e=setting.edition,
            )  # fmt: skip
            print(_told(found, args), file=sys.stderr, flush=True)
        return await run_cases(_chosen(args, device_cases(heard)), setting, line, told=_progress(args.lang))
    finally:
        await waiting.close()


def _told(text: str, args: Namespace) -> str:
    from qingxi.wire.hj212.tongues import in_english

    return in_english(text) if args.lang == "en" else text


def _chosen(args: Namespace, cases: "Sequence[Case]") -> "list[Case]":
    ids = {case.id for case in cases}

    def picked(case: "Case", wish: str) -> bool:  # S-17-C.4 is that case alone, S-17-C.4* is C.40 too
        return case.id == wish if wish in ids else case.id.startswith(wish.removesuffix("*"))

    found = [case for case in cases if not args.only or any(picked(case, wish) for wish in args.only)]
    if not found:
        raise UserError(f"没有编号以 {'、'.join(args.only)} 开头的例")
    return found


def _run(args: Namespace) -> int:
    import asyncio

    from qingxi.receiver.conform import NobodyThere, OtherEdition
    from qingxi.wire.hj212.conform import as_json, as_junit, as_text, failures

    setting = _setting(args)
    if args.side == "server" and not args.mn:
        raise UserError("检验服务器须写 --mn：服务器登记过的一台试验设备")
    try:
        verdicts = asyncio.run(_server(args, setting) if args.side == "server" else _device(args, setting))
    except NobodyThere as error:
        raise UserError(f"没有接通 no line: {error}") from error
    except OtherEdition as error:
        raise UserError(
            f"设备 {error} 说的是 HJ/T 212-2005（没有 Flag，或版本位为 0）；这里只检验 2017 和 2025 两版 "
            "(the device speaks the edition of 2005; there are cases for 2017 and 2025 only)"
        ) from error
    about = {"side": args.side, "address": args.address or args.listen or "", "edition": str(args.edition)}
    if args.format == "json":
        text = as_json(verdicts, about, lang=args.lang)
    elif args.format == "junit":
        text = as_junit(verdicts, f"hj212 {args.side}", lang=args.lang)
    else:
        text = as_text(verdicts, whole=args.whole, lang=args.lang)
    if args.out is not None:
        args.out.write_text(text + "\n", encoding="utf-8")
    else:
        print(text)
    return NEGATIVE if failures(verdicts, strict=args.strict) else OK


command = Command("conform", "HJ 212 符合性检验", _run, _arguments, _DESCRIPTION)
