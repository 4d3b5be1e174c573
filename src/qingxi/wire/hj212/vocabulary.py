"""The words of the protocol as tables: commands, answers, states, systems.

``trust``: *sourced* rows were found in public code that cites HJ 212-2017; rows of 2025 were found in code and tests
transcribed from the standard, and stay *sourced* until the official text is at hand.
"""

from dataclasses import dataclass
from enum import StrEnum

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


_ROWS = (
    Command("1000", "设置超时时间及重发次数", "server"),
    Command("1001", "上传数采仪硬件序号", "device", Answer.DATA, since=2025),
    Command("1002", "设置数采仪编码", "server", since=2025),
    Command("1011", "提取/上传现场机时间", "both", Answer.DATA),
    Command("1012", "设置现场机时间", "server"),
    Command("1013", "现场机时间校准请求", "device", Answer.NOTICE, since=2017),
    Command("1014", "获取/设置密钥", "both", Answer.NOTICE, since=2025),
    Command("1061", "提取/上传实时数据间隔", "both", Answer.DATA),
    Command("1062", "设置实时数据间隔", "server"),
    Command("1063", "提取/上传分钟数据间隔", "both", Answer.DATA, since=2017),
    Command("1064", "设置分钟数据间隔", "server", since=2017),
    Command("1072", "设置现场机密码", "server"),
    Command("2011", "取/上传污染物实时数据", "both", Answer.DATA, "rtd"),
    Command("2012", "停止察看实时数据", "server"),
    Command("2013", "上传原始监测数据", "device", Answer.DATA, since=2025),
    Command("2021", "取/上传设备运行状态数据", "both", Answer.DATA, "state"),
    Command("2022", "停止察看设备运行状态", "server"),
    Command("2031", "取/上传污染物日历史数据", "both", Answer.DATA, "day"),
    Command("2041", "取/上传设备运行时间日历史数据", "both", Answer.DATA, "state"),
    Command("2051", "取/上传污染物分钟数据", "both", Answer.DATA, "minute"),
    Command("2052", "上传噪声单次数据", "device", Answer.DATA, since=2025),
    Command("2061", "取/上传污染物小时数据", "both", Answer.DATA, "hour"),
    Command("2062", "自动标样核查数据", "both", Answer.DATA, since=2025),
    Command("2081", "上传数采仪开机时间", "device", Answer.DATA, since=2017),
    Command("2111", "上传炉膛温度", "device", Answer.DATA, since=2025),
    Command("3011", "零点校准量程校准", "server"),
    Command("3012", "即时采样", "server"),
    Command("3013", "启动清洗/反吹", "server"),
    Command("3014", "比对采样", "server"),
    Command("3015", "超标留样", "both", Answer.DATA, since=2017),
    Command("3016", "设置采样时间周期", "server", since=2017),
    Command("3017", "提取/上传采样时间周期", "both", Answer.DATA, since=2017),
    Command("3018", "提取/上传出样时间", "both", Answer.DATA, since=2017),
    Command("3019", "提取/上传设备唯一标识", "both", Answer.DATA, since=2017),
    Command("3020", "提取/上传现场机信息", "both", Answer.DATA, since=2017),
    Command("3021", "设置现场机参数", "server", since=2017),
    Command("9011", "请求应答", "device"),
    Command("9012", "执行结果", "device"),
    Command("9013", "通知应答", "both"),
    Command("9014", "数据应答", "server"),
    Command("9015", "心跳包", "device", Answer.NOTICE, since=2025),
)

COMMANDS: dict[str, Command] = {row.cn: row for row in _ROWS}
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
    "22": "空气质量",
    "24": "地下水",
    "26": "海水",
    "31": "大气环境污染源",
    "32": "地表水体环境污染源",
    "33": "地下水体环境污染源",
    "39": "扬尘",
    "44": "用电监控",
    "45": "关键工况",
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
