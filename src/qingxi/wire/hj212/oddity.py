"""What real devices do otherwise than the standard says, and is borne with.

Each oddity is seen and put on the message; none is silently mended. A county asks its vendor to put right what
stands here.
"""

import re
from enum import StrEnum


class Oddity(StrEnum):
    """One tolerated oddity; the value is its words for a page."""

    CRC_LOWER_CASE = "CRC 为小写字母"
    CRC_SWAPPED = "CRC 高低字节颠倒"
    CRC_MODBUS = "CRC 用了 MODBUS 算法"
    CRC_MODBUS_SWAPPED = "CRC 用了 MODBUS 算法且高低字节颠倒"
    NO_CR = "包尾缺回车"
    NO_LF = "包尾缺换行"
    NO_LINE_END = "包尾缺回车换行"
    LENGTH_IN_CHARACTERS = "长度按字符而非字节计"
    LENGTH_OF_PLAINTEXT = "长度按加密前的数据区计"
    LONG_SEGMENT = "数据段超过 1024 字节"
    GBK = "汉字用 GBK 编码"
    REPEATED_KEY = "同组内键重复（取第一个）"
    REPEATED_HEADER = "包头字段重复（取第一个）"
    UNKNOWN_HEADER = "包头有标准之外的字段"
    PNO_BEFORE_PNUM = "PNO 在 PNUM 之前"
    SPLIT_WITHOUT_BIT = "有包号而 Flag 无拆分位"
    FLAG_MISSING = "有 QN 而无 Flag"
    FLAG_NOT_A_NUMBER = "Flag 不是数字"
    QN_FORM = "QN 不是 17 位数字"
    FILLER = "用 999.99、-999 等填充值代替测值"
    NOT_A_NUMBER = "测值不是数字"
    NO_DATA_TIME = "数据缺少 DataTime"
    BAD_DATA_TIME = "DataTime 不是有效时间"


FILLERS = frozenset(
    {
        # Off-scale and "no value" fillers met in packets of real devices; remembered, not in any clause.
        "999.99",
        "9999.99",
        "99999.99",
        "-99",
        "-99.0",
        "-99.00",
        "-999",
        "-999.0",
        "-999.00",
        "-9999",
        "-9999.0",
    }
)
"""Texts that stand in for "no value"; a reading that shows one is kept and never enters a mean."""


NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z")
"""A value that is a number; Python's own reading takes more (underscores, full-width digits) and would mend in silence."""
