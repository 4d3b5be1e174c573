"""Small matters of writing: Chinese text takes Chinese marks."""

from __future__ import annotations

import re

_MARKS = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "?": "？", "!": "！"}
_BESIDE_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff”）%])[,;:(?!)]|[,;:()?!](?=[\u4e00-\u9fff“（])")


def chinese_marks(text: str) -> str:
    """The text with half-width marks beside Chinese characters made full-width; numbers and codes stay."""
    return _BESIDE_CHINESE.sub(lambda found: _MARKS[found.group()], text)
