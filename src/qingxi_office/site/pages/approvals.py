"""双人复核: what waits for a second look, the look itself, and the printed sheet of an office that has no second officer."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.origin import Ref
from qingxi_office.approvals import actions, queries
from qingxi_office.approvals.models import Approval
from qingxi_office.intake.photo import bare
from qingxi_office.people import rights
from qingxi_office.site.deed_words import WEIGHTY_WORDS
from qingxi_office.trail import clock

_PAGES = {"bulletin": "bulletin", "village": "village", "issue": "issue", "device": "device"}


def before_second(request: HttpRequest, needed: actions.SecondNeeded) -> HttpResponse:
    """A deed has said that it needs a second look: put it before the second officer and show where it waits."""
    user: Any = request.user
    row = actions.ask(needed, by=user, why=request.POST.get("why") or request.POST.get("reason", ""))
    messages.warning(request, _("这件事要两个人。已提请复核；同意以后再点一次就办成。"))
    return redirect("approval", row.pk)


def href_of(row: Approval) -> str:
    """The record's page."""
    subject = Ref.parse(row.subject)
    if subject.kind == "plan":
        return reverse("plan_versions")
    return reverse(_PAGES[subject.kind], args=[subject.id]) if subject.kind in _PAGES else ""


@login_required
def approvals(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    waiting = list(queries.to_answer(user)[:100])
    mine = list(queries.approvals(user).filter(asked_by_id=user.pk)[:60])
    past = list(queries.approvals(user).exclude(asked_by_id=user.pk).exclude(state=Approval.State.ASKED)[:60])
    for row in (*waiting, *mine, *past):
        row.word, row.href = WEIGHTY_WORDS.get(row.deed, row.deed), href_of(row)
    return render(
        request, "site/approvals.html",
        {"waiting": waiting, "mine": mine, "past": past, "may_set": rights.may(user, "set_safety")},
    )  # fmt: skip


def _get(request: HttpRequest, pk: int) -> Approval:
    row = queries.approvals(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


@login_required
def approval(request: HttpRequest, pk: int) -> HttpResponse:
    row, user = _get(request, pk), request.user
    seconds = queries.seconds(row)
    open_ = row.state == Approval.State.ASKED
    return render(
        request, "site/approval.html",
        {
            "a": row, "word": WEIGHTY_WORDS.get(row.deed, row.deed), "href": href_of(row), "seconds": seconds,
            "mine": row.asked_by_id == user.pk, "open": open_, "may_answer": open_ and user.pk in {u.pk for u in seconds},
            "small": open_ and not seconds and row.asked_by_id == user.pk, "today": clock.today(),
        },
    )  # fmt: skip


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    row, user = _get(request, pk), request.user
    asked: Any = request.POST
    try:
        if asked.get("do") == "take_back":
            actions.take_back(row, by=user)  # type: ignore[arg-type]
            messages.success(request, _("提请已撤回。"))
        elif asked.get("do") == "sign":
            photo = request.FILES.get("sheet")
            actions.sign_small(
                row, by=user, signer=asked.get("signer", ""), signer_title=asked.get("signer_title", ""),  # type: ignore[arg-type]
                signed_on=_day(asked.get("signed_on")), sheet=bare(photo) if photo else None,
            )  # fmt: skip
            messages.success(request, _("签字单已收下，按小单位路径记下了。现在可以去办。"))
        else:
            actions.answer(row, asked.get("do") == "agree", by=user, words=asked.get("words", ""))  # type: ignore[arg-type]
            messages.success(request, _("已答复。"))
    except ValueError as refused:
        messages.error(request, str(refused))
    return redirect("approval", pk)


def _day(text: str | None) -> Any:
    try:
        return parse_date(text or "")
    except ValueError:
        return None


@login_required
def sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """The sheet to print, sign and photograph; where a second officer exists there is none."""
    row = _get(request, pk)
    if queries.seconds(row):
        raise Http404
    return render(
        request,
        "site/approval_sheet.html",
        {"a": row, "word": WEIGHTY_WORDS.get(row.deed, row.deed), "today": clock.today()},
    )


@login_required
def sheet_photo(request: HttpRequest, pk: int) -> HttpResponse:
    """The signed sheet as it was photographed in."""
    row = _get(request, pk)
    if not row.sheet:
        raise Http404
    return FileResponse(row.sheet.open("rb"))
