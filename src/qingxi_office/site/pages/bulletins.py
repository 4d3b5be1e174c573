"""Bulletins: make a draft from the books, take it away as .docx, record what came back from the document system."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.approvals.actions import SecondNeeded
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen
from .approvals import before_second

_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@login_required
def bulletins(request: HttpRequest) -> HttpResponse:
    rows = list(seen.bulletins(request.user))
    figures = list(seen.figures(request.user).filter(place__level="county").order_by("-as_of", "definition")[:12])
    return render(
        request,
        "site/bulletins.html",
        {
            "bulletins": rows, "figures": figures, "today": clock.today(),
            "may_draft": rights.may(request.user, "draft_bulletin"),
        },
    )  # fmt: skip


def _bulletin(request: HttpRequest, key: str) -> Any:
    row = seen.bulletins(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    return row


@login_required
def bulletin(request: HttpRequest, key: str) -> HttpResponse:
    row = _bulletin(request, key)
    return render(
        request,
        "site/bulletin.html",
        {
            "b": row, "sections": _sections(row.content), "may_send": rights.may(request.user, "send_bulletin"),
            "may_record": rights.may(request.user, "record_bulletin_issued"),
        },
    )  # fmt: skip


def _sections(content: dict[str, Any]) -> list[tuple[str, list[str]]]:
    """The draft's sections (heading, paragraphs) for reading on the page."""
    return [(part.get("heading", ""), part.get("paragraphs", [])) for part in (content or {}).get("sections", [])]


@login_required
@require_POST
def draft(request: HttpRequest) -> HttpResponse:
    from qingxi_office.bulletins import actions

    try:
        row = actions.draft(by=request.user, as_of=clock.today())
    except ValueError as refused:
        messages.error(request, _("通报没有生成：%s") % refused)
        return redirect("bulletins")
    messages.success(request, _("已生成草稿。文号、签发人由县里的公文系统给，这里只记录。"))
    return redirect("bulletin", row.key)


@login_required
@require_POST
def change_state(request: HttpRequest, key: str) -> HttpResponse:
    from qingxi_office.bulletins import actions

    row = _bulletin(request, key)
    asked = request.POST
    try:
        if asked.get("do") == "send":
            actions.send(row, by=request.user)
            messages.success(request, _("已记为送审。"))
        else:
            actions.record_issued(
                row, by=request.user, document_number=asked.get("document_number", "").strip(),
                signer=asked.get("signer", "").strip(), issued_on=asked.get("issued_on") or None,
            )  # fmt: skip
            messages.success(request, _("已记为印发。"))
    except SecondNeeded as needed:
        return before_second(request, needed)
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect("bulletin", key)


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
