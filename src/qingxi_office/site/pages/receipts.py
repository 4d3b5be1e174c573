"""签收与回复: which township has signed for a bulletin, which owes an answer, which is late."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.bulletins import actions
from qingxi_office.trail import clock

from . import seen
from .tally import working_days


@login_required
def receipts(request: HttpRequest) -> HttpResponse:
    """All receipts of issued bulletins, the late ones first asked for."""
    today = clock.today()
    rows = seen.receipts(request.user)
    late = seen.late_receipts(request.user, today)
    n_late, n_open = late.count(), rows.filter(signed_at=None).count()
    if request.GET.get("only") == "late":
        rows = late
    page = Paginator(rows.order_by("-bulletin__issued_on", "-bulletin_id", "place__code"), 60).get_page(
        request.GET.get("page")
    )
    for row in page.object_list:
        day = row.sign_by if row.signed_at is None else row.reply_by
        owed = row.signed_at is None or (row.must_reply and row.replied_at is None)
        row.late_days = working_days(day, today) if owed and day and day < today else 0
    return render(
        request, "site/receipts.html",
        {"page": page, "n_late": n_late, "n_open": n_open, "only": request.GET.get("only", ""), "today": today},
    )  # fmt: skip


@login_required
@require_POST
def receipt_do(request: HttpRequest, pk: int) -> HttpResponse:
    row = seen.receipts(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    asked, by = request.POST, request.user
    try:
        match asked.get("do", ""):
            case "sign":
                actions.sign(row, by=by)
                messages.success(request, _("已签收。"))
            case "reply":
                actions.reply(row, asked.get("text", ""), by=by)
                messages.success(request, _("回复报上去了。"))
            case "accept":
                actions.accept_reply(row, by=by)
                messages.success(request, _("回复已认可。"))
            case "return":
                actions.return_reply(row, asked.get("why", ""), by=by)
                messages.success(request, _("回复已退回，写明了理由。"))
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect("bulletin", row.bulletin.key)
