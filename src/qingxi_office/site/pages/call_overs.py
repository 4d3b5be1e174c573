"""调度: the week's and the month's call-overs, who is behind, which cards the rules propose, whom to praise."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.bulletin import rank
from qingxi_office.bulletins import actions, held
from qingxi_office.bulletins.models import CallOverRecord
from qingxi_office.people import rights
from qingxi_office.trail import clock

from . import seen


@login_required
def call_overs(request: HttpRequest) -> HttpResponse:
    rows = list(seen.call_overs(request.user)[:120])
    return render(
        request, "site/call_overs.html", {"rows": rows, "may_take": rights.may(request.user, "take_callover")}
    )


def _row(user: Any, key: str) -> CallOverRecord:
    # The frozen bytes are what this page is about.
    row = seen.call_overs(user).defer(None).defer("because").filter(key=key).first()
    if row is None:
        raise Http404
    return row


@login_required
def call_over(request: HttpRequest, key: str) -> HttpResponse:
    row, user = _row(request.user, key), request.user
    over = held.call_over_of(row)
    praised = set(row.praises.values_list("place__code", flat=True))
    decided = {c.place.code: c for c in seen.cards(user).filter(callover=row)}
    may = rights.may(user, "take_callover")
    return render(
        request, "site/call_over.html",
        {
            "row": row, "over": over, "ranked": rank(over.rows), "slow": over.slow, "found": over.found, "cards": list(decided.values()),
            "elsewhere": [p for p in over.proposals if p.place not in decided], "worthy": [(w, w.ref.id in praised) for w in over.worthy[:60]],
            "n_worthy": len(over.worthy), "n_praised": len(praised), "bulletins": list(seen.bulletins(user).filter(callover=row).defer("content", "because")), "may": may,
            "may_decide": rights.may(user, "decide_card"), "letters": Counter(p.paper.value for p in over.found.overdue),
        },
    )  # fmt: skip


@login_required
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    cadence = "week" if request.POST.get("cadence") == "week" else "month"
    try:
        row = actions.take_call_over(by=request.user, as_of=clock.today(), cadence=cadence)
    except ValueError as refused:
        messages.error(request, _("没有取成：%s") % refused)
        return redirect("callovers")
    messages.success(request, _("快照取好了，按它列了滞后名单，提了亮牌建议。"))
    return redirect("callover", row.key)


@login_required
@require_POST
def do(request: HttpRequest, key: str) -> HttpResponse:
    row, asked, by = _row(request.user, key), request.POST, request.user
    try:
        match asked.get("do", ""):
            case "agenda":
                n = actions.put_on_agenda(row, by=by)
                messages.success(request, _("%s 项放进了下次推进会的议程。") % n)
            case "praise":
                actions.praise(row, asked.get("village", ""), by=by)
                messages.success(request, _("决定表扬，写进下一份草稿。"))
            case "unpraise":
                actions.unpraise(row, asked.get("village", ""), by=by)
                messages.success(request, _("不表扬了。"))
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect("callover", key)
