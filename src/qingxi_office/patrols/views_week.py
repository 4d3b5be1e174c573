"""The week of an area, one round with its photographs and signs, and an officer's word on a sign."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi_office.attachments import queries as attachments
from qingxi_office.patrols import actions, queries
from qingxi_office.patrols import week as weeks
from qingxi_office.patrols.models import RoundSign, VisitPhoto
from qingxi_office.patrols.span import CLOCK_S, how_long
from qingxi_office.patrols.words import SIGNS, answered
from qingxi_office.people import rights
from qingxi_office.people.rights import Extent, extent
from qingxi_office.trail import clock


def _role_words() -> dict[str, str]:
    return {"village": _("村巡查员"), "operator": _("运维"), "county": _("县、乡镇")}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return clock.today()


@login_required
def week(request: HttpRequest) -> HttpResponse:
    """Who went where, what was left out, what is odd."""
    if extent(request.user, "round_sign") is Extent.NOTHING:
        raise Http404
    shown = weeks.week(request.user, _day(request.GET.get("week", "")))
    signs = weeks.signs_of_week(request.user, shown.first, shown.last)
    return render(
        request, "patrols/week.html",
        {
            "week": shown, "signs": signs, "open": sum(1 for s in signs if not s.word), "roles": _role_words(),
            "others": weeks.others_of(request.user, signs), "before": shown.first - timedelta(days=7),
            "after": shown.first + timedelta(days=7) if shown.last < clock.today() else None,
            "may_say": rights.may(request.user, "decide_finding"), "words": [w for w in RoundSign.Word.choices if w[0]],
        },
    )  # fmt: skip


@login_required
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: what was answered, both times, where, its photographs; its signs for those who see signs."""
    row = queries.visits(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    files = list(attachments.of("visit", row.key))
    photos: list[dict[str, Any]] = []
    by_file = {p.attachment_pk: p for p in VisitPhoto.objects.filter(visit=row)}
    for file in files:
        photos.append({"file": file, "photo": by_file.get(file.pk)})
    signs = list(queries.signs(request.user).filter(visit=row))
    for sign_ in signs:
        sign_.title = SIGNS.get(sign_.kind, sign_.kind)  # type: ignore[attr-defined]
    coming = [p for p in by_file.values() if p.state != VisitPhoto.State.LOOKED]
    return render(
        request, "patrols/round.html",
        {
            "v": row, "answers": answered(row.checklist, row.answers), "photos": photos, "coming": coming, "signs": signs,
            "others": weeks.others_of(request.user, signs), "role": _role_words().get(row.by_role, row.by_role),
            "may_say": rights.may(request.user, "decide_finding", path=row.facility.place.path),
            "words": [w for w in RoundSign.Word.choices if w[0]],
            "offset": how_long(timedelta(seconds=off)) if (off := abs(row.clock_offset_s or 0.0)) > CLOCK_S else "",
        },
    )  # fmt: skip


@login_required
def of(request: HttpRequest, key: str) -> HttpResponse:
    """A round by its name, as files and references have it."""
    row = queries.visits(request.user).filter(key=key).first()
    if row is None:
        raise Http404
    return redirect("round_seen", row.pk)


@login_required
@require_POST
def sign(request: HttpRequest, pk: int) -> HttpResponse:
    """An officer's word on a sign."""
    row = queries.signs(request.user).filter(pk=pk).first()
    if row is None:
        raise Http404
    try:
        actions.say_of_sign(row, request.POST.get("word", ""), by=request.user, note=request.POST.get("note", ""))
        messages.success(request, _("记下了。"))
    except ValueError as error:
        messages.error(request, str(error))
    return redirect("round_seen", row.visit_id)
