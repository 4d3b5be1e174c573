"""逐级汇总: a rate at every place of the tree as it was on a day, gains and losses apart, down to the villages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qingxi.indicator import definitions
from qingxi_office.indicators.rolled import roll
from qingxi_office.places import queries as tree
from qingxi_office.trail import clock

from . import seen, sheet
from .deeds import asked_day

DATED = "signed_list"


def _since(request: HttpRequest, on: dt.date) -> dt.date:
    """Since when changes are told: what is asked, else the first day of the year."""
    try:
        since = dt.date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        since = on.replace(month=1, day=1)
    return min(since, on)


@login_required
def figures_tree(request: HttpRequest) -> HttpResponse:
    user, own, today = request.user, tree.county(), clock.today()
    if not seen.may_see(user, "figure"):
        raise Http404
    known = {d.id: d for d in definitions().values() if d.denominator["rule"] == DATED}
    if own is None:
        return render(request, "site/figures_tree.html", {"empty_books": True})
    d = known.get(request.GET.get("definition", "")) or known.get(own.main_definition) or next(iter(known.values()))
    on = min(asked_day(request, today), today)
    since = _since(request, on)
    found = roll(d, on, since, user.scope.path)
    rolled = found.rolled
    if not rolled.roots:
        return render(request, "site/figures_tree.html", {"empty_books": True})
    at = request.GET.get("at") or rolled.roots[0].node.code
    if at not in rolled.tree.at:
        raise Http404
    here, below = rolled.row(at), rolled.below(at)
    gained, lost = rolled.movers(at)
    hits = {c.ref: c for c in found.figure.numerator}
    villages = [
        (c, hits.get(c.ref)) for c in found.figure.denominator if not below and rolled.where.get(c.ref.id) == at
    ]
    groups = list(here.groups)
    if request.GET.get("as") in sheet.FORMATS:
        rows = (
            [_row(r, groups) for r in (*below, here)]
            if below
            else [[c.ref.id, c.name, c.group, "是" if hit else "否", (hit or c).why] for c, hit in villages]
        )
        head = (
            ["代码", "地方", "值", "分子", "分母", *groups, "新增", "退出"]
            if below
            else ["代码", "村", "状态", "计入", "理由"]
        )
        return sheet.answer(request, f"逐级汇总_{here.node.name}_{on:%Y-%m-%d}", head, rows)
    return render(
        request, "site/figures_tree.html",
        {
            "d": d, "known": known.values(), "on": on, "since": since, "today": today, "here": here, "below": below, "groups": groups,
            "rows": [(r, [r.groups.get(g, 0) for g in groups]) for r in below], "totals": [here.groups.get(g, 0) for g in groups],
            "villages": villages, "gained": gained, "lost": [(c, found.reasons.get(c.ref.id) or _("没有写理由")) for c in lost],
            "up": rolled.tree.nodes[rolled.tree.parent[rolled.tree.at[at]]] if rolled.tree.parent[rolled.tree.at[at]] >= 0 else None,
            "nowhere": rolled.nowhere, "label": found.figure.denominator_label,
        },
    )  # fmt: skip


def _row(r: Any, groups: list[str]) -> list[Any]:
    return [
        r.node.code,
        r.node.name,
        r.printed,
        r.part,
        r.n,
        *(r.groups.get(g, 0) for g in groups),
        r.gained,
        r.lost,
    ]
