"""Bulletins: made of a call-over, worded sentence by sentence, approved, handed over, recorded, signed for."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.approvals.actions import SecondNeeded
from qingxi_office.bulletins import actions, held, papers
from qingxi_office.bulletins.models import BulletinRecord
from qingxi_office.design.parts import Step
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen
from .approvals import before_second

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_LINE = ("draft", "sent", "approved", "handed", "issued")


@login_required
def bulletins(request: HttpRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    rows = list(seen.bulletins(user).defer("content", "because")[:200])
    figures = list(seen.figures(user).filter(place__level="county").order_by("-as_of", "definition")[:12])
    return render(
        request,
        "site/bulletins.html",
        {
            "bulletins": rows, "figures": figures, "today": today, "may_draft": rights.may(user, "draft_bulletin"),
            "last": seen.call_overs(user).first(), "sees_calls": seen.may_see(user, "callover"),
            "waiting_cards": seen.cards(user).filter(state__in=("建议", "已告知", "已说明", "申诉中")).count(),
            "late": seen.late_receipts(user, today).count(), "to_sign": seen.receipts(user).filter(signed_at=None).count(),
        },
    )  # fmt: skip


def _bulletin(request: HttpRequest, key: str) -> BulletinRecord:
    row = (
        seen.bulletins(request.user)
        .select_related("drafted_by", "approved_by", "sent_by", "callover")
        .filter(key=key)
        .first()
    )
    if row is None:
        raise Http404
    return row


@login_required
def bulletin(request: HttpRequest, key: str) -> HttpResponse:
    row, user, today = _bulletin(request, key), request.user, clock.today()
    may_edit = row.state == "draft" and row.callover_id is not None and rights.may(user, "edit_bulletin")
    editing = request.GET.get("edit", "") if may_edit else ""
    adding = request.GET.get("add", "") if may_edit else ""
    receipts = list(seen.receipts(user).filter(bulletin=row)) if row.state == "issued" else []
    for receipt in receipts:
        receipt.late = _late(receipt, today)
        receipt.may = rights.may(user, "sign_receipt", path=receipt.place.path)
    return render(
        request,
        "site/bulletin.html",
        {
            "b": row, "sections": _sections(row, editing or adding), "may_edit": may_edit, "editing": editing, "adding": adding,
            "line": _line(row), "pages": range(1, row.pages + 1), "today": today,
            "may_send": rights.may(user, "send_bulletin"), "may_approve": rights.may(user, "approve_bulletin"),
            "may_hand": rights.may(user, "hand_bulletin"), "may_record": rights.may(user, "record_bulletin_issued"),
            "receipts": receipts, "unsigned": sum(r.signed_at is None for r in receipts), "owed": sum(r.must_reply and r.replied_at is None for r in receipts),
            "letters": list(seen.peer_letters(user).filter(bulletin=row)), "own_hand": user.pk in _hands(row),
            "todo": (row.content or {}).get("todo", []) if row.state == "draft" else [], "sees_calls": seen.may_see(user, "callover"),
        },
    )  # fmt: skip


def _hands(row: BulletinRecord) -> set[Any]:
    return {row.drafted_by_id, row.sent_by_id, *row.edited_by}


def _late(receipt: Any, today: Any) -> bool:
    unsigned = receipt.signed_at is None and receipt.sign_by < today
    return unsigned or bool(receipt.must_reply and receipt.replied_at is None and receipt.reply_by < today)


def _line(row: BulletinRecord) -> list[Step]:
    """Where it stands on its way out."""
    at = _LINE.index(row.state)
    days = {
        0: row.drafted_at, 1: row.sent_at, 2: row.approved_at, 3: row.handed_at, 4: row.issued_on,
    }  # fmt: skip
    words = dict(BulletinRecord.State.choices)
    return [
        Step(
            str(words[name]),
            f"{_local(on):%m-%d}" if (on := days[n]) and n <= at else "",
            "done" if n < at or n == at == 4 else "now" if n == at else "",
        )
        for n, name in enumerate(_LINE)
    ]


def _local(on: dt.date | dt.datetime) -> dt.date:
    return timezone.localtime(on) if isinstance(on, dt.datetime) else on


def _sections(row: BulletinRecord, editing: str) -> list[dict[str, Any]]:
    """The bulletin's sections as the page draws them: sentences of words and figures, tables of cells."""
    content = row.content or {}
    marked = {}
    if editing:
        marked = {s.key: (s.marked, s.text) for s in held.recomputed(row).sentences}

    def href(slot: dict[str, Any] | None) -> str:
        return reverse("bulletin_figure", args=[row.key, slot["name"]]) if slot and slot["refs"] else ""

    out = []
    for part in content.get("sections", []):
        said = [
            [
                {
                    "key": s["key"], "reworded": s["reworded"], "marked": marked.get(s["key"], ("", ""))[0],
                    "parts": [(p, "") if isinstance(p, str) else (p["text"], href(p)) for p in s["parts"]],
                }
                for s in paragraph
            ]
            for paragraph in part.get("said", [])
        ] or [[{"key": "", "parts": [(text, "")]}] for text in part.get("paragraphs", [])]  # fmt: skip
        tables = [
            {
                **t,
                "cells": [
                    [(text, href(slots[n]) if n < len(slots) else "") for n, text in enumerate(cells)]
                    for cells, slots in zip(t["rows"], t.get("bound") or [[]] * len(t["rows"]), strict=True)
                ],
            }
            for t in part.get("tables", [])
        ]
        out.append(
            {
                "heading": part.get("heading", ""),
                "said": said,
                "tables": tables,
                "pictures": part.get("pictures", []),
            }
        )
    return out


