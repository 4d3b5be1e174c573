"""What does not agree in the three ledgers, and who said what holds."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.morning import KINDS, Book, Quarter, unexplained
from qingxi_office.design.parts import Step
from qingxi_office.morning import actions, queries, shown, words
from qingxi_office.morning.actions.reading import MOST_BYTES
from qingxi_office.morning.models import ConflictRow, LedgerCheck
from qingxi_office.people.rights import may
from qingxi_office.trail import clock

PAGE = 50


@login_required
def morning(request: HttpRequest) -> HttpResponse:
    """The list of conflicts of the check at work, or the first step of one."""
    check = queries.newest()
    asked = request.GET
    if check is None or asked.get("new"):
        return _first_step(request, check)
    rows = list(queries.conflicts(request.user, check))
    found = _filtered(rows, asked)
    if asked.get("as") == "xlsx":
        return shown.as_list(check, found)
    left = sum(not r.signed for r in rows)
    whole = queries.checks_county(request.user)
    changes = queries.changes_of(check) if whole and check.state in ("open", "printed") else None
    page = Paginator(found, PAGE).get_page(asked.get("page"))
    kind = asked.get("kind", "")
    context = {
        "check": check, "quarter": shown.quarter_words(check), "rows": len(rows), "left": left, "signed": len(rows) - left,
        "carried": sum(bool(r.carried_from) for r in rows), "page": page, "found": len(found), "asked": asked,
        "kinds": _kinds(rows), "towns": _towns(rows), "kind": shown.kind_words(kind), "steps": _steps(check, left, changes),
        "files": list(check.files.all()) if whole else [], "whole": whole, "changed": changes, "silent": len(unexplained(changes or ())),
        "may_sign": may(request.user, "sign_conflict") and check.state == LedgerCheck.State.OPEN,
        "may_check": may(request.user, "check_ledgers"), "alike": shown.alike(found) if kind else [],
        "waiting": [f for f in check.files.all() if f.missing] if whole else [],
        "earlier": list(queries.checks(request.user).exclude(pk=check.pk)[:8]), "lines": shown.lines(page.object_list),
    }  # fmt: skip
    return render(request, "morning/morning.html", context)


def _first_step(request: HttpRequest, check: LedgerCheck | None) -> HttpResponse:
    today = clock.today()
    near = Quarter.of(today)
    quarters = [near, near.before, near.before.before, near.before.before.before]
    # In the first month of a quarter one reports the last one.
    chosen = near.before if today.month == near.first_day.month else near
    context = {
        "books": list(words.BOOKS.items()), "quarters": [(str(q), q.title) for q in quarters], "chosen": str(chosen),
        "may_check": may(request.user, "check_ledgers"), "check": check, "whole": queries.checks_county(request.user),
    }  # fmt: skip
    return render(request, "morning/start.html", context)


def _filtered(rows: list[ConflictRow], asked: Any) -> list[ConflictRow]:
    tests = {
        "kind": lambda r, v: r.kind == v,
        "town": lambda r, v: r.township == v,
        "state": lambda r, v: (
            bool(r.carried_from) if v == "carried" else r.signed if v == "signed" else not r.signed
        ),
        "place": lambda r, v: r.place.code.startswith(v),
    }
    out = rows
    for key, test in tests.items():
        if value := asked.get(key, ""):
            out = [r for r in out if test(r, value)]
    return out


def _kinds(rows: list[ConflictRow]) -> list[tuple[str, str, int, int]]:
    """Kind, its title, how many, how many of them open; in working order."""
    every, still = Counter(r.kind for r in rows), Counter(r.kind for r in rows if not r.signed)
    return [(k.name, shown.kind_words(k.name), every[k.name], still[k.name]) for k in KINDS if every[k.name]]


def _towns(rows: list[ConflictRow]) -> list[tuple[str, str]]:
    return [(name, f"{name} {n}") for name, n in sorted(Counter(r.township for r in rows if r.township).items())]


def _steps(check: LedgerCheck, left: int, changes: Any) -> list[Step]:
    """Where the check stands on its way."""
    silent = bool(unexplained(changes or ()))
    reached = {"reading": 0, "failed": 0, "columns": 1, "open": 2 if left else 3 if silent else 4, "printed": 5}
    now = reached[check.state]
    line = [_("交台账"), _("认列"), _("签认冲突"), _("说明变化"), _("打印调度表")]
    return [Step(w, "", "done" if n < now else "now" if n == now else "") for n, w in enumerate(line)]


@login_required
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Three files come in; the worker reads them."""
    try:
        files = {b.value: (f.name or "", _content(f)) for b in Book if (f := request.FILES.get(b.value))}
        year, _q, number = request.POST.get("quarter", "").partition("Q")
        quarter = Quarter(int(year), int(number))
        check = actions.open_check(quarter, files, on=_day(quarter), by=request.user)
    except ValueError as error:
        messages.error(request, _("没有收下：%s") % error)
        return redirect("/morning/?new=1")
    return redirect("job", check.job)


