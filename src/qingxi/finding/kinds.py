"""What can be wrong with a running plant: the words, and where one kind ends and the next begins."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of trouble.

    Attributes
    ----------
    code, chinese : str
    means : str
        Its border in Chinese, by what a person on the spot would see.
    """

    code: str
    chinese: str
    means: str


_ROWS = (
    Kind("stopped", "停运", "没有进水处理，也没有用电（总闸断开）；没有报备停机，也不是通知过的停电"),
    Kind("idle", "闲置", "通着电而几乎没有进水，设备待机或只偶尔动一动：用电远低于它处理时"),
    Kind("fake-run", "空转或虚报", "用电像在处理而多日没有水；或多日有水而没有用电"),
    Kind("starved", "吃不饱", "有水，但一周平均低于设计规模的六成（考核常用线），而该来的人并没有外出"),
    Kind("overloaded", "超负荷", "旱天一周平均高于设计规模的一点二倍，而不是游客或返乡一时增多"),
    Kind("effluent-worse", "出水浓度高于进水", "同期出水高于进水，超出两样的误差"),
    Kind("over-limit", "出水超过排放限值", "日均值高于执行标准的限值（按水温）"),
    Kind("dilute", "进水浓度偏低", "旱天进水化学需氧量长期低于生活污水的下端"),
    Kind("foreign", "外来污水", "进水里有作坊或养殖废水：浓度或比例出了生活污水的范围"),
    Kind("rain-inflow", "雨污混流", "降雨后水量明显多于旱天同时段，人和作息解释不了"),
    Kind("night-inflow", "夜间渗入", "旱天后半夜的水量超过住户夜间用水，长期如此"),
    Kind("silent", "设备失联", "该报数据的设备三天以上没有消息；没有报备，也不是通知过的停电"),
    Kind("clock-wrong", "时钟不准", "设备时钟与平台相差十分钟以上"),
    Kind("frozen", "数值不动", "量本身在变而读数半天以上一动不动，按它自己的步长几乎不可能"),
    Kind("copied", "数据照搬", "六小时以上的一段读数与从前某一段逐点相同"),
    Kind("limit-hugging", "紧贴限值", "读数挤在限值下方，限值上方几乎没有"),
    Kind("impossible", "互相矛盾的读数", "几个读数不可能同时为真"),
    Kind(
        "decay", "两三年后衰败", "处理效果比它自己较好时差得多，逐月变差；一类设施（工艺、运维单位）停运得比全县快"
    ),
    Kind("unowned", "产权或运维单位不明", "台账没有产权单位或运维单位"),
)

KINDS: dict[str, Kind] = {row.code: row for row in _ROWS}
"""Every kind by its code."""
