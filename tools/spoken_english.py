"""What of a page in English is Chinese and stands in no book: names and quotations are left as somebody wrote them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from django.apps import apps
from django.db import models

from qingxi_office.design.words import chinese_marks
from qingxi_office.findings.models import FindingRecord

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
CUT = re.compile(r"([\u4e00-\u9fff]{4,})…")
QUOTED = re.compile(r'<(\w+)[^>]*\blang="zh-CN".*?</\1>', re.S)  # said to be Chinese by the page itself
HIDDEN = re.compile(r"<(script|style|svg|option|textarea)\b.*?</\1>", re.S)
SPOKEN = re.compile(r'(?:aria-label|title|alt|placeholder)="([^"]*)"')
# Shown in Chinese on purpose: the language's own name; values as the API answers them; words and headings of a sheet.
ON_PURPOSE = {"中文", "简体中文", "清溪"}
VALUES = [
    "村庄分类",
    "上级代码",
    "曾采用",
    "街道",
    "督办",
    "采用",
    "草案",
    "空缺",
    "代码",
    "名称",
    "类别",
    "乡",
    "镇",
]
VALUES_ON = {"api_page", "tree", "handover"}


def quotable() -> list[str]:
    """Every Chinese text in the books, the longest first."""
    found: set[str] = set()

    def keep(value: Any) -> None:
        if isinstance(value, str):
            if CHINESE.search(value):
                found.add(value)
        elif isinstance(value, dict):
            for part in [*value, *value.values()]:
                keep(part)
        elif isinstance(value, list | tuple):
            for part in value:
                keep(part)

    for model in apps.get_models():
        names = [
            f.attname
            for f in model._meta.concrete_fields
            if isinstance(f, models.CharField | models.TextField | models.JSONField)
        ]
        for row in model._default_manager.values_list(*names).iterator() if names else ():
            for value in row:
                keep(value)
    # A finding's sentence is cut off in lists, without its station's name and with Chinese marks: every beginning of it.
    for statement, name in FindingRecord.objects.values_list("statement", "facility__name"):
        for text in (statement, chinese_marks(statement)):
            for whole in (text, text.removeprefix(name).lstrip("： ")):
                found.update(whole[:end] for end in range(4, len(whole) + 1))
    return sorted(found, key=len, reverse=True)


def said_on(page: str) -> str:
    """What a reader sees or hears of a page."""
    body = QUOTED.sub(" ", HIDDEN.sub(" ", page.partition("<body")[2] or page))
    return unescape(re.sub(r"<[^>]+>", " ", body) + " " + " ".join(SPOKEN.findall(body)))


def left_chinese(page: str, known: list[str]) -> set[str]:
    text = said_on(page)
    if not CHINESE.search(text):
        return set()
    for quoted in known:
        if quoted in text:
            text = text.replace(quoted, " ")
    for cut in set(CUT.findall(text)):  # a name that a narrow cell cuts off
        if any(quoted.startswith(cut) for quoted in known):
            text = text.replace(cut + "…", " ")
    return set(CHINESE.findall(text)) - ON_PURPOSE
