"""One table that was sent: what it would do, row by row and cell by cell, and what to do with it; the empty forms."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.files.office_tables import TABLES, OfficeTable, cell_of
from qingxi.origin import Ref
from qingxi_office.jobs import queries
from qingxi_office.jobs.models import SheetIntake, SheetRow
from qingxi_office.people.rights import may
from qingxi_office.site.loading import sheets
from qingxi_office.site.loading.sheets.kinds import PREFILLED
from qingxi_office.trail import actions as trail

from . import seen, sheet
from .loads import FAULT_HEAD, fault_cells

_KIND = {
    "villages": "village", "households": "household", "facilities": "facility", "issues": "issue", "duties": "duty",
    "bills": "reading", "labs": "reading", "visits": "reading", "vendor": "reading", "places": "place", "hotline": "report",
    "six": "village", "coordination": "figure", "water": "outlet", "gauges": "rain", "rain": "rain",
}  # fmt: skip
"""The kind of record of people.rights that a table's rows are."""
_DEEDS: dict[str, Any] = {
    "take": sheets.take, "drop": sheets.drop, "hand_in": sheets.hand_in, "cancel": sheets.cancel, "again": sheets.read_anew,
}  # fmt: skip


def _get(request: HttpRequest, pk: int) -> SheetIntake:
    found = sheets.intakes(request.user).filter(pk=pk).first()
    if found is None:
        raise Http404
    if found.table and not seen.may_see(request.user, _KIND[found.table]):
        raise Http404
    return found


@dataclass
class Shown:
    """One staged row on the page: old and new of its cells, and what stands against it."""

    row: SheetRow
    cells: list[tuple[str, str, str]]
    faults: list[Any]


def _word(table: OfficeTable, field: str, value: Any) -> str:
    column = next((c for c in table.columns if c.field == field), None)
    if value is None or value == "":
        return _("空")
    said = cell_of(column, value) if column else value
    return f"{said:g}" if isinstance(said, float) else str(said)


def _shown(intake: SheetIntake, rows: list[SheetRow]) -> list[Shown]:
    table = TABLES[intake.table]
    titles = {c.field: c.heading for c in table.columns}
    by_row: dict[int, list[Any]] = defaultdict(list)
    numbers = [r.row for r in rows if r.verdict == "wrong" and r.row is not None]
    for fault in queries.faults(intake.job_id or 0).filter(row__in=numbers) if numbers else ():
        by_row[fault.row].append(fault)
    out = []
    for r in rows:
        if r.verdict == "changed":
            cells = [
                (titles.get(f, f), _word(table, f, old), _word(table, f, r.values.get(f)))
                for f, old in r.was.items()
            ]
        elif r.verdict == "new":
            said = [(f, v) for f, v in r.values.items() if v not in (None, "") and f in titles][:8]
            cells = [(titles[f], "", _word(table, f, v)) for f, v in said]
        else:
            cells = []
        out.append(Shown(r, cells, by_row.get(r.row or 0, [])))
    return out


