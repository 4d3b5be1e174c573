"""Tables on their way in, loads and other long work: send a file, see each with its faults."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from qingxi.files.office_tables import TABLES
from qingxi_office.jobs import queries
from qingxi_office.jobs.models import JobFault
from qingxi_office.people.rights import may
from qingxi_office.site.loading import sheets

from . import seen, sheet

MOST_AT_ONCE = 20


@login_required
def loads(request: HttpRequest) -> HttpResponse:
    """Send a table, and every table that was sent in this person's part of the county."""
    if not seen.may_see(request.user, "intake"):
        raise Http404
    if request.method == "POST":
        return _send(request)
    page = Paginator(sheets.intakes(request.user), 30).get_page(request.GET.get("page"))
    jobs = list(queries.jobs().exclude(kind__startswith="sheet")[:30]) if seen.may_see(request.user, "job") else []
    return render(
        request, "site/loads.html",
        {
            "page": page, "jobs": jobs, "may_send": may(request.user, "submit_sheet"), "tables": TABLES.values(),
            "waiting": sheets.intakes(request.user).filter(state="handed_in").count(), "may_take": may(request.user, "load"),
            "workers": queries.workers_there(),
        },
    )  # fmt: skip


def _send(request: HttpRequest) -> HttpResponse:
    table = request.POST.get("table", "")
    files = request.FILES.getlist("file")[:MOST_AT_ONCE]
    if not files:
        messages.error(request, _("没有选文件"))
        return redirect("loads")
    made = []
    for file in files:
        try:
            name = file.name or ""
            if file.size is not None and file.size > sheets.MOST_BYTES:
                raise ValueError(_("“%s”太大，请另存为 .csv 或分成几个文件") % name)
            made.append(sheets.send(name, file.read(), table=table if table in TABLES else "", by=request.user))
        except ValueError as error:
            messages.error(request, str(error))
    return redirect("intake", made[0].pk) if len(made) == 1 else redirect("loads")


@login_required
def load(request: HttpRequest, pk: int) -> HttpResponse:
    if not seen.may_see(request.user, "job"):
        raise Http404
    job = queries.jobs().filter(pk=pk).first()
    if job is None:
        raise Http404
    rows, asked = queries.faults(pk), request.GET
    codes = Counter(rows.values_list("file", flat=True))
    if asked.get("file"):
        rows = rows.filter(file=asked["file"])
    if asked.get("as") in sheet.FORMATS:
        return sheet.answer(request, f"输入问题-{job.pk}", FAULT_HEAD, [fault_cells(f) for f in rows])
    page = Paginator(rows, 100).get_page(asked.get("page"))
    files = [(name, f"{name} {n}") for name, n in codes.most_common()]
    counts = [(_COUNTS.get(k, k), n) for k, n in (job.result.get("counts") or {}).items()]
    return render(
        request, "site/load.html", {"job": job, "page": page, "files": files, "asked": asked, "counts": counts}
    )


FAULT_HEAD = ["轻重", "文件", "行", "列", "值", "应满足", "怎么改"]


def fault_cells(fault: JobFault) -> list[object]:
    """A fault as a row to take away."""
    weight = "错误" if fault.severity == "error" else "提醒"
    return [weight, fault.file, fault.row, fault.field, fault.value, fault.rule, fault.remedy]


_COUNTS = {
    "places": lazy("地方"), "duties": lazy("责任"), "villages": lazy("村和社区"), "hamlets": lazy("自然村"), "households": lazy("户"),
    "facilities": lazy("设施"), "issues": lazy("问题"), "funds": lazy("资金来源"), "works": lazy("其他部门工程"), "bills": lazy("电费"),
    "labs": lazy("化验值"), "visits": lazy("巡查"), "days": lazy("日值"),
}  # fmt: skip
