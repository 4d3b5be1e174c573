"""The register's fields of one village, changed by those who may; its state of treatment is another deed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qingxi.origin import Fault, Ref
from qingxi.village import VILLAGE_FIELDS, judge_village
from qingxi_office.people import rights
from qingxi_office.trail.queries import of as trail_of
from qingxi_office.villages import actions

from . import form, seen
from .changes import told_changes


def _village(user: Any, code: str) -> Any:
    found = seen.villages(user).filter(place__code=code).first()
    if found is None:
        raise Http404
    return found


@login_required
def village_edit(request: HttpRequest, code: str) -> HttpResponse:
    v = _village(request.user, code)
    may = rights.may(request.user, "edit_register", path=v.place.path)
    faults: list[Fault] = judge_village({f.name: getattr(v, f.name) for f in VILLAGE_FIELDS})
    typed = None
    if request.method == "POST":
        values, faults, typed = form.read(request, VILLAGE_FIELDS)
        if not faults:
            try:
                done = actions.edit_village(v, values, by=request.user, because=request.POST.get("because", ""))
            except actions.Refused as refused:
                faults = refused.faults
            else:
                messages.success(request, _("改好了，可以在下面撤销。") if done else _("没有改动。"))
                return redirect("village_edit", code)
    held = seen.tallies(request.user).filter(hamlet__place__path__startswith=v.place.path)
    return render(
        request,
        "site/village_edit.html",
        {
            "v": v, "place": v.place, "may_edit": may, "fields": form.asked_of(VILLAGE_FIELDS, vars(v), faults, typed),
            "shown": form.told(VILLAGE_FIELDS, v),
            "changes": told_changes(list(trail_of(Ref("village", code), 12)), form.words_of(VILLAGE_FIELDS), may),
            "known": sum(getattr(v, f.name) not in (None, "") for f in VILLAGE_FIELDS), "of": len(VILLAGE_FIELDS),
            "counted": sum(t.houses for t in held), "counted_people": sum(t.people_resident for t in held),
            "may_see_households": seen.may_see_households(request.user),
        },
        status=400 if typed is not None else 200,
    )  # fmt: skip


@login_required
@require_POST
def undo_village(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    v = _village(request.user, code)
    try:
        done = actions.undo_edit(v, pk, by=request.user)
    except ValueError as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("已经改回去了。") if done else _("没有可以撤销的。"))
    return redirect("village_edit", code)
