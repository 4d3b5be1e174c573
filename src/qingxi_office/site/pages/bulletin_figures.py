"""One figure of a bulletin: what it is, what it was counted from, and the same count done again."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from qingxi.bulletin import recount
from qingxi_office.bulletins import held
from qingxi_office.site import walk as books

from .bulletins import _bulletin
from .walk import PAGE, href_of, names_of, word


@login_required
def figure(request: HttpRequest, key: str, slot: str) -> HttpResponse:
    """Where a printed figure comes from: each record it rests on, with the way on from there."""
    row = _bulletin(request, key)
    if row.callover is None:
        raise Http404
    made = held.recomputed(row)
    bound = made.slots.get(slot)
    if bound is None:
        raise Http404
    again = recount(bound, {f.ref: f for f in made.figures})
    page = Paginator(bound.refs, PAGE).get_page(request.GET.get("page"))
    mine = books.because(page.object_list, user=request.user)
    names = names_of([ref for ref in page.object_list if ref in mine])
    lines: list[dict[str, Any]] = [
        {"kind": word(ref.kind), "name": names.get(ref, ref.id) if ref in mine else "", "href": href_of(ref, walk=True) if ref in mine else "",
         "from": Counter(word(r.kind) for r in mine.get(ref, ())).most_common()}
        for ref in page.object_list
    ]  # fmt: skip
    return render(
        request, "site/bulletin_figure.html",
        {"b": row, "slot": bound, "again": again, "stands": again is None or again == bound.text, "page": page, "lines": lines, "n": len(bound.refs)},
    )  # fmt: skip
