"""Pages of returns: what is owed, the townships' matrix, one period with its county figures."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.filing import HANDED_IN, WITH_UNIT, Period, Received, Refused, State, roll_up, tally, words
from qingxi_office.people import rights
from qingxi_office.returns import actions, queries
from qingxi_office.returns.export import table_answer
from qingxi_office.returns.models import ReturnForm, ReturnPeriod, ReturnRecord
from qingxi_office.returns.shown import chip, in_time
from qingxi_office.trail import clock

SHOWN_PERIODS = 12


def _dressed(rows: list[ReturnRecord], user: Any) -> list[ReturnRecord]:
    today = clock.today()
    for row in rows:
        row.chip = chip(row)  # type: ignore[attr-defined]
        row.how, row.in_time = in_time(row, today)  # type: ignore[attr-defined]
        row.late_days = max(0, (today - row.period.due_on).days) if row.first_submitted_on is None else 0  # type: ignore[attr-defined]
        row.mine = row.unit_id == user.unit_id  # type: ignore[attr-defined]
    return rows


@login_required
def returns(request: HttpRequest) -> HttpResponse:
    """What this person's unit owes, and the matrix of townships and forms; six questions whatever their number."""
    user = request.user
    forms = list(queries.current_forms())
    periods = list(queries.periods(user).order_by("-last_day")[: SHOWN_PERIODS * 3])
    asked = request.GET.get("on", "")
    latest = _columns(periods, asked)
    rows = _dressed(list(queries.returns(user).filter(period__in=latest)), user)
    to_do = _dressed(list(queries.mine_to_do(user)[:50]), user)
    waiting = _dressed(list(queries.to_review(user)[:50]), user) if rights.may(user, "review_return") else []
    by_unit: dict[int, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda r: (r.place.code, r.unit_id)):
        by_unit.setdefault(row.unit_id, {"unit": row.unit, "cells": {}})["cells"][row.period_id] = row
    matrix = [{"unit": u["unit"], "cells": [u["cells"].get(p.pk) for p in latest]} for u in by_unit.values()]
    for p in latest:
        mine = [r for r in rows if r.period_id == p.pk]
        p.counts = tally(r.how for r in mine)  # type: ignore[attr-defined]
        p.waiting = sum(r.state == State.SUBMITTED for r in mine)  # type: ignore[attr-defined]
        p.title = Period.parse(p.key).title  # type: ignore[attr-defined]
    for p in periods:
        p.title = Period.parse(p.key).title  # type: ignore[attr-defined]
    today = clock.today()
    return render(
        request, "returns/returns.html",
        {
            "forms": forms, "latest": latest, "matrix": matrix, "to_do": to_do, "waiting": waiting, "today": today,
            "periods": [p for p in periods if p not in latest][:SHOWN_PERIODS], "county": len(matrix) > 1 or rights.may(user, "review_return"),
            "may_open": rights.may(user, "open_return_period"), "openable": _openable(forms, today), "first": latest[0] if latest else None,
            "never": sum(r.how is Received.NEVER for r in rows), "back": sum(r.state == State.RETURNED for r in rows),
        },
    )  # fmt: skip


def _columns(periods: list[ReturnPeriod], asked: str) -> list[ReturnPeriod]:
    """The newest period of every form, or the newest that ended by a day asked for (?on=2026-09)."""
    out: dict[str, ReturnPeriod] = {}
    for p in periods:
        if p.form_key not in out and (not asked or f"{p.last_day:%Y-%m}" <= asked):
            out[p.form_key] = p
    return list(out.values())


def _openable(forms: list[ReturnForm], today: Any) -> list[tuple[str, str, str]]:
    """(form, period, words) that may be opened by hand: the running period and the two before."""
    out = []
    for row in forms:
        each = Period.of(queries.form_of(row).period, today)
        for _n in range(3):
            out.append((row.key, each.key, f"{row.name} {each.title}"))
            each = each.before
    return out


@login_required
@require_POST
def open_one(request: HttpRequest) -> HttpResponse:
    form, _sep, key = request.POST.get("what", "").partition(" ")
    row = queries.current_forms().filter(key=form).first()
    if row is None:
        raise Http404
    try:
        opened = actions.open_period(row, Period.parse(key), by=request.user)
    except ValueError as error:
        messages.error(request, _("没有开成：%s") % error)
        return redirect("returns")
    messages.success(request, _("已开，账里有的数都填好了，各单位收到了通知。"))
    return redirect("return_period", opened.form_key, opened.key)


def _period(request: HttpRequest, form: str, key: str) -> ReturnPeriod:
    row = queries.periods(request.user).filter(form_key=form, key=key).first()
    if row is None:
        raise Http404
    return row


@login_required
def period(request: HttpRequest, form: str, key: str) -> HttpResponse:
    """One period: who came, who did not, the county's figures with the townships behind each."""
    row, user = _period(request, form, key), request.user
    rows = list(queries.returns(user).filter(period=row).order_by("place__code", "unit_id"))
    laws = queries.laws(rows)
    law_form = queries.form_of(row.form)
    if request.GET.get("as") in ("xlsx", "csv"):
        return table_answer(request, row, law_form, rows, laws)
    _dressed(rows, user)
    totals = [
        {"total": t, "text": words(t.field, t.value), "parts": [(u, words(t.field, v)) for u, v in t.parts]}
        for t in roll_up(law_form, [laws[r.pk] for r in rows])
    ]
    said = [
        (f.name, [(r.unit.name, laws[r.pk].value(f.id)) for r in rows if r.state in HANDED_IN and laws[r.pk].value(f.id)])
        for f in law_form.fields if f.is_text
    ]  # fmt: skip
    states = [State(r.state) for r in rows]
    return render(
        request, "returns/period.html",
        {
            "p": row, "title": Period.parse(row.key).title, "rows": rows, "counts": tally(r.how for r in rows), "totals": totals, "said": said,  # type: ignore[attr-defined]
            "waiting": states.count(State.SUBMITTED), "approved": states.count(State.APPROVED), "locked": states.count(State.LOCKED),
            "open_n": sum(s in WITH_UNIT for s in states), "handed": sum(s in HANDED_IN for s in states),
            "may_review": rights.may(user, "review_return"), "may_lock": rights.may(user, "lock_return"), "form": law_form,
            "moved": sum(bool(r.drift) for r in rows), "today": clock.today(),
        },
    )  # fmt: skip


@login_required
@require_POST
def period_act(request: HttpRequest, form: str, key: str) -> HttpResponse:
    """Remind, or lock what is approved."""
    row, do = _period(request, form, key), request.POST.get("do")
    try:
        if do == "remind":
            n = actions.remind(row, by=request.user)
            messages.success(request, _("已催 %d 个单位（同一天只催一次）。") % n)
        elif do == "lock":
            n, left = actions.lock_period(row, by=request.user)
            messages.success(
                request, _("锁定了 %d 份。") % n + (_("还没有审核的：%s。") % "、".join(left) if left else "")
            )
        else:
            raise Http404
    except Refused as no:
        messages.error(request, _("没有办成：%s。") % no)
    return redirect("return_period", form, key)
