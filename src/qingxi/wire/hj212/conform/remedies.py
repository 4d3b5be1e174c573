"""What to mend, by what a failed case was about: alike failures of many cases are one thing to an engineer."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from qingxi.wire.hj212.conform.script import Result, Verdict
from qingxi.wire.hj212.tongues import Said, codes_of, said

REMEDIES: Final[dict[str, Said]] = {
    "head": said("每包以 ## 开头", "begin every frame with ##"),
    "end": said("每包以回车换行（0D 0A）结束", "end every frame with CR LF (0D 0A)"),
    "length": said(
        "长度是数据段的字节数（从 QN 到最后的 &&，不含 CRC），四位十进制，不足补零；汉字按字节数",
        "the length counts the bytes of the data segment (from QN to the last &&, without CRC) in four decimal digits; "
        "Chinese counts by bytes",
    ),
    "long": said(
        "数据段至多 1024 字节，长的拆包，各有 PNUM、PNO", "split what is longer than 1024 bytes, with PNUM and PNO"
    ),
    "area": said("数据区写成 CP=&&…&&，空的写 CP=&&&&", "write the data area as CP=&&…&&, an empty one as CP=&&&&"),
    "crc": said(
        "CRC 按附录 A：初值 FFFF；每字节先 寄存器右移 8 位再与字节异或，然后移 8 次，移出 1 则异或 A001；只算数据段",
        "CRC by Annex A: start FFFF; for each byte shift the register right by 8 and XOR the byte, then 8 shifts, XOR A001 "
        "where a 1 leaves; over the data segment alone",
    ),
    "crc-case": said("CRC 用大写十六进制", "write the CRC in upper-case hex"),
    "crc-swapped": said("CRC 高字节在前", "write the CRC's high byte first"),
    "crc-modbus": said(
        "不要用现成的 CRC-16/MODBUS：附录 A 每字节先把寄存器右移 8 位，再与字节异或",
        "do not use a ready-made CRC-16/MODBUS: Annex A shifts the register right by 8 before it XORs a byte",
    ),
    "letters": said("包头用 ASCII，汉字用 UTF-8", "ASCII in the header, UTF-8 for Chinese"),
    "header": said("包头照表 3 写：键=值，用分号隔开", "write the header as in Table 3: key=value, parted by semicolons"),
    "order": said(
        "包头次序：QN;ST;CN;PW;MN;Flag;PNUM;PNO;CP", "order of the header: QN;ST;CN;PW;MN;Flag;PNUM;PNO;CP"
    ),
    "qn-time": said("QN 是发出的时刻，17 位，精确到毫秒", "QN is the moment of sending, 17 digits down to milliseconds"),
    "flag": said(
        "Flag = 版本号×4 + 有包号 2 + 求应答 1；2005 版为 0，2017 版为 1，2025 版为 2",
        "Flag = version×4 + 2 where split + 1 where an answer is wanted; version 0 of 2005, 1 of 2017, 2 of 2025",
    ),
    "rf": said("补传写 RF=1，平时不写", "write RF=1 on what is sent again later, nothing otherwise"),
    "answer-QN": said("应答用被应答包的 QN，原样抄回", "answer with the QN of the packet that is answered"),
    "answer-MN": said("应答用原包的 MN", "answer with the MN of the packet"),
    "answer-PW": said("应答用原包的 PW", "answer with the PW of the packet"),
    "answer-ST": said("应答的 ST 固定为 91（系统交互）", "ST of answers is always 91"),
    "answer-CN": said(
        "上传类（2xxx 等）答 9014，通知类（1013、9015 等）答 9013，请求先答 9011 再答 9012",
        "answer uploads with 9014, notices (1013, 9015, …) with 9013, requests with 9011 and then 9012",
    ),
    "answer-Flag": said("应答的 Flag 与原包版本位相同，不带应答位", "Flag of answers has the packet's version bits and no answer bit"),
    "answer-area": said("9013、9014 的数据区留空：CP=&&&&", "leave the data area of 9013 and 9014 empty: CP=&&&&"),
    "no-answer": said(
        "Flag 最低位为 1 的包都要应答；核对 MN、PW 登记了没有",
        "answer every packet whose Flag has its lowest bit set; see whether MN and PW are registered",
    ),
    "hung-up": said("收到包以后不要断开；长连接一直保持", "keep the line after a packet: connections are long-lived"),
    "foreign": said("端口上的不是 HJ 212 服务：核对地址和端口", "what listens there speaks no HJ 212: see address and port"),
    "executes-bad-crc": said("CRC 不对的包不执行、不应答", "neither carry out nor answer a packet with a wrong CRC"),
    "answers-unasked": said("Flag 最低位为 0 的包不应答", "do not answer a packet whose Flag has its lowest bit clear"),
    "answers-answers": said("9011–9014 是应答，不再应答", "9011–9014 are answers: do not answer them"),
    "password": said("先核对 PW 再应答", "compare PW before answering"),
    "unknown-mn": said("没有登记的 MN 不要确认，它的数据没有归处", "do not acknowledge an MN nobody registered"),
    "unknown-command": said("不认识而求应答的命令也答一声", "answer unknown commands that want an answer"),
    "no-1012": said("收到 1013 答 9013 之后，发 1012 设置时间", "after 1013 and 9013 send 1012 to set the time"),
    "qnrtn": said("9011 的 QnRtn 照表 7：能做为 1，PW 错 3，MN 错 4，没有这条命令 8", "QnRtn of 9011 as in Table 7: 1 able, 3 PW, 4 MN, 8 no such command"),
    "no-9012": said("做完（或做不成）都要回 9012", "always end with 9012, done or not"),
    "exertn": said("9012 的 ExeRtn 照表 6：成功 1，没有数据 100", "ExeRtn of 9012 as in Table 6: 1 done, 100 no data"),
    "no-data": said("提取类命令在 9011 与 9012 之间给出数据，用同一个 CN", "between 9011 and 9012 give the data under the same CN"),
    "sequence": said("次序是 9011、数据、9012", "the order is 9011, data, 9012"),
    "field-missing": said("补上这些字段（表 4、附录 C）", "send these fields too (Table 4, Annex C)"),
    "field-value": said("取值照表 4", "values as in Table 4"),
    "span": said("只给所要时段（含两端）的数据；时段颠倒时报错", "give only what was asked for, both ends included; refuse a reversed span"),
    "no-resend": said("超时没有应答就重发同一包（同一 QN），至多 ReCount 次", "send the same packet (same QN) again after the time-out, at most ReCount times"),
    "resend-differs": said("重发的包一字不改", "send it again unchanged"),
    "resend-goes-on": said("收到 9014 就停止重发", "stop once 9014 has come"),
    "not-set": said("设置之后按新值执行，读回也是新值", "use what was set, and give it when asked"),
    "qn-twice": said("每包一个新的 QN，同一毫秒的往后加一", "a new QN for every packet; add one within a millisecond"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToMend:
    """One thing to mend, and the cases that showed it."""

    code: str
    remedy: Said
    cases: tuple[str, ...]
    must: bool


def to_mend(verdicts: Iterable[Verdict]) -> tuple[ToMend, ...]:
    """What the failures come down to, the most frequent first; what the standard asks for before recommendations."""
    cases: dict[str, list[Verdict]] = {}
    for one in verdicts:
        if one.result is Result.FAILED:
            for code in codes_of(one.why):
                if code in REMEDIES:
                    cases.setdefault(code, []).append(one)
    found = [
        ToMend(code, REMEDIES[code], tuple(one.case.id for one in them), any(one.case.must for one in them))
        for code, them in cases.items()
    ]
    return tuple(sorted(found, key=lambda each: (not each.must, -len(each.cases))))
