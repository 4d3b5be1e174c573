"""What a device's record holds, and which commands an officer may give it: laws of fields, words of states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from qingxi.origin import Field, Kind

DEVICE_FIELDS: tuple[Field, ...] = (
    Field("vendor", "厂家", longest=60, help="谁造的或谁的平台"),
    Field("password", "访问密码", longest=40, help="空着就不改"),
    Field("every_min", "上报间隔", Kind.WHOLE, 0, 1440, "分钟", help="不知道就填 0"),
    Field("point", "监测点", Kind.CHOICE, choices=("出水", "进水"), needed=True),
    Field("protocol", "协议版本", Kind.CHOICE, choices=("2005", "2017", "2025"), needed=True),
    Field("st_allowed", "准许的 ST", longest=60, help="用逗号隔开，空着不限"),
    Field("cn_allowed", "准许的 CN", longest=120, help="用逗号隔开，空着不限"),
    Field("peers", "准许的来访地址", longest=120, help="如 10.3.0.0/16，空着不限"),
    Field("sm4_key", "SM4 密钥", longest=32, help="32 位十六进制，空着就不改"),
    Field("behind_cloud", "在厂家平台后面", Kind.YES_NO, help="数据经厂家平台转来，命令下不去"),
    Field("enabled", "启用", Kind.YES_NO),
    Field("note", "备注", longest=120),
)

POINTS = {"出水": "effluent", "进水": "influent"}


@dataclass(frozen=True, slots=True)
class Order:
    """A command that may be given.

    ``asks`` are the fields of its form (name on the wire, word, kind: ``"time"``, ``"number"``, ``"text"``, bounds);
    ``moves`` says that it moves equipment or takes a sample: two persons decide it.
    """

    cn: str
    word: Any
    group: Any
    asks: tuple[tuple[str, Any, str, float, float], ...] = ()
    moves: bool = False


_SPAN = (("BeginTime", _("从"), "time", 0, 0), ("EndTime", _("到"), "time", 0, 0))
_POL = (("PolId", _("因子编码"), "text", 0, 0),)
_CLOCK, _PACE, _FETCH, _MOVE = _("时钟"), _("上报间隔"), _("取数据"), _("动设备")

ORDERS: dict[str, Order] = {
    order.cn: order
    for order in (
        Order("1011", _("提取设备时间"), _CLOCK),
        Order("1012", _("把设备时间校准到服务器"), _CLOCK),
        Order("1061", _("提取实时数据间隔"), _PACE),
        Order("1062", _("设置实时数据间隔（秒）"), _PACE, (("RtdInterval", _("秒"), "number", 30, 3600),)),
        Order("1063", _("提取分钟数据间隔"), _PACE),
        Order("1064", _("设置分钟数据间隔（分钟）"), _PACE, (("MinInterval", _("分钟"), "number", 1, 60),)),
        Order("2061", _("取小时数据"), _FETCH, _SPAN),
        Order("2051", _("取分钟数据"), _FETCH, _SPAN),
        Order("2031", _("取日数据"), _FETCH, _SPAN),
        Order("2011", _("开始上报实时数据"), _FETCH),
        Order("2012", _("停止上报实时数据"), _FETCH),
        Order("3019", _("提取设备唯一标识"), _FETCH, _POL),
        Order("3011", _("零点、量程校准"), _MOVE, _POL, moves=True),
        Order("3012", _("即时采样"), _MOVE, _POL, moves=True),
        Order("3013", _("启动清洗、反吹"), _MOVE, _POL, moves=True),
        Order("3014", _("比对采样"), _MOVE, _POL, moves=True),
        Order("3015", _("超标留样"), _MOVE, moves=True),
    )
}
"""Commands by CN, in the order of the form. A password (1072) and an MN (1002) are not set from afar."""

WHY_WORDS: dict[str, Any] = {
    "unknown-device": _("MN 没有登记"), "disabled-device": _("设备已停用"), "password": _("密码不对"),
    "clock": _("数据时间超前一天以上"), "not-kept": _("报文无法入库"), "not-allowed": _("ST 或 CN 不在准许范围"),
    "peer": _("来访地址不在准许范围"), "junk": _("不是数据包的字节"), "length-field": _("开头之后不是四位长度"),
    "length": _("长度与数据段不符"), "crc": _("校验码错"), "grammar": _("数据段结构不合规定"), "no-mn": _("缺 MN"),
    "no-cn": _("缺 CN"), "encoding": _("汉字编码不明"), "sm4": _("加密数据解不开"), "truncated": _("数据包没发完就断了"),
}  # fmt: skip
BAD_FRAMES = (
    "junk", "length-field", "length", "crc", "grammar", "no-mn", "no-cn", "encoding", "sm4", "truncated",
)  # fmt: skip
READMITTED = ("unknown-device", "disabled-device", "not-kept", "not-allowed", "peer")
"""Reasons that a change of the register may cure, as the store knows them."""
EVENT_WORDS: dict[str, Any] = {"clock-wrong": _("时钟不准"), "clock-right": _("时钟恢复准确")}
KIND_WORDS: dict[str, Any] = {"rtd": _("实时"), "minute": _("分钟"), "hour": _("小时"), "day": _("日")}
GAP_WORDS: dict[int, Any] = {
    0: _("正在补要"), 3: _("设备答复没有数据"), 4: _("早于设备的存储"), 5: _("设备拒绝补传"), 6: _("实时数据没有补要的命令"),
}  # fmt: skip
ORDER_WORDS: dict[str, Any] = {
    "queued": _("等设备在线"), "sent": _("已发出"), "ready": _("设备准备执行"), "done": _("执行成功"), "refused": _("设备拒绝"),
    "failed": _("执行失败"), "unanswered": _("没有应答"), "expired": _("过期未发"), "unclear": _("结果不明"), "withdrawn": _("已撤回"),
}  # fmt: skip
