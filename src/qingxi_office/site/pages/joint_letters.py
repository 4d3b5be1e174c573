"""The letter (函) that asks another department to dig once: read, worded, signed as sent, answered."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.people import rights
from qingxi_office.programmes.actions import letters
from qingxi_office.programmes.models import ClashLetter
from qingxi_office.programmes.queries import letters as seen_letters
from qingxi_office.trail import clock

from . import seen
from .deeds import day
from .tally import working_days

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _letter(user: Any, pk: int) -> ClashLetter:
    row = seen_letters(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@login_required
@require_POST
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft a letter about a clash that was proposed already: after a refusal, or when the first was dropped."""
    clash = seen.clashes(request.user).filter(pk=pk).first()
    if clash is None:
        raise Http404
    return redirect("clash_letter", letters.draft(clash, by=request.user).pk)


def _do(request: HttpRequest, row: ClashLetter) -> str:
    asked, by = request.POST, request.user
    on = day(asked["on"]) if asked.get("on") else clock.today()
    match asked.get("do", ""):
        case "reword":
            letters.reword(row, asked.get("title", ""), asked.get("text", ""), by=by)
            return _("函稿改好了。")
        case "send":
            if "text" in asked:
                row = letters.reword(row, asked.get("title", ""), asked.get("text", ""), by=by)
            letters.sent(row, asked.get("number", ""), on, by=by)
            return _("记下了：函已发出，%s前等答复。") % f"{row.reply_by:%Y-%m-%d}"
        case "answer":
            letters.answered(row, asked.get("answer", ""), asked.get("said", ""), on, by=by)
            return _("答复记下了，冲突的状态也跟着改了。")
        case "drop":
            letters.dropped(row, asked.get("reason", ""), by=by)
            return _("这份函不发了，理由留着。")
    raise ValueError(_("不知道要做什么"))


@login_required
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One letter with what may be done about it now."""
    row = _letter(request.user, pk)
    if request.method == "POST":
        try:
            messages.success(request, _do(request, row))
        except ValueError as refused:
            messages.error(request, str(refused))
        return redirect("clash_letter", pk)
    today, path = clock.today(), row.clash.place.path if row.clash.place else ""
    late = row.state == ClashLetter.State.SENT and row.reply_by < today
    return render(
        request, "site/joint_letter.html",
        {
            "row": row, "paragraphs": row.text.split("\n"), "today": today, "late": working_days(row.reply_by, today) if late else 0,
            "may": rights.may(request.user, "propose_joint_works", path=path), "may_sign": rights.may(request.user, "sign_letter", path=path),
            "answers": ClashLetter.Answer.choices, "signed": row.sent_on or today,
        },
    )  # fmt: skip


@login_required
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as .docx in the official layout."""
    from qingxi.report import LetterPaper, write_letter

    row = _letter(request.user, pk)
    on: dt.date = row.sent_on or clock.today()
    made = LetterPaper(row.title, row.department, tuple(row.text.split("\n")), row.issuer, row.number, on)
    with tempfile.TemporaryDirectory() as folder:
        body = write_letter(made, Path(folder) / "letter.docx").read_bytes()
    return HttpResponse(
        body,
        content_type=DOCX,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.title)}.docx"},
    )
