"""The switches of look: light or dark, normal or elder, desk or field. They need no sign-in and no script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from .context import CHOICES

YEAR_S = 365 * 24 * 3600


@require_POST
def choose_look(request: HttpRequest) -> HttpResponse:
    """Keep the chosen look in cookies for a year and go back to where the reader was."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/"
    answer = redirect(back)
    for key, allowed in CHOICES.items():
        value = request.POST.get(key)
        if value in allowed:
            answer.set_cookie(f"qx_{key}", value, max_age=YEAR_S, samesite="Lax", httponly=True)
    return answer
