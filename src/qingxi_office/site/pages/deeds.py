"""What every form of a dated deed has: the day, the document, and an answer in words when it was refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _


def day(text: str) -> dt.date:
    """A day as a form sends it; ValueError in words for none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(_("日期要写成 2026-11-20 这样：%s") % (text or _("没有写"))) from None


def asked_day(request: HttpRequest, today: dt.date) -> dt.date:
    """The day that the address asks for (``?on=``), today when it asks for none or for nonsense."""
    try:
        return dt.date.fromisoformat(request.GET.get("on", ""))
    except ValueError:
        return today


def carry_out(request: HttpRequest, deed: Callable[[dt.date, str], Any], done: str) -> Any:
    """Do a deed with the form's day and document; says ``done`` or why not. None when it was refused."""
    try:
        result = deed(day(request.POST.get("on", "")), request.POST.get("document", "").strip())
    except ValidationError as wrong:
        messages.error(request, _("没有办成：%s") % "；".join(wrong.messages))
    except ValueError as refused:
        messages.error(request, _("没有办成：%s") % refused)
    else:
        messages.success(request, done)
        return result if result is not None else True
    return None
