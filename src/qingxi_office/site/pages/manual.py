"""The manuals: one a role, opened at the chapter of the page one came from."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from qingxi_office.site import manual_text


def manuals(request: HttpRequest) -> HttpResponse:
    """One's own manual; the villager's for who is not signed in."""
    role = getattr(request.user, "role", "") or "villager"
    return redirect("manual", role if role in manual_text.ROLES else "villager")


def manual(request: HttpRequest, role: str) -> HttpResponse:
    """One manual. Nothing in it is secret: who helps a colleague may read theirs."""
    if role not in manual_text.ROLES:
        raise Http404
    told = manual_text.render(manual_text.source(role))
    return render(
        request, "site/manual.html",
        {"told": told, "role": role, "roles": [(key, word) for key, word in manual_text.ROLES.items() if key != "auditor"]},
    )  # fmt: skip
