"""Columns to be named, matches to be looked through, changes to be explained, the sheet to be printed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.files import LEDGER_COLUMNS
from qingxi.morning import Book, Certainty, ledgers_from_json, match
from qingxi_office.morning import actions, held_against, queries, shown, words
from qingxi_office.morning.models import LedgerCheck, LedgerFile
from qingxi_office.morning.views import get_check
from qingxi_office.people.rights import may


@login_required
def columns(request: HttpRequest, pk: int, book: str) -> HttpResponse:
    """Which column is which: what was understood, what was not, and the officer's word on it."""
    check = get_check(request, pk)
    row = check.files.filter(book=book).first()
    if row is None:
        raise Http404
    asked = [c for c in LEDGER_COLUMNS[Book(book)] if c.field != "serial"]
    if request.method == "POST":
        said = {c.field: request.POST.get(c.field, "").strip() for c in asked}
        # What was understood by itself need not be remembered.
        said = {f: h for f, h in said.items() if h != row.found.get(f, "")}
        try:
            return redirect("job", actions.say_columns(check, book, said, by=request.user).pk)
        except ValueError as error:
            messages.error(request, _("没有记下：%s") % error)
    headings = list(dict.fromkeys([*row.headings, *row.found.values()]))
    lines = [(c.field, c.heading, c.needed, row.found.get(c.field, ""), c.field in row.missing) for c in asked]
    context = {
        "check": check, "file": row, "lines": lines, "headings": headings, "book": words.BOOKS[book],
        "may_check": may(request.user, "check_ledgers") and check.state != LedgerCheck.State.PRINTED,
    }  # fmt: skip
    return render(request, "morning/columns.html", context)


@login_required
def matches(request: HttpRequest, pk: int) -> HttpResponse:
    """How each line of the village ledger was matched to the register, and how sure that is."""
    check = get_check(request, pk)
    if not check.ledgers:
        raise Http404
    register = held_against.register()
    rows = []
    for line in ledgers_from_json(check.ledgers).villages:
        found = match(register, line.code, line.name, line.township)
        meant = register.by_code.get(found.code)
        kind, sure = words.SURE[found.certainty]
        rows.append(
            {"line": line, "meant": meant, "how": words.HOW[found.how], "sure": found.certainty.value, "kind": kind, "words": sure}
        )  # fmt: skip
    counts = Counter(r["sure"] for r in rows)
    asked = request.GET.get("sure", "")
    menu = [(c.value, words.SURE[c][1], counts[c.value]) for c in Certainty if counts[c.value]]
    found_rows = [r for r in rows if not asked or r["sure"] == asked]
    context = {"check": check, "quarter": shown.quarter_words(check), "rows": found_rows, "menu": menu, "asked": asked,
               "total": len(rows), "sure": counts[Certainty.CERTAIN.value]}  # fmt: skip
    return render(request, "morning/matches.html", context)


@login_required
def changes(request: HttpRequest, pk: int) -> HttpResponse:
    """Which villages changed since the quarter before, and why."""
    check = get_check(request, pk)
    if check.state not in (LedgerCheck.State.OPEN, LedgerCheck.State.PRINTED):
        raise Http404
    found = queries.changes_of(LedgerCheck.objects.get(pk=pk))
    rows = None if found is None else [
        {"at": c, "before": words.STATES[c.before], "after": words.STATES[c.after], "word": words.CHANGED[c.word], "source": words.SOURCES[c.source]}
        for c in found
    ]  # fmt: skip
    context = {
        "check": check, "quarter": shown.quarter_words(check), "before": shown.quarter_words(check.before) if check.before else "",
        "rows": rows, "silent": sum(not c.reason for c in found or ()),
        "may_check": may(request.user, "check_ledgers") and check.state == LedgerCheck.State.OPEN,
    }  # fmt: skip
    return render(request, "morning/changes.html", context)


@login_required
@require_POST
def explain(request: HttpRequest, pk: int) -> HttpResponse:
    check = LedgerCheck.objects.get(pk=get_check(request, pk).pk)
    wrong = []
    for key, text in request.POST.items():
        if key.startswith("why-") and text.strip():
            try:
                actions.explain(check, key.removeprefix("why-"), text, by=request.user)
            except ValueError as error:
                wrong.append(str(error))
    if wrong:
        messages.error(request, "；".join(wrong))
    return redirect("morning_changes", pk)


@login_required
@require_POST
def print_now(request: HttpRequest, pk: int) -> HttpResponse:
    check = get_check(request, pk)
    try:
        actions.print_sheet(check, by=request.user)
        messages.success(request, _("调度表已打印，签认从此不能再动。"))
    except ValueError as error:
        messages.error(request, _("还不能打印：%s") % error)
    return redirect("morning")


@login_required
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The printed sheet."""
    check = get_check(request, pk)
    if not check.sheet:
        raise Http404
    with check.sheet.open("rb") as held:
        return shown.as_file(f"{check.place.name}农村生活污水治理调度表-{check}.xlsx", held.read())


@login_required
def ledger_file(request: HttpRequest, pk: int) -> FileResponse:
    """A ledger as it was handed in."""
    row = LedgerFile.objects.filter(pk=pk, check_row__in=queries.checks(request.user)).first()
    if row is None or not Path(row.file.path).is_file():
        raise Http404
    return FileResponse(row.file.open("rb"), as_attachment=True, filename=row.name)