@login_required
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    cadence = "week" if request.POST.get("cadence") == "week" else "month"
    over = seen.call_overs(request.user).filter(key=request.POST.get("callover", "")).first()
    try:
        row = actions.draft(by=request.user, as_of=clock.today(), cadence=cadence, callover=over)
    except ValueError as refused:
        messages.error(request, _("通报没有生成：%s") % refused)
        return redirect("bulletins")
    messages.success(request, _("已生成草稿。文号、签发人由县里的公文系统给，这里只记录。"))
    return redirect("bulletin", row.key)


@login_required
@require_POST
def word(request: HttpRequest, key: str) -> HttpResponse:
    """One sentence worded otherwise, put in, or put back; figures counted anew; the head of the paper."""
    row, asked, by = _bulletin(request, key), request.POST, request.user
    sentence = asked.get("sentence", "")
    try:
        match asked.get("do", ""):
            case "word":
                actions.word(row, sentence, asked.get("text", ""), by=by)
                messages.success(request, _("这一句改好了。"))
            case "drop":
                actions.word(row, sentence, "", by=by)
                messages.success(request, _("这一句不写了；还可以恢复。"))
            case "add":
                actions.add_sentence(row, sentence, asked.get("text", ""), by=by)
                messages.success(request, _("加了一句。"))
            case "undo":
                actions.undo_wording(row, sentence, by=by)
                messages.success(request, _("恢复成原来的话。"))
            case "recount":
                actions.recount(row, by=by)
                messages.success(request, _("按今天的账重新取了数，改过的话都还在。"))
            case "decisions":
                actions.refresh_decisions(row, by=by)
                messages.success(request, _("红黄牌和表扬的决定写进去了。"))
            case "head":
                actions.dress_head(
                    row, by=by, security=asked.get("security", ""), urgency=asked.get("urgency", ""),
                    copies_number=asked.get("copies_number", ""),
                )  # fmt: skip
                messages.success(request, _("版头改好了。"))
    except ValueError as refused:
        messages.error(request, _("没有改：%s") % refused)
        if asked.get("do") in ("word", "add"):
            which = "edit" if asked.get("do") == "word" else "add"
            return redirect(f"{reverse('bulletin', args=[key])}?{which}={quote(sentence)}#s-{quote(sentence)}")
    return redirect("bulletin", key)


@login_required
@require_POST
def change_state(request: HttpRequest, key: str) -> HttpResponse:
    row, asked, by = _bulletin(request, key), request.POST, request.user
    try:
        match asked.get("do", ""):
            case "send":
                actions.send(row, by=by)
                messages.success(request, _("已记为送审。"))
            case "approve":
                actions.approve(row, by=by)
                messages.success(request, _("已审定。下载报送包，交给县里的公文系统。"))
            case "return":
                actions.return_draft(row, by=by, why=asked.get("why", ""))
                messages.success(request, _("已退回起草人。"))
            case "issued":
                actions.record_issued(
                    row, by=by, document_number=asked.get("document_number", ""), signer=asked.get("signer", ""),
                    issued_on=asked.get("issued_on") or None, scan=request.FILES.get("scan"),
                )  # fmt: skip
                messages.success(request, _("已记为印发，并送到各乡镇签收。"))
    except SecondNeeded as needed:
        return before_second(request, needed)
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect("bulletin", key)


@login_required
@require_POST
def take_package(request: HttpRequest, key: str) -> HttpResponse:
    """The package for the document system; taking it is the handing over, and is written down."""
    row = _bulletin(request, key)
    if row.callover_id is None or not row.file or not row.pdf:
        messages.error(request, _("这份通报没有调度快照，打不成报送包。"))
        return redirect("bulletin", key)
    try:
        data = papers.package(row)
        actions.hand_over(row, data, by=request.user)
    except ValueError as refused:
        messages.error(request, str(refused))
        return redirect("bulletin", key)
    return HttpResponse(
        data,
        content_type="application/zip",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.title)}.zip"},
    )


@login_required
def bulletin_file(request: HttpRequest, key: str) -> HttpResponse:
    row = _bulletin(request, key)
    if not row.file:
        raise Http404
    return FileResponse(
        row.file.open("rb"),
        content_type=_DOCX,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.title)}.docx"},
    )


@login_required
def bulletin_pdf(request: HttpRequest, key: str) -> HttpResponse:
    row = _bulletin(request, key)
    if not row.pdf:
        raise Http404
    return FileResponse(
        row.pdf.open("rb"),
        content_type="application/pdf",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(row.title)}.pdf"},
    )


@login_required
def bulletin_scan(request: HttpRequest, key: str) -> HttpResponse:
    """The signed and sealed paper as it was scanned."""
    row = _bulletin(request, key)
    if not row.scan:
        raise Http404
    return FileResponse(row.scan.open("rb"), as_attachment=True, headers={"X-Content-Type-Options": "nosniff"})


@login_required
def page_picture(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """One page as it prints."""
    row = _bulletin(request, key)
    if row.callover_id is None or not 1 <= number <= row.pages:
        raise Http404
    pages = papers.preview(row)
    if number > len(pages):
        raise Http404
    return HttpResponse(
        pages[number - 1], content_type="image/png", headers={"Cache-Control": "private, max-age=60"}
    )
