"""The rules a server depends on, as cases for a device."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from qingxi.wire.hj212.conform.script import Case, NotApplicable, Say, Script, Setting, failed_unless, hear
from qingxi.wire.hj212.conform.strict import StrictFrame
from qingxi.wire.hj212.conform.talk import (
    Notes,
    acknowledgement,
    answers_to,
    ask,
    check_allowed,
    dialogue,
    has,
    listen,
    the_answer,
)
from qingxi.wire.hj212.encode import encode
from qingxi.wire.hj212.fields import field_faults
from qingxi.wire.hj212.flow import flow_of
from qingxi.wire.hj212.message import Message


def _refused(
    notes: Notes, change: Callable[[Setting, Message], Message], codes: tuple[str, ...], what: str
) -> Callable[[Setting], Script]:
    def run(setting: Setting) -> Script:
        asked = change(setting, ask(setting, "1061"))
        yield Say(encode(asked))
        got = yield from listen(notes, setting.timeout_s, lambda g: any(answers_to(asked)(frame) for frame in g))
        mine = [frame for frame in got if answers_to(asked)(frame)]
        failed_unless(bool(mine), f"{what}，没有 9011")
        failed_unless(
            mine[0].get("QnRtn") in codes,
            f"{what}，9011 QnRtn={mine[0].get('QnRtn') or '（无）'}，应为 {'或'.join(codes)}",
        )

    return run


def device_rules(notes: Notes) -> tuple[Case, ...]:
    """The rules as cases that share one session's notes."""
    flow = flow_of("1061", "upper")
    assert flow is not None

    def crc(setting: Setting) -> Script:
        asked = ask(setting, "1061")
        raw = encode(asked)
        yield Say(raw[:-6] + b"%04X\r\n" % (int(raw[-6:-2], 16) ^ 1))
        got = yield from listen(notes, setting.quiet_s, lambda g: any(answers_to(asked)(frame) for frame in g))
        failed_unless(not any(answers_to(asked)(frame) for frame in got), "CRC 错误的命令得到了应答")
        yield from dialogue(setting, notes, ask(setting, "1061"), flow)

    def no_bit(setting: Setting) -> Script:
        asked = ask(setting, "1061")
        asked = replace(asked, flag=(asked.flag or 0) & ~1)
        yield Say(encode(asked))
        got = yield from listen(notes, setting.quiet_s, lambda g: any(answers_to(asked)(frame) for frame in g))
        failed_unless(not any(answers_to(asked)(frame) for frame in got), "应答位为 0 的命令得到了 9011 或 9012")

    def pieces(setting: Setting) -> Script:
        asked = ask(setting, "1061")
        yield Say(encode(asked), 1)
        got = yield from listen(notes, setting.timeout_s, has("9012", asked.qn))
        the_answer(got, asked, "9011")
        the_answer([frame for frame in got if frame.cn == "9012"], asked, "9012")

    def glued(setting: Setting) -> Script:
        first, second = ask(setting, "1061"), ask(setting, "1063")
        yield Say(encode(first) + encode(second))
        both = lambda g: has("9012", first.qn)(g) and has("9012", second.qn)(g)  # noqa: E731
        got = yield from listen(notes, setting.timeout_s * 2, both)
        for asked in (first, second):
            the_answer(
                [frame for frame in got if frame.header.get("QN") == asked.qn and frame.cn == "9011"], asked, "9011"
            )
            the_answer([frame for frame in got if frame.cn == "9012"], asked, "9012")

    def junk(setting: Setting) -> Script:
        asked = ask(setting, "1061")
        yield Say(b"\x00\xfe+++\r\n" + encode(asked))
        got = yield from listen(notes, setting.timeout_s, has("9012", asked.qn))
        the_answer(got, asked, "9011")

    def twice(setting: Setting) -> Script:
        asked = ask(setting, "1061")
        for _ in range(2):
            yield Say(encode(asked))
            got = yield from listen(notes, setting.timeout_s, has("9012", asked.qn))
            the_answer(got, asked, "9011")

    def backwards(setting: Setting) -> Script:
        day = f"{setting.today:%Y%m%d}"
        asked = ask(setting, "2061", BeginTime=day + "080000", EndTime=day + "070000")
        yield Say(encode(asked))
        got = yield from listen(
            notes, setting.timeout_s * 2, lambda g: any(f.cn == "9012" and answers_to(asked)(f) for f in g)
        )
        ended = [frame for frame in got if answers_to(asked)(frame)]
        failed_unless(bool(ended), "没有应答")
        failed_unless(
            ended[-1].get("QnRtn") not in ("", "1") or ended[-1].get("ExeRtn") not in ("", "1"),
            "截止时间早于开始时间，却报成功",
        )

    def resends(setting: Setting) -> Script:
        mine: list[StrictFrame] = []

        def upload(got: Sequence[StrictFrame]) -> bool:
            return bool(got) and acknowledgement(got[-1]) != b""

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
        again = yield from listen(
            notes, setting.timeout_s * 2.5, lambda g: any(f.header.get("QN") == qn for f in g), mute=qn
        )
        copies = [frame for frame in again if frame.header.get("QN") == qn]
        failed_unless(bool(copies), f"上报 QN={qn} 没有得到应答，{setting.timeout_s * 2.5:g} 秒内没有重发")
        failed_unless(copies[0].raw == mine[0].raw, "重发的包与原包不同")
        yield Say(acknowledgement(copies[0]))
        more = yield from listen(notes, setting.timeout_s * 1.5, lambda g: any(f.header.get("QN") == qn for f in g))
        failed_unless(not any(f.header.get("QN") == qn for f in more), "得到应答之后仍在重发")

    def setting_kept(cn_set: str, cn_get: str, field: str, value: str) -> Callable[[Setting], Script]:
        def run(setting: Setting) -> Script:
            check_allowed(setting, cn_set)
            question, order = flow_of(cn_get, "upper"), flow_of(cn_set, "upper")
            assert question is not None
            assert order is not None
            before = yield from dialogue(setting, notes, ask(setting, cn_get), question)
            old = before[0].get(field)
            yield from dialogue(setting, notes, ask(setting, cn_set, **{field: value}), order)
            after = yield from dialogue(setting, notes, ask(setting, cn_get), question)
            failed_unless(after[0].get(field) == value, f"设为 {value}，读回 {after[0].get(field)}")
            if old and old != value:
                yield Say(encode(ask(setting, cn_set, **{field: old})))
                yield from listen(notes, setting.timeout_s, lambda g: any(f.cn == "9012" for f in g))

        return run

    def all_strict(setting: Setting) -> Script:
        yield from listen(notes, setting.quiet_s, lambda g: False)
        if not notes.frames:
            raise NotApplicable("设备什么也没有发")
        for frame in notes.frames:
            failed_unless(not frame.faults, f"{'；'.join(frame.faults)}：{frame.raw[:60]!r}")

    def all_fields(setting: Setting) -> Script:
        yield from listen(notes, setting.quiet_s, lambda g: False)
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
        yield from listen(notes, setting.quiet_s, lambda g: False)
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
        yield from listen(notes, setting.quiet_s, lambda g: False)
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
