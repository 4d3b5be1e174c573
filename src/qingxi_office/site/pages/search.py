"""Ctrl K: a place, a facility, a problem, a person, by name, number or the first letters of its pinyin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi_office.people.queries import find_places
from qingxi_office.places.models import Duty

from . import seen

EACH = 6


@dataclass(frozen=True)
class Hit:
    icon: str
    words: str
    href: str
    small: str


def _hits(user: Any, text: str) -> list[Hit]:
    text = text.strip()
    if not text:
        return []
    hits: list[Hit] = []
    for f in seen.facilities(user).filter(Q(name__icontains=text) | Q(key__icontains=text))[:EACH]:
        hits.append(Hit("building-factory-2", f.name, reverse("facility", args=[f.key]), f"{f.key}·{f.place.name}"))
    for p in find_places(user, text, EACH):
        if p.level == "village":
            href = reverse("village", args=[p.code])
        elif p.level == "hamlet" and p.parent:
            href = reverse("village", args=[p.parent.code])
        else:
            href = reverse("villages") + f"?township={p.code}"
        hits.append(Hit("map-pin", p.name, href, f"{p.get_level_display()}·{p.parent.name if p.parent else ''}"))
    for i in seen.issues(user).filter(Q(title__icontains=text) | Q(key__icontains=text))[:EACH]:
        hits.append(Hit("list-check", i.title, reverse("issue", args=[i.key]), f"{i.key}·{i.state}"))
    duties: list[Duty] = list(seen.duties(user).filter(person__icontains=text).select_related("place")[:EACH])
    for d in duties:
        href = (
            reverse("village", args=[d.place.code])
            if d.place and d.place.level == "village"
            else reverse("villages")
        )
        hits.append(Hit("user", d.person, href, f"{d.title}·{d.unit_name}·{d.phone}"))
    return hits


@login_required
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "")
    hits = _hits(request.user, text)
    part = bool(request.headers.get("HX-Request"))
    return render(
        request,
        "site/parts/found.html" if part else "site/search.html",
        {"hits": hits, "asked": text, "word": _("查找")},
    )