def _content(file: Any) -> bytes:
    """The file's bytes; one that is too large is refused before it is read."""
    if file.size > MOST_BYTES:
        raise ValueError(
            _("%(name)s 有 %(mb)d MB，最多 %(most)d MB")
            % {"name": file.name, "mb": file.size // 10**6, "most": MOST_BYTES // 10**6}
        )
    return bytes(file.read())


def _day(quarter: Quarter) -> date:
    """Dates are held against the quarter's last day, or today while the quarter runs."""
    return min(clock.today(), quarter.last_day) if clock.today() >= quarter.first_day else clock.today()


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        return redirect("job", actions.read_again(get_check(request, pk), by=request.user).pk)
    except ValueError as error:
        messages.error(request, str(error))
        return redirect("morning")


def get_check(request: HttpRequest, pk: int) -> LedgerCheck:
    """The check, for whoever sees the whole county."""
    check = queries.checks(request.user).filter(pk=pk).first()
    if check is None:
        raise Http404
    return check


def get_conflict(request: HttpRequest, pk: int) -> ConflictRow:
    """The conflict, for whoever sees its place."""
    row = queries.conflicts(request.user).select_related("check_row", "place__parent").filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@login_required
def conflict(request: HttpRequest, pk: int) -> HttpResponse:
    """One conflict: the rows it comes from side by side, the register beside them, and the ways out."""
    row = get_conflict(request, pk)
    check = row.check_row
    around = list(
        queries.conflicts(request.user, check).filter(way="").exclude(pk=pk).values_list("pk", "order").order_by("order", "id")
    )  # fmt: skip
    later = next((n for n, order in around if order > row.order), around[0][0] if around else None)
    ways = [{**w, "words": w["en"] if get_language() == "en" else w["zh"]} for w in row.ways]
    context = {
        "row": row, "check": check, "quarter": shown.quarter_words(check), "line": shown.lines([row])[0], "later": later, "left": len(around),
        "sources": shown.sources(row), "ways": ways, "kind": shown.kind_words(row.kind), "register": shown.register_of(request.user, row),
        "villages": shown.villages(request.user) if any(w["needs"] == "village" for w in row.ways) else [],
        "facilities": shown.facilities(check) if any(w["needs"] == "facility" for w in row.ways) else [],
        "may_sign": may(request.user, "sign_conflict", path=row.place.path) and check.state == LedgerCheck.State.OPEN,
    }  # fmt: skip
    return render(request, "morning/conflict.html", context)


@login_required
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    row, said = get_conflict(request, pk), request.POST
    target = said.get("facility" if said.get("way") == "of" else "village", "")
    try:
        actions.sign(row, said.get("way", ""), by=request.user, reason=said.get("reason", ""), target=target)
    except ValueError as error:
        messages.error(request, _("没有签成：%s") % error)
        return redirect("morning_conflict", pk)
    messages.success(request, _("已签认。"))
    later = queries.conflicts(request.user, row.check_row).filter(way="").order_by("order", "id")
    following = later.filter(order__gte=row.order).first() or later.first()
    return redirect("morning_conflict", following.pk) if following else redirect("morning")


@login_required
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_conflict(request, pk)
    try:
        actions.undo(row, by=request.user)
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("morning_conflict", pk)


@login_required
@require_POST
def alike(request: HttpRequest) -> HttpResponse:
    """Many of one kind the same way, with one reason."""
    check, said = queries.newest(), request.POST
    if check is None:
        raise Http404
    rows = list(
        queries.conflicts(request.user, check).filter(kind=said.get("kind", ""), way="").select_related("check_row")
    )
    if town := said.get("town"):
        rows = [r for r in rows if r.township == town]
    try:
        done = actions.sign_alike(rows, said.get("way", ""), by=request.user, reason=said.get("reason", ""))
        messages.success(request, _("签认了 %d 处。") % done)
    except ValueError as error:
        messages.error(request, _("没有签成：%s") % error)
    return redirect("morning")
