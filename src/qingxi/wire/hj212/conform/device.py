"""Cases for a device (现场机): every request of the Annexes, and the rules a server depends on."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from qingxi.wire.hj212.conform.examples import Example, examples, moved
from qingxi.wire.hj212.conform.script import (
    Case,
    Failed,
    Heard,
    NotApplicable,
    Say,
    Script,
    Setting,
    Step,
    failed_unless,
    hear,
)
from qingxi.wire.hj212.conform.server import answer_faults
from qingxi.wire.hj212.conform.strict import StrictFrame
from qingxi.wire.hj212.dialogue import request
from qingxi.wire.hj212.encode import answer_data, answer_notice, encode
from qingxi.wire.hj212.fields import field_faults
from qingxi.wire.hj212.flow import Flow, flow_of
from qingxi.wire.hj212.message import Message

_SETTINGS = frozenset({"1000", "1002", "1012", "1062", "1064", "1072", "2011", "2012", "2021", "2022"})
_NEVER = {"1014": "会更换密钥，须与厂家另行约定", "1002": "会更换 MN，须与厂家另行约定"}
_MUST_HAVE = frozenset({"1011", "1061", "1063", "2031", "2051", "2061"})

Listening = Generator[Step, Heard | None, list[StrictFrame]]


class Notes:
    """All frames a device has sent in a session, for the cases that judge them together."""

    def __init__(self) -> None:
        self.frames: list[StrictFrame] = []


def _as_message(frame: StrictFrame) -> Message:
    header = frame.header
    return Message(
        frame.cn, header.get("MN", ""), qn=header.get("QN", ""), pw=header.get("PW", ""),
        flag=frame.flag if frame.flag >= 0 else None,
    )  # fmt: skip


def _acknowledgement(frame: StrictFrame) -> bytes:
    """The answer a server owes for a device's own message; empty for none."""
    if frame.cn in ("9011", "9012", "9013", "9014") or not frame.wants_answer:
        return b""
    flow = flow_of(frame.cn, "device")
    told = _as_message(frame)
    try:
        return encode(answer_notice(told) if flow is not None and flow.kind == "notice" else answer_data(told))
    except ValueError:
        return b""


def _listen(
    notes: Notes, seconds: float, enough: Callable[[Sequence[StrictFrame]], bool], *, mute: str = ""
) -> Listening:
    """Frames until there are enough; the device's own messages are answered, those of QN ``mute`` are not."""
    got: list[StrictFrame] = []
    left = seconds
    while left > 0 and not enough(got):
        heard = yield from hear(left)
        if heard.frame is None:
            break
        left -= heard.took
        notes.frames.append(heard.frame)
        got.append(heard.frame)
        answer = _acknowledgement(heard.frame)
        if answer and heard.frame.header.get("QN") != mute:
            yield Say(answer)
    return got


def _ask(setting: Setting, cn: str, **fields: str) -> Message:
    return request(
        cn, mn=setting.mn, pw=setting.pw, qn=setting.qn(), st=setting.st, edition=setting.edition, **fields
    )


def _has(cn: str, qn: str) -> Callable[[Sequence[StrictFrame]], bool]:
    return lambda got: any(frame.cn == cn and frame.header.get("QN") == qn for frame in got)


def _to(asked: Message) -> Callable[[StrictFrame], bool]:
    return lambda frame: frame.header.get("QN") == asked.qn and frame.cn in ("9011", "9012", "9013")


