"""The rules a server depends on, as cases for a device."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from qingxi.wire.hj212.conform.script import (
    NONE,
    Case,
    NotApplicable,
    Say,
    Script,
    Setting,
    failed_unless,
    hear,
    no_answer,
)
from qingxi.wire.hj212.conform.strict import StrictFrame
from qingxi.wire.hj212.conform.talk import (
    Listening,
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
from qingxi.wire.hj212.tongues import joined, said


def _refused(
    notes: Notes, change: Callable[[Setting, Message], Message], codes: tuple[str, ...], what: str
) -> Callable[[Setting], Script]:
    def run(setting: Setting) -> Script:
        asked = change(setting, ask(setting, "1061"))
        yield Say(encode(asked))
        got = yield from listen(notes, setting.timeout_s, lambda g: any(answers_to(asked)(frame) for frame in g))
        mine = [frame for frame in got if answers_to(asked)(frame)]
        failed_unless(bool(mine), said("{what}：没有 9011", "{what}: no 9011", "no-answer", what=what))
        failed_unless(
            mine[0].get("QnRtn") in codes,
            said(
                "{what}：9011 QnRtn={there}，应为 {due}",
                "{what}: 9011 QnRtn={there}, due is {due}",
                "qnrtn",
                what=what,
                there=mine[0].get("QnRtn") or NONE,
                due=" / ".join(codes),
            ),
        )

    return run


def no_upload(setting: Setting) -> str:
    """Why what rests on uploads could not be judged."""
    return said(
        "{s:g} 秒内设备没有（足够的）求应答的上报", "within {s:g} s the device made no (or too few) uploads that want an answer",
        s=setting.upload_s,
    )  # fmt: skip


def _own(notes: Notes) -> list[StrictFrame]:
    return [
        frame for frame in notes.frames if frame.cn not in ("9011", "9012", "9013", "9014") and frame.wants_answer
    ]


def device_rules(notes: Notes) -> tuple[Case, ...]:
    """The rules as cases that share one session's notes."""
    flow = flow_of("1061", "upper")
    assert flow is not None

    def crc(setting: Setting) -> Script:
        asked = ask(setting, "1061")
        raw = encode(asked)
        yield Say(raw[:-6] + b"%04X\r\n" % (int(raw[-6:-2], 16) ^ 1))
        got = yield from listen(notes, setting.quiet_s, lambda g: any(answers_to(asked)(frame) for frame in g))
        failed_unless(
            not any(answers_to(asked)(frame) for frame in got),
            said("CRC 错误的命令得到了应答", "a command with a wrong CRC was answered", "executes-bad-crc"),
        )
        yield from dialogue(setting, notes, ask(setting, "1061"), flow)

    def no_bit(setting: Setting) -> Script:
        asked = ask(setting, "1061")
        asked = replace(asked, flag=(asked.flag or 0) & ~1)
        yield Say(encode(asked))
        got = yield from listen(notes, setting.quiet_s, lambda g: any(answers_to(asked)(frame) for frame in g))
        failed_unless(
            not any(answers_to(asked)(frame) for frame in got),
            said(
                "应答位为 0 的命令得到了 9011 或 9012",
                "a command without the answer bit got 9011 or 9012",
                "answers-unasked",
            ),
        )

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
        failed_unless(bool(ended), no_answer(setting.timeout_s * 2))
        failed_unless(
            ended[-1].get("QnRtn") not in ("", "1") or ended[-1].get("ExeRtn") not in ("", "1"),
            said("截止时间早于开始时间，却报成功", "the end lies before the begin, yet success is told", "span"),
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
            raise NotApplicable(no_upload(setting))
        qn = mine[0].header.get("QN", "")
        again = yield from listen(
            notes, setting.timeout_s * 2.5, lambda g: any(f.header.get("QN") == qn for f in g), mute=qn
        )
        copies = [frame for frame in again if frame.header.get("QN") == qn]
        failed_unless(
            bool(copies),
            said(
                "上报 QN={qn} 没有得到应答，{s:g} 秒内没有重发",
                "upload QN={qn} was not answered and not sent again within {s:g} s",
                "no-resend",
                qn=qn,
                s=setting.timeout_s * 2.5,
            ),
        )
        failed_unless(
            copies[0].raw == mine[0].raw,
            said("重发的包与原包不同", "what was sent again differs from the first", "resend-differs"),
        )
        yield Say(acknowledgement(copies[0]))
        more = yield from listen(notes, setting.timeout_s * 1.5, lambda g: any(f.header.get("QN") == qn for f in g))
        failed_unless(
            not any(f.header.get("QN") == qn for f in more),
            said("得到应答之后仍在重发", "is sent again although it was answered", "resend-goes-on"),
        )

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
            failed_unless(
                after[0].get(field) == value,
                said(
                    "设为 {value}，读回 {there}",
                    "set to {value}, read back {there}",
                    "not-set",
                    value=value,
                    there=after[0].get(field),
                ),
            )
            if old and old != value:
                yield Say(encode(ask(setting, cn_set, **{field: old})))
                yield from listen(notes, setting.timeout_s, lambda g: any(f.cn == "9012" for f in g))

        return run

    def uploads(setting: Setting, wanted: int) -> Listening:
        """The device's own messages so far; where there are too few they are waited for."""
        yield from listen(notes, setting.quiet_s, lambda g: False)
        if len(_own(notes)) < wanted:
            yield from listen(notes, setting.upload_s, lambda g: len(_own(notes)) >= wanted)
        return _own(notes)

    def all_strict(setting: Setting) -> Script:
        yield from listen(notes, setting.quiet_s, lambda g: False)
        if not notes.frames:
            raise NotApplicable(said("设备什么也没有发", "the device sent nothing"))
        for frame in notes.frames:
            failed_unless(
                not frame.faults,
                said(
                    "{faults}：{raw}",
                    "{faults}: {raw}",
                    joined(frame.faults).codes[0] if frame.faults else "",
                    faults=joined(frame.faults),
                    raw=ascii(frame.raw)[2:-1],
                ),
            )

    def all_fields(setting: Setting) -> Script:
        own = yield from uploads(setting, 1)
        if not own:
            raise NotApplicable(no_upload(setting))
        for frame in own:
            flow = flow_of(frame.cn, "device")
            if flow is None:
                continue
            faults = field_faults(frame.pairs(), flow.gives)
            failed_unless(
                not faults,
                said(
                    "CN={cn}：{faults}：{raw}",
                    "CN={cn}: {faults}: {raw}",
                    joined(faults).codes[0] if faults else "",
                    cn=frame.cn,
                    faults=joined(faults),
                    raw=ascii(frame.raw)[2:-1],
                ),
            )

    def identity(setting: Setting) -> Script:
        yield from listen(notes, setting.quiet_s, lambda g: False)
        if not notes.frames:
            raise NotApplicable(said("设备什么也没有发", "the device sent nothing"))
        for frame in notes.frames:
            failed_unless(
                frame.header.get("MN") in (setting.mn, "F" * 24),
                said(
                    "MN={there}，登记的是 {mn}",
                    "MN={there}, registered is {mn}",
                    "answer-MN",
                    there=frame.header.get("MN", NONE),
                    mn=setting.mn,
                ),
            )
            edition = frame.edition
            failed_unless(
                edition == setting.edition,
                said(
                    "Flag 的版本位为 {there} 版，登记的是 {e} 版",
                    "the version bits of Flag say {there}, registered is {e}",
                    "flag",
                    there=edition or "?",
                    e=setting.edition,
                ),
            )

    def numbers(setting: Setting) -> Script:
        own = yield from uploads(setting, 2)
        if len(own) < 2:
            raise NotApplicable(no_upload(setting))
        seen: dict[str, StrictFrame] = {}
        for frame in own:
            qn = frame.header.get("QN", "")
            older = seen.setdefault(qn, frame)
            failed_unless(
                older.raw == frame.raw,
                said("QN={qn} 用于两个不同的包", "QN={qn} stands on two different packets", "qn-twice", qn=qn),
            )

    other_pw = _refused(
        notes,
        lambda s, m: replace(m, pw="000000" if s.pw != "000000" else "111111"),
        ("3",),
        said("密码错误", "wrong password"),
    )
    other_mn = _refused(notes, lambda s, m: replace(m, mn="F" * 24), ("4",), said("MN 错误", "wrong MN"))
    other_cn = _refused(
        notes, lambda s, m: replace(m, cn="3999"), ("8", "2"), said("命令编码不存在", "no such command")
    )
    read_back = said("读回所设的值", "what was set is read back")
    return (
        Case("D-crc", said("CRC 错误的命令", "command with a wrong CRC"), "2017 表 2", True,
             said("不应答；其后正确的命令照常", "no answer; the good command after it is carried out"), crc),
        Case("D-no-bit", said("应答位为 0 的命令", "command without the answer bit"), "2017 表 3", True,
             said("没有 9011、9012", "no 9011, no 9012"), no_bit),
        Case("D-bytes", said("命令逐字节到达", "command byte by byte"), "2017 6.3.1", True,
             said("9011、数据、9012", "9011, data, 9012"), pieces),
        Case("D-glued", said("两条命令粘在一起", "two commands glued"), "2017 6.3.1", True,
             said("两条各有 9011 与 9012", "9011 and 9012 for each"), glued),
        Case("D-junk", said("命令前有杂字节", "junk in front of a command"), "", False, said("照常应答", "answered as ever"), junk),
        Case("D-pw", said("密码错误", "wrong password"), "2017 表 7", True, "9011 QnRtn=3", other_pw),
        Case("D-mn", said("MN 错误", "wrong MN"), "2017 表 7", False, "9011 QnRtn=4", other_mn),
        Case("D-cn", said("不认识的命令", "unknown command"), "2017 表 7", True,
             said("9011 QnRtn=8（或 2）", "9011 QnRtn=8 (or 2)"), other_cn),
        Case("D-twice", said("同一命令来两次", "the same command twice"), "2017 6.2.1", True,
             said("两次都有 9011、9012", "9011 and 9012 both times"), twice),
        Case("D-span", said("截止早于开始", "end before begin"), "2017 表 6", False,
             said("QnRtn 或 ExeRtn 不为 1", "QnRtn or ExeRtn other than 1"), backwards),
        Case("D-set-rtd", said("实时间隔设后读回", "real-time interval set and read back"), "2017 C.5 C.6", True, read_back,
             setting_kept("1062", "1061", "RtdInterval", "60")),
        Case("D-set-min", said("分钟间隔设后读回", "minute interval set and read back"), "2017 C.7 C.8", True, read_back,
             setting_kept("1064", "1063", "MinInterval", "10")),
        Case("D-resend", said("没有应答时重发", "sent again when not answered"), "2017 6.2.1 表 1", True,
             said("超时后重发同一包；应答后停止", "the same packet again after the time-out; none once answered"), resends),
        Case("D-frames", said("全程每一包合乎格式", "every frame of the session is in form"), "2017 6.3", True,
             said("长度、CRC、包头次序、版本位都对", "length, CRC, order of the header, version bits are right"), all_strict),
        Case("D-fields", said("上报数据的字段", "fields of the uploads"), "2017 表 4", True,
             said("必有的字段都在，取值合乎字段表", "what must be there is, and values are as Table 4 has them"), all_fields),
        Case("D-self", said("MN 与版本同登记", "MN and edition as registered"), "2017 表 3", True,
             said("MN、版本位同登记", "MN and version bits as registered"), identity),
        Case("D-qn", said("QN 不重复", "no QN twice"), "2017 表 3", True,
             said("一个 QN 只用于一个包（重发除外）", "a QN is of one packet (sent again or not)"), numbers),
    )  # fmt: skip
