"""Loads and other long work, each with every fault of what it took in: by file, row, rule and remedy."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qingxi_office.jobs import queries
from qingxi_office.people.rights import Extent, extent

from . import sheet


def _may_see(request: HttpRequest) -> None:
    if extent(request.user, "job") is Extent.NOTHING:
        raise Http404


@login_required
def loads(request: HttpRequest) -> HttpResponse:
    _may_see(request)
    return render(request, "site/loads.html", {"jobs": list(queries.jobs()[:50])})


@login_required
def load(request: HttpRequest, pk: int) -> HttpResponse:
    _may_see(request)
    job = queries.jobs().filter(pk=pk).first()
    if job is None:
        raise Http404
    rows, asked = queries.faults(pk), request.GET
    codes = Counter(rows.values_list("file", flat=True))
    if asked.get("file"):
        rows = rows.filter(file=asked["file"])
    if asked.get("as") in sheet.FORMATS:
        return sheet.answer(
            request, f"输入问题-{job.pk}",
            ["轻重", "文件", "行", "列", "值", "应满足", "怎么改"],
            [
                ["错误" if f.severity == "error" else "提醒", f.file, f.row, f.field, f.value, f.rule, f.remedy]
                for f in rows
            ],
        )  # fmt: skip
    page = Paginator(rows, 100).get_page(asked.get("page"))
    files = [(name, f"{name} {n}") for name, n in codes.most_common()]
    counts = [(_COUNTS.get(k, k), n) for k, n in (job.result.get("counts") or {}).items()]
    return render(
        request, "site/load.html", {"job": job, "page": page, "files": files, "asked": asked, "counts": counts}
    )


_COUNTS = {
    "places": _("地方"), "duties": _("责任"), "villages": _("村和社区"), "hamlets": _("自然村"), "households": _("户"),
    "facilities": _("设施"), "issues": _("问题"), "funds": _("资金来源"), "works": _("其他部门工程"), "bills": _("电费"),
    "labs": _("化验值"), "visits": _("巡查"), "days": _("日值"),
}  # fmt: skip
