"""Personal data: a person's own copy, and the register of what is processed, why, and for how long."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qingxi.keeping import retention_rules
from qingxi.origin import Ref
from qingxi_office.people import rights
from qingxi_office.places.queries import county
from qingxi_office.site.privacy import answer_zip, held_on
from qingxi_office.trail import actions as trail
from qingxi_office.trail import clock


@login_required
def privacy(request: HttpRequest) -> HttpResponse:
    """The register of processing, printable; and the search for one person's data."""
    if rights.extent(request.user, "office") is rights.Extent.NOTHING:
        raise Http404
    asked = {name: request.POST.get(name, "").strip() for name in ("name", "phone", "household")}
    tables = None
    if request.method == "POST":
        try:
            tables = held_on(request.user, **asked)
        except ValueError as error:
            messages.error(request, str(error))
        else:
            trail.look(
                "person", Ref("person", "request"), by=request.user, asked={k: bool(v) for k, v in asked.items()}
            )
            if request.POST.get("do") == "zip":
                answer = HttpResponse(answer_zip(request.user, tables, asked), content_type="application/zip")
                answer["Content-Disposition"] = f'attachment; filename="person-{clock.today():%Y%m%d}.zip"'
                answer["Cache-Control"] = "no-store"
                return answer
    rules = list(retention_rules().values())
    return render(
        request, "site/privacy.html",
        {
            "rules": rules, "timed": sum(1 for r in rules if r.days), "own": county(), "today": clock.today(), "asked": asked,
            "tables": tables, "found": sum(len(rows) for _t, _h, rows in tables or []), "may": rights.may(request.user, "answer_person"),
            "title": _("处理活动记录"),
        },
    )  # fmt: skip
