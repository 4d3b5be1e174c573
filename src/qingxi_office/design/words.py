"""Small matters of writing: Chinese text takes Chinese marks."""

from __future__ import annotations

import re

from django.utils.html import format_html
from django.utils.safestring import SafeString

_MARKS = {",": "，", ";": "；", ":": "：", "(": "（", ")": "）", "?": "？", "!": "！"}
_BESIDE_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff”）%])[,;:(?!)]|[,;:()?!](?=[\u4e00-\u9fff“（])")


def chinese_marks(text: str) -> str:
    """The text with half-width marks beside Chinese characters made full-width; numbers and codes stay."""
    return _BESIDE_CHINESE.sub(lambda found: _MARKS[found.group()], text)


def quoted(words: str) -> SafeString:
    """Words of a table or a rule that stay Chinese on an English page, marked as such."""
    return format_html('<span lang="zh-CN">{}</span>', words)
