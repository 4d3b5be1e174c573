"""One station of a spot check: entering it blind, deciding between two entries, the team's sheet, and the ledger of problems."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.origin import Fault, Ref
from qingxi.sampling import differing, effective_checklist
from qingxi_office.people import rights
from qingxi_office.samples import actions, law, queries
from qingxi_office.samples.models import Campaign, Visit
from qingxi_office.trail import clock

from .sheet_in import rows_of
from .spot_checks import a_day, found
from .spot_rows import outcome

V = Visit.State


def _visit(request: HttpRequest, row: Campaign, pk: int) -> Visit:
    one = queries.visits(request.user, row).filter(pk=pk).first()
    if one is None:
        raise Http404
    one.campaign = row
    return one


@login_required
def visit(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    row, user = found(request, key), request.user
    one = _visit(request, row, pk)
    asked = effective_checklist(row.checklist)
    if request.method == "POST":
        said = request.POST
        answers = {q.key: said.get(f"q_{q.key}", "") for q in asked.questions}
        try:
            if said.get("do") == "cannot":
                one = actions.could_not(one, said.get("why", ""), by=user)
            elif said.get("do") == "decide":
                one = actions.adjudicate(one, answers, said.get("why", ""), by=user)
            else:
                day = a_day(said.get("visited_on"), "到站日期")
                one = actions.enter(one, answers, visited_on=day, by=user, note=said.get("note", ""))
        except law.Refused as refused:
            messages.error(request, _("没有存：%s") % refused)
        else:
            messages.success(request, _("已存：%s") % one.get_state_display())
            return redirect("spot_check", row.key)
    entries = list(one.entries.all())
    own = next((e for e in entries if e.by_id == user.pk), None)
    leads, sent = queries.leads(user, row), queries.is_sent(user, one)
    may_enter = (
        row.state == Campaign.State.FIELD and rights.may(user, "check_station")
        and (sent or (row.kind == Campaign.Kind.DOUBLE and leads))
        and (row.kind != Campaign.Kind.RANDOM or one.state in (V.OPEN, V.ONE))
    )  # fmt: skip
    may_decide = one.state == V.DIFFERS and own is None and (leads or sent) and rights.may(user, "check_station")
    # Blind: what another entered is shown to nobody of the team before both are in.
    open_to = one.state in (V.SETTLED, V.CANNOT) or may_decide
    differ = set(differing(entries[0].answers, entries[1].answers)) if len(entries) == 2 else set()
    typed = request.POST if request.method == "POST" else None
    questions = []
    for q in asked.questions:
        given = [(e.by_name, q.answer(e.answers.get(q.key, ""))) for e in entries] if open_to else []
        final = q.answer(one.answers.get(q.key, ""))
        now = typed.get(f"q_{q.key}", "") if typed else own.answers.get(q.key, "") if own else ""
        questions.append(
            {
                "key": q.key, "word": _(q.word), "now": now, "differs": q.key in differ and open_to,
                "answers": [(a.value, _(a.word), a.effect) for a in q.answers],
                "given": [(who, _(a.word) if a else "–") for who, a in given],
                "final": _chip_of(final) if final and one.state in (V.SETTLED, V.CANNOT) else None,
            }
        )  # fmt: skip
    return render(
        request,
        "site/spot_visit.html",
        {
            "c": row, "v": one, "chip": outcome(one), "questions": questions, "may_enter": may_enter, "may_decide": may_decide,
            "note": typed.get("note", "") if typed else own.note if own else "", "own": own, "n_entries": len(entries), "asked": asked, "today": clock.today(), "open_to": open_to,
            "random": row.kind == Campaign.Kind.RANDOM, "double": row.kind == Campaign.Kind.DOUBLE, "typed": typed or {},
            "may_issue": rights.may(user, "open_issue", path=row.place.path) and one.state in (V.SETTLED, V.CANNOT)
            and not one.issue_key and one.row.facility_id is not None,
            "failed": [(_(q.word), _(a.word)) for q, a in asked.failed(one.answers)] if one.state == V.SETTLED else [],
            "may_miss": row.state == Campaign.State.FIELD and one.state in (V.OPEN, V.ONE) and (sent or leads),
        },
    )  # fmt: skip


def _chip_of(answer: Any) -> Any:
    """An answer as a chip."""
    from qingxi_office.design.parts import State

    kinds = {"ok": "good", "fails": "bad", "note": "watch", "cannot": "unknown"}
    return State(kinds[answer.effect], _(answer.word))  # type: ignore[arg-type]


@login_required
@require_POST
def sheet_in_page(request: HttpRequest, key: str) -> HttpResponse:
    """A filled sheet comes back: good rows go on, the others are told row by row."""
    row, user = found(request, key), request.user
    upload = request.FILES.get("file")
    faults: list[Fault] = []
    done = 0
    if upload is None:
        messages.error(request, _("没有选文件：把填好的检查表选上再传。"))
        return redirect("spot_check", row.key)
    asked = effective_checklist(row.checklist)
    try:
        lines = rows_of(upload, ("编号", "到站日期"))
    except ValueError as wrong:
        messages.error(request, _("没有收：%s") % wrong)
        return redirect("spot_check", row.key)
    there = {v.row.key: v for v in queries.visits(user, row)}
    with transaction.atomic():  # one commit for the sheet; a row that is refused undoes only itself
        for n, cells in lines:
            one = there.get(cells.get("编号", ""))
            given = {q.key: cells.get(q.word, "") for q in asked.questions}
            if not any(given.values()) and not cells.get("到站日期"):
                continue  # a station not visited yet
            if one is None:
                faults.append(
                    Fault(
                        upload.name,
                        n,
                        "编号",
                        cells.get("编号", ""),
                        "不在您能看到的名单里",
                        "只填自己组的站",
                        "visit-strange",
                    )
                )
                continue
            one.campaign = row
            try:
                actions.enter(
                    one,
                    given,
                    visited_on=a_day(cells.get("到站日期"), "到站日期"),
                    by=user,
                    note=cells.get("备注", ""),
                )
                done += 1
            except law.Refused as refused:
                faults += [
                    Fault(upload.name, n, "", one.row.key, reason, "改好这一行再传", "visit-refused")
                    for reason in refused.reasons
                ]
            except rights.Denied as denied:
                faults.append(Fault(upload.name, n, "", one.row.key, str(denied), "只填自己组的站", "visit-denied"))
    if done:
        messages.success(request, _("收下 %d 座站的录入。") % done)
    if not faults:
        if not done:
            messages.error(request, _("表里没有填好的行。"))
        return redirect("spot_check", row.key)
    return render(request, "site/spot_sheet.html", {"c": row, "faults": faults, "done": done})


@login_required
@require_POST
def to_issue(request: HttpRequest, key: str, pk: int) -> HttpResponse:
    """What was found at a station goes into the ledger of problems, with the visit as its reason."""
    from qingxi_office.issues.actions import Refused, open_by_hand

    row, user = found(request, key), request.user
    one = _visit(request, row, pk)
    facility = one.row.facility
    if facility is None:
        raise Http404
    title = request.POST.get("title", "").strip()
    try:
        with transaction.atomic():
            issue = open_by_hand(
                by=user, source="抽查", place=facility.place, facility=facility, title=title,
                klass=request.POST.get("klass", "一般"), detail=f"{row.title}（{row.key}）{one.visited_on or ''} 到站：{one.note}",
                because=[Ref("sample", row.key), Ref("facility", facility.key)], found_on=one.visited_on,
            )  # fmt: skip
            actions.became(one, issue.key, by=user)
    except (Refused, law.Refused) as refused:
        messages.error(request, _("没有转成：%s") % refused)
        return redirect("spot_visit", row.key, pk)
    messages.success(request, _("已转问题台账 %s。") % issue.key)
    return redirect("issue", issue.key)
