"""Every figure of the source documents as printed, what is computed beside it, and the county's act of keeping them."""

from __future__ import annotations

from collections import defaultdict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.indicator import Beside, computed_beside
from qingxi.indicator import source_figures as all_figures
from qingxi_office.indicators.actions import note_reported
from qingxi_office.indicators.models import ReportedFigure
from qingxi_office.people import rights

from . import sheet

_PLACES = {"36": "江西省", "511825": "天全县", "3206": "南通开发区", "4412": "肇庆市", "2102": "大连市"}


@login_required
def source_figures(request: HttpRequest) -> HttpResponse:
    known, computed = all_figures(), computed_beside()
    if request.GET.get("as") in sheet.FORMATS:
        head = [
            "来源",
            "地方",
            "指标",
            "文件所印",
            "口径",
            "计数单位",
            "时间",
            "组织者",
            "样本量",
            "要求",
            "推断",
            "可信度",
            "注",
        ]
        rows = [
            [f.title, _PLACES[f.place], f.name, f.value, f.definition, f.unit_counted, f.period, f.organiser, f.n, f.requirement,
             f.assumed, f.trust.value, f.note]
            for f in known.values()
        ]  # fmt: skip
        return sheet.answer(request, "文献数", head, rows)
    beside: dict[str, list[Beside]] = defaultdict(list)
    for row in computed:
        beside[row.of[0]].append(row)
    groups: dict[str, list[object]] = defaultdict(list)
    for f in known.values():
        groups[f.title].append((f, _PLACES[f.place], beside[f.id]))
    kept = ReportedFigure.objects.filter(key__startswith="source:").count()
    return render(
        request,
        "site/source_figures.html",
        {"groups": list(groups.items()), "n": sum(f.source != "R" for f in known.values()), "m": len(computed), "kept": kept, "may": rights.may(request.user, "note_reported")},
    )  # fmt: skip


@login_required
@require_POST
def source_figures_keep(request: HttpRequest) -> HttpResponse:
    """Keep them among the reported figures, each under its own place's name; never as this county's own."""
    rights.check(request.user, "note_reported")
    with transaction.atomic():
        n = 0
        for f in all_figures().values():
            said = f.reported(_PLACES[f.place])
            if said is not None and f.source != "R":
                note_reported(said, by=request.user)
                n += 1
    messages.success(request, _("%d 个数记进了官方数，各带自己的地名，不是本县的数。") % n)
    return redirect("source_figures")
