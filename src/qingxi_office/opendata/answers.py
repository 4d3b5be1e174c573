"""How the open door answers: any origin may read, an ETag spares the second reading, who asks too fast is told to wait."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qingxi.standard import load_table
from qingxi_office.opendata import queries
from qingxi_office.opendata.pace import seconds_to_wait

View = Callable[..., HttpResponse]
_FRESH_S = 300
JSON = "application/json"


def told(value: Any, *, kind: str = f"{JSON}; charset=utf-8", status: int = 200) -> HttpResponse:
    """An answer in JSON with Chinese as it is."""
    return HttpResponse(json.dumps(value, ensure_ascii=False), content_type=kind, status=status)


def wrong(status: int, words: str) -> HttpResponse:
    """What cannot be answered, as OGC API has it."""
    names = {400: "InvalidParameterValue", 404: "NotFound", 405: "MethodNotAllowed", 429: "TooManyRequests"}
    return told({"code": names.get(status, str(status)), "description": words}, status=status)


def _too_fast(request: HttpRequest) -> int:
    """Seconds to wait, 0 when one may ask. Counted by address within a window, over all processes of the server."""
    table = load_table("disclosure")
    who = hashlib.sha256(request.META.get("REMOTE_ADDR", "").encode()).hexdigest()[:16]
    return seconds_to_wait(who, int(table["asks.most"]), int(table["asks.window"]))


def _shared(answer: HttpResponse, methods: tuple[str, ...]) -> HttpResponse:
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Access-Control-Allow-Methods"] = ", ".join((*methods, "OPTIONS"))
    answer["Access-Control-Allow-Headers"] = "Content-Type, Accept, If-None-Match"
    answer["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
    return answer


def open_to_all(
    *, methods: tuple[str, ...] = ("GET", "HEAD"), made_of_published: bool = True, error: Callable[..., HttpResponse] = wrong
) -> Callable[[View], View]:  # fmt: skip
    """A view that anybody reads from anywhere. ``made_of_published``: its answer changes only when something is published."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "OPTIONS":
                return _shared(HttpResponse(status=204), methods)
            if request.method not in methods:
                refused = error(405, _("这个地址不这样用"))
                refused["Allow"] = ", ".join((*methods, "OPTIONS"))
                return _shared(refused, methods)
            if wait := _too_fast(request):
                later = error(429, _("问得太快了，请过一会儿再问"))
                later["Retry-After"] = str(wait)
                return _shared(later, methods)
            tag = ""
            if made_of_published and request.method in ("GET", "HEAD"):
                request.stamp = queries.stamp()  # type: ignore[attr-defined]
                asked = (
                    request.stamp,  # type: ignore[attr-defined]
                    request.build_absolute_uri(),
                    request.headers.get("Accept", ""),
                    get_language(),
                )
                tag = '"' + hashlib.sha256("\n".join(map(str, asked)).encode()).hexdigest()[:32] + '"'
                if tag in request.headers.get("If-None-Match", "").replace("W/", ""):
                    same = _shared(HttpResponse(status=304), methods)
                    same["ETag"] = tag
                    return same
            made = view(request, *args, **kwargs)
            page = made.get("Content-Type", "").startswith("text/html")
            if tag and made.status_code == 200 and not page:  # a page wears its reader's language and letters
                made["ETag"] = tag
                made["Cache-Control"] = f"public, max-age={_FRESH_S}"
                made["Vary"] = "Accept, Accept-Language"
            return _shared(made, methods)

        return answer

    return wrap
