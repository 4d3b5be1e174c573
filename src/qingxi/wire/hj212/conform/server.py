"""Cases for a server (上位机): every upload and notice of the Annexes, and the rules a device depends on."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from qingxi.wire.hj212.conform.examples import Example, examples, moved
from qingxi.wire.hj212.conform.script import (
    Case,
    Failed,
    Heard,
    NotApplicable,
    Redial,
    Say,
    Script,
    Setting,
    Step,
    failed_unless,
    hear,
)
from qingxi.wire.hj212.conform.strict import StrictFrame, annex_a
from qingxi.wire.hj212.encode import answer_notice, answer_request, answer_result, encode, flag_of
from qingxi.wire.hj212.flow import flow_of, must_encrypt
from qingxi.wire.hj212.message import Message

_ANSWERS = ("9011", "9012", "9013", "9014")


def answer_faults(frame: StrictFrame, asked: Message, cn: str) -> list[str]:
    """What is wrong with an answer, each as a sentence; empty when nothing is."""
    version = asked.flag >> 2 if asked.flag is not None else 0
    due = {"CN": cn, "QN": asked.qn, "MN": asked.mn, "PW": asked.pw, "ST": "91", "Flag": str(version << 2)}
    wrong = [
        f"{key}={frame.header.get(key, '（无）')}，应为 {value}"
        for key, value in due.items()
        if frame.header.get(key) != value
    ]
    return [*frame.faults, *wrong]


def datum(setting: Setting, *, answer: bool = True, flag: int | None = None, **changes: object) -> Message:
    """A real-time upload like C.14, of now."""
    at = f"{setting.today:%Y%m%d%H%M%S}"
    groups = ((("DataTime", at),), (("w01018-Rtd", "40.1"), ("w01018-Flag", "N")))
    message = Message(
        "2011", setting.mn, qn=setting.qn(), st=setting.st, pw=setting.pw, groups=groups,
        flag=flag_of(setting.edition, answer=answer) if flag is None else flag,
    )  # fmt: skip
    return replace(message, **changes)  # type: ignore[arg-type]


def _frame(setting: Setting, message: Message) -> bytes:
    key = setting.sm4_key if setting.edition >= 2025 and must_encrypt(message.cn, "device") else b""
    return encode(message, sm4_key=key)


def _to(message: Message) -> Callable[[Sequence[StrictFrame]], bool]:
    return lambda got: any(frame.header.get("QN") == message.qn for frame in got)


def _hear(
    seconds: float, enough: Callable[[Sequence[StrictFrame]], bool]
) -> Generator[Step, Heard | None, list[StrictFrame]]:
    """Frames until there are enough; what the server asks meanwhile is answered, or it would wait for ever."""
    got: list[StrictFrame] = []
    left = seconds
    while left > 0 and not enough(got):
        heard = yield from hear(left)
        if heard.frame is None:
            break
        left -= heard.took
        got.append(heard.frame)
        for said in _as_device(heard.frame):
            yield Say(said)
    return got


def _as_device(frame: StrictFrame) -> list[bytes]:
    """What a device without data says to a server's request."""
    flow = flow_of(frame.cn, "upper") if frame.cn not in _ANSWERS else None
    if flow is None or not frame.wants_answer:
        return []
    asked = Message(
        frame.cn,
        frame.header.get("MN", ""),
        qn=frame.header.get("QN", ""),
        pw=frame.header.get("PW", ""),
        flag=frame.flag,
    )
    if flow.kind == "notice":
        return [encode(answer_notice(asked))]
    done = 1 if flow.reply == "none" else 100
    return [encode(answer_request(asked, 1)), encode(answer_result(asked, done))]


def _expect(setting: Setting, asked: Message, cn: str, got: Sequence[StrictFrame]) -> None:
    mine = [frame for frame in got if frame.header.get("QN") == asked.qn]
    if not mine:
        others = [frame for frame in got if frame.cn in _ANSWERS]
        if others:
            raise Failed(f"来的应答 QN={others[0].header.get('QN', '（无）')}，应为 {asked.qn}")
        raise Failed(f"{setting.timeout_s:g} 秒内没有应答")
    faults = answer_faults(mine[0], asked, cn)
    failed_unless(not faults, "；".join(faults))


def _answered(setting: Setting, message: Message, cn: str, raw: bytes = b"", pieces: int = 0) -> Script:
    """Send, and expect the one right answer."""
    yield Say(raw or _frame(setting, message), pieces)
    got = yield from _hear(setting.timeout_s, _to(message))
    _expect(setting, message, cn, got)


def _silence(setting: Setting, raw: bytes, qn: str, what: str) -> Script:
    """Send, expect no answer; then a good packet, expect its answer."""
    yield Say(raw)
    got = yield from _hear(setting.quiet_s, lambda frames: False)
    wrong = [frame for frame in got if frame.cn in _ANSWERS and frame.header.get("QN", qn) == qn]
    failed_unless(not wrong, f"{what}，却得到应答 {wrong[0].cn if wrong else ''}")
    good = datum(setting)
    yield Say(_frame(setting, good))
    got = yield from _hear(setting.timeout_s, _to(good))
    failed_unless(bool(got), f"{what}之后，正确的数据包得不到应答")
    _expect(setting, good, "9014", got)


