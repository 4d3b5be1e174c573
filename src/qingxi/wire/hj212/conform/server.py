"""Cases for a server (上位机): every upload and notice of the Annexes, and the rules a device depends on."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from qingxi.wire.hj212.conform.examples import Example, examples, moved
from qingxi.wire.hj212.conform.script import (
    NONE,
    Case,
    Failed,
    Frames,
    Heard,
    NotApplicable,
    Redial,
    Say,
    Script,
    Setting,
    Step,
    failed_unless,
    hear,
    no_answer,
)
from qingxi.wire.hj212.conform.strict import StrictFrame, annex_a
from qingxi.wire.hj212.encode import answer_notice, answer_request, answer_result, encode, flag_of
from qingxi.wire.hj212.flow import flow_of, must_encrypt
from qingxi.wire.hj212.message import Message
from qingxi.wire.hj212.tongues import joined, said

_ANSWERS = ("9011", "9012", "9013", "9014")


def answer_faults(frame: StrictFrame, asked: Message, cn: str) -> list[str]:
    """What is wrong with an answer, each as a sentence with its bytes; empty when nothing is."""
    version = asked.flag >> 2 if asked.flag is not None else 0
    due = {"CN": cn, "QN": asked.qn, "MN": asked.mn, "PW": asked.pw, "ST": "91", "Flag": str(version << 2)}
    wrong = [
        said(
            "{key}={there}{at}，应为 {value}",
            "{key}={there}{at}, due is {value}",
            f"answer-{key}",
            key=key,
            there=frame.header.get(key, NONE),
            value=value,
            at=_where(frame, key),
        )
        for key, value in due.items()
        if frame.header.get(key) != value
    ]
    return [*frame.faults, *wrong]


def _where(frame: StrictFrame, key: str) -> str:
    """Which bytes of the frame a header's value is."""
    text = f"{key}={frame.header.get(key, '')}".encode()
    at = frame.raw.find(b";" + text + b";") + 1 or (7 if frame.raw[6:].startswith(text) else 0)
    if not at:
        return ""
    begin = at + 1 if at != 7 else 7
    return said("（第 {a}–{b} 字节）", " (bytes {a}–{b})", a=begin, b=begin + len(text) - 1)


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
    got = Frames()
    left = seconds
    while left > 0 and not enough(got):
        heard = yield from hear(left)
        got.hung_up = got.hung_up or heard.hung_up
        if heard.frame is None:
            break
        if not heard.frame.raw.startswith(b"##"):
            raise Failed(
                said(
                    "收到的不是 HJ 212 的包：{raw}",
                    "what came is no HJ 212 frame: {raw}",
                    "foreign",
                    raw=ascii(heard.frame.raw[:40])[2:-1],
                )
            )
        left -= heard.took
        got.append(heard.frame)
        for answer in _as_device(heard.frame):
            yield Say(answer)
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
            raise Failed(
                said(
                    "来的应答 QN={qn}，应为 {due}",
                    "the answer came with QN={qn}, due is {due}",
                    "answer-QN",
                    qn=others[0].header.get("QN", NONE),
                    due=asked.qn,
                )
            )
        raise Failed(no_answer(setting.timeout_s, got))
    faults = answer_faults(mine[0], asked, cn)
    failed_unless(not faults, joined(faults))


def _answered(setting: Setting, message: Message, cn: str, raw: bytes = b"", pieces: int = 0) -> Script:
    """Send, and expect the one right answer."""
    yield Say(raw or _frame(setting, message), pieces)
    got = yield from _hear(setting.timeout_s, _to(message))
    _expect(setting, message, cn, got)


def _silence(setting: Setting, raw: bytes, qn: str, what: str, code: str) -> Script:
    """Send, expect no answer; then a good packet, expect its answer."""
    yield Say(raw)
    got = yield from _hear(setting.quiet_s, lambda frames: False)
    wrong = [frame for frame in got if frame.cn in _ANSWERS and frame.header.get("QN", qn) == qn]
    failed_unless(
        not wrong,
        said(
            "{what}：不该应答，却得到 {cn}",
            "{what}: no answer is due, but {cn} came",
            code,
            what=what,
            cn=wrong[0].cn if wrong else "",
        ),
    )
    good = datum(setting)
    yield Say(_frame(setting, good))
    got = yield from _hear(setting.timeout_s, _to(good))
    after = said(
        "{what}：其后正确的数据包得不到应答",
        "{what}: the good packet after it gets no answer",
        "no-answer",
        what=what,
    )
    failed_unless(bool(got), after)
    _expect(setting, good, "9014", got)


