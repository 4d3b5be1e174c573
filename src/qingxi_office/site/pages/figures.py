"""数字: every figure by family with its definition, value, trend, target, official value and who is behind."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.indicator import Definition, definitions
from qingxi_office.indicators.actions import compute, set_target
from qingxi_office.people import rights
from qingxi_office.places import queries as tree
from qingxi_office.trail import clock

from . import seen, sheet
from .figure_book import Line, book
from .figure_words import FAMILIES, REGIONS, TRUSTS, UNITS


@login_required
def figures(request: HttpRequest) -> HttpResponse:
    user, today, own = request.user, clock.today(), tree.county()
    if not seen.may_see(user, "figure"):
        raise Http404
    if own is None:
        return render(request, "site/figures.html", {"county_row": None})
    place = user.scope if user.scope.path.startswith(own.place.path) else own.place
    whole = place.pk == own.place_id
    lines = book(
        user, place, today, own.main_definition or "treatment_rate_village", own.target_rate if whole else None
    )
    if request.GET.get("as") in sheet.FORMATS:
        return _export(request, lines)
    families: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        families[line.definition.family].append(line)
    main = next((x for x in lines if x.definition.id == own.main_definition), lines[0])
    known = [x for x in lines if x.record is not None and x.record.value is not None]
    return render(
        request, "site/figures.html",
        {
            "county_row": own, "place": place, "whole": whole, "main": main, "known": len(known), "total": len(lines),
            "short": [x for x in known if x.short is not None], "blind": len(lines) - len(known),
            "families": [(FAMILIES.get(name, name), rows) for name, rows in families.items()],
            "regions": REGIONS, "trusts": TRUSTS, "units": UNITS, "any": any(x.record for x in lines),
            "as_of": max((x.record.as_of for x in lines if x.record), default=None), "year": today.year,
            "may_compute": rights.may(user, "compute_figures"), "may_target": rights.may(user, "set_figure_target", path=place.path),
            "every": [x.definition for x in lines],
        },
    )  # fmt: skip


def _export(request: HttpRequest, lines: list[Line]) -> HttpResponse:
    head = [
        "族", "地区", "名称", "口径编号", "版本", "计数单位", "值", "分子", "分母", "日期", "目标 %", "目标依据", "官方数", "与官方相比", "最弱的乡镇",
        "公式", "来源", "可信度",
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for x in lines:
        d, f = x.definition, x.record
        rows.append(
            [
                d.family, d.region, d.name, d.id, d.version, d.unit_counted, f.text if f else "还没有计算", f.numerator if f else None,
                f.denominator if f else None, f.as_of if f else None, x.target.value if x.target else None,
                x.target.by if x.target else "", f"{x.official[0].bound}{x.official[0].value.normalize():f}" if x.official else "",
                x.official[1].sentence if x.official else "", f"{x.weakest.name} {x.weakest.printed(d.decimals)}" if x.weakest else "",
                d.formula, d.source, d.trust.value,
            ]
        )  # fmt: skip
    return sheet.answer(request, "数字", head, rows)


def definition_or_404(name: str) -> Definition:
    found = definitions().get(name)
    if found is None:
        raise Http404
    return found


@login_required
def figure_newest(request: HttpRequest, definition: str) -> HttpResponse:
    """The newest figure of a definition for this person's place; before it was ever computed, its definition alone."""
    user, own = request.user, tree.county()
    if not seen.may_see(user, "figure"):
        raise Http404
    d = definition_or_404(definition)
    place = None
    if own is not None:
        place = user.scope if user.scope.path.startswith(own.place.path) else own.place
    rows = seen.figures(user).filter(definition=d.id, place=place).order_by("-as_of", "-id")
    pk = rows.values_list("pk", flat=True).first() if place is not None else None
    if pk is not None:
        return redirect("figure", pk)
    return render(
        request, "site/figure_none.html",
        {"d": d, "may_compute": rights.may(user, "compute_figures"), "trusts": TRUSTS, "regions": REGIONS, "units": UNITS},
    )  # fmt: skip


@login_required
@require_POST
def figures_compute(request: HttpRequest) -> HttpResponse:
    """Compute every definition for today."""
    if not seen.may_see(request.user, "figure"):
        raise Http404
    try:
        done = compute(by=request.user, as_of=clock.today())
    except ValueError as wrong:
        messages.error(request, _("没有算成：%s") % wrong)
    else:
        messages.success(request, _("算好了 %d 个数，和昨天不同的另存一行。") % len(done))
    return redirect("figures")


@login_required
@require_POST
def figure_target(request: HttpRequest) -> HttpResponse:
    """Note what the task letter asks of a figure this year."""
    if not seen.may_see(request.user, "figure"):
        raise Http404
    asked = request.POST
    try:
        try:
            year, value = int(asked.get("year", "")), float(asked.get("value", ""))
        except ValueError:
            raise ValueError(_("年份和目标都要写成数")) from None
        set_target(asked.get("definition", ""), year, value, asked.get("document", ""), by=request.user)
    except ValueError as wrong:
        messages.error(request, _("没有记下：%s") % wrong)
    else:
        messages.success(request, _("目标记下了，老目标也留着。"))
    return redirect("figures")