def _example(example: Example) -> Case:
    first = example.first.message
    flow = flow_of(first.cn, "device")
    assert flow is not None
    (due,) = flow.answers

    def run(setting: Setting) -> Script:
        if setting.edition < example.edition:
            raise NotApplicable(f"被测端按 {setting.edition} 版登记")
        said = moved(example, first, setting.today)
        said = replace(said, mn=setting.mn, pw=setting.pw, qn=setting.qn())
        yield from _answered(setting, said, due)

    return Case(
        f"S-{example.edition % 100}-{example.clause}", flow.name, f"{example.edition} {example.clause}", True,
        f"{due}，QN、MN、PW 同原包，ST=91，Flag 版本位同原包而无应答位", run,
    )  # fmt: skip


def _crc(setting: Setting) -> Script:
    message = datum(setting)
    raw = encode(message)
    due = raw[-6:-2]
    bad = b"%04X" % (int(due, 16) ^ 1)
    yield from _silence(setting, raw[:-6] + bad + b"\r\n", message.qn, "CRC 错误的包不应执行")


def _modbus(setting: Setting) -> Script:
    """A server that computes another checksum answers with it; that shows in every answer, so here only the good one."""
    message = datum(setting)
    yield Say(_frame(setting, message))
    got = yield from _hear(setting.timeout_s, _to(message))
    failed_unless(bool(got), "没有应答")
    body = got[0].raw.rstrip(b"\r\n")
    due = annex_a(body[6:-4])
    failed_unless(body[-4:] == due.encode(), f"应答的 CRC 为 {body[-4:].decode('latin-1')}，附录 A 算得 {due}")


def _length(setting: Setting) -> Script:
    """A false length must not swallow the packets behind it."""
    bad, good = datum(setting), datum(setting)
    raw = encode(bad)
    longer = b"##%04d" % (int(raw[2:6]) + 60) + raw[6:]
    yield Say(longer + _frame(setting, good))
    got = yield from _hear(setting.timeout_s, _to(good))
    _expect(setting, good, "9014", got)


def _no_bit(setting: Setting) -> Script:
    message = datum(setting, answer=False)
    yield from _silence(setting, _frame(setting, message), message.qn, "Flag 的应答位为 0")


def _wrong_pw(setting: Setting) -> Script:
    message = datum(setting, pw="9" * 6 if setting.pw != "9" * 6 else "8" * 6)
    yield from _silence(setting, _frame(setting, message), message.qn, "密码不符的数据不应确认")


def _wrong_mn(setting: Setting) -> Script:
    message = datum(setting, mn="F" * 24)
    yield from _silence(setting, encode(message), message.qn, "未登记的 MN 不应确认")


def _polite(setting: Setting) -> Script:
    for cn, group in (("9011", ("QnRtn", "1")), ("9012", ("ExeRtn", "1")), ("9013", None), ("9014", None)):
        message = datum(setting, cn=cn, st="91", groups=((group,),) if group else ())
        yield Say(encode(message))
        got = yield from _hear(setting.quiet_s / 2, lambda frames: False)
        wrong = [frame for frame in got if frame.header.get("QN") == message.qn]
        failed_unless(not wrong, f"对 {cn} 又作了应答 {wrong[0].cn if wrong else ''}")


def _glued(setting: Setting) -> Script:
    first, second = (
        datum(setting),
        datum(setting, cn="2021", groups=((("DataTime", f"{setting.today:%Y%m%d%H%M%S}"),), (("SB1-RS", "1"),))),
    )
    yield Say(_frame(setting, first) + _frame(setting, second))
    got = yield from _hear(setting.timeout_s, lambda frames: _to(first)(frames) and _to(second)(frames))
    _expect(setting, first, "9014", got)
    _expect(setting, second, "9014", got)


def _bytewise(setting: Setting) -> Script:
    yield from _answered(setting, datum(setting), "9014", pieces=1)


def _junk(setting: Setting) -> Script:
    message = datum(setting)
    yield from _answered(setting, message, "9014", b"\x00\xfe+++\r\n" + _frame(setting, message))


def _torn(setting: Setting) -> Script:
    message, good = datum(setting), datum(setting)
    yield Say(_frame(setting, message)[:40])
    yield Redial()
    yield from _answered(setting, good, "9014")


def _again(setting: Setting) -> Script:
    message = datum(setting)
    yield from _answered(setting, message, "9014")
    yield from _answered(setting, message, "9014")


def _split(setting: Setting) -> Script:
    at = (("DataTime", f"{setting.today:%Y%m%d%H}0000"),)
    flag = flag_of(setting.edition, answer=True, split=True)
    parts = [
        datum(setting, cn="2061", flag=flag, pnum=2, pno=number, groups=(at, ((f"{code}-Avg", "40.1"), (f"{code}-Flag", "N"))))
        for number, code in ((1, "w00000"), (2, "w01018"))
    ]  # fmt: skip
    for part in parts:
        yield from _answered(setting, part, "9014")