def _dialogue(setting: Setting, notes: Notes, asked: Message, flow: Flow) -> Listening:
    """Ask and walk through the answers in their order; the data that came."""
    yield Say(encode(asked))
    if flow.kind == "notice":
        got = yield from _listen(notes, setting.timeout_s, _has("9013", asked.qn))
        _answer(got, asked, "9013")
        return []
    got = yield from _listen(notes, setting.timeout_s, lambda g: any(_to(asked)(frame) for frame in g))
    first = _answer(got, asked, "9011")
    code = first.get("QnRtn")
    if code != "1":
        if flow.cn in _MUST_HAVE:
            raise Failed(f"9011 QnRtn={code or '（无）'}，应为 1")
        raise NotApplicable(f"设备不做：9011 QnRtn={code or '（无）'}")
    wait_s = setting.timeout_s * (2 if flow.reply == "many" else 1)
    data = got[got.index(first) + 1 :]
    while not _has("9012", asked.qn)(data):
        more = yield from _listen(notes, wait_s, lambda g: len(g) > 0)
        if not more:
            raise Failed(f"9011 之后 {wait_s:g} 秒没有 9012 执行结果")
        data += more
    result = _answer(data, asked, "9012")
    told = [frame for frame in data[: data.index(result)] if frame.cn == flow.cn]
    exe = result.get("ExeRtn")
    if exe == "100" and flow.reply == "many":
        failed_unless(not told, "有数据，却以 ExeRtn=100（没有数据）结束")
        return told
    failed_unless(exe == "1", f"9012 ExeRtn={exe or '（无）'}，应为 1")
    if flow.reply != "none":
        failed_unless(bool(told), "9011 与 9012 之间没有数据")
    for frame in told:
        faults = [*frame.faults, *field_faults(frame.pairs(), flow.gives)]
        failed_unless(not faults, "；".join(faults))
    return told


def _answer(got: Sequence[StrictFrame], asked: Message, cn: str) -> StrictFrame:
    mine = [frame for frame in got if _to(asked)(frame)]
    due = [frame for frame in mine if frame.cn == cn]
    if not due:
        if mine:
            raise Failed(f"先来的是 {mine[0].cn}，应为 {cn}")
        others = [frame for frame in got if frame.cn == cn]
        if others:
            raise Failed(f"{cn} 的 QN={others[0].header.get('QN', '（无）')}，应为 {asked.qn}")
        raise Failed(f"没有 {cn}")
    faults = answer_faults(due[0], asked, cn)
    failed_unless(not faults, "；".join(faults))
    return due[0]


def _example(example: Example, notes: Notes) -> Case:
    first = example.first.message
    flow = flow_of(first.cn, "upper")
    assert flow is not None

    def run(setting: Setting) -> Script:
        _allowed(setting, first.cn)
        if setting.edition not in flow.editions:
            raise NotApplicable(f"{setting.edition} 版没有这条命令")
        if setting.edition < example.edition:
            raise NotApplicable(f"被测端为 {setting.edition} 版")
        if setting.edition > example.edition and flow.clause_2025:
            raise NotApplicable("2025 版另有示例")
        if first.st not in ("32", setting.st):
            raise NotApplicable(f"被测端 ST={setting.st}，示例为 ST={first.st}")
        said = moved(example, first, setting.today)
        asked = replace(_ask(setting, first.cn), groups=said.groups)
        if first.cn == "1012":
            asked = _ask(setting, "1012", SystemTime=f"{setting.today:%Y%m%d%H%M%S}")
        told = yield from _dialogue(setting, notes, asked, flow)
        _within(asked, told)
        if first.cn == "1072":  # and back again
            back = replace(_ask(setting, "1072", NewPW=setting.pw), pw=asked.get("NewPW"))
            yield from _dialogue(setting, notes, back, flow)

    answers = "、".join("数据" if cn == flow.cn else cn for cn in flow.answers)
    return Case(
        f"D-{example.edition % 100}-{example.clause}", flow.name, f"{example.edition} {example.clause}", True,
        f"依次 {answers}，应答的 QN、MN、PW 同原包，ST=91", run,
    )  # fmt: skip


def _allowed(setting: Setting, cn: str) -> None:
    if cn in _NEVER:
        raise NotApplicable(_NEVER[cn])
    if cn in _SETTINGS and not setting.settings:
        raise NotApplicable("会改变设备设置；允许时加 --settings")
    if cn.startswith("3") and cn not in ("3017", "3018", "3019", "3020") and not setting.control:
        raise NotApplicable("会动作仪器；允许时加 --control")


