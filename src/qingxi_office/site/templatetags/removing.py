"""``{% may_remove kind key as may %}``: whether this person is shown the way to the recycle bin."""

from __future__ import annotations

from typing import Any

from django import template

from qingxi_office.people import rights
from qingxi_office.site.recycling import BINS

register = template.Library()


@register.simple_tag(takes_context=True)
def may_remove(context: Any, kind: str, key: str) -> bool:
    """By the deed alone; what the record's state and what hangs on it allow is said when it is tried."""
    return kind in BINS and rights.may(context["request"].user, BINS[kind].deed)
