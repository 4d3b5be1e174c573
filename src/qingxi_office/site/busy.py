"""What a person hears when the books could not be had in time: another writes a great deal, or the database is away.

One writer writes at a time (docs/office-pages.md). Whoever waits longer than the setting says is not told that the
program broke, but that the step was not done, what became of their words, and when to try again: 503, Retry-After.
"""

from __future__ import annotations

import json
import sqlite3
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.defaults import server_error

AGAIN_S = 30
# SQLSTATE: a lock not had in time; connections and the server going up or down (PostgreSQL, appendix A).
_LINE = ("OperationalError", "InterfaceError")
_WAITED, _AWAY = ("55P03", "40P01", "53300"), ("08", "57P")


def is_busy(error: BaseException | None) -> bool:
    """Whether the database could not be asked now and can later: a lock waited for in vain, or no connection.

    A full disk, a broken file and a wrong question are none of these.
    """
    if isinstance(error, sqlite3.OperationalError):  # the readings' store, which Django does not wrap
        cause: BaseException | None = error
    elif any(kind.__module__ == "psycopg" and kind.__name__ in _LINE for kind in type(error).__mro__):
        cause = error
    elif isinstance(error, OperationalError | InterfaceError):
        cause = error.__cause__
    else:
        return False
    state = getattr(cause, "sqlstate", None)
    if state:
        return state in _WAITED or state.startswith(_AWAY)
    code = getattr(cause, "sqlite_errorname", "")
    if code:
        return code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
    return type(cause).__module__.startswith("psycopg")  # no state: the server was not reached


def broken(request: HttpRequest) -> HttpResponse:
    """Django's ``handler500``: called while the error is being handled."""
    if not is_busy(sys.exc_info()[1]):
        return server_error(request)
    words = _("刚才这一步没有做成，别的都还在。请等半分钟，按浏览器的“返回”，您填的还在，再点一次。")
    if "text/html" in request.headers.get("Accept", ""):
        body, kind = render_to_string("503.html", {"text": words}), "text/html; charset=utf-8"
    else:
        told = {"type": "about:blank", "title": "busy", "status": 503, "detail": words}
        body, kind = json.dumps(told, ensure_ascii=False), "application/problem+json; charset=utf-8"
    return HttpResponse(body, status=503, content_type=kind, headers={"Retry-After": str(AGAIN_S)})