def _within(asked: Message, told: Sequence[StrictFrame]) -> None:
    begin, end = asked.get("BeginTime"), asked.get("EndTime")
    if not begin:
        return
    for frame in told:
        at = frame.get("DataTime")
        failed_unless(begin <= at <= end, f"DataTime={at} 不在所要的 {begin} 至 {end} 之间")


def _refused(
    notes: Notes, change: Callable[[Setting, Message], Message], codes: tuple[str, ...], what: str
) -> Callable[[Setting], Script]:
    def run(setting: Setting) -> Script:
        asked = change(setting, _ask(setting, "1061"))
        yield Say(encode(asked))
        got = yield from _listen(notes, setting.timeout_s, lambda g: any(_to(asked)(frame) for frame in g))
        mine = [frame for frame in got if _to(asked)(frame)]
        failed_unless(bool(mine), f"{what}，没有 9011")
        failed_unless(
            mine[0].get("QnRtn") in codes,
            f"{what}，9011 QnRtn={mine[0].get('QnRtn') or '（无）'}，应为 {'或'.join(codes)}",
        )

    return run


def _rules(notes: Notes) -> tuple[Case, ...]:
    flow = flow_of("1061", "upper")
    assert flow is not None

    def crc(setting: Setting) -> Script:
        asked = _ask(setting, "1061")
        raw = encode(asked)
        yield Say(raw[:-6] + b"%04X\r\n" % (int(raw[-6:-2], 16) ^ 1))
        got = yield from _listen(notes, setting.quiet_s, lambda g: any(_to(asked)(frame) for frame in g))
        failed_unless(not any(_to(asked)(frame) for frame in got), "CRC 错误的命令得到了应答")
        yield from _dialogue(setting, notes, _ask(setting, "1061"), flow)

    def no_bit(setting: Setting) -> Script:
        asked = _ask(setting, "1061")
        asked = replace(asked, flag=(asked.flag or 0) & ~1)
        yield Say(encode(asked))
        got = yield from _listen(notes, setting.quiet_s, lambda g: any(_to(asked)(frame) for frame in g))
        failed_unless(not any(_to(asked)(frame) for frame in got), "应答位为 0 的命令得到了 9011 或 9012")

    def pieces(setting: Setting) -> Script:
        asked = _ask(setting, "1061")
        yield Say(encode(asked), 1)
        got = yield from _listen(notes, setting.timeout_s, _has("9012", asked.qn))
        _answer(got, asked, "9011")
        _answer([frame for frame in got if frame.cn == "9012"], asked, "9012")

    def glued(setting: Setting) -> Script:
        first, second = _ask(setting, "1061"), _ask(setting, "1063")
        yield Say(encode(first) + encode(second))
        both = lambda g: _has("9012", first.qn)(g) and _has("9012", second.qn)(g)  # noqa: E731
        got = yield from _listen(notes, setting.timeout_s * 2, both)
        for asked in (first, second):
            _answer(
                [frame for frame in got if frame.header.get("QN") == asked.qn and frame.cn == "9011"], asked, "9011"
            )
            _answer([frame for frame in got if frame.cn == "9012"], asked, "9012")

    def junk(setting: Setting) -> Script:
        asked = _ask(setting, "1061")
        yield Say(b"\x00\xfe+++\r\n" + encode(asked))
        got = yield from _listen(notes, setting.timeout_s, _has("9012", asked.qn))
        _answer(got, asked, "9011")

    def twice(setting: Setting) -> Script:
        asked = _ask(setting, "1061")
        for _ in range(2):
            yield Say(encode(asked))
            got = yield from _listen(notes, setting.timeout_s, _has("9012", asked.qn))
            _answer(got, asked, "9011")

    def backwards(setting: Setting) -> Script:
        day = f"{setting.today:%Y%m%d}"
        asked = _ask(setting, "2061", BeginTime=day + "080000", EndTime=day + "070000")
        yield Say(encode(asked))
        got = yield from _listen(
            notes, setting.timeout_s * 2, lambda g: any(f.cn == "9012" and _to(asked)(f) for f in g)
        )
        ended = [frame for frame in got if _to(asked)(frame)]
        failed_unless(bool(ended), "没有应答")
        failed_unless(
            ended[-1].get("QnRtn") not in ("", "1") or ended[-1].get("ExeRtn") not in ("", "1"),
            "截止时间早于开始时间，却报成功",
        )

    def resends(setting: Setting) -> Script:
        mine: list[StrictFrame] = []

        def upload(got: Sequence[StrictFrame]) -> bool:
            return bool(got) and _acknowledgement(got[-1]) != b""

        # One that has not been answered: listen without answering.
        left = setting.upload_s
        while left > 0 and not mine:
            heard = yield from hear(left)
            if heard.frame is None:
                break
            left -= heard.took
            notes.frames.append(heard.frame)
            if upload([heard.frame]):
                mine.append(heard.frame)
        if not mine:
            raise NotApplicable(f"{setting.upload_s:g} 秒内设备没有求应答的上报")
        qn = mine[0].header.get("QN", "")
        again = yield from _listen(
            notes, setting.timeout_s * 2.5, lambda g: any(f.header.get("QN") == qn for f in g), mute=qn
        )
        copies = [frame for frame in again if frame.header.get("QN") == qn]
        failed_unless(bool(copies), f"上报 QN={qn} 没有得到应答，{setting.timeout_s * 2.5:g} 秒内没有重发")
        failed_unless(copies[0].raw == mine[0].raw, "重发的包与原包不同")
        yield Say(_acknowledgement(copies[0]))
        more = yield from _listen(
            notes, setting.timeout_s * 1.5, lambda g: any(f.header.get("QN") == qn for f in g)
        )
        failed_unless(not any(f.header.get("QN") == qn for f in more), "得到应答之后仍在重发")

    def setting_kept(cn_set: str, cn_get: str, field: str, value: str) -> Callable[[Setting], Script]:
        def run(setting: Setting) -> Script:
            _allowed(setting, cn_set)
            ask, tell = flow_of(cn_get, "upper"), flow_of(cn_set, "upper")
            assert ask is not None
            assert tell is not None
            before = yield from _dialogue(setting, notes, _ask(setting, cn_get), ask)
            old = before[0].get(field)
            yield from _dialogue(setting, notes, _ask(setting, cn_set, **{field: value}), tell)
            after = yield from _dialogue(setting, notes, _ask(setting, cn_get), ask)
            failed_unless(after[0].get(field) == value, f"设为 {value}，读回 {after[0].get(field)}")
            if old and old != value:
                yield Say(encode(_ask(setting, cn_set, **{field: old})))
                yield from _listen(notes, setting.timeout_s, lambda g: any(f.cn == "9012" for f in g))

        return run

    def all_strict(setting: Setting) -> Script:
        yield from _listen(notes, setting.quiet_s, lambda g: False)
        if not notes.frames:
            raise NotApplicable("设备什么也没有发")
        for frame in notes.frames:
            failed_unless(not frame.faults, f"{'；'.join(frame.faults)}：{frame.raw[:60]!r}")

    def all_fields(setting: Setting) -> Script:
        yield from _listen(notes, setting.quiet_s, lambda g: False)
        own = [frame for frame in notes.frames if frame.wants_answer or frame.cn[:1] == "2"]
        if not own:
            raise NotApplicable("设备没有上报过数据")
        for frame in own:
            flow = flow_of(frame.cn, "device")
            if flow is None:
                continue
            faults = field_faults(frame.pairs(), flow.gives)
            failed_unless(not faults, f"CN={frame.cn}：{'；'.join(faults)}")

    def identity(setting: Setting) -> Script:
        yield from _listen(notes, setting.quiet_s, lambda g: False)
        if not notes.frames:
            raise NotApplicable("设备什么也没有发")
        for frame in notes.frames:
            failed_unless(
                frame.header.get("MN") in (setting.mn, "F" * 24),
                f"MN={frame.header.get('MN')}，登记的是 {setting.mn}",
            )
            edition = frame.edition
            failed_unless(
                edition == setting.edition, f"Flag 的版本位为 {edition or '未知'} 版，登记的是 {setting.edition} 版"
            )

    def numbers(setting: Setting) -> Script:
        yield from _listen(notes, setting.quiet_s, lambda g: False)
        seen: dict[str, StrictFrame] = {}
        for frame in notes.frames:
            if frame.cn in ("9011", "9012", "9013", "9014") or not frame.wants_answer:
                continue
            qn = frame.header.get("QN", "")
            older = seen.setdefault(qn, frame)
            failed_unless(older.raw == frame.raw, f"QN={qn} 用于两个不同的包")

    return (
        Case("D-crc", "CRC 错误的命令", "2017 表 2", True, "不应答；其后正确的命令照常", crc),
        Case("D-no-bit", "应答位为 0 的命令", "2017 表 3", True, "没有 9011、9012", no_bit),
        Case("D-bytes", "命令逐字节到达", "2017 6.3.1", True, "9011、数据、9012", pieces),
        Case("D-glued", "两条命令粘在一起", "2017 6.3.1", True, "两条各有 9011 与 9012", glued),
        Case("D-junk", "命令前有杂字节", "", False, "照常应答", junk),
        Case("D-pw", "密码错误", "2017 表 7", True, "9011 QnRtn=3",
             _refused(notes, lambda s, m: replace(m, pw="000000" if s.pw != "000000" else "111111"), ("3",), "密码错误")),
        Case("D-mn", "MN 错误", "2017 表 7", False, "9011 QnRtn=4",
             _refused(notes, lambda s, m: replace(m, mn="F" * 24), ("4",), "MN 错误")),
        Case("D-cn", "不认识的命令", "2017 表 7", True, "9011 QnRtn=8（或 2）",
             _refused(notes, lambda s, m: replace(m, cn="3999"), ("8", "2"), "命令编码不存在")),
        Case("D-twice", "同一命令来两次", "2017 6.2.1", True, "两次都有 9011、9012", twice),
        Case("D-span", "截止早于开始", "2017 表 6", False, "QnRtn 或 ExeRtn 不为 1", backwards),
        Case("D-set-rtd", "实时间隔设后读回", "2017 C.5 C.6", True, "读回所设的值", setting_kept("1062", "1061", "RtdInterval", "60")),
        Case("D-set-min", "分钟间隔设后读回", "2017 C.7 C.8", True, "读回所设的值", setting_kept("1064", "1063", "MinInterval", "10")),
        Case("D-resend", "没有应答时重发", "2017 6.2.1 表 1", True, "超时后重发同一包；应答后停止", resends),
        Case("D-frames", "全程每一包合乎格式", "2017 6.3", True, "长度、CRC、包头次序、版本位都对", all_strict),
        Case("D-fields", "上报数据的字段", "2017 表 4", True, "必有的字段都在，取值合乎字段表", all_fields),
        Case("D-self", "MN 与版本同登记", "2017 表 3", True, "MN、版本位同登记", identity),
        Case("D-qn", "QN 不重复", "2017 表 3", True, "一个 QN 只用于一个包（重发除外）", numbers),
    )  # fmt: skip


def device_cases() -> tuple[Case, ...]:
    """Every case for a device: the requests of the examples, then the rules. Made anew for every session."""
    notes = Notes()
    asked = [example for example in examples() if example.first.sender == "upper" and example.clause != "A.1"]
    rules = _rules(notes)
    # First of all what needs a device that uploads of its own: the examples stop its real-time data (C.11).
    first = tuple(case for case in rules if case.id == "D-resend")
    rest = tuple(case for case in rules if case not in first)
    return (*first, *(_example(example, notes) for example in asked), *rest)
