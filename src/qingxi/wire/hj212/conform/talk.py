"""Talking with a device under test as its server: asking, acknowledging what it uploads, walking through a request."""

from collections.abc import Callable, Generator, Sequence

from qingxi.wire.hj212.conform.script import (
    HUNG_UP,
    NONE,
    Failed,
    Frames,
    Heard,
    NotApplicable,
    Say,
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
from qingxi.wire.hj212.tongues import joined, said

_SETTINGS = frozenset({"1000", "1002", "1012", "1062", "1064", "1072", "2011", "2012", "2021", "2022"})
_NEVER = {
    "1014": said("会更换密钥，须与厂家另行约定", "would change the key: to be agreed with the maker"),
    "1002": said("会更换 MN，须与厂家另行约定", "would change the MN: to be agreed with the maker"),
}
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


def acknowledgement(frame: StrictFrame) -> bytes:
    """The answer a server owes for a device's own message; empty for none."""
    if frame.cn in ("9011", "9012", "9013", "9014") or not frame.wants_answer:
        return b""
    flow = flow_of(frame.cn, "device")
    told = _as_message(frame)
    try:
        return encode(answer_notice(told) if flow is not None and flow.kind == "notice" else answer_data(told))
    except ValueError:
        return b""


def listen(
    notes: Notes, seconds: float, enough: Callable[[Sequence[StrictFrame]], bool], *, mute: str = ""
) -> Listening:
    """Frames until there are enough; the device's own messages are answered, those of QN ``mute`` are not."""
    got = Frames()
    left = seconds
    while left > 0 and not enough(got):
        heard = yield from hear(left)
        got.hung_up = got.hung_up or heard.hung_up
        if heard.frame is None:
            break
        left -= heard.took
        notes.frames.append(heard.frame)
        got.append(heard.frame)
        answer = acknowledgement(heard.frame)
        if answer and heard.frame.header.get("QN") != mute:
            yield Say(answer)
    return got


def ask(setting: Setting, cn: str, **fields: str) -> Message:
    return request(
        cn, mn=setting.mn, pw=setting.pw, qn=setting.qn(), st=setting.st, edition=setting.edition, **fields
    )


def has(cn: str, qn: str) -> Callable[[Sequence[StrictFrame]], bool]:
    return lambda got: any(frame.cn == cn and frame.header.get("QN") == qn for frame in got)


def answers_to(asked: Message) -> Callable[[StrictFrame], bool]:
    return lambda frame: frame.header.get("QN") == asked.qn and frame.cn in ("9011", "9012", "9013")


def dialogue(setting: Setting, notes: Notes, asked: Message, flow: Flow) -> Listening:
    """Ask and walk through the answers in their order; the data that came."""
    yield Say(encode(asked))
    if flow.kind == "notice":
        got = yield from listen(notes, setting.timeout_s, has("9013", asked.qn))
        the_answer(got, asked, "9013")
        return []
    got = yield from listen(notes, setting.timeout_s, lambda g: any(answers_to(asked)(frame) for frame in g))
    first = the_answer(got, asked, "9011")
    code = first.get("QnRtn")
    if code != "1":
        if flow.cn in _MUST_HAVE:
            raise Failed(
                said("9011 QnRtn={code}，应为 1", "9011 QnRtn={code}, due is 1", "qnrtn", code=code or NONE)
            )
        raise NotApplicable(
            said("设备不做：9011 QnRtn={code}", "the device does not: 9011 QnRtn={code}", code=code or NONE)
        )
    wait_s = setting.timeout_s * (2 if flow.reply == "many" else 1)
    data = got[got.index(first) + 1 :]
    while not has("9012", asked.qn)(data):
        more = yield from listen(notes, wait_s, lambda g: len(g) > 0)
        if not more:
            raise Failed(
                said(
                    "9011 之后 {s:g} 秒没有 9012 执行结果", "no 9012 within {s:g} s after 9011", "no-9012", s=wait_s
                )
            )
        data += more
    result = the_answer(data, asked, "9012")
    told = [frame for frame in data[: data.index(result)] if frame.cn == flow.cn]
    exe = result.get("ExeRtn")
    if exe == "100" and flow.reply == "many":
        failed_unless(
            not told,
            said(
                "有数据，却以 ExeRtn=100（没有数据）结束",
                "data came, yet it ended with ExeRtn=100 (no data)",
                "exertn",
            ),
        )
        return told
    failed_unless(
        exe == "1", said("9012 ExeRtn={exe}，应为 1", "9012 ExeRtn={exe}, due is 1", "exertn", exe=exe or NONE)
    )
    if flow.reply != "none":
        failed_unless(bool(told), said("9011 与 9012 之间没有数据", "no data between 9011 and 9012", "no-data"))
    for frame in told:
        faults = [*frame.faults, *field_faults(frame.pairs(), flow.gives)]
        failed_unless(not faults, joined(faults))
    return told


def the_answer(got: Sequence[StrictFrame], asked: Message, cn: str) -> StrictFrame:
    mine = [frame for frame in got if answers_to(asked)(frame)]
    due = [frame for frame in mine if frame.cn == cn]
    if not due:
        if mine:
            raise Failed(
                said(
                    "先来的是 {came}，应为 {cn}",
                    "{came} came first, due is {cn}",
                    "sequence",
                    came=mine[0].cn,
                    cn=cn,
                )
            )
        others = [frame for frame in got if frame.cn == cn]
        if others:
            raise Failed(
                said(
                    "{cn} 的 QN={qn}，应为 {due}",
                    "{cn} has QN={qn}, due is {due}",
                    "answer-QN",
                    cn=cn,
                    qn=others[0].header.get("QN", NONE),
                    due=asked.qn,
                )
            )
        if isinstance(got, Frames) and got.hung_up:
            raise Failed(HUNG_UP)
        raise Failed(said("没有 {cn}", "no {cn}", "no-answer", cn=cn))
    faults = answer_faults(due[0], asked, cn)
    failed_unless(not faults, joined(faults))
    return due[0]


def check_allowed(setting: Setting, cn: str) -> None:
    if cn in _NEVER:
        raise NotApplicable(_NEVER[cn])
    if cn in _SETTINGS and not setting.settings:
        raise NotApplicable(
            said("会改变设备设置；允许时加 --settings", "would change settings; add --settings to allow it")
        )
    if cn.startswith("3") and cn not in ("3017", "3018", "3019", "3020") and not setting.control:
        raise NotApplicable(
            said("会动作仪器；允许时加 --control", "would move equipment; add --control to allow it")
        )
