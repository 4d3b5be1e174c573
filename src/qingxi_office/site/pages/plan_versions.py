"""Versions of the plan: which one is in force, what the others cost, and what changed from one to another."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.approvals.actions import SecondNeeded
from qingxi_office.design.parts import State
from qingxi_office.jobs import queries as jobs
from qingxi_office.people.rights import may
from qingxi_office.site.loading import adopt_version
from qingxi_office.trail import clock

from . import seen, sheet
from .approvals import before_second
from .difference import Difference, difference, totals
from .modes import MODES, mode_word
from .plan_words import TOTALS


def standing_chip(plan: Any) -> State:
    return {"采用": State("good", _("采用")), "曾采用": State("plain", _("曾采用"))}.get(
        plan.standing, State("info", _("草案"), "pencil")
    )


def check_chip(plan: Any) -> State:
    passed = plan.verdict.get("passed")
    if passed is None:
        return State("unknown", _("没有复核"))
    return State("good", _("复核通过")) if passed else State("bad", _("复核不通过"))


@login_required
def versions(request: HttpRequest) -> HttpResponse:
    user = request.user
    rows = list(seen.plan_versions(user))
    if not rows and not seen.may_see(user, "plan"):
        raise Http404
    current = next((row for row in rows if row.is_current), None)
    for row in rows:
        row.value = row.figures.get("cost", {}).get("present_value")
    for row in rows:
        row.standing_chip, row.check_chip = standing_chip(row), check_chip(row)
        row.capex = row.figures.get("cost", {}).get("capex")
        gap = row.figures.get("gap")
        row.gap_pct = gap * 100 if gap is not None and row.figures.get("bound") else None
        row.less = (
            row.value - current.value if current and current is not row and row.value and current.value else None
        )
        row.changed_prices = (row.asked or {}).get("changes") or {}
        row.rules = len((row.asked or {}).get("overrides") or [])
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, "规划各版",
            ["版", "编号", "状态", "编制", "编制人", "说明", "数据级", "单价表", "现值(元)", "总投资(元)", "离最省最多(%)", "复核", "采用", "采用人"],
            [
                [
                    r.number, r.key, r.standing, clock.day_of(r.made_at) if r.made_at else r.made_on, r.by_name, r.note, r.level,
                    r.figures.get("prices", ""), r.value, r.capex, r.gap_pct, r.verdict.get("said", ""),
                    clock.day_of(r.adopted_at) if r.adopted_at else "", r.adopted_by_name,
                ]
                for r in rows
            ],
        )  # fmt: skip
    under_way = []
    if seen.may_see(user, "job"):
        under_way = list(jobs.jobs().filter(kind="plan", state__in=("waiting", "running"))[:5])
    return render(
        request,
        "site/plan_versions.html",
        {
            "rows": rows, "current": current, "under_way": under_way, "may_make": may(user, "make_plan"),
            "may_adopt": may(user, "adopt_plan"), "newest": rows[0] if rows else None,
        },
    )  # fmt: skip


@login_required
@require_POST
def adopt(request: HttpRequest, key: str) -> HttpResponse:
    plan = seen.plan_version(request.user, key)
    if plan is None:
        raise Http404
    try:
        adopt_version(plan, by=request.user, reason=request.POST.get("reason", ""))
        messages.success(request, _("第 %d 版已采用，各户的模式按它更新。") % plan.number)
    except SecondNeeded as needed:
        return before_second(request, needed)
    except ValueError as error:
        messages.error(request, _("没有办成：%s") % error)
    return redirect("plan_versions")


def pair(user: Any, asked: Any) -> tuple[Any, Any]:
    """The two versions asked for: ``a`` before (left out: the one in force), ``b`` after (left out: the newest other)."""
    rows = list(seen.plan_versions(user))
    by_key = {row.key: row for row in rows}
    a = by_key.get(asked.get("a", "")) or next((r for r in rows if r.is_current), rows[-1] if rows else None)
    b = by_key.get(asked.get("b", "")) or next((r for r in rows if a is None or r.pk != a.pk), None)
    return a, b


def compared(user: Any, a: Any, b: Any, township: str = "") -> Difference:
    """Two versions by natural village, in this person's part of the county."""
    before, after = seen.options(user, a), seen.options(user, b)
    if township:
        before = before.filter(place__path__contains=f"/{township}/")
        after = after.filter(place__path__contains=f"/{township}/")
    names = dict(seen.villages(user).values_list("place__code", "place__name"))
    return difference(before, after, names)


