"""One return: filling it in on the page or by workbook, its steps, the records behind a figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from qingxi.files.return_form import return_xlsx, where_from
from qingxi.filing import HANDED_IN, Refused, Return, State, carried, sources, told, words
from qingxi.filing.law import Change
from qingxi_office.people import rights
from qingxi_office.returns import actions, queries
from qingxi_office.returns.actions.sheets import head_of
from qingxi_office.returns.models import ReturnRecord
from qingxi_office.returns.shown import KIND_WORDS, answer, chip, in_time, lines, ref_href, steps
from qingxi_office.trail import clock

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WHY = "why:"


def _found(request: HttpRequest, key: str) -> ReturnRecord:
    row = queries.returns(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    return row


def _head(request: HttpRequest, row: ReturnRecord, ret: Return) -> dict[str, Any]:
    """What stands in the head of the page and is drawn anew after every value."""
    user, path = request.user, row.place.path
    fills = rights.may(user, "fill_return", path=path)
    reviews = rights.may(user, "review_return", path=path)
    state = State(row.state)
    return {
        "r": row, "said": answer(row, ret, clock.today()), "chip": chip(row), "in_time": in_time(row, clock.today())[1], "steps": steps(row),
        "fills": fills, "with_unit": state not in (State.SUBMITTED, State.APPROVED, State.LOCKED), "title": ret.period.title,
        "may_submit": fills and not any(d.stands for d in ret.doubts) and state in (State.COMPLETE, State.FILLING, State.OWED, State.EXCEPTION),
        "may_take_back": fills and state is State.SUBMITTED and str(user) == row.submitted_by_name,
        "may_review": reviews and state is State.SUBMITTED and str(user) != row.submitted_by_name,
        "may_return": reviews and state in (State.SUBMITTED, State.APPROVED) and str(user) != row.submitted_by_name,
        "may_open": rights.may(user, "lock_return", path=path) and state is State.LOCKED,
        "may_close": rights.may(user, "lock_return", path=path) and state is State.EXCEPTION and not row.touched,
    }  # fmt: skip


@login_required
def one(request: HttpRequest, key: str) -> HttpResponse:
    row = _found(request, key)
    ret = queries.law_of(row)
    sheets = list(row.sheets.all()[:5])
    later = [
        (told(Change(c.field, c.old, c.new, c.reason, c.by_name, c.at.date()), ret.form), c)
        for c in row.changes.filter(later=True)
    ]
    groups = lines(ret, row.drift)
    return render(
        request, "returns/one.html",
        {
            **_head(request, row, ret), "groups": groups, "sheets": sheets, "later": later, "history": list(row.steps.order_by("-id")[:30]),
            "moved": [(ret.form.field(f), words(ret.form.field(f), was), words(ret.form.field(f), now)) for f, was, now in row.drift],
            "fields": ret.form.fields, "form": ret.form, "today": clock.today(), "last": ret.period.kind.last_word,
            "until": clock.today() + dt.timedelta(days=5), "handed": row.state in HANDED_IN,
            "n_live": sum(line.live for _g, ls in groups for line in ls), "n_asked": sum(line.asked and not line.live for _g, ls in groups for line in ls),
            "may_undo": row.changes.filter(by_pk=request.user.pk, undone=False).exists(),
        },
    )  # fmt: skip


@login_required
@require_POST
def write(request: HttpRequest, key: str) -> JsonResponse:
    """One value or reason, kept while somebody types; the head of the page and the notes at each field come back."""
    row, refused = _found(request, key), {}
    try:
        for name, text in request.POST.items():
            if name.startswith(_WHY):
                row = actions.explain(row, name.removeprefix(_WHY), text, by=request.user)
            elif name.startswith("f:"):
                row, refused = actions.put_in(row, {name.removeprefix("f:"): text}, by=request.user)
    except Refused as no:
        return JsonResponse({"said": str(no)}, status=409)
    row = _found(request, key)
    ret = queries.law_of(row)
    flat = [line for _group, group in lines(ret, row.drift) for line in group]
    return JsonResponse(
        {
            "head": render_to_string("returns/parts/head.html", _head(request, row, ret), request),
            "notes": {
                line.field.id: render_to_string("returns/parts/notes.html", {"line": line, "fills": True, "wrong": refused.get(line.field.id, "")}, request)
                for line in flat if line.asked or line.doubts
            },
            "refused": refused,
        }
    )  # fmt: skip


def _save(request: HttpRequest, row: ReturnRecord) -> str:
    said = {n.removeprefix("f:"): v for n, v in request.POST.items() if n.startswith("f:")}
    _row, refused = actions.put_in(row, said, by=request.user)
    for name, text in request.POST.items():
        if name.startswith(_WHY) and text.strip():
            try:
                actions.explain(row, name.removeprefix(_WHY), text, by=request.user)
            except Refused:
                continue  # the value it explained was put right in the same sending
    if refused:
        raise Refused([_("其余的存下了"), *refused.values()])
    return _("存下了。")


def _submit(request: HttpRequest, row: ReturnRecord) -> str:
    if any(n.startswith(("f:", _WHY)) for n in request.POST):
        _save(request, row)
    actions.submit(row, by=request.user)
    return _("完整 ✓ 已提交，待县审。")


def _undo(request: HttpRequest, row: ReturnRecord) -> str:
    back = actions.undo(row, by=request.user)
    form = queries.form_of(row.period.form)
    return _("撤销了：%s。") % "、".join(form.field(f).name for f in back) if back else _("没有可撤销的改动。")


def _open_exception(request: HttpRequest, row: ReturnRecord) -> str:
    said = request.POST
    try:
        until = dt.date.fromisoformat(said.get("until", ""))
    except ValueError as wrong:
        raise Refused([_("日期看不懂，例如 2026-12-01")]) from wrong
    actions.open_exception(row, said.getlist("field"), said.get("reason", ""), until=until, by=request.user)
    return _("例外开了，单位收到了通知。")


def _done(
    do: Callable[[HttpRequest, ReturnRecord], object], words_: Any
) -> Callable[[HttpRequest, ReturnRecord], str]:
    def run(request: HttpRequest, row: ReturnRecord) -> str:
        do(request, row)
        return str(words_)

    return run


_DEEDS: dict[str, Callable[[HttpRequest, ReturnRecord], str]] = {
    "save": _save, "submit": _submit, "undo": _undo, "open": _open_exception,
    "take_back": _done(lambda q, r: actions.take_back(r, by=q.user), lazy("撤回来了，可以再改。")),
    "approve": _done(lambda q, r: actions.approve(r, by=q.user), lazy("审核通过。")),
    "return": _done(lambda q, r: actions.send_back(r, q.POST.get("reason", ""), by=q.user), lazy("退回了，单位收到了理由。")),
    "close": _done(lambda q, r: actions.end_exception(r, by=q.user), lazy("例外关了，仍然锁定。")),
    "refresh": _done(lambda q, r: actions.refresh(r, by=q.user), lazy("按账上今天的数取了一遍。")),
}  # fmt: skip


@login_required
@require_POST
def act(request: HttpRequest, key: str) -> HttpResponse:
    """One deed on a return; which one stands in ``do``. Whether it may be done is the action's question."""
    row = _found(request, key)
    deed = _DEEDS.get(request.POST.get("do", ""))
    if deed is None:
        raise Http404
    try:
        messages.success(request, deed(request, row))
    except Refused as no:
        messages.error(request, _("没有办成：%s。") % "；".join(no.reasons[:6]))
    return redirect("return_one", key)