@login_required
def intake(request: HttpRequest, pk: int) -> HttpResponse:
    """What a table would do, and the buttons."""
    row = _get(request, pk)
    going = row.state in ("reading", "taking")
    job = row.take_job if row.state == "taking" else row.job
    if request.GET.get("part"):
        answer = render(request, "site/parts/intake_going.html", _going(row, job, going))
        if not going:
            answer["HX-Refresh"] = "true"  # the whole page anew: its script must meet the form that stands in it
        return answer
    asked, counts = request.GET, row.counts
    show = asked.get("show") or next((v for v in ("wrong", "changed", "new", "gone") if counts.get(v) or (v == "wrong" and counts.get("asks"))), "faults")  # fmt: skip
    faults = queries.faults(row.job_id or 0)
    if asked.get("as") in sheet.FORMATS:
        return sheet.answer(request, f"核对-{row.pk}", FAULT_HEAD, [fault_cells(f) for f in faults])
    context: dict[str, Any] = _going(row, job, going)
    if row.table and TABLES[row.table].people and not going:
        trail.look("households", Ref("sheet", str(row.pk)), by=request.user, asked={"show": show})
    if show == "faults" or not row.table:
        page = Paginator(faults, 100).get_page(asked.get("page"))
    else:
        page = Paginator(queries.intake_rows(row.pk, show), 100).get_page(asked.get("page"))
        context["rows"] = _shown(row, list(page.object_list))
    good = int(counts.get("new", 0)) + int(counts.get("changed", 0))
    open_still = row.state in ("shown", "returned", "handed_in")
    chips = [
        ("wrong", _("有红格"), int(counts.get("wrong", 0)) + int(counts.get("asks", 0))), ("changed", _("有改动"), counts.get("changed", 0)),
        ("new", _("新增"), counts.get("new", 0)), ("gone", _("表里没有"), counts.get("gone", 0)),
        ("faults", _("逐条问题"), int(counts.get("red", 0)) + int(counts.get("notes", 0))),
    ]  # fmt: skip
    context |= {
        "page": page, "show": show, "chips": chips, "good": good, "faulty": chips[0][2],
        "table": TABLES.get(row.table), "before": queries.taken_before(row), "open_still": open_still,
        "may_take": may(request.user, "load", path=row.path) and row.state in ("shown", "handed_in"),
        "may_send": may(request.user, "submit_sheet", path=row.path),
        "may_hand_in": may(request.user, "submit_sheet", path=row.path) and not may(request.user, "load", path=row.path)
        and row.state in ("shown", "returned"),
        "may_resend": may(request.user, "submit_sheet", path=row.path)
        and (row.state == "failed" or (chips[0][2] and row.state in ("shown", "returned"))),
        "may_return": may(request.user, "load", path=row.path) and row.state == "handed_in",
    }  # fmt: skip
    return render(request, "site/intake.html", context)


def _going(row: SheetIntake, job: Any, going: bool) -> dict[str, Any]:
    lost = bool(job and going and (job.state in ("lost", "failed") or queries.is_silent(job)))
    return {
        "intake": row, "job": job, "going": going and not lost, "lost": lost, "percent": round(job.progress * 100) if job else 0,
        "workers": queries.workers_there() if job and job.state == "waiting" else 1,
    }  # fmt: skip


@login_required
@require_POST
def intake_do(request: HttpRequest, pk: int) -> HttpResponse:
    """Take, hand in, leave, send back, cancel, read again: who may is asked by the deed."""
    row = _get(request, pk)
    deed = request.POST.get("deed", "")
    try:
        if deed == "return":
            sheets.return_to(row, request.POST.get("reason", ""), by=request.user)
        elif deed in _DEEDS:
            _DEEDS[deed](row, by=request.user)
        else:
            raise Http404
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("loads") if deed == "drop" else redirect("intake", pk)


@login_required
def intake_red(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The same file back, red cells and reasons in it."""
    row = _get(request, pk)
    if not row.red:
        raise Http404
    name = f"{row.name.rsplit('.', 1)[0]}_核对.xlsx"
    if row.table and TABLES[row.table].people:
        trail.look("export", Ref("sheet", str(row.pk)), by=request.user)
    return FileResponse(row.red.open("rb"), as_attachment=True, filename=name)


@login_required
def sheet_forms(request: HttpRequest) -> HttpResponse:
    """The forms of every table that this person may see."""
    rows = [(t, t.name in PREFILLED) for t in TABLES.values() if seen.may_see(request.user, _KIND[t.name])]
    return render(request, "site/sheet_forms.html", {"tables": rows, "place": request.user.scope})


@login_required
def sheet_form(request: HttpRequest, table: str) -> HttpResponse:
    """One form, filled with what this person sees; ``?empty=1`` without, ``?as=csv`` as CSV."""
    if (
        table not in TABLES
        or not seen.may_see(request.user, _KIND[table])
        or not seen.may_see(request.user, "intake")
    ):
        raise Http404
    filled = table in PREFILLED and not request.GET.get("empty")
    body, ending = sheets.form_of(request.user, table, filled=filled, as_csv=request.GET.get("as") == "csv")
    if filled and TABLES[table].people:
        trail.look("export", Ref(_KIND[table], "form"), by=request.user, asked={"as": ending})
    kinds = {"csv": "text/csv; charset=utf-8", "xlsx": sheet.XLSX}
    name = TABLES[table].title + (f"_{request.user.scope.name}" if filled else "_空表")
    return HttpResponse(
        body, content_type=kinds[ending],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{ending}"},
    )  # fmt: skip
