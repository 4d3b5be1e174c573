"""The address on a station's sign: the public page for a stranger, the right work for somebody who is signed in.

It stands before the public room, because that room knows no people. ``?public=1`` shows the public page to everybody.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qingxi.patrol import checklist
from qingxi_office.intake.code import whole
from qingxi_office.patrols.pack import questions as packed_questions
from qingxi_office.people import rights
from qingxi_office.people.models import Role, User
from qingxi_office.public import views as public
from qingxi_office.published import queries as published
from qingxi_office.readings import actions as readings

from . import seen
from .facilities import get_facility


def door(request: HttpRequest, code: str) -> HttpResponse:
    """Where a scan leads. A code with a wrong check character was copied wrong: said so, nothing guessed."""
    code = code.upper()
    if request.user.is_authenticated and "public" not in request.GET and request.method == "GET":
        facility = seen.facilities(request.user).filter(public_code=code).first()
        if facility is not None:
            return redirect(_work(request.user, facility))
    if published.latest("station", code) is None:
        old = published.latest("old_code", code)
        if old is not None:
            return render(
                request,
                "site/old_code.html",
                {"name": old.data["name"], "day": dt.date.fromisoformat(old.data["revoked_on"])},
                status=410,
            )
        if not whole(code):
            return render(request, "site/old_code.html", {"wrong": code}, status=404)
    return public.station(request, code)


def _work(user: Any, facility: Any) -> str:
    """The address of what this person came for."""
    role = Role(user.role) if isinstance(user, User) else None
    if role is Role.INSPECTOR:
        return reverse("visit", args=[facility.key])
    if role is Role.OPERATOR_FOREMAN:
        return reverse("issues") + "?mine=1"
    if role is Role.TOWNSHIP_CLERK:
        return reverse("facility_file", args=[facility.key])
    return reverse("facility", args=[facility.key])


@login_required
def visit(request: HttpRequest, key: str) -> HttpResponse:
    """A round at a station: the phone's page at this station; ``?form=1`` is the same as a plain form, written down at once."""
    f = get_facility(request.user, key)
    rights.check(request.user, "record_visit", path=f.place.path)
    if request.method != "POST" and "form" not in request.GET:
        return redirect(f"{reverse('rounds_today')}#/{f.key}")
    wrong, asked = "", checklist()
    if request.method == "POST":
        answers = asked.known(request.POST)
        meter = request.POST.get("meter", "").strip()
        try:
            kwh = float(meter) if meter else None
        except ValueError:
            kwh, wrong = None, _("电表只写数字")
        if kwh is not None and not 0 <= kwh < 1e8:
            wrong = _("电表只写数字")
        if not answers:
            wrong = _("至少答一题")
        if not wrong:
            readings.record_visit(
                f, answers, by=request.user, meter_kwh=kwh, note=request.POST.get("note", "")[:400],
                checklist=asked.version,
            )  # fmt: skip
            messages.success(request, _("记下了，谢谢。"))
            return redirect("facility", f.key)
    last = seen.visits(request.user).filter(facility=f).order_by("-visited_at").first()
    questions = [
        (q["key"], q["word"], [(a["value"], a["word"]) for a in q["answers"]], request.POST.get(q["key"], ""))
        for q in packed_questions()["questions"]
    ]
    return render(
        request, "site/visit.html",
        {"f": f, "questions": questions, "wrong": wrong, "last": last, "meter": request.POST.get("meter", "")},
        status=400 if wrong else 200,
    )  # fmt: skip