def total_rows(a: Any, b: Any) -> list[dict[str, Any]]:
    return [
        {
            "key": key, "word": TOTALS[key], "kind": kind, "a": old, "b": new,
            "diff": new - old if old is not None and new is not None else None, "less_is_better": better,
        }
        for key, kind, old, new, better in totals(a.figures, b.figures)
        if old or new
    ]  # fmt: skip


@login_required
def compare(request: HttpRequest) -> HttpResponse:
    user, asked = request.user, request.GET
    rows = list(seen.plan_versions(user))
    if not rows and seen.may_see(user, "plan"):
        return redirect("plan_versions")  # nothing to compare yet: the page that says what comes first
    if not rows:
        raise Http404
    a, b = pair(user, asked)
    township = asked.get("township", "")
    towns = sorted(set(seen.villages(user).exclude(place__parent=None).values_list("place__parent__code", "place__parent__name")))  # fmt: skip
    if b is None:
        return render(request, "site/plan_compare.html", {"rows": rows, "a": a, "b": None})
    found = compared(user, a, b, township)
    if asked.get("as") in sheet.FORMATS:
        return _sheet(request, a, b, found)
    english = get_language() == "en"
    page = Paginator(found.changed, 30).get_page(asked.get("page"))
    for row in page.object_list:
        object.__setattr__(row, "why", row.reason_en if english and row.reason_en else row.reason)
    villages = found.villages()
    return render(
        request,
        "site/plan_compare.html",
        {
            "rows": rows, "a": a, "b": b, "found": found, "page": page, "villages": villages[:40], "more_villages": len(villages) - 40,
            "totals": total_rows(a, b), "towns": towns, "township": township,
            "saved": sum(r.diff for r in found.every), "dearer": sum(r.diff > 0 for r in found.changed),
            "cheaper": sum(r.diff < 0 for r in found.changed),
            "map_query": urlencode({k: v for k, v in (("version", b.key), ("against", a.key), ("township", township)) if v}),
            "may_adopt": may(user, "adopt_plan"), "modes": [(m, MODES[m][0]) for m in MODES],
            "plan_href": reverse("plan") + "?" + urlencode({"version": b.key, "against": a.key}),
        },
    )  # fmt: skip


def _sheet(request: HttpRequest, a: Any, b: Any, found: Difference) -> HttpResponse:
    kinds = {"mode": "换了模式", "cost": "费用变了", "": "没有变"}

    def modes(text: str) -> str:
        return "、".join(mode_word(m) for m in text.split(",") if m) or "（没有）"

    return sheet.answer(
        request, f"规划比较_第{a.number}版_第{b.number}版",
        ["自然村代码", "自然村", "行政村", "户数", f"第{a.number}版模式", f"第{b.number}版模式", f"第{a.number}版现值(元)",
         f"第{b.number}版现值(元)", "差(元)", f"第{a.number}版管长(m)", f"第{b.number}版管长(m)", "差(m)", "变化", "理由"],
        [
            [
                r.key, r.name, r.village, r.households, modes(r.mode_a), modes(r.mode_b), round(r.value_a, 2), round(r.value_b, 2),
                round(r.diff, 2), round(r.pipe_a_m, 1), round(r.pipe_b_m, 1), round(r.pipe_diff_m, 1), kinds[r.kind], r.reason,
            ]
            for r in sorted(found.every, key=lambda r: (not r.kind, r.kind != "mode", -abs(r.diff)))
        ],
    )  # fmt: skip
