"""Words of the office's tables, for templates: ``{% load sheets %}``."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()
_WORDS = {
    "villages": _("行政村治理台账"), "households": _("农户台账"), "facilities": _("处理设施台账"), "issues": _("问题整改台账"),
    "duties": _("责任清单"), "bills": _("电费单"), "labs": _("水质检测"), "visits": _("巡查记录"), "vendor": _("厂家平台导出"), "places": _("地名和机构代码表"),
    "six": _("六个同步"), "coordination": _("协同步骤"), "water": _("受纳水体水样"), "hotline": _("12345 工单"),
    "gauges": _("雨量站台账"), "rain": _("雨量"),
}  # fmt: skip


@register.filter
def sheet_word(name: str) -> str:
    """The title of a table in the reader's language; the table itself is always in Chinese."""
    return str(_WORDS.get(name, name))
