"""Behind nginx: the address of whoever asks, not of the machine's own proxy.

Lock-out after wrong passwords and the limits of public reports count by address. Only nginx on this machine is
believed, and only in an installation that says it stands behind TLS.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_OURS = {"127.0.0.1", "::1"}


class Proxy:
    """Middleware, before everything that looks at the address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.headers.get("X-Real-IP", "")
        if settings.BEHIND_TLS and told and request.META.get("REMOTE_ADDR") in _OURS:
            request.META["REMOTE_ADDR"] = told
        return self.get_response(request)