def _example(example: Example) -> Case:
    first = example.first.message
    flow = flow_of(first.cn, "device")
    assert flow is not None
    (due,) = flow.answers

    def run(setting: Setting) -> Script:
        if setting.edition < example.edition:
            raise NotApplicable(registered_as(setting.edition))
        upload = moved(example, first, setting.today)
        upload = replace(upload, mn=setting.mn, pw=setting.pw, qn=setting.qn())
        yield from _answered(setting, upload, due)

    return Case(
        f"S-{example.edition % 100}-{example.clause}", flow.name, f"{example.edition} {example.clause}", True,
        said(
            "{due}，QN、MN、PW 同原包，ST=91，Flag 版本位同原包而无应答位",
            "{due} with QN, MN, PW of the packet, ST=91, Flag with its version bits and without the answer bit", due=due,
        ), run,
    )  # fmt: skip


def _crc(setting: Setting) -> Script:
    message = datum(setting)
    raw = encode(message)
    due = raw[-6:-2]
    bad = b"%04X" % (int(due, 16) ^ 1)
    yield from _silence(
        setting,
        raw[:-6] + bad + b"\r\n",
        message.qn,
        said("CRC 错误的包", "a packet with a wrong CRC"),
        "executes-bad-crc",
    )


def _modbus(setting: Setting) -> Script:
    """A server that computes another checksum answers with it; that shows in every answer, so here only the good one."""
    message = datum(setting)
    yield Say(_frame(setting, message))
    got = yield from _hear(setting.timeout_s, _to(message))
    failed_unless(bool(got), no_answer(setting.timeout_s, got))
    body = got[0].raw.rstrip(b"\r\n")
    due = annex_a(body[6:-4])
    wrong = [fault for fault in got[0].faults if "CRC" in fault]
    failed_unless(body[-4:] == due.encode(), joined(wrong))


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
    yield from _silence(
        setting,
        _frame(setting, message),
        message.qn,
        said("Flag 的应答位为 0", "Flag without the answer bit"),
        "answers-unasked",
    )


def _wrong_pw(setting: Setting) -> Script:
    message = datum(setting, pw="9" * 6 if setting.pw != "9" * 6 else "8" * 6)
    yield from _silence(
        setting,
        _frame(setting, message),
        message.qn,
        said("密码不符的数据", "data with a wrong password"),
        "password",
    )


def _wrong_mn(setting: Setting) -> Script:
    message = datum(setting, mn="F" * 24)
    yield from _silence(
        setting, encode(message), message.qn, said("未登记的 MN", "an MN that is not registered"), "unknown-mn"
    )


def _polite(setting: Setting) -> Script:
    for cn, group in (("9011", ("QnRtn", "1")), ("9012", ("ExeRtn", "1")), ("9013", None), ("9014", None)):
        message = datum(setting, cn=cn, st="91", groups=((group,),) if group else ())
        yield Say(encode(message))
        got = yield from _hear(setting.quiet_s / 2, lambda frames: False)
        wrong = [frame for frame in got if frame.header.get("QN") == message.qn]
        failed_unless(
            not wrong,
            said(
                "对 {cn} 又作了应答 {got}",
                "answered {cn} with {got}",
                "answers-answers",
                cn=cn,
                got=wrong[0].cn if wrong else "",
            ),
        )


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
    failed_unless(bool(got), no_answer(setting.timeout_s, got))
    failed_unless(
        got[0].area == "",
        said(
            "9014 的数据区为 {area}，示例中为空",
            "the data area of 9014 is {area}, empty in the examples",
            "answer-area",
            area=repr(got[0].area),
        ),
    )


def _unknown(setting: Setting) -> Script:
    message = datum(setting, cn="2999")
    yield Say(_frame(setting, message))
    got = yield from _hear(setting.timeout_s, _to(message))
    failed_unless(
        bool(got),
        said(
            "求应答的未知命令没有应答；设备会一直重发",
            "an unknown command that wants an answer gets none; the device sends it again and again",
            "unknown-command",
        ),
    )


def _clock(setting: Setting) -> Script:
    message = datum(setting, cn="1013", groups=())
    yield Say(encode(message))
    got = yield from _hear(setting.timeout_s, lambda frames: any(frame.cn == "1012" for frame in frames))
    failed_unless(
        any(frame.cn == "1012" for frame in got),
        said(
            "应答 9013 之后没有发来 1012 设置现场机时间",
            "after 9013 no 1012 came to set the device's time",
            "no-1012",
        ),
    )


def _resent(setting: Setting) -> Script:
    _needs_2025(setting)
    yield from _answered(setting, datum(setting, extra=(("RF", "1"),)), "9014")


