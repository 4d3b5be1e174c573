"""官方数: figures as documents issued them, typed in or sent as a table, beside ours with the difference and its reason."""

from __future__ import annotations

import io
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.indicator import REPORTED_FIELDS, definitions, reported_of
from qingxi.origin import Fault
from qingxi_office.indicators.actions import note_reported
from qingxi_office.indicators.models import FigureRecord
from qingxi_office.indicators.queries import as_reported
from qingxi_office.people import rights

from . import form, seen, sheet
from .figure_book import difference
from .sheet_in import rows_of

MOST_ROWS, MOST_BYTES = 2000, 5_000_000


@login_required
def figures_official(request: HttpRequest) -> HttpResponse:
    user = request.user
    if not seen.may_see(user, "figure"):
        raise Http404
    faults: list[Fault] = []
    typed: dict[str, str] | None = None
    red: list[Fault] = []
    replaces = request.GET.get("corrects", "")
    if request.method == "POST":
        if not rights.may(user, "note_reported"):
            raise PermissionDenied
        if "table" in request.FILES:
            red = _take_table(request)
            if not red:
                return redirect("figures_official")
        else:
            typed, replaces = form.typed_of(request, REPORTED_FIELDS), request.POST.get("replaces", "")
            faults = _keep(request, typed, replaces)
            if not faults:
                return redirect("figures_official")
    rows = [_dressed(user, row) for row in _with_ours(user)]
    if request.GET.get("as") in sheet.FORMATS:
        return sheet.answer(
            request,
            "官方数",
            ["编号", *(f.word for f in REPORTED_FIELDS), "我们算的", "相差"],
            [_line(r) for r in rows],
        )
    old = seen.reported(user).filter(key=replaces).first() if replaces else None
    return render(
        request, "site/figures_official.html",
        {
            "rows": rows, "held": sum(r["diff"] is not None for r in rows), "apart": sum(r["diff"] is not None and r["diff"].agrees is False for r in rows),
            "fields": form.asked_of(REPORTED_FIELDS, _as_typed(old) if old else {}, faults, typed), "faults": red, "replaces": old,
            "may_note": rights.may(user, "note_reported"), "definitions": definitions().values(),
        },
        status=400 if faults or red else 200,
    )  # fmt: skip


def _keep(request: HttpRequest, typed: dict[str, str], replaces: str) -> list[Fault]:
    said, faults = reported_of(typed)
    if said is None:
        return faults
    try:
        row = note_reported(said, by=request.user, replaces=replaces)
    except ValueError as wrong:
        return [Fault("", None, "value", typed.get("value", ""), str(wrong), _("改好再记"), "reported-refused")]
    messages.success(request, _("%s 记下了；我们算的一个字不动。") % row.key)
    return []


def _take_table(request: HttpRequest) -> list[Fault]:
    """Good rows are kept, the others are told, all at once."""
    upload = request.FILES["table"]
    if upload.size is None or upload.size > MOST_BYTES:
        return [Fault(upload.name, None, "", "", "文件超过 5 MB", "分成几份", "reported-size")]
    words = {f.word: f.name for f in REPORTED_FIELDS}
    try:
        found = rows_of(upload, [f.word for f in REPORTED_FIELDS if f.needed])
    except ValueError as wrong:
        return [Fault(upload.name, None, "", "", str(wrong), "用本页的表样", "reported-table")]
    faults: list[Fault] = []
    kept = 0
    for n, cells in found[:MOST_ROWS]:
        said, wrong_ones = reported_of(
            {words[k]: v for k, v in cells.items() if k in words}, file=upload.name, row=n
        )
        if said is not None:
            try:
                note_reported(said, by=request.user)
                kept += 1
            except ValueError as wrong:
                wrong_ones = [
                    Fault(upload.name, n, "", said.name, str(wrong), "改好再传这一行", "reported-refused")
                ]
        faults += wrong_ones
    if len(found) > MOST_ROWS:
        faults.append(
            Fault(upload.name, None, "", str(len(found)), f"一次最多 {MOST_ROWS} 行", "分成几份", "reported-rows")
        )
    if kept:
        messages.success(request, _("收下 %d 个官方数。") % kept)
    return faults


def _with_ours(user: Any) -> list[tuple[Any, FigureRecord | None]]:
    """Every official figure that stands, with our figure of the day nearest to its own; two queries."""
    rows = list(seen.reported(user).defer("place__geometry"))
    wanted = {r.definition for r in rows if r.definition}
    ours: dict[tuple[str, int], list[Any]] = {}
    light = (
        seen.figures(user).filter(definition__in=wanted, place__in={r.place_id for r in rows}).select_related(None)
    )
    for f in light.order_by("as_of", "id").only("pk", "definition", "place", "as_of", "text", "unit_counted"):
        ours.setdefault((f.definition, f.place_id), []).append(f)
    out = []
    for r in rows:
        held = ours.get((r.definition, r.place_id), []) if r.place.name == r.place_name else []
        day = r.as_of
        near = (
            min(held, key=lambda f: (abs((f.as_of - day).days), -f.pk))
            if held and day
            else held[-1]
            if held
            else None
        )
        out.append((r, near))
    return out


def _dressed(user: Any, pair: tuple[Any, FigureRecord | None]) -> dict[str, Any]:
    row, ours = pair
    said = as_reported(row)
    return {"r": row, "said": said, "ours": ours, "diff": difference(row, ours) if ours else None}


def _as_typed(row: Any) -> dict[str, str]:
    """A kept figure as its form shows it, for a correction."""
    said = as_reported(row)
    marks = {"unit_counted": "计数单位", "as_of": "日期", "definition": "口径", "measurer": "谁量的", "n": "样本数"}
    plain = {
        f.name: form.text_of(getattr(said, f.name)) for f in REPORTED_FIELDS if f.name not in ("value", "assumed")
    }
    return {
        **plain, "value": f"{said.bound}{said.value}",
        "assumed": "；".join(f"{marks[k]}：{why}" for k, why in said.assumed.items() if k in marks),
    }  # fmt: skip


def _line(r: dict[str, Any]) -> list[Any]:
    typed = _as_typed(r["r"])
    return [
        r["r"].key,
        *(typed[f.name] for f in REPORTED_FIELDS),
        r["ours"].text if r["ours"] else "",
        r["diff"].sentence if r["diff"] else "",
    ]


@login_required
def official_form(request: HttpRequest) -> HttpResponse:
    """The empty table to fill in: a heading and its help a column."""
    import xlsxwriter

    if not seen.may_see(request.user, "figure"):
        raise Http404
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        page = book.add_worksheet("官方数")
        needed = book.add_format({"bold": True, "bg_color": "#fff8dc", "border": 1, "text_wrap": True})
        plain = book.add_format({"bold": True, "bg_color": "#f3f6f5", "border": 1, "text_wrap": True})
        text = book.add_format({"num_format": "@"})
        for c, field in enumerate(REPORTED_FIELDS):
            page.write_string(0, c, field.word, needed if field.needed else plain)
            page.set_column(c, c, max(len(field.word) * 2.4, 12), text)
            if field.help:
                page.write_comment(0, c, field.help)
        page.freeze_panes(1, 0)
    return HttpResponse(
        held.getvalue(), content_type=sheet.XLSX,
        headers={"Content-Disposition": "attachment; filename*=UTF-8''%E5%AE%98%E6%96%B9%E6%95%B0.xlsx"},
    )  # fmt: skip
