"""红黄牌: proposed by rule, told, answered, decided by a named officer, open to appeal."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from qingxi.bulletin import SHOWN, Card
from qingxi_office.bulletins import actions
from qingxi_office.bulletins.models import CardRecord
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen

_WAITS = ("建议", "已告知", "已说明", "申诉中")


@login_required
def cards(request: HttpRequest) -> HttpResponse:
    """Every card that this person sees, those that wait first asked for."""
    rows = seen.cards(request.user)
    waiting, shown = rows.filter(state__in=_WAITS).count(), rows.filter(state__in=[s.value for s in SHOWN]).count()
    if request.GET.get("only") == "waiting":
        rows = rows.filter(state__in=_WAITS)
    page = Paginator(rows, 60).get_page(request.GET.get("page"))
    return render(
        request, "site/cards.html",
        {"page": page, "waiting": waiting, "shown": shown, "only": request.GET.get("only", ""), "county": rights.may(request.user, "decide_card")},
    )  # fmt: skip


def _do(request: HttpRequest, row: CardRecord) -> str:
    asked, by = request.POST, request.user
    match asked.get("do", ""):
        case "notice":
            row = actions.notice_card(row, by=by)
            return _("已告知乡镇，%s前可以说明。") % f"{row.answer_by:%Y-%m-%d}"
        case "answer":
            actions.answer_card(row, asked.get("words", ""), by=by)
            return _("说明记下了。")
        case "decide":
            card = asked.get("card", "")
            if card not in {c.value for c in Card}:
                raise ValueError(_("选一种决定"))
            actions.decide_card(row, card, by=by, reason=asked.get("reason", ""))
            return _("决定记下了，写着您的名字。")
        case "appeal":
            actions.appeal_card(row, asked.get("words", ""), by=by)
            return _("申诉交上去了，由没有作决定的人复核。")
        case "uphold" | "withdraw" as word:
            actions.hear_appeal(row, word == "uphold", by=by, reason=asked.get("reason", ""))
            return _("申诉的结果记下了。")
    raise ValueError(_("不知道要做什么"))


@login_required
def card(request: HttpRequest, pk: int) -> HttpResponse:
    row = seen.cards(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    user: Any = request.user
    if request.method == "POST":
        try:
            messages.success(request, _do(request, row))
        except ValueError as refused:
            messages.error(request, str(refused))
        return redirect("card", pk)
    today = clock.today()
    return render(
        request, "site/card.html",
        {
            "c": row, "today": today, "may_decide": rights.may(user, "decide_card"), "may_answer": rights.may(user, "answer_card", path=row.place.path),
            "ripe": row.state == "已说明" or (row.state == "已告知" and row.answer_by is not None and row.answer_by < today),
            "choices": [x.value for x in Card], "in_time": row.appeal_by is None or row.appeal_by >= today,
            "decider": row.decided_by_name == str(user),
        },
    )  # fmt: skip
