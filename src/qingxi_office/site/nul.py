"""A NUL sign in an address or a question is nobody's word: PostgreSQL cannot ask for it, so it is refused before any page."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest


class NoNul:
    """Middleware: 400 for an address or a query with NUL; forms answer for their own fields."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseBadRequest("NUL", content_type="text/plain")
        return self.get_response(request)
