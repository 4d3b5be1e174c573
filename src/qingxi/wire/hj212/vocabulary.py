"""The words of the protocol as tables: commands, answers, states, systems.

Commands are gathered from the table of flows (:mod:`qingxi.wire.hj212.flow`). Return codes, data flags and systems were
read in HJ 212-2017 (tables 5 to 8); 44 and 45 are of 2025 and *sourced*.
"""

from dataclasses import dataclass
from enum import StrEnum

from qingxi.wire.hj212.flow import FLOWS
from qingxi.wire.hj212.message import Message


class Answer(StrEnum):
    """What the server owes for a message of a device whose Flag asks for an answer."""

    DATA = "9014"
    NOTICE = "9013"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes
    ----------
    cn : str
    meaning : str
        Chinese name.
    sender : str
        ``"device"``, ``"server"`` or ``"both"``.
    answer : Answer
        The server's answer when a device sends it with bit A set.
    kind : str
        What its data are: ``"rtd"``, ``"minute"``, ``"hour"``, ``"day"``, ``"state"``; empty without data.
    since : int
        Edition that brought it.
    """

    cn: str
    meaning: str
    sender: str
    answer: Answer = Answer.NONE
    kind: str = ""
    since: int = 2005
    trust: str = "sourced"


_KINDS = {"2011": "rtd", "2021": "state", "2031": "day", "2041": "state", "2051": "minute", "2061": "hour"}


def _command(cn: str) -> Command:
    flows = [flow for flow in FLOWS.values() if flow.cn == cn]
    starters = {flow.starter for flow in flows}
    told = next((flow for flow in flows if flow.starter == "device"), None)
    answer = {"upload": Answer.DATA, "notice": Answer.NOTICE}.get(told.kind, Answer.NONE) if told else Answer.NONE
    if "both" in starters or len(starters) == 2:
        sender = "both"
    else:
        sender = "server" if "upper" in starters else "device"
    return Command(
        cn=cn,
        meaning="，".join(dict.fromkeys(flow.name for flow in flows)),
        sender=sender,
        answer=answer,
        kind=_KINDS.get(cn, ""),
        since=min(year for flow in flows for year in flow.editions),
        trust=min((flow.trust for flow in flows), key=("sourced", "official").index),
    )


COMMANDS: dict[str, Command] = {cn: _command(cn) for cn in dict.fromkeys(cn for cn, _ in FLOWS)}
"""Every command by CN."""

QN_RTN: dict[int, str] = {
    1: "准备执行请求",
    2: "请求被拒绝",
    3: "PW错误",
    4: "MN错误",
    5: "ST错误",
    6: "Flag错误",
    7: "QN错误",
    8: "CN错误",
    9: "CRC校验错误",
    100: "未知错误",
}
"""QnRtn of a 9011."""

EXE_RTN: dict[int, str] = {
    1: "执行成功",
    2: "失败, 原因不明",
    3: "命令请求条件错误",
    4: "通讯超时",
    5: "系统繁忙",
    6: "系统故障",
    100: "没有数据",
}
"""ExeRtn of a 9012."""

DATA_FLAGS: dict[str, str] = {
    "N": "正常",
    "F": "停运",
    "M": "维护",
    "S": "手工输入",
    "D": "故障",
    "C": "校准",
    "T": "超测上限",
    "B": "通讯异常",
}
"""Flag of one reading; only N counts in a mean."""

SYSTEMS: dict[str, str] = {
    "21": "地表水质量监测",
    "22": "空气质量监测",
    "23": "声环境质量监测",
    "24": "地下水质量监测",
    "25": "土壤质量监测",
    "26": "海水质量监测",
    "27": "挥发性有机物监测",
    "31": "大气环境污染源",
    "32": "地表水体环境污染源",
    "33": "地下水体环境污染源",
    "34": "海洋环境污染源",
    "35": "土壤环境污染源",
    "36": "声环境污染源",
    "37": "振动环境污染源",
    "38": "放射性环境污染源",
    "39": "工地扬尘污染源",
    "41": "电磁环境污染源",
    "44": "用电监控",
    "45": "关键生产工况",
    "51": "烟气排放过程监控",
    "52": "污水排放过程监控",
    "91": "系统交互",
}
"""ST codes; 44 and 45 since 2025."""


def answer_owed(message: Message) -> Answer:
    """The server's answer to a device's message, once it is kept.

    Rules
    -----
    1. No answer unless bit A of Flag asks for one; a device that sends no Flag asks for none.
    2. Answers (9011 to 9014) are never answered: two polite machines would go on for ever.
    3. A command the table does not know is kept and answered by its thousand: 9xxx and 1xxx by 9013, others by 9014.
    """
    if not message.answer_wanted:
        return Answer.NONE  # RULE 1
    if message.cn in ("9011", "9012", "9013", "9014"):
        return Answer.NONE  # RULE 2
    known = COMMANDS.get(message.cn)
    if known is not None:
        return known.answer
    return Answer.NOTICE if message.cn[:1] in ("1", "9") else Answer.DATA  # RULE 3
