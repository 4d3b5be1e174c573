"""Ctrl K: everything with a name or a number, grouped, by Chinese, pinyin or code."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from qingxi_office.site import searching


@login_required
def search(request: HttpRequest) -> HttpResponse:
    """The first of every group, or one group's page; htmx asks for the hits alone."""
    text, key = request.GET.get("q", ""), request.GET.get("in", "")
    number = int(page) if (page := request.GET.get("page", "1")).isdigit() else 1
    if key and key not in searching.GROUPS:
        raise Http404
    groups = [searching.find_in(request.user, key, text, number)] if key else searching.find(request.user, text)
    part = bool(request.headers.get("HX-Request"))
    return render(
        request, "site/parts/found.html" if part else "site/search.html",
        {
            "groups": groups, "asked": text.strip(), "chosen": key, "number": number, "n": sum(len(g.hits) for g in groups),
            "more": any(g.more for g in groups),
        },
    )  # fmt: skip