def _long(setting: Setting) -> Script:
    groups = [(("DataTime", f"{setting.today:%Y%m%d%H%M%S}"),)]
    message = datum(setting)
    while True:
        more = ((f"w{10000 + len(groups):05d}-Rtd", "40.1"), (f"w{10000 + len(groups):05d}-Flag", "N"))
        longer = replace(message, groups=(*groups, more))
        if len(encode(longer)) - 12 > 1024 or sum(len(k) + len(v) + 2 for g in longer.groups for k, v in g) > 950:
            break
        groups.append(more)  # type: ignore[arg-type]
    message = replace(message, groups=tuple(groups))
    yield from _answered(setting, message, "9014", encode(message))


def _empty(setting: Setting) -> Script:
    message = datum(setting)
    yield Say(_frame(setting, message))
    got = yield from _hear(setting.timeout_s, _to(message))
    failed_unless(bool(got), "没有应答")
    failed_unless(got[0].area == "", f"9014 的数据区为 {got[0].area!r}，示例中为空")


def _unknown(setting: Setting) -> Script:
    message = datum(setting, cn="2999")
    yield Say(_frame(setting, message))
    got = yield from _hear(setting.timeout_s, _to(message))
    failed_unless(bool(got), "求应答的未知命令没有应答；设备会一直重发")


def _clock(setting: Setting) -> Script:
    message = datum(setting, cn="1013", groups=())
    yield Say(encode(message))
    got = yield from _hear(setting.timeout_s, lambda frames: any(frame.cn == "1012" for frame in frames))
    failed_unless(any(frame.cn == "1012" for frame in got), "应答 9013 之后没有发来 1012 设置现场机时间")


def _resent(setting: Setting) -> Script:
    _needs_2025(setting)
    yield from _answered(setting, datum(setting, extra=(("RF", "1"),)), "9014")


def _encrypted(setting: Setting) -> Script:
    _needs_2025(setting)
    if not setting.sm4_key:
        raise NotApplicable("没有给 SM4 密钥")
    message = datum(setting)
    yield from _answered(setting, message, "9014", encode(message, sm4_key=setting.sm4_key))


def _mirrored(setting: Setting) -> Script:
    _needs_2025(setting)
    yield from _answered(setting, datum(setting, flag=5), "9014")
    yield from _answered(setting, datum(setting, flag=9), "9014")


def _needs_2025(setting: Setting) -> None:
    if setting.edition < 2025:
        raise NotApplicable(f"被测端按 {setting.edition} 版登记")


_GOOD = "9014，QN、MN、PW 同原包，ST=91"
_RULES = (
    Case("S-glued", "两包粘在一起", "2017 6.3.1", True, "两个 9014", _glued),
    Case("S-bytes", "逐字节到达", "2017 6.3.1", True, _GOOD, _bytewise),
    Case("S-junk", "包前有杂字节", "", False, _GOOD, _junk),
    Case("S-torn", "半包断线后重连", "", True, f"重连后 {_GOOD}", _torn),
    Case("S-crc", "CRC 错误", "2017 表 2", True, "不应答；其后正确的包照常应答", _crc),
    Case("S-crc-own", "应答的 CRC 用附录 A 算法", "2017 附录 A", True, "附录 A 的 CRC", _modbus),
    Case("S-length", "长度写大的坏包之后", "2017 表 2", True, "其后正确的包照常应答", _length),
    Case("S-no-bit", "应答位为 0", "2017 表 3", True, "不应答", _no_bit),
    Case("S-pw", "密码不符", "2017 表 3", False, "不以 9014 确认", _wrong_pw),
    Case("S-mn", "MN 未登记", "2017 表 3", False, "不以 9014 确认", _wrong_mn),
    Case("S-polite", "对应答不再应答", "2017 6.5", True, "对 9011、9012、9013、9014 都不应答", _polite),
    Case("S-again", "重发的同一包", "2017 6.2.1", True, "再次 9014", _again),
    Case("S-split", "拆包各自应答", "2017 C.50", True, "每包一个 9014，QN 各同其包", _split),
    Case("S-long", "接近 1024 字节的包", "2017 表 2", True, _GOOD, _long),
    Case("S-empty", "9014 的数据区为空", "2017 C.14", False, "CP=&&&&", _empty),
    Case("S-unknown", "未知命令", "2017 6.6.5", False, "有应答", _unknown),
    Case("S-clock", "时间校准请求之后设置时间", "2017 C.4", False, "9013 之后 1012", _clock),
    Case("S-rf", "补传标志 RF=1", "2025 表 3", True, _GOOD, _resent),
    Case("S-sm4", "数据区 SM4 加密", "2025 6.4 A.2", True, _GOOD, _encrypted),
    Case("S-version", "应答版本位随原包", "2025 表 3", True, "Flag=4 与 Flag=8", _mirrored),
)


def server_cases() -> tuple[Case, ...]:
    """Every case for a server: the examples that a device begins, then the rules."""
    begun = [example for example in examples() if example.first.sender == "device"]
    return (*(_example(example) for example in begun), *_RULES)
