"""The clockwork: what ran by itself, what failed, what comes next; and the reminders that wait for a signature."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.issues import actions as issues
from qingxi_office.issues.models import IssueLetter
from qingxi_office.issues.queries import letters
from qingxi_office.jobs.queries import workers_there
from qingxi_office.people import rights
from qingxi_office.rounds import actions, queries
from qingxi_office.rounds.periods import Every
from qingxi_office.site.rounds import ROUNDS, run_by_hand
from qingxi_office.trail import clock


def _keeps(request: HttpRequest) -> None:
    """The office's keeping does not exist for whoever may not see it; who sees it and may not do is told who can."""
    if rights.extent(request.user, "office") is rights.Extent.NOTHING:
        raise Http404
    if request.method == "POST":
        rights.check(request.user, "run_round")


@login_required
def rounds(request: HttpRequest) -> HttpResponse:
    """Every round with its last run and its next."""
    _keeps(request)
    now, last, stopped = clock.now(), queries.last_runs(), queries.stopped()
    often = {
        Every.HOUR: _("每小时"),
        Every.DAY: _("每天"),
        Every.WORKING_DAY: _("每个工作日"),
        Every.WEEK: _("每周一"),
        Every.MONTH: _("每月一日"),
    }
    rows = [
        (name, law, last.get(name), law.when.next_begin(now), name in stopped, often[law.when.every])
        for name, law in ROUNDS.items()
    ]
    failed = [row for row in rows if row[2] and row[2].state == "failed"]
    return render(
        request, "site/rounds.html",
        {"rows": rows, "failed": failed, "ran": sum(1 for row in rows if row[2]), "worker": workers_there(), "may": rights.may(request.user, "run_round")},
    )  # fmt: skip


@login_required
@require_POST
def round_do(request: HttpRequest, name: str) -> HttpResponse:
    """Run a round now, stop it, or let it go again."""
    _keeps(request)
    if name not in ROUNDS:
        raise Http404
    if request.POST.get("do") == "run":
        run = run_by_hand(name, by=request.user)
        said = "；".join(run.said) or _("没有要说的")
        (messages.error if run.state == "failed" else messages.success)(request, f"{ROUNDS[name].word}：{said}")
    else:
        actions.switch(name, request.POST.get("do") == "on", by=request.user)
    return redirect("rounds")


@login_required
def letter_list(request: HttpRequest) -> HttpResponse:
    """Reminders, those that wait for a signature first."""
    rows = letters(request.user)
    page = Paginator(rows, 40).get_page(request.GET.get("page"))
    waiting = rows.filter(state=IssueLetter.State.DRAFT).count()
    return render(request, "site/letters.html", {"page": page, "waiting": waiting})


@login_required
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """One reminder: read it, reword it, sign it or drop it; it prints on A4."""
    row = letters(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        asked = request.POST
        try:
            issues.decide_letter(
                row, asked.get("do") == "sign", by=request.user, text=asked.get("text", ""),
                number=asked.get("number", ""), reason=asked.get("reason", ""),
            )  # fmt: skip
        except ValueError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("已记下，留了痕。签发的可以打印，文号由公文系统给。"))
        return redirect("letter", pk)
    return render(
        request, "site/letter.html", {"row": row, "may": rights.may(request.user, "sign_letter", path=row.issue.place.path)}
    )  # fmt: skip