def _encrypted(setting: Setting) -> Script:
    _needs_2025(setting)
    if not setting.sm4_key:
        raise NotApplicable(said("没有给 SM4 密钥", "no SM4 key was given"))
    message = datum(setting)
    yield from _answered(setting, message, "9014", encode(message, sm4_key=setting.sm4_key))


def _mirrored(setting: Setting) -> Script:
    _needs_2025(setting)
    yield from _answered(setting, datum(setting, flag=5), "9014")
    yield from _answered(setting, datum(setting, flag=9), "9014")


def _needs_2025(setting: Setting) -> None:
    if setting.edition < 2025:
        raise NotApplicable(registered_as(setting.edition))


def registered_as(edition: int) -> str:
    """Why a case of another edition is left out."""
    return said("被测端按 {e} 版登记", "the side under test is of {e}", e=edition)


_GOOD = said("9014，QN、MN、PW 同原包，ST=91", "9014 with QN, MN, PW of the packet, ST=91")
_RULES = (
    Case("S-glued", said("两包粘在一起", "two packets glued"), "2017 6.3.1", True, said("两个 9014", "two 9014"), _glued),
    Case("S-bytes", said("逐字节到达", "byte by byte"), "2017 6.3.1", True, _GOOD, _bytewise),
    Case("S-junk", said("包前有杂字节", "junk in front of a packet"), "", False, _GOOD, _junk),
    Case("S-torn", said("半包断线后重连", "half a packet, then a new line"), "", True,
         said("重连后 {good}", "on the new line {good}", good=_GOOD), _torn),
    Case("S-crc", said("CRC 错误", "wrong CRC"), "2017 表 2", True,
         said("不应答；其后正确的包照常应答", "no answer; the good packet after it is answered"), _crc),
    Case("S-crc-own", said("应答的 CRC 用附录 A 算法", "CRC of answers by Annex A"), "2017 附录 A", True,
         said("附录 A 的 CRC", "the CRC of Annex A"), _modbus),
    Case("S-length", said("长度写大的坏包之后", "after a packet whose length is too large"), "2017 表 2", True,
         said("其后正确的包照常应答", "the good packet after it is answered"), _length),
    Case("S-no-bit", said("应答位为 0", "answer bit 0"), "2017 表 3", True, said("不应答", "no answer"), _no_bit),
    Case("S-pw", said("密码不符", "wrong password"), "2017 表 3", False, said("不以 9014 确认", "no 9014"), _wrong_pw),
    Case("S-mn", said("MN 未登记", "MN not registered"), "2017 表 3", False, said("不以 9014 确认", "no 9014"), _wrong_mn),
    Case("S-polite", said("对应答不再应答", "answers are not answered"), "2017 6.5", True,
         said("对 9011、9012、9013、9014 都不应答", "no answer to 9011, 9012, 9013, 9014"), _polite),
    Case("S-again", said("重发的同一包", "the same packet again"), "2017 6.2.1", True, said("再次 9014", "9014 again"), _again),
    Case("S-split", said("拆包各自应答", "each part of a split packet is answered"), "2017 C.50", True,
         said("每包一个 9014，QN 各同其包", "one 9014 each, with the QN of its part"), _split),
    Case("S-long", said("接近 1024 字节的包", "a packet of nearly 1024 bytes"), "2017 表 2", True, _GOOD, _long),
    Case("S-empty", said("9014 的数据区为空", "9014 has an empty data area"), "2017 C.14", False, "CP=&&&&", _empty),
    Case("S-unknown", said("未知命令", "unknown command"), "2017 6.6.5", False, said("有应答", "an answer"), _unknown),
    Case("S-clock", said("时间校准请求之后设置时间", "the time is set after calibration was asked for"), "2017 C.4", False,
         said("9013 之后 1012", "1012 after 9013"), _clock),
    Case("S-rf", said("补传标志 RF=1", "re-send mark RF=1"), "2025 表 3", True, _GOOD, _resent),
    Case("S-sm4", said("数据区 SM4 加密", "data area under SM4"), "2025 6.4 A.2", True, _GOOD, _encrypted),
    Case("S-version", said("应答版本位随原包", "version bits of answers follow the packet"), "2025 表 3", True,
         said("Flag=4 与 Flag=8", "Flag=4 and Flag=8"), _mirrored),
)  # fmt: skip


def server_cases() -> tuple[Case, ...]:
    """Every case for a server: the examples that a device begins, then the rules."""
    begun = [example for example in examples() if example.first.sender == "device"]
    return (*(_example(example) for example in begun), *_RULES)
