"""Cases for a device (现场机): every request of the Annexes, and the rules a server depends on."""

from collections.abc import Sequence
from dataclasses import replace

from qingxi.wire.hj212.conform.device_rules import device_rules
from qingxi.wire.hj212.conform.examples import Example, examples, moved
from qingxi.wire.hj212.conform.script import Case, NotApplicable, Script, Setting, failed_unless
from qingxi.wire.hj212.conform.server import registered_as
from qingxi.wire.hj212.conform.strict import StrictFrame
from qingxi.wire.hj212.conform.talk import Notes, ask, check_allowed, dialogue
from qingxi.wire.hj212.flow import flow_of
from qingxi.wire.hj212.message import Message
from qingxi.wire.hj212.tongues import said


def _example(example: Example, notes: Notes) -> Case:
    first = example.first.message
    flow = flow_of(first.cn, "upper")
    assert flow is not None

    def run(setting: Setting) -> Script:
        check_allowed(setting, first.cn)
        if setting.edition not in flow.editions:
            raise NotApplicable(said("{e} 版没有这条命令", "{e} has no such command", e=setting.edition))
        if setting.edition < example.edition:
            raise NotApplicable(registered_as(setting.edition))
        if setting.edition > example.edition and flow.clause_2025:
            raise NotApplicable(said("2025 版另有示例", "2025 has an example of its own"))
        if first.st not in ("32", setting.st):
            raise NotApplicable(
                said(
                    "被测端 ST={mine}，示例为 ST={st}",
                    "the side under test is ST={mine}, the example ST={st}",
                    mine=setting.st,
                    st=first.st,
                )
            )
        example_of_today = moved(example, first, setting.today)
        asked = replace(ask(setting, first.cn), groups=example_of_today.groups)
        if first.cn == "1012":
            asked = ask(setting, "1012", SystemTime=f"{setting.today:%Y%m%d%H%M%S}")
        told = yield from dialogue(setting, notes, asked, flow)
        _within(asked, told)
        if first.cn == "1072":  # and back again
            back = replace(ask(setting, "1072", NewPW=setting.pw), pw=asked.get("NewPW"))
            yield from dialogue(setting, notes, back, flow)

    due = said(
        "依次 {zh}，应答的 QN、MN、PW 同原包，ST=91",
        "{en} in this order, answers with QN, MN, PW of the request, ST=91",
        zh="、".join("数据" if cn == flow.cn else cn for cn in flow.answers),
        en=", ".join("data" if cn == flow.cn else cn for cn in flow.answers),
    )
    return Case(
        f"D-{example.edition % 100}-{example.clause}", flow.name, f"{example.edition} {example.clause}", True,
        due, run,
    )  # fmt: skip


def _within(asked: Message, told: Sequence[StrictFrame]) -> None:
    begin, end = asked.get("BeginTime"), asked.get("EndTime")
    if not begin:
        return
    for frame in told:
        at = frame.get("DataTime")
        failed_unless(
            begin <= at <= end,
            said(
                "DataTime={at} 不在所要的 {begin} 至 {end} 之间",
                "DataTime={at} is not within {begin} to {end} as asked",
                "span",
                at=at,
                begin=begin,
                end=end,
            ),
        )


def device_cases(heard: Sequence[StrictFrame] = ()) -> tuple[Case, ...]:
    """Every case for a device: the requests of the examples, then the rules. Made anew for every session.

    ``heard`` are frames that the device sent before the first case; they are judged with the others.
    """
    notes = Notes()
    notes.frames += heard
    asked = [example for example in examples() if example.first.sender == "upper" and example.clause != "A.1"]
    rules = device_rules(notes)
    # First of all what needs a device that uploads of its own: the examples stop its real-time data (C.11).
    first = tuple(case for case in rules if case.id == "D-resend")
    rest = tuple(case for case in rules if case not in first)
    return (*first, *(_example(example, notes) for example in asked), *rest)
