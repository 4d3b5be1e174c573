"""函与提示函: what a bulletin does not say to a department of equal rank or to a firm, on a paper of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi_office.bulletins import actions
from qingxi_office.bulletins.models import PeerLetter
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen
from .deeds import day

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def _letter(user: Any, pk: int) -> PeerLetter:
    row = seen.peer_letters(user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _do(request: HttpRequest, row: PeerLetter) -> str:
    asked, by = request.POST, request.user
    match asked.get("do", ""):
        case "word":
            actions.word_letter(row, asked.get("title", ""), asked.get("text", ""), by=by)
            return _("函稿改好了。")
        case "sign":
            actions.sign_letter(row, asked.get("number", ""), day(asked.get("on", "")), by=by)
            return _("记下了：已签发。")
        case "drop":
            actions.drop_letter(row, asked.get("reason", ""), by=by)
            return _("这份函不发了，理由留着。")
        case "answer":
            actions.answer_letter(row, asked.get("said", ""), day(asked.get("on", "")), by=by)
            return _("答复记下了。")
    raise ValueError(_("不知道要做什么"))


@login_required
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    row = _letter(request.user, pk)
    if request.method == "POST":
        try:
            messages.success(request, _do(request, row))
        except ValueError as refused:
            messages.error(request, str(refused))
        return redirect("peer_letter", pk)
    today = clock.today()
    return render(
        request, "site/peer_letter.html",
        {
            "row": row, "paragraphs": row.text.split("\n"), "today": today, "may": rights.may(request.user, "sign_letter"),
            "late": row.state == "signed" and not row.answered_on and bool(row.reply_by and row.reply_by < today), "on": row.sent_on or row.bulletin.as_of,
        },
    )  # fmt: skip


@login_required
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as .docx in the official layout."""
    from qingxi.report import LetterPaper, write_letter

    row = _letter(request.user, pk)
    made = LetterPaper(
        row.title, row.unit_name, tuple(row.text.split("\n")), row.issuer, row.number, row.sent_on or clock.today()
    )
    with tempfile.TemporaryDirectory() as folder:
        body = write_letter(made, Path(folder) / "letter.docx").read_bytes()
    return HttpResponse(
        body,
        content_type=_DOCX,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.title)}.docx"},
    )