@login_required
def sheet(request: HttpRequest, key: str) -> HttpResponse:
    """The pre-filled workbook; sent back filled in, its good cells go in and the rest comes back red."""
    row = _found(request, key)
    if request.method != "POST":
        ret = queries.law_of(row)
        name = quote(f"{row.unit.name}-{ret.form.name}-{ret.period.key}.xlsx")
        return HttpResponse(
            return_xlsx(ret, head_of(row)),
            content_type=_XLSX,
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )
    file = request.FILES.get("file")
    if file is None:
        messages.error(request, _("没有选文件。"))
        return redirect("return_one", key)
    try:
        taken = actions.take_sheet(row, file.name or "", file.read(), by=request.user)
    except Refused as no:
        messages.error(request, _("没有收：%s。报表没有变。") % "；".join(no.reasons))
        return redirect("return_one", key)
    if taken.red:
        n = len({f["field"] for f in taken.faults})
        messages.warning(request, _("收下了；%d 格标红在同一份文件里，取回改好再拖回来。") % n)
        return redirect("return_one", key)
    if request.POST.get("then") == "submit":
        try:
            actions.submit(taken.record, by=request.user)
            messages.success(request, _("完整 ✓ 已提交，待县审。"))
            return redirect("return_one", key)
        except Refused as no:
            messages.error(request, _("收下了，没有交成：%s。") % "；".join(no.reasons[:6]))
            return redirect("return_one", key)
    messages.success(request, _("收下了，没有红格。看一眼就可以提交。"))
    return redirect("return_one", key)


@login_required
def red(request: HttpRequest, key: str, pk: int) -> HttpResponse | FileResponse:
    """A workbook that was sent, with its red cells."""
    row = _found(request, key)
    kept = row.sheets.filter(pk=pk).first()
    if kept is None or not kept.red:
        raise Http404
    name = kept.name.rsplit(".", 1)[0] + "-标红.xlsx"
    return FileResponse(kept.red.open("rb"), as_attachment=True, filename=name, content_type=_XLSX)


@login_required
def figure(request: HttpRequest, key: str, field: str) -> HttpResponse:
    """What a figure rests on: the records one by one, and the other reports that the same source serves."""
    row = _found(request, key)
    ret = queries.law_of(row)
    each = next((f for f in ret.form.fields if f.id == field), None)
    if each is None:
        raise Http404
    entry = ret.values.get(field)
    refs = [
        (KIND_WORDS.get(ref.partition(":")[0], ref.partition(":")[0]), ref.partition(":")[2], ref_href(ref))
        for ref in (entry.refs if entry is not None else ())
    ]
    known = sources().get(each.source)
    changes = list(row.changes.filter(field=field).order_by("-id")[:20])
    for c in changes:
        c.was, c.now = words(each, c.old), words(each, c.new)  # type: ignore[attr-defined]
    return render(
        request, "returns/figure.html",
        {
            "r": row, "title": ret.period.title, "f": each, "text": words(each, ret.value(field)), "entry": entry, "refs": refs,
            "from_": where_from(each, entry), "also": known.also_in if known else (), "carried": carried(each.source) is not None,
            "changes": changes, "live": entry is not None and entry.value is not None and bool(entry.refs or entry.live is not None),
        },
    )  # fmt: skip
